"""How long a process runs: until a signal asks it to stop, or until the process that started it is gone."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections.abc import Callable

from gateway.host.privilege import signal_at_parents_end


def on_stop(stop: Callable[[], object]) -> None:
    """Call `stop` on the running loop at Ctrl-C, SIGTERM and the end of the terminal.

    A SIGHUP that is ignored stays so, because nohup(1) asks for that.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stop)


def add_parent(parser: argparse.ArgumentParser) -> None:
    """Add the option by which a supervisor binds the process to its own."""
    parser.add_argument("--parent", type=int, metavar="PID", help=argparse.SUPPRESS)


def end_with(parent: int | None) -> None:
    """Stop when the process `parent` ends, also by SIGKILL. It may have ended already.

    The kernel forgets this when the process changes its user or capabilities, so it is called again after that.
    """
    if parent is not None:
        signal_at_parents_end(signal.SIGTERM)
        if os.getppid() != parent:
            signal.raise_signal(signal.SIGTERM)
