"""What becomes of what was found: the settings it needs, its devices and forwards by the planner's rules. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network

from gateway.api.contract import Actor, AddForward, Join
from gateway.config import Config, GatewaySection, is_interface_name, parse
from gateway.errors import CannotImport, ConfigError, GatewayError
from gateway.model import Desired, Duration, Listening, Peer, PortRange, PortSpec, Protocol, spec_of
from gateway.state.planner import MAX_NAME, Planner
from gateway.state.ports import Ephemeral
from gateway.takeover.found import Found, FoundDevice, FoundForward, Note

OWNER = "imported"  # has the devices until an admin gives them to members


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The state after, and what a person should know about the way there."""

    desired: Desired
    changed: tuple[str, ...]
    left: tuple[Note, ...]


def settings_of(found: Found) -> dict[str, str | int]:
    """Return what [gateway] must say for the configs of all devices to go on. `interface` is only a name."""
    server = found.server
    settings: dict[str, str | int] = {"listen_port": server.listen_port}
    if is_interface_name(server.interface):
        settings["interface"] = server.interface
    if server.address4:
        settings["subnet4"] = str(server.address4.network)
    if network6 := _network6(found):
        settings["subnet6"] = str(network6)
    return settings


def configured(found: Found) -> Config:
    """Return the configuration of a gateway in the server's place. Raise CannotImport."""
    try:
        return parse({"gateway": settings_of(found)})
    except ConfigError as error:
        raise CannotImport(where=found.source, problem=f"as {error}") from error


def check(found: Found, section: GatewaySection, name: str) -> None:
    """Raise CannotImport when devices would not find the gateway with these settings, which come from that file."""
    wanted = configured(found).gateway
    keys = [key for key in settings_of(found) if key != "interface" and getattr(wanted, key) != getattr(section, key)]
    if keys:
        lines = ", ".join(f"{key} = {toml(settings_of(found)[key])}" for key in keys)
        raise CannotImport(where=name, problem=f"the devices need these settings in [gateway]: {lines}")


def toml(value: str | int) -> str:
    return str(value) if isinstance(value, int) else f'"{value}"'


def planned(
    found: Found, config: Config, desired: Desired, actor: Actor, listening: Listening, now: datetime, host: Ephemeral
) -> Plan:
    """Let the planner add each device with its addresses, and each forward. Keep the reason of each that it refuses."""
    planner = Planner(config.gateway, config.policy, found.server.private_key.public_key)
    changed, left = _changes(found, config), list(found.left)
    peers: list[Peer] = []
    for device in found.devices:
        fitting, name = _without_unfit_ipv6(device, config.gateway, peers), _name(device, peers)
        join = Join(
            actor=actor,
            owner=OWNER,
            owner_name=OWNER,
            device=name,
            public_key=device.public_key,
            mode=device.mode,
            request_id=None,
        )
        try:
            had = fitting.ipv4, fitting.ipv6
            desired, peer = planner.join(desired, join, device.preshared_key, now, had)
        except GatewayError as error:
            left.append(Note(device.where, f"{name}: {error}"))
            continue
        peers.append(peer)
        if device.name and name != device.name:
            changed.append(f"{device.where}: {device.name} is called {name}")
        if fitting.ipv6 != device.ipv6:
            changed.append(f"{device.where}: {name} has no IPv6 any more, because {device.ipv6} is not the tunnel's")
    by_address = {address: peer for peer in peers for address in (peer.ipv4, peer.ipv6) if address}
    for where, to, protocol, ports, to_port in _merged(found.forwards, by_address):
        spec = spec_of(ports, protocol)
        if not isinstance(to, Peer):
            left.append(Note(where, f"port {spec}: no device has the address {to}"))
            continue
        request = AddForward(
            actor=actor,
            owner=OWNER,
            device=to.device,
            ports=(PortSpec(ports, protocol),) if protocol is not Protocol.BOTH else (PortSpec(ports),),
            to_port=to_port,
            duration=Duration(None),
        )
        try:
            desired, _, _ = planner.forward(desired, request, listening, now, host)
        except GatewayError as error:
            left.append(Note(where, f"port {spec} to {to.device}: {error}"))
    return Plan(desired=desired, changed=tuple(changed), left=tuple(left))


def _changes(found: Found, config: Config) -> list[str]:
    section, server = config.gateway, found.server
    changed: list[str] = []
    if section.interface != server.interface:
        changed.append(f"the server's interface is called {section.interface}, and was {server.interface}")
    for before, now in ((server.address4, section.address4), (server.address6, section.address6)):
        if before and now and before.ip != now and before.network == _network_of(section, before.version):
            changed.append(
                f"the server's own address in the tunnel is {now}, and was {before.ip}: "
                "a config that asks it for names needs another line DNS"
            )
    if config.policy.isolate_peers:
        changed.append("devices do not reach each other; `guildgate lan on` lets them")
    return changed


def _network_of(section: GatewaySection, version: int) -> object:
    return section.subnet4 if version == 4 else section.network6


def _network6(found: Found) -> IPv6Network | None:
    """Return the server's IPv6 network, when a gateway can have it."""
    server = found.server
    if server.address6 is None:
        return None
    network, subnet4 = server.address6.network, server.address4.network if server.address4 else None
    is_large = subnet4 is None or network.num_addresses >= subnet4.num_addresses
    return network if network.is_private and is_large else None


def _without_unfit_ipv6(device: FoundDevice, section: GatewaySection, peers: Collection[Peer]) -> FoundDevice:
    is_fit = section.network6 and device.ipv6 in section.network6 if device.ipv6 else True
    return device if is_fit else replace(device, ipv6=None)


def _name(device: FoundDevice, peers: Iterable[Peer]) -> str:
    """Return a name that no other device has, as near to the old one as the rules let it be."""
    taken = {peer.device.casefold() for peer in peers}
    name = "".join(filter(str.isprintable, device.name)).strip()[:MAX_NAME].strip() or str(device.ipv4)
    number, found = 1, name
    while found.casefold() in taken:
        number += 1
        found = f"{name[: MAX_NAME - len(str(number)) - 1]}-{number}"
    return found


Merged = tuple[str, Peer | IPv4Address | IPv6Address, Protocol, PortRange, int]


def _merged(forwards: Iterable[FoundForward], by_address: dict[IPv4Address | IPv6Address, Peer]) -> list[Merged]:
    """Return the forwards, one for both protocols and both families where these lead to the same ports of a device."""
    found: dict[tuple[int | str, PortRange, int], Merged] = {}
    for each in forwards:
        to = by_address.get(each.to, each.to)
        key = (to.id if isinstance(to, Peer) else str(to), each.ports, each.to_port)
        where, _, protocol, _, _ = found.get(key, (each.where, to, each.protocol, each.ports, each.to_port))
        joined = protocol if protocol is each.protocol else Protocol.BOTH
        found[key] = where, to, joined, each.ports, each.to_port
    return list(found.values())
