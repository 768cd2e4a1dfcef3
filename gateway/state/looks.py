"""The operations that look at devices and forwards, and what tells of them besides: events and the history."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from gateway.api import connections, contract, events
from gateway.api.contract import Actor, Caller, PeerInfo
from gateway.config import Config
from gateway.errors import AdminsOnly, ForwardGone
from gateway.model import Change, Forward, Key, Peer
from gateway.nftables.elements import is_lan
from gateway.state import moved
from gateway.state.connections import connections_of, counted, let_through
from gateway.state.history import Recorder
from gateway.state.kernel import Kernel
from gateway.state.live import Counts, forward_status
from gateway.state.owners import check_admin, infos_of
from gateway.state.players import Count, count_of
from gateway.state.playerwatch import PlayerWatch
from gateway.state.playing import members_at
from gateway.state.publicname import PublicName, srv_port
from gateway.state.reconciler import Reconciler
from gateway.state.steps import in_steps
from gateway.state.store import ITSELF
from gateway.version import own
from gateway.wireguard.device import PeerState

A = TypeVar("A")
T = TypeVar("T")


class Looks:
    """One method for each operation that looks. Players come from the watch, or else from conntrack each time."""

    def __init__(
        self,
        config: Config,
        kernel: Kernel,
        reconciler: Reconciler,
        public_name: PublicName,
        players: PlayerWatch | None,
        recorder: Recorder | None,
    ) -> None:
        self._config = config
        self._kernel = kernel
        self._state = reconciler
        self._public_name = public_name
        self._players = players
        self._recorder = recorder
        self._now = kernel.host.now
        reconciler.live.describe = self._described
        if recorder:
            recorder.look, recorder.playing = self._look, self._playing
            reconciler.last_look = self._last_look

    async def list(self, caller: Caller, request: contract.List) -> contract.Listing:
        desired, peers = self._state.desired, self._visible(request.actor, request.everyone)
        owners = {peer.id for peer in peers}
        return contract.Listing(
            peers=tuple(map(PeerInfo.of, peers)),
            forwards=infos_of(desired, (forward for forward in desired.forwards.values() if forward.peer_id in owners)),
            guests=tuple(owner for owner in desired.guests if request.everyone or owner == request.actor.id),
        )

    async def status(self, caller: Caller, request: contract.GetStatus) -> contract.Status:
        # WireGuard tells of all devices at once, so what the last look at all saw is told of a few.
        is_known = bool(request.devices or request.forwards) and self._state.live.is_fresh
        return await self._status(request, is_known=is_known)

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

    async def moved(self, caller: Caller, request: contract.GetMoved) -> contract.Moved:
        check_admin(request.actor)
        states = await self._peer_states(tuple(self._state.desired.peers.values())) if self._state.place.since else {}
        seen = {key: state.latest_handshake for key, state in states.items()}
        return moved.moved(self._state.desired, self._state.surroundings, self._state.place, seen, self._now())

    async def watch(self, caller: Caller, request: events.Watch) -> AsyncGenerator[events.News, None]:
        check_admin(request.actor)

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
        infos = infos_of(self._state.desired, shown)  # now, because a device may be removed while the kernel answers
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
        srv = self._public_name.srv_port
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


async def _rows(make: Callable[[T], A], items: Iterable[T]) -> tuple[A, ...]:
    """Make a row of each item."""
    return tuple([make(item) async for item in in_steps(items)])
