"""What the two ends of a fleet know of each other, each in a file that root reads and the courier does not.

`guildgate enrol` writes the gateway's, and `guildgate fleet add` the bot's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from gateway.api.signed import Bot, BotKey, Signatures
from gateway.codec import DecodeError, decode
from gateway.config import FleetSection, bad, unreadable
from gateway.keys import PrivateKey
from gateway.model import Key

T = TypeVar("T", "GatewayTrust", "BotTrust")
_KEY = "fleet.key_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayTrust:
    """What a region's gateway knows: its own key, and the bots that it obeys."""

    region: str
    number: int  # of the region, never given to another one
    key: PrivateKey  # answers are sealed by it; on a standby it is that machine's own, by which it reads copies
    bots: tuple[Bot, ...]
    of: Key | None = None  # only on a standby: the region's public key, by which copies are known

    @property
    def region_key(self) -> Key:
        """Return the public key that the region's gateway has, whichever machine runs it."""
        return self.of or self.key.public_key

    @property
    def mark(self) -> str:
        """Return what the texts of the region's lease end with, so that no other place of the bus can write one."""
        return blake2b(key=self.key.raw, person=b"guildgate-lease", digest_size=16).hexdigest()

    @property
    def signatures(self) -> Signatures:
        return Signatures(self.region, self.key, self.bots)

    def reveal(self) -> str:
        """Return the file's content."""
        bots = list(map(str, self.bots))
        known = {"region": self.region, "number": self.number, "key": self.key.reveal(), "bots": bots}
        return _text(known | ({"of": str(self.of)} if self.of else {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region as the bot knows it."""

    name: str
    number: int  # never given to another region
    key: Key  # the gateway's, which answers are opened by


@dataclass(frozen=True, slots=True, kw_only=True)
class BotTrust:
    """What the bot knows: its own key, and the regions whose answers it believes."""

    key: BotKey
    regions: tuple[Region, ...]

    def reveal(self) -> str:
        """Return the file's content."""
        regions = [{"name": each.name, "number": each.number, "key": str(each.key)} for each in self.regions]
        return _text({"key": self.key.reveal(), "regions": regions})


def _text(content: object) -> str:
    return json.dumps(content, indent=1) + "\n"


def read(kind: type[T], path: Path) -> T:
    """Return the file's content. Raise ConfigError, which quotes nothing of it."""
    try:
        text = path.read_text("ascii")
    except (OSError, ValueError) as error:
        raise bad(_KEY, f"{path} {unreadable(error, _make(kind))}") from None
    return parse(kind, text, str(path))


def parse(kind: type[T], text: str | bytes, name: str) -> T:
    """Return what the content of a file says. Raise ConfigError, which quotes nothing of it."""
    try:
        return decode(kind, json.loads(text))
    except (DecodeError, ValueError, RecursionError):
        raise bad(_KEY, f"{name} is not as it was written; {_make(kind)}") from None


def of_gateway(section: FleetSection | None) -> GatewayTrust | None:
    """Return what this host's gateway knows, or None where it is no region's. Raise ConfigError."""
    if section is None or not section.region:
        return None
    found = read(GatewayTrust, section.key_file)
    if found.region != section.region:
        raise bad("fleet.region", f"is {section.region}, and {section.key_file} is of {found.region}; enrol it again")
    return found


def _make(kind: type[T]) -> str:
    command = "enrol" if kind is GatewayTrust else "fleet add REGION"
    return f"make it by `guildgate {command}`"
