"""`guildgate doctor --outside` on real packets, which are seen whatever this host's rules say."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

import pytest

from gateway.demo.namespace import Namespace
from gateway.demo.tunnel import peer_up
from gateway.demo.world import CGNAT4, PLAYER4, PLAYER6, VPS4, VPS6, World
from gateway.model import Mode
from tests.net.gateway import ALICE, Gateway

pytestmark = pytest.mark.root

SHUT = "table inet firewall { chain input { type filter hook input priority -200; policy drop; }; }"
PROVIDER = "table inet provider { chain forward { type filter hook forward priority 0; ip daddr 203.0.113.1 drop; }; }"


@dataclass
class Waiting:
    """A doctor that waits for a call. `asked` is what it asks a person for."""

    process: Process
    asked: str

    @property
    def port(self) -> int:
        found = re.search(r"http://203\.0\.113\.1:(\d+) ", self.asked)
        assert found, self.asked
        return int(found[1])

    async def told(self) -> tuple[int, list[tuple[str, str, str]]]:
        """Return the exit code, and code, level and text of each finding."""
        out, _ = await self.process.communicate()
        assert self.process.returncode is not None
        findings = json.loads(out)["findings"]
        return self.process.returncode, [(each["code"], each["level"], each["detail"]) for each in findings]


@asynccontextmanager
async def waiting(gateway: Gateway, seconds: int = 20) -> AsyncIterator[Waiting]:
    config = str(gateway.folder / "config.toml")
    command = (sys.executable, "-m", "gateway", "doctor", "--outside", str(seconds), "--json", "--config", config)
    async with gateway.world.vps.running(*command, stdout=PIPE, stderr=PIPE) as process:
        assert process.stderr
        yield Waiting(process, (await process.stderr.readline()).decode())


async def knock(caller: Namespace, address: IPv4Address | IPv6Address, port: int) -> bytes:
    """Open a connection, and return what it brings."""
    connected = await caller.connect(address, port)
    reader, writer = connected
    try:
        return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize("address", [VPS4, VPS6])
async def test_a_call_from_another_network_proves_that_the_provider_lets_it_through(
    gateway: Gateway, world: World, address: IPv4Address | IPv6Address
) -> None:
    source = PLAYER4 if address.version == 4 else PLAYER6
    async with waiting(gateway) as doctor:
        page = await knock(world.player, address, doctor.port)
        assert page.endswith(b"guildgate: this call came through.\n")
        said = f"TCP {doctor.port} was called by {source}, so the provider lets it through"
        assert await doctor.told() == (0, [("provider", "ok", said)])


async def test_a_datagram_counts_as_well(gateway: Gateway, world: World) -> None:
    async with waiting(gateway) as doctor:
        with world.player.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
            caller.sendto(b"hello", (str(VPS4), doctor.port))
            said = f"UDP {doctor.port} was called by {PLAYER4}, so the provider lets it through"
            assert await doctor.told() == (0, [("provider", "ok", said)])


async def test_a_rule_of_this_host_hides_nothing(gateway: Gateway, world: World) -> None:
    """Forwards do not pass the input chain, and `doctor` judges the rules by themselves."""
    await world.vps.run("nft", "-f", "-", stdin=SHUT)
    async with waiting(gateway) as doctor:
        with pytest.raises((TimeoutError, OSError)):
            await asyncio.wait_for(world.player.connect(VPS4, doctor.port), 1)
        code, [(_, level, _)] = await doctor.told()
        assert (code, level) == (0, "ok")


async def test_a_provider_that_stops_callers_is_a_failure(gateway: Gateway, world: World) -> None:
    await world.inet.run("nft", "-f", "-", stdin=PROVIDER)
    async with waiting(gateway, seconds=2) as doctor:
        with pytest.raises((TimeoutError, OSError)):
            await asyncio.wait_for(world.player.connect(VPS4, doctor.port), 1)
        code, [(_, level, text)] = await doctor.told()
    assert (code, level) == (1, "failure")
    assert text == f"nothing called {doctor.port} within 2 s, neither over TCP nor over UDP"


async def test_a_friends_device_with_a_split_tunnel_is_asked_and_recognised(gateway: Gateway, world: World) -> None:
    """Its browser goes out by the line at home, from which the tunnel comes as well."""
    config = await gateway.join(ALICE, "laptop", Mode.SPLIT)
    async with peer_up(world.friend, config, "ggout0"), waiting(gateway) as doctor:
        assert "A browser on alice's laptop will do as well" in doctor.asked
        await knock(world.friend, VPS4, doctor.port)
        _, [(_, level, text)] = await doctor.told()
    assert level == "ok"
    assert f"was called by {CGNAT4}, the line of alice's laptop, so" in text


async def test_a_call_through_the_tunnel_proves_nothing(gateway: Gateway, world: World) -> None:
    config = await gateway.join(ALICE, "laptop", Mode.FULL)
    async with peer_up(world.friend, config, "ggout1"), waiting(gateway, seconds=4) as doctor:
        assert "laptop" not in doctor.asked
        with world.friend.socket(socket.AF_INET6, socket.SOCK_DGRAM) as caller:  # at home there is no IPv6
            caller.sendto(b"hello", (str(VPS6), doctor.port))
            code, [(_, level, text)] = await doctor.told()
    assert (code, level) == (0, "warning")
    assert "which is not on the Internet and proves nothing" in text
