"""`guildgate setup` at a terminal, and the form in Discord, with the real processes."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import shutil
import signal
import sys
import termios
import tomllib
from asyncio.subprocess import Process, create_subprocess_exec
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.demo.tunnel import until
from tests.e2e.scene import Scene
from tests.e2e.service import Service
from tests.e2e.supervised import BOT, system_users
from tests.fakediscord import FakeDiscord, Permission
from tests.fakediscord.state import Guild, Role, User

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]


@dataclass
class Terminal:
    """A process at a pseudoterminal. `shown` is all that the terminal shows."""

    process: Process
    descriptor: int
    shown: str = ""
    read: int = field(default=0)

    def _gather(self) -> None:
        with suppress(BlockingIOError, OSError):  # EIO: the process has ended
            while data := os.read(self.descriptor, 4096):
                self.shown += data.decode(errors="replace")

    async def asks(self, text: str) -> None:
        """Wait until the terminal shows a text that was not awaited yet."""

        async def shows() -> bool:
            self._gather()
            return text in self.shown[self.read :]

        try:
            await until(shows, timeout_s=90)
        except TimeoutError:
            raise AssertionError(f"{text!r} is not in {self.shown[self.read :]!r}") from None
        self.read = self.shown.index(text, self.read) + len(text)

    async def types_hidden(self, text: str) -> None:
        """Type what the terminal does not show. What is typed before it hides is thrown away, as getpass(3) does."""

        async def is_hidden() -> bool:
            return not termios.tcgetattr(self.descriptor)[3] & termios.ECHO

        await until(is_hidden, timeout_s=90)
        self.types(text)

    def types(self, text: str) -> None:
        os.write(self.descriptor, f"{text}\n".encode())

    async def ends(self, code: int) -> None:
        async with asyncio.timeout(60):
            assert await self.process.wait() == code, self.shown
        self._gather()


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

    @asynccontextmanager
    async def terminal(self) -> AsyncIterator[Terminal]:
        own, other = pty.openpty()
        os.set_blocking(own, False)
        process = await create_subprocess_exec(
            *("env", "--default-signal=INT"),  # a test that runs in the background of a shell has it ignored
            *("ip", "netns", "exec", self.scene.gateway.host.name, sys.executable, "-m", "gateway"),
            *("setup", "--no-start", "--config", str(self.config)),
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
            preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),  # makes it the controlling terminal
            env={**os.environ, "SSL_CERT_FILE": str(self.scene.discord.ca_file)},
        )
        os.close(other)
        try:
            yield Terminal(process, own)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            os.close(own)


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
            await terminal.asks("id 987654321). Is this your server?")
            terminal.types("n")
            await terminal.asks("Invite the bot")
            await terminal.asks("scope=bot+applications.commands")
            assert there.files == {"config.toml": 0o644}
            discord.guild.invite_bot()
            await terminal.asks(f"id {discord.guild.id}). Is this your server?")
            terminal.types("y")
            await terminal.asks("/setup code:")
            await terminal.ends(0)
        discord._backend.world.others.clear()
        (refused,) = [each for each in discord.violations if "token is missing or wrong" in each]
        discord.violations.remove(refused)
        assert "\x1b" not in terminal.shown
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


@pytest.mark.parametrize("at", ["Paste the token", "Is this your server?"])
async def test_ctrl_c_leaves_nothing_half_written(scene: Scene, discord: FakeDiscord, at: str) -> None:
    """The configuration is as it was, and the child that looked at Discord is gone."""
    with place(scene) as there:
        before = there.config.read_text()
        async with there.terminal() as terminal:
            await terminal.asks("Paste the token")
            if at != "Paste the token":
                await terminal.types_hidden(discord.token)
                await terminal.asks(at)
            os.write(terminal.descriptor, b"\x03")
            await terminal.ends(130)
            assert "Traceback" not in terminal.shown
        assert there.config.read_text() == before
        assert there.files == {"config.toml": 0o644}


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
                terminal.process.send_signal(signal.SIGINT)
                await terminal.ends(130)
        finally:
            world.privileged = privileged
