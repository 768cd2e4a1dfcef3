"""Requests and watches over the bus: a real nats-server, a real courier and a real gateway, and what breaks of it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import shutil
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.core import live
from bot.core.service import alongside
from gateway.api.client import IN_FLIGHT, GatewayClient
from gateway.api.contract import (
    GetPolicy,
    GetStatus,
    Join,
    List,
    Request,
    SetLan,
)
from gateway.api.events import EventKind, News, Watch
from gateway.bus import subjects
from gateway.bus.keyed import KeyedClient
from gateway.codec import encode
from gateway.courier.courier import MOST
from gateway.demo.tunnel import until
from gateway.demo.world import World
from gateway.errors import GatewayError, GatewayUnreachable, PeerExists, TooManyWatchers
from gateway.keys import PrivateKey
from gateway.state.watchers import EACH
from tests.bench import state
from tests.e2e.supervised import COURIER
from tests.natsserver import nats, settle
from tests.net.gateway import ADMIN, ALICE, BOB, Gateway
from tests.net.region import PATIENCE_S, Region, bus_of, line_to, reached, region_in, there
from tests.net.suite import requests
from tests.privileges import Privileges, privileges

pytestmark = [pytest.mark.root, pytest.mark.timeout(300)]


@asynccontextmanager
async def fleet(world: World, folder: Path, size: int = 1, **more: Any) -> AsyncIterator[Fleet]:
    with line_to(world.vps) as line:
        async with (
            nats(folder / "nats", size=size, address=line.address) as servers,
            region_in(world, folder, servers, line, **more) as region,
            bus_of(servers) as bus,
        ):
            await there(bus)
            yield Fleet(servers, region, bus, region.over(bus))


@dataclasses.dataclass
class Fleet:
    servers: Any
    region: Region
    bus: Any
    client: GatewayClient

    async def answers(self) -> None:
        """Wait until the gateway answers over the bus."""

        async def is_so() -> bool:
            try:
                await self.client.call(GetPolicy(actor=BOB))
            except GatewayError:
                return False
            return True

        await until(is_so, timeout_s=PATIENCE_S)


@pytest.fixture
async def found(world: World, tmp_path: Path) -> AsyncIterator[Fleet]:
    async with fleet(world, tmp_path) as made:
        yield made


async def outcomes(client: GatewayClient, asked: Sequence[Request[Any]]) -> list[tuple[str, Any]]:
    """Return each answer, or the error's class, code and details, without times, keys and the courier's user."""
    found = []
    for request in asked:
        try:
            outcome: object = encode(await client.call(request))
        except GatewayError as error:
            outcome = [type(error).__name__, error.code, error.details, str(error)]
        text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", "TIME", json.dumps(outcome))
        text = re.sub(r"[A-Za-z0-9+/]{43}=", "KEY", text).replace(f'"uid": {COURIER}', '"uid": 64011')
        found.append((request.operation, json.loads(text)))
    return found


async def test_the_same_requests_have_equal_answers_and_errors_over_socket_and_bus(found: Fleet) -> None:
    region, asked = found.region, requests()
    over_the_socket = await outcomes(region.over_the_socket(), asked)
    await region.gateway.stop()
    shutil.rmtree(region.gateway.state_dir)
    await region.start_gateway()
    await found.answers()
    over_the_bus = await outcomes(found.client, asked)
    for this, that in zip(over_the_socket, over_the_bus, strict=True):
        assert this == that
    codes = {answer[1] for _, answer in over_the_bus if isinstance(answer, list) and len(answer) == 4}
    assert {"peer_exists", "port_taken", "root_only", "other_service", "admins_only", "suspended"} <= codes


async def test_the_courier_has_no_privilege_and_the_gateway_no_nats(found: Fleet) -> None:
    assert found.region.courier.process
    assert found.region.gateway.process
    pid = found.region.courier.process.pid
    assert privileges(pid) == Privileges(frozenset({COURIER}), frozenset({COURIER}), (0,) * 5, True, 2)
    assert "libnftables" not in Path(f"/proc/{pid}/maps").read_text()
    assert "cryptography" not in Path(f"/proc/{found.region.gateway.process.pid}/maps").read_text()


async def test_an_answer_of_four_megabytes_arrives_whole(world: World, tmp_path: Path) -> None:
    async with fleet(world, tmp_path, wanted=state.desired(2_000, 10_000)) as made:
        status = await made.client.call(GetStatus(actor=ADMIN, everyone=True))
        assert len(status.forwards) == 10_000
        assert len(json.dumps(encode(status))) > 4_000_000
        assert status.peers == (await made.region.over_the_socket().call(GetStatus(actor=ADMIN, everyone=True))).peers
        async with made.client.watch(Watch(actor=ADMIN)) as news:
            first = await anext(news)
        assert first.snapshot
        assert len(first.snapshot.status.forwards) == 10_000


async def test_many_requests_at_once_are_all_answered(found: Fleet) -> None:
    async with asyncio.timeout(PATIENCE_S):
        asking = (found.client.call(GetPolicy(actor=BOB)) for _ in range(500))
        assert len(await asyncio.gather(*asking)) == 500


async def waiting(gateway: Gateway) -> int:
    """Return how many connections wait on the gateway's socket, for a gateway that is stopped."""
    lines = (await gateway.run("ss", "-Hxl")).splitlines()
    return sum(int(line.split()[2]) for line in lines if str(gateway.socket) in line)


