"""The friend's side as a friend does it: the received file, and the real wg-quick(8)."""

from __future__ import annotations

import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.demo.namespace import Namespace
from gateway.demo.tunnel import until

_RESOLVCONF = """#!/bin/sh
{ echo "$@"; [ "$1" != -a ] || cat; } >> "${0%/*}/resolvconf.log"
"""


class WgQuick:
    """A copy of wg-quick with one file, in one namespace.

    wg-quick looks for its tools beside itself first, so the copy has a stand-in for resolvconf(8). That keeps it away
    from this machine's resolver and notes its input in `resolvconf.log`.
    """

    def __init__(self, namespace: Namespace, config: str, interface: str, folder: Path) -> None:
        self._namespace, self._interface = namespace, interface
        self._folder = folder / interface
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._script = Path(shutil.copy(shutil.which("wg-quick") or "wg-quick", self._folder))
        self.put_beside("resolvconf", _RESOLVCONF)
        self._file = self._folder / f"{interface}.conf"
        self._file.write_text(config)
        self._file.chmod(0o600)

    def put_beside(self, name: str, script: str) -> None:
        """Let wg-quick and its hooks find this program before the machine's."""
        program = self._folder / name
        program.write_text(script)
        program.chmod(0o700)

    @property
    def resolvconf_log(self) -> str:
        log = self._folder / "resolvconf.log"
        return log.read_text() if log.exists() else ""

    async def up(self, *, is_reachable: bool = True) -> str:
        """Bring the tunnel up. Return what wg-quick says, after the first handshake if the gateway `is_reachable`."""
        async with self._namespace.running(
            self._script, "up", self._file, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
        ) as process:
            out, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(out.decode())
        if is_reachable:
            await self.shakes_hands()
        return out.decode()

    async def shakes_hands(self) -> None:
        """Wait for the first handshake."""
        await until(self._has_handshake, timeout_s=30)

    async def down(self) -> None:
        await self._namespace.run(self._script, "down", self._file)

    async def _has_handshake(self) -> bool:
        out = await self._namespace.run("wg", "show", self._interface, "latest-handshakes")
        return int(out.split()[1]) > 0


@asynccontextmanager
async def quick_up(namespace: Namespace, config: str, interface: str, folder: Path) -> AsyncIterator[WgQuick]:
    """Keep the tunnel up for the length of the block."""
    quick = WgQuick(namespace, config, interface, folder)
    try:
        await quick.up()
        yield quick
    finally:
        if os.path.exists(f"/run/wireguard/{interface}.sock"):
            await quick.down()


async def state_of(namespace: Namespace) -> dict[str, str]:
    """Return what wg-quick changes on a machine and has to put back."""
    commands = (
        "ip -4 route show table all",
        "ip -6 route show table all",
        "ip -4 rule",
        "ip -6 rule",
        "ip -brief address",
        "nft list ruleset",
    )
    return {command: await namespace.run(*command.split()) for command in commands}
