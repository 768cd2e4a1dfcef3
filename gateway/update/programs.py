"""Other programs, run to their end. What they say goes into one line."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike

from gateway.errors import NotUpdated
from gateway.logs import safe

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended. `said` is what it complained of last, harmless to show."""

    code: int
    out: str
    said: str


def run(
    *argv: str | PathLike[str],
    environ: Mapping[str, str] | None = None,
    timeout_s: float | None = None,
    shows_complaints: bool = False,
) -> Ended:
    """Run a program without input. Raise NotUpdated when there is none, or when it takes longer."""
    try:
        done = subprocess.run(
            argv,
            check=False,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if shows_complaints else subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=timeout_s,
        )
    except FileNotFoundError as error:
        raise NotUpdated(reason="no_program", problem=f"{argv[0]} is missing") from error
    except subprocess.TimeoutExpired as error:
        raise NotUpdated(reason="too_slow", problem=f"{argv[0]} took longer than {timeout_s:.0f} s") from error
    lines = [line for line in (done.stderr or "").splitlines() if line.strip()]
    return Ended(done.returncode, done.stdout, safe(lines[-1][:_LONGEST]) if lines else "it said nothing")


def ask(*argv: str | PathLike[str]) -> str:
    """Return what the program writes. Raise NotUpdated when it fails."""
    done = run(*argv)
    if done.code:
        raise NotUpdated(reason="refused", problem=f"{' '.join(map(str, argv[:2]))} failed: {done.said}")
    return done.out
