"""The demo as a newcomer starts it."""

from __future__ import annotations

import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.api.contract import Subscription
from gateway.demo.tunnel import until
from gateway.demo.world import PLAYER4, PLAYER6
from gateway.host.child import running
from gateway.terminal.commands import COMMANDS

pytestmark = pytest.mark.root

DEMO = (sys.executable, "-P", "-m", "gateway", "demo")


@asynccontextmanager
async def demo(*options: str) -> AsyncIterator[Process]:
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    async with running(*DEMO, *options, stdin=PIPE, stdout=PIPE, env=environ) as process:
        yield process


async def session(*lines: str) -> str:
    """Return the prompt's answers to `lines`. It ends with its input."""
    async with demo() as process:
        said, _ = await process.communicate("".join(f"{line}\n" for line in lines).encode())
        assert process.returncode == 0
    return said.decode()


def traces() -> tuple[set[str], set[str]]:
    """Return what could be left on the host: names under /run, and processes in a demo."""
    names = {str(path) for place in ("/run", "/run/netns", "/run/wireguard") for path in Path(place).glob("*")}
    return names, {str(path.parent) for path in Path("/proc").glob("[0-9]*/cmdline") if b"--isolated" in _read(path)}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # the process ended meanwhile
        return b""


async def test_tour() -> None:
    """The tour exits with 0, having checked every chapter, and leaves no trace."""
    before = traces()
    async with demo("--tour") as process:
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
    text = said.decode()
    assert text.count("✓") >= 30
    assert "✗" not in text
    assert "\x1b" not in text, "colours only on a terminal"
    for address in (PLAYER4, PLAYER6):
        assert f"it saw {address}, the player's own address" in text
    assert traces() == before


async def test_prompt_tells_the_same_story() -> None:
    """The slash commands come from a pipe. The server sees the player, and no player after /revoke."""
    said = await session(
        "/join laptop", "up", "host 25565", "/forward 25565 protocol:udp", "play 25565", "/status",
        "as admin", "/revoke alex", "play 25565", "quit",
    )  # fmt: skip
    before, after = said.split("alex> as admin")
    assert f"over UDP: the server answers. It saw {PLAYER4}." in before
    assert f"over UDP: the server answers. It saw {PLAYER6}." in before
    assert before.count("over TCP: nobody answers.") == 2
    assert re.search(r"25565 +udp +alex +laptop", before)
    assert after.count("nobody answers.") == 4


async def test_prompt_plays_linux_mode_and_lan_mode() -> None:
    """Several ports in one command, a peer that keeps its other traffic at home, and a friend next to it on the LAN."""
    said = await session(
        "/join box linux", "up", "host 27015", "/forward 2456-2458, 27015/udp", "play 27015",
        "as kim", "/join pc split", "up", "visit alex 27015", "as admin", "/lan on", "as kim", "visit alex 27015",
        "quit",
    )  # fmt: skip
    alone, together = said.split("admin> /lan on")
    assert f"over UDP: the server answers. It saw {PLAYER4}." in alone
    assert f"over UDP: the server answers. It saw {PLAYER6}." in alone
    assert alone.count("over TCP: nobody answers.") == 4, "two of the player's, two of Kim's"
    assert together.count(": the server answers.") == 4
    assert "/unforward 2456-2458,27015/udp" in alone


async def test_prompt_explains_mistakes() -> None:
    """Each mistake is answered with a sentence, and the prompt goes on."""
    mistakes = {
        "/forward 25565": "Type /join first",
        "/forward": "Write: /forward PORT [protocol] [to_ports] [device]",
        "/forward x": "must be a port such as 25565",
        "/revoke alex": "`as admin`",
        "up": "there is no config yet",
        "/lan on": "`as admin`",
        "/lan": "Write: /lan STATE",
        "visit kim 1": "kim's PC has no tunnel up",
        "dance": "There is no command dance",
        '/join "x': "No closing quotation",
    }
    said = await session(*mistakes, "help")
    answers = said.split("alex> ")[1:]
    for (line, answer), part in zip(mistakes.items(), answers, strict=False):
        assert part.startswith(line)
        assert answer in part
    offered = (f"/{command.name}" for command in COMMANDS if not issubclass(command.request, Subscription))
    for name in (*offered, "/leave", "visit"):
        assert re.search(rf"^{name} ", answers[len(mistakes)], re.MULTILINE), name


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_killed_leaves_no_trace(number: signal.Signals) -> None:
    """The demo is killed in the middle in several ways, and everything that it started ends with it."""
    before = traces()
    async with demo() as process:
        assert process.stdout is not None
        await process.stdout.readuntil(b"alex> ")
        process.send_signal(number)
        await process.wait()

    async def clean() -> bool:
        return traces() == before

    await until(clean)
