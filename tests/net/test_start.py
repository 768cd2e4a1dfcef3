"""The bot where no name server answers."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.demo.namespace import Namespace
from gateway.host.child import running
from tests.lab import ETC_NETNS, unused_prefix
from tests.unit.gate import Gate

pytestmark = pytest.mark.root

LOOKUP_S = 30  # resolv.conf(5) takes no more; a lookup ends after twice as long


@asynccontextmanager
async def deaf_resolver() -> AsyncIterator[tuple[Namespace, socket.socket]]:
    """Yield a host and its only name server, which takes questions and answers none."""
    host = Namespace(f"{unused_prefix()}deaf")
    folder = ETC_NETNS / host.name
    folder.mkdir(parents=True)
    host.create()
    try:
        (folder / "resolv.conf").write_text(f"nameserver 127.0.0.1\noptions timeout:{LOOKUP_S}\n")
        await host.run("ip", "link", "set", "lo", "up")
        with host.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 53))
            server.setblocking(False)
            yield host, server
    finally:
        host.delete()
        shutil.rmtree(folder)


async def test_the_bot_stops_at_once_where_no_name_server_answers(tmp_path: Path) -> None:
    """A lookup of a name cannot be cancelled, and goes on for a minute."""
    gate, config = Gate(tmp_path / "gateway.sock"), tmp_path / "config.toml"
    config.write_text(
        f'[gateway]\nsocket = "{gate.path}"\n[discord]\nguild = 1\nmember_roles = [1]\nstate_dir = "{tmp_path}"\n'
    )
    await gate.start()
    try:
        async with deaf_resolver() as (host, server):
            argv = ("ip", "netns", "exec", host.name, sys.executable, "-m", "gateway", "bot", "--config", str(config))
            environ = {**os.environ, "DISCORD_TOKEN": "MTIz.abc.def"}
            async with running(*argv, env=environ, stderr=PIPE) as bot:
                async with asyncio.timeout(30):
                    await asyncio.get_running_loop().sock_recv(server, 512)
                bot.send_signal(signal.SIGTERM)
                async with asyncio.timeout(LOOKUP_S):
                    assert await bot.wait() == 0
    finally:
        await gate.close()
