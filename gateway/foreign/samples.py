"""The packets that the gateway needs to pass, as samples at the hooks where other programs may stop them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from itertools import product

from gateway.config import GatewaySection
from gateway.foreign.packet import Address, Sample, sample
from gateway.host.uplink import Line

# What does not work when such packets are stopped, for people.
OUT, OUT_ANSWERS = "devices reaching the Internet", "answers to devices"
IN, IN_ANSWERS = "players reaching forwarded ports", "answers to players"
# A player on the Internet, from the documentation ranges (RFC 5737, RFC 3849).
_PLAYER: dict[str, Address] = {
    "ipv4": IPv4Address("198.51.100.7"),
    "ipv6": IPv6Address("2001:db8::7"),
}
# Sample ports of servers, far apart, and of a client. No program owns them, so no rule names just one of them.
_SERVERS, _CLIENT = (2468, 24680, 46802), 50607


def forwarded(section: GatewaySection, lines: Sequence[Line]) -> Iterator[Sample]:
    """Yield packets of players and devices in both directions, as the forward hook sees them."""
    for line, (version, peer), protocol, port in product(lines, _peers(section), ("tcp", "udp"), _SERVERS):
        for what, outward, answer, nat in (
            (OUT, True, False, ""),
            (OUT_ANSWERS, False, True, "snat"),
            (IN, False, False, "dnat"),
            (IN_ANSWERS, True, True, "dnat"),
        ):
            interfaces, addresses = (line.interface, section.interface), (_PLAYER[version], peer)
            ports = (port, _CLIENT) if answer else (_CLIENT, port)
            yield sample(
                what,
                version=version,
                protocol=protocol,
                interfaces=interfaces[::-1] if outward else interfaces,
                addresses=addresses[::-1] if outward else addresses,
                ports=ports,
                answer=answer,
                nat=nat,
            )


def received(section: GatewaySection, lines: Sequence[Line]) -> Iterator[Sample]:
    """Yield WireGuard's own packets to the gateway, which are IPv4 only."""
    for line in lines:
        yield sample(
            f"devices connecting to UDP {section.listen_port}",
            version="ipv4",
            protocol="udp",
            interfaces=(line.interface, ""),
            addresses=(_PLAYER["ipv4"], _reached_at(line, section)),
            ports=(_CLIENT, section.listen_port),
        )


def arriving(section: GatewaySection, lines: Sequence[Line]) -> Iterator[Sample]:
    """Yield packets of players and devices as they come in, before connection tracking and translation."""
    for line, (version, peer), protocol, port in product(lines, _peers(section), ("tcp", "udp"), _SERVERS):
        own = _reached_at(line, section) if version == "ipv4" else section.public_address6 or line.uplink().source6
        for what, interface, addresses, ports in (
            (OUT, section.interface, (peer, _PLAYER[version]), (_CLIENT, port)),
            (OUT_ANSWERS, line.interface, (_PLAYER[version], own), (port, _CLIENT)),
            (IN, line.interface, (_PLAYER[version], own), (_CLIENT, port)),
            (IN_ANSWERS, section.interface, (peer, _PLAYER[version]), (port, _CLIENT)),
        ):
            yield sample(
                what, version=version, protocol=protocol, interfaces=(interface, ""), addresses=addresses, ports=ports
            )


def _peers(section: GatewaySection) -> list[tuple[str, Address]]:
    peers: list[tuple[str, Address]] = [("ipv4", section.address4 + 1)]
    return [*peers, ("ipv6", section.address6 + 1)] if section.address6 else peers


def _reached_at(line: Line, section: GatewaySection) -> IPv4Address | None:
    """Choose the address in packets that arrive: the configured one if the line has it, else the line's own."""
    return next((own for own in line.ipv4 if str(own) == str(section.public_address)), line.uplink().source4)
