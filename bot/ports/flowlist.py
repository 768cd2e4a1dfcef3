"""Embeds of connections and of address rules: values in, embeds out, pure.

`is_admin`: the reader sees whole addresses. Others see their begin, which is enough to recognise a network by.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network

import discord

from bot.core import render
from bot.core.render import COLOUR, COLOUR_IDLE, code, data_size, in_region, plain, relative, safe
from bot.core.words import Words
from gateway.access import LENGTHS, Address, AddressNetwork, masked, masked_network
from gateway.api.connections import Connection, Connections, ForwardConnections, ListedAddress
from gateway.api.contract import ForwardInfo

PER_PAGE = 10
Flow = tuple[ForwardInfo, Connection]
Rule = tuple[ForwardInfo, ListedAddress]


def flows_of(found: Connections) -> list[Flow]:
    """Return all flows, players' before those that devices began, by port and age."""
    rows = [(each.forward, flow) for each in found.forwards for flow in each.connections]
    return sorted(rows, key=lambda row: (row[1].is_from_device, row[0].ports, row[1].since or found.at, _end(row[1])))


def rules_of(found: Connections) -> list[Rule]:
    return [(each.forward, rule) for each in found.forwards for rule in each.addresses]


def last_page(rows: Sequence[object]) -> int:
    """Return the index of the first row of the last page."""
    return max(0, len(rows) - 1) // PER_PAGE * PER_PAGE


def flows(words: Words, found: Connections, rows: Sequence[Flow], first: int, *, is_admin: bool) -> discord.Embed:
    players = sum(not flow.is_from_device for _, flow in rows)
    lines = [words("connections-count", count=players)]
    lines += [_friends_only(words, each) for each in found.forwards if each.forward.friends_only]
    embed = discord.Embed(
        title=words("connections-title"), description="\n".join(lines), colour=COLOUR if players else COLOUR_IDLE
    )
    for forward, flow in rows[first : first + PER_PAGE]:
        name = words("connections-to", name=outer(words, flow, is_admin=is_admin), port=target(forward, flow))
        embed.add_field(name=name, value=about(words, flow), inline=False)
    return _numbered(words, embed, rows, first)


def _friends_only(words: Words, each: ForwardConnections) -> str:
    return words("connections-friends-only", ports=str(each.forward.spec), packets=each.strangers)


def outer(words: Words, flow: Connection, *, is_admin: bool) -> str:
    """Name the outer end: its device, or its address and port. Both are shown without markdown."""
    if flow.device:
        return words("device-of", device=plain(flow.device, 24), owner=plain(flow.owner_name, 24))
    return f"{_address(flow.address, is_admin=is_admin)}:{flow.port}"


def target(forward: ForwardInfo, flow: Connection) -> str:
    port = f"{forward.ports.first if flow.is_from_device else flow.to}/{flow.protocol}"
    return in_region(port, forward.region, plain)


def about(words: Words, flow: Connection) -> str:
    """Return since when a flow lasts and what it carried, as far as the host knows."""
    lines = [words("connections-from-device")] if flow.is_from_device else []
    if flow.since:
        lines.append(words("connections-since", since=relative(flow.since)))
    if flow.rx_bytes is not None and flow.tx_bytes is not None:
        sent, received = data_size(flow.rx_bytes), data_size(flow.tx_bytes)
        lines.append(words("connections-traffic", sent=sent, received=received))
    return "\n".join(lines) or words("connections-live")


def flow(words: Words, row: Flow, *, is_admin: bool) -> discord.Embed:
    forward, found = row
    name = words("connections-to", name=outer(words, found, is_admin=is_admin), port=target(forward, found))
    lines = [about(words, found), *render.forward_lines(words, [forward]), words("connections-hint")]
    return discord.Embed(title=name, description="\n".join(lines), colour=COLOUR)


def rules(words: Words, rows: Sequence[Rule], first: int, *, is_admin: bool) -> discord.Embed:
    embed = discord.Embed(title=words("connections-rules-title"), colour=COLOUR_IDLE)
    if not rows:
        embed.description = words("connections-rules-none")
    for forward, rule in rows[first : first + PER_PAGE]:
        since = words("connections-rule-since", since=relative(rule.since))
        said = since if rule.lets_in else f"{since}\n{words('connections-dropped', packets=rule.packets)}"
        embed.add_field(name=rule_name(words, forward, rule, is_admin=is_admin), value=said, inline=False)
    return _numbered(words, embed, rows, first)


def rule_name(words: Words, forward: ForwardInfo, rule: ListedAddress, *, is_admin: bool) -> str:
    address, ports = network_name(rule.network, is_admin=is_admin), in_region(str(forward.spec), forward.region, plain)
    return words("connections-let-in" if rule.lets_in else "connections-blocked", address=address, ports=ports)


def network_name(network: AddressNetwork, *, is_admin: bool) -> str:
    if not is_admin:
        return masked_network(network)
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def networks(address: Address) -> tuple[AddressNetwork, AddressNetwork]:
    """Return the address alone, and the network around it that may be blocked as well."""
    alone, around = (ip_network((address, length), strict=False) for length in LENGTHS[address.version])
    return alone, around


def done(words: Words, action: str, shown: str, forward: ForwardInfo) -> str:
    """Say what was done about the outer end that is `shown`."""
    return words(
        f"connections-{action}-done", address=code(shown), ports=str(forward.spec), device=safe(forward.device)
    )


def _address(address: Address, *, is_admin: bool) -> str:
    shown = str(address) if is_admin else masked(address)
    return f"[{shown}]" if address.version == 6 else shown


def _end(flow: Connection) -> tuple[int, bytes, int]:
    return flow.address.version, flow.address.packed, flow.port


def _numbered(words: Words, embed: discord.Embed, rows: Sequence[object], first: int) -> discord.Embed:
    if last := last_page(rows):
        embed.set_footer(text=words("list-page", number=first // PER_PAGE + 1, last=last // PER_PAGE + 1))
    return embed
