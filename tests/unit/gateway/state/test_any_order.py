"""Anything in any order, with refusals anywhere: desired state, database and kernel agree, or a repair is owed.

A few walks in the unit tests, many with `./test --all`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Network, ip_network
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from gateway.api.connections import Block, Kick, LetIn, SetFriendsOnly, Unblock
from gateway.api.contract import (
    AddForward,
    ExtendForward,
    Give,
    Issued,
    Join,
    PeerInfo,
    RemoveForward,
    Rename,
    Request,
    Revoke,
    Rotate,
    SetGuest,
    SetLan,
    Suspend,
)
from gateway.api.target import SetToPort
from gateway.codec import encode
from gateway.errors import GatewayError, PeerUnknown
from gateway.host.sysctl import RESERVED_PORTS, format_ports
from gateway.model import Duration, Mode, PortRange, PortSpec, Protocol
from gateway.nftables.flow import Tuple
from tests.unit.gateway.state.walk import ADMIN, FOREIGN, FOUND, Walk, is_over, member, without_key

owners = st.sampled_from(["1", "2", "3"])
devices = st.sampled_from(["pc", "box", "phone"])
protocols = st.sampled_from(Protocol)
ranges = st.builds(lambda first, more: PortRange(first, first + more), st.integers(2000, 2020), st.integers(0, 3))
specs = st.builds(PortSpec, ranges, st.sampled_from([None, Protocol.TCP, Protocol.UDP]))
durations = st.sampled_from([None, Duration.parse("30m"), Duration.parse("2d"), Duration.parse("forever")])
ids = st.integers(1, 12)
networks = st.sampled_from(
    list(
        map(
            ip_network, ("198.51.100.1", "198.51.100.2", "198.51.100.0/24", "2001:db8::1", "2001:db8::/64", "0.0.0.0/0")
        )
    )
)
moments = st.just(()) | st.lists(st.integers(1, 40), min_size=1, max_size=4).map(tuple)

pytestmark = pytest.mark.timeout(3600)  # ./test --all walks 1,500 times


class AnyOrder(Walk):
    """`refused`: which effects of a step the kernel or the database refuses, counted from its begin."""

    @initialize()
    def some_are_there(self) -> None:
        for owner in ("1", "2"):
            self.join(owner, "pc", Mode.FULL, None, 12, ())
            self.forward(int(owner) - 1, (PortSpec(PortRange.parse(f"200{owner}")),), Protocol.TCP, 2000, None, ())

    # -- requests, each with refusals at any effects on its way and on the way back

    @rule(
        owner=owners,
        device=devices,
        mode=st.sampled_from(Mode),
        duration=durations,
        choice=ids,
        refused=moments,
        guest_for=durations,
    )
    def join(
        self,
        owner: str,
        device: str,
        mode: Mode,
        duration: Duration | None,
        choice: int,
        refused: tuple[int, ...],
        guest_for: Duration | None = None,
    ) -> None:
        request = Join(
            actor=member(owner),
            device=device,
            public_key=self.a_key(choice),
            mode=mode,
            duration=duration,
            guest_for=guest_for,
        )
        self.ask(request, refused)

    @rule(number=ids, choice=ids, ipv4_only=st.sampled_from([None, True, False]), refused=moments)
    def rotate(self, number: int, choice: int, ipv4_only: bool | None, refused: tuple[int, ...]) -> None:
        owner, device = self.a_device(number)
        key = self.a_key(choice)
        self.ask(Rotate(actor=member(owner), device=device, public_key=key, ipv4_only=ipv4_only), refused)

    @rule(number=ids, new_name=devices, refused=moments)
    def rename(self, number: int, new_name: str, refused: tuple[int, ...]) -> None:
        owner, device = self.a_device(number)
        self.ask(Rename(actor=member(owner), device=device, new_name=new_name), refused)

    @rule(number=ids, to=st.integers(1, 3), refused=moments)
    def give(self, number: int, to: int, refused: tuple[int, ...]) -> None:
        owner, device = self.a_device(number)
        self.ask(Give(actor=ADMIN, owner=owner, device=device, to=str(to)), refused)

    @rule(number=ids, are_all=st.booleans(), refused=moments)
    def revoke(self, number: int, are_all: bool, refused: tuple[int, ...]) -> None:
        owner, device = self.a_device(number)
        self.ask(Revoke(actor=member(owner), device=None if are_all else device), refused)

    @rule(
        number=ids,
        ports=st.lists(specs, min_size=1, max_size=2).map(tuple),
        protocol=protocols,
        to_port=st.none() | st.integers(2000, 2006),
        duration=durations,
        friends_only=st.booleans(),
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
        friends_only: bool = False,
    ) -> None:
        owner, device = self.a_device(number)
        to_port = to_port if len(ports) == 1 else None
        request = AddForward(
            actor=member(owner),
            ports=ports,
            protocol=protocol,
            to_port=to_port,
            duration=duration,
            device=device,
            friends_only=friends_only,
        )
        self.ask(request, refused)

    @rule(number=ids, ports=st.none() | specs, refused=moments)
    def unforward(self, number: int, ports: PortSpec | None, refused: tuple[int, ...]) -> None:
        forward_id, owner = self.a_forward(number)
        chosen = {"ports": (ports,)} if ports else {"ids": (forward_id,)}
        self.ask(RemoveForward(actor=member(owner), **chosen), refused)

    @rule(number=ids, duration=durations, refused=moments)
    def extend(self, number: int, duration: Duration | None, refused: tuple[int, ...]) -> None:
        forward_id, owner = self.a_forward(number)
        self.ask(ExtendForward(actor=member(owner), ids=(forward_id,), duration=duration), refused)

    @rule(number=ids, to_port=st.none() | st.integers(1990, 2040), device=st.none() | devices, refused=moments)
    def lead_to(self, number: int, to_port: int | None, device: str | None, refused: tuple[int, ...]) -> None:
        forward_id, owner = self.a_forward(number)
        self.ask(SetToPort(actor=member(owner), ids=(forward_id,), to_port=to_port, device=device), refused)

    @rule(number=ids, source=st.integers(1, 3), refused=moments)
    def kick(self, number: int, source: int, refused: tuple[int, ...]) -> None:
        forward_id, owner = self.a_forward(number)
        player = IPv4Address("198.51.100.0") + source
        self.ask(
            Kick(actor=member(owner), ids=(forward_id,), protocol=Protocol.UDP, address=player, port=40000), refused
        )

    @rule(
        number=ids,
        network=networks,
        kind=st.sampled_from([Block, LetIn, Unblock]),
        by=st.integers(1, 3),
        refused=moments,
    )
    def list_address(
        self,
        number: int,
        network: IPv4Network | IPv6Network,
        kind: type[Block | LetIn | Unblock],
        by: int,
        refused: tuple[int, ...],
    ) -> None:
        """Ask also for a member that the forward does not belong to."""
        forward_id, owner = self.a_forward(number)
        actor = ADMIN if by == 3 else member(owner if by == 2 else "1")
        self.ask(kind(actor=actor, ids=(forward_id,), network=network), refused)

    @rule(number=ids, is_on=st.booleans(), refused=moments)
    def friends_only(self, number: int, is_on: bool, refused: tuple[int, ...]) -> None:
        forward_id, owner = self.a_forward(number)
        self.ask(SetFriendsOnly(actor=member(owner), ids=(forward_id,), on=is_on), refused)

    @rule(owner=owners, is_so=st.booleans(), refused=moments)
    def suspend(self, owner: str, is_so: bool, refused: tuple[int, ...]) -> None:
        self.ask(Suspend(actor=ADMIN, owner=owner, suspended=is_so), refused)

    @rule(owner=owners, duration=durations.filter(bool), refused=moments)
    def guest(self, owner: str, duration: Duration, refused: tuple[int, ...]) -> None:
        self.ask(SetGuest(actor=ADMIN, owner=owner, duration=duration), refused)

    @rule(is_on=st.booleans(), refused=moments)
    def lan(self, is_on: bool, refused: tuple[int, ...]) -> None:
        self.ask(SetLan(actor=ADMIN, on=is_on), refused)

    @precondition(lambda self: self.recent())
    @rule(data=st.data(), refused=moments)
    def ask_again(self, data: st.DataObject, refused: tuple[int, ...]) -> None:
        """Send an answered request again. It gets the same answer, and nothing else happens.

        A config is of the device as it is now, as long as that has the keys of the request.
        """
        request, answer, _ = data.draw(st.sampled_from(self.recent()))
        before = self.desired, self.kernel.table.content, self.host.links, self.stored()
        self.kernel.effects.refuse(*refused)
        try:
            again = self.run(self.gateway.ask(request))
        except PeerUnknown:
            peer = self.desired.peers.get(answer.peer.id)
            assert peer is None or peer.public_key != answer.peer.public_key
        except (GatewayError, OSError):
            assert refused
        else:
            if isinstance(answer, Issued):
                assert again.peer == PeerInfo.of(self.desired.peers[answer.peer.id])
                assert again.peer.public_key == answer.peer.public_key
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
            end = self.run(self.gateway.operations.changes.expire())
        except (GatewayError, OSError):
            assert refused or not was_right
            assert self.desired == before
        else:
            over = {key for key, peer in before.peers.items() if is_over(peer, now)}
            ended = {
                key
                for key, forward in before.forwards.items()
                if forward.peer_id in over or (forward.expires_at is not None and forward.expires_at <= now)
            }
            assert self.desired.peers.keys() == before.peers.keys() - over
            assert self.desired.forwards.keys() == before.forwards.keys() - ended
            assert end is None or end > now
            choosing = [forward.access for forward in self.desired.forwards.values()]
            assert all(each.until > now for access in choosing for each in access.kicked)
            assert all(access.settles_at is None or access.settles_at > now for access in choosing)
            assert all(kept.until > now for kept in self.desired.kept.values())
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
        """Change the table. The kernel sends a notice of it."""
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
        """Change the host. Only the look for drift can find it."""
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
            self.try_again()
            assert self.differences() == []
        self.kernel.effects.calm()

    @rule(refused=moments)
    def restart(self, refused: tuple[int, ...]) -> None:
        """Start again as after a kill between two requests."""
        before = self.desired
        self.run(self.stack.aclose())
        self.kernel.effects.refuse(*refused)
        self.begin()
        assert self.desired == before
        assert self.differences() == []

    @rule(owner=owners, device=devices, ports=ranges, last=st.integers(0, 40))
    def killed_during_a_request(self, owner: str, device: str, ports: PortRange, last: int) -> None:
        """Kill the gateway. The request happened or it did not, and a retry makes it happen once."""
        before = self.desired
        request: Request[Any] = Join(actor=member(owner), device=device, public_key=self.a_key(12))
        if any(peer.owner == owner for peer in before.peers.values()):
            request = AddForward(actor=member(owner), ports=(PortSpec(ports),))
        request = self.with_id(request)
        self.kernel.effects.die(after=last)
        answer = None
        with suppress(GatewayError, OSError):
            answer = self.run(self.gateway.ask(request))
        self.kernel.effects.calm()
        self.run(self.stack.aclose())
        self.begin()
        assert self.differences() == []
        made = self.run(self.gateway.stored(request))
        assert answer is None or encode(without_key(answer)) == made
        assert (self.desired == before) == (made is None)
        if made is not None:
            again = self.run(self.gateway.ask(request))
            assert encode(without_key(again)) == made
            self.answers.append((request, again, self.host.time))
        self.note_removed(before)

    @rule()
    def stop_and_start(self) -> None:
        """Stop, which leaves nothing of ours, and start, which brings all of it back."""
        before = self.desired
        self.run(self.gateway.state.stop())
        assert self.kernel.table.content is None
        assert "wg0" not in self.host.links
        assert self.host.reserved == FOREIGN
        assert {name: self.host.sysctl[name] for name in FOUND} == FOUND
        self.run(self.stack.aclose())
        self.begin()
        assert self.desired == before


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=settings().max_examples // 2, stateful_step_count=30, suppress_health_check=list(HealthCheck)
)
