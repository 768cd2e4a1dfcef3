"""A request id over the bus: however often it comes, and whatever dies meanwhile, it has one effect."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.api.client import GatewayClient
from gateway.api.contract import AuditEntry, GetAudit, Issued, Join, List, Request, SetLan, Suspend
from gateway.codec import to_json
from gateway.demo.tunnel import until
from gateway.demo.world import World
from gateway.errors import GatewayError, GatewayTimeout, GatewayUnreachable, RequestIdReused
from gateway.keys import PrivateKey
from tests.net.gateway import ADMIN, ALICE, BOB
from tests.net.region import PATIENCE_S, bus_of, there
from tests.net.test_bus import Fleet, fleet, waiting

pytestmark = [pytest.mark.root, pytest.mark.timeout(300)]

TIMES = 100
ID = "interaction-4711"


@dataclass
class TwoBots:
    """A region, and two clients with the bot's key, each with a connection of its own."""

    fleet: Fleet
    clients: tuple[GatewayClient, GatewayClient]

    async def asked(self, requests: Sequence[Request[Any]]) -> list[object]:
        """Ask all at once, by both clients in turn. Return each answer, or the class of the error."""
        return await asyncio.gather(
            *(_outcome(self.clients[number % 2], request) for number, request in enumerate(requests))
        )

    async def changes(self) -> list[AuditEntry]:
        """Return what the gateway has changed by members and admins."""
        entries = (await self.fleet.region.gateway.client.call(GetAudit(actor=ADMIN, limit=100))).entries
        return [entry for entry in entries if entry.actor in {each.id for each in (ADMIN, ALICE, BOB)}]

    async def is_back(self) -> None:
        """Start what does not run."""
        region = self.fleet.region
        await self.fleet.servers.start()
        if not region.courier.is_running:
            await region.courier.start()
        if region.gateway.process is None:
            await region.start_gateway()
        await there(self.fleet.bus)


@pytest.fixture
async def bots(world: World, tmp_path: Path) -> AsyncIterator[TwoBots]:
    async with fleet(world, tmp_path) as made, bus_of(made.servers) as other:
        await there(other)
        yield TwoBots(made, (made.client, made.region.over(other)))


async def _outcome(client: GatewayClient, request: Request[Any]) -> object:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await client.call(request)
            except (GatewayUnreachable, GatewayTimeout):  # a bot says so, and a person asks again
                await asyncio.sleep(0.1)
            except GatewayError as error:
                return type(error)


def join(device: str = "pc") -> Join:
    return Join(actor=ALICE, device=device, public_key=PrivateKey.generate().public_key, request_id=ID)


@pytest.mark.parametrize("killed", ["nothing", "gateway", "gateway after an answer", "courier", "bus"])
async def test_a_request_that_comes_a_hundred_times_is_carried_out_once(bots: TwoBots, killed: str) -> None:
    region, request = bots.fleet.region, join()
    if killed in ("gateway", "courier", "bus"):
        region.gateway.signal(signal.SIGSTOP)  # so that requests are under way
    asking = asyncio.create_task(bots.asked([request] * TIMES))

    async def is_under_way() -> bool:
        return await waiting(region.gateway) > 0

    match killed:
        case "gateway":
            await until(is_under_way, timeout_s=PATIENCE_S)
            await region.gateway.kill()
        case "gateway after an answer":
            await _outcome(bots.clients[0], request)
            await region.gateway.kill()
        case "courier":
            await until(is_under_way, timeout_s=PATIENCE_S)
            await region.courier.kill()
            region.gateway.signal(signal.SIGCONT)
        case "bus":
            await until(is_under_way, timeout_s=PATIENCE_S)
            await bots.fleet.servers.kill()
            region.gateway.signal(signal.SIGCONT)
    await bots.is_back()
    answers = await asking
    assert len(answers) == TIMES
    assert {to_json(answer) for answer in answers} == {to_json(answers[0])}
    assert isinstance(answers[0], Issued)
    assert answers[0].peer.public_key == request.public_key
    assert (await region.gateway.client.call(List(actor=ALICE))).peers == (answers[0].peer,)
    assert [entry.action for entry in await bots.changes()] == ["join"]


async def test_an_id_that_stands_for_several_requests_is_one_of_them(bots: TwoBots) -> None:
    """Each bot makes its own key for one interaction, so two bots send two bodies. Only one of them gets a config."""
    requests: list[Request[Any]] = [
        join(),
        join(),  # with the key of the other bot
        join("laptop"),
        SetLan(actor=ADMIN, on=True, request_id=ID),
        Suspend(actor=ADMIN, owner=BOB.id, suspended=True, request_id=ID),
    ]
    asked = requests * (TIMES // len(requests))
    random.Random(13).shuffle(asked)
    first = await bots.asked(asked)
    await bots.fleet.region.gateway.kill()
    await bots.is_back()
    second = await bots.asked(asked)
    said = defaultdict[int, set[str]](set)
    for request, outcome in zip([*asked, *asked], [*first, *second], strict=True):
        said[requests.index(request)].add(outcome.__name__ if isinstance(outcome, type) else to_json(outcome))
        if isinstance(outcome, Issued):
            assert isinstance(request, Join)
            assert outcome.peer.public_key == request.public_key
    assert all(len(each) == 1 for each in said.values()), said
    assert list(said.values()).count({RequestIdReused.__name__}) == len(requests) - 1
    assert len(await bots.changes()) == 1
