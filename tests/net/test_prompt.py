"""The demo's prompt on a real terminal: keys, history, and how it ends."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.net.test_demo import DEMO, traces
from tests.terminal import CTRL_C, CTRL_D, ESCAPE, UP, Terminal, at_terminal

pytestmark = pytest.mark.root


@asynccontextmanager
async def demo() -> AsyncIterator[Terminal]:
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm"}
    async with at_terminal(*DEMO, environ=environ, leaves_out=ESCAPE) as screen:
        await screen.asks("alex> ")
        yield screen


async def test_an_empty_line_does_nothing_and_the_arrow_brings_the_last_line_back() -> None:
    async with demo() as screen:
        for keys in ("\r", "  \r", "\r"):
            screen.presses(keys)
            assert not (await screen.asks("alex> ")).strip()
        screen.presses("as kim\r")
        await screen.asks("You are kim now.")
        await screen.asks("kim> ")
        screen.presses("as alex\r")
        await screen.asks("alex> ")
        screen.presses(f"{UP}{UP}\r")
        await screen.asks("You are kim now.")


async def test_ctrl_c_clears_the_line() -> None:
    async with demo() as screen:
        screen.presses("/revoke alex")
        await screen.asks("/revoke alex")
        screen.presses(CTRL_C)
        await screen.asks("alex> ")
        screen.presses("as kim\r")
        await screen.asks("You are kim now.")
        await screen.asks("kim> ")
        assert "Ctrl-C again" not in screen.shown
        screen.presses(f"{CTRL_C}")
        await screen.asks("Ctrl-C again, or Ctrl-D, ends the demo.")
        await screen.asks("kim> ")
        screen.presses("/policy\r")
        await screen.asks("What you may do here")


async def test_ctrl_c_ends_the_running_command_and_nothing_else() -> None:
    """The tunnel, the gateway and the game server go on, which are processes of the same terminal."""
    async with demo() as screen:
        for line in ("/join pc linux", "up", "start 25565", "/forward 25565"):
            screen.presses(f"{line}\r")
            await screen.asks("alex> ")
        screen.presses("as admin\r")
        await screen.asks("admin> ")
        screen.presses("guildgate watch\r")
        await screen.asks("guildgate watch")
        await screen.asks("forwards 1")  # what there is, as the gateway tells it first
        screen.presses(CTRL_C)
        await screen.asks("Stopped.")
        await screen.asks("admin> ")
        screen.presses("play 25565\r")
        said = " ".join((await screen.asks("admin> ")).split())  # without the breaks of lines
        assert said.count("the server answers") == 4


@pytest.mark.parametrize("keys", [CTRL_D, CTRL_C + CTRL_C, "quit\r"], ids=["ctrl-d", "ctrl-c twice", "quit"])
async def test_it_ends_without_a_trace(keys: str) -> None:
    before = traces()
    async with demo() as screen:
        screen.presses("/join pc linux\r")
        await screen.asks("alex> ")
        for key in keys:
            screen.presses(key)
            if key == CTRL_C:
                await screen.asks("\n")
        await screen.ends(0)
        assert "Traceback" not in screen.shown
    assert traces() == before


async def test_each_screen_fits_the_terminal() -> None:
    lines = (
        "help", "/join", "windows", "trouble", "up", "start minecraft", "/forward minecraft", "play minecraft",
        "/status", "/policy", "/connections", "/traffic", "help forward", "/panel", "as admin", "/peers", "/forwards",
        "/audit", "/doctor", "/revoke alex", "revoke",
    )  # fmt: skip
    async with demo() as screen:
        for line in lines:
            screen.presses(f"{line}\r")
            name = "admin" if line == "as admin" or "admin> " in screen.shown else "alex"
            await screen.asks(f"{name}> ")
    assert not screen.wide
    assert "Traceback" not in screen.shown
