"""Signed requests on the real socket: what the courier's user may ask, what its requests do, and what it learns."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.api import server
from gateway.api.carried import Courier
from gateway.api.client import GatewayClient
from gateway.api.contract import (
    AddForward,
    Caller,
    GetPolicy,
    GetStatus,
    Issued,
    List,
    Listing,
    PolicyInfo,
    Request,
    Revoke,
    SetLan,
    Suspend,
)
from gateway.api.events import Watch
from gateway.api.forgetting import Forget
from gateway.api.measures import GetMeasures
from gateway.api.signed import SIGNED, SIGNED_WATCH
from gateway.codec import encode
from gateway.errors import (
    AdminsOnly,
    GatewayError,
    NotAuthentic,
    OtherService,
    PeerUnknown,
    RequestIdReused,
    RootOnly,
)
from gateway.model import parse_ports
from tests.unit.builders import ADMIN, ALICE, NOW
from tests.unit.gateway.api.counting import Count, Counter
from tests.unit.gateway.api.couriers import Fleet, serving
from tests.unit.gateway.api.signing import BODY, STRANGER, US, Carried, sealer, signatures, signed_as
from tests.unit.running import a_join, a_kernel, running

JOIN = a_join(request_id="join-1")


@pytest.fixture
async def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fleet]:
    async with running(None, a_kernel()) as gateway, serving(gateway, tmp_path / "socket", monkeypatch) as made:
        yield made


async def test_a_bot_behind_a_courier_has_all_operations_of_one_at_the_socket(fleet: Fleet) -> None:
    issued = await fleet.bot.call(JOIN)
    opened = await fleet.bot.call(AddForward(actor=ALICE, ports=parse_ports("25565")))
    assert opened.forwards[0].peer_id == issued.peer.id
    assert (await fleet.bot.call(List(actor=ALICE))).peers == (issued.peer,)
    assert (await fleet.bot.call(GetStatus(actor=ADMIN, everyone=True))).forwards[0].forward == opened.forwards[0]
    with pytest.raises(PeerUnknown) as unknown:
        await fleet.bot.call(Revoke(actor=ALICE, device="tablet"))
    assert unknown.value.details == {"device": "tablet"}


@pytest.mark.parametrize(
    ("request_of_root", "error"),
    [(GetMeasures(actor=ADMIN, with_kernel=False), OtherService), (Forget(actor=ADMIN, member="1"), RootOnly)],
)
async def test_a_bot_behind_a_courier_may_ask_for_no_more(
    fleet: Fleet, request_of_root: Request[object], error: type[GatewayError]
) -> None:
    with pytest.raises(error):
        await fleet.bot.call(request_of_root)


@pytest.mark.parametrize("operation", ["policy", "list", "join", "watch", "measure", "name", "who"])
async def test_the_couriers_user_may_ask_for_nothing_in_its_own_name(fleet: Fleet, operation: str) -> None:
    error = json.loads(await fleet.courier.call(operation, BODY))["error"]
    assert error["code"] in ("other_service", "other_version")
    with pytest.raises(OtherService):
        await GatewayClient(fleet.courier).call(GetPolicy(actor=ADMIN))


@pytest.mark.parametrize("courier", [Courier(signatures(), lambda: NOW), None])
async def test_signed_requests_are_for_the_courier_of_a_fleets_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, courier: Courier | None
) -> None:
    """Neither the bot's user nor a gateway without a fleet has anything to do with them."""
    asked = list[object]()

    async def handle(caller: Caller, request: Request[Any]) -> object:
        asked.append(request)
        return PolicyInfo()

    with server.listen(tmp_path / "socket", (), courier=courier) as listener:
        listener.only = {os.geteuid(): SIGNED} if courier is None else {}
        monkeypatch.setattr(server, "_own", frozenset)
        async with server.serve(listener, handle):
            with pytest.raises(NotAuthentic):
                await GatewayClient(Carried(tmp_path / "socket")).call(GetPolicy(actor=ALICE))
    assert not asked


async def test_a_courier_learns_no_key_and_no_config(fleet: Fleet) -> None:
    issued = await fleet.bot.call(JOIN)
    again = await fleet.bot.call(JOIN)
    assert issued.config == again.config
    (peer,) = fleet.gateway.state.desired.peers.values()
    assert peer.preshared_key
    assert str(peer.preshared_key) in issued.config
    for sent in (*fleet.carried.sent, *fleet.carried.heard):
        assert str(peer.preshared_key).encode() not in sent
        assert b"PresharedKey" not in sent


