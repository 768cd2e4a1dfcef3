"""Other programs' bits of the conntrack mark and of packets' marks, beside ours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.demo.flow import flowing
from gateway.demo.namespace import Address
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import SITE4, SITE6, VPS4, VPS6, World
from gateway.model import Protocol
from tests.lab import end_at_once
from tests.net.gateway import Gateway
from tests.net.test_uplinks import SECOND4, announce, second_uplink

# Where programs mark, (bits, their mask): Tailscale, mwan3, an admin's own, and several at once.
TAILSCALE, MWAN3, OWN, SEVERAL = (0x40000, 0xFF0000), (0x100, 0x3F00), (0x10, 0x10), (0x0A1507, 0xFF3F17)
PACKETS_MARK = 0xCA6C
PUBLIC: list[Address] = [VPS4, VPS6]
SITES: list[Address] = [SITE4, SITE6]


def marking(bits: int, mask: int) -> str:
    """Return a table that marks before ours and after it, and drops a packet that lost a mark on its way."""
    late = mask & ~bits  # a bit that is set after ours, and cleared before it
    others = 0xFFFFFFFF & ~mask
    return f"""table inet others {{
        chain before {{
            type filter hook prerouting priority mangle; policy accept;
            meta mark set {PACKETS_MARK:#x}
            ct state new ct mark set ct mark & {others:#x} | {bits:#x}
        }}
        chain local {{
            type route hook output priority mangle; policy accept;
            ct state new ct mark set ct mark & {others:#x} | {bits:#x}
        }}
        chain on_the_way {{
            type filter hook forward priority filter + 5; policy accept;
            ct mark & {bits:#x} != {bits:#x} counter drop
            meta mark != {PACKETS_MARK:#x} counter drop
        }}
        chain after {{
            type filter hook postrouting priority mangle; policy accept;
            ct mark set ct mark | {late:#x}
        }}
    }}"""


async def load(gateway: Gateway, rules: str) -> None:
    path = gateway.folder / "policy"
    path.write_text(rules)
    await gateway.nft("-f", str(path))


@asynccontextmanager
async def hosted(gateway: Gateway, world: World, port: int = 25565, to_port: int | None = None) -> AsyncIterator[None]:
    config = await gateway.join()
    await gateway.forward(port, to_port=to_port)
    async with (
        peer_up(world.friend, config, "ggfriend0") as tunnel,
        hosting(world.friend, to_port or port),
    ):
        await tunnel.handshake()
        yield


async def play(world: World, port: int = 25565) -> None:
    """Let players come in, by both protocols and families, and more than once."""
    for public in PUBLIC:
        for _ in range(2):
            assert await world.player.ask_tcp(public, port) == "hello"
            assert await world.player.ask_udp(public, port) == "hello"


@pytest.mark.parametrize("marks", [TAILSCALE, MWAN3, OWN, SEVERAL], ids=["tailscale", "mwan3", "own", "several"])
async def test_players_and_devices_pass_beside_marks_of_other_programs_which_stay(
    gateway: Gateway, world: World, marks: tuple[int, int]
) -> None:
    await load(gateway, marking(*marks))
    async with hosted(gateway, world, 8080, to_port=80), hosting(world.inet, 5000):
        await play(world, 8080)
        for address in SITES:
            assert await world.friend.ask_tcp(address, 5000) == "hello"
        async with flowing(world.player, VPS4, 8080, Protocol.UDP) as flow:

            async def is_counted() -> bool:
                (forward,) = (await gateway.status()).forwards
                return (forward.players, forward.connections > 1, forward.rx_bytes > 0) == (1, True, True)

            await until(is_counted)
            await gateway.unforward(8080)
            await end_at_once(flow)


@pytest.mark.parametrize("marks", [TAILSCALE, SEVERAL], ids=["tailscale", "several"])
async def test_a_server_announces_its_public_port_beside_marks_of_other_programs(
    gateway: Gateway, world: World, marks: tuple[int, int]
) -> None:
    await load(gateway, marking(*marks))
    config = await gateway.join()
    await gateway.forward(8080, to_port=80)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.inet, 5000) as site:
        await tunnel.handshake()
        await announce(world, 80, "203.0.113.254", 5000)
        assert [(caller.address, caller.port) for caller in site.callers] == [(VPS4, 8080)]


async def test_marks_that_come_later_change_nothing_of_open_flows(gateway: Gateway, world: World) -> None:
    async with (
        hosted(gateway, world),
        flowing(world.player, VPS4, 25565, Protocol.UDP) as udp,
        flowing(world.player, VPS6, 25565, Protocol.TCP) as tcp,
    ):
        await load(
            gateway,
            """table inet others {
                chain marking {
                    type filter hook prerouting priority mangle; policy accept;
                    ct mark set ct mark & 0xff00c0e8 | 0x00251a12
                    meta mark set ct mark
                }
            }""",
        )
        await udp.goes_on()
        await tcp.goes_on()

        async def are_counted() -> bool:
            return (await gateway.status()).forwards[0].connections == 2

        await until(are_counted)


async def test_answers_leave_by_the_line_that_an_admins_policy_routing_marks(
    idle_gateway: Gateway, world: World
) -> None:
    """The first provider drops what has an address of the second, and only the conntrack mark tells the lines apart."""
    gateway = idle_gateway
    gateway.settings = 'public_interface = ["eth0", "eth1"]\n'
    async with second_uplink(world):
        await world.vps.run("ip", "route", "add", "default", "via", "192.0.2.254", "dev", "eth1", "table", "77")
        await world.vps.run("ip", "rule", "add", "fwmark", "0x10/0x10", "lookup", "77")
        await gateway.start()
        await load(
            gateway,
            f"""table inet others {{
                chain lines {{
                    type filter hook prerouting priority mangle; policy accept;
                    iifname "eth1" ct state new ct mark set ct mark | 0x10
                    iifname "{gateway.interface}" meta mark set ct mark
                }}
                chain provider {{
                    type filter hook postrouting priority 300; policy accept;
                    oifname "eth0" ip saddr {SECOND4} drop
                }}
            }}""",
        )
        async with hosted(gateway, world):
            for public in (SECOND4, VPS4):
                assert await world.player.ask_tcp(public, 25565) == "hello"
                assert await world.player.ask_udp(public, 25565) == "hello"


async def test_a_changed_mask_is_told_and_no_open_flow_is_taken_for_anothers(
    idle_gateway: Gateway, world: World
) -> None:
    """The flows begin anew, which a player does not notice."""
    gateway = idle_gateway
    await gateway.start("--keep")
    async with hosted(gateway, world):
        await gateway.forward(25566)
        async with flowing(world.player, VPS4, 25565, Protocol.UDP) as flow:
            await gateway.stop()
            gateway.settings = "conntrack_mask = 0x0ffff000\n"
            await gateway.start()
            assert gateway.process
            assert gateway.process.stderr
            async for line in gateway.process.stderr:
                if b"conntrack_mask was" in line:
                    break
            await flow.goes_on()
            found = {row.forward.ports.first: row.connections for row in (await gateway.status()).forwards}
            assert found == {25565: 1, 25566: 0}
            await gateway.unforward(25565)
            await end_at_once(flow)
