"""SIGKILL at every effect of every operation: after the next start, database, kernel and answers agree.

With `./test --all` the next start is killed at each of its effects as well.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface, ip_network
from pathlib import Path
from typing import Any

import pytest

from gateway.api.connections import Block, GetConnections, Kick, LetIn, SetFriendsOnly, Unblock
from gateway.api.contract import (
    Actor,
    AddForward,
    ExtendForward,
    GetAudit,
    GetMoved,
    GetPolicy,
    GetStatus,
    Give,
    Issued,
    Join,
    List,
    RemoveForward,
    Rename,
    Request,
    Revoke,
    Rotate,
    SetGuest,
    SetLan,
    Subscription,
    Suspend,
)
from gateway.api.decisions import Decide, GetDecisions
from gateway.api.diagnosis import Diagnose
from gateway.api.forgetting import Erasures, Forget, Forgotten, GetErasures
from gateway.api.history import GetHistory, KeepPlaying
from gateway.api.holders import FindHolders
from gateway.api.measures import GetMeasures
from gateway.api.naming import KeepName
from gateway.api.operations import OPERATIONS
from gateway.api.pair import Stand, TakeCopy
from gateway.api.standby import GetStandby, SetStandby
from gateway.api.target import SetToPort
from gateway.codec import encode
from gateway.config import Config, PolicySection
from gateway.host.sysctl import RESERVED_PORTS, format_ports, parse_ports
from gateway.model import Desired, Duration, Protocol
from gateway.model import parse_ports as ports
from gateway.nftables.elements import STAT
from gateway.nftables.flow import Entry
from tests.unit.builders import ADMIN, ALICE, BOB, PRESHARED, key
from tests.unit.fakes.host import NOW
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.gateway.state.kills import Remains, started, watched
from tests.unit.gateway.state.walk import FOREIGN, FOUND
from tests.unit.running import Running, a_kernel, begin, knock, running

CAROL, DAVE = Actor(id="3", name="carol"), Actor(id="4", name="dave")
CONFIG = Config(policy=PolicySection(forward_duration=Duration.parse("12h")))
BOBS = 25566  # the port of a member that has nothing to do with the killed work
PLAYER = IPv4Address("198.51.100.7")  # as `knock` has it
TROLLS = ip_network("192.0.2.0/24")
ENDPOINT = "198.18.0.2:41000"


@dataclass(frozen=True)
class Work:
    """A work of the gateway that is killed. `before` changes the kernel first."""

    name: str
    do: Callable[[Running], Awaitable[Any]]
    request: Request[Any] | None = None
    before: Callable[[FakeKernel], None] = lambda kernel: None

    def __str__(self) -> str:
        return self.name


def asked(request: Request[Any], name: str = "") -> Work:
    request = replace(request, request_id="the killed one")
    return Work(name or request.operation, lambda gateway: gateway.ask(request), request)


REQUESTS = [
    asked(Join(actor=ALICE, device="phone", public_key=key())),
    asked(Join(actor=DAVE, device="pc", public_key=key(), guest_for=Duration.parse("2h")), "join of a guest"),
    asked(Rotate(actor=ALICE, device="pc", public_key=key())),
    asked(Rename(actor=ALICE, device="pc", new_name="den")),
    asked(Give(actor=ADMIN, owner=ALICE.id, device="pc", to=DAVE.id)),
    asked(Revoke(actor=ALICE, device="pc")),
    asked(AddForward(actor=ALICE, ports=ports("2456-2458, 27015/udp"))),
    asked(ExtendForward(actor=ALICE, ids=(1,), duration=Duration.parse("1d"))),
    asked(SetToPort(actor=ALICE, ids=(1,), to_port=25570)),
    asked(RemoveForward(actor=ALICE, ports=ports("25565"))),
    asked(Kick(actor=ALICE, ids=(1,), protocol=Protocol.UDP, address=PLAYER, port=4000)),
    asked(Block(actor=ALICE, ids=(1,), network=ip_network(PLAYER))),
    asked(LetIn(actor=ALICE, ids=(1,), network=ip_network("2001:db8:9::/64"))),
    asked(Unblock(actor=ALICE, ids=(1,), network=TROLLS)),
    asked(SetFriendsOnly(actor=ALICE, ids=(1,), on=True)),
    asked(GetConnections(actor=ALICE)),
    asked(Suspend(actor=ADMIN, owner=ALICE.id, suspended=True)),
    asked(Suspend(actor=ADMIN, owner=CAROL.id, suspended=False), "restore"),
    asked(Decide(actor=ADMIN, decision="ban", at=NOW, owner=ALICE.id, suspended=True, revoked_before=NOW)),
    asked(GetDecisions(actor=ADMIN)),
    asked(SetGuest(actor=ADMIN, owner=ALICE.id, duration=Duration.parse("2h"))),
    asked(SetLan(actor=ADMIN, on=True)),
    asked(Forget(actor=ADMIN, member=ALICE.id)),
    asked(GetErasures(actor=ADMIN, done=("forgotten-before",))),
    asked(List(actor=ALICE)),
    asked(GetStatus(actor=ADMIN, everyone=True)),
    asked(GetAudit(actor=ADMIN)),
    asked(GetHistory(actor=ALICE)),
    asked(KeepPlaying(actor=ALICE, keep=True)),
    asked(GetPolicy(actor=ALICE)),
    asked(KeepName(actor=ADMIN, problem="a reason", srv_port=25565)),
    asked(GetMoved(actor=ADMIN)),
    asked(GetMeasures(actor=ADMIN)),
    asked(Diagnose(actor=ADMIN)),
    asked(FindHolders(actor=ADMIN, port=BOBS, at=NOW)),
    asked(GetStandby(actor=ADMIN)),
    asked(SetStandby(actor=ADMIN, key=None)),
]


def the_tables_are_flushed(kernel: FakeKernel) -> None:
    kernel.table.content = None
    kernel.host.sysctl["net/ipv4/ip_forward"] = "0"


def the_address_moves(kernel: FakeKernel) -> None:
    eth0 = kernel.host.links["eth0"]
    eth0.addresses = {each for each in eth0.addresses if each.version == 6} | {IPv4Interface("203.0.113.7/24")}


def half_a_day_passes(kernel: FakeKernel) -> None:
    kernel.host.time += Duration.parse("13h").length  # type: ignore[operator]


OTHERS = [
    Work("expire", lambda gateway: gateway.operations.changes.expire(), before=half_a_day_passes),
    Work("prune", lambda gateway: gateway.operations.changes.prune()),
    Work("repair", lambda gateway: gateway.state.repair("test"), before=the_tables_are_flushed),
    Work("follow", lambda gateway: gateway.state.follow(), before=the_address_moves),
    Work("stop", lambda gateway: gateway.state.stop()),
]


# They are for a machine that waits, whose state no gateway has open.
OF_WHAT_WAITS = {Stand, TakeCopy}


def test_every_operation_is_killed() -> None:
    assert {type(work.request) for work in REQUESTS} == {
        kind for kind in OPERATIONS.values() if not issubclass(kind, Subscription)
    } - OF_WHAT_WAITS


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Remains:
    """Return a gateway's remains. Alice and Bob have a port, Bob has open flows, Carol is suspended."""
    folder = tmp_path_factory.mktemp("before")

    async def prepare() -> Remains:
        kernel = a_kernel(CONFIG)
        kernel.host.sysctl[RESERVED_PORTS] = format_ports(FOREIGN)
        async with running(folder / "db", kernel, CONFIG) as gateway:
            for actor in (ALICE, BOB, CAROL):
                await gateway.ask(Join(actor=actor, device="pc", public_key=key()))
            await gateway.ask(AddForward(actor=ALICE, ports=ports("25565")))
            await gateway.ask(AddForward(actor=BOB, ports=ports(str(BOBS)), duration=Duration.parse("forever")))
            await gateway.ask(AddForward(actor=CAROL, ports=ports("25567")))
            await gateway.ask(Block(actor=ALICE, ids=(1,), network=TROLLS))
            await gateway.ask(Suspend(actor=ADMIN, owner=CAROL.id, suspended=True))
            erasure = "INSERT INTO erasures VALUES ('forgotten-before', 'salt', 'digest', ?)"
            await gateway.database.execute(erasure, (NOW.isoformat(),))
            bob = device_of(gateway, BOB)
            kernel.wireguard.seen(bob.public_key, endpoint=ENDPOINT, latest_handshake=NOW, rx_bytes=1000)
            knock(gateway, 25565)
            knock(gateway, BOBS)
            begin(gateway, bob.ipv4)
            return Remains.of(kernel, folder)

    return asyncio.run(prepare())


