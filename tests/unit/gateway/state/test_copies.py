"""When a copy for the standby is made, which number it has, and which caller gets it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.api.contract import Caller, RemoveForward, Suspend
from gateway.api.signed import SIGNED
from gateway.api.standby import Copied, Follow, GetStandby, SetStandby
from gateway.errors import BadRequest, HostProblem, OtherService, RootOnly, TooManyWatchers
from gateway.model import Key, parse_ports
from gateway.state import copies
from gateway.state.copies import first_of
from gateway.state.schema import GIVEN_UP, TERM, TERM_BEFORE
from tests.unit.builders import ADMIN, ALICE, BOTS_USER, ROOT, key
from tests.unit.fakes.host import NOW
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import PORT, Running, a_join, running

STANDBY = key()
NOW_S = int(NOW.timestamp())
COURIER = Caller(uid=995, is_trusted=False, only=SIGNED)
FOLLOW, ALLOW = Follow(actor=ADMIN), SetStandby(actor=ADMIN, key=STANDBY)


@dataclass
class Making:
    """Stands for what seals copies. Each says which devices and forwards were there."""

    gateway: Running | None = None
    asked: list[tuple[int, Key]] = field(default_factory=list)
    failures: int = 0

    async def make(self, number: int, for_key: Key) -> bytes:
        assert self.gateway
        self.asked.append((number, for_key))
        if self.failures:
            self.failures -= 1
            raise HostProblem(key="the state", problem="cannot be copied")
        endpoints = await self.gateway.store.endpoints()
        async with self.gateway.state.at_rest():
            stored = await self.gateway.store.load()
        return f"{len(stored.peers)} {len(stored.forwards)} {len(endpoints)}".encode()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "LOOK_S", 0.05)
    monkeypatch.setattr(copies, "CALM_S", 0.05)
    monkeypatch.setattr(copies, "AGAIN_S", 0.05)


@pytest.fixture
def making() -> Making:
    return Making()


@pytest.fixture
async def gateway(tmp_path: Path, kernel: FakeKernel, making: Making) -> AsyncIterator[Running]:
    async with running(tmp_path / "db", kernel, make_copy=making.make) as gateway:
        making.gateway = gateway
        yield gateway


@asynccontextmanager
async def following(gateway: Running, caller: Caller = COURIER) -> AsyncIterator[AsyncGenerator[Copied, None]]:
    async with aclosing(await gateway.ask(FOLLOW, caller)) as lines:
        yield lines


async def next_of(lines: AsyncGenerator[Copied, None]) -> tuple[int, str]:
    async with asyncio.timeout(30):
        copied = await anext(lines)
    return copied.number, base64.b64decode(copied.sealed).decode()


async def until_it_holds(lines: AsyncGenerator[Copied, None], content: str) -> int:
    """Return the number of the copy with this content. One from before may come first."""
    while (found := await next_of(lines))[1] != content:
        pass
    return found[0]


async def test_a_follower_gets_a_copy_at_once_and_after_each_change(gateway: Running) -> None:
    await gateway.ask(ALLOW)
    async with following(gateway) as lines:
        numbers = [await until_it_holds(lines, "0 0 0")]
        for change, content in (
            (a_join(), "1 0 0"),
            (PORT, "1 1 0"),
            (Suspend(actor=ADMIN, owner=ALICE.id, suspended=True), "1 1 0"),
            (RemoveForward(actor=ALICE, ports=parse_ports("25565")), "1 0 0"),
        ):
            await gateway.ask(change)
            numbers.append(await until_it_holds(lines, content))
    assert numbers == sorted(set(numbers))
    assert numbers[0] == first_of(NOW_S) + 1


async def test_changes_that_come_together_are_in_one_copy(gateway: Running, making: Making) -> None:
    await gateway.ask(ALLOW)
    async with following(gateway) as lines:
        await next_of(lines)
        for number in range(40):
            await gateway.ask(replace(a_join(f"pc{number}"), actor=replace(ADMIN, id=str(number))))
        await until_it_holds(lines, "40 0 0")
    assert len(making.asked) < 20


async def test_where_a_device_is_comes_with_a_copy_though_no_change_was_made(gateway: Running, making: Making) -> None:
    await gateway.ask(ALLOW)
    public_key = (await gateway.ask(a_join())).peer.public_key
    async with following(gateway) as lines:
        await until_it_holds(lines, "1 0 0")
        now = gateway.kernel.host.time
        gateway.kernel.wireguard.seen(public_key, endpoint="198.51.100.7:4000", latest_handshake=now)
        await until_it_holds(lines, "1 0 1")
        made = len(making.asked)
        pending = asyncio.create_task(next_of(lines))
        await gateway.state.drift()
        await asyncio.wait([pending], timeout=0.3)  # several looks, after which nothing is new
        assert len(making.asked) == made
        pending.cancel()
        await asyncio.wait([pending])


async def test_nothing_is_made_while_nothing_follows_or_no_standby_is_allowed(gateway: Running, making: Making) -> None:
    async with following(gateway) as lines:
        first = asyncio.create_task(next_of(lines))
        await gateway.ask(a_join())
        await asyncio.wait([first], timeout=0.2)
        assert making.asked == []
        await gateway.ask(ALLOW)  # by which the follower that waits gets its first one
        async with asyncio.timeout(30):
            assert (await first)[1] == "1 0 0"
        await gateway.ask(SetStandby(actor=ADMIN, key=None))
        made = len(making.asked)
        waiting = asyncio.create_task(next_of(lines))
        await gateway.ask(PORT)
        await asyncio.wait([waiting], timeout=0.2)
        assert len(making.asked) == made
        waiting.cancel()
        await asyncio.wait([waiting])
    await gateway.ask(ALLOW)
    await gateway.ask(a_join("phone"))
    assert len(making.asked) == made


async def test_a_key_that_takes_the_place_of_another_gets_the_next_copy(gateway: Running, making: Making) -> None:
    other = key()
    await gateway.ask(ALLOW)
    async with following(gateway) as lines:
        await next_of(lines)
        await gateway.ask(replace(ALLOW, key=other))
        while making.asked[-1][1] != other:
            await next_of(lines)
    assert {for_key for _, for_key in making.asked} == {STANDBY, other}


async def test_a_copy_that_could_not_be_made_is_made_later(gateway: Running, making: Making) -> None:
    await gateway.ask(ALLOW)
    making.failures = 2
    async with following(gateway) as lines:
        assert (await next_of(lines))[1] == "0 0 0"
    assert len(making.asked) == 3


async def test_each_start_of_the_gateway_has_greater_numbers(
    tmp_path: Path, kernel: FakeKernel, making: Making
) -> None:
    """They grow when two starts are within a second, when the clock is set back, and after a restored backup."""
    found, befores = [], []
    for seconds in (0, 0, -60, 600):
        kernel.host.time = NOW + timedelta(seconds=seconds)
        async with running(tmp_path / "db", kernel, make_copy=making.make) as making.gateway:
            await making.gateway.ask(ALLOW)
            async with following(making.gateway) as lines:
                found.append((await next_of(lines))[0])
            befores.append(await making.gateway.store.note(TERM_BEFORE))
    assert found == [first_of(NOW_S + more) + 1 for more in (0, 1, 2, 600)]
    assert befores == [str(noted) for noted in (0, NOW_S, NOW_S + 1, NOW_S + 2)]


async def test_a_start_without_a_standby_writes_nothing_about_one(tmp_path: Path, kernel: FakeKernel) -> None:
    async with running(tmp_path / "db", kernel) as gateway:
        assert await gateway.store.note(TERM) is None
        with pytest.raises(BadRequest, match="of no fleet"):
            await gateway.ask(ALLOW)


async def test_a_gateway_that_goes_on_is_given_up_no_more(tmp_path: Path, kernel: FakeKernel, making: Making) -> None:
    async with running(tmp_path / "db", kernel, make_copy=making.make) as making.gateway:
        await making.gateway.ask(ALLOW)
        await making.gateway.state.write(lambda: making.gateway.store.set_note(GIVEN_UP, "1"))  # type: ignore[union-attr]
    async with running(tmp_path / "db", kernel, make_copy=making.make) as making.gateway:
        assert await making.gateway.store.note(GIVEN_UP) is None


async def test_only_the_courier_and_root_follow_and_only_root_chooses_the_standby(gateway: Running) -> None:
    async with following(gateway, ROOT):
        pass
    for request, caller, error in (
        (FOLLOW, BOTS_USER, OtherService),
        (FOLLOW, replace(COURIER, only="name"), OtherService),
        (ALLOW, COURIER, OtherService),
        (ALLOW, BOTS_USER, RootOnly),
        (GetStandby(actor=ADMIN), BOTS_USER, RootOnly),
    ):
        with pytest.raises(error):
            await gateway.ask(request, caller)


async def test_one_user_follows_a_few_times_at_once(gateway: Running) -> None:
    await gateway.ask(ALLOW)
    async with asyncio.TaskGroup() as tasks:
        opened = [await gateway.ask(FOLLOW, COURIER) for _ in range(copies.EACH)]
        for lines in opened:
            await tasks.create_task(next_of(lines))
        with pytest.raises(TooManyWatchers):
            await anext(await gateway.ask(FOLLOW, COURIER))
        for lines in opened:
            await lines.aclose()
    async with following(gateway) as lines:
        await next_of(lines)


async def test_the_state_of_the_standby_is_told(gateway: Running) -> None:
    ask = GetStandby(actor=ADMIN)
    assert (await gateway.ask(ask)).key is None
    assert (await gateway.ask(ALLOW)).made_at is None
    async with following(gateway) as lines:
        await next_of(lines)
        told = await gateway.ask(ask)
        assert (told.key, told.followers, told.number) == (STANDBY, 1, first_of(NOW_S) + 1)
        assert told.made_at == gateway.kernel.host.time
    assert (await gateway.ask(ask)).followers == 0


@pytest.mark.parametrize("bad", [Key(bytes(32)), Key(b"\xff" * 32)])
async def test_a_key_that_no_private_key_has_is_refused(gateway: Running, bad: Key) -> None:
    with pytest.raises(BadRequest, match="no private key"):
        await gateway.ask(replace(ALLOW, key=bad))
