"""The operations, and the one way state changes: edit the desired state purely, store it, make the kernel match."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from typing import Any, TypeVar

from gateway import clientconf, conntrack, link, listeners, ruleset
from gateway.codec import decode, encode
from gateway.config import Config
from gateway.contract import (
    Actor,
    AddForward,
    AuditPage,
    Closed,
    Extended,
    ExtendForward,
    ForwardInfo,
    ForwardStatus,
    GetAudit,
    GetPolicy,
    GetStatus,
    Issued,
    Join,
    LanState,
    List,
    Listing,
    Opened,
    PeerInfo,
    PeerStatus,
    PolicyInfo,
    RemoveForward,
    Request,
    Revoke,
    Revoked,
    Rotate,
    SetLan,
    Status,
    Suspend,
    Suspended,
)
from gateway.errors import AdminsOnly, ConfigError, GatewayError
from gateway.firewall import Firewall
from gateway.host import Host, Surroundings
from gateway.keys import PrivateKey, new_preshared_key
from gateway.model import Desired, Forward, Peer
from gateway.planner import Planner
from gateway.store import Audit, Store
from gateway.wireguard import PeerState, WgPeer, WireGuard, diff

log = logging.getLogger(__name__)
A = TypeVar("A")

ITSELF = Actor(id="gateway", name="gateway", is_admin=True)


class Daemon:
    """Owns the desired state. `_lock` is held for every change of it and of the kernel's side."""

    def __init__(
        self,
        config: Config,
        private_key: PrivateKey,
        store: Store,
        wireguard: WireGuard,
        firewall: Firewall,
        host: Host,
    ) -> None:
        self._config = config
        self._public_key = private_key.public_key
        self._store = store
        self._wireguard = wireguard
        self._firewall = firewall
        self._host = host
        self._planner = Planner(config.gateway, config.policy)
        self._lock = asyncio.Lock()
        self._desired = Desired()
        self.changed = asyncio.Event()  # set by every change, cleared by whoever waits for the next
        self._is_torn = False  # a change failed half-way and the way back failed too
        self._surroundings: Surroundings
        self._network: ruleset.Network
        self._operations: dict[str, Callable[[Any], Awaitable[object]]] = {
            "join": self.join,
            "rotate": self.rotate,
            "revoke": self.revoke,
            "forward": self.forward,
            "unforward": self.unforward,
            "extend": self.extend,
            "suspend": self.suspend,
            "lan": self.lan,
            "audit": self.audit,
            "policy": self.policy,
            "list": self.list,
            "status": self.status,
        }

    async def handle(self, operation: str, request: Request) -> object:
        """Carry out one of `OPERATIONS`; raise an error of the tree."""
        return await self._operations[operation](request)

    # -- lifetime

    async def start(self) -> None:
        """Bring the host from whatever state it is in to the stored one."""
        async with self._lock:
            self._desired = await self._store.load()
            self._check_addresses()
            self._surroundings = await self._host.look_around()
            await self._reconcile()
            log.info(
                "up: %s devices, %s forwards, WireGuard by %s on port %s, public address %s",
                len(self._desired.peers),
                len(self._desired.forwards),
                self._wireguard.kind,
                self._config.gateway.listen_port,
                self._surroundings.address,
            )

    async def stop(self) -> None:
        """Take everything of ours off the host again; the stored state stays. The tunnel goes first: without the
        table, peers would reach the host itself."""
        async with self._lock:
            for step in (self._wireguard.down, self._firewall.remove, self._host.restore):
                try:
                    await step()
                except GatewayError as error:
                    log.error("stopping: %s", error)

    async def repair(self, reason: str) -> None:
        """Someone else changed what is ours: make it match again, and keep a record."""
        async with self._lock:
            await self._reconcile()
            async with self._store.transaction():
                await self._store.audit(Audit(ITSELF, "repair", reason), _now())
        log.warning("repaired after %s", reason)

    async def follow(self) -> bool:
        """Look where the ways out lead now; report whether that changed, after making everything match it."""
        async with self._lock:
            before = self._surroundings
            try:
                now = await self._host.look_around()
            except ConfigError as error:
                log.warning("keeping what was known of the way out: %s", error)  # a lease is being renewed
                return False
            if now.public4 is None and now.address == before.address:
                now = replace(now, public4=before.public4)  # a name that does not resolve for a while
            if now == before:
                return False
            self._surroundings = now
            await self._reconcile()
            if now.address != before.address:
                log.warning(
                    "the public address is %s now, was %s: configs with the old one no longer connect; "
                    "a host name as public_address would follow",
                    now.address,
                    before.address,
                )
            async with self._store.transaction():
                await self._store.audit(Audit(ITSELF, "follow", now.address), _now())
            return True

    async def has_drifted(self) -> bool:
        """Reports whether peers or host settings differ from what should be, for changes that send no notice."""
        async with self._lock:
            if self._is_torn:
                return True
            add, remove = diff(map(_wg_peer, self._desired.active.peers.values()), await self._wireguard.dump())
            return bool(add or remove) or await self._host.has_drifted(self._desired)

    async def _reconcile(self) -> None:
        self._network = self._surroundings.network(self._config)
        await self._host.prepare(self._surroundings)
        # The table is there before the first packet can come out of the tunnel.
        await self._firewall.load(self._network, ruleset.elements(self._desired.active, self._network))
        await self._wireguard.up()
        await link.configure(self._config.gateway.interface, self._own_addresses(), self._config.gateway.mtu)
        add, remove = diff(map(_wg_peer, self._desired.active.peers.values()), await self._wireguard.dump())
        if add or remove:
            await self._wireguard.apply(add, remove)
        await self._host.reserve_ports(self._desired)
        self._is_torn = False

    def _own_addresses(self) -> list[IPv4Interface | IPv6Interface]:
        section = self._config.gateway
        found: list[IPv4Interface | IPv6Interface] = [IPv4Interface(f"{section.address4}/{section.subnet4.prefixlen}")]
        if section.network6:
            found.append(IPv6Interface(f"{section.address6}/{section.network6.prefixlen}"))
        return found

    def _check_addresses(self) -> None:
        section = self._config.gateway
        strangers = sum(
            peer.ipv4 not in section.subnet4
            or (peer.ipv6 is not None and (section.network6 is None or peer.ipv6 not in section.network6))
            for peer in self._desired.peers.values()
        )
        if strangers:
            raise ConfigError(
                key="gateway.subnet4 or subnet6",
                problem=f"{strangers} devices have addresses outside it; put the old subnet back, revoke those "
                "devices, and change it then",
            )

    # -- operations that change state

    async def join(self, request: Join) -> Issued:
        preshared_key = new_preshared_key()

        def edit(desired: Desired) -> tuple[Desired, Issued, Audit]:
            after, peer = self._planner.join(desired, request, preshared_key, _now())
            return after, self._issue(peer), Audit(request.actor, "join", _subject(peer))

        return await self._change(request, edit, Issued)

    async def rotate(self, request: Rotate) -> Issued:
        preshared_key = new_preshared_key()

        def edit(desired: Desired) -> tuple[Desired, Issued, Audit]:
            after, peer = self._planner.rotate(desired, request, preshared_key)
            return after, self._issue(peer), Audit(request.actor, "rotate", _subject(peer))

        return await self._change(request, edit, Issued)

    async def revoke(self, request: Revoke) -> Revoked:
        def edit(desired: Desired) -> tuple[Desired, Revoked, Audit]:
            after, peers, forwards = self._planner.revoke(desired, request, _now())
            answer = Revoked(
                peers=tuple(map(PeerInfo.of, peers)),
                forwards=_infos(desired, forwards),
            )
            return after, answer, Audit(request.actor, "revoke", ", ".join(map(_subject, peers)))

        return await self._change(request, edit, Revoked)

    async def forward(self, request: AddForward) -> Opened:
        listening = await listeners.snapshot()

        def edit(desired: Desired) -> tuple[Desired, Opened, Audit]:
            after, forwards, peer = self._planner.forward(desired, request, listening, _now())
            infos = tuple(ForwardInfo.of(forward, peer) for forward in forwards)
            answer = Opened(
                forwards=infos,
                mode=peer.mode,
                public_address=self._surroundings.address,
                public_address6=str(self._network.public6) if peer.ipv6 and self._network.public6 else None,
            )
            return after, answer, Audit(request.actor, "forward", _subject(peer), {"forwards": encode(infos)})

        return await self._change(request, edit, Opened)

    async def unforward(self, request: RemoveForward) -> Closed:
        def edit(desired: Desired) -> tuple[Desired, Closed, Audit]:
            after, forwards = self._planner.unforward(desired, request)
            infos = _infos(desired, forwards)
            audit = Audit(request.actor, "unforward", ", ".join(map(str, request.ports)), {"forwards": encode(infos)})
            return after, Closed(forwards=infos), audit

        return await self._change(request, edit, Closed)

    async def extend(self, request: ExtendForward) -> Extended:
        def edit(desired: Desired) -> tuple[Desired, Extended, Audit]:
            after, forwards = self._planner.extend(desired, request, _now())
            audit = Audit(request.actor, "extend", ", ".join(str(forward.ports) for forward in forwards))
            return after, Extended(forwards=_infos(desired, forwards)), audit

        return await self._change(request, edit, Extended)

    async def suspend(self, request: Suspend) -> Suspended:
        def edit(desired: Desired) -> tuple[Desired, Suspended, Audit]:
            after, peers = self._planner.suspend(desired, request, _now())
            action = "suspend" if request.suspended else "restore"
            answer = Suspended(peers=tuple(map(PeerInfo.of, peers)))
            return after, answer, Audit(request.actor, action, ", ".join(map(_subject, peers)) or request.owner)

        return await self._change(request, edit, Suspended)

    async def expire(self) -> datetime | None:
        """Remove what has reached its end; return when there will be more to do."""

        def edit(desired: Desired) -> tuple[Desired, Revoked, Audit]:
            after, peers, forwards = self._planner.expire(desired, _now())
            answer = Revoked(peers=tuple(map(PeerInfo.of, peers)), forwards=_infos(desired, forwards))
            what = [*map(_subject, peers), *(str(forward.ports) for forward in forwards)]
            return after, answer, Audit(ITSELF, "expire", ", ".join(what))

        end = self._planner.next_end(self._desired)
        if end is not None and end <= _now():
            await self._change(Request(actor=ITSELF), edit, Revoked)
            end = self._planner.next_end(self._desired)
        return end

    async def lan(self, request: SetLan) -> LanState:
        def edit(desired: Desired) -> tuple[Desired, LanState, Audit]:
            after = self._planner.lan(desired, request)
            return after, LanState(on=request.on), Audit(request.actor, "lan", "on" if request.on else "off")

        return await self._change(request, edit, LanState)

    async def _change(
        self, request: Request, edit: Callable[[Desired], tuple[Desired, A, Audit]], answer_type: type[A]
    ) -> A:
        async with self._lock:
            if request.request_id and (given := await self._store.answer(request.request_id)):
                return decode(answer_type, given)
            before = self._desired
            after, answer, audit = edit(before)
            try:
                async with self._store.transaction():
                    await self._store.save(before, after)
                    await self._store.audit(audit, _now())
                    if request.request_id:
                        await self._store.remember(request.request_id, encode(answer), _now())
                    await self._apply(before.active, after.active)
            except BaseException:
                self._is_torn = True
                await self._reconcile()
                raise
            self._desired = after
            self.changed.set()
            await self._tidy(before.active, after.active)
            log.info("%s by %s (%s): %s", audit.action, request.actor.id, request.actor.name, audit.subject)
            return answer

    async def _apply(self, before: Desired, after: Desired) -> None:
        """The table first: what is revoked is cut there, with its open flows, in one transaction."""
        await self._firewall.apply(ruleset.delta(before, after, self._network))
        add = [_wg_peer(peer) for key, peer in after.peers.items() if before.peers.get(key) is not peer]
        remove = [peer.public_key for key, peer in before.peers.items() if after.peers.get(key) is not peer]
        if add or remove:
            await self._wireguard.apply(add, remove)

    async def _tidy(self, before: Desired, after: Desired) -> None:
        """Flows that must not live on, and reserved ports. The change stands already: a failure here is logged and
        is not the asker's problem."""
        gone = [forward for key, forward in before.forwards.items() if key not in after.forwards]
        left = [peer for key, peer in before.peers.items() if key not in after.peers]
        come = [peer for key, peer in after.peers.items() if key not in before.peers]
        new = [forward for key, forward in after.forwards.items() if key not in before.forwards]
        try:
            await conntrack.flush_forwards(gone)
            # Those of a peer that comes, too: a crash may have left flows of the one that had its address before.
            await conntrack.flush_addresses([ip for peer in (*left, *come) for ip in (peer.ipv4, peer.ipv6) if ip])
            await conntrack.flush_stale(new, after.peers, self._surroundings.public_addresses, self._network.subnets)
            if before.forwards is not after.forwards:
                await self._host.reserve_ports(after)
        except (OSError, GatewayError) as error:
            log.error("tidying up after a change: %s", error)

    # -- operations that only look

    async def list(self, request: List) -> Listing:
        desired, peers = self._desired, self._visible(request.actor, request.everyone)
        owners = {peer.id for peer in peers}
        return Listing(
            peers=tuple(map(PeerInfo.of, peers)),
            forwards=_infos(desired, (forward for forward in desired.forwards.values() if forward.peer_id in owners)),
        )

    async def audit(self, request: GetAudit) -> AuditPage:
        if not request.actor.is_admin:
            raise AdminsOnly
        return AuditPage(entries=tuple(await self._store.audit_page(request.before, max(1, min(request.limit, 100)))))

    async def policy(self, request: GetPolicy) -> PolicyInfo:
        policy = self._config.policy
        return PolicyInfo(
            forward_ports=policy.forward_ports,
            devices_per_member=policy.devices_per_member,
            forwards_per_member=policy.forwards_per_member,
            forward_duration=policy.forward_duration,
            longest_forward=policy.longest_forward,
            device_duration=policy.device_duration,
            suspended_for=policy.suspended_for,
        )

    async def status(self, request: GetStatus) -> Status:
        peers, listing = (
            self._visible(request.actor, request.everyone),
            await self.list(List(actor=request.actor, everyone=request.everyone)),
        )
        device, counters, refused, flows = await asyncio.gather(
            self._wireguard.dump(), self._firewall.counters(), self._firewall.refused(), conntrack.flows()
        )
        return Status(
            at=_now(),
            lan=ruleset.is_lan(self._desired, self._network),
            backend=self._wireguard.kind.value,
            public_address=self._surroundings.address,
            public_address6=str(self._network.public6) if self._network.public6 else None,
            listen_port=self._config.gateway.listen_port,
            peers=tuple(_peer_status(peer, device.peers.get(peer.public_key)) for peer in peers),
            forwards=tuple(
                ForwardStatus(
                    forward=info,
                    connections=len(flows.get(info.id, ())),
                    players=len({flow.source for flow in flows.get(info.id, ())}),
                    rx_bytes=counters.get((ruleset.MARK | info.id, 0), (0, 0))[1],
                    tx_bytes=counters.get((ruleset.MARK | info.id, 1), (0, 0))[1],
                    refused=refused.get(info.id, 0),
                )
                for info in listing.forwards
            ),
        )

    def _visible(self, actor: Actor, everyone: bool) -> tuple[Peer, ...]:
        if everyone and not actor.is_admin:
            raise AdminsOnly
        return tuple(peer for peer in self._desired.peers.values() if everyone or peer.owner == actor.id)

    def _issue(self, peer: Peer) -> Issued:
        return clientconf.issue(peer, self._config.gateway, self._public_key, self._surroundings.address)


def _infos(desired: Desired, forwards: Iterable[Forward]) -> tuple[ForwardInfo, ...]:
    return tuple(ForwardInfo.of(forward, desired.peers[forward.peer_id]) for forward in forwards)


def _wg_peer(peer: Peer) -> WgPeer:
    networks: list[IPv4Network | IPv6Network] = [IPv4Network(peer.ipv4)]
    if peer.ipv6:
        networks.append(IPv6Network(peer.ipv6))
    return WgPeer(peer.public_key, peer.preshared_key, tuple(networks))


def _peer_status(peer: Peer, state: PeerState | None) -> PeerStatus:
    return PeerStatus(
        peer=PeerInfo.of(peer),
        latest_handshake=state.latest_handshake if state else None,
        rx_bytes=state.rx_bytes if state else 0,
        tx_bytes=state.tx_bytes if state else 0,
        endpoint=state.endpoint if state else None,
    )


def _subject(peer: Peer) -> str:
    return f"{peer.owner}/{peer.device}"


def _now() -> datetime:
    return datetime.now(UTC)