def device_of(gateway: Running, owner: Actor) -> Any:
    return next(peer for peer in gateway.state.desired.peers.values() if peer.owner == owner.id)


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Path]:
    return (tmp_path / str(number) for number in itertools.count())


@pytest.mark.parametrize("work", REQUESTS, ids=str)
async def test_a_killed_request_happened_or_not_and_a_retry_makes_it_happen_once(
    work: Work, before: Remains, folders: Iterator[Path]
) -> None:
    assert work.request
    async with watched(before, next(folders), CONFIG) as (gateway, moments):
        was, counted = gateway.state.desired, await actions(gateway)
        moments.found.clear()
        await work.do(gateway)
        wanted, counts = gateway.state.desired, await actions(gateway)
        stored = await gateway.stored(work.request)
    happened = set[bool]()
    for name, remains in moments.found:
        bobs_is_there(remains.kernel(), name)
        async with started(remains, next(folders), CONFIG) as again:
            made = await again.stored(work.request)
            happened.add(made is not None)
            await is_one(again, name)
            assert comparable(again.state.desired) == comparable(wanted if made is not None else was), name
            assert await actions(again) == (counts if made is not None else counted), name
            answer = await again.ask(work.request)
            if made is not None:
                assert encode(without_secret(answer)) == made, name
            elif stored is not None and not isinstance(answer, Forgotten):  # which has a random alias
                assert encode(without_secret(answer)) == stored, name
            if isinstance(answer, Erasures):
                assert answer.erasures == (), name
            assert comparable(again.state.desired) == comparable(wanted), name
            assert await actions(again) == counts, name
            await is_one(again, name)
            bobs_is_there(again.kernel, name)
            await leaves_the_host_as_it_was(again, name)
    assert happened == ({True, False} if stored else {False})


