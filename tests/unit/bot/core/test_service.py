"""A service goes on after an exception, and the log tells the cause."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Never

import discord
import pytest

from bot import app
from bot.config import DiscordSection
from bot.core import service
from bot.core.context import Context
from bot.core.directory import Directory
from bot.core.live import Follower, Live, Turn
from bot.core.memory import Memory
from bot.core.service import alongside, attend, finish, repeat
from bot.core.speech import Speech
from bot.fleet.fleet import Fleet
from bot.log.logbook import Logbook
from gateway.api.client import GatewayClient
from gateway.api.events import Event
from gateway.api.transport import SocketTransport
from gateway.backoff import delays
from gateway.errors import GatewayUnreachable
from tests.unit.bot.english import LANGUAGES

PATIENCE_S = 5


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "FIRST_PAUSE_S", 0.01)


class Fragile:
    """A service that raises the given causes, one in each run, and works after that."""

    def __init__(self, *causes: Exception) -> None:
        self._causes = iter(causes)
        self.works = asyncio.Event()

    async def run(self) -> Never:
        for cause in self._causes:
            raise cause
        self.works.set()
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_service_that_breaks_begins_again_and_the_log_says_why(caplog: pytest.LogCaptureFixture) -> None:
    """Each break is logged with its traceback."""
    fragile = Fragile(ValueError("no such column: untold"), KeyError("x"))
    async with alongside(fragile), asyncio.timeout(PATIENCE_S):
        await fragile.works.wait()
    assert [record.message.partition(";")[0] for record in caplog.records] == ["Fragile broke"] * 2
    assert "no such column: untold" in caplog.text


async def test_a_service_that_breaks_holds_up_no_other() -> None:
    broken, fine = Fragile(*(ValueError() for _ in range(1000))), Fragile()
    async with alongside(broken, fine), asyncio.timeout(PATIENCE_S):
        await fine.works.wait()


@pytest.mark.parametrize(("longest_s", "beginnings"), [(60.0, 1), (0.0, 3)], ids=["short runs", "long runs"])
async def test_pauses_grow_until_a_run_has_lasted(
    monkeypatch: pytest.MonkeyPatch, longest_s: float, beginnings: int
) -> None:
    """A run that lasts longer than the longest pause makes the pauses begin again with the first."""
    begun: list[Iterator[float]] = []

    def beginning(first_s: float, longest_s: float) -> Iterator[float]:
        begun.append(delays(first_s, longest_s))
        return begun[-1]

    monkeypatch.setattr(service, "LONGEST_PAUSE_S", longest_s)
    monkeypatch.setattr(service, "delays", beginning)
    fragile = Fragile(ValueError(), ValueError())
    async with alongside(fragile), asyncio.timeout(PATIENCE_S):
        await fragile.works.wait()
    assert len(begun) == beginnings


async def test_a_gateway_that_stays_away_is_logged_once_and_again_when_it_goes_away_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    answers = iter([False, False, True, False, False])
    done = asyncio.Event()

    async def look() -> float:
        for is_there in answers:
            if not is_there:
                raise GatewayUnreachable
            return 0
        done.set()
        await asyncio.Event().wait()
        raise AssertionError

    looking = asyncio.create_task(repeat(look, "looking", otherwise_s=0))
    try:
        async with asyncio.timeout(PATIENCE_S):
            await done.wait()
    finally:
        looking.cancel()
        await asyncio.wait([looking])
    assert caplog.messages == [f"looking has to wait: {GatewayUnreachable.code}"] * 2


@asynccontextmanager
async def attending(follower: Follower, act: Callable[[Turn], Awaitable[float | None]]) -> AsyncIterator[None]:
    task = asyncio.create_task(attend(follower, act, "acting", otherwise_s=0))
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_what_attends_to_the_gateway_gets_each_turn_and_the_first_is_anew() -> None:
    follower, event = Follower(), Event(at=datetime.now(UTC), kind="x")
    turns = asyncio.Queue[Turn]()
    async with attending(follower, turns.put):
        assert await turns.get() == Turn((), is_anew=True)
        follower.put((event, event))
        assert await turns.get() == Turn((event, event))


async def test_after_an_error_all_is_looked_at_anew() -> None:
    """The turn that broke is not lost."""
    follower, event = Follower(), Event(at=datetime.now(UTC), kind="x")
    turns, errors = asyncio.Queue[Turn](), iter([None, GatewayUnreachable(), ValueError("x")])

    async def act(turn: Turn) -> None:
        await turns.put(turn)
        if error := next(errors, None):
            raise error

    async with attending(follower, act):
        await turns.get()
        follower.put((event,))
        assert await turns.get() == Turn((event,))
        assert await turns.get() == Turn((), is_anew=True)
        assert await turns.get() == Turn((), is_anew=True)
        follower.put((event,))
        assert await turns.get() == Turn((event,))


async def test_a_time_that_is_waited_for_is_a_turn_without_events() -> None:
    follower, turns, pauses = Follower(), asyncio.Queue[Turn](), iter([0.001, 0.001, None])

    async def act(turn: Turn) -> float | None:
        await turns.put(turn)
        return next(pauses)

    async with attending(follower, act):
        assert [await turns.get() for _ in range(3)] == [Turn((), is_anew=True), Turn(()), Turn(())]


class Clumsy:
    """A service that raises while it is being stopped."""

    def __init__(self) -> None:
        self.works = asyncio.Event()

    async def run(self) -> Never:
        self.works.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("cannot put it down")


async def test_a_service_that_breaks_while_it_is_stopped_is_logged_and_stays_stopped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with asyncio.timeout(PATIENCE_S):
        clumsy = Clumsy()
        async with alongside(clumsy):
            await clumsy.works.wait()
    assert "cannot put it down" in caplog.text


async def test_an_exception_of_the_block_is_not_wrapped() -> None:
    """`bot.__main__` has to tell a wrong token from an outage."""
    with pytest.raises(discord.LoginFailure):
        async with alongside(Fragile()):
            raise discord.LoginFailure


async def test_work_that_breaks_while_the_bot_is_stopped_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The task that waited for the work is gone by then."""
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def remember() -> None:
        begun.set()
        await stopped.wait()
        raise ValueError("disk full")

    task = asyncio.create_task(finish(remember()))
    await begun.wait()
    task.cancel()
    stopped.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "disk full" in caplog.text