async def test_a_replayed_request_changes_nothing_and_learns_nothing(
    fleet: Fleet, caplog: pytest.LogCaptureFixture
) -> None:
    """It comes again at once, after the member was restored, and after 31 minutes."""
    await fleet.bot.call(JOIN)
    cut_off = Suspend(actor=ADMIN, owner=ALICE.id, suspended=True)
    await fleet.bot.call(cut_off)
    await fleet.bot.call(replace(cut_off, suspended=False))
    before = fleet.gateway.state.desired
    for minutes, reason in ((0, "replayed"), (1, "replayed"), (31, "old"), (24 * 60, "old")):
        fleet.host.time += timedelta(minutes=minutes)
        for envelope in fleet.carried.sent:
            assert await fleet.refused(envelope) == reason
    assert fleet.gateway.state.desired == before
    assert {record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING} == {
        "a signed request was refused: replayed",
        "a signed request was refused: old",
    }


async def test_a_replayed_request_changes_nothing_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway has forgotten which signatures it has seen. The request's id is in its database."""
    kernel, database = a_kernel(), tmp_path / "db"
    async with running(database, kernel) as gateway, serving(gateway, tmp_path / "socket", monkeypatch) as fleet:
        await fleet.bot.call(JOIN)
        cut_off = Suspend(actor=ADMIN, owner=ALICE.id, suspended=True)
        await fleet.bot.call(cut_off)
        await fleet.bot.call(replace(cut_off, suspended=False))
        before, sent = gateway.state.desired, fleet.carried.sent
    async with running(database, kernel) as gateway, serving(gateway, tmp_path / "socket", monkeypatch) as fleet:
        for envelope in sent:
            assert "error" not in str(await fleet.courier.call(SIGNED, envelope))
        assert gateway.state.desired == before
        fleet.host.time += timedelta(minutes=31)
        await gateway.operations.changes.prune()
        for envelope in sent:
            assert await fleet.refused(envelope) == "old"
        assert gateway.state.desired == before


async def test_a_request_that_was_withheld_is_refused_when_it_comes_late(fleet: Fleet) -> None:
    late = sealer().wrap("join", json.dumps(encode(JOIN)).encode(), fleet.host.time)
    fleet.host.time += timedelta(minutes=2, seconds=1)
    assert await fleet.refused(late.envelope) == "old"
    assert not fleet.gateway.state.desired.peers


async def test_what_is_forged_cut_mixed_or_anothers_is_refused_and_logged(
    fleet: Fleet, caplog: pytest.LogCaptureFixture
) -> None:
    now, body = fleet.host.time, json.dumps(encode(JOIN)).encode()
    good = sealer().wrap("join", body, now).envelope
    line = good.partition(b"\n")[0]
    attempts = {
        "unknown": sealer(bot=STRANGER).wrap("join", body, now).envelope,
        "region": sealer("us", US).wrap("join", body, now).envelope,
        "future": sealer().wrap("join", body, now + timedelta(minutes=1)).envelope,
        "cut": good[:100],
        "body": line + b"\n" + body.replace(b"alice", b"mally"),
        "forged": good.replace(b" join ", b" list "),
    }
    for reason, envelope in attempts.items():
        assert await fleet.refused(envelope) == reason
        assert await fleet.refused(envelope, SIGNED_WATCH) == reason
        assert caplog.records[-1].getMessage() == f"a signed request was refused: {reason}"
    assert not fleet.gateway.state.desired.peers
    assert not any(word in caplog.text for word in ("alice", "mally", str(JOIN.public_key)))


async def test_no_answer_but_the_gateways_is_believed(fleet: Fleet) -> None:
    await fleet.bot.call(SetLan(actor=ADMIN, on=True))
    (earlier,) = fleet.carried.heard
    forged = b'{"peers": [], "forwards": []}'
    for answer in (forged, b"", earlier, b'{"error": {"code": "peer_unknown", "details": {}}}'):
        fleet.carried.on_the_way_back = lambda _, answer=answer: answer  # type: ignore[misc]
        with pytest.raises(NotAuthentic):
            await fleet.bot.call(List(actor=ALICE))


async def test_a_bot_is_told_that_the_clocks_differ(fleet: Fleet) -> None:
    fleet.carried.now = lambda: fleet.host.time + timedelta(minutes=5)
    with pytest.raises(NotAuthentic) as refused:
        await fleet.bot.call(List(actor=ALICE))
    assert refused.value.details == {"reason": "future"}