@pytest.mark.parametrize("work", OTHERS, ids=str)
async def test_work_that_no_request_began_is_done_after_the_next_start(
    work: Work, before: Remains, folders: Iterator[Path]
) -> None:
    async with watched(before, next(folders), CONFIG) as (gateway, moments):
        work.before(gateway.kernel)
        moments.found.clear()
        await work.do(gateway)
        wanted = gateway.state.desired
    for name, remains in moments.found:
        async with started(remains, next(folders), CONFIG) as again:
            await again.operations.changes.expire()
            await again.state.tidied()
            assert comparable(again.state.desired) == comparable(wanted), name
            assert again.state.surroundings == gateway.state.surroundings, name
            await is_one(again, name)
            await leaves_the_host_as_it_was(again, name)


async def test_a_killed_first_start_is_done_by_the_next(tmp_path: Path, folders: Iterator[Path]) -> None:
    kernel = a_kernel(CONFIG)
    kernel.host.sysctl[RESERVED_PORTS] = format_ports(FOREIGN)
    async with watched(Remains.of(kernel, tmp_path), next(folders), CONFIG) as (_, moments):
        pass
    for name, remains in moments.found:
        async with started(remains, next(folders), CONFIG) as again:
            await is_one(again, name)
            await leaves_the_host_as_it_was(again, name)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("work", [*REQUESTS, *OTHERS], ids=str)
async def test_the_start_after_a_kill_may_be_killed_as_well(
    work: Work, before: Remains, folders: Iterator[Path]
) -> None:
    async with watched(before, next(folders), CONFIG) as (gateway, moments):
        work.before(gateway.kernel)
        moments.found.clear()
        await work.do(gateway)
    for first, remains in moments.found:
        async with watched(remains, next(folders), CONFIG) as (again, more):
            wanted = again.state.desired
        for second, left in more.found:
            async with started(left, next(folders), CONFIG) as last:
                assert last.state.desired == wanted, (first, second)
                await is_one(last, f"{first}, then {second}")
                await leaves_the_host_as_it_was(last, f"{first}, then {second}")


# -- what must hold


async def is_one(gateway: Running, name: str) -> None:
    """Check that stored, wanted and real are one, and that what is borrowed of the host is noted."""
    assert await gateway.store.load() == gateway.state.desired, name
    assert await gateway.state.drift() == frozenset(), name
    assert gateway.differences() == [], name
    host = gateway.kernel.host
    assert host.reserved - FOREIGN <= parse_ports(await gateway.store.note("reserved_ports") or ""), name
    assert await gateway.database.execute_fetchall("PRAGMA integrity_check") == [("ok",)], name


async def leaves_the_host_as_it_was(gateway: Running, name: str) -> None:
    await gateway.state.stop()
    kernel = gateway.kernel
    assert kernel.table.content is None, name
    assert "wg0" not in kernel.host.links, name
    assert kernel.host.reserved == FOREIGN, name
    assert {each: kernel.host.sysctl[each] for each in FOUND} == FOUND, name


def bobs_is_there(kernel: FakeKernel, name: str) -> None:
    """Check that a moment interrupts none of Bob's flows: tunnel, port, mark and conntrack's entries."""
    content = kernel.table.content
    assert content, name
    (bob,) = (peer for peer in kernel.wireguard.peers.values() if peer.endpoint == ENDPOINT)
    assert (bob.latest_handshake, bob.rx_bytes, len(bob.allowed_ips)) == (NOW, 1000, 2), name
    target, port = content["fwd4"][17, BOBS]
    assert (target, port) == (IPv4Address(bob.allowed_ips[0].network_address), BOBS), name
    mark = content["fwdid"][17, BOBS][0]
    assert all((mark,) in content[each] for each in STAT), name
    his = Counter(entry.original.destination_port for entry in kernel.conntrack.entries if is_of(entry, target))
    assert his == {BOBS: 1, 80: 1}, name


def is_of(entry: Entry, address: object) -> bool:
    return address in (entry.original.source, entry.reply.source)


async def actions(gateway: Running) -> Counter[str]:
    """Count the entries of the audit log."""
    return Counter(entry.action for entry in await gateway.store.audit_page(None, 100))


def comparable(desired: Desired) -> Desired:
    """Return the state without what each attempt makes anew: preshared keys, and the alias of a forgotten member."""
    peers = {number: replace(peer, preshared_key=PRESHARED) for number, peer in desired.peers.items()}
    resting = {ip: replace(rest, owner=rest.owner.partition("-")[0]) for ip, rest in desired.resting.items()}
    return replace(desired, peers=peers, resting=resting)


def without_secret(answer: object) -> object:
    return answer.peer if isinstance(answer, Issued) else answer
