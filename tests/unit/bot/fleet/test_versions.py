"""A region whose gateway is of another version than the bot, as members and admins read of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.core import live
from bot.fleet.versions import has_other_protocol, older
from bot.log import logbook
from gateway.api.contract import Closed
from gateway.bus.told import PROTOCOL, Entry
from gateway.errors import OtherVersion
from tests.joining import join
from tests.unit.bot.english import words
from tests.unit.bot.patience import until
from tests.unit.bot.world import World, world
from tests.unit.gateway.bus.test_told import EU

Worlds = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    for module, name in ((live, "AGAIN_S"), (live, "SELDOM_S"), (logbook, "POLL_S")):
        monkeypatch.setattr(module, name, 0.02)
    return partial(world, tmp_path, monkeypatch, regions={"eu": 0, "us": 3})


@pytest.mark.parametrize(
    ("entry", "side"),
    [
        (None, "unknown"),
        (replace(EU, version="0.9.9"), "gateway"),
        (replace(EU, version="1.10.0"), "bot"),
        (replace(EU, version="1.9.0"), "unknown"),
        (replace(EU, version="1.9.0-mine"), "unknown"),
        (replace(EU, version="99.0.0", protocol=PROTOCOL - 1), "gateway"),
        (replace(EU, version="0.0.1", protocol=PROTOCOL + 1), "bot"),
    ],
)
def test_the_older_side_is_known_by_the_protocol_and_else_by_the_version(entry: Entry | None, side: str) -> None:
    assert older(entry, "1.9.0") == side
    assert has_other_protocol(entry) == (entry is not None and entry.protocol != PROTOCOL)


def differs(w: World, older: str) -> str:
    """Let region us tell another protocol than the bot's, and return what is said of it."""
    protocol = PROTOCOL + (1 if older == "bot" else -1)
    w.entries["us"] = replace(EU, region="us", protocol=protocol)
    return words("error-region_differs", region="us", older=older)


@pytest.mark.parametrize("older", ["bot", "gateway"])
async def test_a_member_reads_what_has_to_be_updated(worlds: Worlds, older: str) -> None:
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", ["Friends"])
        await join(anna, device="pc", region="us")
        said = differs(w, older)
        w.gates["us"].forged = Closed(forwards=())  # no answer that this version knows
        refused = await anna.slash("rename", device="pc", new_name="tower", region="us")
        assert refused.text == said


async def test_without_a_fleet_both_are_named(worlds: Worlds) -> None:
    async with worlds(regions=None) as w:
        anna = w.discord.guild.add_member("anna", ["Friends"])
        w.gate.forged = Closed(forwards=())
        assert (await anna.slash("status")).text == words("error-other_version")


async def test_a_region_that_cannot_be_understood_at_all_is_told_with_the_reason(worlds: Worlds) -> None:
    async with worlds(log_channel="vpn-log") as w:
        anna, said, us = w.discord.guild.add_member("anna", ["Friends"]), differs(w, "gateway"), w.gates["us"]

        async def refuse(*_: object) -> object:
            raise OtherVersion(field="operation", problem="there is no watch")

        await us.stop()
        us.handle = refuse  # type: ignore[method-assign, assignment]
        await us.start()
        await until(lambda: any(each.older for each in w.bot.context.live.away))
        w.gate.now += timedelta(minutes=1)
        book = w.discord.guild.channel("vpn-log")
        await w.discord.until(lambda: any(said in message.text for message in book.messages), "the reason")
        assert f"🔴 {said}" in (await anna.slash("status")).text
        assert (await anna.slash("join", region="us")).text == said
        await join(anna)
        assert len(w.gates["eu"].desired.peers) == 1
