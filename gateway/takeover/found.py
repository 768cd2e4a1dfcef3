"""What another program's files say, as values. `where` names the file, and the line where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

from gateway.keys import PrivateKey
from gateway.model import Key, Mode, PortRange, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundServer:
    private_key: PrivateKey
    interface: str
    listen_port: int
    address4: IPv4Interface | None  # its own in the tunnel, with the tunnel's network; None where the file has none
    address6: IPv6Interface | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDevice:
    where: str
    name: str  # empty where the file has none
    public_key: Key
    preshared_key: Key | None
    ipv4: IPv4Address
    ipv6: IPv6Address | None
    mode: Mode = Mode.FULL


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundForward:
    where: str
    protocol: Protocol
    ports: PortRange
    to: IPv4Address | IPv6Address
    to_port: int


@dataclass(frozen=True, slots=True)
class Note:
    """What cannot be taken over, and why."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    source: str  # the file's name
    server: FoundServer
    devices: tuple[FoundDevice, ...] = ()
    forwards: tuple[FoundForward, ...] = ()
    left: tuple[Note, ...] = ()
