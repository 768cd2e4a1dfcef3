"""A pipe that closes early, such as `| head`, ends a command without a traceback."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(("argv", "codes"), [(("--help",), {0, 141}), (("doctor", "--json"), {141})])
def test_a_reader_that_has_seen_enough_ends_the_command_quietly(argv: tuple[str, ...], codes: set[int]) -> None:
    """The exit code is that of a process that SIGPIPE ended. Python 3.13's argparse ignores a closed pipe by itself."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as stdout:
        done = subprocess.run([sys.executable, "-m", "gateway", *argv], stdout=stdout, stderr=subprocess.PIPE)
    assert done.stderr == b""
    assert done.returncode in codes
