"""The limits for a system user other than root, whatever it claims about the actor. The bot may be taken over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.api.contract import AddForward, GetAudit, GetStatus, Join, List, Request, Rotate, SetGuest, Suspend
from gateway.codec import encode
from gateway.config import Config, PolicySection
from gateway.errors import LimitReached, PortForbidden, TooManyChanges
from gateway.model import Duration, parse_ports
from gateway.state import planner, suspensions
from tests.unit.builders import ADMIN, ALICE, BOB, BOTS_USER, ROOT, key
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import PORT, Running, a_join, running

POLICY = PolicySection(denied_ports=(3306,), devices_in_all=2, forwards_in_all=1, changes_per_minute=4)


@pytest.fixture
async def small(tmp_path: Path, kernel: FakeKernel) -> AsyncIterator[Running]:
    """Yield a gateway with a policy that is soon reached."""
    async with running(tmp_path / "db", kernel, Config(policy=POLICY)) as gateway:
        yield gateway


def ports(text: str) -> AddForward:
    return AddForward(actor=ADMIN, owner=ALICE.id, ports=parse_ports(text))


async def test_an_entry_of_the_audit_log_keeps_the_user_that_asked_beside_the_actor(gateway: Running) -> None:
    """What the gateway does by itself has no such user."""
    await gateway.ask(a_join(), ROOT)
    await gateway.ask(replace(PORT, actor=ADMIN, owner=ALICE.id), BOTS_USER)
    gateway.kernel.host.time += timedelta(days=1)
    await gateway.operations.changes.expire()
    await gateway.state.repair("drift")
    entries = (await gateway.ask(GetAudit(actor=ADMIN), BOTS_USER)).entries
    assert [(entry.action, entry.actor, entry.asked_by) for entry in entries] == [
        ("repair", "gateway", ""),
        ("expire", "gateway", ""),
        ("forward", ADMIN.id, "uid 997"),
        ("join", ALICE.id, "root"),
    ]


async def test_no_claim_opens_a_denied_port(small: Running) -> None:
    await small.ask(a_join())
    with pytest.raises(PortForbidden):
        await small.ask(ports("3306"), BOTS_USER)


async def test_more_than_all_may_have_is_for_root_only(small: Running) -> None:
    for device in ("pc", "phone"):
        await small.ask(a_join(device), BOTS_USER)
    await small.ask(replace(ports("25565"), device="pc"), BOTS_USER)
    for more in (
        Join(actor=ADMIN, owner=BOB.id, device="pc", public_key=key()),
        replace(ports("7777"), device="pc"),
    ):
        with pytest.raises(LimitReached) as refused:
            await small.ask(more, BOTS_USER)
        assert str(refused.value.details["what"]).endswith("_in_all")
        await small.ask(more, ROOT)
    assert (len(small.state.desired.peers), len(small.state.desired.forwards)) == (3, 2)


async def test_guests_without_devices_are_counted_in_all_too(gateway: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A guest is remembered for a month after the end, which may be far away."""
    monkeypatch.setattr(planner, "MOST_GUESTS", 1)

    def guest(owner: str) -> SetGuest:
        return SetGuest(actor=ADMIN, owner=owner, duration=Duration.parse("3650d"))

    for _ in range(2):
        await gateway.ask(guest(ALICE.id), BOTS_USER)
    with pytest.raises(LimitReached, match="guests"):
        await gateway.ask(guest(BOB.id), BOTS_USER)
    await gateway.ask(guest(BOB.id), ROOT)


async def test_suspended_owners_without_devices_are_counted_in_all_too(
    gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suspensions, "MOST_DECISIONS", 1)

    def suspend(owner: str) -> Suspend:
        return Suspend(actor=ADMIN, owner=owner, suspended=True, reason="")

    for _ in range(2):
        await gateway.ask(suspend(ALICE.id), BOTS_USER)
    with pytest.raises(LimitReached, match="decisions"):
        await gateway.ask(suspend(BOB.id), BOTS_USER)
    await gateway.ask(suspend(BOB.id), ROOT)


async def test_above_the_totals_what_makes_nothing_more_goes_on(small: Running) -> None:
    for device in ("pc", "phone", "laptop"):
        await small.ask(a_join(device), ROOT)
    await small.ask(Rotate(actor=ALICE, device="pc", public_key=key()), BOTS_USER)


async def test_changes_have_a_pace_that_root_does_not_know(small: Running) -> None:
    """A request that is refused for another reason, or carried out already, is no change."""
    await small.ask(a_join())
    first = Rotate(actor=ALICE, public_key=key(), request_id="1")
    for _ in range(2):
        await small.ask(first, BOTS_USER)
    with pytest.raises(PortForbidden):
        await small.ask(ports("3306"), BOTS_USER)
    for _ in range(3):
        await small.ask(Rotate(actor=ALICE, public_key=key()), BOTS_USER)
    with pytest.raises(TooManyChanges):
        await small.ask(Rotate(actor=ALICE, public_key=key()), BOTS_USER)
    await small.ask(Rotate(actor=ALICE, public_key=key()), ROOT)
    small.kernel.host.time += timedelta(minutes=1)
    await small.ask(Rotate(actor=ALICE, public_key=key()), BOTS_USER)


async def test_a_preshared_key_is_in_the_answer_to_a_join_or_rotation_and_in_no_other(gateway: Running) -> None:
    answers = [await gateway.ask(a_join(), BOTS_USER)]
    (peer,) = gateway.state.desired.peers.values()
    assert str(peer.preshared_key) in answers[0].config
    await gateway.ask(PORT, BOTS_USER)
    asking: tuple[Request[object], ...] = (
        List(actor=ADMIN, everyone=True),
        GetStatus(actor=ADMIN, everyone=True),
        GetAudit(actor=ADMIN),
    )
    for request in asking:
        assert str(peer.preshared_key) not in str(encode(await gateway.ask(request, BOTS_USER)))
