from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from types import UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

import pytest

from bot.fleet import ids
from gateway.api.connections import GetConnections
from gateway.api.contract import (
    Action,
    Actor,
    AuditEntry,
    ExtendForward,
    ForwardInfo,
    GetStatus,
    Listing,
    Local,
    PeerInfo,
    RemoveForward,
)
from gateway.api.events import Event, EventKind, News
from gateway.api.history import GetHistory
from gateway.api.operations import OPERATIONS
from gateway.model import Desired, Protocol
from gateway.problem import Problem
from tests.unit.builders import NOW, forwarded, joined

ACTOR = Actor(id="1", name="alice")
DESIRED, PEER = joined(Desired())
DEVICE = replace(PeerInfo.of(PEER), id=7)
(FORWARD,) = [replace(ForwardInfo.of(each, PEER), id=5, peer_id=7) for each in forwarded(DESIRED).forwards.values()]
# Numbers of the contract that are no ids of peers or forwards. A new number is either among these or a PeerId or
# ForwardId, because an id that is forgotten would act on another region's device.
PLAIN_NUMBERS = {
    "AddForward.to_port", "AddForward.to_ports", "AuditEntry.id", "AuditEntry.uid", "Connection.port",
    "Connection.rx_bytes", "Connection.to", "Connection.tx_bytes", "Copied.number", "Counted.times", "FindHolders.port",
    "FlowTable.dropped", "FlowTable.entries", "FlowTable.evicted", "FlowTable.limit", "Forgotten.devices",
    "Forgotten.forwards", "ForwardConnections.strangers", "ForwardInfo.to_port", "ForwardMeasures.flows",
    "ForwardMeasures.players", "ForwardMeasures.refused", "ForwardMeasures.rx_bytes", "ForwardMeasures.tx_bytes",
    "ForwardStatus.connections", "ForwardStatus.players", "ForwardStatus.refused", "ForwardStatus.rx_bytes",
    "ForwardStatus.tx_bytes", "GetAudit.before", "GetAudit.limit", "History.step_s", "InterfaceMeasures.rx_bytes",
    "InterfaceMeasures.rx_dropped", "InterfaceMeasures.tx_bytes", "InterfaceMeasures.tx_dropped", "KeepName.srv_port",
    "Kernel.away", "Kernel.connected", "Kernel.flows", "Kernel.forwards", "Kernel.players", "Kernel.suspended",
    "Kick.port", "ListedAddress.packets", "LoggedFlow.outside_port", "LoggedFlow.port", "LoggedFlow.target_port",
    "Measures.month_bytes", "Measures.month_limit", "NameTarget.srv_port", "News.number", "OperationMeasures.counts",
    "PeerMeasures.rx_bytes", "PeerMeasures.tx_bytes", "PeerStatus.rx_bytes", "PeerStatus.tx_bytes", "Player.port",
    "Player.rx_bytes", "Player.tx_bytes", "PolicyInfo.devices_per_member", "PolicyInfo.flows_per_device",
    "PolicyInfo.forwards_per_member", "PolicyInfo.joins_per_hour", "PolicyInfo.ports_per_member",
    "PortRange.first", "PortRange.last", "SetToPort.to_port", "Snapshot.newest_entry", "Status.listen_port",
    "StandbyState.followers", "StandbyState.number",
    "Status.srv_port", "Step.online_s", "Step.played_s", "Step.players", "Step.playing_s", "Step.rx_bytes",
    "Step.tx_bytes", "TakeCopy.part", "TakeCopy.parts",
}  # fmt: skip


def leaves(hint: Any) -> Iterator[Any]:
    """Yield the types that a field's type is made of, that of an id as a whole."""
    if get_origin(hint) is Annotated and not is_local(hint):
        yield from leaves(get_args(hint)[0])
    elif get_origin(hint) in (Union, UnionType, tuple):
        for each in get_args(hint):
            yield from leaves(each)
    else:
        yield hint