async def test_work_that_does_not_end_is_cancelled_when_the_bot_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stop waits only for a while, and leaves no task behind."""
    monkeypatch.setattr(service, "FINISH_S", 0.01)
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    task = asyncio.create_task(finish(hang()))
    await begun.wait()
    task.cancel()
    await asyncio.wait([task], timeout=PATIENCE_S)
    assert task.cancelled()
    assert cancelled.is_set()


async def test_the_log_channel_recovers_with_its_table(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The service and the database are real, and the table breaks after the database was opened."""
    async with (
        Memory.open(tmp_path, app.SCHEMA) as memory,
        discord.Client(intents=discord.Intents.none()) as client,
        asyncio.timeout(PATIENCE_S),
    ):
        gateway = GatewayClient(SocketTransport(tmp_path / "nothing listens here"))
        book = Logbook(
            Context(
                section=DiscordSection(guild=1, log_channel="vpn-log"),
                gateway=Fleet.alone(gateway),
                live=Live(gateway, lambda: datetime.now(UTC)),
                memory=memory,
                speech=Speech(LANGUAGES, memory, lambda: None),
                directory=Directory(DiscordSection(), memory, LANGUAGES.english, print),
                client=client,
                note=print,
                is_granted=lambda _: asyncio.sleep(0, False),
                clock=lambda: datetime.now(UTC),
            )
        )
        await memory.write("INSERT INTO told VALUES (1, 7)")
        await memory.write("ALTER TABLE told RENAME COLUMN audit TO gone")
        async with alongside(book):
            while "Logbook broke" not in caplog.text:
                await asyncio.sleep(0.01)
            assert "no such column: audit" in caplog.text
            await memory.write("ALTER TABLE told RENAME COLUMN gone TO audit")
            while not book._read:
                await asyncio.sleep(0.01)
        assert book._read == {"": 7}
