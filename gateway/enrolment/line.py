"""The one line that `guildgate fleet add` prints, and `guildgate enrol` takes. It is a secret until it is used."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network

from gateway.api.signed import Bot
from gateway.bus import subjects
from gateway.codec import DecodeError, decode
from gateway.config import BusServer
from gateway.enrolment.secret import LENGTH, Secret
from gateway.errors import HostProblem
from gateway.model import Key

_BEGIN = "guildgate-enrol-1-"
_CHECK = 8  # characters of a digest, so that a line that was cut is told from one that is wrong
_LARGEST = 16_384  # bytes of what a line holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a new place has to know."""

    region: str
    number: int
    servers: tuple[BusServer, ...]
    subnet4: IPv4Network
    subnet6: IPv6Network
    bots: tuple[Bot, ...]
    ca: str  # PEM
    certificate: str  # PEM
    secret: Secret = field(repr=False)
    of: Key | None = None  # only for a standby: the region's public key

    @property
    def client(self) -> str:
        """Return the name of this place as a client of the bus."""
        return subjects.standby(self.region) if self.of else self.region

    def reveal(self) -> str:
        """Return the line."""
        known = {
            "region": self.region,
            "number": self.number,
            "servers": list(map(str, self.servers)),
            "subnet4": str(self.subnet4),
            "subnet6": str(self.subnet6),
            "bots": list(map(str, self.bots)),
            "ca": self.ca,
            "certificate": self.certificate,
            "secret": self.secret.raw.hex(),
            **({"of": str(self.of)} if self.of else {}),
        }
        packed = base64.urlsafe_b64encode(zlib.compress(json.dumps(known).encode(), 9)).decode().rstrip("=")
        return f"{_BEGIN}{packed}-{_check(packed)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    region: str
    number: int
    servers: tuple[BusServer, ...]
    subnet4: IPv4Network
    subnet6: IPv6Network
    bots: tuple[Bot, ...]
    ca: str
    certificate: str
    secret: str
    of: Key | None = None


def read(line: str) -> Invitation:
    """Return what the line says. Raise HostProblem, which quotes nothing of it."""
    text = "".join(line.split())  # a mail or a terminal may have broken it
    packed, _, check = text.removeprefix(_BEGIN).rpartition("-")
    if not text.startswith(_BEGIN) or not text.isascii():
        raise _wrong("is not what `guildgate fleet add` prints, which begins with guildgate-enrol")
    if check != _check(packed):
        raise _wrong("is not whole; copy all of it")
    try:
        raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        unpacked = zlib.decompressobj().decompress(raw, _LARGEST)
        written = decode(_Written, json.loads(unpacked))
        secret = bytes.fromhex(written.secret)
        if len(secret) != LENGTH:
            raise ValueError
    except (DecodeError, ValueError, zlib.error, RecursionError):
        raise _wrong("is of another version of guildgate; use the same one on both hosts") from None
    return Invitation(
        region=written.region,
        number=written.number,
        servers=written.servers,
        subnet4=written.subnet4,
        subnet6=written.subnet6,
        bots=written.bots,
        ca=written.ca,
        certificate=written.certificate,
        secret=Secret(secret),
        of=written.of,
    )


def _check(packed: str) -> str:
    return sha256(packed.encode()).hexdigest()[:_CHECK]


def _wrong(problem: str) -> HostProblem:
    return HostProblem(key="the line", problem=problem)