def classes(kind: Any, known: set[Any]) -> Iterator[Any]:
    """Yield every dataclass that a value of this type may hold."""
    if kind in known or not dataclasses.is_dataclass(kind):
        return
    known.add(kind)
    yield kind
    for hint in get_type_hints(kind, include_extras=True).values():
        for each in leaves(hint):
            yield from classes(each, known)


def fields() -> Iterator[tuple[str, list[Any]]]:
    """Yield every field of the contract by its name, with the types that it is made of."""
    known = set[Any]()
    for operation in OPERATIONS.values():
        for start in (operation, operation.answer_type()):
            for kind in classes(start, known):
                hints = get_type_hints(kind, include_extras=True)
                for each in dataclasses.fields(kind):
                    yield f"{kind.__name__}.{each.name}", [*leaves(hints[each.name])]


def is_local(hint: Any) -> bool:
    return get_origin(hint) is Annotated and Local in get_args(hint)


def test_every_number_of_the_contract_is_either_an_id_or_known_to_be_none() -> None:
    plain = {name for name, kinds in fields() if int in kinds}
    assert plain == PLAIN_NUMBERS


def test_every_id_of_the_contract_is_made_and_split() -> None:
    """The walk finds each class with an id from each operation that leads to it."""
    with_ids = {name.partition(".")[0] for name, kinds in fields() if any(map(is_local, kinds))}
    for operation in OPERATIONS.values():
        for start in (operation, operation.answer_type()):
            holds = {kind.__name__ for kind in classes(start, set())} & with_ids
            assert not holds or ids._walk(cast(Any, start)), (start, holds)


def test_no_id_can_be_told_from_its_region() -> None:
    told = ids.outside(3, "us", DEVICE)
    assert (told.id, told.region) == (3 << ids.BITS | 7, "us")
    assert ids.number_of(told.id) == 3
    assert ids.inside(GetHistory(actor=ACTOR, device=told.id)) == GetHistory(actor=ACTOR, device=7)


def test_without_a_fleet_nothing_is_touched() -> None:
    listing = Listing(peers=(DEVICE,), forwards=())
    assert ids.outside(0, "", listing) is listing


def test_the_first_region_keeps_the_ids_from_before_the_fleet() -> None:
    told = ids.outside(0, "eu", DEVICE)
    assert (told.id, told.region) == (7, "eu")


def test_ids_deep_in_an_event_are_changed() -> None:
    entry = AuditEntry(id=9, at=NOW, actor="1", actor_name="a", action=Action.FORWARD, subject="", forwards=(FORWARD,))
    event = Event(at=NOW, kind=EventKind.AUDITED, entry=entry)
    (told,) = ids.outside(2, "us", News(number=1, events=(event,))).events
    assert told.entry
    assert told.entry.id == 9  # of the region's own audit log
    assert told.entry.region == "us"
    assert [(each.id, each.peer_id, each.region) for each in told.entry.forwards] == [
        (2 << ids.BITS | 5, 2 << ids.BITS | 7, "us")
    ]


def test_a_problem_says_where_it_is() -> None:
    problem = ids.outside(0, "eu", Problem(code="firewall", values={}))
    assert problem.region == "eu"


@pytest.mark.parametrize("request_", [ExtendForward(actor=ACTOR, ids=(5,)), GetConnections(actor=ACTOR, ids=(5,))])
def test_a_request_names_its_regions_by_its_ids(request_: Any) -> None:
    several = replace(request_, ids=(5, 1 << ids.BITS | 5, 2 << ids.BITS | 6))
    assert ids.numbers_in(several) == {0, 1, 2}
    assert ids.inside(ids.narrowed(2, several)) == replace(request_, ids=(6,))


def test_a_request_without_ids_names_no_region() -> None:
    assert ids.numbers_in(GetStatus(actor=ACTOR, everyone=True)) == set()
    assert ids.numbers_in(RemoveForward(actor=ACTOR, protocol=Protocol.TCP)) == set()


@pytest.mark.parametrize("ident", [1 << ids.BITS, 1 << ids.BITS | 5, -1, 2**62])
def test_no_region_gives_an_id_of_another(ident: int) -> None:
    with pytest.raises(ValueError, match="id"):
        ids.outside(2, "us", replace(DEVICE, id=ident))
