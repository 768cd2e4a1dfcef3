"""A process at a pseudoterminal of 80 columns: what it shows, what is typed, and what a person does with it."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import termios
from asyncio.subprocess import Process, create_subprocess_exec
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from gateway.demo.tunnel import until

COLUMNS, LINES = 80, 24
CTRL_C, CTRL_D, UP = "\x03", "\x04", "\x1b[A"
PATIENCE_S = 240  # a machine may be busy, and installs meanwhile
GRACE_S = 10  # for a process that tidies up
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")  # colours, and what moves the cursor


@dataclass
class Terminal:
    """A process at a pseudoterminal. `shown` is all that the terminal has shown, without what `leaves_out` matches."""

    process: Process
    descriptor: int
    leaves_out: re.Pattern[str] | None = None
    shown: str = ""
    read: int = 0

    def _gather(self) -> None:
        with suppress(BlockingIOError, OSError):  # EIO: the process has ended
            while data := os.read(self.descriptor, 4096):
                self.shown += data.decode(errors="replace")
                if self.leaves_out:
                    self.shown = self.leaves_out.sub("", self.shown)

    async def asks(self, text: str) -> str:
        """Wait until the terminal shows a text that was not awaited yet, and return what came before it."""

        async def shows() -> bool:
            self._gather()
            return text in self.shown[self.read :]

        try:
            await until(shows, timeout_s=PATIENCE_S)
        except TimeoutError:
            raise AssertionError(f"{text!r} is not in {self.shown[self.read :]!r}") from None
        before, _, _ = self.shown[self.read :].partition(text)
        self.read += len(before) + len(text)
        return before

    async def types_hidden(self, text: str) -> None:
        """Type what the terminal does not show. What is typed before it hides is thrown away, as getpass(3) does."""

        async def is_hidden() -> bool:
            return not termios.tcgetattr(self.descriptor)[3] & termios.ECHO

        await until(is_hidden, timeout_s=PATIENCE_S)
        self.types(text)

    def types(self, text: str) -> None:
        self.presses(f"{text}\n")

    def presses(self, keys: str) -> None:
        os.write(self.descriptor, keys.encode())

    async def is_closed(self) -> None:
        """Close the window, and wait for the end of the process."""
        os.close(self.descriptor)
        self.descriptor = -1
        async with asyncio.timeout(PATIENCE_S):
            await self.process.wait()

    async def ends(self, code: int) -> None:
        async def has_ended() -> bool:
            self._gather()  # or a process that says much would wait
            return self.process.returncode is not None

        await until(has_ended, timeout_s=PATIENCE_S)
        self._gather()
        assert self.process.returncode == code, self.shown

    @property
    def wide(self) -> list[str]:
        """Return the lines that the terminal has no room for."""
        return [line for line in self.shown.splitlines() if len(line) > COLUMNS]


@asynccontextmanager
async def at_terminal(
    *argv: str | Path,
    within: tuple[str | Path, ...] = (),
    environ: Mapping[str, str] | None = None,
    leaves_out: re.Pattern[str] | None = None,
) -> AsyncIterator[Terminal]:
    """Run a command at a terminal of its own, whose window is closed at the end.

    `within` is what enters the command's namespaces. It stays outside of the terminal, so that Ctrl-C is the command's.
    """
    own, other = pty.openpty()
    os.set_blocking(own, False)
    termios.tcsetwinsize(other, (LINES, COLUMNS))
    # A test that runs in the background of a shell has SIGINT ignored.
    plain = ("env", "--default-signal=INT,HUP", "setsid", "--ctty", "--wait")
    whole = map(str, (*within, *plain, *argv))
    process = await create_subprocess_exec(
        *whole, stdin=other, stdout=other, stderr=other, start_new_session=True, env=environ
    )
    os.close(other)
    terminal = Terminal(process, own, leaves_out)
    try:
        yield terminal
    finally:
        if terminal.descriptor >= 0:
            os.close(terminal.descriptor)  # which ends the session
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                await process.wait()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
