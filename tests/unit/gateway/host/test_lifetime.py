"""What ends a process: signals, and the end of its parent."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

from gateway.host.lifetime import on_stop

ORPHAN = """
import os, sys
from gateway.host.lifetime import end_with
end_with(os.getppid())
print("the parent is there", flush=True)
end_with(int(sys.argv[1]))
"""


async def test_a_hangup_that_nohup_ignores_stays_ignored() -> None:
    stop = asyncio.Event()
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        on_stop(stop.set)
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_parent_that_ended_before_ends_the_process_too() -> None:
    """It may end before its child asks the kernel for the signal. The child has another parent then."""
    done = subprocess.run([sys.executable, "-c", ORPHAN, "1000000"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (-signal.SIGTERM, "the parent is there\n")
