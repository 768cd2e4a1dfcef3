"""What a service manager hears of the gateway."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest

from gateway.host.notify import watched


@pytest.mark.parametrize("is_named", [False, True])
async def test_the_watchdog_hears_of_the_loop_until_the_end_of_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_named: bool
) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "15000")
        if is_named:
            monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
        with watched():
            for _ in range(3):
                assert await asyncio.wait_for(loop.sock_recv(manager, 100), 10) == b"WATCHDOG=1"
        with pytest.raises(BlockingIOError):
            while manager.recv(100):
                pass


async def test_the_watchdog_of_another_process_hears_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """wireguard-go and a wrapper inherit the same environment."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "15000")
        monkeypatch.setenv("WATCHDOG_PID", "1")
        with watched(), pytest.raises(BlockingIOError):
            manager.recv(100)
