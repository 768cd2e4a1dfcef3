"""Text about connections for a terminal. Pure. The admin sees whole addresses."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

from gateway.api.connections import Chosen, Connection, Connections, ForwardConnections, ListedAddress
from gateway.terminal.text import age, forward_line, size, table


def render_connections(found: Connections) -> str:
    """Return a table of flows for each forward, and one of its rules. RX is what came from outside."""
    if not found.forwards:
        return "No ports are open. `guildgate forward PORTS` opens some."
    return "\n\n".join(_forward(each, found) for each in found.forwards)


def _forward(found: ForwardConnections, at: Connections) -> str:
    parts = [f"{forward_line(found.forward)}:"]
    if found.forward.friends_only:
        parts[0] += f" friends only, {found.strangers} packets of others dropped."
    if found.connections:
        columns = ("ADDRESS", "PROTOCOL", "WHO", "SINCE", "RX", "TX")
        parts.append(table(columns, [_connection(each, at) for each in found.connections]))
    else:
        parts.append("No connections.")
    if found.addresses:
        parts.append(table(("RULE", "ADDRESS", "SINCE", "DROPPED"), [_listed(each, at) for each in found.addresses]))
    return "\n".join(parts)


def _connection(each: Connection, at: Connections) -> tuple[object, ...]:
    address = f"{each.address}:{each.port}" if each.address.version == 4 else f"[{each.address}]:{each.port}"
    player = f"{each.device} of {each.owner_name}" if each.device else "player"
    begun_by = "called by the device" if each.is_from_device else player
    sizes = ("-" if count is None else size(count) for count in (each.rx_bytes, each.tx_bytes))
    return address, each.protocol, begun_by, age(each.since, at.at) if each.since else "-", *sizes


def _listed(each: ListedAddress, at: Connections) -> tuple[object, ...]:
    rule = "let in" if each.lets_in else "blocked"
    return rule, shown(each.network), age(each.since, at.at), "-" if each.lets_in else each.packets


def shown(network: IPv4Network | IPv6Network) -> str:
    """Return a network as people type it: an address without its prefix."""
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def render_chosen(done: str, chosen: Chosen) -> str:
    return "\n".join(f"{done}: {forward_line(forward)}." for forward in chosen.forwards)


def render_friends_only(chosen: Chosen) -> str:
    return "\n".join(
        f"{'Friends only' if forward.friends_only else 'Open to all'}: {forward_line(forward)}."
        for forward in chosen.forwards
    )
