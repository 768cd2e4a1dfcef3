"""The time for which a match stands still after another program broke something of ours."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from gateway.demo.namespace import Address
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import VPS4, VPS6, World
from gateway.errors import GatewayError
from tests.bench.report import Figure, Report, Target
from tests.net.gateway import Gateway, gateway_in

ROUNDS = 5
PORT = 25565
DAMAGE: dict[str, tuple[str, Address]] = {
    "the tunnel's route, IPv4": ("ip route delete 10.66.66.0/24", VPS4),
    "the tunnel's route, IPv6": ("ip -6 route delete fd42:42:42::/64", VPS6),
    "forwarding, IPv4": ("sysctl -qw net.ipv4.ip_forward=0", VPS4),
    "forwarding, IPv6": ("sysctl -qw net.ipv6.conf.all.forwarding=0", VPS6),
    "the interface's addresses": ("ip address flush dev wg-rep", VPS4),
    "the interface": ("ip link delete wg-rep", VPS4),
    "the table": ("nft delete table inet guildgate", VPS4),
}


async def repairs(folder: Path) -> Report:
    times: dict[str, list[float]] = {what: [] for what in (*DAMAGE, "the API's socket")}
    folder = folder / "repairs"
    folder.mkdir()
    async with World("rep-") as world, gateway_in(world, folder) as gateway:
        gateway.interface = "wg-rep"
        await gateway.start()
        config = await gateway.join()
        await gateway.forward(PORT)
        async with peer_up(world.friend, config, "rep-friend") as tunnel, hosting(world.friend, PORT):
            await tunnel.handshake()
            for _ in range(ROUNDS):
                for what, (damage, address) in DAMAGE.items():
                    await _answered(world, address)
                    await gateway.status()
                    await gateway.run(*damage.split())
                    times[what].append(await _answered(world, address))
                gateway.socket.unlink()
                times["the API's socket"].append(await _open_again(gateway))
    figures = [Figure.of(what, "s", values) for what, values in times.items()]
    return Report(
        "Repairs during a match",
        "From the end of the command that breaks it until a player's packet is answered again, asked every 50 ms, or "
        f"until the socket answers; {ROUNDS} rounds, median.",
        figures,
        [Target(f"back after {figure.what}", figure.middle, "s", bound=1) for figure in figures],
    )


async def _answered(world: World, address: Address) -> float:
    began = time.perf_counter()
    while True:
        try:
            await world.player.ask_udp(address, PORT, timeout_s=0.05)
        except OSError:
            continue
        return time.perf_counter() - began


async def _open_again(gateway: Gateway) -> float:
    began = time.perf_counter()
    while True:
        try:
            await gateway.status()
        except GatewayError:
            await asyncio.sleep(0.01)
            continue
        return time.perf_counter() - began
