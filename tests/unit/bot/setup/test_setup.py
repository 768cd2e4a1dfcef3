"""The set-up in Discord: which member may open the form, and what becomes of its choices."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from bot import chosen
from bot.config import BotConfig, Source, parse
from bot.setup.setup import Setup
from tests.fakediscord import Permission, Person, Reply
from tests.fakediscord.invoking import CannotInvokeError
from tests.unit.bot.english import words
from tests.unit.bot.patience import PATIENCE_S, until
from tests.unit.bot.world import World, world
from tests.unit.fakes.host import NOW

Worlds = Callable[..., AbstractAsyncContextManager[World]]
CODE = "ABCDE-FGHJK"


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    return partial(world, tmp_path, monkeypatch, member_roles=(), admin_roles=())


def waiting(w: World) -> Person:
    """Open a ticket for the code, and return a member with *Manage Server*."""
    chosen.open_ticket(w.section.state_dir, CODE, NOW.timestamp())
    w.discord.guild.role("Boss", Permission.MANAGE_GUILD)
    return w.discord.guild.add_member("boss", ["Boss"])


async def form(boss: Person, code: str = CODE) -> Reply:
    begun = await boss.slash("setup", code=code)
    return await boss.press(begun.button(words("setup-form-button")))


def choices(w: World, **other: str | list[str]) -> dict[str, str | list[str]]:
    guild = w.discord.guild
    made: dict[str, str | list[str]] = {
        "members": [guild.role("Friends").id],
        "admins": [guild.role("Admin").id],
        "channel": [guild.channel("vpn-admins").id],
        "zone": "Europe/Berlin",
        "language": "en",
    }
    return {words(f"setup-{name}-form-label"): value for name, value in (made | other).items()}


async def test_the_choices_go_into_the_bots_own_configuration(worlds: Worlds) -> None:
    """The code is used up, the file is the bot's alone, and the process is told to begin again."""
    async with worlds() as w:
        boss = waiting(w)
        reply = await boss.submit((await form(boss)).modal, choices(w))
        guild, folder = w.discord.guild, w.section.state_dir
        assert reply.content.startswith(words("setup-done"))
        channel = int(guild.channel("vpn-admins").id)
        assert chosen.read(folder) == {
            "member_roles": [int(guild.role("Friends").id)],
            "admin_roles": [int(guild.role("Admin").id)],
            "admin_channel": channel,
            "log_channel": channel,
            "timezone": "Europe/Berlin",
            "language": "en",
        }
        assert (folder / chosen.CHOICES).stat().st_mode & 0o777 == 0o600
        assert sorted(each for each in os.listdir(folder) if "json" in each) == [chosen.CHOICES]
        await until(lambda: w.bot.service(Setup).is_done)
        await until(w.bot.is_closed)


async def test_the_bot_says_what_it_lacks_for_the_choices(worlds: Worlds) -> None:
    """A role above its own is saved all the same, because an admin can drag it down later."""
    async with worlds() as w:
        boss = waiting(w)
        reply = await boss.submit((await form(boss)).modal, choices(w))
        assert words("setup-lack", problem=words("need-rank", role="Friends")) in reply.content
        await until(w.bot.is_closed)


async def test_only_manage_server_and_the_code_lead_to_the_form(
    worlds: Worlds, caplog: pytest.LogCaptureFixture
) -> None:
    """A right code is no use to another member, and neither log nor log channel gets to know a code."""
    caplog.set_level(logging.DEBUG)
    async with worlds(log_channel="vpn-log") as w:
        boss = waiting(w)
        eve = w.discord.guild.add_member("eve")
        await w.discord.until(lambda: "setup" in w.discord.commands, "commands are registered")
        with pytest.raises(CannotInvokeError):
            await eve.slash("setup", code=CODE)
        assert (await boss.slash("setup", code="ABCDE-FGHJL")).content == words("setup-code-wrong")
        begun = await boss.slash("setup", code=CODE.lower().replace("-", " "))
        w.discord.guild.set_roles(boss, [])
        assert (await boss.press(begun.button(words("setup-form-button")))).content == words("setup-not-allowed")
        w.discord.guild.set_roles(boss, ["Boss"])
        modal = (await boss.press(begun.button(words("setup-form-button")))).modal
        w.discord.guild.set_roles(boss, [])
        assert (await boss.submit(modal, choices(w))).content == words("setup-not-allowed")
        assert chosen.read(w.section.state_dir) == {}
        assert "ABCDE" not in "".join(message.text for message in w.discord.guild.channel("vpn-log").messages)
    libraries = ("discord", "aiosqlite", "aiohttp", "asyncio")
    told = [record.getMessage() for record in caplog.records if not record.name.startswith(libraries)]
    assert not [line for line in told if "FGHJ" in line.upper()]


