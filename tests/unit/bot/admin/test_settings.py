"""What an admin is shown of the configuration, and the commands that members do not see."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from bot.core.hiding import ALWAYS, COMMANDS
from tests.fakediscord import Permission, Person
from tests.fakediscord.invoking import CannotInvokeError
from tests.joining import join
from tests.unit.bot.english import words
from tests.unit.bot.world import World, world

Worlds = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    return partial(world, tmp_path, monkeypatch)


def people(w: World) -> tuple[Person, Person]:
    """Return an admin and a member."""
    guild = w.discord.guild
    return guild.add_member("boss", ["Admin"]), guild.add_member("anna", ["Friends"])


def hidden(w: World) -> set[str]:
    names = (name for name in w.discord.commands if name != words("devices-menu-command"))
    return {name for name in names if w.discord.registered(name).get("default_member_permissions") == 32}


async def is_hidden(w: World, *, so: bool) -> None:
    await w.discord.until(lambda: hidden(w) == (COMMANDS | ALWAYS if so else ALWAYS), f"commands are hidden: {so}")


async def test_settings_name_roles_channels_and_the_zone(worlds: Worlds) -> None:
    async with worlds(log_channel="vpn-log", guest_roles=("Gone",), absent=("Gone",)) as w:
        boss, anna = people(w)
        (embed,) = (await boss.slash("settings")).embeds
        role, channel = w.discord.guild.role("Friends"), w.discord.guild.channel("vpn-log")
        assert embed.description.splitlines() == [
            f"**Members:** <@&{role.id}>",
            f"**Admins:** <@&{w.discord.guild.role('Admin').id}>",
            "**Guests:** `Gone`",
            "**Requests to join:** none",
            f"**Log:** <#{channel.id}>",
            "**Posts about matches:** none",
            "**Time zone:** UTC",
            "**Language in channels:** As the server has it",
        ]
        assert embed.fields[words("settings-hide-field")] == words("settings-hide")
        assert (await anna.slash("settings")).content == words("admins-only")


async def test_members_see_no_admin_command_where_each_admin_role_manages_the_server(worlds: Worlds) -> None:
    """The fake hides a command as Discord does. Admins go on seeing it."""
    async with worlds() as w:
        w.discord.guild.role("Admin").permissions = Permission.MANAGE_GUILD
        w.discord.guild.rename_role("Admin", "Admin")  # tells of the change
        await is_hidden(w, so=True)
        boss, anna = people(w)
        (embed,) = (await boss.slash("settings")).embeds
        assert embed.fields[words("settings-hide-field")] == words("settings-hidden")
        with pytest.raises(CannotInvokeError):
            await anna.slash("revoke", member=boss)
        await anna.slash("status")


async def test_an_admin_role_that_loses_the_permission_sees_the_commands_again(worlds: Worlds) -> None:
    """One role without it is enough, because its admins would not see them."""
    async with worlds(admin_roles=("Admin", "Other")) as w:
        guild = w.discord.guild
        await is_hidden(w, so=False)
        for name, allowed in (("Admin", Permission.MANAGE_GUILD), ("Other", Permission.ADMINISTRATOR)):
            guild.role(name).permissions = allowed
            guild.rename_role(name, name)
        await is_hidden(w, so=True)
        guild.role("Other").permissions = 0
        guild.rename_role("Other", "Other")
        await is_hidden(w, so=False)


async def test_help_begins_with_the_next_step(worlds: Worlds) -> None:
    """It differs for a member without a device, one with a device, an admin, and one without access."""
    async with worlds() as w:
        (boss, anna), eve = people(w), w.discord.guild.add_member("eve")
        assert (await anna.slash("help")).content.startswith(words("help-join"))
        await join(anna)
        await w.told()
        reply = await anna.slash("help")
        assert reply.content.startswith(words("help-host"))
        assert words("help-admin") not in reply.content
        assert words("help-admin") in (await boss.slash("help")).content
        assert (await eve.slash("help")).content == words("no-access", roles="**Friends**")
