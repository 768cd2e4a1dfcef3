"""The operations. Each turns a request into a pure edit for the reconciler, or into a look at the kernel."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import repeat
from typing import Any, Protocol, TypeVar

from gateway import logs
from gateway.access import masked, masked_network
from gateway.api import connections, contract, decisions, diagnosis, events, history, measures, pair, standby
from gateway.api.contract import Action, Actor, Caller, ForwardInfo, PeerInfo, Request
from gateway.api.dispatch import handlers
from gateway.api.forgetting import Erasure, Erasures, Forget, Forgotten, GetErasures
from gateway.api.holders import FindHolders, HeldForward, Holders
from gateway.api.naming import KeepName, NameTarget, WatchName
from gateway.api.operations import OPERATIONS
from gateway.api.signed import SIGNED
from gateway.api.target import SetToPort
from gateway.codec import encode
from gateway.config import Config
from gateway.errors import (
    AdminsOnly,
    BadRequest,
    ForwardGone,
    NothingStored,
    OtherService,
    PeerUnknown,
    RootOnly,
    TooManyChanges,
)
from gateway.host.host import Host, LinkCounts
from gateway.host.sysctl import EPHEMERAL_PORTS, RESERVED_PORTS, parse_ports
from gateway.keys import PrivateKey, new_preshared_key
from gateway.model import Change, Desired, Forward, Key, Peer, PortRange
from gateway.nftables.elements import is_lan
from gateway.problem import BLOCKING
from gateway.state import measuring, moved
from gateway.state.connections import connections_of, counted, let_through
from gateway.state.copies import Copies, Make
from gateway.state.flowlog import CLOCKS_DIFFER, FlowLog
from gateway.state.history import Recorder
from gateway.state.kernel import Kernel
from gateway.state.live import Counts, forward_status
from gateway.state.owners import peers_of
from gateway.state.planner import Planner
from gateway.state.players import Count, count_of
from gateway.state.playerwatch import PlayerWatch
from gateway.state.playing import members_at
from gateway.state.ports import Ephemeral
from gateway.state.publicname import PublicName, srv_port
from gateway.state.reconciler import Edit, Reconciler
from gateway.state.steps import in_steps
from gateway.state.store import ITSELF, Audit, Once, Store
from gateway.state.suspensions import is_change
from gateway.state.traffic import MonthlyTraffic
from gateway.version import own
from gateway.wireguard import clientconf
from gateway.wireguard.device import PeerState

A = TypeVar("A")
F = TypeVar("F", contract.Closed, contract.Extended, connections.Chosen)
R = TypeVar("R", bound=Request[Any])
Plan = Callable[[Desired, R, datetime], tuple[Desired, list[Forward]]]
"""Decide about forwards that are there: the state after, and the forwards that it is about."""
Examine = Callable[[], Awaitable[tuple[diagnosis.Finding, ...]]]
_OF_SERVICES = {
    KeepName.operation: KeepName.operation,
    WatchName.operation: KeepName.operation,
    measures.GetMeasures.operation: measures.GetMeasures.operation,
    standby.Follow.operation: SIGNED,
    pair.Stand.operation: SIGNED,
    pair.TakeCopy.operation: SIGNED,
}
"""Operations that are for one process each, and for root, with what `Caller.only` says of that process."""
T = TypeVar("T")


class Turns(Protocol):
    """What takes turns with the region's other machine."""

    async def stand(self, request: pair.Stand) -> pair.Standing: ...

    async def take(self, request: pair.TakeCopy) -> pair.Taken: ...


