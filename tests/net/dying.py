"""A gateway's process that kills itself at a chosen moment of its work on the real kernel.

The moments are before and after each method of the protocols in kernel.py and of the store, and each commit. `arm`
makes them count from now on.
"""

from __future__ import annotations

import inspect
import os
import signal
from collections.abc import Callable
from dataclasses import fields, replace
from functools import wraps
from pathlib import Path
from typing import Any, get_type_hints

import aiosqlite

from gateway import daemon
from gateway.state.kernel import Kernel
from gateway.state.store import Store

PRELUDE = "from tests.net.dying import prepare; prepare({folder!r})"


def arm(folder: Path, at: int | None) -> None:
    """Have the gateway die at its next moment of that number. None only writes each down."""
    (folder / "moments").write_text("")
    (folder / "moments").chmod(0o666)
    (folder / "armed").write_text("" if at is None else str(at))


def disarm(folder: Path) -> list[str]:
    """Return the moments since `arm`."""
    (folder / "armed").unlink()
    return (folder / "moments").read_text().splitlines()


def prepare(folder: str) -> None:
    """Put the moments into the gateway that this process will run."""
    moment = _Moments(Path(folder)).come
    for owner, names in ((Store, _methods(Store)), (aiosqlite.Connection, ["commit"])):
        for name in names:
            setattr(owner, name, _watched(f"{owner.__name__}.{name}", getattr(owner, name), moment))
    setattr(daemon, "Kernel", lambda *sides: _watched_kernel(Kernel(*sides), moment))  # noqa: B010 - mypy knows no such


class _Moments:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def come(self, name: str) -> None:
        try:
            armed = (self._folder / "armed").read_text()
        except FileNotFoundError:
            return
        with (self._folder / "moments").open("a+") as file:
            file.write(f"{name}\n")
            file.seek(0)
            count = len(file.readlines())
        if armed and count == int(armed):
            os.kill(os.getpid(), signal.SIGKILL)


def _watched_kernel(kernel: Kernel, moment: Callable[[str], None]) -> Kernel:
    shapes = get_type_hints(Kernel)
    sides = {one.name: _Side(shapes[one.name], getattr(kernel, one.name), moment) for one in fields(Kernel)}
    return replace(kernel, **sides)


class _Side:
    def __init__(self, shape: type, real: object, moment: Callable[[str], None]) -> None:
        self._real = real
        for name in _methods(shape):
            setattr(self, name, _watched(f"{shape.__name__}.{name}", getattr(real, name), moment))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def _methods(shape: type) -> list[str]:
    """Return the names of the public coroutine methods."""
    return [name for name, it in vars(shape).items() if inspect.iscoroutinefunction(it) and not name.startswith("_")]


def _watched(name: str, method: Callable[..., Any], moment: Callable[[str], None]) -> Callable[..., Any]:
    @wraps(method)
    async def call(*values: Any, **named: Any) -> Any:
        moment(f"before {name}")
        result = await method(*values, **named)
        moment(f"after {name}")
        return result

    return call