async def test_requests_beyond_what_the_gateway_takes_at_once_wait_for_their_turn(found: Fleet) -> None:
    """Twice as many arrive as one bot has under way, as when it repeats what a killed server took along."""
    gateway = found.region.gateway
    gateway.signal(signal.SIGSTOP)
    clients = [found.region.over(found.bus) for _ in range(2)]
    calls = [asyncio.create_task(client.call(GetPolicy(actor=BOB))) for client in clients for _ in range(IN_FLIGHT)]

    async def are_all_taken() -> bool:
        return await waiting(gateway) >= MOST

    try:
        await until(are_all_taken, timeout_s=PATIENCE_S)
    finally:
        gateway.signal(signal.SIGCONT)
    assert len(await asyncio.gather(*calls)) == 2 * IN_FLIGHT


async def test_a_region_without_a_courier_is_unreachable_at_once(found: Fleet) -> None:
    await found.region.courier.stop()
    clock = asyncio.get_running_loop().time
    began = clock()
    with pytest.raises(GatewayUnreachable):
        await found.client.call(GetPolicy(actor=BOB))
    assert clock() - began < PATIENCE_S / 2, "it waited for a timeout"

    async def is_away() -> bool:
        return found.bus.seen["eu"].is_away is True

    await until(is_away, timeout_s=PATIENCE_S)
    await found.region.courier.start()
    await there(found.bus)
    await found.answers()


async def test_a_connection_that_died_takes_no_request_along(found: Fleet) -> None:
    """The server misses it after ten seconds or more. Here another client of the region stands for it."""
    key = found.servers.keys["eu"]
    dead = KeyedClient(key)
    await dead.connect([*found.servers.urls], nkeys_seed_str=key.reveal(), inbox_prefix=subjects.inbox("eu"))
    try:
        for queue in ("", "courier"):
            await dead.subscribe(subjects.requests("eu"), queue=queue)
        await settle(dead)
        await asyncio.gather(*(found.client.call(GetPolicy(actor=BOB)) for _ in range(20)))
    finally:
        await dead.close()


async def test_a_gateway_that_is_killed_in_the_middle_carries_out_a_request_once(found: Fleet) -> None:
    """The courier tells at once that it broke off, and the same request comes again when the gateway is back."""
    gateway, key = found.region.gateway, PrivateKey.generate().public_key
    join = Join(actor=ALICE, device="pc", public_key=key, request_id="the-same")
    gateway.signal(signal.SIGSTOP)  # the request waits inside
    asking = asyncio.create_task(found.client.call(join))

    async def is_inside() -> bool:
        return await waiting(gateway) > 0

    await until(is_inside, timeout_s=PATIENCE_S)
    await gateway.kill()
    with pytest.raises(GatewayUnreachable):
        await asking
    await found.region.start_gateway()
    await found.answers()
    issued = await found.client.call(join)
    assert (await found.client.call(join)).peer == issued.peer
    assert issued.peer.public_key == key
    with pytest.raises(PeerExists):
        await found.client.call(dataclasses.replace(join, request_id="another"))
    assert len((await found.client.call(List(actor=ALICE))).peers) == 1


@pytest.mark.parametrize("size", [1, 3])
async def test_servers_that_are_killed_are_missed_only_until_they_are_back(
    world: World, tmp_path: Path, size: int
) -> None:
    async with fleet(world, tmp_path, size=size) as made:
        await made.servers.kill()

        async def is_unreachable() -> bool:
            try:
                await made.client.call(GetPolicy(actor=BOB))
            except GatewayUnreachable:
                return True
            return False

        await until(is_unreachable, timeout_s=PATIENCE_S)
        await made.region.over_the_socket().call(GetPolicy(actor=BOB))
        await made.servers.start()
        await there(made.bus)
        await made.answers()


