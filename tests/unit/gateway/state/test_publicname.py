"""What gateway/names is asked to keep, what it may ask, and what becomes of what it tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Interface, IPv6Address
from pathlib import Path

import pytest

from gateway.api.contract import AddForward, Caller, GetPolicy, GetStatus, RemoveForward
from gateway.api.naming import KeepName, NameTarget, WatchName
from gateway.config import Backend, Config, GatewaySection, Host, NamesKind, NamesSection
from gateway.demo.tunnel import until
from gateway.errors import OtherService
from gateway.model import Desired, Forward, PortRange, Protocol, parse_ports
from gateway.problem import Trouble
from gateway.state import publicname
from gateway.state.publicname import srv_port
from tests.unit.builders import ADMIN, ALICE, BOTS_USER, NOW, ROOT, forwarded, joined, suspended
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import Running, a_join, running

NAMES_USER = Caller(uid=996, is_trusted=False, only="name")
NAME = "play.example.org"
NAMES = NamesSection(kind=NamesKind.RFC2136, server="192.0.2.53", zone="example.org")
ASK, WATCH = KeepName(actor=ALICE), WatchName(actor=ALICE)


def config(names: NamesSection | None = NAMES) -> Config:
    return Config(gateway=GatewaySection(public_address=Host(NAME)), names=names)


@pytest.fixture
async def named(tmp_path: Path, kernel: FakeKernel) -> AsyncIterator[Running]:
    kernel.host.names[NAME] = (IPv4Address("203.0.113.1"),)
    async with running(tmp_path / "db", kernel, config()) as gateway:
        yield gateway


async def test_the_process_that_keeps_the_name_may_ask_for_that_alone(named: Running) -> None:
    assert (await named.ask(ASK, NAMES_USER)).name == NAME
    for request in (GetStatus(actor=ADMIN, everyone=True), GetPolicy(actor=ALICE), a_join()):
        with pytest.raises(OtherService):
            await named.ask(request, NAMES_USER)


async def test_the_bot_says_nothing_about_the_name(named: Running) -> None:
    """A bot that was taken over would end a problem, or spare players a port that nothing leads to."""
    for request in (replace(ASK, srv_port=25565), WATCH):
        with pytest.raises(OtherService):
            await named.ask(request, BOTS_USER)
    assert await named.ask(ASK, ROOT)


async def test_the_name_leads_to_the_addresses_of_the_uplink(named: Running) -> None:
    target = await named.ask(ASK, NAMES_USER)
    assert (target.ipv4, target.ipv6) == (IPv4Address("203.0.113.1"), None)
    eth0 = named.kernel.host.links["eth0"]
    eth0.addresses = {each for each in eth0.addresses if each.version == 6} | {IPv4Interface("203.0.113.7/24")}
    await named.state.follow()
    assert (await named.ask(ASK, NAMES_USER)).ipv4 == IPv4Address("203.0.113.7")


async def test_a_private_address_of_the_host_is_not_told(named: Running) -> None:
    """It is a cloud's behind NAT, and the public one is not known here."""
    here = named.state.surroundings
    private = replace(here, uplinks=(replace(here.uplinks[0], source4=IPv4Address("10.0.0.7")),))
    assert named.operations.public_name.target(private, Backend.KERNEL, Desired()).ipv4 is None


@pytest.mark.parametrize(
    ("wanted", "backend", "six"),
    [
        (True, Backend.KERNEL, IPv6Address("2001:db8:1::1")),
        (True, Backend.USERSPACE, None),
        (False, Backend.KERNEL, None),
    ],
)
async def test_an_aaaa_record_is_kept_on_request_and_beside_the_kernels_wireguard_only(
    named: Running, wanted: bool, backend: Backend, six: IPv6Address | None
) -> None:
    """wireguard-go sends to wrong IPv6 addresses once it has sent to an IPv4 one."""
    here = replace(named.state.surroundings, public6=IPv6Address("2001:db8:1::1"))
    name = publicname.PublicName(replace(NAMES, ipv6=wanted), named.state.problems)
    assert name.target(here, backend, Desired()).ipv6 == six


async def test_the_status_spares_players_the_port_only_where_the_record_leads_there(named: Running) -> None:
    async def spared() -> int | None:
        found: int | None = (await named.ask(GetStatus(actor=ALICE))).srv_port
        return found

    await named.ask(a_join())
    await named.ask(AddForward(actor=ALICE, ports=parse_ports("25566"), to_port=25565))
    assert (await named.ask(ASK, NAMES_USER)).srv_port == 25566
    assert await spared() is None
    await named.ask(replace(ASK, srv_port=25566), NAMES_USER)
    assert await spared() == 25566
    await named.ask(RemoveForward(actor=ALICE, ports=parse_ports("25566")))
    assert await spared() is None
    assert (await named.ask(ASK, NAMES_USER)).srv_port is None


async def test_no_srv_record_is_asked_for_where_it_is_switched_off(tmp_path: Path, kernel: FakeKernel) -> None:
    async with running(tmp_path / "db", kernel, config(replace(NAMES, srv=False))) as gateway:
        await gateway.ask(a_join())
        await gateway.ask(AddForward(actor=ALICE, ports=parse_ports("25565")))
        assert (await gateway.ask(ASK, NAMES_USER)).srv_port is None


async def test_what_keeps_the_name_from_being_kept_is_one_problem_until_it_is(named: Running) -> None:
    for _ in range(2):
        await named.ask(replace(ASK, problem="ns1 cannot be reached"), NAMES_USER)
    (problem,) = (await named.ask(GetStatus(actor=ADMIN))).problems
    assert str(problem).startswith(f"The name {NAME} is not kept: ns1 cannot be reached. It may lead to an old address")
    await named.ask(ASK, NAMES_USER)
    assert (await named.ask(GetStatus(actor=ADMIN))).problems == ()


