"""The table of flows in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from ipaddress import IPv4Address, IPv6Address

from gateway.access import Access
from gateway.model import Forward
from gateway.nftables.elements import (
    Element,
    Part,
)
from gateway.nftables.flow import Address, Entry, Flow, Tuple
from tests.unit.builders import MARKS
from tests.unit.fakes.effects import Effects
from tests.unit.fakes.table import FakeTable


class FakeConntrack:
    def __init__(self, effects: Effects, table: FakeTable) -> None:
        self._effects = effects
        self._table = table
        self._made = 0
        self.entries: list[Entry] = []
        self.asked: list[list[int]] = []  # the slots of each call

    def arrive(self, packet: Tuple) -> Entry:
        """Begin a flow from outside at the public address. The table says whether it leads to a peer."""
        protocol, source, source_port = packet.protocol, packet.source, packet.source_port
        content = self._table.content or {}
        key: Element = (protocol, packet.destination_port)
        target: Element = content.get(f"fwd{source.version}", {}).get(key, ())
        mark = content["fwdid"][key][0] if target else 0
        address, port = target or (packet.destination, packet.destination_port)
        return self.note(packet, Tuple(protocol, _address(address), _int(port), source, source_port), _int(mark))

    def note(
        self,
        original: Tuple,
        reply: Tuple,
        mark: int = 0,
        *,
        is_established: bool = False,
        is_answered: bool = True,
    ) -> Entry:
        """Add a flow as it is."""
        self._made += 1
        identity = self._made.to_bytes(4, "big")
        entry = Entry(original, reply, mark, is_established, is_answered, identity)
        self.entries.append(entry)
        return entry

    async def flows(self, slots: Collection[int]) -> dict[int, list[Flow]]:
        self._effects.take("conntrack.flows", OSError("refused"))
        self.asked.append(list(slots))
        found: dict[int, list[Flow]] = {each: [] for each in slots}
        for entry in self.entries:
            if MARKS.slot_of(entry.mark) in found:
                flow = _flow(entry)
                found[flow.slot].append(flow)
        return found

    async def flush_forwards(self, forwards: Iterable[Forward]) -> None:
        for forward in forwards:
            self._effects.take("conntrack.flush_forwards", OSError("refused"))
            self.entries = [entry for entry in self.entries if MARKS.slot_of(entry.mark) != forward.slot]

    async def flush_refused(self, chosen: Mapping[int, Access]) -> None:
        for entry in list(self.entries):
            access = chosen.get(MARKS.slot_of(entry.mark))
            if access and access.refuses(*entry.outer_end):
                self._effects.take("conntrack.flush_refused", OSError("refused"))
                self.entries.remove(entry)

    async def flush_addresses(self, addresses: Iterable[Address]) -> None:
        for address in addresses:
            self._effects.take("conntrack.flush_addresses", OSError("refused"))
            self.entries = [entry for entry in self.entries if address not in _addresses(entry)]

    async def is_free_of(self, ports: AbstractSet[int]) -> bool:
        """Report False where it cannot look; it is never refused."""
        return not any(ports & _ports(entry) for entry in self.entries)

    async def flush_chosen(self, chosen: Callable[[Entry], bool], ports: AbstractSet[int] | None) -> None:
        for entry in list(self.entries):
            if (ports is None or ports & _ports(entry)) and chosen(entry):
                self._effects.take("conntrack.flush_chosen", OSError("refused"))
                self.entries.remove(entry)


def _flow(entry: Entry) -> Flow:
    original, slot = entry.original, MARKS.slot_of(entry.mark)
    is_begun_inside = entry.reply.source == original.destination
    port = original.source_port if is_begun_inside else original.destination_port
    return Flow(slot, *entry.outer_end, port, is_begun_inside)


def _addresses(entry: Entry) -> set[Address]:
    return {entry.original.source, entry.original.destination, entry.reply.source}


def _ports(entry: Entry) -> set[int]:
    sides = (entry.original, entry.reply)
    return {port for side in sides for port in (side.source_port, side.destination_port)}


def _address(part: Part) -> Address:
    assert isinstance(part, IPv4Address | IPv6Address)
    return part


def _int(part: Part) -> int:
    assert isinstance(part, int)
    return part
