"""The world with its people: the real gateway on the VPS, friends at home, and players on the Internet."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_interface
from pathlib import Path
from typing import Self

from bot.core.gateway import Gateway
from gateway.api.client import GatewayClient, with_private_key
from gateway.api.contract import Actor, GetStatus, Issued, Join, Request, Rotate, Status
from gateway.api.transport import SocketTransport
from gateway.demo.namespace import Namespace
from gateway.demo.server import GameServer, hosting
from gateway.demo.tunnel import Tunnel, peer_up, until
from gateway.demo.world import SITE4, SITE6, World
from gateway.errors import BadRequest, GatewayError
from gateway.host.child import stop
from gateway.keys import PrivateKey
from gateway.model import Mode

SITE_PORT = 80


@dataclass(slots=True)
class Friend:
    """A member with a computer at home."""

    actor: Actor
    home: Namespace
    stack: AsyncExitStack = field(repr=False)
    config: str | None = field(default=None, repr=False)  # the newest one
    mode: Mode = Mode.FULL  # that of the config
    device: int = 0  # its id at the gateway
    tunnel: Tunnel | None = None
    servers: dict[int, GameServer] = field(default_factory=dict)
    _tunnel_stack: AsyncExitStack = field(default_factory=AsyncExitStack, repr=False)

    @property
    def name(self) -> str:
        return self.actor.name

    def take(self, issued: Issued) -> None:
        """Keep the config of an answer, which is whole."""
        self.config, self.mode, self.device = issued.config, issued.peer.mode, issued.peer.id

    async def up(self) -> Tunnel:
        """Bring the newest config up and wait for its handshake. Raise TimeoutError without one."""
        if self.config is None:
            raise BadRequest(field="up", problem="there is no config yet, /join sends one")
        await self.down()
        self._tunnel_stack = await self.stack.enter_async_context(AsyncExitStack())
        self.tunnel = await self._tunnel_stack.enter_async_context(peer_up(self.home, self.config, self.name))
        await self.tunnel.handshake()
        return self.tunnel

    async def down(self) -> None:
        self.tunnel = None
        await self._tunnel_stack.aclose()

    @property
    def vpn_addresses(self) -> list[IPv4Address | IPv6Address]:
        """List the addresses in the tunnel; empty without a tunnel."""
        return [ip_interface(text).ip for text in self.tunnel.config.addresses] if self.tunnel else []

    async def host(self, port: int) -> GameServer:
        """Host a server on all addresses. In linux mode without nft(8), UDP needs the VPN's. Raise OSError."""
        if port not in self.servers:
            own = self.vpn_addresses if self.mode is Mode.LINUX and not shutil.which("nft") else []
            addresses = own or (IPv4Address(0), IPv6Address(0))
            self.servers[port] = await self.stack.enter_async_context(hosting(self.home, port, addresses))
        return self.servers[port]


@dataclass(slots=True)
class Stage:
    world: World
    process: asyncio.subprocess.Process
    client: GatewayClient
    site: GameServer
    friends: dict[str, Friend]
    config: Path
    """The gateway's configuration."""

    @classmethod
    @asynccontextmanager
    async def open(cls, directory: Path, prefix: str = "") -> AsyncIterator[Self]:
        """Start everything and wait for the gateway. Its configuration, state, socket and log are in `directory`."""
        config, socket, log = (directory / name for name in ("config.toml", "run/gateway.sock", "gateway.log"))
        _write(config, f'[gateway]\nstate_dir = "{directory / "state"}"\nsocket = "{socket}"\n')
        async with AsyncExitStack() as stack:
            world = await stack.enter_async_context(World(prefix))
            site = await stack.enter_async_context(hosting(world.inet, SITE_PORT, (SITE4, SITE6)))
            with log.open("w") as output:
                process = await stack.enter_async_context(
                    world.vps.running(
                        *(sys.executable, "-P", "-m", "gateway", "gateway", "--config", str(config)),
                        stdin=asyncio.subprocess.DEVNULL,
                        stdout=output,
                        stderr=output,
                        process_group=0,  # only the demo gets Ctrl-C, and stops the gateway itself
                    )
                )
            friends = {
                name: Friend(Actor(id=str(number), name=name, is_admin=name == "admin"), home, stack)
                for number, name, home in (
                    (1, "admin", world.friend),
                    (2, "alex", world.friend),
                    (3, "kim", world.friend2),
                )
            }
            stage = cls(world, process, GatewayClient(SocketTransport(socket)), site, friends, config)
            await stage._wait_for_gateway(log)
            yield stage

    async def _wait_for_gateway(self, log: Path) -> None:
        async def answers() -> bool:
            if self.process.returncode is not None:
                raise RuntimeError(f"the gateway ended with {self.process.returncode}:\n{_read(log)}")
            try:
                await self.status(self.friends["admin"])
            except GatewayError:
                return False
            return True

        await until(answers, timeout_s=30)

    async def join(self, friend: Friend, device: str, mode: Mode = Mode.FULL, *, ipv4_only: bool = False) -> Issued:
        """Join as the bot does, and give the finished config to the friend."""
        return await self._issue(
            friend, partial(Join, actor=friend.actor, device=device, mode=mode, ipv4_only=ipv4_only)
        )

    async def rotate(self, friend: Friend, device: str, *, ipv4_only: bool | None = None) -> Issued:
        """Give a device new keys, and the finished config to the friend."""
        return await self._issue(friend, partial(Rotate, actor=friend.actor, device=device, ipv4_only=ipv4_only))

    async def _issue(self, friend: Friend, request: Callable[..., Request[Issued]]) -> Issued:
        issued = await issue(self.client, request)
        friend.take(issued)
        return issued

    def friend(self, field: str, name: str) -> Friend:
        """Return the friend of this name; raise BadRequest about `field` without one."""
        if name not in self.friends:
            raise BadRequest(field=field, problem=f"there are {', '.join(self.friends)}")
        return self.friends[name]

    async def status(self, friend: Friend) -> Status:
        return await self.client.call(GetStatus(actor=friend.actor, everyone=friend.actor.is_admin))

    async def hears_of(self, friend: Friend) -> None:
        """Wait until the gateway's last look at WireGuard, which it tells of a few devices, saw this one connected."""

        async def is_connected() -> bool:
            status = await self.client.call(GetStatus(actor=friend.actor, devices=(friend.device,)))
            return any(row.connected for row in status.peers)

        await until(is_connected)

    async def surf(self, friend: Friend) -> bool:
        """Report whether the friend's computer reaches a site on the Internet, over IPv4 and IPv6."""
        try:
            for address in (SITE4, SITE6):
                await friend.home.ask_tcp(address, SITE_PORT, timeout_s=1.5)
        except OSError:
            return False
        return True

    async def stop_gateway(self) -> int:
        """Stop the gateway with SIGTERM, and return its exit code."""
        await stop(self.process)
        return await self.process.wait()


async def issue(gateway: Gateway, request: Callable[..., Request[Issued]]) -> Issued:
    """Return a whole config. The key pair is made here, as by the bot, because no gateway sees a private key."""
    private_key = PrivateKey.generate()
    issued = await gateway.call(request(public_key=private_key.public_key))
    return dataclasses.replace(issued, config=with_private_key(issued, private_key))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o711, exist_ok=True)  # the gateway's own user passes through
    path.write_text(text)


def _read(path: Path) -> str:
    return path.read_text()
