"""Many interactions at once: all are acknowledged within Discord's three seconds, and each gets its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from bot.core.reception import Reception
from bot.ports import suggest
from gateway.api.contract import Actor
from tests.fakediscord import Person, Reply
from tests.unit.bot.english import words
from tests.unit.bot.world import World, world
from tests.unit.builders import joined

Worlds = Callable[..., AbstractAsyncContextManager[World]]
MEMBERS = 30


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    return partial(world, tmp_path, monkeypatch, timeout_s=30)


def crowd(w: World) -> list[Person]:
    """Add members, each with a device."""
    friends = [w.discord.guild.add_member(f"friend{number}", roles=["Friends"]) for number in range(MEMBERS)]
    for friend in friends:
        w.gate.desired, _ = joined(w.gate.desired, Actor(id=str(friend.id), name=friend.name))
    return friends


async def test_a_burst_is_acknowledged_in_time_and_answered_in_full(worlds: Worlds) -> None:
    """Commands of all kinds, completions and buttons come in one moment."""
    async with worlds() as w:
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        friends = crowd(w)
        button = (await boss.slash("peers")).button("Next")
        acts: Sequence[Callable[[int, Person], Awaitable[Reply]]] = (
            lambda _, friend: friend.slash("status"),
            lambda n, friend: friend.slash("forward", port=str(20000 + n)),
            lambda _, friend: friend.slash("rotate"),
            lambda _, __: boss.press(button),
        )
        replies, choices = await asyncio.gather(
            asyncio.gather(*(act(number, friend) for number, friend in enumerate(friends) for act in acts)),
            asyncio.gather(*(friend.autocomplete("rotate", focused="device") for friend in friends)),
        )
        assert [reply.acknowledged_after < 3 for reply in replies] == [True] * len(replies)
        statuses, opened, rotated, pages = ([reply.text for reply in replies[kind::4]] for kind in range(4))
        assert all(text.startswith(words("status-title")) for text in statuses)
        assert all("open" in text and str(20000 + number) in text for number, text in enumerate(opened))
        assert all(text == words("rotate-question", device="pc") for text in rotated)
        assert all(words("list-page", number=2, last=3) in text for text in pages)
        assert all(offered in ([], ["pc"]) for offered in ([choice.value for choice in row] for row in choices))
        assert len(w.gate.desired.forwards) == MEMBERS


async def test_beside_a_gateway_that_hangs_all_are_acknowledged_and_answered_later(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Completions cannot be deferred, so they are empty."""
    monkeypatch.setattr(suggest, "IN_TIME_S", 0.2)
    async with worlds() as w:
        friends = crowd(w)
        w.gate.answering.clear()
        waiting = [friend.begin(command) for friend in friends for command in ("status", "rotate", "policy")]
        assert await friends[0].autocomplete("rotate", focused="device") == []
        for reply in waiting:
            await reply.until(lambda reply: reply.interaction.acknowledged)
        assert not any(reply.messages for reply in waiting)
        w.gate.answering.set()
        for reply in waiting:
            await reply.answered(30)
        assert sum(words("rotate-question", device="pc") in reply.text for reply in waiting) == MEMBERS
        # Green, or not connected yet where the new keys came first.
        assert sum("🟢 pc" in reply.text or "⚪ pc" in reply.text for reply in waiting) == MEMBERS


async def test_no_interaction_is_worked_on_while_another_is_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    """An acknowledgement that takes too long delays the others for a limited time."""
    reception = Reception()
    with reception.acknowledging():
        waiting = asyncio.create_task(reception.all_acknowledged())
        with reception.acknowledging():
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting
    monkeypatch.setattr("bot.core.reception.PATIENCE_S", 0.01)
    with reception.acknowledging():
        await reception.all_acknowledged()
