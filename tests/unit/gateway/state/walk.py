"""A gateway on a kernel in memory that is walked through its states, and what must hold after each step."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, TypeVar

from hypothesis.stateful import RuleBasedStateMachine, invariant

from gateway.api.contract import Actor, Issued, Request
from gateway.codec import encode
from gateway.config import Config, GatewaySection, PolicySection
from gateway.errors import GatewayError
from gateway.host.sysctl import RESERVED_PORTS, format_ports, parse_ports
from gateway.model import Desired, Duration, Key, Peer, Rest
from gateway.state.addresses import REST
from gateway.state.planner import CLOSED
from gateway.state.store import REMEMBER_REQUESTS
from tests.unit.builders import MARKS
from tests.unit.running import KEY, Running, a_kernel, running

T = TypeVar("T")

CONFIG = Config(
    # The subnet is small, so that addresses run out and are used again.
    gateway=GatewaySection(subnet4=IPv4Network("10.66.66.0/29"), subnet6=IPv6Network("fd42:42:42::/64")),
    policy=PolicySection(
        forward_duration=Duration.parse("12h"),
        device_duration=Duration.parse("3d"),
        devices_per_member=2,
        joins_per_hour=8,
    ),
)
FOREIGN = {2005, 30000}  # ports that another program has reserved
FOUND = {"net/ipv4/ip_forward": "0", "net/ipv6/conf/eth0/accept_ra": "1", "net/ipv6/conf/all/forwarding": "0"}
WANTED = {"net/ipv4/ip_forward": "1", "net/ipv6/conf/eth0/accept_ra": "2", "net/ipv6/conf/all/forwarding": "1"}


def without_key(answer: object) -> object:
    """Return what is stored of an answer, which is no config."""
    return answer.peer if isinstance(answer, Issued) else answer


class Walk(RuleBasedStateMachine):
    """The state of a walk, and ways to ask the gateway. A subclass has the rules."""

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
        self.left: dict[IPv4Address, Rest] = {}  # addresses of removed peers
        self.closed: dict[tuple[int, int], Any] = {}  # public ports of removed forwards, with the time of their removal
        self.begin()

    def begin(self) -> None:
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
        self.try_again()
        self.is_noticed = False

    def teardown(self) -> None:
        self.kernel.effects.calm()
        self.run(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()
        logging.getLogger("gateway").setLevel(logging.NOTSET)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.get_loop().run_until_complete(work)  # run() would set a signal handler for each step

    def try_again(self) -> None:
        """Take the steps once more that failed, as the gateway does by itself."""
        if stuck := self.gateway.state.stuck:
            self.run(self.gateway.state.repair(*stuck))

    @property
    def desired(self) -> Desired:
        return self.gateway.state.desired

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
            return not self.is_noticed and not self.gateway.state.stuck and not self.run(self.gateway.state.drift())
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
        if {str(each) for each in link.addresses} != {"10.66.66.1/29", "fd42:42:42::1/64"} or link.mtu != 1380:
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
            assert self.run(self.gateway.stored(request)) is None
            return
        self.kernel.effects.calm()
        assert self.run(self.gateway.stored(request)) == encode(without_key(answer))
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
        """Remember removed addresses and ports, which must not be used again too early."""
        now = self.host.time
        for key, peer in self.desired.peers.items():
            if key not in before.peers:
                rest = self.left.get(peer.ipv4, Rest(peer.owner, now))
                assert peer.owner == rest.owner or now >= rest.until
        for key, peer in before.peers.items():
            if key not in self.desired.peers:
                self.left[peer.ipv4] = Rest(peer.owner, now + REST)
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
            if entry.mark & MARKS.mask:
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
        return Key((8 + self.keys).to_bytes(32, "little"))


ADMIN = Actor(id="9", name="root", is_admin=True)


def member(owner: str) -> Actor:
    return Actor(id=owner, name=f"member {owner}")


def is_over(peer: Peer, now: Any) -> bool:
    kept = CONFIG.policy.suspended_for.length
    assert kept
    return (peer.expires_at is not None and peer.expires_at <= now) or (
        peer.suspended_at is not None and peer.suspended_at + kept <= now
    )
