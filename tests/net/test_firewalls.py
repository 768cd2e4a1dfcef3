"""Firewalls that come after the gateway has started, and go again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from gateway.demo.tunnel import until
from gateway.demo.world import World
from gateway.problem import Trouble
from tests.net.gateway import Gateway
from tests.net.test_coexistence import DIRECTIONS, load, passing
from tests.net.test_doctor import DOCKER, UFW
from tests.net.test_vetoes import beside, playing, table

pytestmark = pytest.mark.timeout(60)
LATER = {
    "ufw": (UFW, "ufw", (Trouble.FIREWALL, Trouble.FIREWALL_DEVICES)),  # its input chain stops WireGuard as well
    "docker": (DOCKER, "Docker", (Trouble.FIREWALL,)),
}
# Run by the gateway's process: libnftables answers when the file is there.
HANGING = """
import os, time
from gateway.foreign import judge
def hang(legacy):
    while not os.path.exists({path!r}):
        time.sleep(0.05)
    return "it has hung"
judge.read_rulesets = hang
"""


@asynccontextmanager
async def judging(gateway: Gateway) -> AsyncIterator[None]:
    """Start the gateway. Its next look comes at once."""
    gateway.shorten("gateway.foreign.judge", "SETTLE_S", 0.1)
    gateway.shorten("gateway.foreign.judge", "APART_S", 0.2)
    gateway.shorten("gateway.foreign.judge", "IDLE", 0)
    await gateway.start()
    yield


async def problems_are(gateway: Gateway, *codes: str) -> bool:
    return {problem.code for problem in (await gateway.status()).problems} == set(codes)


@pytest.mark.parametrize("name", LATER)
async def test_a_firewall_that_comes_later_is_a_problem_until_it_lets_players_through(
    idle_gateway: Gateway, world: World, name: str
) -> None:
    gateway, (rules, program, codes) = idle_gateway, LATER[name]
    async with judging(gateway), playing(gateway, world):
        assert await passing(world) == DIRECTIONS
        assert await problems_are(gateway)
        async with beside(gateway, ""):
            await load(gateway, rules)
            await gateway.run("conntrack", "-F")
            await until(partial(problems_are, gateway, *codes))
            problem = next(each for each in (await gateway.status()).problems if each.code == Trouble.FIREWALL)
            assert f"{program} on this host stops players, in chain FORWARD of table ip filter" in str(problem)
            assert not {each for each in await passing(world, timeout_s=0.4) if each.startswith("in")}
        await until(partial(problems_are, gateway))
        assert await passing(world) == DIRECTIONS


async def test_rules_that_leave_players_untracked_are_a_problem(idle_gateway: Gateway, world: World) -> None:
    rules = table("chain c {\ntype filter hook prerouting priority raw\niifname eth0 notrack\n}", "")
    async with judging(idle_gateway), beside(idle_gateway, rules):
        await until(partial(problems_are, idle_gateway, Trouble.FIREWALL))


async def test_a_look_at_others_rules_that_hangs_does_not_hold_up_the_start(idle_gateway: Gateway) -> None:
    gateway, go_on = idle_gateway, idle_gateway.folder / "go on"
    gateway.prelude = HANGING.format(path=str(go_on))
    await gateway.start()
    assert await problems_are(gateway)
    go_on.touch()
    await until(partial(problems_are, gateway, Trouble.UNREADABLE))
