"""The one way state changes: edit the desired state purely, store it and make the kernel match, in one transaction.

The reconciler also keeps the kernel matching: at the start after a crash, when other programs change what is ours, and
when an uplink moves.

Torn: a change failed half-way and the way back failed too. Database and kernel may then differ until a repair works.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence, Set
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
from typing import TypeVar

from gateway.api.contract import Action
from gateway.codec import DecodeError, decode, encode, to_json
from gateway.config import Config
from gateway.errors import ApplyFailed, ConfigError, GatewayError, GatewayWaiting, NotSaved, apply_failed, why
from gateway.host.surroundings import Lookout, Surroundings
from gateway.host.sysctl import RESERVED_PORTS, dotted, no_ipv6
from gateway.model import Change, Desired, Difference, Key, Peer
from gateway.network import Network
from gateway.nftables import stale
from gateway.nftables.elements import Delta, Elements, delta_of, elements_of
from gateway.nftables.stale import Here, Stale
from gateway.problem import Problem, Trouble
from gateway.state.addresses import addressed
from gateway.state.borrowed import Borrowed
from gateway.state.endpoints import Endpoints
from gateway.state.kernel import Kernel
from gateway.state.live import Live
from gateway.state.measuring import kind_of
from gateway.state.moved import Place, with_addresses
from gateway.state.portrules import check_listen_port
from gateway.state.presence import Connection
from gateway.state.problems import Problems
from gateway.state.slots import fitted
from gateway.state.store import ITSELF, Audit, Once, Store
from gateway.state.tunnelpeers import Comparison, wg_changes, wg_peer
from gateway.wireguard.device import DeviceState, diff

log = logging.getLogger(__name__)
A = TypeVar("A")
Edit = Callable[[Desired], tuple[Desired, A, Audit | None]]
"""From the state before to the state after, the answer and the audit entry, if it is worth one."""

_MASK_ONCE = 0xFF000000  # before it could be configured
_FEW_FORWARDS = 1000  # a longer list of ports takes too long inside a change


class Reconciler:
    """The owner of the desired state. It holds `_lock` for every change of that state and of the kernel.

    `changed` is set by every change; the task that waits for the next change clears it.
    """

    def __init__(self, config: Config, store: Store, kernel: Kernel) -> None:
        self._config = config
        self._store = store
        self._wireguard = kernel.wireguard
        self._table = kernel.table
        self._conntrack = kernel.conntrack
        self._host = kernel.host
        self._lookout = Lookout(config.gateway, kernel.host)
        self._borrowed = Borrowed(config, store, kernel)
        self._lock = asyncio.Lock()
        self._endpoints = Endpoints(store, kernel.host.now)
        self._connected = frozenset[tuple[int, datetime]]()  # devices with their time, as they are written down
        self._is_torn = False
        self._is_loaded = self._is_started = False
        self._made: asyncio.Queue[Change] = asyncio.Queue()  # changes that `tidy` still has to follow up
        self.changed = asyncio.Event()
        self._left = frozenset[str]()  # differences that a repair left as they were
        self.repaired = Counter[str]()  # since the start, by `measuring.kind_of`
        self._lost_ipv6: str | None = None  # what `_no_ipv6` returned when the interface was configured
        self.live = Live(kernel.host.now, kernel.host.uptime)
        self.problems = Problems(store, kernel.host.now, self.live)
        store.recorded = self.live.recorded
        self.last_look: Callable[[Change], Awaitable[None]] | None = None
        """Called before the kernel loses what a change takes away, and never fails."""
        store.heed = lambda refusal: self.problems.judge(Trouble.DATABASE, {"reason": refusal} if refusal else None)
        self.desired = Desired()
        self._comparison = Comparison(config.gateway.listen_port)
        self.place = Place()
        self.surroundings: Surroundings
        self.network: Network

    async def start(self) -> None:
        """Bring the host from any state to the stored one.

        Raise ConfigError when that does not fit the settings, GatewayWaiting or HostProblem when the host is not fit.
        """
        async with self._lock:
            await self.problems.load()
            await self._endpoints.load()
            self.live.newest_entry = await self._store.newest_entry()
            stored = await self._store.load()
            self._is_loaded = True
            self._check_addresses(stored)
            self.surroundings = await self._lookout.look()
            self._judge_surroundings()
            self.place = await self._store.place()
            before = self.place.since
            stored = with_addresses(self._addressed(stored), self.place.address or self.surroundings.address)
            await self._note_place()
            self.desired = fitted(stored, self._config.gateway)
            await self._load_connections()
            check_listen_port(self.desired, self._config.gateway.listen_port)
            await self._begin(stored)
            if self.place.since != before:  # the state has come to another machine, or this one got another address
                await self._record(Action.FOLLOW, self.surroundings.address)
            self._is_started = True
            self.live.described()
            log.info(
                "up: %s devices, %s forwards, WireGuard by %s on port %s, public address %s",
                len(self.desired.peers),
                len(self.desired.forwards),
                self._wireguard.kind,
                self._config.gateway.listen_port,
                self.surroundings.address,
            )

    @property
    def is_waiting(self) -> bool:
        """Report whether the last look at the uplinks missed something that comes by itself."""
        return self._lookout.is_waiting

    async def _begin(self, stored: Desired) -> None:
        """Reconcile for the first time, also when the flows that are open have marks by another mask.

        Those flows begin anew, because their marks would be taken for other forwards'.
        """
        mask = self._config.gateway.conntrack_mask
        noted = await self._store.note("conntrack_mask")
        before = int(noted, 16) if noted else _MASK_ONCE if stored.forwards else mask
        await self._reconcile(counts_go_on=before == mask)
        if before != mask:
            log.warning("conntrack_mask was %#x and is %#x: open flows with bits of either begin anew", before, mask)
            try:
                await self._conntrack.flush_chosen(lambda entry: bool(entry.mark & (before | mask)), None)
            except OSError as error:
                raise apply_failed("forgetting flows with marks by another mask", error) from error
        if before != mask or noted is None:
            async with self._store.transaction():
                await self._store.save(Change.between(stored, self.desired))
                await self._store.set_note("conntrack_mask", f"{mask:#x}")

    async def stop(self) -> None:
        """Take everything down, unless the state could not be read: then what stands goes on."""
        if self._is_loaded:
            await self.take_down()

    async def take_down(self) -> None:
        """Take everything of ours off the host. The stored state stays.

        The tunnel goes first, because peers would reach the host itself without the table. Forwarding goes before the
        table, which guards it.
        """
        async with self._lock:
            last = partial(self._save_endpoints, is_last=True)
            for step in (last, self._wireguard.down, self._borrowed.restore, self._table.remove):
                try:
                    await step()
                except Exception as error:  # the next step is owed after any error
                    log.error("stopping: %s", error, exc_info=not isinstance(error, GatewayError))

    async def repair(self, *reasons: str) -> None:
        """Make the kernel match again after another program changed what is ours. Record in the audit log what for.

        What the repair leaves as it was is in `stuck` afterwards, and is a problem. What else differs by then is a
        later change, for which another notice or the next look asks for another repair. A step that failed is tried
        alone, until it works.
        """
        async with self._lock:
            before, failed = self._left, self._failed()
            reasons = tuple(each for each in reasons if each not in failed)
            if failed and not reasons and not before and not await self._retry():
                return
            try:
                await self._reconcile()
                left = await self._differences()
            except (OSError, GatewayError):
                self._leave(before.union(reasons))
                raise
            self._leave(left & before.union(reasons))
            repaired = [each for each in dict.fromkeys((*reasons, *sorted(before))) if each not in left]
            self.repaired.update(map(kind_of, repaired))
            if done := ", ".join(repaired):
                await self._record(Action.REPAIR, done)
                log.warning("repaired after %s", done)

    @property
    def stuck(self) -> frozenset[str]:
        """Name the differences that a repair left as they were, and those by steps that fail."""
        return self._left | self._failed()

    def _leave(self, left: frozenset[str]) -> None:
        self._left = left - self._failed()
        self.problems.judge(Trouble.LEFT, {"difference": ", ".join(sorted(self._left))} if self._left else None)

    def _failed(self) -> frozenset[str]:
        """Name the differences by steps that fail. Each such step is a problem of its own."""
        of_steps = {
            Trouble.LINK: self._link,
            Trouble.FLOWS: Difference.FLOWS,
            Trouble.RESERVED: dotted(RESERVED_PORTS),  # also when the database refused the note, before the write
        }
        return self._borrowed.refused.union(text for trouble, text in of_steps.items() if trouble in self.problems)

    @property
    def _link(self) -> str:
        return f"{Difference.LINK} {self._config.gateway.interface}"

    async def follow(self) -> bool:
        """Look at the uplinks again and make everything match them. Report whether they changed."""
        before = self.surroundings
        try:
            now = await self._lookout.look(before)  # without the lock, because a resolver may take seconds
        except GatewayWaiting:  # it is logged
            return False
        self._judge_surroundings()
        async with self._lock:
            if now.public4 is None and now.address == before.address:
                now = replace(now, public4=before.public4)  # the name does not resolve for a while
            self.surroundings = now
            if now == before:
                return False
            await self._note_place()
            await self._reconcile()
            if now.address != before.address:
                log.warning(
                    "the public address is %s now, was %s: configs with the old one no longer connect; "
                    "a host name as public_address would follow",
                    now.address,
                    before.address,
                )
            self.live.described()
            await self._record(Action.FOLLOW, now.address)
            return True

    async def _note_place(self) -> None:
        """Write down where the gateway is reached now, if that is new, and what configs were issued before."""
        place = self.place.now(self.surroundings, self._host.now())
        if place != self.place:
            with suppress(NotSaved):  # it is logged, and the next start tries again
                async with self._store.transaction():
                    await self._store.note_address(self.place.address or place.address)
                    await self._store.set_place(place)
        self.place = place

    async def _record(self, action: Action, subject: str) -> None:
        """Write an audit entry; on failure log it and go on, because the action itself succeeded."""
        try:
            async with self._store.transaction():
                await self._store.audit(Audit(ITSELF, action, subject), self._host.now())
        except NotSaved as error:
            log.error("[%s] there is no record of this %s", error.details["log_id"], action)

    async def drift(self) -> frozenset[str]:
        """Name what differs in the kernel from what should be. It finds changes that send no notice."""
        async with self._lock:
            await self._look_for_strict()
            return await self._differences()

    async def settings_drift(self) -> frozenset[str]:
        """Name the borrowed settings that differ. This look is cheap."""
        async with self._lock:
            found = await self._borrowed.drift(self.desired)
            return frozenset(found if await self._no_ipv6() == self._lost_ipv6 else found | {self._link})

    async def tunnel_drift(self) -> frozenset[str]:
        """Name what differs in WireGuard itself: peers, key and port. It grows with the number of peers."""
        async with self._lock:
            return frozenset() if self._is_torn else await self._tunnel_differences()

    async def _differences(self) -> frozenset[str]:
        if self._is_torn:
            return frozenset([Difference.TORN])
        found = set(await self._tunnel_differences())
        interface = self._config.gateway.interface
        if not await self._host.is_configured(interface, await self._own_addresses(), self.network.mtu):
            found.add(self._link)
        return frozenset(found | await self._borrowed.drift(self.desired)) | self._failed()

    async def _tunnel_differences(self) -> frozenset[str]:
        device = await self._wireguard.dump()
        self.live.looked()
        if self._comparison.is_as_before(self.desired, device):
            self.live.seen(DeviceState(), self.desired)  # because time passes
        else:
            self.note_endpoints(device)
        return self._comparison.differences(self.desired, device)

    async def _reconcile(self, *, counts_go_on: bool = True) -> None:
        """Bring the kernel to the desired state, as far as it goes. A step that fails is a problem.

        Raise ApplyFailed, ConfigError or NotSaved when an essential one does: the table, WireGuard, a note.
        """
        guarded = await self._prepare()
        self.network = self.surroundings.network(self._config, guarded)
        # The table comes first, because it must judge the first packet that is forwarded or comes out of the tunnel.
        elements = elements_of(self.desired, self.network)
        await self._table.load(self.network, elements, counts_go_on=counts_go_on)
        await self._attempt(Trouble.FORWARDING, partial(self._borrowed.switch_on, ipv4=True))
        await self._attempt(Trouble.SETTINGS, partial(self._borrowed.switch_on, ipv4=False))
        await self._attempt(Trouble.RESERVED, self._reserve)
        await self._wireguard.up()
        await self._attempt(Trouble.LINK, self._configure)
        # Once more, because the tunnel's own setting was not there before the tunnel.
        await self._attempt(Trouble.FORWARDING, partial(self._borrowed.switch_on, ipv4=True))
        await self._look_for_strict()
        device = await self._wireguard.dump()
        self.note_endpoints(device)
        add, remove = diff(map(wg_peer, self.desired.active.peers.values()), device)
        if add or remove:
            await self._wireguard.apply(map(self._endpoints.of, add), remove)
        self._is_torn = False
        # Flows that began without the table, or with a table for another address, may go where this one forbids.
        await self._attempt(Trouble.FLOWS, partial(self._flush_stale, elements))

    async def _look_for_strict(self) -> None:
        """Judge the settings of uplinks that only the admin changes."""
        strict = await self._borrowed.strict()
        self.problems.judge(Trouble.STRICT, {"settings": " and ".join(map(dotted, strict))} if strict else None)

    def _judge_surroundings(self) -> None:
        """Judge what the last look at the surroundings found."""
        self.problems.judge(Trouble.ASTRAY, self._lookout.astray)
        self.problems.judge(Trouble.UNRESOLVED, self._lookout.unresolved)

    async def _attempt(self, trouble: Trouble, step: Callable[[], Awaitable[object]]) -> bool:
        """Take a step whose failure is a problem until it works. Report whether it works."""
        try:
            await step()
        except (OSError, ApplyFailed, NotSaved) as error:
            self.problems.report(Problem(code=trouble, values={"reason": _reason(error)}))
            return False
        self.problems.clear(trouble)
        return True

    async def _retry(self) -> bool:
        """Take the steps that failed once more, without the others. Report whether one works now."""
        steps: dict[Trouble, Callable[[], Awaitable[object]]] = {
            Trouble.FORWARDING: partial(self._borrow, ipv4=True),
            Trouble.SETTINGS: partial(self._borrow, ipv4=False),
            Trouble.RESERVED: self._reserve,
            Trouble.LINK: self._configure,
            Trouble.FLOWS: lambda: self._flush_stale(elements_of(self.desired, self.network)),
        }
        return any([await self._attempt(trouble, step) for trouble, step in steps.items() if trouble in self.problems])

    async def _prepare(self) -> frozenset[int]:
        return await self._borrowed.prepare([uplink.interface for uplink in self.surroundings.uplinks])

    async def _borrow(self, *, ipv4: bool) -> None:
        await self._prepare()
        await self._borrowed.switch_on(ipv4=ipv4)

    async def _reserve(self) -> None:
        await self._borrowed.reserve_ports(self.desired)

    async def _configure(self) -> None:
        section = self._config.gateway
        self._lost_ipv6 = await self._no_ipv6()
        self.problems.judge(Trouble.NO_IPV6, {"reason": self._lost_ipv6} if self._lost_ipv6 else None)
        await self._host.configure(section.interface, await self._own_addresses(), self.network.mtu)

    async def _no_ipv6(self) -> str | None:
        """Return what says that the interface carries no IPv6, though it should, or None."""
        section = self._config.gateway
        if section.network6 is None:
            return None
        name = no_ipv6(section.interface)
        found = (await self._host.settings([name]))[name]
        return None if found == "0" else f"{dotted(name)} is {found or 'missing'}"

    async def _own_addresses(self) -> list[IPv4Interface | IPv6Interface]:
        section = self._config.gateway
        found: list[IPv4Interface | IPv6Interface] = [IPv4Interface(f"{section.address4}/{section.subnet4.prefixlen}")]
        if section.network6 and await self._no_ipv6() is None:
            found.append(IPv6Interface(f"{section.address6}/{section.network6.prefixlen}"))
        return found

    def _check_addresses(self, stored: Desired) -> None:
        section = self._config.gateway
        strangers = [peer for peer in stored.peers.values() if peer.ipv4 not in section.subnet4]
        if strangers:
            first = strangers[0]
            raise ConfigError(
                key="gateway.subnet4",
                problem=f"{len(strangers)} devices have addresses outside it, as {first.device} of {first.owner_name} "
                f"has {first.ipv4}; put the old subnet back, or change it once `guildgate revoke` has removed them",
            )

    def _addressed(self, stored: Desired) -> Desired:
        """Return what is stored with the IPv6 addresses that devices have under this `subnet6`."""
        section = self._config.gateway
        peers = addressed(section, stored.peers.values())
        self._store.kept_ipv6 = {
            key: (peer.ipv6, stored.peers[key].ipv6) for key, peer in peers.items() if peer is not stored.peers[key]
        }
        if self._store.kept_ipv6:
            then = "IPv6 works for each again after a /rotate" if section.network6 else "they are kept for a later one"
            log.warning("%s devices have IPv6 addresses outside subnet6; %s", len(self._store.kept_ipv6), then)
        return replace(stored, peers=peers)

    async def write(self, work: Callable[[], Awaitable[None]]) -> None:
        """Write what no desired state holds, in a transaction. Raise NotSaved."""
        async with self._lock, self._store.transaction():
            await work()

    @asynccontextmanager
    async def at_rest(self) -> AsyncIterator[None]:
        """Hold changes back, so that a reader of the database is in no writer's way."""
        async with self._lock:
            yield

    async def checkpoint(self) -> None:
        """Leave no deleted key in the log of writes. Raise NotSaved."""
        async with self._lock:
            await self._store.checkpoint()

    async def rewrite(self) -> None:
        """Write the database's file anew. Raise NotErased."""
        async with self._lock:
            await self._store.rewrite()

    async def change(
        self,
        edit: Edit[A],
        kind: type[A],
        once: Once | None = None,
        also: Callable[[], Awaitable[None]] | None = None,
    ) -> A:
        """Carry out what `edit` returns: (state after, answer, audit entry). Return the answer, which is of `kind`.

        `also` writes more in the same transaction, when the rest is written. Raise what `edit` raises, RequestIdReused,
        ApplyFailed or NotSaved; nothing is changed then. What was carried out before gets the earlier answer. Answers
        are stored, so none may hold a secret.
        """
        async with self._lock:
            if once and (given := await self._store.answer(once)):
                return decode(kind, given)
            after, answer, audit = edit(self.desired)
            change = Change.between(self.desired, after)
            active = change.active
            delta = delta_of(change, self.network)
            if self.last_look and (active.peers_gone or active.forwards_gone):
                await self.last_look(active)
            try:
                async with self._store.transaction() as commit:  # begins first, so it can refuse before the kernel
                    await self._apply(active, delta, after)
                    # Both at once, because the disk is slow and so is a walk through conntrack.
                    saved, led = await asyncio.gather(
                        self._save(once, change, encode(answer), audit, also, commit),
                        self._forget_stale(delta.add),
                        return_exceptions=True,
                    )
                    if isinstance(saved, BaseException):
                        raise saved
                    if isinstance(led, BaseException):  # the change stands, because it is saved
                        log.error("forgetting flows from before a forward broke", exc_info=led)
            except BaseException:
                self._is_torn = True
                try:
                    await self._reconcile()
                except (OSError, GatewayError) as error:
                    log.error("the way back from a change that failed does not work yet: %s", error)
                raise
            self.desired = after
            self.live.changed(change)
            self.changed.set()
            self._made.put_nowait(change)
            if saved is not None:
                await self._attempt(Trouble.RESERVED, partial(self._borrowed.write_ports, saved))
            if _keys(change.peers_gone) - _keys(change.peers_come):
                with suppress(NotSaved):  # it is logged, and the change stands
                    await self._store.checkpoint()
            if audit:
                who = audit.actor
                log.info("%s by %s (%s, uid %s): %s", audit.action, who.id, who.name, audit.uid, audit.subject)
            return answer

    async def _save(
        self,
        once: Once | None,
        change: Change,
        answer: object,
        audit: Audit | None,
        also: Callable[[], Awaitable[None]] | None,
        commit: Callable[[], Awaitable[None]],
    ) -> set[int] | None:
        """Save and commit. Return the ports to reserve now; None leaves thousands of them to `tidy`."""
        await self._store.save(change)
        if audit:
            await self._store.audit(audit, self._host.now())
        if once:
            await self._store.remember(once, answer, self._host.now())
        if also:
            await also()
        few = change.moves_ports and len(change.after.forwards) <= _FEW_FORWARDS
        ports = await self._borrowed.note_ports(change.after) if few else None
        await commit()
        return ports

    async def _apply(self, change: Change, delta: Delta, desired: Desired) -> None:
        """Change the table, then WireGuard. The table's one transaction cuts what is revoked, with its open flows."""
        await self._free_slots(change)
        await self._settle(change)
        await self._table.apply(delta)
        add, remove = wg_changes(change)
        staying = (desired.peers.get(peer.id) for peer in change.peers_gone)
        if kept := {peer.public_key for peer in staying if peer}.intersection(remove):  # suspended: let back in later
            self.note_endpoints(await self._wireguard.dump(kept))
        if add or remove:
            await self._wireguard.apply(map(self._endpoints.of, add), remove)

    async def _free_slots(self, change: Change) -> None:
        """Flush what is left of the flows of a slot's forward before, because they would be taken for the new one's."""
        new = [forward for forward in change.forwards_come if forward.id not in change.before.forwards]
        try:
            await self._conntrack.flush_forwards([forward for forward in new if forward.slot != forward.id])
        except OSError as error:
            raise apply_failed("freeing a conntrack mark", error) from error

    async def _settle(self, change: Change) -> None:
        """Flush what rules cut of forwards whose open flows are not looked at any more."""
        watched = {forward.id for forward in change.forwards_gone if forward.access.is_watched}
        come = (f for f in change.forwards_come if f.id in watched and not f.access.is_watched)
        try:
            await self._conntrack.flush_refused({forward.slot: forward.access for forward in come})
        except OSError as error:
            raise apply_failed("forgetting flows that rules cut", error) from error

    def note_endpoints(self, device: DeviceState) -> None:
        """Learn from WireGuard's state, of all devices or some, where they are and which are connected."""
        self._endpoints.note(device, {peer.public_key for peer in self.desired.peers.values()})
        self.live.seen(device, self.desired)

    async def save_endpoints(self) -> None:
        """Write down where devices are, for the next start. Raise NotSaved."""
        async with self._lock:
            await self._save_endpoints()

    async def _save_endpoints(self, *, is_last: bool = False) -> None:
        """Write down where devices are, and since when they are connected. When they answered is for the last time."""
        if not self._is_started:
            return
        self.note_endpoints(await self._wireguard.dump())  # first, because a device may be gone since the last look
        connections = self.live.presence.connections(self.desired.active.peers.values())
        connected = frozenset((connection.peer_id, connection.since) for connection in connections)
        if is_last or connected != self._connected or not self._endpoints.is_stored:
            async with self._store.transaction():
                await self._endpoints.save()
                await self._store.set_note("connected", to_json(tuple(connections)))
            self._connected = connected

    async def _load_connections(self) -> None:
        with suppress(DecodeError):  # another version's
            stored = decode(tuple[Connection, ...], json.loads(await self._store.note("connected") or "[]"))
            self.live.presence.load(stored, self.desired.active.peers)

    async def _forget_stale(self, come: Elements) -> None:
        """Delete flows older than a new forward before answering, or players that tried earlier stay locked out.

        Flows that cannot be deleted now are a problem, and deleted when it is tried again.
        """
        ports = stale.ports(come)
        try:
            if ports and not await self._conntrack.is_free_of(ports):
                await self._flush_stale(come, ports)
        except OSError as error:
            self.problems.report(Problem(code=Trouble.FLOWS, values={"reason": _reason(error)}))

    async def _flush_stale(self, come: Elements, ports: Set[int] | None = None) -> None:
        """Delete the flows that the table with these elements would treat otherwise; all, or those to some ports."""
        here = Here.of(self.network, await self._host.addresses(), self.surroundings.outer)
        await self._conntrack.flush_chosen(Stale(come, here), ports)

    async def tidy(self) -> None:
        """Flush leftover flows and update reserved ports after each change, until cancelled.

        This runs in the background, because the table blocks those flows already. A failure is only logged.
        """
        while True:
            changes = [await self._made.get()]
            while not self._made.empty():
                changes.append(self._made.get_nowait())
            try:
                await self._tidy(changes)
            finally:
                for _ in changes:
                    self._made.task_done()

    async def _tidy(self, changes: Sequence[Change]) -> None:
        """Flush what these changes left. They are taken together, because a walk through conntrack is slow."""
        seen = [change.active for change in changes]
        gone = [f for change in seen for f in change.forwards_gone if f.id not in change.after.forwards]
        # The table drops these already, but conntrack would count them as players until they are silent.
        come = (forward for change in seen for forward in change.forwards_come)
        refusing = {f.slot: f.access for f in come if f.access.rules or f.access.kicked}
        # A new peer's addresses as well, because a crash may have left flows of their former peer.
        addresses = (_addresses(change.peers_gone) ^ _addresses(change.peers_come) for change in seen)
        try:
            await self._conntrack.flush_forwards(gone)
            await self._conntrack.flush_refused(refusing)
            await self._conntrack.flush_addresses(set[IPv4Address | IPv6Address]().union(*addresses))
            if any(change.moves_ports for change in changes):
                async with self._lock:
                    await self._attempt(Trouble.RESERVED, self._reserve)
        except (OSError, GatewayError) as error:
            log.error("tidying up after a change: %s", error)

    async def tidied(self) -> None:
        """Wait until nothing is left to tidy up."""
        await self._made.join()


def _reason(error: Exception) -> str:
    """Return what the system said. It is the same each time, unlike an ApplyFailed with its number."""
    cause = error if isinstance(error, OSError) else error.__cause__
    return why(cause) if isinstance(cause, OSError) else str(error.args[0])


def _keys(peers: Iterable[Peer]) -> set[Key]:
    return {peer.preshared_key for peer in peers if peer.preshared_key}


def _addresses(peers: Iterable[Peer]) -> set[IPv4Address | IPv6Address]:
    return {ip for peer in peers for ip in (peer.ipv4, peer.ipv6) if ip}
