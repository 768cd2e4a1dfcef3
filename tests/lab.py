"""The demo's world for tests, with additions that only tests need."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from os import getpid
from pathlib import Path

from gateway.demo.flow import Flow
from gateway.demo.namespace import Namespace

ETC_NETNS = Path("/etc/netns")
_numbers = count(1)


def unused_prefix() -> str:
    """Return a prefix for the namespaces of one world, unlike any other of this run or of a concurrent one."""
    return f"t{getpid()}-{next(_numbers)}-"


@contextmanager
def hosts(namespace: Namespace, names: Mapping[str, str]) -> Iterator[None]:
    """Let processes that start in `namespace` find `names` at these addresses, and no other names besides localhost."""
    directory = ETC_NETNS / namespace.name
    directory.mkdir(parents=True)
    try:
        lines = ["127.0.0.1 localhost", "::1 localhost", *(f"{address} {name}" for name, address in names.items())]
        (directory / "hosts").write_text("\n".join(lines) + "\n")
        yield
    finally:
        shutil.rmtree(directory)


def pass_through(folder: Path) -> None:
    """Let other users reach what is in `folder`, because pytest keeps its folders to itself."""
    for each in (folder, *folder.parents):
        mode = each.stat().st_mode
        if not mode & 0o001:
            each.chmod(mode | 0o011)


async def go_on(*flows: Flow, timeout_s: float = 10) -> None:
    """Wait until each flow gets an answer to a packet sent from now on."""
    for flow in flows:
        await flow.goes_on(timeout_s)


async def end_at_once(*flows: Flow) -> None:
    """Check that the flows have ended: wait until each is seen to be silent."""
    before = [flow.answers for flow in flows]
    for flow, answers in zip(flows, before, strict=True):
        await flow.ended()
        assert flow.answers <= answers + 1, "answered after it should have ended"