class Operations:
    """One method for each operation of contract.py. The type of its `request` says which; see dispatch.py."""

    def __init__(
        self,
        config: Config,
        private_key: PrivateKey,
        store: Store,
        kernel: Kernel,
        reconciler: Reconciler,
        flow_log: FlowLog | None = None,
        recorder: Recorder | None = None,
        examine: Examine | None = None,
        players: PlayerWatch | None = None,
        make_copy: Make | None = None,
        turns: Turns | None = None,
    ) -> None:
        """Take the players from the watch, or look at conntrack for each answer where there is none.

        `make_copy` makes copies for a standby; None outside of a fleet. `turns` is there where two machines have the
        region.
        """
        self._config = config
        self._public_key = private_key.public_key
        self._store = store
        self._kernel = kernel
        self._now = kernel.host.now
        self._state = reconciler
        self._flow_log = flow_log
        self._recorder = recorder
        if recorder:
            recorder.look, recorder.playing = self._look, self._playing
            reconciler.last_look = self._last_look
        self._examine = examine
        self._turns = turns
        self._players = players
        self.copies = Copies(store, reconciler, make_copy, kernel.host.now)
        self._planner = Planner(config.gateway, config.policy, self._public_key)
        self.public_name = PublicName(config.names, reconciler.problems)
        self._pace = _Pace(config.policy.changes_per_minute)
        self._state.live.describe = self._described
        self._state.live.on_change = self.public_name.look_again
        self.traffic = MonthlyTraffic(config.gateway, kernel.host, store, reconciler)
        self._tally = measuring.Tally()
        self._started = self._now()
        self._handlers = handlers(self, OPERATIONS.values())

    async def handle(self, caller: Caller, request: Request[Any]) -> object:
        """Carry out a request and return its answer. Raise an error of the tree in errors.py."""
        operation = request.operation
        with self._tally.of(operation), logs.about(request.request_id or ""):
            if not caller.is_trusted and _OF_SERVICES.get(operation, "") != caller.only:
                raise OtherService(operation=operation)
            return await self._handlers[type(request)](caller, request)

    # -- operations that change state

    async def join(self, caller: Caller, request: contract.Join) -> contract.Issued:
        preshared_key = new_preshared_key()

        def edit(desired: Desired) -> tuple[Desired, PeerInfo, Audit]:
            address = self._state.surroundings.address
            after, peer = self._planner.join(desired, request, preshared_key, self._now(), address=address)
            return after, PeerInfo.of(peer), Audit(request.actor, Action.JOIN, _subject(peer), _detail([peer]))

        return self._issue(await self._change(caller, request, PeerInfo, edit))

    async def rotate(self, caller: Caller, request: contract.Rotate) -> contract.Issued:
        preshared_key = new_preshared_key()

        def edit(desired: Desired) -> tuple[Desired, PeerInfo, Audit]:
            after, peer = self._planner.rotate(desired, request, preshared_key, self._state.surroundings.address)
            return after, PeerInfo.of(peer), Audit(request.actor, Action.ROTATE, _subject(peer), _detail([peer]))

        return self._issue(await self._change(caller, request, PeerInfo, edit))

    async def rename(self, caller: Caller, request: contract.Rename) -> contract.Renamed:
        def edit(desired: Desired) -> tuple[Desired, contract.Renamed, Audit]:
            after, before, peer = self._planner.rename(desired, request)
            answer = contract.Renamed(peer=PeerInfo.of(peer), was=before.device)
            return after, answer, Audit(request.actor, Action.RENAME, _subject(before), _detail([before, peer]))

        return await self._change(caller, request, contract.Renamed, edit)

    async def give(self, caller: Caller, request: contract.Give) -> contract.Given:
        def edit(desired: Desired) -> tuple[Desired, contract.Given, Audit]:
            after, before, peer = self._planner.give(desired, request)
            answer = contract.Given(peer=PeerInfo.of(peer), was=before.owner_name)
            forwards = _infos(after, (f for f in after.forwards.values() if f.peer_id == peer.id))
            return after, answer, Audit(request.actor, Action.GIVE, _subject(before), _detail([peer], forwards))

        return await self._change(caller, request, contract.Given, edit)

    async def revoke(self, caller: Caller, request: contract.Revoke) -> contract.Revoked:
        def edit(desired: Desired) -> tuple[Desired, contract.Revoked, Audit]:
            after, peers, forwards = self._planner.revoke(desired, request, self._now())
            answer = contract.Revoked(peers=tuple(map(PeerInfo.of, peers)), forwards=_infos(desired, forwards))
            what = ", ".join(map(_subject, peers))
            return after, answer, Audit(request.actor, Action.REVOKE, what, _detail(peers, answer.forwards))

        return await self._change(caller, request, contract.Revoked, edit)

    async def forward(self, caller: Caller, request: contract.AddForward) -> contract.Opened:
        listening, ephemeral = await asyncio.gather(self._kernel.host.listening(), ephemeral_of(self._kernel.host))

        def edit(desired: Desired) -> tuple[Desired, contract.Opened, Audit]:
            after, forwards, peer = self._planner.forward(desired, request, listening, self._now(), ephemeral)
            infos = tuple(ForwardInfo.of(forward, peer) for forward in forwards)
            answer = contract.Opened(
                forwards=infos,
                mode=peer.mode,
                public_address=self._state.surroundings.address,
                public_address6=str(self._state.network.public6) if peer.ipv6 and self._state.network.public6 else None,
            )
            return after, answer, Audit(request.actor, Action.FORWARD, _subject(peer), _detail([peer], infos))

        return await self._change(caller, request, contract.Opened, edit)

    async def unforward(self, caller: Caller, request: contract.RemoveForward) -> contract.Closed:
        return await self._edit(caller, request, contract.Closed, Action.UNFORWARD, self._planner.unforward)

    async def extend(self, caller: Caller, request: contract.ExtendForward) -> contract.Extended:
        return await self._edit(caller, request, contract.Extended, Action.EXTEND, self._planner.extend)

    async def to_port(self, caller: Caller, request: SetToPort) -> connections.Chosen:
        return await self._edit(caller, request, connections.Chosen, Action.TO_PORT, self._planner.lead_to)

    async def kick(self, caller: Caller, request: connections.Kick) -> connections.Chosen:
        address = masked(request.address)
        return await self._choose(caller, request, Action.KICK, address, self._planner.kick)

    async def block(self, caller: Caller, request: connections.Block) -> connections.Chosen:
        address = masked_network(request.network)
        return await self._choose(caller, request, Action.BLOCK, address, self._planner.list_address)

    async def let_in(self, caller: Caller, request: connections.LetIn) -> connections.Chosen:
        address = masked_network(request.network)
        return await self._choose(caller, request, Action.LET_IN, address, self._planner.list_address)

    async def unblock(self, caller: Caller, request: connections.Unblock) -> connections.Chosen:
        address = masked_network(request.network)
        return await self._choose(caller, request, Action.UNBLOCK, address, self._planner.unblock)

    async def friends_only(self, caller: Caller, request: connections.SetFriendsOnly) -> connections.Chosen:
        return await self._choose(
            caller, request, Action.FRIENDS_ONLY, "on" if request.on else "off", self._planner.friends_only
        )

    async def _choose(self, caller: Caller, request: R, action: Action, what: str, plan: Plan[R]) -> connections.Chosen:
        """Change from where the players of forwards may come. `what` is for the audit log, and names no player."""
        return await self._edit(caller, request, connections.Chosen, action, plan, what)

    async def _edit(
        self, caller: Caller, request: R, kind: type[F], action: Action, plan: Plan[R], address: str = ""
    ) -> F:
        """Change forwards that are there. `address`: what the audit log has besides them."""

        def edit(desired: Desired) -> tuple[Desired, F, Audit]:
            after, forwards = plan(desired, request, self._now())
            infos = _infos(desired, forwards)
            subject, detail = ", ".join(str(info.spec) for info in infos), _detail((), infos)
            if address:
                subject, detail = f"{subject} {address}", {**detail, "address": address}
            return after, kind(forwards=infos), Audit(request.actor, action, subject, detail)

        return await self._change(caller, request, kind, edit)

    async def suspend(self, caller: Caller, request: contract.Suspend) -> contract.Suspended:
        def edit(desired: Desired) -> tuple[Desired, contract.Suspended, Audit]:
            after, peers = self._planner.suspend(desired, request, self._now())
            action = Action.SUSPEND if request.suspended else Action.RESTORE
            answer = contract.Suspended(peers=tuple(map(PeerInfo.of, peers)))
            what = ", ".join(map(_subject, peers)) or request.owner
            ids = {peer.id for peer in peers}
            forwards = _infos(desired, (forward for forward in desired.forwards.values() if forward.peer_id in ids))
            detail = {**_detail(peers, forwards), "reason": request.reason}
            return after, answer, Audit(request.actor, action, what, detail)

        return await self._change(caller, request, contract.Suspended, edit)

    async def decide(self, caller: Caller, request: decisions.Decide) -> decisions.Decided:
        def edit(desired: Desired) -> tuple[Desired, decisions.Decided, Audit | None]:
            after, changed, gone, forwards = self._planner.decide(desired, request, self._now())
            peers = [*changed, *gone]
            answer = decisions.Decided(held=after.decisions[request.owner], peers=tuple(map(PeerInfo.of, peers)))
            if not peers:
                return after, answer, None
            ids = {peer.id for peer in changed}
            cut = (forward for forward in desired.forwards.values() if forward.peer_id in ids)
            infos = _infos(desired, (*forwards, *cut))
            action = Action.REVOKE if gone else Action.SUSPEND if request.suspended else Action.RESTORE
            detail = {**_detail(peers, infos), "reason": request.reason}
            return after, answer, Audit(request.actor, action, ", ".join(map(_subject, peers)), detail)

        return await self._change(caller, request, decisions.Decided, edit)

    async def guest(self, caller: Caller, request: contract.SetGuest) -> contract.GuestState:
        def edit(desired: Desired) -> tuple[Desired, contract.GuestState, Audit]:
            after, peers = self._planner.guest(desired, request, self._now())
            what = ", ".join(map(_subject, peers)) or request.owner
            audit = Audit(request.actor, Action.GUEST, what, _detail(peers))
            return after, contract.GuestState(peers=tuple(map(PeerInfo.of, peers))), audit

        return await self._change(caller, request, contract.GuestState, edit)

    async def forget(self, caller: Caller, request: Forget) -> Forgotten:
        _check_root(caller)
        alias = f"forgotten-{secrets.token_hex(6)}"
        erasure = Erasure.of(request.member, alias, secrets.token_hex(16))
        names = {peer.owner_name for peer in peers_of(self._state.desired, request.member)}
        is_known = bool(names) or request.member.isdecimal() or await self._store.knows(request.member)

        def edit(desired: Desired) -> tuple[Desired, Forgotten, Audit]:
            if not is_known:
                raise NothingStored(member=request.member)
            after, peers, forwards = self._planner.forget(desired, request, alias, self._now())
            answer = Forgotten(alias=alias, devices=len(peers), forwards=len(forwards))
            return after, answer, Audit(request.actor, Action.FORGET, alias, _detail(peers, _infos(desired, forwards)))

        async def forget_the_past() -> None:
            await self._store.forget(request.member, alias, names)
            await self._store.owe(erasure, self._now())

        answer = await self._change(caller, request, Forgotten, edit, forget_the_past)
        await self._state.rewrite()
        if self._flow_log:
            await self._flow_log.forget(request.member)
        if self._recorder:
            await self._recorder.forget(request.member)
        return answer

    async def erasures(self, caller: Caller, request: GetErasures) -> Erasures:
        if not request.actor.is_admin:
            raise AdminsOnly
        if request.done:
            await self._state.write(lambda: self._store.erased(request.done))
        return Erasures(erasures=tuple(await self._store.erasures()))

    async def prune(self) -> None:
        """Delete what is kept for no longer."""
        now, kept = self._now(), self._config.policy.audit_kept_for.length
        await self._state.write(lambda: self._store.prune(now, now - kept if kept else None))
        await self._state.checkpoint()  # again, because another program may have been in its way

    async def expire(self) -> datetime | None:
        """Remove what has reached its end. Return the next end, or None when nothing ends."""

        def edit(desired: Desired) -> tuple[Desired, contract.Revoked, Audit | None]:
            after, peers, forwards = self._planner.expire(desired, self._now())
            answer = contract.Revoked(peers=tuple(map(PeerInfo.of, peers)), forwards=_infos(desired, forwards))
            what = [*map(_subject, peers), *(str(forward.ports) for forward in forwards)]
            audit = Audit(ITSELF, Action.EXPIRE, ", ".join(what), _detail(peers, answer.forwards))
            return after, answer, audit if what else None  # a kick that ends is not worth a line

        end = self._planner.next_end(self._state.desired)
        if end is not None and end <= self._now():
            await self._state.change(edit, contract.Revoked)
            end = self._planner.next_end(self._state.desired)
        return end

    async def lan(self, caller: Caller, request: contract.SetLan) -> contract.LanState:
        def edit(desired: Desired) -> tuple[Desired, contract.LanState, Audit]:
            after = self._planner.lan(desired, request)
            audit = Audit(request.actor, Action.LAN, "on" if request.on else "off")
            return after, contract.LanState(on=request.on), audit

        return await self._change(caller, request, contract.LanState, edit)

    async def _change(
        self,
        caller: Caller,
        request: Request[Any],
        kind: type[A],
        edit: Edit[A],
        also: Callable[[], Awaitable[None]] | None = None,
    ) -> A:
        """Carry out an edit within the limits for the caller, and note the caller in the audit log."""

        def limited(desired: Desired) -> tuple[Desired, A, Audit | None]:
            after, answer, audit = edit(desired)
            if not caller.is_trusted:
                self._planner.check_totals(desired, after)
                if is_change(desired, after):
                    self._pace.take(self._now())
            return after, answer, audit and replace(audit, uid=caller.uid)

        return await self._state.change(limited, kind, Once.of(caller, request), also)

    # -- operations that change nothing

    async def list(self, caller: Caller, request: contract.List) -> contract.Listing:
        desired, peers = self._state.desired, self._visible(request.actor, request.everyone)
        owners = {peer.id for peer in peers}
        return contract.Listing(
            peers=tuple(map(PeerInfo.of, peers)),
            forwards=_infos(desired, (forward for forward in desired.forwards.values() if forward.peer_id in owners)),
            guests=tuple(owner for owner in desired.guests if request.everyone or owner == request.actor.id),
        )

    async def decisions(self, caller: Caller, request: decisions.GetDecisions) -> decisions.Decisions:
        if not request.actor.is_admin:
            raise AdminsOnly
        return decisions.Decisions(decisions=tuple(self._state.desired.decisions.values()))

    async def connections(self, caller: Caller, request: connections.GetConnections) -> connections.Connections:
        desired, network = self._state.desired, self._state.network
        seen = {peer.id for peer in self._visible(request.actor, request.everyone)}
        chosen = set(request.ids)
        shown = [
            forward
            for forward in desired.active.forwards.values()
            if forward.peer_id in seen and (forward.id in chosen or not chosen)
        ]
        if request.ids and not shown:
            raise ForwardGone
        flows, hits = await asyncio.gather(
            self._kernel.conntrack.flows([forward.slot for forward in shown]),
            self._kernel.table.hits(counted(shown, network)),
        )
        players = self._players
        since = {each.slot: players.since(each) for each in shown} if players else {}
        return connections_of(desired, shown, flows, since, hits, network, self._now())

    async def audit(self, caller: Caller, request: contract.GetAudit) -> contract.AuditPage:
        if not request.actor.is_admin:
            raise AdminsOnly
        limit = max(1, min(request.limit, contract.MOST_ENTRIES))
        return contract.AuditPage(entries=tuple(await self._store.audit_page(request.before, limit)))

    async def holders(self, caller: Caller, request: FindHolders) -> Holders:
        _check_root(caller)
        if not request.actor.is_admin:
            raise AdminsOnly
        desired = self._state.desired
        open_now = _infos(desired, desired.forwards.values())
        closed = [(info, at) for at, infos in await self._store.closings(request.at - CLOCKS_DIFFER) for info in infos]
        held = [HeldForward(forward=info, closed_at=at) for info, at in (*zip(open_now, repeat(None)), *closed)]
        return Holders(
            forwards=tuple(one for one in held if had_port(one, request)),
            flows=tuple(await self._flow_log.holders(request)) if self._flow_log else (),
            flow_log_for=self._config.policy.flow_log_for,
        )

    async def moved(self, caller: Caller, request: contract.GetMoved) -> contract.Moved:
        if not request.actor.is_admin:
            raise AdminsOnly
        states = await self._peer_states(tuple(self._state.desired.peers.values())) if self._state.place.since else {}
        seen = {key: state.latest_handshake for key, state in states.items()}
        return moved.moved(self._state.desired, self._state.surroundings, self._state.place, seen, self._now())

    async def policy(self, caller: Caller, request: contract.GetPolicy) -> contract.PolicyInfo:
        return contract.PolicyInfo.of(self._config.policy)

    async def name(self, caller: Caller, request: KeepName) -> NameTarget:
        self.public_name.hear(request, self._state.surroundings.address)
        self._state.live.described()
        return self._name_target()

    async def watch_name(self, caller: Caller, request: WatchName) -> AsyncGenerator[NameTarget, None]:
        return self.public_name.follow(self._name_target)

    def _name_target(self) -> NameTarget:
        return self.public_name.target(self._state.surroundings, self._kernel.wireguard.kind, self._state.desired)

    async def status(self, caller: Caller, request: contract.GetStatus) -> contract.Status:
        # WireGuard tells of all devices at once, so what the last look at all saw is told of a few.
        is_known = bool(request.devices or request.forwards) and self._state.live.is_fresh
        return await self._status(request, is_known=is_known)

    async def _status(self, asked: contract.GetStatus, *, is_known: bool) -> contract.Status:
        """Return the status. `is_known`: the devices are not looked at again."""
        peers, forwards = self._visible(asked.actor, asked.everyone), self._state.desired.forwards
        chosen: list[Forward] = []
        if asked.devices:
            wanted = set(asked.devices)
            peers = tuple(peer for peer in peers if peer.id in wanted)
        elif asked.forwards:
            chosen = [forwards[key] for key in dict.fromkeys(asked.forwards) if key in forwards]
            led_to = {forward.peer_id for forward in chosen}
            peers = tuple(peer for peer in peers if peer.id in led_to)
        else:
            chosen = list(forwards.values())
        seen = {peer.id for peer in peers}
        shown = [forward for forward in chosen if forward.peer_id in seen]
        infos = _infos(self._state.desired, shown)  # now, because a device may be removed while the kernel answers
        _, counts = await asyncio.gather(self._peer_states(() if is_known else peers), self._counts(shown))
        return replace(
            self._described(),
            problems=self._state.problems.present if asked.actor.is_admin else (),
            peers=await _rows(self._state.live.presence.status, peers),
            forwards=await _rows(lambda row: forward_status(*row), zip(infos, counts, strict=True)),
        )

    async def _counts(self, forwards: Sequence[Forward]) -> tuple[Counts, ...]:
        slots = [forward.slot for forward in forwards]
        table = self._kernel.table
        counters, refused, counts = await asyncio.gather(
            table.counters(slots), table.refused(slots), self._players_at(forwards)
        )
        return tuple(
            Counts(
                connections=count.connections,
                players=count.players,
                rx_bytes=counters.get((slot, 0), (0, 0))[1],
                tx_bytes=counters.get((slot, 1), (0, 0))[1],
                refused=refused.get(slot, 0),
            )
            for slot, count in zip(slots, counts, strict=True)
        )

    async def _players_at(self, forwards: Sequence[Forward]) -> tuple[Count, ...]:
        players, network = self._players, self._state.network
        # Strangers that are kept out stay in conntrack until they are silent, so these forwards are looked at.
        looked_at = [each for each in forwards if each.access.friends_only or not players]
        flows = await self._kernel.conntrack.flows([forward.slot for forward in looked_at])
        return tuple(
            players.count(each)
            if players and each.slot not in flows
            else count_of(let_through(each.access, flows[each.slot], network))
            for each in forwards
        )

    async def count(self) -> None:
        """Look at the numbers of all forwards, and tell those that are others than before."""
        forwards = list(self._state.desired.forwards.values())
        counts = await self._counts(forwards)
        async for forward, now in in_steps(zip(forwards, counts, strict=True)):
            self._state.live.counted(forward, now, self._state.desired)

    def _described(self) -> contract.Status:
        """Return what concerns no device and no forward."""
        srv = self.public_name.srv_port
        return contract.Status(
            at=self._now(),
            lan=is_lan(self._state.desired, self._state.network),
            problems=self._state.problems.present,
            srv_port=srv if srv is not None and srv == srv_port(self._state.desired) else None,
            version=own(),
            backend=self._kernel.wireguard.kind.value,
            public_address=self._state.surroundings.address,
            public_address6=str(self._state.network.public6) if self._state.network.public6 else None,
            listen_port=self._config.gateway.listen_port,
            peers=(),
            forwards=(),
        )

    async def diagnose(self, caller: Caller, request: diagnosis.Diagnose) -> diagnosis.Diagnosis:
        if not request.actor.is_admin:
            raise AdminsOnly
        # A command without a gateway runs these operations as well, and has a doctor of its own.
        findings = await self._examine() if self._examine else ()
        return diagnosis.Diagnosis(findings=findings, version=own())

    async def measure(self, caller: Caller, request: measures.GetMeasures) -> measures.Measures:
        problems = self._state.problems.present
        return measures.Measures(
            version=own(),
            backend=self._kernel.wireguard.kind.value,
            started=self._started.timestamp(),
            problems=problems,
            is_serving=not any(problem.code in BLOCKING for problem in problems),
            operations=self._tally.operations,
            errors=self._tally.errors,
            repairs=measuring.counted(self._state.repaired),
            kernel=await self._measured(caller) if request.with_kernel else None,
            month_bytes=self.traffic.octets,
            month_limit=self.traffic.limit,
        )

    async def _measured(self, caller: Caller) -> measures.Kernel:
        everyone = contract.GetStatus(actor=replace(ITSELF, is_admin=True), everyone=True)
        tunnel, uplinks = self._config.gateway.interface, [each.interface for each in self._state.surroundings.uplinks]
        status, links, flows = await asyncio.gather(
            self.status(caller, everyone),
            self._kernel.host.link_counts([tunnel, *uplinks]),
            self._kernel.host.flow_counts(),
        )
        own = links.pop(tunnel, LinkCounts())
        named = self._config.metrics is not None and self._config.metrics.names
        return measuring.of_kernel(status, own, links.values(), flows, with_names=named)

    async def keep_playing(self, caller: Caller, request: history.KeepPlaying) -> history.Playing:
        member, recorder = request.actor.id, self._recorder
        if recorder is None:
            return history.Playing(kept=False)
        if not caller.is_trusted and recorder.keeps(member) != request.keep:
            self._pace.take(self._now())  # because ending it writes the whole history anew
        await recorder.keep_playing(member, request.keep)
        return history.Playing(kept=recorder.keeps(member))

    async def history(self, caller: Caller, request: history.GetHistory) -> history.History:
        if self._recorder is None:  # this process samples nothing
            return history.History(
                period=request.period, until=self._now(), step_s=int(request.period.step.total_seconds()), steps=()
            )
        return await self._recorder.read(request)

    async def _playing(self, status: contract.Status) -> set[str]:
        """Return the ids of the members that play now."""
        forwards = list(self._state.desired.active.forwards.values())
        if self._players:
            sources = {player.address for forward in forwards for player in self._players.players(forward)}
        else:
            found = await self._kernel.conntrack.flows([forward.slot for forward in forwards])
            sources = {flow.source for flows in found.values() for flow in flows if not flow.is_begun_inside}
        return members_at(sources, status.peers)

    async def _look(self, devices: tuple[int, ...] = (), forwards: tuple[int, ...] = ()) -> contract.Status:
        asked = contract.GetStatus(actor=ITSELF, everyone=True, devices=devices, forwards=forwards)
        return await self._status(asked, is_known=False)

    async def _last_look(self, change: Change) -> None:
        """Let the history see the counters that end with the change: those of devices' keys and of forwards."""
        assert self._recorder
        after = {peer.id: peer.public_key for peer in change.after.peers.values()}
        devices = tuple(peer.id for peer in change.peers_gone if after.get(peer.id) != peer.public_key)
        forwards = tuple(forward.id for forward in change.forwards_gone if forward.id not in change.after.forwards)
        if devices:
            await self._recorder.last_look(partial(self._look, devices))
        if forwards:
            await self._recorder.last_look(partial(self._look, (), forwards))

    async def watch(self, caller: Caller, request: events.Watch) -> AsyncGenerator[events.News, None]:
        if not request.actor.is_admin:
            raise AdminsOnly

        async def snapshot() -> events.Snapshot:
            newest_entry = self._state.live.newest_entry  # first, because later entries come as events
            await asyncio.gather(self._peer_states(tuple(self._state.desired.peers.values())), self.count())
            live, desired = self._state.live, self._state.desired
            return events.Snapshot(
                status=replace(
                    self._described(),
                    peers=await _rows(live.presence.status, desired.peers.values()),
                    forwards=await _rows(partial(live.forward, desired=desired), desired.forwards.values()),
                ),
                guests=tuple(desired.guests),
                policy=contract.PolicyInfo.of(self._config.policy),
                newest_entry=newest_entry,
            )

        return self._state.live.watchers.follow(caller.uid, snapshot)

    async def follow(self, caller: Caller, request: standby.Follow) -> AsyncGenerator[standby.Copied, None]:
        return self.copies.follow(caller.uid)

    async def get_standby(self, caller: Caller, request: standby.GetStandby) -> standby.StandbyState:
        _check_root(caller)
        return self.copies.state()

    async def set_standby(self, caller: Caller, request: standby.SetStandby) -> standby.StandbyState:
        _check_root(caller)
        await self.copies.allow(request.key)
        return self.copies.state()

    async def stand(self, caller: Caller, request: pair.Stand) -> pair.Standing:
        return await self._taking_turns.stand(request)

    async def take_copy(self, caller: Caller, request: pair.TakeCopy) -> pair.Taken:
        return await self._taking_turns.take(request)

    @property
    def _taking_turns(self) -> Turns:
        if self._turns is None:
            raise BadRequest(field="operation", problem="one machine alone has this region")
        return self._turns

    async def _peer_states(self, peers: tuple[Peer, ...]) -> Mapping[Key, PeerState]:
        if not peers:
            return {}
        device = await self._kernel.wireguard.dump({peer.public_key for peer in peers})
        self._state.note_endpoints(device)
        return device.peers

    def _visible(self, actor: Actor, everyone: bool) -> tuple[Peer, ...]:
        if everyone and not actor.is_admin:
            raise AdminsOnly
        return tuple(peer for peer in self._state.desired.peers.values() if everyone or peer.owner == actor.id)

    def _issue(self, made: PeerInfo) -> contract.Issued:
        """Return the config of a device that was made now or before. Raise PeerUnknown when it is another by now."""
        peer = self._state.desired.peers.get(made.id)
        if peer is None or peer.public_key != made.public_key:
            raise PeerUnknown(device=made.device)
        here = self._state.surroundings
        own = peers_of(self._state.desired, peer.owner)
        return clientconf.issue(peer, own, self._config.gateway, self._public_key, here.address, here.mtu)


