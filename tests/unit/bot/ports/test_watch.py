"""Watches, which keep proofs up to date: for a minute, for many members at once, through outages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.games import probe
from bot.ports import proof
from bot.ports.answer import CheckButton
from tests.joining import join
from tests.unit.bot import gameservers
from tests.unit.bot.english import words
from tests.unit.bot.panels import becomes, friend, has_looked, hurry, icons, lines, panel, without_players
from tests.unit.bot.patience import PATIENCE_S, until
from tests.unit.bot.world import ADDRESS, World, world
from tests.unit.fakes.host import NOW

Worlds = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    hurry(monkeypatch)
    return partial(world, tmp_path, monkeypatch)


def edits(w: World) -> int:
    return sum(one.method == "PATCH" and one.path.endswith("@original") for one in w.discord.exchanges)


async def test_a_server_that_answers_is_not_asked_again_at_every_look(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server may log a line for each question."""
    monkeypatch.setattr(proof, "BELIEVED_S", 60)
    asked: list[bytes] = []

    def server(request: bytes) -> list[bytes]:
        asked.append(request)
        return list(gameservers.bedrock(1)(request))

    async with worlds() as w, gameservers.datagrams(server) as port:
        reply = await (await friend(w)).slash("forward", port="bedrock", to_port=port)
        await becomes(reply, "✅✅✅✅")
        for _ in range(5):
            await has_looked(w)
        assert len(asked) == 1


