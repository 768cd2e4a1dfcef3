"""The bot waits for the gateway to speak: with nothing happening no request goes out, and an event costs few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.access import membership, moved, shown
from bot.access.membership import Membership
from bot.access.shown import ShownConfigs, outcome
from bot.core import ready, retention
from bot.core.ready import Heartbeat
from bot.core.retention import Retention
from bot.log import logbook, versions
from bot.log.logbook import Logbook
from bot.log.versions import Versions
from bot.ports import reminders
from bot.ports.reminders import Reminders
from gateway.api.contract import Actor, AddForward, AuditEntry, List
from gateway.model import parse_ports
from tests.fakediscord import Person
from tests.joining import join, sent
from tests.unit.bot.english import words
from tests.unit.bot.patience import counted, until
from tests.unit.bot.world import World, world
from tests.unit.fakes.host import NOW

Worlds = Callable[..., AbstractAsyncContextManager[World]]
MOMENT_S = 0.01
# What each service does when its time has come: the clock says so and not the gateway.
LOOKS = {
    "log channel": (Logbook, "_tell_repeated"),
    "reminders": (Reminders, "_look"),
    "configs": (ShownConfigs, "_look"),
    "members": (Membership, "_look"),
    "erasures": (Retention, "_tidy"),
    "versions": (Versions, "compare"),
    "sign of life": (Heartbeat, "_beat"),
}


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    for module in (logbook, reminders, shown, moved, retention):
        monkeypatch.setattr(module, "POLL_S", MOMENT_S)
    monkeypatch.setattr(membership, "SAFETY_S", MOMENT_S)
    monkeypatch.setattr(versions, "LOOK_S", MOMENT_S)
    monkeypatch.setattr(ready, "BEAT_S", MOMENT_S)
    monkeypatch.setattr(shown, "outcome", outcome)
    return partial(world, tmp_path, monkeypatch, log_channel="vpn-log")


async def hosting(w: World, name: str = "anna") -> Person:
    """Add a member with a device whose config is shown, and with a port whose end is to be told."""
    w.gate.handshake = None
    anna = w.discord.guild.add_member(name, ["Friends"])
    await sent(anna, await join(anna))
    owner = Actor(id=str(anna.id), name="Anna")
    await w.gate.gateway.ask(AddForward(actor=owner, ports=parse_ports("25565")))  # without a panel below an answer
    return anna


async def settled(w: World) -> None:
    """Wait until the bot has acted on all that happened so far."""
    await w.told()
    await until(lambda: w.bot.logbook._read)
    await until(lambda: w.bot.membership._acted_on and not w.bot.membership._news)


async def test_with_nothing_happening_no_request_reaches_the_gateway(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every service has looked at its clock five times, which for the slowest is an hour."""
    looks = {name: counted(monkeypatch, *what) for name, what in LOOKS.items()}
    async with worlds() as w:
        await hosting(w)
        await settled(w)
        before, begun = len(w.gate.own), {name: count() for name, count in looks.items()}
        await until(lambda: all(count() >= begun[name] + 5 for name, count in looks.items()))
        assert Counter(type(request).__name__ for request in w.gate.own[before:]) == {}


async def test_what_happens_reaches_discord_by_itself(worlds: Worlds) -> None:
    """A change at the terminal, an end that is near, and a device that connects."""
    async with worlds() as w:
        anna = await hosting(w)
        await settled(w)
        message, before = anna.dms[0], len(w.gate.own)
        w.gate.audit.append(AuditEntry(id=1, at=NOW, actor="uid:0", actor_name="root", action="lan", subject="on"))
        log = w.discord.guild.channel("vpn-log")
        await w.discord.until(lambda: log.messages, "the entry")
        w.gate.handshake = timedelta()
        await w.discord.until(lambda: message.text == words("setup-connected", device="pc"), "the device connects")
        w.gate.now = NOW + timedelta(hours=11, minutes=51)
        assert "25565" in (await anna.dm()).content
        assert w.gate.own[before:] == []


async def test_a_device_that_is_removed_or_rotated_costs_one_request(worlds: Worlds) -> None:
    """The bot makes sure before it takes a config away, because the stream may be behind an answer."""
    async with worlds() as w:
        anna = await hosting(w)
        await settled(w)
        message, before = anna.dms[0], len(w.gate.own)
        w.gate.desired = replace(w.gate.desired, peers={}, forwards={})
        await w.discord.until(lambda: message.text == words("setup-gone", device="pc"), "the device is gone")
        assert [type(request) for request in w.gate.own[before:]] == [List]
