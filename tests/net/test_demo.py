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
from typing import Any

import pytest

from gateway.demo.tunnel import until
from gateway.demo.world import PLAYER4, PLAYER6
from gateway.host.child import running

pytestmark = pytest.mark.root

DEMO = (sys.executable, "-P", "-m", "gateway", "demo")


@asynccontextmanager
async def demo(*options: str, **more: Any) -> AsyncIterator[Process]:
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    async with running(*DEMO, *options, stdin=PIPE, stdout=PIPE, env=environ, **more) as process:
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


@pytest.mark.timeout(300)
async def test_tour_of_a_fleet() -> None:
    """The line, the bus, a gateway and a VPS fail, and the tour exits with 0, having checked every chapter."""
    before = traces()
    async with demo("--tour", "--fleet") as process:
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
    text = said.decode()
    print(text)
    assert text.count("✓") >= 20
    assert "✗" not in text
    assert "Cut off in eu and ap. us is away since" in text
    assert text.count("lost no packet") == 4
    assert "by the same TCP connection" in text
    assert traces() == before


@pytest.mark.parametrize("begun", ["✓ eu, us and ap answer", "is cut"])
async def test_a_tour_that_is_interrupted_leaves_no_trace(begun: str) -> None:
    """Ctrl-C reaches every process of the terminal, and the tour's own end cleans up."""
    before = traces()
    async with demo("--tour", "--fleet", start_new_session=True) as process:
        assert process.stdout is not None
        while begun not in (await process.stdout.readline()).decode():
            pass
        os.killpg(process.pid, signal.SIGINT)
        assert await process.wait() == 130
    assert traces() == before


async def test_prompt_tells_the_same_story() -> None:
    """The slash commands come from a pipe. The server sees the player, and no player after /revoke."""
    said = await session(
        "/join laptop", "windows", "up", "start 25565", "/forward 25565 protocol:udp", "play 25565", "/status",
        "as admin", "/revoke alex", "revoke", "guildgate status", "play 25565", "quit",
    )  # fmt: skip
    before, after = said.split("alex> as admin")
    assert f"over UDP: the server answers. It saw {PLAYER4}." in before
    assert f"over UDP: the server answers. It saw {PLAYER6}." in before
    assert before.count("over TCP: nothing answers.") == 2
    assert "25565 UDP: 2 connections" in before
    assert "No devices yet." in after, "the terminal's own command says so"
    assert after.count("nothing answers.") == 4


async def test_prompt_plays_linux_mode_and_lan_mode() -> None:
    """Several ports in one command, a peer that keeps its other traffic at home, and a friend next to it on the LAN."""
    said = await session(
        "/join box linux", "up", "start 27015", "/forward 2456-2458, 27015/udp", "play 27015",
        "as kim", "/join pc split", "linux", "up", "visit alex 27015", "as admin", "/lan on", "as kim",
        "visit alex 27015", "quit",
    )  # fmt: skip
    alone, together = said.split("admin> /lan on")
    assert f"over UDP: the server answers. It saw {PLAYER4}." in alone
    assert f"over UDP: the server answers. It saw {PLAYER6}." in alone
    assert alone.count("over TCP: nothing answers.") == 4, "two of the player's, two of Kim's"
    assert together.count(": the server answers.") == 4
    assert "Also open: 2457-2458, 27015/udp" in alone


async def test_forward_asks_the_server_as_the_bot_does() -> None:
    """The checklist below its answer follows the PC and its server, a hop at a time."""
    said = await session(
        "/join pc linux",
        "/host minecraft",
        "up",
        "check",
        "start minecraft",
        "check",
        "play minecraft",
        "check",
        "quit",
    )
    opened, up, started, played = re.split(r"alex> (?:up|start minecraft|play minecraft)\n", said)
    assert "❌ Turn on WireGuard on pc." in opened
    assert "✅ pc is connected" in up
    assert "❌ Start the server on pc. Nothing is running on port 25565." in up
    assert "✅ The server on pc answers" in started
    assert "Ready for players" in started
    assert "Players can join" in played


async def test_prompt_explains_mistakes() -> None:
    """Each mistake that only a world can show is answered with a sentence, and the prompt goes on."""
    mistakes = {
        "up": "there is no config yet",
        "visit kim 1": "kim's PC is not on the VPN",
        "start 1-30": "has more than 16 ports",
        "dance": "There is no command dance",
    }
    said = await session(*mistakes, "/policy")
    answers = said.split("alex> ")[1:]
    for (line, answer), part in zip(mistakes.items(), answers, strict=False):
        assert part.startswith(line)
        assert answer in part
    assert "What you may do here" in answers[len(mistakes)]


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
