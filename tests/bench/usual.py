"""Other projects' way to apply one change: configuration files, and the tools that read them whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.demo.namespace import Namespace
from gateway.demo.tunnel import RUN_WIREGUARD, until
from gateway.keys import PrivateKey
from gateway.model import Desired
from tests.bench.state import SUBNET4
from tests.bench.traffic import rule_for_each

_INTERFACE = "wg-usual"


@dataclass(slots=True)
class Usual:
    """Files for wireguard-go, and a rule for each forward, in a namespace."""

    namespace: Namespace
    folder: Path
    wanted: Desired
    _private_key: PrivateKey

    async def write_all_and_restart(self) -> None:
        """Write both files anew, run nft(8), and restart the tunnel, after which every peer needs a new handshake."""
        self.write_conf()
        rules = self.folder / "usual.nft"
        rules.write_text("table ip usual { }\ndelete table ip usual\n" + rule_for_each(self.wanted))
        await self._run("nft", "-f", str(rules))
        await self.down()
        await self.up()

    async def sync(self) -> None:
        """Write the peers' file anew and run `wg syncconf`. Forwards are not part of it."""
        self.write_conf()
        await self._run("wg", "syncconf", _INTERFACE, str(self._conf))

    async def up(self) -> None:
        await self._run("wireguard-go", _INTERFACE)
        await self._run("wg", "setconf", _INTERFACE, str(self._conf))
        lines = f"address add {SUBNET4[1]}/{SUBNET4.prefixlen} dev {_INTERFACE}\nlink set {_INTERFACE} mtu 1420 up\n"
        await self.namespace.run("ip", "-batch", "-", stdin=lines)

    async def down(self) -> None:
        """Take the interface down as wg-quick(8) does; the daemon ends by itself then."""
        await self.namespace.run("ip", "link", "delete", _INTERFACE)

        async def is_gone() -> bool:
            return not (RUN_WIREGUARD / f"{_INTERFACE}.sock").exists()

        await until(is_gone)

    @property
    def _conf(self) -> Path:
        return self.folder / "usual.conf"

    def write_conf(self) -> None:
        lines = ["[Interface]", f"PrivateKey = {self._private_key.reveal()}", "ListenPort = 51999"]
        for peer in self.wanted.peers.values():
            lines += [
                "[Peer]",
                f"PublicKey = {peer.public_key}",
                f"PresharedKey = {peer.preshared_key}",
                f"AllowedIPs = {peer.ipv4}/32, {peer.ipv6}/128",
            ]
        self._conf.write_text("\n".join(lines) + "\n")

    async def _run(self, *argv: str) -> None:
        process = await asyncio.create_subprocess_exec(
            *("ip", "netns", "exec", self.namespace.name, *argv),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert await process.wait() == 0, argv


@asynccontextmanager
async def usual(namespace: Namespace, folder: Path, wanted: Desired) -> AsyncIterator[Usual]:
    made = Usual(namespace, folder, wanted, PrivateKey.generate())
    made.write_conf()
    await made.up()
    try:
        yield made
    finally:
        await made.down()
