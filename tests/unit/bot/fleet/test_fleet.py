from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core import live
from bot.fleet.ids import BITS
from gateway.api.connections import GetConnections
from gateway.api.contract import (
    AddForward,
    Caller,
    Closed,
    ExtendForward,
    ForwardInfo,
    GetPolicy,
    GetStatus,
    Join,
    List,
    PeerInfo,
    RemoveForward,
    Request,
    Revoke,
    Rotate,
)
from gateway.api.events import EventKind
from gateway.errors import (
    ForwardGone,
    GatewayUnreachable,
    NoDevices,
    PeerUnknown,
    RegionAway,
    RegionUnknown,
    WhichDevice,
    WhichRegion,
)
from gateway.model import parse_ports
from tests.unit import gate
from tests.unit.bot.fleet.fleets import Regions, fleet, member
from tests.unit.bot.patience import until
from tests.unit.builders import ADMIN, ALICE, BOB, key

PORT = parse_ports("25565")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "AGAIN_S", 0.01)
    monkeypatch.setattr(live, "SELDOM_S", 0.01)


@pytest.fixture
async def regions(tmp_path: Path) -> AsyncIterator[Regions]:
    async with fleet(tmp_path, eu=0, us=2) as made:
        yield made


async def device(regions: Regions, region: str, name: str = "pc", owner: object = ALICE) -> PeerInfo:
    request = Join(actor=owner, device=name, public_key=key())  # type: ignore[arg-type]
    return (await regions.fleet.at(region).call(request)).peer


async def port(regions: Regions, region: str, name: str = "pc") -> ForwardInfo:
    """Open the port in the region for a new device, and return its forward."""
    made = await device(regions, region, name)
    opened = await regions.fleet.at(region).call(AddForward(actor=ALICE, ports=PORT, device=made.device))
    await regions.told()
    return opened.forwards[0]


async def test_equal_ids_of_two_regions_are_told_apart(regions: Regions) -> None:
    here, there = await port(regions, "eu"), await port(regions, "us", "laptop")
    assert (here.id, there.id) == (1, 2 << BITS | 1)
    assert (here.region, there.region) == ("eu", "us")
    assert there.peer_id == 2 << BITS | 1
    await regions.fleet.call(RemoveForward(actor=ALICE, ids=(there.id,)))
    assert [len(at.desired.forwards) for at in regions.gates.values()] == [1, 0]


async def test_one_request_about_forwards_of_two_regions_is_one_for_each(regions: Regions) -> None:
    here, there = await port(regions, "eu"), await port(regions, "us", "laptop")
    extended = await regions.fleet.call(ExtendForward(actor=ALICE, ids=(here.id, there.id)))
    assert {forward.id for forward in extended.forwards} == {here.id, there.id}


async def test_an_id_of_no_region_is_refused(regions: Regions) -> None:
    with pytest.raises(RegionUnknown) as refused:
        await regions.fleet.call(ExtendForward(actor=ALICE, ids=(9 << BITS | 1,)))
    assert refused.value.details["regions"] == "eu, us"


async def test_lists_hold_what_all_regions_have(regions: Regions) -> None:
    here, there = await port(regions, "eu"), await port(regions, "us", "laptop")
    listing = await regions.fleet.call(List(actor=ALICE))
    assert {forward.id for forward in listing.forwards} == {here.id, there.id}
    status = await regions.fleet.call(GetStatus(actor=ADMIN, everyone=True))
    assert {row.peer.region for row in status.peers} == {"eu", "us"}
    assert [each.region for each in status.places] == ["eu", "us"]
    assert status.away == ()
    found = await regions.fleet.call(GetConnections(actor=ALICE))
    assert [each.forward.id for each in found.forwards] == [here.id, there.id]


async def test_a_device_is_found_in_its_region_by_its_name(regions: Regions) -> None:
    await device(regions, "us", "laptop")
    await device(regions, "eu")
    await regions.told()
    opened = await regions.fleet.call(AddForward(actor=ALICE, ports=PORT, device="LAPTOP"))
    assert opened.forwards[0].region == "us"
    await regions.fleet.call(Revoke(actor=ALICE, device="laptop"))
    assert not regions.gates["us"].desired.peers
    assert regions.gates["eu"].desired.peers


