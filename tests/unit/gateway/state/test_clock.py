"""The wall clock is set, forwards and back. Nothing is half done, and nothing stays wrong once the clock is right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.api.contract import (
    AddForward,
    ExtendForward,
    Join,
    RemoveForward,
    Rename,
    Request,
    Revoke,
    Rotate,
    SetGuest,
    SetLan,
    Suspend,
)
from gateway.api.forgetting import Forget
from gateway.model import Duration, parse_ports
from gateway.state.addresses import REST
from tests.unit.builders import ADMIN, ALICE, BOB, key
from tests.unit.running import PORT, Running, a_join, knock

YEAR, SECOND = timedelta(days=365), timedelta(seconds=1)


def each_change() -> list[Request[Any]]:
    """Return one request of each kind that changes something, in an order in which they succeed."""
    return [
        Join(actor=ALICE, device="phone", public_key=key(), guest_for=Duration.parse("2h")),
        Rotate(actor=ALICE, device="phone", public_key=key()),
        Rename(actor=ALICE, device="phone", new_name="tablet"),
        AddForward(actor=ALICE, ports=parse_ports("2456-2458"), device="pc"),
        ExtendForward(actor=ALICE, ids=(1,), duration=Duration.parse("2h")),
        RemoveForward(actor=ALICE, ports=parse_ports("2456-2458")),
        Suspend(actor=ADMIN, owner=ALICE.id, suspended=True),
        Suspend(actor=ADMIN, owner=ALICE.id, suspended=False),
        SetGuest(actor=ADMIN, owner=ALICE.id, duration=Duration.parse("forever")),
        SetLan(actor=ADMIN, on=False),
        Revoke(actor=ALICE, device="tablet"),
        Forget(actor=ADMIN, member=ALICE.id),
    ]


@pytest.mark.parametrize("step", [YEAR, SECOND, -SECOND, -YEAR], ids=str)
async def test_every_request_works_after_the_clock_was_set(gateway: Running, step: timedelta) -> None:
    await gateway.ask(a_join())
    await gateway.ask(AddForward(actor=ALICE, ports=PORT.ports, duration=Duration.parse("forever")))
    gateway.kernel.host.time += step
    await gateway.operations.changes.expire()
    for request in each_change():
        await gateway.ask(request)
        assert await gateway.store.load() == gateway.state.desired
        assert gateway.differences() == []
    assert [entry.at for entry in await gateway.store.audit_page(None, 1)] == [gateway.kernel.host.time]


async def test_a_clock_that_was_ahead_for_a_while_ends_what_is_over_then_and_nothing_else(gateway: Running) -> None:
    await gateway.ask(a_join())
    await gateway.ask(PORT)  # for 12 hours
    await gateway.ask(AddForward(actor=ALICE, ports=parse_ports("2456"), duration=Duration.parse("forever")))
    flow = knock(gateway, 2456)
    gateway.kernel.host.time += YEAR
    await gateway.operations.changes.expire()
    gateway.kernel.host.time -= YEAR
    assert await gateway.operations.changes.expire() is None
    await gateway.state.tidied()
    assert [str(forward.ports) for forward in gateway.state.desired.forwards.values()] == ["2456"]
    assert gateway.kernel.conntrack.entries == [flow]
    assert (await gateway.ask(PORT)).forwards


async def test_a_clock_that_was_set_back_ends_nothing_early_and_ends_all_at_its_time(gateway: Running) -> None:
    await gateway.ask(a_join())
    await gateway.ask(PORT)
    (forward,) = gateway.state.desired.forwards.values()
    gateway.kernel.host.time -= YEAR
    assert await gateway.operations.changes.expire() == forward.expires_at
    assert gateway.state.desired.forwards
    assert forward.expires_at
    gateway.kernel.host.time = forward.expires_at
    await gateway.operations.changes.expire()
    assert not gateway.state.desired.forwards


async def test_an_address_of_a_clock_that_was_ahead_rests_no_longer(gateway: Running) -> None:
    """After a short step back it rests on, because its old owner's flows may be alive."""
    address = (await gateway.ask(a_join())).peer.ipv4
    await gateway.ask(Revoke(actor=ALICE))
    gateway.kernel.host.time -= SECOND
    assert (await gateway.ask(a_join(actor=BOB))).peer.ipv4 != address
    gateway.kernel.host.time -= YEAR
    assert (await gateway.ask(a_join("phone", actor=BOB))).peer.ipv4 == address
    assert all(rest.until <= gateway.kernel.host.time + REST for rest in gateway.state.desired.resting.values())
