"""/traffic and its buttons, on a machine where no picture can be drawn: the sentence stands in its place."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import pytest

from gateway.api.history import Period
from gateway.nftables.flow import Tuple
from tests.joining import join
from tests.unit.bot.core.test_retention import confirmed, forget
from tests.unit.bot.english import words
from tests.unit.bot.world import World, world

Worlds = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "out-of-reach"))  # as in root's home
    return partial(world, tmp_path, monkeypatch)


async def play(w: World, *, times: int = 1) -> None:
    """Let samples be taken while players are on every open port."""
    for _ in range(times):
        await w.gate.look()
        await w.gate.recorder.sample()
        w.gate.recorder._sampled_at = -1e9  # two minutes ago, as far as the history counts
        w.gate.now += timedelta(minutes=2)


async def test_members_see_their_own_and_admins_see_everything(worlds: Worlds) -> None:
    async with worlds() as w:
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        ben = w.discord.guild.add_member("ben", roles=["Friends"])
        await join(anna)
        await anna.slash("forward", port="25565")
        await play(w)
        (own,) = (await anna.slash("traffic")).embeds
        assert own.title == "📈 The last day"
        assert "2 B received, 1 B sent, up to 1 player." in (own.description or "")
        (others,) = (await ben.slash("traffic", period="week")).embeds
        assert words("graph-nothing", period="week") in (others.description or "")
        (all_of_them,) = (await boss.slash("traffic")).embeds
        assert "2 B received" in (all_of_them.description or "")
        (of_anna,) = (await boss.slash("traffic", member=anna)).embeds
        assert f"<@{anna.id}>" in (of_anna.description or "")
        assert words("admins-only") in (await ben.slash("traffic", member=anna)).content


async def test_a_button_shows_another_period(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        reply = await anna.slash("traffic")
        for period in (Period.WEEK, Period.MONTH, Period.YEAR, Period.DAY):
            reply = await anna.press(reply.button(words("graph-period-button", period=str(period))))
            assert words("graph-nothing", period=str(period)) in (reply.embeds[0].description or "")
            assert reply.button(words("graph-period-button", period=str(period))).disabled


async def test_match_nights_are_off_until_the_member_asks_and_go_with_the_member(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.core.retention.POLL_S", 0.02)
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        await join(anna)
        await anna.slash("forward", port="25565")
        await play(w, times=4)
        assert words("nights-field") not in (await anna.slash("traffic")).embeds[0].fields
        reply = await anna.press((await anna.slash("traffic")).button("Show my match nights"))
        assert "hosted 6 min" in reply.embeds[0].fields[words("nights-field")]
        of_anna = await boss.slash("traffic", member=anna)
        assert words("nights-field") in of_anna.embeds[0].fields
        assert not [each for each in of_anna.buttons if "match nights" in each.label], "only the member chooses"
        reply = await anna.press(reply.button("Hide my match nights"))
        assert words("nights-field") not in reply.embeds[0].fields
        await anna.press(reply.button("Show my match nights"))
        await forget(w, anna)
        await confirmed(w)
        assert str(anna.id) not in w.gate.recorder._keeping


async def test_a_member_sees_how_long_they_played_at_anothers_port(worlds: Worlds) -> None:
    async with worlds() as w:
        anna, ben = (w.discord.guild.add_member(name, roles=["Friends"]) for name in ("anna", "ben"))
        await join(anna, device="tower")
        await anna.slash("forward", port="25565/tcp")
        await join(ben, device="laptop")
        w.gate.is_quiet = True
        w.gate.kernel.conntrack.entries.clear()
        laptop = w.gate.device("laptop").ipv4
        w.gate.kernel.conntrack.arrive(Tuple(6, laptop, 40000, ip_address("203.0.113.1"), 25565))
        await play(w, times=4)
        reply = await ben.press((await ben.slash("traffic")).button("Show my match nights"))
        assert words("nights-none") in reply.embeds[0].fields[words("nights-field")], "nothing was kept before"
        await play(w, times=4)
        (embed,) = (await ben.slash("traffic")).embeds
        assert "played 8 min" in embed.fields[words("nights-field")]
        assert "hosted" not in embed.fields[words("nights-field")]


async def test_details_without_a_picture_say_what_it_would(worlds: Worlds) -> None:
    async with worlds() as w:
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        await join(boss)
        await boss.slash("forward", port="25565")
        await play(w)
        reply = await boss.slash("forwards")
        reply = await boss.select(reply.select(words("list-port-menu")), "1")
        assert "1 B from players, 1 B to players" in (reply.embeds[0].description or "")
