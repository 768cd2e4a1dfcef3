"""Entries of the fleet's log on the real socket: which decisions hold, and what the courier learns."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.api.contract import Request, Suspend
from gateway.api.decisions import Decide, Outcome
from gateway.api.forgetting import Forget
from gateway.api.signed import LOGGED, BotKey
from gateway.codec import encode, to_json
from gateway.errors import ApplyFailed, LimitReached, NotSaved, TooManyChanges
from tests.unit.builders import ADMIN, ALICE
from tests.unit.fakes.host import NOW
from tests.unit.gateway.api.couriers import Fleet, serving
from tests.unit.gateway.api.signing import BOT, STRANGER, sealer
from tests.unit.running import Running, a_join, a_kernel, running


@pytest.fixture
async def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fleet]:
    async with running(None, a_kernel()) as gateway, serving(gateway, tmp_path / "socket", monkeypatch) as made:
        await gateway.ask(a_join())
        yield made


def decision(number: int, *, cut_off: bool = True, **more: Any) -> Decide:
    at = NOW + timedelta(seconds=number)
    return Decide(actor=ADMIN, decision=f"decision-{number}", at=at, owner=ALICE.id, suspended=cut_off, **more)


def entry(request: Request[Any], key: BotKey = BOT) -> bytes:
    return key.entry(to_json(request).encode())


async def outcome(fleet: Fleet, envelope: bytes) -> Outcome:
    return Outcome(json.loads(await fleet.courier.call(LOGGED, envelope)))


def is_cut_off(gateway: Running) -> bool:
    return any(peer.suspended_at for peer in gateway.state.desired.peers.values())


async def test_a_decision_holds_and_the_courier_learns_nothing_of_devices(fleet: Fleet) -> None:
    assert await fleet.courier.call(LOGGED, entry(decision(1))) == b'"taken"'
    assert is_cut_off(fleet.gateway)
    assert await outcome(fleet, entry(decision(2, revoked_before=NOW + timedelta(days=1)))) is Outcome.TAKEN
    assert not fleet.gateway.state.desired.peers


async def test_an_old_decision_that_is_replayed_undoes_no_newer_one(fleet: Fleet) -> None:
    """It is taken for what it is, also after weeks and a restore by an admin."""
    old, new = entry(decision(1, cut_off=False)), entry(decision(2))
    for each in (new, old, old, new):
        assert await outcome(fleet, each) is Outcome.TAKEN
        assert is_cut_off(fleet.gateway)
    fleet.host.time += timedelta(weeks=5)
    await fleet.gateway.ask(Suspend(actor=ADMIN, owner=ALICE.id, suspended=False))
    for each in (old, new):
        assert await outcome(fleet, each) is Outcome.TAKEN
        assert not is_cut_off(fleet.gateway)


async def test_a_forged_or_foreign_entry_changes_nothing_and_is_logged(
    fleet: Fleet, caplog: pytest.LogCaptureFixture
) -> None:
    good = entry(decision(1))
    line, _, body = good.partition(b"\n")
    signed = sealer().wrap("decide", json.dumps(encode(decision(1)) | {"request_id": "1"}).encode(), NOW)
    attempts = {
        "unknown": entry(decision(1), STRANGER),
        "body": line + b"\n" + body.replace(b"true", b"false"),
        "forged": line[:-1] + (b"0" if line[-1:] != b"0" else b"1") + b"\n" + body,
        "cut": signed.envelope,
    }
    before = fleet.gateway.state.desired
    for reason, envelope in attempts.items():
        assert await outcome(fleet, envelope) is Outcome.REFUSED
        assert caplog.records[-1].getMessage() == f"an entry of the log was refused: {reason}"
        assert caplog.records[-1].levelno == logging.WARNING
    for content in (b"", b"{}", b"[" * 10_000, to_json(Suspend(actor=ADMIN, owner=ALICE.id, suspended=True)).encode()):
        assert await outcome(fleet, BOT.entry(content)) is Outcome.REFUSED
    assert fleet.gateway.state.desired == before


async def test_an_entry_is_no_request_and_a_member_signs_none(fleet: Fleet) -> None:
    assert await fleet.refused(entry(decision(1))) == "cut"
    assert "other_service" in str(await fleet.courier.call("decide", to_json(decision(1)).encode()))
    no_admin = Decide(actor=ALICE, decision="1", at=NOW, owner=ALICE.id, suspended=True)
    assert await outcome(fleet, entry(no_admin)) is Outcome.REFUSED
    assert not is_cut_off(fleet.gateway)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NotSaved(), Outcome.LATER),
        (TooManyChanges(limit=1), Outcome.LATER),
        (ApplyFailed(), Outcome.LATER),
        (LimitReached(what="decisions_in_all", limit=1), Outcome.REFUSED),
        (ZeroDivisionError(), Outcome.REFUSED),
    ],
)
async def test_what_passes_is_tried_again_and_nothing_else(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, error: Exception, expected: Outcome
) -> None:
    async def fail(*_: object) -> object:
        raise error

    monkeypatch.setitem(fleet.gateway.operations._handlers, Decide, fail)
    assert await outcome(fleet, entry(decision(1))) is expected
    monkeypatch.undo()


async def test_a_member_that_was_forgotten_stays_so_until_the_bot_has_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path / "db", a_kernel()) as gateway, serving(gateway, tmp_path / "so", monkeypatch) as fleet:
        await gateway.ask(a_join())
        await gateway.ask(Forget(actor=ADMIN, member=ALICE.id))
        assert await outcome(fleet, entry(decision(1))) is Outcome.TAKEN
        assert not gateway.state.desired.decisions
