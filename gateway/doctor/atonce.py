"""Looks at many things at once. One that breaks or hangs is a result like any other."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Thread
from typing import Any

from gateway.errors import why


class Unread(Exception):
    """Something that could not be looked at, and why."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what} could not be looked at: {reason}")


def at_once(looks: Mapping[str, Callable[[], object]], limit_s: float) -> dict[str, Any]:
    """Call each function in a thread of its own, and return the results by name.

    The result is Unread for one that raised, or that takes longer; its thread ends with the process.
    """
    found: dict[str, object] = {}

    def look(name: str) -> None:
        try:
            found[name] = looks[name]()
        except Unread as error:
            found[name] = error
        except Exception as error:
            found[name] = Unread(name, broken(error))

    threads = [Thread(target=look, args=(name,), daemon=True) for name in looks]
    for thread in threads:
        thread.start()
    until = time.monotonic() + limit_s
    for thread in threads:
        thread.join(max(0, until - time.monotonic()))
    return {name: found.get(name, Unread(name, f"there was no answer within {limit_s:g} s")) for name in looks}


def broken(error: Exception) -> str:
    """Say what went wrong inside a check."""
    return why(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