@pytest.mark.parametrize(("said", "signed"), [(None, "-"), ("1", "2"), (None, "1"), ("1", "-")])
async def test_a_request_without_an_id_or_with_another_than_the_signed_one_is_refused(
    fleet: Fleet, said: str | None, signed: str
) -> None:
    """It could take effect again, because ids are what the gateway remembers."""
    body = json.dumps(encode(replace(JOIN, request_id=said))).encode()
    asked = signed_as(signed, "join", body, fleet.host.time)
    error = json.loads(asked.opened(await fleet.courier.call(SIGNED, asked.envelope)))["error"]
    assert (error["code"], error["details"]["field"]) == ("bad_request", "request_id")
    assert not fleet.gateway.state.desired.peers


async def test_an_id_stands_for_one_request(fleet: Fleet) -> None:
    await fleet.bot.call(SetLan(actor=ADMIN, on=True, request_id="1"))
    for other in (SetLan(actor=ADMIN, on=False, request_id="1"), replace(JOIN, request_id="1")):
        with pytest.raises(RequestIdReused):
            await fleet.bot.call(other)
    assert fleet.gateway.state.desired.lan
    assert not fleet.gateway.state.desired.peers


async def test_one_request_that_comes_a_hundred_times_by_two_bots_has_one_effect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has the bot's key. Half of them come after a restart, and one with another key of the device."""
    kernel, database, answers = a_kernel(), tmp_path / "db", list[Issued]()
    for _ in range(2):
        async with running(database, kernel) as gateway, serving(gateway, tmp_path / "socket", monkeypatch) as fleet:
            other = GatewayClient(Carried(fleet.socket, now=lambda: kernel.host.time))
            answers += await asyncio.gather(*(each.call(JOIN) for each in (fleet.bot, other) for _ in range(25)))
            with pytest.raises(RequestIdReused):
                await other.call(a_join(request_id=JOIN.request_id))
            assert len(gateway.state.desired.peers) == 1
    assert len(answers) == 100
    assert {(each.config, each.peer.public_key) for each in answers} == {(answers[0].config, JOIN.public_key)}


async def test_a_long_answer_comes_through(fleet: Fleet, tmp_path: Path) -> None:
    peer = (await fleet.bot.call(JOIN)).peer

    async def handle(caller: Caller, request: Request[Any]) -> object:
        return Listing(peers=(peer,) * 500, forwards=())

    with server.listen(tmp_path / "other", (), courier=Courier(signatures(), lambda: NOW)) as listener:
        listener.allowed, listener.only = frozenset({os.geteuid()}), {os.geteuid(): SIGNED}
        async with server.serve(listener, handle):
            carried = Carried(tmp_path / "other")
            assert len((await GatewayClient(carried).call(List(actor=ADMIN))).peers) == 500
            assert len(carried.heard[0]) > 128 * 1024


async def test_events_come_through_in_their_order(fleet: Fleet) -> None:
    async with fleet.bot.watch(Watch(actor=ADMIN)) as news:
        first = await anext(news)
        assert first.snapshot
        issued: Issued = await fleet.bot.call(JOIN)
        second = await anext(news)
        assert [event.peer.peer for event in second.events if event.peer] == [issued.peer]
    with pytest.raises(AdminsOnly):
        async with fleet.bot.watch(Watch(actor=ALICE)) as news:
            await anext(news)


async def test_a_subscription_cannot_be_replayed(fleet: Fleet) -> None:
    """Many would take the places of the bot's own."""
    async with fleet.bot.watch(Watch(actor=ADMIN)) as news:
        await anext(news)
        for _ in range(20):
            assert await fleet.refused(fleet.carried.sent[0], SIGNED_WATCH) == "replayed"


async def test_a_subscription_whose_line_is_withheld_ends(tmp_path: Path, counter: Counter) -> None:
    with server.listen(tmp_path / "socket", (), courier=Courier(signatures(), lambda: NOW)) as listener:
        async with server.serve(listener, counter.handle):
            carried = Carried(tmp_path / "socket")
            async with GatewayClient(carried).watch(Count(actor=ADMIN)) as answers:
                counter.add()
                await anext(answers)
                carried.on_the_way_back = lambda line: carried.heard[0]
                counter.add()
                with pytest.raises(NotAuthentic):
                    await anext(answers)


async def test_a_call_is_no_subscription_and_a_subscription_no_call(fleet: Fleet) -> None:
    now = fleet.host.time
    watch = sealer().wrap("watch", b'{"actor": {"id": "9", "name": "root", "is_admin": true}}', now)
    said = json.loads(watch.opened(await fleet.courier.call(SIGNED, watch.envelope)))
    assert said["error"]["code"] == "bad_request"
    policy = sealer().wrap("policy", BODY, now)
    said = json.loads(policy.opened(await fleet.courier.call(SIGNED_WATCH, policy.envelope)))
    assert said["error"]["code"] == "bad_request"
