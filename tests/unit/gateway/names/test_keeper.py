"""The process that keeps the name follows the gateway, and asks it for nothing while nothing happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from gateway.api.client import GatewayClient
from gateway.api.contract import AddForward, RemoveForward
from gateway.api.naming import KeepName, NameTarget, WatchName
from gateway.api.transport import SocketTransport
from gateway.config import Config, GatewaySection, Host, NamesKind, NamesSection
from gateway.demo.tunnel import until
from gateway.errors import NameNotKept
from gateway.model import parse_ports
from gateway.names import keeper
from gateway.names.keeper import Keeper
from gateway.problem import Trouble
from tests.unit.builders import ALICE
from tests.unit.gate import Gate
from tests.unit.running import a_join

NAME = "play.example.org"
NAMES = NamesSection(kind=NamesKind.RFC2136, server="192.0.2.53", zone="example.org")
PORT = parse_ports("25565")


@dataclass
class Zone:
    """A place that takes every target, unless it is to refuse. It is looked at again after `again_s`."""

    again_s: float = 1000.0
    refusal: str = ""
    kept: list[NameTarget] = field(default_factory=list)

    async def keep(self, target: NameTarget) -> int | None:
        self.kept.append(target)
        if self.refusal:
            raise NameNotKept(reason=self.refusal)
        return target.srv_port


@dataclass
class Kept:
    gate: Gate
    zone: Zone

    @property
    def told(self) -> list[KeepName]:
        return [request for request in self.gate.asked if isinstance(request, KeepName)]

    async def tells(self, times: int) -> KeepName:
        """Wait until the process has told so often what became of the name, and return the last request."""

        async def has_told() -> bool:
            return len(self.told) >= times

        await until(has_told)
        assert len(self.told) == times
        return self.told[-1]

    @property
    def is_problem(self) -> bool:
        return Trouble.NAME in self.gate.gateway.state.problems


@pytest.fixture
async def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Kept]:
    monkeypatch.setattr(keeper, "AGAIN_S", 0.01)
    gate = Gate(tmp_path / "socket", Config(gateway=GatewaySection(public_address=Host(NAME)), names=NAMES))
    gate.kernel.host.names[NAME] = (IPv4Address("203.0.113.1"),)
    await gate.start()
    try:
        yield Kept(gate, Zone())
    finally:
        await gate.close()


@asynccontextmanager
async def keeping(kept: Kept) -> AsyncIterator[None]:
    task = asyncio.create_task(Keeper(GatewayClient(SocketTransport(kept.gate.path)), kept.zone).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_each_target_is_kept_once_and_answered_once(kept: Kept) -> None:
    ask = kept.gate.gateway.ask
    async with keeping(kept):
        assert (await kept.tells(1)).srv_port is None
        await ask(a_join())
        await ask(AddForward(actor=ALICE, ports=PORT))
        assert (await kept.tells(2)).srv_port == 25565
        await ask(AddForward(actor=ALICE, ports=parse_ports("27015")))  # changes nothing about the name
        await ask(RemoveForward(actor=ALICE, ports=PORT))
        assert (await kept.tells(3)).srv_port is None
    assert [target.srv_port for target in kept.zone.kept] == [None, 25565, None]
    assert [type(request) for request in kept.gate.asked].count(WatchName) == 1


async def test_a_gateway_that_came_back_is_told_without_a_change_of_the_zone(kept: Kept) -> None:
    async with keeping(kept):
        await kept.tells(1)
        await kept.gate.stop()
        await kept.gate.start()
        await kept.tells(2)
    assert len(kept.zone.kept) == 1


async def test_a_zone_that_is_looked_at_again_and_is_right_is_no_news(kept: Kept) -> None:
    kept.zone.again_s = 0.01
    async with keeping(kept):

        async def is_looked_at() -> bool:
            return len(kept.zone.kept) > 3

        await until(is_looked_at)
    assert len(kept.told) == 1


async def test_what_the_zone_refuses_is_told_once_and_tried_until_it_works(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "FIRST_S", 0.01)
    monkeypatch.setattr(keeper, "LONGEST_S", 0.02)
    kept.zone.refusal = "the server is away"
    async with keeping(kept):
        assert "the server is away" in (await kept.tells(1)).problem

        async def is_tried_again() -> bool:
            return len(kept.zone.kept) > 3

        await until(is_tried_again)
        assert len(kept.told) == 1
        assert kept.is_problem
        kept.zone.refusal = ""
        assert (await kept.tells(2)).problem == ""
        assert not kept.is_problem
