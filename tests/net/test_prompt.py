"""The demo's prompt on a real terminal: keys, history, and how it ends."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import struct
import termios
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.demo.tunnel import until
from gateway.host.child import running
from tests.net.test_demo import DEMO, traces

pytestmark = pytest.mark.root

CTRL_C, CTRL_D, UP = "\x03", "\x04", "\x1b[A"
PATIENCE_S = 60
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
COLUMNS = 80


class Terminal:
    """A terminal of 80 columns with the demo in it. `shown` is what it shows, without colours."""

    def __init__(self, process: Process, ours: int) -> None:
        self.process, self._ours = process, ours
        self.shown, self._seen = "", 0
        os.set_blocking(ours, False)

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    async def sees(self, text: str) -> str:
        """Wait for the next `text`; return what came before it."""

        async def is_shown() -> bool:
            self._read()
            return text in self.shown[self._seen :]

        try:
            await until(is_shown, timeout_s=PATIENCE_S)
        except TimeoutError:
            raise AssertionError(f"no {text!r} in {self.shown[self._seen :]!r}") from None
        before, _, _ = self.shown[self._seen :].partition(text)
        self._seen += len(before) + len(text)
        return before

    async def ends(self) -> int:
        """Wait for the end and return the exit code."""
        async with asyncio.timeout(PATIENCE_S):
            code = await self.process.wait()
        self._read()
        return code

    def _read(self) -> None:
        try:
            while data := os.read(self._ours, 65536):
                self.shown += _ESCAPE.sub("", data.decode(errors="replace")).replace("\r\n", "\n")
        except OSError:  # nothing more for now, or the end of a terminal that no process has open
            return


@asynccontextmanager
async def terminal() -> AsyncIterator[Terminal]:
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm"}
    ours, theirs = os.openpty()
    try:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
        streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        # A test that runs in the background of a shell has SIGINT ignored.
        plain = ("env", "--default-signal=INT,HUP", "setsid", "--ctty")
        async with running(*plain, *DEMO, env=environ, **streams) as process:
            made = Terminal(process, ours)
            await made.sees("alex> ")
            yield made
    finally:
        os.close(theirs)
        os.close(ours)


async def test_an_empty_line_does_nothing_and_the_arrow_brings_the_last_line_back() -> None:
    async with terminal() as screen:
        for keys in ("\r", "  \r", "\r"):
            screen.press(keys)
            assert not (await screen.sees("alex> ")).strip()
        screen.press("as kim\r")
        await screen.sees("You are kim now.")
        await screen.sees("kim> ")
        screen.press("as alex\r")
        await screen.sees("alex> ")
        screen.press(f"{UP}{UP}\r")
        await screen.sees("You are kim now.")


async def test_ctrl_c_clears_the_line() -> None:
    async with terminal() as screen:
        screen.press("/revoke alex")
        await screen.sees("/revoke alex")
        screen.press(CTRL_C)
        await screen.sees("alex> ")
        screen.press("as kim\r")
        await screen.sees("You are kim now.")
        await screen.sees("kim> ")
        assert "Ctrl-C again" not in screen.shown
        screen.press(f"{CTRL_C}")
        await screen.sees("Ctrl-C again, or Ctrl-D, ends the demo.")
        await screen.sees("kim> ")
        screen.press("/policy\r")
        await screen.sees("What you may do here")


async def test_ctrl_c_ends_the_running_command_and_nothing_else() -> None:
    """The tunnel, the gateway and the game server go on, which are processes of the same terminal."""
    async with terminal() as screen:
        for line in ("/join pc linux", "up", "start 25565", "/forward 25565"):
            screen.press(f"{line}\r")
            await screen.sees("alex> ")
        screen.press("as admin\r")
        await screen.sees("admin> ")
        screen.press("guildgate watch\r")
        await screen.sees("guildgate watch")
        await screen.sees("forwards 1")  # what there is, as the gateway tells it first
        screen.press(CTRL_C)
        await screen.sees("Stopped.")
        await screen.sees("admin> ")
        screen.press("play 25565\r")
        said = " ".join((await screen.sees("admin> ")).split())  # without the breaks of lines
        assert said.count("the server answers") == 4


@pytest.mark.parametrize("keys", [CTRL_D, CTRL_C + CTRL_C, "quit\r"], ids=["ctrl-d", "ctrl-c twice", "quit"])
async def test_it_ends_without_a_trace(keys: str) -> None:
    before = traces()
    async with terminal() as screen:
        screen.press("/join pc linux\r")
        await screen.sees("alex> ")
        for key in keys:
            screen.press(key)
            if key == CTRL_C:
                await screen.sees("\n")
        assert await screen.ends() == 0
        assert "Traceback" not in screen.shown
    assert traces() == before


async def test_each_screen_fits_the_terminal() -> None:
    lines = (
        "help", "/join", "windows", "trouble", "up", "start minecraft", "/forward minecraft", "play minecraft",
        "/status", "/policy", "/connections", "/traffic", "help forward", "/panel", "as admin", "/peers", "/forwards",
        "/audit", "/doctor", "/revoke alex", "revoke",
    )  # fmt: skip
    async with terminal() as screen:
        for line in lines:
            screen.press(f"{line}\r")
            name = "admin" if line == "as admin" or "admin> " in screen.shown else "alex"
            await screen.sees(f"{name}> ")
    too_long = [line for line in screen.shown.split("\n") if len(line.rstrip("\r")) > COLUMNS]
    assert not too_long
    assert "Traceback" not in screen.shown
