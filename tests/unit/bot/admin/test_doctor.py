"""/doctor for admins: what is wrong first, with what to do, and no text of an exception."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

import gateway.doctor
import gateway.foreign.advice
from bot.admin.diagnosis import report
from bot.core.checks import Check
from bot.core.problems import sentence
from bot.core.render import COLOUR, COLOUR_ATTENTION, COLOUR_DANGER
from gateway.api.diagnosis import Diagnose, Diagnosis, Finding, Level
from gateway.cause import Cause
from gateway.doctor.finding import failure, warning
from gateway.problem import Problem, Trouble
from gateway.version import own
from tests.unit.bot.english import words
from tests.unit.bot.test_catalogue import references
from tests.unit.bot.world import World, world

Worlds = Callable[..., AbstractAsyncContextManager[World]]
FINE = Finding(Level.OK, "clock", "it is right")
WARNING = warning("backups", "none yet", "The gateway makes one.", cause=Cause.NO_BACKUP, folder="/var/*")
FAILURE = failure(
    "listen port", "in use", "ss -lunp 'sport = :51820'    shows it", "Stop it.", cause=Cause.LISTEN_PORT, port=51820
)


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    return partial(world, tmp_path, monkeypatch)


def lines(gateway: list[Finding] | str, *own_checks: Check) -> list[str]:
    return str(report(words, gateway, own_checks).description).splitlines()


def test_failures_come_first_with_what_to_do_and_the_rest_is_a_number() -> None:
    assert lines([FINE, WARNING, FINE, FAILURE], Check("intents")) == [
        f"❌ **VPN port**: {words('finding-listen_port', port='51820')}",
        "→ `ss -lunp 'sport = :51820'`",
        "⚠️ **backups**: There is no backup in /var/\\* yet. The gateway makes one a minute after its start.",
        "-# Type the commands after → on the VPS, as root.",
        "✅ 3 checks are fine.",
    ]


def test_the_colour_says_how_bad_it_is() -> None:
    colours = [report(words, found, ()).colour for found in ([FINE], [FINE, WARNING], [FAILURE, WARNING])]
    assert colours == [COLOUR, COLOUR_ATTENTION, COLOUR_DANGER]


@pytest.mark.parametrize("cause", [Cause.UNREAD, "of_another_version", ""])
def test_what_broke_or_is_not_known_shows_no_text_of_an_exception(cause: str) -> None:
    (first, *_) = lines([Finding(Level.WARNING, "doctor", "a part of this host: KeyError: 'secret'", cause=cause)])
    assert "secret" not in first
    assert "`guildgate doctor`" in first


def test_a_problem_of_the_registry_is_said_as_everywhere_else() -> None:
    problem = Problem(code=Trouble.BACKUP, values={"reason": "the disk is *full*"})
    (first, *_) = lines([Finding(Level.WARNING, "problem", str(problem), problem=problem)])
    assert first == f"⚠️ **problem**: {sentence(words, problem)}"


def given() -> Iterator[tuple[Cause, set[str]]]:
    """Yield each cause in the gateway's code with the values that it gets."""
    checks = Path(gateway.doctor.__path__[0])
    for file in (*checks.glob("*.py"), Path(gateway.foreign.advice.__file__)):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(func=ast.Name(id="warning" | "failure"), keywords=keywords):
                    named = {keyword.arg: keyword.value for keyword in keywords if keyword.arg}
                    if isinstance(literal := named.pop("cause", None), ast.Attribute):
                        yield Cause[literal.attr], set(named)
                case ast.Call(
                    func=ast.Name(id="Complaint"), args=[_, _, ast.Attribute(attr=name), ast.Dict(keys=keys)]
                ):
                    yield Cause[name], {str(key.value) for key in keys if isinstance(key, ast.Constant)}
    for cause in (Cause.DEVICES_ASTRAY, Cause.DEVICES_NOWHERE):
        yield cause, {"count", "address", "interface"}
    for cause in (Cause.DATABASE_UNREADABLE, Cause.DATABASE_DAMAGED, Cause.DATABASE_NEWER):
        yield cause, {"file"}
    for cause in Cause:
        if cause.startswith("firewall_") and cause not in (Cause.FIREWALL_LEGACY, Cause.FIREWALL_HIDDEN):
            yield cause, {"program", "chains"}


def test_each_sentence_of_a_finding_names_only_values_that_it_gets() -> None:
    found = list(given())
    assert {cause for cause, _ in found} == set(Cause)
    for cause, values in found:
        assert references("en", f"finding-{cause}").values <= values, cause


def test_a_hundred_findings_fit_into_one_message_that_counts_the_rest() -> None:
    shown = report(
        words, [warning("x" * 40, "y", *("z" * 900,) * 9, cause=Cause.NO_CONNTRACK, reason="y" * 900)] * 100, ()
    )
    assert len(str(shown.description)) <= 4096


async def test_an_admin_sees_what_the_gateway_and_the_bot_find(worlds: Worlds) -> None:
    async with worlds() as w:
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        w.gate.forged = Diagnosis(findings=(FINE, FAILURE), version=own())
        reply = await boss.slash("doctor")
        (embed,) = reply.embeds
        assert reply.ephemeral
        assert "UDP port 51820" in embed.description
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
