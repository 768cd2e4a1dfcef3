"""The lines that each watcher of the event stream gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from gateway.api.contract import PolicyInfo, Status
from gateway.api.events import Event, EventKind, News, Snapshot
from gateway.errors import TooManyWatchers
from gateway.state import watchers
from gateway.state.watchers import Watchers
from tests.unit.builders import NOW

SNAPSHOT = Snapshot(
    status=Status(
        at=NOW,
        lan=False,
        backend="userspace",
        public_address="vps.example.org",
        public_address6=None,
        listen_port=51820,
        peers=(),
        forwards=(),
    ),
    guests=(),
    policy=PolicyInfo(),
    newest_entry=0,
)
SOMETHING = Event(at=NOW, kind=EventKind.TRAFFIC)


async def snapshot() -> Snapshot:
    return SNAPSHOT


@pytest.fixture
def all_watchers() -> Watchers:
    return Watchers()


def following(all_watchers: Watchers) -> AsyncGenerator[News, None]:
    return all_watchers.follow(1, snapshot)


async def test_a_snapshot_comes_first_and_then_each_event_with_the_next_number(all_watchers: Watchers) -> None:
    lines = following(all_watchers)
    assert await anext(lines) == News(number=0, snapshot=SNAPSHOT)
    all_watchers.tell(SOMETHING)
    assert await anext(lines) == News(number=1, events=(SOMETHING,))
    all_watchers.tell(SOMETHING, SOMETHING)
    all_watchers.tell(SOMETHING)
    assert await anext(lines) == News(number=2, events=(SOMETHING,) * 3)
    await lines.aclose()


async def test_what_happens_while_the_snapshot_is_made_comes_after_it(all_watchers: Watchers) -> None:
    async def slowly() -> Snapshot:
        all_watchers.tell(SOMETHING)
        return SNAPSHOT

    lines = all_watchers.follow(1, slowly)
    assert (await anext(lines)).snapshot
    assert (await anext(lines)).events == (SOMETHING,)
    await lines.aclose()


async def test_a_watcher_that_is_too_slow_gets_another_snapshot(
    all_watchers: Watchers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchers, "MOST_WAITING", 3)
    slow, quick = following(all_watchers), following(all_watchers)
    await anext(slow)
    await anext(quick)
    for _ in range(4):
        all_watchers.tell(SOMETHING)
        assert (await anext(quick)).events == (SOMETHING,)
    assert await anext(slow) == News(number=1, snapshot=SNAPSHOT)
    all_watchers.tell(SOMETHING)
    assert await anext(slow) == News(number=2, events=(SOMETHING,))
    await slow.aclose()
    await quick.aclose()


async def test_a_quiet_stream_has_a_line_now_and_then(all_watchers: Watchers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchers, "ALIVE_S", 0.01)
    lines = following(all_watchers)
    await anext(lines)
    assert await asyncio.wait_for(anext(lines), 10) == News(number=1)
    await lines.aclose()


async def test_a_user_has_a_few_watchers_and_leaves_room_for_others(all_watchers: Watchers) -> None:
    lines = [following(all_watchers) for _ in range(watchers.EACH)]
    for each in lines:
        await anext(each)
    with pytest.raises(TooManyWatchers):
        await anext(following(all_watchers))
    other = all_watchers.follow(2, snapshot)
    await anext(other)
    await lines.pop().aclose()
    lines += [following(all_watchers), other]
    await anext(lines[-2])
    for each in lines:
        await each.aclose()


async def test_a_watcher_that_leaves_is_forgotten(all_watchers: Watchers) -> None:
    lines = following(all_watchers)
    await anext(lines)
    assert all_watchers
    await lines.aclose()
    assert not all_watchers
