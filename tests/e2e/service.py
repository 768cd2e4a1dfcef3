"""One of the shipped processes, run and ended by a test, with all of its output."""

from __future__ import annotations

import os
import re
import signal
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.demo.namespace import Namespace
from gateway.host.child import stop

# discord.py reports a lost connection with a traceback, which is no fault of the bot's.
_AWAY = re.compile(r"^.* ERROR bot: discord\.client: Attempting a reconnect in .*\n(?:(?!\d{4}-).*\n)*", re.MULTILINE)
_PROGRAM = """\
import datetime, importlib, sys
from gateway.__main__ import main
{prelude}
for (module, name), value in {changed!r}.items():
    setattr(importlib.import_module(module), name, value)
sys.exit(main())
"""
_KEY = re.compile(r"[A-Za-z0-9+/]{43}=|\b[0-9a-f]{64}\b")


@dataclass(slots=True)
class Service:
    """`python -m gateway argv...` on a host. `output` gathers over restarts; `prelude` is code that it runs first."""

    host: Namespace
    argv: tuple[str, ...]
    log: Path
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    process: Process | None = None
    expected: list[str] = field(default_factory=list)  # texts of errors that a test causes
    changed: dict[tuple[str, str], object] = field(default_factory=dict)  # constants by (module, name), from a start on
    prelude: str = ""

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    @property
    def output(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    async def start(self) -> None:
        assert not self.is_running
        program = ("-m", "gateway")
        if self.changed or self.prelude:
            program = ("-c", _PROGRAM.format(changed=self.changed, prelude=self.prelude))
        with self.log.open("a") as log:
            self.process = await create_subprocess_exec(
                *("ip", "netns", "exec", self.host.name, sys.executable, *program, *self.argv),
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environ},
            )

    async def stop(self) -> None:
        """Send SIGTERM, and expect a clean end in a few seconds."""
        if self.process and self.process.returncode is None:
            await stop(self.process)
        if self.process:
            assert self.process.returncode == 0, f"{self.argv[0]} ended with {self.process.returncode}: {self.output}"

    async def kill(self) -> None:
        assert self.process
        self.process.kill()
        await self.process.wait()
        self.process = None

    def pause(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        if self.process and self.is_running:
            self.process.send_signal(signal.SIGCONT)

    def complaints(self, since: int = 0) -> list[str]:
        """Return the log's errors, and keys of any kind."""
        said = _AWAY.sub("", self.output[since:])
        found = [line for line in said.splitlines() if re.search(r"Traceback|\b(ERROR|CRITICAL)\b|Warning:", line)]
        found = [line for line in found if not any(text in line for text in self.expected)]
        return found + [f"a key: {key[:4]}..." for key in _KEY.findall(said)]
