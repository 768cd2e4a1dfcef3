"""Child processes: stopped politely, then for certain."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from typing import Any


async def stop(process: Process, *, grace_s: float = 10) -> None:
    """SIGTERM, and SIGKILL for what is still there after `grace_s`; returns when the process is gone."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(grace_s):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def running(*argv: str, grace_s: float = 10, **options: Any) -> AsyncIterator[Process]:
    """`argv` as a child for the length of the block; `options` are those of `create_subprocess_exec`."""
    process = await asyncio.create_subprocess_exec(*argv, **options)
    try:
        yield process
    finally:
        await stop(process, grace_s=grace_s)
