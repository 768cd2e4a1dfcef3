"""Anything in any order, with refusals anywhere: desired state, database and kernel agree, or a repair is owed.

`GUILDGATE_EXAMPLES=2000` tries so many walks instead of the few of the unit tests.
"""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.api.contract import (
    Actor,
    AddForward,
    ExtendForward,
    Join,
    RemoveForward,
    Request,
    Revoke,
    Rotate,
    SetLan,
    Suspend,
)
from gateway.codec import encode
from gateway.config import Config, GatewaySection, PolicySection
from gateway.errors import GatewayError
from gateway.host.sysctl import RESERVED_PORTS, format_ports, parse_ports
from gateway.model import Desired, Duration, Key, Mode, Peer, PortRange, PortSpec, Protocol
from gateway.nftables.elements import MARK, MARK_MASK
from gateway.nftables.flow import Tuple
from gateway.state.planner import CLOSED, REST
from gateway.state.store import REMEMBER_REQUESTS
from tests.unit.running import KEY, Running, a_kernel, running

T = TypeVar("T")

EXAMPLES = int(os.environ.get("GUILDGATE_EXAMPLES", "60"))
CONFIG = Config(
    # The subnet is small, so that addresses run out and are used again.
    gateway=GatewaySection(subnet4=IPv4Network("10.66.66.0/29"), subnet6=IPv6Network("fd42:42:42::/64")),
    policy=PolicySection(
        forward_duration=Duration.parse("12h"), device_duration=Duration.parse("3d"), devices_per_member=2
    ),
)
FOREIGN = {2005, 30000}  # ports that another program has reserved
FOUND = {"net/ipv4/ip_forward": "0", "net/ipv6/conf/eth0/accept_ra": "1", "net/ipv6/conf/all/forwarding": "0"}
WANTED = {"net/ipv4/ip_forward": "1", "net/ipv6/conf/eth0/accept_ra": "2", "net/ipv6/conf/all/forwarding": "1"}

owners = st.sampled_from(["1", "2", "3"])
devices = st.sampled_from(["pc", "box", "phone"])
protocols = st.sampled_from(Protocol)
ranges = st.builds(lambda first, more: PortRange(first, first + more), st.integers(2000, 2020), st.integers(0, 3))
specs = st.builds(PortSpec, ranges, st.sampled_from([None, Protocol.TCP, Protocol.UDP]))
durations = st.sampled_from([None, Duration.parse("30m"), Duration.parse("2d"), Duration.parse("forever")])
ids = st.integers(1, 12)
moments = st.just(()) | st.lists(st.integers(1, 40), min_size=1, max_size=4).map(tuple)


