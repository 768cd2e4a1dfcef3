"""The start of the bot's process: a wrong configuration is named in one line, and root's privileges are dropped."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.__main__ import main

DISCORD = '[discord]\nguild = 123456789012345678\nmember_roles = ["Friends"]\n'
Start = Callable[..., list[str]]


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Start:
    """Return a function that starts the bot, asserts the exit code of a wrong configuration, and returns its lines."""

    def start(config: str, *arguments: str, token: str | None = "secret.token") -> list[str]:
        file = tmp_path / "config.toml"
        file.write_text(config)
        monkeypatch.delenv("DISCORD_TOKEN", raising=False)
        if token:
            monkeypatch.setenv("DISCORD_TOKEN", token)
        assert main(["--config", str(file), *arguments]) == 78
        return capfd.readouterr().err.splitlines()

    return start


@pytest.mark.parametrize("key", ["guild", "member_roles"])
def test_a_missing_key_is_named(refused: Start, key: str) -> None:
    """The bot itself asks for the keys that only it needs, with an example."""
    config = "".join(line for line in DISCORD.splitlines(keepends=True) if not line.startswith(key))
    (line,) = refused(config)
    assert f"discord.{key}: is missing" in line


@pytest.mark.parametrize(
    ("config", "arguments", "token", "said"),
    [
        (DISCORD + "colour = 1\n", (), "t", "discord.colour"),
        ("[discord", (), "t", "not valid TOML"),
        (DISCORD, (), None, "DISCORD_TOKEN"),
        (DISCORD, ("--user", "no-such-user"), "t", "there is no system user no-such-user"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_one_line(
    refused: Start, config: str, arguments: tuple[str, ...], token: str | None, said: str
) -> None:
    """There is no traceback."""
    (line,) = refused(config, *arguments, token=token)
    assert said in line


def test_the_process_ends_with_that_code(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[discord")
    done = subprocess.run([sys.executable, "-m", "bot", "--config", file], capture_output=True, text=True, timeout=60)
    assert done.returncode == 78
    assert len(done.stderr.splitlines()) == 1


LATER = """
import asyncio, sys
from ipaddress import ip_address
from pathlib import Path
import bot.__main__ as main
languages = main.warm_up()
loaded, read = set(sys.modules), []
ours = tuple({sys.prefix, sys.base_prefix, str(Path(main.__file__).parents[1])})

def note(event, arguments):
    if event == "open" and str(arguments[0]).startswith(ours) and not str(arguments[0]).endswith((".py", ".pyc")):
        read.append(arguments[0])

import aiohttp
from bot.app import SCHEMA, Bot
from bot.core.memory import Memory
from bot.access.delivery import qr_png
from bot.games.games import Query
from bot.games.queries.kinds import QueryKind
from bot.games.probe import Prober
from gateway.api.client import GatewayClient
from gateway.api.transport import SocketTransport
from bot.config import BotConfig, DiscordSection
from gateway.api.contract import Actor, List
from gateway.errors import GatewayUnreachable
from gateway.keys import PrivateKey

async def later():
    config = BotConfig(discord=DiscordSection(guild=1), socket=Path("/nowhere"))
    gateway = GatewayClient(SocketTransport(Path("/nowhere")))
    async with (
        Memory.open(Path("/nowhere"), SCHEMA) as memory,
        Bot(config, gateway, memory, languages) as bot,
    ):
        try:
            await gateway.call(List(actor=Actor(id="1", name="x")))
        except GatewayUnreachable:
            pass
        for kind in QueryKind:
            await Prober().ask(ip_address("127.0.0.1"), Query(kind, 1))
        await asyncio.get_running_loop().getaddrinfo("localhost", 443)
        await asyncio.to_thread(qr_png, PrivateKey.generate().public_key.__str__())
        assert "1,234 connections" in languages.english("live", connections=1234, players=2)

sys.addaudithook(note)
asyncio.run(later())
assert not {"nats", "nkeys", "cryptography"} & set(sys.modules)  # for [fleet] alone
print(*sorted(set(sys.modules) - loaded), *read)
"""


def test_nothing_is_imported_or_read_after_privileges_are_dropped() -> None:
    """The interpreter may be under /root. A file read on first use would then fail in the middle of a command."""
    done = subprocess.run([sys.executable, "-c", LATER], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []
