"""Child processes, which are asked to stop before they are killed."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from typing import Any


async def stop(process: Process, *, grace_s: float = 10) -> None:
    """Send SIGTERM, and SIGKILL if the process is still there after `grace_s`. Return when it is gone."""
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
    """Run `argv` as a child for the length of the block; `options` are those of `create_subprocess_exec`."""
    process = await asyncio.create_subprocess_exec(*argv, **options)
    try:
        yield process
    finally:
        await stop(process, grace_s=grace_s)
