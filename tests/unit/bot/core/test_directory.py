"""Roles and channels by name: the real bot sees them made, renamed and deleted, at work, in outages and while away."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bot.access import admission, membership
from bot.config import DiscordSection
from bot.log import logbook
from gateway.doctor import Finding, Level
from gateway.doctor.discord import misnamed
from tests.fakediscord import Person
from tests.joining import join
from tests.unit.bot.english import words
from tests.unit.bot.patience import until
from tests.unit.bot.world import World, world

Worlds = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Worlds:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(admission, "POLL_S", 0.02)
    monkeypatch.setattr(membership, "RETRY_S", 0.02)
    monkeypatch.setattr(logbook, "POLL_S", 0.02)
    monkeypatch.setattr(logbook, "RETRY_S", 0.05)
    return partial(world, tmp_path, monkeypatch, log_channel="vpn-log", ready_s=0.1)


async def may(person: Person) -> bool:
    """Report whether the bot lets a member use the commands of admins."""
    return "only for" not in (await person.slash("peers")).text.lower()


async def told(w: World, message: str, **values: str) -> None:
    """Wait until the log channel has a text with this message."""
    said = words(message, **values)

    def texts() -> list[str]:
        return [each.text for each in w.discord.guild.channel("vpn-log").messages]

    await w.discord.until(lambda: any(said in text for text in texts()), f"{said!r} among {texts()}")


def role_said(w: World, role_id: str) -> str:
    return f"<@&{role_id}> (`{role_id}`)"


async def remembered(w: World, count: int) -> None:
    """Wait until the database holds so many names."""

    async def holds() -> bool:
        return len(await w.bot.context.memory.rows("SELECT * FROM named")) == count

    await until(holds)


async def stored(w: World, count: int) -> None:
    """Wait until the database holds so many findings."""

    async def holds() -> bool:
        return len(await w.bot.context.memory.rows("SELECT * FROM misnamed")) == count

    await until(holds)


async def test_a_later_role_of_an_admin_roles_name_gives_nothing_and_is_told(worlds: Worlds) -> None:
    """A member that may make roles would otherwise rule the server."""
    async with worlds() as w:
        await remembered(w, 3)
        first = w.discord.guild.role("Admin")
        eve, boss = w.discord.guild.add_member("eve"), w.discord.guild.add_member("boss", ["Admin"])
        second = w.discord.guild.make_role("Admin")
        w.discord.guild.give(eve, second)
        assert await may(boss)
        assert not await may(eve)
        said = {"kind": "role", "name": "**Admin**", "keys": "`admin_roles`"}
        await told(w, "named-namesake", **said, id=role_said(w, first.id), others=role_said(w, second.id))
        w.discord.guild.delete_role("Admin")
        assert not await may(eve)
        await told(w, "named-gone-others", others=role_said(w, second.id))


async def test_a_role_made_while_the_bot_was_away_gives_nothing(worlds: Worlds) -> None:
    """This holds also when the first one was deleted meanwhile."""
    async with worlds() as w:
        await remembered(w, 3)
        await w.stop()
        w.discord.guild.delete_role("Admin")
        eve = w.discord.guild.add_member("eve", ["Admin"])
        await w.start()
        assert not await may(eve)
        await told(w, "log-misnamed-title")


async def test_a_changed_configuration_is_looked_up_afresh(worlds: Worlds) -> None:
    """The name that is configured again later is looked for again, as any new one."""
    async with worlds() as w:
        await remembered(w, 3)
        configured = w.section
        for section in (replace(configured, admin_roles=()), configured):
            await w.stop()
            w.discord.guild.delete_role("Admin")
            w.discord.guild.role("Admin")
            w.section = section
            await w.start()
            await remembered(w, len(section.named()))
        assert await may(w.discord.guild.add_member("boss", ["Admin"]))


async def test_two_roles_of_one_name_at_first_sight_give_nothing_until_an_id_is_configured(worlds: Worlds) -> None:
    """Deleting one of them changes nothing, because that could be the right one."""
    async with worlds(admin_roles=("Boss",), absent=("Boss",)) as w:
        await w.stop()
        first, second = w.discord.guild.make_role("Boss"), w.discord.guild.make_role("Boss")
        await w.start()
        anna, eve = w.discord.guild.add_member("anna"), w.discord.guild.add_member("eve")
        w.discord.guild.give(anna, first)
        w.discord.guild.give(eve, second)
        assert not await may(anna)
        assert not await may(eve)
        await told(w, "named-ambiguous", kind="role", name="**Boss**", keys="`admin_roles`")
        w.discord.guild.delete_role("Boss")
        assert not await may(eve)
        await w.stop()
        w.section = replace(w.section, admin_roles=(second.id,))
        await w.start()
        assert await may(eve)


async def test_a_renamed_role_keeps_its_access_and_is_told(worlds: Worlds) -> None:
    async with worlds() as w:
        anna, role = w.discord.guild.add_member("anna", ["Friends"]), w.discord.guild.role("Friends")
        await join(anna, device="anna-pc")
        await remembered(w, 3)
        w.discord.guild.rename_role("Friends", "Pals")
        said = {"kind": "role", "name": "**Friends**", "keys": "`member_roles`", "now": "**Pals**"}
        await told(w, "named-renamed", **said, id=role_said(w, role.id))
        assert "anna-pc" in (await anna.slash("status")).text
        ben = w.discord.guild.add_member("ben")
        assert (await ben.slash("status")).content == words("no-access", roles="**Pals**")
        await w.stop()
        await w.start()
        assert "anna-pc" in (await anna.slash("status")).text
        assert not w.gate.device("anna-pc").suspended_at


async def test_a_name_that_is_missing_is_told_at_start_and_again_when_it_is_found(
    worlds: Worlds, caplog: pytest.LogCaptureFixture
) -> None:
    """A role that is found that late may be one that a stranger to the admins made, so they read about it."""
    async with worlds(guest_roles=("Guest", "77"), absent=("Guest",)) as w:
        said = {"kind": "role", "keys": "`guest_roles`"}
        await told(w, "named-missing", **said, name="**Guest**")
        await told(w, "named-no-id", **said, id="`77`")
        assert words("named-missing", kind="role", keys="guest_roles", name='"Guest"') in caplog.text
        await stored(w, 2)
        await w.stop()
        role = w.discord.guild.role("Guest")
        await w.start()
        await told(w, "named-found", **said, name="**Guest**", id=role_said(w, role.id))


async def test_a_role_that_comes_to_bear_the_name_gives_access_at_once(worlds: Worlds) -> None:
    """Devices of its members that were suspended are restored."""
    async with worlds(guest_roles=("Guest",), absent=("Guest",)) as w:
        w.discord.guild.role("Chess")
        anna = w.discord.guild.add_member("anna", ["Friends", "Chess"])
        await join(anna, device="anna-pc")
        w.discord.guild.set_roles(anna, ["Chess"])
        await until(lambda: w.gate.device("anna-pc").suspended_at)
        w.discord.guild.rename_role("Chess", "Guest")
        await until(lambda: not w.gate.device("anna-pc").suspended_at)


async def test_the_role_of_a_bot_is_no_namesake(worlds: Worlds) -> None:
    """Discord names it like the bot, and the roles of friends are often called so as well."""
    async with worlds(member_roles=("guildgate",), absent=("guildgate",)) as w:
        await w.stop()
        w.discord.guild.make_role("guildgate", bot=str(w.discord.bot_id))
        friends = w.discord.guild.make_role("guildgate")
        await w.start()
        anna = w.discord.guild.add_member("anna")
        w.discord.guild.give(anna, friends)
        assert (await anna.slash("status")).embeds[0].description == words("status-none")


async def test_the_log_channel_stays_the_first_of_its_name(worlds: Worlds) -> None:
    """A renamed one is written to, a later one of that name is not, and neither is any after the first is deleted."""
    async with worlds() as w:
        await remembered(w, 3)
        first = w.discord.guild.channel("vpn-log")
        w.discord.guild.rename_channel(first, "old-log")
        second = w.discord.guild.make_channel("vpn-log")
        for said in ("is called **old-log** now", f"as well: <#{second.id}>"):
            await w.discord.until(lambda said=said: any(said in each.text for each in first.messages), said)  # type: ignore[misc]
        w.discord.guild.delete_channel(first)
        await until(lambda: w.bot.context.find_channel("vpn-log") is None)
        assert second.messages == []


async def test_two_channels_of_one_name_at_first_sight_are_both_unused(worlds: Worlds) -> None:
    async with worlds(admin_channel="admins", absent=("admins",)) as w:
        await w.stop()
        both = [w.discord.guild.make_channel("admins") for _ in range(2)]
        await w.start()
        ben = w.discord.guild.add_member("ben")
        assert (await join(ben)).content == words("no-access", roles="**Friends**")
        await told(w, "named-ambiguous", kind="channel", name="**admins**", keys="`admin_channel`")
        assert [channel.messages for channel in both] == [[], []]


async def test_what_changed_during_an_outage_counts_after_it(worlds: Worlds) -> None:
    """No event tells of those changes."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", ["Friends"])
        log_channel = w.discord.guild.channel("vpn-log")
        await join(anna, device="anna-pc")
        w.discord.guild.outage()
        await until(lambda: w.bot.context.guild() is None)
        assert "anna-pc" in (await anna.slash("status")).text, "what is remembered needs no server"
        w.discord.guild.rename_role("Friends", "Pals")
        w.discord.guild.delete_channel(log_channel)
        w.discord.guild.make_channel("vpn-log")
        w.discord.guild.recover()
        await until(w.bot.context.guild)
        await stored(w, 2)
        assert w.bot.context.find_channel("vpn-log") is None
        assert "anna-pc" in (await anna.slash("status")).text


