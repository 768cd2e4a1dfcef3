"""Live flows of forwards as their hosts see them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from gateway.access import Access, Address
from gateway.api.connections import Connection, Connections, ForwardConnections, ListedAddress
from gateway.api.contract import ForwardInfo
from gateway.model import Desired, Forward, Protocol
from gateway.network import Network
from gateway.nftables.elements import Counters, Element, rule_set
from gateway.nftables.flow import Flow
from gateway.state.players import End


def is_friend(address: Address, network: Network) -> bool:
    """Report whether it is a device's in the VPN, or this host's own."""
    own = {network.public4, network.public6, *network.outer}
    return address in own or any(address in subnet for subnet in network.subnets)


def let_through(access: Access, flows: Iterable[Flow], network: Network) -> list[Flow]:
    """Return the flows whose packets the table lets through. Conntrack holds others until they are silent."""

    def passes(flow: Flow) -> bool:
        if access.refuses(flow.protocol, flow.source, flow.source_port):
            return False
        return flow.is_begun_inside or not access.keeps_out(flow.source) or is_friend(flow.source, network)

    return [flow for flow in flows if passes(flow)] if access else list(flows)


def counted(forwards: Iterable[Forward], network: Network) -> dict[str, list[Element]]:
    """Return the elements that count what these forwards' rules drop, by set."""
    found: dict[str, list[Element]] = {"friends": []}
    for forward in forwards:
        mark = network.marks.of(forward.slot)
        if forward.access.friends_only:
            found["friends"].append((mark,))
        for rule in forward.access.rules:
            if not rule.lets_in:
                name = rule_set(rule.network, lets_in=False)
                found.setdefault(name, []).append((rule.network.network_address, mark))
    return found


def connections_of(
    desired: Desired,
    forwards: Collection[Forward],
    flows: Mapping[int, Sequence[Flow]],
    since: Mapping[int, Mapping[End, datetime]],
    hits: Mapping[str, Counters],
    network: Network,
    at: datetime,
) -> Connections:
    """Return what GetConnections is answered by. `since` tells of flows whose beginning the host does not note."""
    devices = {ip: peer for peer in desired.peers.values() for ip in (peer.ipv4, peer.ipv6) if ip}

    def connection(flow: Flow) -> Connection:
        peer = devices.get(flow.source)
        return Connection(
            protocol=next(each for each in Protocol.BOTH.each if flow.protocol in each.numbers),
            address=flow.source,
            port=flow.source_port,
            to=flow.port,
            is_from_device=flow.is_begun_inside,
            device=peer.device if peer else "",
            owner_name=peer.owner_name if peer else "",
            since=flow.since or _first_seen(flow, since),
            rx_bytes=flow.rx_bytes,
            tx_bytes=flow.tx_bytes,
        )

    def packets(name: str, key: Element) -> int:
        return hits.get(name, {}).get(key, (0, 0))[0]

    found = []
    for forward in forwards:
        mark = network.marks.of(forward.slot)
        found.append(
            ForwardConnections(
                forward=ForwardInfo.of(forward, desired.peers[forward.peer_id]),
                connections=tuple(map(connection, let_through(forward.access, flows[forward.slot], network))),
                addresses=tuple(
                    ListedAddress(
                        network=rule.network,
                        lets_in=rule.lets_in,
                        since=rule.since,
                        packets=packets(
                            rule_set(rule.network, lets_in=rule.lets_in), (rule.network.network_address, mark)
                        ),
                    )
                    for rule in forward.access.rules
                ),
                strangers=packets("friends", (mark,)),
            )
        )
    return Connections(at=at, forwards=tuple(found))


def _first_seen(flow: Flow, since: Mapping[int, Mapping[End, datetime]]) -> datetime | None:
    if flow.is_begun_inside:
        return None
    return since.get(flow.slot, {}).get((flow.protocol, flow.source, flow.source_port, flow.port))
