"""Regions come and leave while the bot runs, as members and admins see it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakediscord import CannotInvokeError
from tests.joining import join
from tests.unit.bot.fleet.test_in_discord import TYPED, Worlds, member, open_in, posted, with_ports, worlds
from tests.unit.bot.patience import until

__all__ = ["worlds"]  # a fixture


async def test_members_are_offered_a_region_while_there_are_several(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await member(w, "anna")

        def is_offered() -> list[bool]:
            return [
                any(option["name"] == "region" for option in w.discord.registered(command)["options"])
                for command in TYPED
            ]

        assert all(is_offered())
        w.have("us")
        await until(lambda: not any(is_offered()))
        with pytest.raises(CannotInvokeError):
            await anna.slash("join", region="us")
        await join(anna, device="pc")
        assert [len(at.desired.peers) for at in w.gates.values()] == [0, 1]
        w.have("eu", "us")
        await until(lambda: all(is_offered()))
        await join(anna, device="laptop", region="eu")
        assert [len(at.desired.peers) for at in w.gates.values()] == [1, 1]


async def test_a_region_that_leaves_is_gone_from_every_view(worlds: Worlds) -> None:
    async with worlds(log_channel="vpn-log") as w:
        anna, root = await with_ports(w), await member(w, "root", "Admin")
        here, there = posted(w)
        memory = w.bot.context.memory
        await until(lambda: "us" in w.bot.logbook._read)
        for card in w.bot._cards._posted.values():
            card.is_known = False  # it leaves right after the card was posted
        w.have("eu")
        await w.discord.until(lambda: "ended" in there.text, "the end of the card")
        assert "ended" not in here.text
        for reply in (
            await anna.slash("status"),
            *[await root.slash(command) for command in ("status", "peers", "forwards", "policy")],
        ):
            assert "laptop" not in reply.text
            assert "us" not in reply.text.split()
            assert "away" not in reply.text
        assert "laptop" not in (await root.slash("audit")).text
        assert await memory.rows("SELECT region FROM told_in WHERE region = 'us'") == []
        assert open_in(w) == [1, 1]  # what it forwards goes on there
        await anna.slash("forward", port="25570")
        assert open_in(w) == [2, 1]


async def test_a_region_that_leaves_while_it_is_away_is_not_said_to_be_back(worlds: Worlds) -> None:
    async with worlds(log_channel="vpn-log") as w:
        book = w.discord.guild.channel("vpn-log")
        for name in ("us", "eu"):
            await w.gates[name].stop()
            await until(lambda: name in {each.region for each in w.bot.context.live.away})  # noqa: B023
            w.gate.now += timedelta(minutes=1)
            told = f"does not answer · {name}"
            await w.discord.until(lambda: any(told in each.text for each in book.messages), told)  # noqa: B023
            w.have("eu")
        assert not any("answers again" in each.text for each in book.messages)
