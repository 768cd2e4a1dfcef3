"""`guildgate setup` at a terminal, and the form in Discord, with the real processes."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.demo.tunnel import until
from tests.e2e.scene import Scene
from tests.e2e.service import Service
from tests.e2e.supervised import BOT, system_users
from tests.fakediscord import FakeDiscord, Permission
from tests.fakediscord.state import Guild, Role, User
from tests.terminal import CTRL_C, Terminal, at_terminal

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]


@dataclass
class Place:
    """A host's folder that has nothing but a gateway's section."""

    scene: Scene
    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def files(self) -> dict[str, int]:
        return {path.name: path.stat().st_mode & 0o777 for path in self.folder.rglob("*") if path.is_file()}

    def terminal(self) -> AbstractAsyncContextManager[Terminal]:
        return at_terminal(
            *("ip", "netns", "exec", self.scene.gateway.host.name, sys.executable, "-m", "gateway"),
            *("setup", "--no-start", "--config", self.config),
            environ={**os.environ, "SSL_CERT_FILE": str(self.scene.discord.ca_file)},
        )


@contextmanager
def place(scene: Scene) -> Iterator[Place]:
    """Yield a new place whose configuration lacks the server, the roles and the token."""
    folder = Path(scene.gateway.argv[-1]).parent / "fresh"
    folder.mkdir()
    socket = Path(scene.gateway.argv[-1]).parent / "run/gateway.sock"
    (folder / "bot").mkdir(mode=0o700)
    shutil.chown(folder / "bot", BOT, BOT)
    own = f'token_file = "{folder}/token"\nstate_dir = "{folder}/bot"\n'
    (folder / "config.toml").write_text(f'[gateway]\nsocket = "{socket}"\n\n[discord]  # ours\n{own}')
    with system_users(scene.gateway.host.name):
        try:
            yield Place(scene, folder)
        finally:
            shutil.rmtree(folder)


def stranger_invites(discord: FakeDiscord) -> Guild:
    world = discord._backend.world
    guild = Guild("987654321", "Strangers\x1b[2J", User("5", "eve"), Role("987654321", "@everyone"))
    world.others.append(guild)
    return guild


async def test_from_nothing_to_the_first_join(scene: Scene, discord: FakeDiscord) -> None:
    """A wrong token, a stranger's server, the invitation, the code, the form: and the bot goes on as one process."""
    await scene.bot.stop()
    discord.guild.remove_bot()
    stranger_invites(discord)
    with place(scene) as there:
        async with there.terminal() as terminal:
            await terminal.asks("Paste the token")
            await terminal.types_hidden("wrong.token.of-mine")
            await terminal.asks("Discord refuses this token")
            await terminal.asks("Paste the token")
            await terminal.types_hidden(discord.token)
            await terminal.asks("The token works")
            await terminal.asks("id 987654321)")
            await terminal.asks("Is this your server?")
            terminal.types("n")
            await terminal.asks("Invite the bot")
            await terminal.asks("scope=bot+applications.commands")
            assert there.files == {"config.toml": 0o644}
            discord.guild.invite_bot()
            await terminal.asks(f"id {discord.guild.id})")
            await terminal.asks("Is this your server?")
            terminal.types("y")
            await terminal.asks("/setup code:")
            await terminal.ends(0)
        discord._backend.world.others.clear()
        (refused,) = [each for each in discord.violations if "token is missing or wrong" in each]
        discord.violations.remove(refused)
        assert "\x1b" not in terminal.shown
        assert [line for line in terminal.wide if "https://" not in line] == []
        assert "of-mine" not in terminal.shown
        assert discord.token not in terminal.shown
        (code,) = re.findall(r"/setup code:([A-Z0-9-]+)", terminal.shown)
        assert there.files == {"config.toml": 0o644, "token": 0o600, "setup.json": 0o600}
        assert code not in (there.folder / "bot/setup.json").read_text()
        written = tomllib.loads(there.config.read_text())
        assert written["discord"]["guild"] == str(discord.guild.id)
        assert "# ours" in there.config.read_text()

        environ = {name: value for name, value in scene.bot.environ.items() if name != "DISCORD_TOKEN"}
        argv = ("bot", "--config", str(there.config), "--user", "guildgate")
        bot = Service(scene.bot.host, argv, there.folder / "bot.log", {**environ, "DISCORD_TOKEN": discord.token})
        shutil.chown(there.folder / "bot", BOT, BOT)
        sessions = discord.identified
        await bot.start()
        try:
            await discord.ready(sessions + 1)
            pid = bot.process and bot.process.pid
            discord.guild.role("Boss", Permission.MANAGE_GUILD)
            boss, alice = scene.member("boss", "Boss"), scene.member("alice", "Player")
            await discord.until(lambda: "setup" in discord.commands, "the commands are registered")
            begun = await boss.slash("setup", code=code)
            form = (await boss.press(begun.button("Choose roles and channel"))).modal
            menus = {
                label: [discord.guild.role(name).id]
                for label, name in zip(form.fields, ("Player", "Admin"), strict=False)
            }
            done = await boss.submit(form, menus)
            assert "Set up" in done.content
            await discord.ready(sessions + 2)
            assert bot.process
            assert bot.process.pid == pid
            await discord.until(lambda: "join" in discord.commands, "the commands are registered")
            assert "Only admins" not in (await alice.slash("policy")).text
            assert (await boss.slash("setup", code=code)).content.startswith("There is nothing to set up")
            assert code not in bot.output
            assert discord.token not in bot.output
            assert bot.complaints() == []
        finally:
            await bot.stop()


