"""The flow log with real packets: a port that a site saw leads to the device."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.api.holders import FindHolders, Holders
from gateway.demo.flow import flowing
from gateway.demo.namespace import Address
from gateway.demo.server import Caller, GameServer, hosting
from gateway.demo.tunnel import until
from gateway.demo.world import SITE4, SITE6, VPS4, World
from gateway.model import Protocol
from tests.net.gateway import ADMIN, ALICE, Gateway
from tests.net.test_isolation import one_friend, two_friends

LOGGING = '[policy]\nflow_log_for = "7d"'


async def that_had(gateway: Gateway, port: int, **more: object) -> Holders:
    return await gateway.client.call(FindHolders(actor=ADMIN, port=port, at=datetime.now(UTC), **more))  # type: ignore[arg-type]


async def holders(gateway: Gateway, caller: Caller) -> list[tuple[str, str]]:
    """Return (owner, device) of the flows that had the port that a site saw."""
    found = await that_had(gateway, caller.port, protocol=caller.protocol, address=caller.address)
    return [(flow.owner_name, flow.device) for flow in found.flows]


async def seen(server: GameServer, count: int) -> list[Caller]:
    async def is_there() -> bool:
        return len(server.callers) >= count

    await until(is_there)
    return server.callers


@pytest.mark.parametrize("site", [SITE4, SITE6], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("protocol", [Protocol.TCP, Protocol.UDP])
async def test_the_port_that_a_site_saw_leads_to_the_device(
    idle_gateway: Gateway, world: World, tmp_path: Path, site: Address, protocol: Protocol
) -> None:
    """It is told while the flow is open, after its end, and after a restart."""
    gateway = idle_gateway
    gateway.settings = LOGGING
    await gateway.start()
    async with two_friends(gateway, world, tmp_path), hosting(world.inet, 443, [SITE4, SITE6]) as server:
        async with flowing(world.friend2, site, 443, protocol):
            (caller, *_) = await seen(server, 1)
            assert await holders(gateway, caller) == [("bob", "pc")]
            server.callers.clear()
            async with flowing(world.friend, site, 443, protocol):
                (other, *_) = [each for each in await seen(server, 1) if each.port != caller.port]
                assert await holders(gateway, other) == [("alice", "pc")]
        await gateway.kill()
        await gateway.start()
        assert await holders(gateway, caller) == [("bob", "pc")]
        assert stat.S_IMODE((gateway.state_dir / "flows.db").stat().st_mode) == 0o600


async def test_two_devices_with_one_port_are_told_apart_by_what_the_site_saw(
    idle_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """Both call the same site from the same port, so the VPS sends one of them from another."""
    gateway = idle_gateway
    gateway.settings = LOGGING
    await gateway.start()
    async with two_friends(gateway, world, tmp_path), hosting(world.inet, 443, [SITE4]) as server:
        found: list[Caller] = []
        for friend in (world.friend, world.friend2):
            made = friend.socket(2, 2)
            made.bind(("", 40123))
            made.setblocking(False)
            made.sendto(b"hello", (str(SITE4), 443))
            found.append((await seen(server, len(found) + 1))[-1])
            made.close()
        assert found[0].port != found[1].port
        assert [await holders(gateway, caller) for caller in found] == [[("alice", "pc")], [("bob", "pc")]]


async def test_players_are_not_logged_and_a_forward_is_found_without_the_log(
    idle_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    gateway = idle_gateway
    gateway.settings = LOGGING
    await gateway.start()
    async with one_friend(gateway, world, tmp_path), hosting(world.friend, 25565):
        await gateway.forward(25565)
        async with flowing(world.player, VPS4, 25565, Protocol.TCP) as flow:
            await flow.goes_on()
            found = await that_had(gateway, 25565)
            assert found.flows == ()
            assert [(held.forward.owner, held.closed_at) for held in found.forwards] == [(ALICE.id, None)]
        await gateway.unforward(25565)
        (held,) = (await that_had(gateway, 25565)).forwards
        assert held.closed_at is not None
        assert (await that_had(gateway, 25566)).forwards == ()


async def test_switched_off_there_is_no_log_and_the_old_one_is_deleted(
    idle_gateway: Gateway, world: World, tmp_path: Path
) -> None:
    gateway = idle_gateway
    gateway.settings = LOGGING
    await gateway.start()
    assert (gateway.state_dir / "flows.db").exists()
    await gateway.stop()
    gateway.settings = ""
    await gateway.start()
    assert not list(gateway.state_dir.glob("flows.db*"))
    async with one_friend(gateway, world, tmp_path), hosting(world.inet, 443, [SITE4]) as server:
        await world.friend.ask_tcp(SITE4, 443)
        (caller,) = await seen(server, 1)
        assert await holders(gateway, caller) == []
