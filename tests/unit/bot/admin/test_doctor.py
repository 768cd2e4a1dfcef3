"""/doctor for admins: what is wrong first, with what to do, and no text of an exception."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from bot.admin.diagnosis import report
from bot.core.checks import Check
from bot.core.render import COLOUR, COLOUR_ATTENTION, COLOUR_DANGER
from gateway.api.diagnosis import Diagnose, Diagnosis, Finding, Level
from gateway.version import own
from tests.unit.bot.english import words
from tests.unit.bot.world import World, world

Worlds = Callable[..., AbstractAsyncContextManager[World]]
FINE = Finding(Level.OK, "clock", "it is right")
WARNING = Finding(Level.WARNING, "backups", "there is none", ("The gateway makes one.",))
FAILURE = Finding(Level.FAILURE, "listen port", "UDP 51820 is in *use*", ("ss -lunp 'sport = :51820'",))


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    return partial(world, tmp_path, monkeypatch)


def lines(gateway: list[Finding] | str, *own_checks: Check) -> list[str]:
    return str(report(words, gateway, own_checks).description).splitlines()


def test_failures_come_first_with_what_to_do_and_the_rest_is_a_number() -> None:
    assert lines([FINE, WARNING, FINE, FAILURE], Check("intents")) == [
        "❌ **listen port**: UDP 51820 is in \\*use\\*",
        "→ `ss -lunp 'sport = :51820'`",
        "⚠️ **backups**: there is none",
        "→ The gateway makes one.",
        "-# Type what is marked `so` on the VPS, as root.",
        "✅ 3 checks are fine.",
    ]


def test_the_colour_says_how_bad_it_is() -> None:
    colours = [report(words, found, ()).colour for found in ([FINE], [FINE, WARNING], [FAILURE, WARNING])]
    assert colours == [COLOUR, COLOUR_ATTENTION, COLOUR_DANGER]


def test_a_check_that_broke_shows_no_text_of_an_exception() -> None:
    (first, *_) = lines([Finding(Level.WARNING, "doctor", "a part of this host: KeyError: 'secret'")])
    assert "secret" not in first
    assert "`guildgate doctor`" in first


def test_a_hundred_findings_fit_into_one_message_that_counts_the_rest() -> None:
    shown = report(words, [Finding(Level.WARNING, "x" * 40, "y" * 900, ("z" * 900,) * 9)] * 100, ())
    assert len(str(shown.description)) <= 4096


async def test_an_admin_sees_what_the_gateway_and_the_bot_find(worlds: Worlds) -> None:
    async with worlds() as w:
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        w.gate.forged = Diagnosis(findings=(FINE, FAILURE), version=own())
        reply = await boss.slash("doctor")
        (embed,) = reply.embeds
        assert reply.ephemeral
        assert "listen port" in embed.description
        assert embed.description.endswith("✅ 6 checks are fine.")
        assert [type(request) for request in w.gate.asked] == [Diagnose]


async def test_the_bots_own_troubles_are_in_it(worlds: Worlds) -> None:
    async with worlds(log_channel="gone", absent=("gone",)) as w:
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        w.gate.forged = Diagnosis(findings=(FINE,), version="0.0.1")
        (embed,) = (await boss.slash("doctor")).embeds
        first, *rest = embed.description.splitlines()
        assert first.startswith("❌ **roles and channels**:")
        assert "gone" in first
        assert any("0.0.1" in line for line in rest)


async def test_a_gateway_that_does_not_answer_is_the_first_finding(worlds: Worlds) -> None:
    async with worlds() as w:
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        await w.gate.stop()
        (embed,) = (await boss.slash("doctor")).embeds
        assert embed.description.startswith("❌ **VPN's service**:")
        await w.gate.start()


async def test_members_may_not_ask_for_it(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        reply = await anna.slash("doctor")
        assert not reply.embeds
        assert w.gate.asked == []
