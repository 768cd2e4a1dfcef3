"""One question to a game server serves all parts of the bot that show its answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.core import pace
from bot.games.games import Query
from bot.games.probe import Answer, Outcome
from bot.matches import cards, servers
from bot.matches.told import Told
from bot.panel import panel
from tests.joining import join
from tests.unit.bot.patience import until
from tests.unit.bot.world import World, world


class Games:
    """Game servers that answer as a test says."""

    def __init__(self) -> None:
        self.asked: list[Query] = []
        self.answer = Answer(Outcome.ANSWERED, 3, 20)
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def ask(self, address: IPv4Address, query: Query) -> Answer:
        self.asked.append(query)
        await self.may_answer.wait()
        return self.answer


async def evening(w: World, games: Games) -> None:
    """Host a game with a card and the live message in #general, which both show three players."""
    w.bot._servers._prober = SimpleNamespace(ask=games.ask)  # type: ignore[assignment]
    boss, anna = w.discord.guild.add_member("boss", ["Admin"]), w.discord.guild.add_member("anna", ["Friends"])
    w.gate.players["25565"] = 0
    await boss.slash("panel", in_channel=w.discord.guild.channel("general"))
    await join(anna)
    await anna.slash("forward", port="minecraft", announce=True)


async def both_show(w: World, on_panel: str, on_card: str) -> None:
    message, card = w.discord.guild.channel("general").messages
    await w.discord.until(lambda: on_panel in message.text and on_card in card.text, "the same on both")


async def test_a_card_and_the_live_message_share_one_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is repeated after a pause, and not while the device is away. A refusal comes from a device that is there."""
    monkeypatch.setattr(servers, "ASK_S", 1000)
    monkeypatch.setattr(servers, "AGAIN_S", 0.02)
    monkeypatch.setattr(cards, "TICK_S", 0.02)
    for module, name in ((pace, "EDIT_S"), (panel, "LOOK_S")):
        monkeypatch.setattr(module, name, 0)
    games = Games()
    async with world(tmp_path, monkeypatch) as w:
        await evening(w, games)
        await both_show(w, "🟢 **3**/20", "3 of 20 players")
        await w.told()
        assert len(games.asked) == 1
        w.gate.handshake = timedelta(minutes=10)
        await both_show(w, "🟡 PC offline", "offline")
        await until(lambda: not w.bot._servers._asked)  # it knows as well, and would else wait for `ASK_S`
        assert len(games.asked) == 1
        games.answer = Answer(Outcome.REFUSED)
        w.gate.handshake = timedelta()
        await both_show(w, "🟡 The game does not answer", "does not answer")
        await until(lambda: len(games.asked) > 3)
        view = await w.bot.context.live.there()
        (forward,) = (row.forward for row in view.forwards.values())
        assert w.bot._servers.told((forward,)) == Told(answers=False, is_device_there=True)
        games.answer = Answer(Outcome.SILENT)
        await until(lambda: w.bot._servers.told((forward,)) == Told(answers=False))


async def test_a_look_in_the_middle_of_a_question_does_not_lose_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look forgets the server, because nothing shows it before it is announced."""
    games = Games()
    games.answer = Answer(Outcome.REFUSED)
    games.may_answer.clear()
    async with world(tmp_path, monkeypatch) as w:
        w.bot._servers._prober = SimpleNamespace(ask=games.ask)  # type: ignore[assignment]
        anna = w.discord.guild.add_member("anna", ["Friends"])
        w.gate.players["25565"] = 0
        await join(anna)
        reply = await anna.slash("forward", port="minecraft", announce=False)
        await w.told()  # or the device that is to be asked would not be known yet
        async with asyncio.TaskGroup() as tasks:
            pressing = tasks.create_task(anna.press(reply.button("Announce")))
            await until(lambda: len(games.asked) == 1)
            w.bot._servers.look_again()
            await until(lambda: not w.bot._servers._asked)
            games.may_answer.set()
        assert "does not answer" in pressing.result().content
