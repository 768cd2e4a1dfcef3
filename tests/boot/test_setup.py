"""The README's first hour on a machine with systemd: `setup` at a terminal, the form in Discord, the first friend."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import PLAYER4, VPS4, World
from gateway.model import Protocol
from tests.boot.conftest import WAYS
from tests.boot.machine import Machine
from tests.boot.test_services import BOT, GATEWAY, PORT, active, find_discord, reached, shown
from tests.e2e.scene import fake_on, join
from tests.fakediscord import FakeDiscord, Permission, Person
from tests.terminal import CTRL_C, Terminal

pytestmark = [pytest.mark.root, pytest.mark.long, pytest.mark.timeout(900)]

# Which no other user may enter, as that of root on a rented server.
CLONE = "/root/guildgate"
# The package brings the services; in a clone `setup` installs them.
STARTS = {"clone": f"{CLONE}/run", "package": "guildgate"}
README = (Path(__file__).parents[2] / "README.md").read_text()


@dataclass
class Newcomer:
    """A machine whose admin follows the README, and the Discord that it finds."""

    machine: Machine
    discord: FakeDiscord
    program: str

    def __post_init__(self) -> None:
        guild = self.discord.guild
        guild.role("Owner", Permission.MANAGE_GUILD)
        self.owner = guild.add_member("olga", ["Owner"])
        for role in ("Player", "Admin"):
            guild.role(role)

    def setup(self, program: str = "") -> AbstractAsyncContextManager[Terminal]:
        return self.machine.at_terminal(program or self.program, "setup", SSL_CERT_FILE="/etc/ca.pem")

    async def confirms(self, terminal: Terminal) -> None:
        """Paste the token and confirm the server."""
        await terminal.asks("Paste the token")
        await terminal.types_hidden(self.discord.token)
        await terminal.asks("Is this your server?")
        terminal.types("y")

    async def code(self, terminal: Terminal) -> str:
        await terminal.asks("/setup code:")
        await terminal.asks("\n")
        return str(re.findall(r"/setup code:([A-Z0-9-]+)", terminal.shown)[-1])

    async def submits(self, code: str) -> None:
        """Fill in the form in Discord."""
        await self.discord.until(lambda: "setup" in self.discord.commands, "the commands are registered", within=120)
        begun = await self.owner.slash("setup", code=code)
        form = (await self.owner.press(begun.button("Choose roles and channel"))).modal
        roles = (self.discord.guild.role(name) for name in ("Player", "Admin"))
        menus = {label: [role.id] for label, role in zip(form.fields, roles, strict=False)}
        assert "Set up" in (await self.owner.submit(form, menus)).content

    async def bots_process(self) -> str:
        assert await shown(self.machine, BOT, "NRestarts") == "0"
        return await shown(self.machine, BOT, "MainPID")


@pytest.fixture(params=STARTS)
async def newcomer(request: pytest.FixtureRequest, machine: Machine, world: World) -> AsyncIterator[Newcomer]:
    async with fake_on(world) as discord:
        find_discord(machine, discord)
        if request.param == "package":
            await machine.run(*WAYS["package"].install)
        await machine.run("cp", "-a", "/srv/guildgate", CLONE)
        await machine.run("chmod", "700", "/root")
        yield Newcomer(machine, discord, STARTS[request.param])
        assert discord.violations == []
        assert discord.token not in await machine.journal()


async def can_join(person: Person) -> str:
    """Return the config that /join brings, once the bot has begun again with the choices."""
    return await join(person, device="laptop")


async def test_from_a_fresh_machine_to_a_friends_match(newcomer: Newcomer, world: World) -> None:
    """No restart, and after a reboot all is as it was. Another set-up interrupts no match."""
    machine, discord = newcomer.machine, newcomer.discord
    discord.guild.remove_bot()
    async with newcomer.setup() as terminal:
        await terminal.asks("Paste the token")
        await terminal.types_hidden(discord.token)
        await terminal.asks("scope=bot+applications.commands")
        discord.guild.invite_bot()
        await terminal.asks("Is this your server?")
        terminal.types("y")
        code = await newcomer.code(terminal)
        await discord.ready()
        sessions = discord.identified
        await newcomer.submits(code)
        process = await newcomer.bots_process()
        await terminal.asks("The bot is set up")
        await terminal.ends(0)
    assert discord.token not in terminal.shown
    await discord.ready(sessions + 1)
    assert await newcomer.bots_process() == process
    assert "running" in await machine.settled()

    alice = discord.guild.add_member("alice", ["Player"])
    config = await can_join(alice)
    async with peer_up(world.friend, config, "ggboot0") as tunnel, hosting(world.friend, PORT) as server:
        await tunnel.handshake()
        await alice.slash("forward", port=str(PORT))
        await reached(world)
        assert server.saw(PLAYER4, Protocol.TCP)
        async with flowing(world.player, VPS4, PORT, Protocol.TCP) as flow:
            async with newcomer.setup("guildgate") as again:
                await again.asks("the server of your configuration")
                await newcomer.code(again)
                await again.asks("Waiting for the form")
                again.presses(CTRL_C)
                await again.asks("The code works until")
                await again.ends(0)
            await flow.goes_on()
        sessions = discord.identified
        await machine.reboot()
        await machine.settled()
        await discord.ready(sessions + 1, within=120)
        await reached(world)
    bob = discord.guild.add_member("bob", ["Player"])
    assert "[Interface]" in await can_join(bob)


@pytest.mark.parametrize("newcomer", ["clone"], indirect=True)
@pytest.mark.parametrize(
    ("step", "is_closed"),
    [("systemd-sysusers", True), ("systemctl daemon-reload", False), ("systemctl start", True)],
)
async def test_an_installation_that_is_stopped_half_way_is_completed_by_another_run(
    newcomer: Newcomer, step: str, is_closed: bool
) -> None:
    """The units are in place by then, and what comes after them is missing. The token is typed once."""
    machine = newcomer.machine
    program, _, word = step.partition(" ")
    hangs = machine.root / "usr/local/sbin" / program
    others = f'[ "$1" = {word} ] || exec /usr/bin/{program} "$@"\n' if word else ""
    hangs.write_text(f"#!/bin/sh\n{others}touch /run/reached\nexec sleep infinity\n")
    hangs.chmod(0o755)
    async with newcomer.setup() as terminal:
        await newcomer.confirms(terminal)

        async def is_reached() -> bool:
            try:
                await machine.run("test", "-e", "/run/reached")
            except RuntimeError:
                return False
            return True

        await until(is_reached, timeout_s=240)
        if is_closed:
            await terminal.is_closed()
        else:
            terminal.presses(CTRL_C)
            await terminal.asks("stopped. Run setup again to go on")
            await terminal.ends(130)
    hangs.unlink()
    async with newcomer.setup() as terminal:
        await terminal.asks("the server of your configuration")
        code = await newcomer.code(terminal)
        await newcomer.discord.ready()
        sessions = newcomer.discord.identified
        await newcomer.submits(code)
        await terminal.asks("The bot is set up")
        await terminal.ends(0)
    await newcomer.discord.ready(sessions + 1)
    assert "Paste the token" not in terminal.shown
    assert await active(machine, GATEWAY) == await active(machine, BOT) == "active"
    assert "[Interface]" in await can_join(newcomer.discord.guild.add_member("alice", ["Player"]))


@pytest.mark.parametrize("newcomer", ["clone"], indirect=True)
async def test_the_terminal_is_closed_while_it_waits_for_the_form(newcomer: Newcomer) -> None:
    """The code still works, and the bot goes on."""
    async with newcomer.setup() as terminal:
        await newcomer.confirms(terminal)
        code = await newcomer.code(terminal)
        await terminal.asks("Waiting for the form")
        await terminal.is_closed()
    await newcomer.discord.ready()
    sessions = newcomer.discord.identified
    await newcomer.submits(code)
    await newcomer.discord.ready(sessions + 1)
    assert "[Interface]" in await can_join(newcomer.discord.guild.add_member("alice", ["Player"]))


async def test_a_bot_that_ends_at_once_is_told(newcomer: Newcomer) -> None:
    """A mistake in its configuration, which another start does not mend."""
    machine = newcomer.machine
    async with newcomer.setup() as terminal:
        await newcomer.confirms(terminal)
        await newcomer.code(terminal)
        await terminal.asks("Waiting for the form")
        config = machine.root / "etc/guildgate/config.toml"
        config.write_text(config.read_text().replace("[discord]\n", "[discord]\nguest_roles = 5\n", 1))
        await machine.run("systemctl", "restart", BOT)
        await terminal.asks("the bot has ended")
        await terminal.ends(1)


@pytest.mark.parametrize("newcomer", ["clone"], indirect=True)
async def test_the_readmes_steps_by_hand(newcomer: Newcomer, world: World) -> None:
    """Each line is typed as it stands there, with the ids of this server."""
    machine, guild = newcomer.machine, newcomer.discord.guild
    (machine.root / "usr/local/bin/sudo").write_text('#!/bin/sh\nexec "$@"\n')
    (machine.root / "usr/local/bin/sudo").chmod(0o755)
    (block,) = re.findall(r"^```\n(tee config\.toml.*?)^```", README, re.MULTILINE | re.DOTALL)
    for ident, own in (
        ("123456789012345678", guild.id),
        ("234567890123456789", guild.role("Player").id),
        ("345678901234567890", guild.role("Admin").id),
    ):
        block = block.replace(ident, str(own))
    document, lines = block.split("\nEND\n")
    for line in (f"{document}\nEND", *lines.splitlines()):
        async with machine.at_terminal("sh", "-c", f"cd {CLONE}\n{line}", SSL_CERT_FILE="/etc/ca.pem") as terminal:
            if "/dev/stdin" in line:
                terminal.types(newcomer.discord.token)
                terminal.types("\x04")
            if "--outside" in line:
                await terminal.asks("http://203.0.113.1:")
                await terminal.asks(" ")
                (port,) = re.findall(r"http://203\.0\.113\.1:(\d+) ", terminal.shown)
                await world.player.ask_tcp(VPS4, int(port))
            await terminal.ends(0)
    await newcomer.discord.ready(within=120)
    assert "[Interface]" in await can_join(guild.add_member("alice", ["Player"]))