async def test_a_device_that_was_added_a_moment_ago_is_found(regions: Regions) -> None:
    """The mirror may not know it yet, so the regions are asked."""
    await regions.fleet.at("us").call(Join(actor=ALICE, device="pc", public_key=key()))
    opened = await regions.fleet.call(AddForward(actor=ALICE, ports=PORT))
    assert opened.forwards[0].region == "us"


async def test_a_name_in_two_regions_is_asked_about(regions: Regions) -> None:
    await port(regions, "eu")
    await port(regions, "us")
    with pytest.raises(WhichRegion) as refused:
        await regions.fleet.call(Rotate(actor=ALICE, device="pc", public_key=key()))
    assert refused.value.details == {"name": "pc", "regions": "eu, us"}
    with pytest.raises(WhichRegion) as refused:
        await regions.fleet.call(RemoveForward(actor=ALICE, ports=PORT))
    assert refused.value.details == {"name": "25565", "regions": "eu, us"}
    await regions.fleet.at("us").call(RemoveForward(actor=ALICE, ports=PORT))
    assert regions.gates["eu"].desired.forwards


async def test_what_no_region_has_is_refused_as_by_one_gateway(regions: Regions) -> None:
    with pytest.raises(NoDevices):
        await regions.fleet.call(AddForward(actor=ALICE, ports=PORT))
    await device(regions, "us")
    await regions.told()
    with pytest.raises(PeerUnknown):
        await regions.fleet.call(Rotate(actor=ALICE, device="laptop", public_key=key()))


async def test_a_port_without_a_device_opens_where_the_member_was_last(regions: Regions) -> None:
    await device(regions, "us", "old")
    for at in regions.gates.values():
        at.now = at.now.replace(year=at.now.year + 1)
    await device(regions, "eu", "new")
    await regions.told()
    assert regions.fleet.usual(ALICE.id) == "eu"
    opened = await regions.fleet.call(AddForward(actor=ALICE, ports=PORT))
    assert (opened.forwards[0].region, opened.forwards[0].device) == ("eu", "new")


async def test_a_member_without_anything_gets_the_first_region_that_is_there(regions: Regions) -> None:
    assert regions.fleet.usual(BOB.id) == "eu"
    await regions.gates["eu"].stop()
    await regions.told()
    assert regions.fleet.usual(BOB.id) == "us"


async def test_a_region_that_is_away_is_named_and_the_others_answer(regions: Regions) -> None:
    here, there = await port(regions, "eu"), await port(regions, "us", "laptop")
    await regions.gates["us"].stop()
    await regions.told()
    status = await regions.fleet.call(GetStatus(actor=ADMIN, everyone=True))
    assert [row.forward.id for row in status.forwards] == [here.id]
    assert [each.region for each in status.away] == ["us"]
    with pytest.raises(RegionAway) as refused:
        await regions.fleet.call(ExtendForward(actor=ALICE, ids=(there.id,)))
    assert refused.value.details["region"] == "us"
    with pytest.raises(RegionAway):
        await regions.fleet.call(AddForward(actor=ALICE, ports=parse_ports("25566"), device="laptop"))
    assert (await regions.fleet.call(GetPolicy(actor=ALICE))).devices_per_member
    await regions.gates["us"].start()
    await regions.told()
    await regions.fleet.call(ExtendForward(actor=ALICE, ids=(there.id,)))


async def test_what_only_a_region_may_have_that_was_never_heard_is_not_denied(tmp_path: Path) -> None:
    async with fleet(tmp_path, eu=0) as regions:
        silent = gate.Gate(tmp_path / "nothing listens here")
        regions.fleet.set([member(regions.gates["eu"], "eu", 0), member(silent, "us", 1)])
        await until(regions.fleet.away)
        with pytest.raises(RegionAway):
            await regions.fleet.call(AddForward(actor=ALICE, ports=PORT))


async def test_nothing_answers_when_all_are_away(regions: Regions) -> None:
    for at in regions.gates.values():
        await at.stop()
    await regions.told()
    with pytest.raises(GatewayUnreachable):
        await regions.fleet.call(List(actor=ALICE))
    assert regions.fleet.live.view is None
    assert regions.fleet.live.away_since


