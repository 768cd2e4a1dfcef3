"""The real host, as far as it needs no privileges."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.host import kernel, names
from gateway.host.kernel import KernelHost
from gateway.host.sysctl import BOOT_ID


async def test_lookups_that_hang_keep_no_thread_from_other_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """The resolver may take a minute where no name server answers, and the name is looked up again meanwhile."""
    threads, answered = 2, threading.Event()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(threads))
    monkeypatch.setattr(kernel, "_RESOLVE_S", 0.01)
    monkeypatch.setattr(names, "resolve", lambda name: answered.wait(10))
    host = KernelHost()
    try:
        for _ in range(threads):
            with pytest.raises(TimeoutError):
                await host.resolve("vps.example")
        async with asyncio.timeout(5):
            assert (await host.settings([BOOT_ID]))[BOOT_ID]
    finally:
        answered.set()
