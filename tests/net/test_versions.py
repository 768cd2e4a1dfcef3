"""A bot and a gateway of different versions, over the bus: it works, or it says which side has to be updated.

The other version is this one with what another one may have: keys, an operation, an error, and its word of itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from bot.core.service import alongside
from bot.fleet.fleet import Fleet
from gateway.api.contract import GetPolicy, GetStatus, Join, List, Listing, PeerInfo, Request
from gateway.demo.tunnel import until
from gateway.demo.world import World
from gateway.errors import RegionDiffers
from gateway.keys import PrivateKey
from tests.natsserver import nats
from tests.net.gateway import ADMIN, ALICE
from tests.net.region import PATIENCE_S, line_to, reached, region_in

pytestmark = [pytest.mark.root, pytest.mark.timeout(300)]

NEWER, OLDER = "99.0.0", "0.0.1"
# What a gateway's process runs first. Its answers are changed on their way out.
ANSWERS = """\
import json
from gateway.api import dispatch
plain = dispatch._json
def changed(value):
    if isinstance(value, list):
        return [changed(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {{name: changed(each) for name, each in value.items() if name not in {lacks!r}}} | {more!r}
dispatch._json = lambda value: json.dumps(changed(json.loads(plain(value)))).encode()
"""
# What a courier's process runs first: the region's word of itself is that of another version.
ENTRY = """\
from gateway.courier import __main__ as courier
told = courier.Entry
courier.Entry = lambda **each: told(**each | {{"version": {version!r}, "protocol": {protocol!r}}})
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewerJoin(Join):
    """What a newer bot asks: a key that this gateway does not know, and that might change what is meant."""

    colour: str = "green"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dance(Request[Listing]):
    """An operation of a newer bot."""

    operation: ClassVar[str] = "dance"


@asynccontextmanager
async def fleet(
    world: World, folder: Path, *, version: str, protocol: int = 1, answers: str = ""
) -> AsyncIterator[Fleet]:
    """Run the bot's end of a fleet whose region `us` is of another version. Nothing is logged as a fault."""
    entry = ENTRY.format(version=version, protocol=protocol)
    with line_to(world.vps) as line:
        async with (
            nats(folder / "nats", address=line.address) as servers,
            region_in(world, folder, servers, line, "us", preludes=(answers, entry)) as region,
        ):
            end = reached(region, servers, folder / "bot")

            async def is_told() -> bool:
                entry = end.bus.entry("us")
                return entry is not None and entry.version == version

            async with alongside(end.bus, end.fleet):
                await until(is_told, timeout_s=PATIENCE_S)
                yield end.fleet


def join() -> Join:
    return Join(actor=ALICE, device="pc", public_key=PrivateKey.generate().public_key)


async def away_as(fleet: Fleet, older: str) -> None:
    """Wait until the region is away for this reason. The first look may be earlier than its word of itself."""

    async def is_so() -> bool:
        return [(each.region, each.older) for each in fleet.away()] == [("us", older)]

    await until(is_so, timeout_s=PATIENCE_S)


async def watched(fleet: Fleet) -> None:
    async def is_there() -> bool:
        return fleet.live.view is not None

    await until(is_there, timeout_s=PATIENCE_S)


async def test_a_gateway_that_tells_more_is_understood(world: World, tmp_path: Path) -> None:
    """Watching and asking go on, without what this bot does not know."""
    newer = ANSWERS.format(lacks=(), more={"of_a_newer_version": [1]})
    async with fleet(world, tmp_path, version=NEWER, answers=newer) as found:
        await watched(found)
        issued = await found.call(join())
        assert (await found.call(List(actor=ADMIN, everyone=True))).peers == (issued.peer,)
        assert (await found.call(GetPolicy(actor=ALICE))).devices_per_member


@pytest.mark.parametrize(
    ("version", "protocol", "older"),
    [(OLDER, 1, "gateway"), (NEWER, 1, "bot"), (OLDER, 2, "bot"), (NEWER, 0, "gateway")],
)
async def test_what_a_gateway_does_not_know_is_refused_with_the_side_that_is_older(
    world: World, tmp_path: Path, version: str, protocol: int, older: str
) -> None:
    """The number of the protocol says more than the version."""
    async with fleet(world, tmp_path, version=version, protocol=protocol) as found:
        await watched(found)
        newer = NewerJoin(actor=ALICE, device="pc", public_key=PrivateKey.generate().public_key)
        for request in (newer, Dance(actor=ALICE)):
            with pytest.raises(RegionDiffers) as refused:
                await found.at("us").call(request)
            assert refused.value.details == {"region": "us", "older": older}
        assert (await found.call(List(actor=ADMIN, everyone=True))).peers == ()
        assert isinstance((await found.call(join())).peer, PeerInfo)


async def test_a_region_whose_answers_are_not_understood_is_away_with_the_reason(world: World, tmp_path: Path) -> None:
    lacking = ANSWERS.format(lacks=("newest_entry",), more={})
    async with fleet(world, tmp_path, version=OLDER, answers=lacking) as found:
        await away_as(found, "gateway")
        for request in (GetStatus(actor=ADMIN, everyone=True), join()):
            with pytest.raises(RegionDiffers) as refused:
                await found.call(request)
            assert refused.value.details == {"region": "us", "older": "gateway"}


async def test_a_gateway_that_does_not_know_the_envelope_is_named(world: World, tmp_path: Path) -> None:
    """It cannot seal an answer to what it does not take for a request."""
    other = "from gateway.api import signed; import re; signed._LINE = re.compile('guildgate-request-2 .*')"
    async with fleet(world, tmp_path, version=NEWER, protocol=2, answers=other) as found:
        await away_as(found, "bot")
        with pytest.raises(RegionDiffers) as refused:
            await found.at("us").call(GetPolicy(actor=ALICE))
        assert refused.value.details == {"region": "us", "older": "bot"}
