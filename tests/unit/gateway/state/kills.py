"""What a SIGKILL leaves: the kernel and the database's files as they are at one moment of the gateway's work.

The moments are found by themselves: before and after each method of the protocols in kernel.py, and before each effect
of the fakes. A statement of the store is an effect.
"""

from __future__ import annotations

import inspect
import pickle
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from functools import wraps
from pathlib import Path
from typing import Any, get_type_hints

from gateway.config import Config
from gateway.state.kernel import Kernel
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import Running, running


@dataclass(frozen=True, slots=True)
class Remains:
    """The kernel and the files of one moment. Moments in which nothing changed are equal."""

    _kernel: bytes
    _files: dict[str, bytes]

    @classmethod
    def of(cls, kernel: FakeKernel, folder: Path) -> Remains:
        # SQLite makes the index of its log (-shm) anew after a kill.
        files = {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}
        return cls(pickle.dumps(kernel), files)

    def kernel(self) -> FakeKernel:
        found = pickle.loads(self._kernel)
        assert isinstance(found, FakeKernel)
        return found

    def write(self, folder: Path) -> None:
        for name, content in self._files.items():
            (folder / name).write_bytes(content)


class Watched:
    """A side of the kernel. `look` is called before and after each method of its protocol."""

    def __init__(self, shape: type, real: object, look: Callable[[], None]) -> None:
        self._real = real
        for name, method in vars(shape).items():
            if inspect.isfunction(method) and not name.startswith("_"):
                watch = _watched_call if inspect.iscoroutinefunction(method) else _watched_look
                setattr(self, name, watch(getattr(real, name), look))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def _watched_call(method: Callable[..., Any], look: Callable[[], None]) -> Callable[..., Any]:
    @wraps(method)
    async def call(*values: Any, **named: Any) -> Any:
        look()
        result = await method(*values, **named)
        look()
        return result

    return call


def _watched_look(method: Callable[..., Any], look: Callable[[], None]) -> Callable[..., Any]:
    @wraps(method)
    def call(*values: Any, **named: Any) -> Any:
        look()
        return method(*values, **named)

    return call


class Moments:
    """The moments of a gateway's work, each once, with the name of the effect that came next."""

    def __init__(self, kernel: FakeKernel, folder: Path) -> None:
        self._kernel = kernel
        self._folder = folder
        self.found: list[tuple[str, Remains]] = []

    def look(self) -> None:
        remains = Remains.of(self._kernel, self._folder)
        if not self.found or self.found[-1][1] != remains:
            asked = self._kernel.effects.asked
            self.found.append((f"moment {len(self.found)}, after {asked[-1] if asked else 'nothing'}", remains))


@asynccontextmanager
async def started(remains: Remains, folder: Path, config: Config) -> AsyncIterator[Running]:
    """Start a gateway over what a kill left."""
    folder.mkdir()
    remains.write(folder)
    async with running(folder / "db", remains.kernel(), config) as gateway:
        yield gateway


@asynccontextmanager
async def watched(remains: Remains, folder: Path, config: Config) -> AsyncIterator[tuple[Running, Moments]]:
    """Start a gateway over what a kill left, and watch it from there on."""
    folder.mkdir()
    remains.write(folder)
    kernel = remains.kernel()
    moments = Moments(kernel, folder)
    kernel.effects.look = moments.look
    shapes = get_type_hints(Kernel)
    sides = {one.name: Watched(shapes[one.name], getattr(kernel, one.name), moments.look) for one in fields(Kernel)}
    async with running(folder / "db", replace(kernel, **sides), config) as gateway:  # type: ignore[arg-type]
        yield gateway, moments
        moments.look()