class Walk(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        logging.getLogger("gateway").setLevel(logging.CRITICAL + 1)  # because each walk logs hundreds of refusals
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.kernel = a_kernel(CONFIG)
        self.host = self.kernel.host
        self.host.sysctl[RESERVED_PORTS] = format_ports(FOREIGN)
        self.gateway: Running
        self.is_noticed = False  # the kernel sent a notice of another program's change, or a repair failed
        self.answers: list[tuple[Request[Any], Any, datetime]] = []
        self.requests = 0
        self.keys = 0
        self.left: dict[IPv4Address, Any] = {}  # addresses of removed peers, with the time of their removal
        self.closed: dict[tuple[int, int], Any] = {}  # public ports of removed forwards, with the time of their removal
        self._begin()

    def _begin(self) -> None:
        """Start again and again until it works, as a supervisor does."""

        async def start() -> None:
            self.stack = AsyncExitStack()
            path = Path(self.folder.name, "db")
            self.gateway = await self.stack.enter_async_context(running(path, self.kernel, CONFIG))

        try:
            self.run(start())
        except (GatewayError, OSError):
            self.kernel.effects.calm()
            self.run(start())
        self.kernel.effects.calm()
        self.is_noticed = False

    def teardown(self) -> None:
        self.kernel.effects.calm()
        self.run(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()
        logging.getLogger("gateway").setLevel(logging.NOTSET)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @property
    def desired(self) -> Desired:
        return self.gateway.state.desired

    @initialize()
    def some_are_there(self) -> None:
        for owner in ("1", "2"):
            self.join(owner, "pc", Mode.FULL, None, 12, ())
            self.forward(int(owner) - 1, (PortSpec(PortRange.parse(f"200{owner}")),), Protocol.TCP, 2000, None, ())

    # -- requests, each with refusals at any effects on its way and on the way back

    @rule(owner=owners, device=devices, mode=st.sampled_from(Mode), duration=durations, choice=ids, refused=moments)
    def join(
        self, owner: str, device: str, mode: Mode, duration: Duration | None, choice: int, refused: tuple[int, ...]
    ) -> None:
        key = self.a_key(choice)
        self.ask(Join(actor=_member(owner), device=device, public_key=key, mode=mode, duration=duration), refused)

    @rule(number=ids, choice=ids, refused=moments)
    def rotate(self, number: int, choice: int, refused: tuple[int, ...]) -> None:
        owner, device = self.a_device(number)
        self.ask(Rotate(actor=_member(owner), device=device, public_key=self.a_key(choice)), refused)

    @rule(number=ids, are_all=st.booleans(), refused=moments)
    def revoke(self, number: int, are_all: bool, refused: tuple[int, ...]) -> None:
        owner, device = self.a_device(number)
        self.ask(Revoke(actor=_member(owner), device=None if are_all else device), refused)

    @rule(
        number=ids,
        ports=st.lists(specs, min_size=1, max_size=2).map(tuple),
        protocol=protocols,
        to_port=st.none() | st.integers(2000, 2006),
        duration=durations,
        refused=moments,
    )
    def forward(
        self,
        number: int,
        ports: tuple[PortSpec, ...],
        protocol: Protocol,
        to_port: int | None,
        duration: Duration | None,
        refused: tuple[int, ...],
    ) -> None:
        owner, device = self.a_device(number)
        to_port = to_port if len(ports) == 1 else None
        request = AddForward(
            actor=_member(owner), ports=ports, protocol=protocol, to_port=to_port, duration=duration, device=device
        )
        self.ask(request, refused)

    @rule(number=ids, ports=st.none() | specs, refused=moments)
    def unforward(self, number: int, ports: PortSpec | None, refused: tuple[int, ...]) -> None:
        forward_id, owner = self.a_forward(number)
        chosen = {"ports": (ports,)} if ports else {"ids": (forward_id,)}
        self.ask(RemoveForward(actor=_member(owner), **chosen), refused)

    @rule(number=ids, duration=durations, refused=moments)
    def extend(self, number: int, duration: Duration | None, refused: tuple[int, ...]) -> None:
        forward_id, owner = self.a_forward(number)
        self.ask(ExtendForward(actor=_member(owner), ids=(forward_id,), duration=duration), refused)

    @rule(owner=owners, is_so=st.booleans(), refused=moments)
    def suspend(self, owner: str, is_so: bool, refused: tuple[int, ...]) -> None:
        self.ask(Suspend(actor=_ADMIN, owner=owner, suspended=is_so), refused)

    @rule(is_on=st.booleans(), refused=moments)
    def lan(self, is_on: bool, refused: tuple[int, ...]) -> None:
        self.ask(SetLan(actor=_ADMIN, on=is_on), refused)

    @precondition(lambda self: self.recent())
    @rule(data=st.data(), refused=moments)
    def ask_again(self, data: st.DataObject, refused: tuple[int, ...]) -> None:
        """A request that was answered gets the same answer again, and nothing else happens."""
        request, answer, _ = data.draw(st.sampled_from(self.recent()))
        before = self.desired, self.kernel.table.content, self.host.links, self.stored()
        self.kernel.effects.refuse(*refused)
        try:
            again = self.run(self.gateway.ask(request))
        except (GatewayError, OSError):
            assert refused
        else:
            assert encode(again) == encode(answer)
        self.kernel.effects.calm()
        assert (self.desired, self.kernel.table.content, self.host.links, self.stored()) == before

    @rule(minutes=st.sampled_from([1, 20, 40, 12 * 60, 24 * 60, 4 * 24 * 60]), refused=moments)
    def time_passes(self, minutes: int, refused: tuple[int, ...]) -> None:
        self.host.time += timedelta(minutes=minutes)
        before, now, was_right = self.desired, self.host.time, self.is_right()
        self.kernel.effects.refuse(*refused)
        try:
            end = self.run(self.gateway.operations.expire())
        except (GatewayError, OSError):
            assert refused or not was_right
            assert self.desired == before
        else:
            over = {key for key, peer in before.peers.items() if _is_over(peer, now)}
            ended = {
                key
                for key, forward in before.forwards.items()
                if forward.peer_id in over or (forward.expires_at is not None and forward.expires_at <= now)
            }
            assert self.desired.peers.keys() == before.peers.keys() - over
            assert self.desired.forwards.keys() == before.forwards.keys() - ended
            assert end is None or end > now
            self.note_removed(before)
        self.run(self.gateway.state.tidied())
        self.kernel.effects.calm()

    # -- what happens around the gateway

    @rule(port=st.integers(2000, 2024), source=st.integers(1, 3), protocol=st.sampled_from([6, 17]))
    def player_knocks(self, port: int, source: int, protocol: int) -> None:
        """Begin a flow. It must not outlive the opening of a forward, nor the closing of its own."""
        player, here = IPv4Address("198.51.100.0") + source, self.gateway.state.surroundings.public4
        assert here
        self.kernel.conntrack.arrive(Tuple(protocol, player, 40000, here, port))

    @rule(what=st.sampled_from(["flush", "remove a port", "remove the table"]))
    def another_program_changes_the_table(self, what: str) -> None:
        """The kernel sends a notice of it."""
        table = self.kernel.table
        match what:
            case "flush":
                table.content = table.content and {name: {} for name in table.content}
            case "remove a port":
                ports = dict((table.content or {}).get("fwd4", {}))
                if table.content and ports:
                    ports.popitem()
                    table.content = {**table.content, "fwd4": ports}
            case _:
                table.content = None
        self.is_noticed = True

    @rule(what=st.sampled_from(["link", "peer", "address", "mtu", "forwarding", "accept_ra", "reserved"]))
    def another_program_changes_the_host(self, what: str) -> None:
        """Only the look for drift can find it."""
        link = self.host.links.get("wg0")
        match what:
            case "link":
                self.host.links.pop("wg0", None)
            case "peer" if link and link.device and link.device.peers:
                gone = next(iter(link.device.peers))
                link.device = replace(
                    link.device, peers={key: peer for key, peer in link.device.peers.items() if key != gone}
                )
            case "address" if link:
                link.addresses.clear()
            case "mtu" if link:
                link.mtu = 1280
            case "forwarding":
                self.host.sysctl["net/ipv4/ip_forward"] = "0"
            case "accept_ra":
                self.host.sysctl["net/ipv6/conf/eth0/accept_ra"] = "1"
            case "reserved":
                self.host.sysctl[RESERVED_PORTS] = format_ports(FOREIGN)
            case _:
                pass

    @rule(number=st.integers(1, 4), refused=moments)
    def the_public_address_moves(self, number: int, refused: tuple[int, ...]) -> None:
        eth0 = self.host.links["eth0"]
        eth0.addresses = {each for each in eth0.addresses if each.version == 6} | {
            IPv4Interface(f"203.0.113.{number}/24")
        }
        self.kernel.effects.refuse(*refused)
        try:
            self.run(self.gateway.state.follow())
        except (GatewayError, OSError):
            assert refused or self.is_noticed
            self.is_noticed = True
        self.kernel.effects.calm()
        if not refused:
            assert self.gateway.state.surroundings.address == f"203.0.113.{number}"

    @rule(refused=moments)
    def repair(self, refused: tuple[int, ...]) -> None:
        if self.is_right():
            return
        self.kernel.effects.refuse(*refused)
        try:
            self.run(self.gateway.state.repair("test"))
        except (GatewayError, OSError):
            assert refused
            self.is_noticed = True
        else:
            self.is_noticed = False
            self.kernel.effects.calm()
            assert self.differences() == []
        self.kernel.effects.calm()

    @rule(refused=moments)
    def restart(self, refused: tuple[int, ...]) -> None:
        """Start again as after a kill between two requests."""
        before = self.desired
        self.run(self.stack.aclose())
        self.kernel.effects.refuse(*refused)
        self._begin()
        assert self.desired == before
        assert self.differences() == []

    @rule(owner=owners, device=devices, ports=ranges, last=st.integers(0, 40))
    def killed_during_a_request(self, owner: str, device: str, ports: PortRange, last: int) -> None:
        """The request happened or it did not. A retry makes it happen once."""
        before = self.desired
        request: Request[Any] = Join(actor=_member(owner), device=device, public_key=self.a_key(12))
        if any(peer.owner == owner for peer in before.peers.values()):
            request = AddForward(actor=_member(owner), ports=(PortSpec(ports),))
        request = self.with_id(request)
        self.kernel.effects.die(after=last)
        answer = None
        with suppress(GatewayError, OSError):
            answer = self.run(self.gateway.ask(request))
        self.kernel.effects.calm()
        self.run(self.stack.aclose())
        self._begin()
        assert self.differences() == []
        made = self.run(self.gateway.store.answer(request.request_id or ""))
        assert answer is None or encode(answer) == made
        assert (self.desired == before) == (made is None)
        if made is not None:
            again = self.run(self.gateway.ask(request))
            assert encode(again) == made
            self.answers.append((request, again, self.host.time))
        self.note_removed(before)

    @rule()
    def stop_and_start(self) -> None:
        """A stop leaves nothing of ours, and a start brings all of it back."""
        before = self.desired
        self.run(self.gateway.state.stop())
        assert self.kernel.table.content is None
        assert "wg0" not in self.host.links
        assert self.host.reserved == FOREIGN
        assert {name: self.host.sysctl[name] for name in FOUND} == FOUND
        self.run(self.stack.aclose())
        self._begin()
        assert self.desired == before

    # -- what must hold after all of it

    @invariant()
    def it_is_one_or_a_repair_is_owed(self) -> None:
        assert self.stored() == self.desired
        if self.is_right():
            assert self.differences() == []
        # A port that is reserved and not noted would stay reserved after a crash.
        noted = self.run(self.gateway.store.note("reserved_ports")) or ""
        assert self.host.reserved - FOREIGN <= parse_ports(noted)

    def is_right(self) -> bool:
        """Report whether the gateway would leave everything as it is. A look that fails is followed by a repair."""
        try:
            return not self.is_noticed and not self.run(self.gateway.state.has_drifted())
        except GatewayError:
            return False

    def stored(self) -> Desired:
        return self.run(self.gateway.store.load())

    def differences(self) -> list[str]:
        """Return what the kernel has that differs from what it should have."""
        if "wg0" not in self.host.links:
            return ["there is no WireGuard"]
        found = self.gateway.differences()
        content = self.kernel.table.content or {}
        for (number, port), since in self.closed.items():
            if self.host.time < since + CLOSED and (number, port) not in content.get("busy", {}):
                found.append(f"{number} {port} was closed at {since} and is not kept from other flows")
        link = self.host.links["wg0"]
        if {str(each) for each in link.addresses} != {"10.66.66.1/29", "fd42:42:42::1/64"} or link.mtu != 1420:
            found.append(f"link: {link}")
        ours = {port for forward in self.desired.forwards.values() for port in forward.ports}
        if not ours | FOREIGN <= self.host.reserved:
            found.append(f"reserved: {self.host.reserved}, not {ours}")
        settings = {name: self.host.sysctl[name] for name in FOUND}
        return found if settings == WANTED else [*found, f"settings: {settings}"]

    # -- helpers

    def ask(self, request: Request[Any], refused: tuple[int, ...]) -> None:
        before, request = self.desired, self.with_id(request)
        was_right = self.is_right()
        self.kernel.effects.refuse(*refused)
        try:
            answer = self.run(self.gateway.ask(request))
        except (GatewayError, OSError):
            self.kernel.effects.calm()
            assert self.desired == before
            assert self.run(self.gateway.store.answer(request.request_id or "")) is None
            return
        self.kernel.effects.calm()
        assert self.run(self.gateway.store.answer(request.request_id or "")) == encode(answer)
        self.answers.append((request, answer, self.host.time))
        self.old_answers_are_forgotten()
        self.note_removed(before)
        if not refused and was_right:
            assert self.differences() == []
            self.no_flow_is_led_wrong()

    def with_id(self, request: Request[Any]) -> Request[Any]:
        self.requests += 1
        return replace(request, request_id=f"r{self.requests}")

    def recent(self) -> list[tuple[Request[Any], Any, datetime]]:
        return [each for each in self.answers if self.host.time - each[2] < REMEMBER_REQUESTS]

    def old_answers_are_forgotten(self) -> None:
        rows = self.run(self.gateway.store._rows("SELECT min(at) FROM requests"))
        assert datetime.fromisoformat(rows[0][0]) >= self.host.time - REMEMBER_REQUESTS

    def note_removed(self, before: Desired) -> None:
        """Check that no other peer or flow uses a removed address or port too early."""
        now = self.host.time
        for key, peer in self.desired.peers.items():
            if key not in before.peers:
                assert now >= self.left.get(peer.ipv4, now)
        for key, peer in before.peers.items():
            if key not in self.desired.peers:
                self.left[peer.ipv4] = now + REST
        for key, forward in before.forwards.items():
            if key not in self.desired.forwards:
                self.closed |= {(number, port): now for number in forward.protocol.numbers for port in forward.ports}

    def no_flow_is_led_wrong(self) -> None:
        """Check that each flow from outside leads to where the table says now."""
        content = self.kernel.table.content or {}
        for entry in self.kernel.conntrack.entries:
            key = (entry.original.protocol, entry.original.destination_port)
            if entry.original.destination != self.gateway.state.surroundings.public4:
                continue
            if entry.mark & MARK_MASK == MARK:
                assert content["fwdid"].get(key) in (None, (entry.mark,))
            else:
                assert key not in content["fwd4"]

    def a_device(self, number: int) -> tuple[str, str]:
        """Return the owner and name of a device, or invented ones when there is none."""
        found = [(peer.owner, peer.device) for peer in self.desired.peers.values()]
        return found[number % len(found)] if found else ("1", "pc")

    def a_forward(self, number: int) -> tuple[int, str]:
        """Return the id and owner of a forward, or invented ones when there is none."""
        peers, forwards = self.desired.peers, self.desired.forwards.values()
        found = [(forward.id, peers[forward.peer_id].owner) for forward in forwards]
        return found[number % len(found)] if found else (1, "1")

    def a_key(self, choice: int) -> Key:
        """Return a key: mostly a new one, but also one in use and the gateway's own."""
        if choice == 1:
            return KEY.public_key
        if choice == 2 and self.desired.peers:
            return next(iter(self.desired.peers.values())).public_key
        self.keys += 1
        return Key(self.keys.to_bytes(32, "big"))


_ADMIN = Actor(id="9", name="root", is_admin=True)


def _member(owner: str) -> Actor:
    return Actor(id=owner, name=f"member {owner}")


def _is_over(peer: Peer, now: Any) -> bool:
    kept = CONFIG.policy.suspended_for.length
    assert kept
    return (peer.expires_at is not None and peer.expires_at <= now) or (
        peer.suspended_at is not None and peer.suspended_at + kept <= now
    )


TestAnyOrder = Walk.TestCase
TestAnyOrder.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