@pytest.mark.parametrize(
    "at", ["Paste the token", "Press Enter once it is on", "scope=bot+applications.commands", "Is this your server?"]
)
async def test_ctrl_c_and_a_closed_terminal_leave_nothing(scene: Scene, discord: FakeDiscord, at: str) -> None:
    """The configuration is as it was, and the child that looked at Discord is gone."""
    world = discord._backend.world
    privileged = world.privileged
    with place(scene) as there:
        before = there.config.read_text()
        try:
            if at == "Press Enter once it is on":
                world.privileged = type(privileged)(0)
            if is_invited := at == "scope=bot+applications.commands":
                await scene.bot.stop()
                discord.guild.remove_bot()
            for is_closed in (False, True):
                async with there.terminal() as terminal:
                    await terminal.asks("Paste the token")
                    if at != "Paste the token":
                        await terminal.types_hidden(discord.token)
                        await terminal.asks(at)
                    if is_closed:
                        await terminal.is_closed()
                    else:
                        terminal.presses(CTRL_C)
                        await terminal.asks("stopped. Run setup again to go on")
                        await terminal.ends(130)
                    assert "Traceback" not in terminal.shown
                await until(no_scout, timeout_s=30)
                assert there.config.read_text() == before
                assert there.files == {"config.toml": 0o644}
        finally:
            world.privileged = privileged
            if is_invited:
                discord.guild.invite_bot()


async def no_scout() -> bool:
    """Report whether no child looks at Discord."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if b"\0--scout\0" in path.read_bytes():
                return False
    return True


async def test_discord_away_and_an_intent_that_is_off_are_said(scene: Scene, discord: FakeDiscord) -> None:
    """Setup goes on by itself once Discord is back."""
    with place(scene) as there:
        world = discord._backend.world
        privileged, world.privileged = world.privileged, type(world.privileged)(0)
        try:
            discord.fail_next("GET", "/users/@me", None, times=3)  # the library tries twice
            async with there.terminal() as terminal:
                await terminal.asks("Paste the token")
                await terminal.types_hidden(discord.token)
                await terminal.asks("Discord cannot be reached")
                await terminal.asks("Server Members Intent is off")
                world.privileged = privileged
                terminal.types("")
                await terminal.asks("Is this your server?")
                terminal.presses(CTRL_C)
                await terminal.ends(130)
                assert [line for line in terminal.wide if "https://" not in line] == []
        finally:
            world.privileged = privileged