async def test_one_server_of_three_that_is_killed_fails_no_call(world: World, tmp_path: Path) -> None:
    """Each of them in turn, so that it is that of the bot, that of the courier, and that of neither."""
    async with fleet(world, tmp_path, size=3) as made:
        for server in made.servers.servers:
            calls = [asyncio.create_task(made.client.call(GetPolicy(actor=BOB))) for _ in range(50)]
            await server.kill()
            await asyncio.gather(*calls)
            await made.answers()
            await server.start()


async def test_a_directory_that_was_wiped_is_written_again(found: Fleet) -> None:
    async def is_known() -> bool:
        seen = found.bus.seen.get("eu")
        return seen is not None and seen.entry is not None

    await until(is_known, timeout_s=PATIENCE_S)
    entry = found.bus.seen["eu"].entry
    assert (entry.region, str(entry.subnet4), entry.protocol) == ("eu", "10.66.66.0/24", 1)
    await found.servers.kill()
    for server in found.servers.servers:
        server.wipe()
    await found.servers.start()
    async with bus_of(found.servers) as another:

        async def is_known_anew() -> bool:
            seen = another.seen.get("eu")
            return seen is not None and seen.entry == entry

        await until(is_known_anew, timeout_s=PATIENCE_S)


async def next_of(news: AsyncIterator[News], kind: EventKind) -> News:
    """Return the next line with such an event."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            line = await anext(news)
            if any(event.kind == kind for event in line.events):
                return line


async def test_a_watch_tells_what_changes_and_ends_with_its_reader(found: Fleet) -> None:
    async with found.client.watch(Watch(actor=ADMIN)) as news:
        assert (await anext(news)).snapshot
        key = PrivateKey.generate().public_key
        await found.client.call(Join(actor=ALICE, device="pc", public_key=key))
        line = await next_of(news, EventKind.PEER_ADDED)
        assert [event.peer.peer.public_key for event in line.events if event.peer] == [key]

    async def begins() -> bool:
        """Report whether another watch is allowed, because the gateway counts those that have not ended."""
        try:
            async with found.client.watch(Watch(actor=ADMIN)) as news:
                return (await anext(news)).snapshot is not None
        except TooManyWatchers:
            for on in (True, False):  # a line that no client takes ends a watch
                await found.client.call(SetLan(actor=ADMIN, on=on))
            return False

    for _ in range(2 * EACH):
        await until(begins, timeout_s=PATIENCE_S)


async def test_a_watch_ends_when_a_line_is_missing_or_none_can_come(found: Fleet) -> None:
    """Each end is told, so that the bot begins anew with a snapshot."""
    for break_it in (found.region.courier.kill, found.region.gateway.kill, found.servers.kill):
        async with found.client.watch(Watch(actor=ADMIN)) as news:
            assert (await anext(news)).snapshot
            await break_it()
            with pytest.raises(GatewayUnreachable):
                async with asyncio.timeout(PATIENCE_S):
                    async for _ in news:
                        pass
        if not found.region.courier.is_running:
            await found.region.courier.start()
        if found.region.gateway.process is None:
            await found.region.start_gateway()
        await found.servers.start()
        await there(found.bus)
        await found.answers()


async def test_a_region_that_is_cut_off_is_away_and_comes_back(found: Fleet) -> None:
    """A call that waits then is told so, and one that comes later waits a few seconds at most."""
    async with found.client.watch(Watch(actor=ADMIN)) as news:
        assert (await anext(news)).snapshot
        found.region.line.cut()
        with pytest.raises(GatewayUnreachable):
            await found.client.call(GetPolicy(actor=BOB))
        with pytest.raises(GatewayUnreachable):
            async with asyncio.timeout(PATIENCE_S):
                async for _ in news:
                    pass
    found.region.line.mend()
    await there(found.bus)
    await found.answers()


async def test_a_region_is_tried_as_soon_as_it_tells_that_it_serves(
    found: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot's own pauses between tries would be longer than the test."""
    for name in ("AGAIN_S", "SELDOM_S"):
        monkeypatch.setattr(live, name, 100 * PATIENCE_S)
    end = reached(found.region, found.servers, tmp_path / "bot")
    (region,) = end.fleet.all
    async with alongside(end.bus, end.fleet):
        await asyncio.wait_for(region.live.there(), PATIENCE_S)
        await found.region.gateway.kill()

        async def is_away() -> bool:
            return bool(region.live.away)

        await until(is_away, timeout_s=PATIENCE_S)
        await found.region.start_gateway()
        await asyncio.wait_for(region.live.there(), PATIENCE_S)
