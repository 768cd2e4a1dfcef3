"""The real supervisor as a process of its own, with small programs as children."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.unit.bot.patience import PATIENCE_S, until

PROGRAM = """
import json, os, signal, sys
from gateway import logs, supervisor

given = json.loads(sys.argv[1])
vars(supervisor).update(given["seconds"])
token = supervisor.Token(given["config"], {})
children = []
for name, argv in given["children"]:
    if name == "bot" and given["config"]:
        environ, may_return = lambda: {**os.environ, "DISCORD_TOKEN": token.read()}, token.has_changed
    else:
        environ, may_return = lambda: os.environ, None
    after = given["socket"] if name == "bot" else None
    leaves_by = signal.SIGUSR1 if name == "gateway" else signal.SIGTERM
    children.append(supervisor.Child(name, argv, environ, may_return, after=after, leaves_by=leaves_by))
with logs.of_service("guildgate"):
    sys.exit(supervisor.supervise(children, folder=given["folder"]))
"""


class Supervisor:
    """A running one. `said` is its log."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.said = ""

    async def says(self, text: str) -> None:
        await until(lambda: text in self.said)

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal, and return the exit code."""
        self._process.send_signal(number)
        return await self.ended()

    async def ended(self) -> int:
        return await asyncio.wait_for(self._process.wait(), PATIENCE_S)

    async def read(self) -> None:
        assert self._process.stderr
        while data := await self._process.stderr.read(1 << 16):
            self.said += data.decode()


def child(name: str, program: str, *argv: str) -> tuple[str, Sequence[str]]:
    return name, (sys.executable, "-c", program, *argv)


def command(
    *children: tuple[str, Sequence[str]],
    config: Path | None = None,
    folder: Path | None = None,
    socket: Path | None = None,
    seconds: Mapping[str, float] | None = None,
) -> tuple[str, ...]:
    """Return the argv of a supervisor.

    `config`: the bot gets the token that this file names, and may be turned away. `seconds`: its constants.
    """
    paths = {"config": config, "folder": folder, "socket": socket}
    given = {"children": children, "seconds": seconds or {}} | {
        name: path and str(path) for name, path in paths.items()
    }
    return sys.executable, "-c", PROGRAM, json.dumps(given)


@asynccontextmanager
async def supervising(argv: Sequence[str]) -> AsyncIterator[Supervisor]:
    """Run the supervisor for the length of the block, which may end it earlier."""
    process = await asyncio.create_subprocess_exec(*argv, stderr=PIPE)
    made = Supervisor(process)
    reading = asyncio.create_task(made.read())
    try:
        yield made
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), PATIENCE_S)
        await reading
