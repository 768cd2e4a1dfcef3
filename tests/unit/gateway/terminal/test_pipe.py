"""A command whose output finds no reader or no room ends without a traceback."""

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


def run(redirected: str, *argv: str) -> tuple[int, str]:
    """Return the exit code and the complaint of a command that the shell starts with this redirection."""
    words = ("sh", "-c", f'exec "$@" {redirected}', "sh", sys.executable, "-m", "gateway", *argv)
    done = subprocess.run(words, stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stderr


def test_a_full_disk_behind_stdout_is_a_sentence() -> None:
    sentence = "guildgate: the output cannot be written: no space left on the device\n"
    assert run(">/dev/full", "doctor", "--json") == (1, sentence)


def test_a_closed_stdout_is_dev_null() -> None:
    assert run(">&-", "--help") == (0, "")