async def test_a_silent_process_is_a_problem(named: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publicname, "SILENT_S", 0.02)
    await named.ask(replace(ASK, srv_port=25565), NAMES_USER)
    listening = asyncio.create_task(named.operations.public_name.keep_listening(NAME))
    try:

        async def is_told() -> bool:
            return Trouble.NAME in named.state.problems

        await until(is_told)
        assert named.operations.public_name.srv_port is None
    finally:
        listening.cancel()
    await asyncio.wait([listening])
    await named.ask(ASK, NAMES_USER)
    assert not await is_told()


@asynccontextmanager
async def listening(named: Running, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Let the gateway listen, with little patience."""
    monkeypatch.setattr(publicname, "SILENT_S", 0.05)
    task = asyncio.create_task(named.operations.public_name.keep_listening(NAME))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def is_a_problem(named: Running) -> None:
    async def is_told() -> bool:
        return Trouble.NAME in named.state.problems

    await until(is_told)


async def test_a_process_that_watches_and_has_answered_may_be_silent_for_ever(
    named: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of its connection is the end of that."""
    targets: AsyncGenerator[NameTarget, None] = await named.ask(WATCH, NAMES_USER)
    async with listening(named, monkeypatch):
        async with aclosing(targets):
            assert (await anext(targets)).name == NAME
            waiting = asyncio.create_task(anext(targets))
            await named.ask(ASK, NAMES_USER)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(4 * publicname.SILENT_S):
                    await is_a_problem(named)
            waiting.cancel()
            await asyncio.wait([waiting])
        await is_a_problem(named)


async def test_a_process_that_watches_and_does_not_answer_is_a_problem(
    named: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is frozen keeps its connection."""
    targets: AsyncGenerator[NameTarget, None] = await named.ask(WATCH, NAMES_USER)
    async with listening(named, monkeypatch), aclosing(targets):
        await anext(targets)
        await is_a_problem(named)
        await named.ask(ASK, NAMES_USER)
        assert Trouble.NAME not in named.state.problems


async def test_a_watcher_is_told_each_target_once_however_much_changes(named: Running) -> None:
    targets: AsyncGenerator[NameTarget, None] = await named.ask(WATCH, NAMES_USER)
    async with aclosing(targets):
        assert (await anext(targets)).srv_port is None
        await named.ask(a_join())
        await named.ask(AddForward(actor=ALICE, ports=parse_ports("27015")))
        await named.ask(AddForward(actor=ALICE, ports=parse_ports("25566"), to_port=25565))
        assert (await anext(targets)).srv_port == 25566
        eth0 = named.kernel.host.links["eth0"]
        eth0.addresses = {each for each in eth0.addresses if each.version == 6} | {IPv4Interface("203.0.113.7/24")}
        await named.state.follow()
        assert (await anext(targets)).ipv4 == IPv4Address("203.0.113.7")


async def test_silence_is_no_problem_without_names(tmp_path: Path, kernel: FakeKernel) -> None:
    kernel.host.names["play.example.org"] = (IPv4Address("203.0.113.1"),)
    async with running(tmp_path / "db", kernel, config(None)) as gateway:
        await gateway.operations.public_name.keep_listening(NAME)  # has nothing to wait for
        assert not gateway.state.problems.present


def opened(*forwards: tuple[str, int | None, Protocol]) -> Desired:
    """Return a state with these forwards of Alice's device, opened a second apart."""
    desired, _ = joined(Desired())
    for ports, to_port, protocol in forwards:
        desired = forwarded(desired, ports, protocol=protocol, to_port=to_port)
    aged = {key: replace(each, created_at=NOW + timedelta(seconds=key)) for key, each in desired.forwards.items()}
    return replace(desired, forwards=aged)


TCP, UDP, BOTH = Protocol.TCP, Protocol.UDP, Protocol.BOTH


@pytest.mark.parametrize(
    ("forwards", "port"),
    [
        ([], None),
        ([("25565", None, BOTH)], 25565),
        ([("25565", None, TCP)], 25565),
        ([("25565", None, UDP)], None),  # such as voice chat
        ([("2456-2458", None, BOTH)], None),
        ([("25570", 25565, TCP)], 25570),
        ([("25560-25569", 25560, TCP)], 25565),
        ([("30000-30009", 25560, TCP)], 30005),
        ([("25570", 25565, TCP), ("25571", 25565, TCP)], 25570),
        ([("25570", 25565, TCP), ("25565", 7777, TCP)], 25565),
    ],
)
def test_the_game_is_led_to_the_default_port_or_else_to_what_was_opened_first(
    forwards: list[tuple[str, int | None, Protocol]], port: int | None
) -> None:
    """A client follows the record also from `name:25565`, so it must never lead away from there."""
    assert srv_port(opened(*forwards)) == port


def test_a_world_that_was_opened_to_the_lan_is_known_by_the_games_name() -> None:
    """Its port is a random one."""
    desired = opened(("43210", None, TCP))
    (forward,) = desired.forwards.values()

    def named(label: str, ports: PortRange = forward.ports) -> Desired:
        changed: Forward = replace(forward, label=label, ports=ports)
        return replace(desired, forwards={changed.id: changed})

    assert srv_port(named("Minecraft (Java)")) == 43210
    assert srv_port(named("Minecraft (Bedrock)")) is None


def test_a_suspended_device_gets_no_players() -> None:
    desired = opened(("25565", None, TCP))
    assert srv_port(suspended(desired, ALICE, is_so=True)) is None
