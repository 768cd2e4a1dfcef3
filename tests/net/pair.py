"""A second VPS beside that of a world, to which the provider can move the public address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.demo.namespace import Namespace
from gateway.demo.world import VPS4, VPS6, World

_OWN4, _ROUTER4 = "198.18.9.2", "198.18.9.1"


@dataclass(frozen=True, slots=True)
class SecondVps:
    """The second machine. `vps` is named as a world's, so that a `Gateway` can run there."""

    world: World
    vps: Namespace

    async def lose_power(self) -> None:
        """Cut the first machine off. Its processes are the caller's to kill."""
        await self.world.vps.run("ip", "link", "set", "eth0", "down")
        await self.world.inet.run("ip", "link", "set", "vps", "down")

    async def take_address(self) -> None:
        """Have the provider lead the public addresses here. They are the preferred sources from now on."""
        for address, router, length in ((VPS4, "203.0.113.254", 24), (VPS6, "2001:db8:1::fe", 64)):
            nodad = ["nodad"] if address.version == 6 else []
            await self.world.inet.run("ip", "address", "add", f"{router}/{length}", "dev", "vps2", *nodad)
            await self.vps.run("ip", "address", "add", f"{address}/{length}", "dev", "eth0", *nodad)
            family = f"-{address.version}"
            await self.vps.run("ip", family, "route", "replace", "default", "via", router, "src", str(address))


@asynccontextmanager
async def second_vps(world: World) -> AsyncIterator[SecondVps]:
    """Make the machine with an address of its own, by which it reaches the Internet."""
    vps = Namespace(f"{world.vps.name}2")
    vps.create()
    try:
        for scope in ("all", "default"):
            vps.sysctl(f"net/ipv6/conf/{scope}/accept_dad", "0")
        await world.inet.run("ip", "link", "add", "vps2", "type", "veth", "peer", "name", "eth0", "netns", vps.name)
        await world.inet.run("ip", "address", "add", f"{_ROUTER4}/30", "dev", "vps2")
        await world.inet.run("ip", "link", "set", "vps2", "up")
        await vps.run("ip", "link", "set", "lo", "up")
        await vps.run("ip", "address", "add", f"{_OWN4}/30", "dev", "eth0")
        await vps.run("ip", "link", "set", "eth0", "up")
        await vps.run("ip", "route", "add", "default", "via", _ROUTER4)
        yield SecondVps(world, vps)
    finally:
        vps.delete()
