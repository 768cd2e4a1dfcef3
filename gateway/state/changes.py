"""The operations that change the state. Each turns a request into a pure edit for the reconciler."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from gateway.access import masked, masked_network
from gateway.api import connections, contract, decisions, history
from gateway.api.contract import Action, Caller, ForwardInfo, PeerInfo, Request
from gateway.api.forgetting import Erasure, Erasures, Forget, Forgotten, GetErasures
from gateway.api.target import SetToPort
from gateway.codec import encode
from gateway.config import Config
from gateway.errors import NothingStored, PeerUnknown, TooManyChanges
from gateway.host.host import Host
from gateway.host.sysctl import EPHEMERAL_PORTS, RESERVED_PORTS, parse_ports
from gateway.keys import new_preshared_key
from gateway.model import Desired, Forward, Key, Peer, PortRange
from gateway.state.flowlog import FlowLog
from gateway.state.history import Recorder
from gateway.state.owners import check_admin, check_root, infos_of, peers_of
from gateway.state.planner import Planner
from gateway.state.ports import Ephemeral
from gateway.state.reconciler import Edit, Reconciler
from gateway.state.store import ITSELF, Audit, Once, Store
from gateway.state.suspensions import is_change
from gateway.wireguard import clientconf

A = TypeVar("A")
F = TypeVar("F", contract.Closed, contract.Extended, connections.Chosen)
R = TypeVar("R", bound=Request[Any])
Plan = Callable[[Desired, R, datetime], tuple[Desired, list[Forward]]]
"""Decide about forwards that are there: the state after, and the forwards that it is about."""


class Changes:
    """One method for each operation that changes something, and what no request asks for: `expire` and `prune`."""

    def __init__(
        self,
        config: Config,
        public_key: Key,
        store: Store,
        reconciler: Reconciler,
        host: Host,
        flow_log: FlowLog | None,
        recorder: Recorder | None,
    ) -> None:
        self._config = config
        self._public_key = public_key
        self._store = store
        self._state = reconciler
        self._host = host
        self._now = host.now
        self._flow_log = flow_log
        self._recorder = recorder
        self._planner = Planner(config.gateway, config.policy, public_key)
        self._pace = _Pace(config.policy.changes_per_minute)

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
            forwards = infos_of(after, (f for f in after.forwards.values() if f.peer_id == peer.id))
            return after, answer, Audit(request.actor, Action.GIVE, _subject(before), _detail([peer], forwards))

        return await self._change(caller, request, contract.Given, edit)

    async def revoke(self, caller: Caller, request: contract.Revoke) -> contract.Revoked:
        def edit(desired: Desired) -> tuple[Desired, contract.Revoked, Audit]:
            after, peers, forwards = self._planner.revoke(desired, request, self._now())
            answer = contract.Revoked(peers=tuple(map(PeerInfo.of, peers)), forwards=infos_of(desired, forwards))
            what = ", ".join(map(_subject, peers))
            return after, answer, Audit(request.actor, Action.REVOKE, what, _detail(peers, answer.forwards))

        return await self._change(caller, request, contract.Revoked, edit)

    async def forward(self, caller: Caller, request: contract.AddForward) -> contract.Opened:
        listening, ephemeral = await asyncio.gather(self._host.listening(), ephemeral_of(self._host))

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
            infos = infos_of(desired, forwards)
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
            forwards = infos_of(desired, (forward for forward in desired.forwards.values() if forward.peer_id in ids))
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
            infos = infos_of(desired, (*forwards, *cut))
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

    async def lan(self, caller: Caller, request: contract.SetLan) -> contract.LanState:
        def edit(desired: Desired) -> tuple[Desired, contract.LanState, Audit]:
            after = self._planner.lan(desired, request)
            audit = Audit(request.actor, Action.LAN, "on" if request.on else "off")
            return after, contract.LanState(on=request.on), audit

        return await self._change(caller, request, contract.LanState, edit)

    async def forget(self, caller: Caller, request: Forget) -> Forgotten:
        check_root(caller)
        alias = f"forgotten-{secrets.token_hex(6)}"
        erasure = Erasure.of(request.member, alias, secrets.token_hex(16))
        names = {peer.owner_name for peer in peers_of(self._state.desired, request.member)}
        is_known = bool(names) or request.member.isdecimal() or await self._store.knows(request.member)

        def edit(desired: Desired) -> tuple[Desired, Forgotten, Audit]:
            if not is_known:
                raise NothingStored(member=request.member)
            after, peers, forwards = self._planner.forget(desired, request, alias, self._now())
            answer = Forgotten(alias=alias, devices=len(peers), forwards=len(forwards))
            return (
                after,
                answer,
                Audit(request.actor, Action.FORGET, alias, _detail(peers, infos_of(desired, forwards))),
            )

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
        check_admin(request.actor)
        if request.done:
            await self._state.write(lambda: self._store.erased(request.done))
        return Erasures(erasures=tuple(await self._store.erasures()))

    async def keep_playing(self, caller: Caller, request: history.KeepPlaying) -> history.Playing:
        member, recorder = request.actor.id, self._recorder
        if recorder is None:
            return history.Playing(kept=False)
        if not caller.is_trusted and recorder.keeps(member) != request.keep:
            self._pace.take(self._now())  # because ending it writes the whole history anew
        await recorder.keep_playing(member, request.keep)
        return history.Playing(kept=recorder.keeps(member))

    async def expire(self) -> datetime | None:
        """Remove what has reached its end. Return the next end, or None when nothing ends."""

        def edit(desired: Desired) -> tuple[Desired, contract.Revoked, Audit | None]:
            after, peers, forwards = self._planner.expire(desired, self._now())
            answer = contract.Revoked(peers=tuple(map(PeerInfo.of, peers)), forwards=infos_of(desired, forwards))
            what = [*map(_subject, peers), *(str(forward.ports) for forward in forwards)]
            audit = Audit(ITSELF, Action.EXPIRE, ", ".join(what), _detail(peers, answer.forwards))
            return after, answer, audit if what else None  # a kick that ends is not worth a line

        end = self._planner.next_end(self._state.desired)
        if end is not None and end <= self._now():
            await self._state.change(edit, contract.Revoked)
            end = self._planner.next_end(self._state.desired)
        return end

    async def prune(self) -> None:
        """Delete what is kept for no longer."""
        now, kept = self._now(), self._config.policy.audit_kept_for.length
        await self._state.write(lambda: self._store.prune(now, now - kept if kept else None))
        await self._state.checkpoint()  # again, because another program may have been in its way

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


def _subject(peer: Peer) -> str:
    return f"{peer.owner}/{peer.device}"


def _detail(peers: Iterable[Peer], forwards: tuple[ForwardInfo, ...] = ()) -> dict[str, Any]:
    return {"peers": encode(tuple(map(PeerInfo.of, peers))), "forwards": encode(forwards)}