async def test_a_bot_that_starts_in_an_outage_knows_the_roles_that_it_remembers(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", ["Friends"])
        await remembered(w, 3)
        await w.stop()
        w.discord.guild.outage()
        await w.start()
        assert (await anna.slash("status")).embeds[0].description == words("status-none")
        w.discord.guild.recover()
        await until(w.bot.context.guild)


async def test_without_a_database_the_names_count_as_long_as_the_bot_runs(worlds: Worlds) -> None:
    async with worlds() as w:
        await w.stop()
        w.section = replace(w.section, state_dir=Path("/proc/nothing"))
        await w.start()
        await remembered(w, 3)
        eve = w.discord.guild.add_member("eve")
        w.discord.guild.give(eve, w.discord.guild.make_role("Admin"))
        assert await may(w.discord.guild.add_member("boss", ["Admin"]))
        assert not await may(eve)


def report(section: DiscordSection) -> list[Finding]:
    return list(misnamed(section))


async def test_the_doctor_names_what_the_bot_last_saw(worlds: Worlds) -> None:
    async with worlds(guest_roles=("Guest",), absent=("Guest",)) as w:
        await stored(w, 1)
        (finding,) = report(w.section)
        assert finding.level is Level.WARNING
        assert finding.detail == words("named-missing", kind="role", name='"Guest"', keys="guest_roles")
        assert [each.level for each in report(replace(w.section, guest_roles=()))] == [Level.OK]
        w.discord.guild.role("Guest")
        await stored(w, 0)
        assert [each.level for each in report(w.section)] == [Level.OK]


def test_the_doctor_says_nothing_before_the_bots_first_look(tmp_path: Path) -> None:
    section = DiscordSection(guild=1, member_roles=("Friends",), state_dir=tmp_path)
    assert report(section) == []
    sqlite3.connect(tmp_path / "bot.db").close()
    assert report(section) == []
