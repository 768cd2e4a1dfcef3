"""Stale flows. A flow is stale when the current table would translate or drop it differently if it began now. Pure."""

from __future__ import annotations

import socket
from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from gateway.network import METADATA4, METADATA6, Network, is_private
from gateway.nftables.elements import Element, Elements, Part
from gateway.nftables.flow import Address, Entry


@dataclass(frozen=True, slots=True)
class Here:
    """Addresses that tell where a flow comes from and where it goes to."""

    local: AbstractSet[Address]  # this host's outside the tunnel, and those that a cloud routes to it
    outer: AbstractSet[Address]  # the uplinks'
    subnets: tuple[IPv4Network | IPv6Network, ...]  # the tunnel's
    mask: int  # our bits of the conntrack mark
    gone: AbstractSet[Address] = frozenset()  # public addresses that this host does not have
    passed_over: AbstractSet[Address] = frozenset()  # the uplinks' where another one is configured

    @classmethod
    def of(cls, network: Network, local: Iterable[Address], outer: Iterable[Address]) -> Here:
        local, public = frozenset(local), {network.public4, network.public6}
        led = (address for address in {*local, *public} if address)
        gone = frozenset(address for address in public - local if address)
        outside = frozenset(address for address in led if not any(address in subnet for subnet in network.subnets))
        return cls(outside, frozenset(outer), network.subnets, network.marks.mask, gone, network.passed_over)

    def is_peer(self, address: Address) -> bool:
        return any(address in subnet for subnet in self.subnets)


class Stale:
    """The predicate over flows. It mirrors the chains in text.py."""

    def __init__(self, come: Elements, here: Here) -> None:
        self._here = here
        self._marks = come.get("fwdid", {})
        self._targets = {4: come.get("fwd4", {}), 6: come.get("fwd6", {})}
        self._hosts = come.get("host4", {}) | come.get("host6", {})
        # The addresses that a hosting peer's flows leave with, one for each uplink, by peer, protocol and port.
        self._sources: dict[Element, set[Part]] = defaultdict(set)
        for (_, *host), (source, _) in (*come.get("rev4", {}).items(), *come.get("rev6", {}).items()):
            self._sources[tuple(host)].add(source)
        self._public = come.get("pub4", {}) | come.get("pub6", {})
        self._denied = come.get("denied", {})
        self._beyond = come.get("beyond4", {}) | come.get("beyond6", {})

    def __call__(self, entry: Entry) -> bool:
        original, reply, here = entry.original, entry.reply, self._here
        key = (original.protocol, original.destination_port)
        if original.destination in here.local and key in self._marks:
            return self._is_led_wrong(entry, key)
        if here.is_peer(original.destination):  # no flow may begin outside and end in the tunnel
            return not (here.is_peer(original.source) or original.source in here.local)
        if not here.is_peer(original.source):
            return self._is_unheard(entry)
        if reply.destination == original.source:  # untranslated, because it began when there was no table
            return original.destination not in here.local
        if reply.destination in here.gone or self._is_refused(reply.source) or self._is_denied(entry):
            return True
        host = (original.source, original.protocol, original.source_port)
        mark = self._hosts.get(host)
        if mark == (entry.mark & here.mask,):
            # A server announces itself with the address that players type.
            if reply.destination in here.passed_over and not is_private(reply.source):
                return True
            if sources := self._sources.get(host):
                return reply.destination not in sources
            return not (reply.destination in here.local or here.is_peer(reply.destination))
        if mark and reply.destination in here.outer:
            return True
        # It is masqueraded, and its source port is forwarded now.
        return reply.destination in here.local and (original.protocol, reply.destination_port) in self._marks

    def _is_unheard(self, entry: Entry) -> bool:
        """Report whether no socket may hear it. If one does, the flow begins again with its next packet."""
        original, here = entry.original, self._here
        untranslated = entry.reply.source == original.destination  # what others translate is theirs
        is_udp = original.protocol == socket.IPPROTO_UDP
        return is_udp and not entry.is_answered and untranslated and original.destination in here.outer

    def _is_refused(self, target: Address) -> bool:
        """Report whether no peer may reach this target, although the table lets established flows to it pass."""
        metadata = METADATA4 if target.version == 4 else METADATA6
        return (target,) in self._public or any(target in network for network in metadata)

    def _is_denied(self, entry: Entry) -> bool:
        """Report whether a peer's flow to the Internet has a port there that no peer may call now."""
        original, reply = entry.original, entry.reply
        if (original.protocol, reply.source_port) not in self._denied or reply.destination not in self._here.outer:
            return False
        listed = (network for (network,) in self._beyond if isinstance(network, IPv4Network | IPv6Network))
        return not any(reply.source in network for network in listed)

    def _is_led_wrong(self, entry: Entry, key: Element) -> bool:
        original, reply = entry.original, entry.reply
        target = self._targets[original.destination.version].get(key)
        if ours := entry.mark & self._here.mask:
            return self._marks[key] != (ours,) or target != (reply.source, reply.source_port)
        # A flow that another program translates is not ours. An established flow with this host stays.
        return target is not None and reply.source == original.destination and not entry.is_established


def ports(come: Elements) -> set[int]:
    """Return the ports of these elements of new forwards. Each flow that the elements make stale has one of them."""
    public = (key[1] for key in come.get("fwdid", {}))
    internal = (key[2] for name in ("host4", "host6") for key in come.get(name, {}))
    return {port for port in (*public, *internal) if isinstance(port, int)}