async def ephemeral_of(host: Host) -> Ephemeral:
    """Return the ports that the host's own connections leave from."""
    settings = await host.settings([EPHEMERAL_PORTS, RESERVED_PORTS])
    first, last = map(int, (settings[EPHEMERAL_PORTS] or "").split())
    return Ephemeral(PortRange(first, last), lambda: parse_ports(settings[RESERVED_PORTS] or ""))


def _check_root(caller: Caller) -> None:
    """Raise RootOnly for a caller that only claims to be an admin, as a taken-over bot could."""
    if not caller.is_trusted:
        raise RootOnly


def had_port(held: HeldForward, request: FindHolders) -> bool:
    """Report whether the forward had the port at the time."""
    forward, protocol = held.forward, request.protocol
    return (
        request.port in forward.ports
        and forward.protocol.shares(protocol)
        and forward.created_at <= request.at + CLOCKS_DIFFER
        and (held.closed_at is None or held.closed_at >= request.at - CLOCKS_DIFFER)
    )


class _Pace:
    """The times of the latest changes, by which there are at most `limit` within a minute."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._times = deque[datetime](maxlen=limit)

    def take(self, now: datetime) -> None:
        """Count a change. Raise TooManyChanges instead when there is no room for one."""
        if len(self._times) == self._limit and timedelta() <= now - self._times[0] < timedelta(minutes=1):
            raise TooManyChanges(limit=self._limit)
        self._times.append(now)


def _infos(desired: Desired, forwards: Iterable[Forward]) -> tuple[ForwardInfo, ...]:
    return tuple(ForwardInfo.of(forward, desired.peers[forward.peer_id]) for forward in forwards)


async def _rows(make: Callable[[T], A], items: Iterable[T]) -> tuple[A, ...]:
    """Make a row of each item."""
    return tuple([make(item) async for item in in_steps(items)])


def _subject(peer: Peer) -> str:
    return f"{peer.owner}/{peer.device}"


def _detail(peers: Iterable[Peer], forwards: tuple[ForwardInfo, ...] = ()) -> dict[str, Any]:
    return {"peers": encode(tuple(map(PeerInfo.of, peers))), "forwards": encode(forwards)}