async def test_a_code_whose_answer_is_lost_does_not_reach_the_log_channel(worlds: Worlds) -> None:
    """What breaks is told there with what was typed."""
    async with worlds(log_channel="vpn-log") as w:
        boss = waiting(w)
        await w.discord.until(lambda: "setup" in w.discord.commands, "commands are registered")
        w.discord.fail_next("PATCH", "/webhooks/*", 400)
        await boss.slash("setup", code=CODE)
        told = w.discord.guild.channel("vpn-log")
        await until(lambda: any("/setup" in message.text for message in told.messages))
        assert not [message for message in told.messages if "FGHJK" in message.text]


async def test_a_code_ends_after_an_hour_and_after_five_wrong_tries(worlds: Worlds) -> None:
    async with worlds() as w:
        boss = waiting(w)
        for _ in range(chosen.TRIES):
            assert (await boss.slash("setup", code="WRONG")).content == words("setup-code-wrong")
        assert (await boss.slash("setup", code=CODE)).content == words("setup-code-over")
        chosen.open_ticket(w.section.state_dir, CODE, NOW.timestamp() - chosen.CODE_S)
        assert (await boss.slash("setup", code=CODE)).content == words("setup-code-over")
        chosen.close_ticket(w.section.state_dir)
        assert (await boss.slash("setup", code=CODE)).content == words("setup-code-none")


async def test_a_slow_disk_holds_up_no_other_command(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes are judged one after the other, so two wrong ones at once count as two."""
    disk, judge = threading.Event(), chosen.judge

    def judge_late(folder: Path, code: str, now: float) -> chosen.Verdict:
        assert disk.wait(PATIENCE_S)
        return judge(folder, code, now)

    async with worlds() as w:
        boss = waiting(w)
        w.discord.guild.set_roles(boss, ["Boss", "Friends"])
        monkeypatch.setattr(chosen, "judge", judge_late)
        tries = [asyncio.create_task(boss.slash("setup", code="WRONG")) for _ in range(2)]
        try:
            assert (await boss.slash("help")).text
            assert not any(each.done() for each in tries)
        finally:
            disk.set()
        assert {(await each).content for each in tries} == {words("setup-code-wrong")}
        left = json.loads((w.section.state_dir / chosen.TICKET).read_text())["tries_left"]
        assert left == chosen.TRIES - 2


async def test_before_the_set_up_a_member_reads_that_there_is_one_to_come(worlds: Worlds) -> None:
    async with worlds() as w:
        mia = w.discord.guild.add_member("mia")
        assert (await mia.slash("join")).content == words("no-access-yet")


async def test_choices_that_cannot_be_are_refused_and_change_nothing(worlds: Worlds) -> None:
    async with worlds() as w:
        boss = waiting(w)
        guild = w.discord.guild
        own = guild.make_role("guildgate", bot=str(w.discord.bot_id))
        gone = [guild.make_role("Gone").id]
        guild.delete_role("Gone")
        for wrong, message in (
            ({"zone": "Europe/Atlantis"}, "setup-unknown-zone"),
            ({"members": [own.id]}, "setup-bot-role"),
            ({"members": gone}, "setup-missing"),
            ({"admins": [str(guild.id)]}, "setup-everyone-admin"),
        ):
            assert (await boss.submit((await form(boss)).modal, choices(w, **wrong))).content == words(message)
        assert chosen.read(w.section.state_dir) == {}
        assert not w.bot.service(Setup).is_done


def test_the_file_goes_before_the_choices(tmp_path: Path) -> None:
    section = {"state_dir": str(tmp_path), "admin_roles": [1]}
    config = BotConfig(discord=parse(section), socket=tmp_path, written=section)
    chosen.write(tmp_path, {"admin_roles": [2], "member_roles": [3], "guild": 4, "denied_ports": []})
    again = config.again()
    assert (again.discord.admin_roles, again.discord.member_roles, again.discord.guild) == ((1,), (3,), None)
    assert (again.sources["admin_roles"], again.sources["member_roles"]) == (Source.FILE, Source.CHOSEN)


def test_a_code_is_compared_without_what_is_not_in_it() -> None:
    """It has no characters that look alike, and each is another one."""
    codes = {chosen.new_code() for _ in range(100)}
    assert len(codes) == 100
    assert not set("".join(codes)) & set("01ILO")


def test_root_follows_no_link_in_the_bots_folder(tmp_path: Path) -> None:
    """The folder is the bot's. A link there would have root read another file, and a pipe would hold it up."""
    (tmp_path / "other").write_text('{"member_roles": [1]}')
    (tmp_path / chosen.CHOICES).symlink_to(tmp_path / "other")
    assert chosen.read(tmp_path) == {}
    (tmp_path / chosen.CHOICES).unlink()
    os.mkfifo(tmp_path / chosen.CHOICES)
    with pytest.raises(Exception, match="is damaged"):
        chosen.read(tmp_path)