async def test_one_mirror_tells_of_all_regions(regions: Regions) -> None:
    follower = regions.fleet.live.follow()
    await follower.next()
    await device(regions, "us")
    events = [event for event in (await follower.next()).events if event.kind == EventKind.PEER_ADDED]
    while not events:
        events = [event for event in (await follower.next()).events if event.kind == EventKind.PEER_ADDED]
    assert events[0].peer
    assert events[0].peer.peer.id == 2 << BITS | 1
    view = await regions.fleet.live.there()
    assert view.peers[2 << BITS | 1].peer.device == "pc"
    assert [*view.peers] == [2 << BITS | 1]
    assert len(view.peers) == 1
    assert 1 not in view.peers


async def test_silence_of_a_region_is_no_end_of_what_it_has(regions: Regions) -> None:
    here, there = await port(regions, "eu"), await port(regions, "us", "laptop")
    await regions.gates["us"].stop()
    await regions.told()
    view = await regions.fleet.live.there()
    part = view.of(here.id)
    assert part
    assert part.about([here.id]).forwards
    assert view.of(there.id) is None
    assert view.about([there.id]).forwards == ()


async def test_a_region_that_tells_ids_of_another_is_away_and_the_others_answer(regions: Regions) -> None:
    here, there = await port(regions, "eu"), await port(regions, "us", "laptop")
    at = regions.gates["us"]
    (peer,) = at.desired.peers.values()
    forged = 1 << BITS | peer.id
    at.desired = replace(at.desired, peers={forged: replace(peer, id=forged)}, forwards={})
    await until(lambda: regions.fleet.away() and regions.fleet.at("us").live.view is None)
    view = await regions.fleet.live.there()
    assert [forward.forward.id for forward in view.forwards.values()] == [here.id]
    assert {row.peer.region for row in view.peers.values()} == {"eu"}
    status = await regions.fleet.call(GetStatus(actor=ADMIN, everyone=True))
    assert [each.region for each in status.away] == ["us"]
    assert view.of(there.id) is None


async def test_a_region_that_answers_what_is_no_answer_is_away_for_that_request(
    regions: Regions, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await port(regions, "eu")

    async def answer(caller: Caller, request: Request[Any]) -> object:
        return Closed(forwards=()) if isinstance(request, GetStatus) else await handle(caller, request)

    at = regions.gates["us"]
    await at.stop()
    handle = at.handle
    monkeypatch.setattr(at, "handle", answer)
    await at.start()
    await regions.told()
    status = await regions.fleet.call(GetStatus(actor=ADMIN, everyone=True))
    assert [row.forward.id for row in status.forwards] == [here.id]
    assert [each.region for each in status.away] == ["us"]


async def test_a_region_that_leaves_takes_everything_with_it(regions: Regions) -> None:
    await port(regions, "eu")
    there = await port(regions, "us", "laptop")
    staying = regions.fleet.at("eu")
    regions.fleet.set([staying.member])
    await regions.told()
    assert regions.fleet.regions == ["eu"]
    assert regions.fleet.at("eu") is staying
    view = await regions.fleet.live.there()
    assert {row.peer.region for row in view.peers.values()} == {"eu"}
    with pytest.raises(RegionUnknown):
        await regions.fleet.call(ExtendForward(actor=ALICE, ids=(there.id,)))
    with pytest.raises(RegionUnknown):
        regions.fleet.at("us")


async def test_a_region_refuses_what_is_not_its_own(regions: Regions) -> None:
    here = await port(regions, "eu")
    with pytest.raises(ForwardGone):
        await regions.fleet.call(ExtendForward(actor=ALICE, ids=(2 << BITS | here.id,)))
    assert regions.gates["eu"].desired.forwards


async def test_several_devices_in_one_region_are_asked_about_as_without_a_fleet(regions: Regions) -> None:
    await device(regions, "us")
    await device(regions, "us", "laptop")
    await regions.told()
    with pytest.raises(WhichDevice):
        await regions.fleet.call(AddForward(actor=ALICE, ports=PORT))
