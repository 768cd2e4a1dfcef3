"""The ledger of a fleet on the bot's host: which regions there are, and which numbers and subnets were ever given."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from gateway.codec import DecodeError, decode, to_json
from gateway.config import FleetSection
from gateway.enrolment.certificates import Authority, key_pem, pem
from gateway.errors import HostProblem, why
from gateway.model import Key

_MOST = 255  # numbers; the third byte of a region's IPv4 subnet
# They would give 10.66.66.0/24 or fd42:42:42::/64, which a gateway has that never was in a fleet.
_NOT_GIVEN = frozenset({42, 66})


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region that was added."""

    name: str
    number: int
    subnet4: IPv4Network
    subnet6: IPv6Network
    nkey: str  # what the bus lets in
    key: Key  # what answers are sealed by
    standby: str = ""  # what the bus lets its second machine in by; empty without one


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The ledger. Only root reads it, because of the authority's key."""

    ca: str  # PEM
    ca_key: str = field(repr=False)  # PEM
    bot_nkey: str
    store: Path  # nats-server's folder
    # The authority of connections between several servers, PEM; empty where there is one. It is another one, because
    # what comes that way counts as a server, and each region has a certificate of the first.
    routes_ca: str = ""
    routes_ca_key: str = field(default="", repr=False)
    last_number: int = 0  # the highest that was given
    regions: tuple[Region, ...] = ()

    @property
    def authority(self) -> Authority:
        return Authority.load(self.ca, self.ca_key)

    @property
    def routes(self) -> Authority:
        return Authority.load(self.routes_ca, self.routes_ca_key)

    def with_routes(self) -> Ledger:
        """Let there be an authority for several servers. Return the ledger as it is where there is."""
        if self.routes_ca:
            return self
        made = Authority.generate("guildgate bus")
        return replace(self, routes_ca=pem(made.certificate), routes_ca_key=key_pem(made.key))

    def find(self, name: str) -> Region | None:
        return next((region for region in self.regions if region.name == name), None)

    def get(self, name: str) -> Region:
        """Return a region. Raise HostProblem for an unknown one."""
        if found := self.find(name):
            return found
        known = ", ".join(each.name for each in self.regions) or "none"
        raise HostProblem(key="fleet", problem=f"there is no region {name}; there is {known}")

    def next_number(self) -> int:
        """Return a number that no region ever had. Raise HostProblem when all were given."""
        number = next(n for n in range(self.last_number + 1, _MOST + 3) if n not in _NOT_GIVEN)
        if number > _MOST:
            raise HostProblem(key="fleet", problem=f"all {_MOST - len(_NOT_GIVEN)} numbers of regions were given")
        return number

    def with_region(self, region: Region) -> Ledger:
        """Add a region, or put it in the place of the one with its name. Raise HostProblem for what cannot be."""
        if not FleetSection.REGION.fullmatch(region.name):
            problem = "must be a letter and up to 15 more of a-z, 0-9 and -, such as eu or us-east, and not bot"
            raise HostProblem(key="the region's name", problem=problem)
        others = tuple(each for each in self.regions if each.name != region.name)
        for other in others:
            if region.subnet4.overlaps(other.subnet4) or region.subnet6.overlaps(other.subnet6):
                subnets = f"{other.subnet4} and {other.subnet6}"
                raise HostProblem(key="the subnets", problem=f"overlap those of {other.name}, {subnets}; name others")
        regions = sorted((*others, region), key=lambda each: each.number)
        return replace(self, regions=tuple(regions), last_number=max(self.last_number, region.number))

    def without(self, name: str) -> Ledger:
        """Take a region out. Its number stays given. Raise HostProblem for an unknown one."""
        gone = self.get(name)
        return replace(self, regions=tuple(each for each in self.regions if each is not gone))

    def reveal(self) -> str:
        """Return the file's content."""
        return to_json(self) + "\n"


def subnets_of(number: int) -> tuple[IPv4Network, IPv6Network]:
    return IPv4Network(f"10.66.{number}.0/24"), IPv6Network(f"fd42:42:{number}::/64")


def new(bot_nkey: str, store: Path) -> Ledger:
    """Begin a fleet with an authority of its own."""
    authority = Authority.generate()
    return Ledger(ca=pem(authority.certificate), ca_key=key_pem(authority.key), bot_nkey=bot_nkey, store=store)


def read(path: Path) -> Ledger | None:
    """Return the ledger, or None where there is none. Raise HostProblem."""
    try:
        text = path.read_text("ascii")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise HostProblem(key=str(path), problem=f"cannot be read ({why(error)})") from error
    except ValueError:
        text = ""
    try:
        return decode(Ledger, json.loads(text))
    except (DecodeError, ValueError, RecursionError):
        raise HostProblem(key=str(path), problem="is damaged; put it back from a backup") from None
