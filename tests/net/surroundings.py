"""Things around a gateway besides the world's Internet: another network of its host, other programs' rules."""

from __future__ import annotations

from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from gateway.demo.namespace import Address, Namespace
from gateway.demo.tunnel import until

LAN_HOSTS: list[Address] = [IPv4Address("192.168.7.2"), IPv6Address("fd00:7::2")]
LAN_OWN: list[Address] = [IPv4Address("192.168.7.1"), IPv6Address("fd00:7::1")]
# a public network of the host's own, with its addresses in the same order
ROUTED_HOSTS: list[Address] = [IPv4Address("192.0.3.2"), IPv6Address("2001:db8:77::2")]
ROUTED_OWN: list[Address] = [IPv4Address("192.0.3.1"), IPv6Address("2001:db8:77::1")]


@asynccontextmanager
async def lan_behind(host: Namespace) -> AsyncIterator[Namespace]:
    """Make a machine behind another interface of `host`, lan0. It knows a way back."""
    lan = Namespace(f"{host.name}-lan")
    lan.create()
    try:
        await host.run("ip", "link", "add", "lan0", "type", "veth", "peer", "name", "eth0", "netns", lan.name)
        ends = ((host, "lan0", [*LAN_OWN, *ROUTED_OWN]), (lan, "eth0", [*LAN_HOSTS, *ROUTED_HOSTS]))
        for namespace, device, addresses in ends:
            namespace.sysctl(f"net/ipv6/conf/{device}/accept_dad", "0")
            for address in addresses:
                length = 24 if address.version == 4 else 64
                await namespace.run("ip", "address", "add", f"{address}/{length}", "dev", device, *nodad(address))
            await namespace.run("ip", "link", "set", device, "up")
        for gateways in LAN_OWN:
            await lan.run("ip", "route", "add", "default", "via", str(gateways))
        await until(lambda: pings(host, LAN_HOSTS[1]))
        yield lan
    finally:
        lan.delete()


async def pings(asker: Namespace, address: Address) -> bool:
    async with asker.running("ping", "-c", "1", "-W", "1", str(address), stdout=DEVNULL, stderr=DEVNULL) as ping:
        return await ping.wait() == 0


def nodad(address: Address) -> list[str]:
    return ["nodad"] if address.version == 6 else []


async def load(namespace: Namespace, folder: Path, ruleset: str) -> None:
    path = folder / "ruleset.nft"
    path.write_text(ruleset)
    await namespace.run("nft", "-f", path)
