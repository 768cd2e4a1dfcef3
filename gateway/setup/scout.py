"""The look at Discord while setup asks: a child without privileges, which gets the token by a pipe."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from types import TracebackType
from typing import Self

from bot import report
from bot.report import Scouted
from gateway.doctor.discord import bot_user
from gateway.errors import HostProblem


class Scout:
    """What the child says of one token. It ends with the block."""

    def __init__(self, token: str) -> None:
        argv = [sys.executable, "-P", "-m", "gateway", "bot", "--scout", "--parent", str(os.getpid())]
        if os.geteuid() == 0:
            argv += ["--user", bot_user()]
        # In a process group of its own, so that Ctrl-C ends setup, and setup ends the child.
        self._child = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0
        )
        assert self._child.stdin
        self._child.stdin.write(token.encode() + b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.kill()
        self._child.wait()
        assert self._child.stdin
        assert self._child.stdout
        with suppress(BrokenPipeError):
            self._child.stdin.close()
        self._child.stdout.close()

    def look(self) -> Scouted:
        """Return what Discord says now. Raise HostProblem when the child has ended."""
        assert self._child.stdin
        assert self._child.stdout
        try:
            self._child.stdin.write(b"\n")
            self._child.stdin.flush()
            return report.read_scouted(self._child.stdout.readline(report.LONGEST))
        except (ValueError, RecursionError, BrokenPipeError):
            problem = "the look at Discord ended; `guildgate doctor` may say why"
            raise HostProblem(key="setup", problem=problem) from None