async def test_a_watch_ends_in_time_until_the_next_press(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing is said to be missing any more. The button works after a restart."""
    monkeypatch.setattr(proof, "WATCH_S", 0.2)
    async with worlds() as w:
        w.gate.handshake = None
        anna = await friend(w)
        without_players(w, "25565")
        reply = await anna.slash("forward", port="25565")
        await becomes(reply, "✅❔⏳⏳", "Not live any more")
        assert panel(reply).title == words("proof-over-title")
        w.gate.handshake = timedelta()
        before = reply.text
        await w.stop()
        await w.start()
        await w.told()
        assert reply.text == before
        monkeypatch.setattr(proof, "WATCH_S", 60)
        pressed = await anna.press(reply.button("Check again"))
        assert pressed.message is reply.message
        assert lines(pressed)[-1] == f"-# Live until <t:{int(NOW.timestamp()) + 60}:T>"
        await becomes(reply, "✅✅❔⏳")
        assert f"```\n{ADDRESS}:25565\n```" in reply.text
        assert [found.label for found in reply.buttons][-4:] == ["Announce", "Close", "Change…", "Check again"]


async def test_a_port_closed_during_the_watch_is_said_to_be_closed(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next press says so too."""
    async with worlds() as w:
        anna = await friend(w)
        reply = await anna.slash("forward", port="25565")
        await becomes(reply, "✅✅✅✅")
        await anna.slash("unforward", port="25565")
        await reply.until(lambda one: panel(one).title == words("proof-gone-title"))
        assert panel(await anna.press(reply.button("Check again"))).description == words("forward-has-ended")


async def test_only_an_admin_sees_proofs_of_other_members_ports(worlds: Worlds) -> None:
    """A member cannot see them even by a forged button."""
    async with worlds() as w:
        anna, ben = await friend(w), w.discord.guild.add_member("ben", roles=["Friends"])
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        await anna.slash("forward", port="25565")
        for person, title in ((ben, words("proof-gone-title")), (boss, words("proof-done-title"))):
            await join(person)
            mine = await person.slash("forward", port="25570")
            found = mine.button("Check again")
            found.raw["custom_id"] = CheckButton(range(1, 2)).custom_id
            pressed = await person.press(found)
            await pressed.until(lambda one, title=title: panel(one).title == title)  # type: ignore[misc]
            await person.slash("unforward", port="25570")


async def test_a_proof_says_that_the_gateway_is_away_and_goes_on_when_it_is_back(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await friend(w)
        reply = await anna.slash("forward", port="25565")
        await becomes(reply, "✅✅✅✅")
        await w.gate.stop()
        (first, _) = await becomes(reply, "❔")
        assert "The VPN does not answer" in first
        await w.gate.start()
        await becomes(reply, "✅✅✅✅")


async def test_an_unchanged_proof_is_not_edited(worlds: Worlds) -> None:
    async with worlds() as w:
        reply = await (await friend(w)).slash("forward", port="25565")
        await becomes(reply, "✅✅✅✅")
        count = edits(w)
        for _ in range(5):
            await has_looked(w)
        assert edits(w) == count


async def test_an_answer_that_can_no_longer_be_edited_is_left(worlds: Worlds, caplog: pytest.LogCaptureFixture) -> None:
    """The only trace is a line in the log, and other watches go on."""
    async with worlds() as w:
        anna, ben = await friend(w), await friend(w, "ben")
        without_players(w, "25565")
        gone, other = await anna.slash("forward", port="25565"), await ben.slash("forward", port="25570")
        await becomes(gone, "✅✅❔⏳")
        gone.expire()
        with caplog.at_level(logging.INFO, "bot.ports.proof"):
            w.gate.players["25565"] = 1
            w.gate.players["25570"] = 7
            await becomes(other, "✅✅✅✅", "7 players")
            await until(lambda: "bot.ports.proof" in {record.name for record in caplog.records})
        assert [record.levelname for record in caplog.records if record.name == "bot.ports.proof"] == ["INFO"]
        assert gone.message.components != other.message.components
        w.discord.violations.clear()


async def test_a_bot_that_is_told_to_stop_waits_for_no_proof(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not wait for a probe either."""
    monkeypatch.setattr(probe, "TIMEOUT_S", 60)
    asked = asyncio.Event()

    def silent(request: bytes) -> list[bytes]:
        asked.set()
        return []

    async with worlds() as w, gameservers.datagrams(silent) as port:
        await (await friend(w)).slash("forward", port="bedrock", to_port=port)
        await asked.wait()
        async with asyncio.timeout(PATIENCE_S):
            await w.stop()
        await w.start()


async def test_a_bot_that_stops_leaves_no_proof_that_says_what_is_missing(worlds: Worlds) -> None:
    async with worlds() as w:
        w.gate.handshake = None
        anna = await friend(w)
        without_players(w, "25565")
        reply = await anna.slash("forward", port="25565")
        await becomes(reply, "✅❌⏳⏳")
        await w.stop()
        assert icons(reply) == "✅❔⏳⏳"
        assert panel(reply).title == words("proof-over-title")
        await w.start()


async def test_a_proof_follows_its_device_at_once(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway tells when it connects, so nothing is asked at intervals."""
    monkeypatch.setattr(proof, "POLL_S", 1000)
    async with worlds() as w:
        w.gate.handshake = None
        anna = await friend(w)
        without_players(w, "25565")
        await w.told()
        reply = await anna.slash("forward", port="25565")
        await becomes(reply, "✅❌⏳⏳")
        w.gate.handshake = timedelta()
        await becomes(reply, "✅✅❔⏳")
        w.gate.players["25565"] = 1
        await becomes(reply, "✅✅✅✅")


async def test_no_proof_asks_the_gateway(worlds: Worlds) -> None:
    async with worlds() as w:
        people = [await friend(w, f"friend{number}") for number in range(12)]
        looks = w.gate.looks
        replies = await asyncio.gather(
            *(person.slash("forward", port=str(26000 + number)) for number, person in enumerate(people))
        )
        for reply in replies:
            await becomes(reply, "✅✅✅✅")
        await has_looked(w)
        assert w.gate.looks == looks


def test_the_longest_custom_id_of_a_button_is_within_discords_limit() -> None:
    assert len(CheckButton(range(10**8, 2 * 10**8)).custom_id) <= 100
