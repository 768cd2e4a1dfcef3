"""What packets depend on in the kernel besides the table: settings of each level, and names."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.demo.namespace import Address
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import SITE4, VPS4, VPS6, World
from gateway.problem import Trouble
from tests.net.gateway import Gateway
from tests.net.test_uplinks import NOTICED_S, SECOND4, second_uplink


async def set_(gateway: Gateway, setting: str, value: int) -> None:
    await gateway.run("sysctl", "-qw", f"net.ipv4.conf.{setting}={value}")


@asynccontextmanager
async def hosted(gateway: Gateway, world: World) -> AsyncIterator[None]:
    config = await gateway.join()
    await gateway.forward(25565)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        yield


async def test_forwarding_that_is_off_for_single_interfaces_is_on_while_the_gateway_runs(
    idle_gateway: Gateway, world: World
) -> None:
    """The tunnel's interface would inherit the default."""
    gateway = idle_gateway
    await gateway.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    await set_(gateway, "default.forwarding", 0)
    await set_(gateway, "eth0.forwarding", 0)
    await gateway.start()
    async with hosted(gateway, world), hosting(world.inet, 80):
        assert await world.player.ask_udp(VPS4, 25565) == "hello"
        assert await world.friend.ask_tcp(SITE4, 80) == "hello"
        for interface in ("eth0", gateway.interface):
            await set_(gateway, f"{interface}.forwarding", 0)

            async def is_back(name: str = f"ipv4/conf/{interface}/forwarding") -> bool:
                return gateway.read_sysctl(name) == "1"

            await until(is_back, timeout_s=NOTICED_S)
        assert await world.player.ask_tcp(VPS4, 25565) == "hello"
    await gateway.stop()
    assert gateway.read_sysctl("ipv4/conf/eth0/forwarding") == "0"


async def test_an_alternative_name_of_an_interface_is_taken_for_its_own(idle_gateway: Gateway, world: World) -> None:
    gateway = idle_gateway
    await gateway.run("ip", "link", "property", "add", "dev", "eth0", "altname", "enp3s0")
    gateway.settings = 'public_interface = "enp3s0"\n'
    await gateway.start()
    async with hosted(gateway, world), hosting(world.inet, 80):
        assert await world.player.ask_udp(VPS4, 25565) == "hello"
        assert await world.friend.ask_tcp(SITE4, 80) == "hello"


async def test_a_strict_check_of_sources_on_a_second_line_is_named_with_a_cure_that_works(
    idle_gateway: Gateway, world: World
) -> None:
    gateway = idle_gateway
    gateway.settings = 'public_interface = ["eth0", "eth1"]\n'
    async with second_uplink(world):
        await set_(gateway, "all.rp_filter", 1)
        await gateway.start()
        assert gateway.process
        assert gateway.process.stderr
        async for line in gateway.process.stderr:
            if b"problem: Players who come in by another line" in line:
                assert b"net.ipv4.conf.eth1.rp_filter must be 2" in line
                break
        async with hosted(gateway, world):
            assert await has(gateway, Trouble.STRICT)
            with pytest.raises(OSError):
                await world.player.ask_udp(SECOND4, 25565, timeout_s=1)
            for finding in await findings(gateway):
                if finding["title"] == "reverse path":
                    (fix,) = finding["fix"]
                    await gateway.run(*fix.partition("    ")[0].split())
            assert await world.player.ask_udp(SECOND4, 25565) == "hello"
            await gateway.nft("flush", "ruleset")  # because a repair looks as well
            await until(lambda: lacks(gateway, Trouble.STRICT))


async def has(gateway: Gateway, trouble: Trouble) -> bool:
    return trouble in [problem.code for problem in (await gateway.status()).problems]


async def lacks(gateway: Gateway, trouble: Trouble) -> bool:
    return not await has(gateway, trouble)


async def test_a_vpn_client_that_takes_all_traffic_is_named_with_a_cure_that_works(
    idle_gateway: Gateway, world: World
) -> None:
    """Its rules are those of wg-quick with a default route."""
    gateway = idle_gateway
    for command in (
        "ip link add vpn7 type veth peer name vpn8",
        "ip link set vpn8 up",
        "ip link set vpn7 up",
        "ip route add default dev vpn7 table 51820",
        "ip rule add not fwmark 51820 lookup 51820",
        "ip rule add lookup main suppress_prefixlength 0",
    ):
        await gateway.run(*command.split())
    gateway.settings = 'public_interface = "eth0"\n'
    await gateway.start()
    assert gateway.process
    assert gateway.process.stderr
    async for line in gateway.process.stderr:
        if b"leave by vpn7 and not by eth0" in line:
            break
    (finding,) = [each for each in await findings(gateway) if each["title"] == "way out"]
    (problem,) = [problem for problem in (await gateway.status()).problems if problem.code == Trouble.ASTRAY]
    assert problem.values["commands"].split("; ") == finding["fix"]
    for command in finding["fix"]:
        await gateway.run(*command.split())
    async with hosted(gateway, world):
        assert await world.player.ask_udp(VPS4, 25565) == "hello"
        assert await world.player.ask_tcp(VPS4, 25565) == "hello"


@pytest.mark.parametrize(("version", "public", "route"), [(4, VPS4, "10.66.0.0/16"), (6, VPS6, "fd42::/16")])
async def test_a_rule_that_leads_packets_to_devices_elsewhere_is_named_with_a_cure_that_works(
    idle_gateway: Gateway, world: World, version: int, public: Address, route: str
) -> None:
    """A mesh VPN that accepts others' subnets has such a table."""
    gateway = idle_gateway
    await gateway.start()
    async with hosted(gateway, world):
        assert not await found(gateway, "way to devices")
        await gateway.run("ip", f"-{version}", "route", "add", route, "dev", "lo", "table", "52")
        await gateway.run("ip", f"-{version}", "rule", "add", "priority", "5270", "lookup", "52")
        with pytest.raises(TimeoutError):
            await world.player.ask_udp(public, 25565, timeout_s=1)
        (finding,) = await found(gateway, "way to devices")
        assert finding["level"] == "failure"
        assert "leave by lo and not by ggtest0" in finding["detail"]
        await gateway.run(*finding["fix"][1].partition("    ")[0].split())
        assert await world.player.ask_udp(public, 25565) == "hello"
        assert not await found(gateway, "way to devices")


async def found(gateway: Gateway, title: str) -> list[dict[str, Any]]:
    return [each for each in await findings(gateway) if each["title"] == title]


async def findings(gateway: Gateway) -> list[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        *("ip", "netns", "exec", gateway.world.vps.name),
        *(sys.executable, "-m", "gateway", "doctor", "--json", "--config", str(gateway.write_config())),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return list(json.loads(out)["findings"])
