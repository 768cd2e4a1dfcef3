"""The admin's commands while no gateway runs: on its database, and on what it left of its tunnel and its table.

The operations are the gateway's own. A gateway that was killed, or stopped with `--keep`, leaves interface and table
up. They are changed where they stand, and none is made. What cannot be changed follows at the gateway's next start.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Set
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.api.contract import Caller
from gateway.api.dispatch import Handle, dispatch
from gateway.config import Backend, Config, GatewaySection
from gateway.daemon import load_private_key, take_off
from gateway.errors import GatewayError, GatewayUnreachable, HostProblem
from gateway.foreign.routing import KernelFirewalls
from gateway.holder import lock
from gateway.host.kernel import KernelHost
from gateway.host.onlyone import only_one
from gateway.host.surroundings import Surroundings
from gateway.host.uplink import tunnel_mtu
from gateway.keys import PrivateKey
from gateway.model import Desired, Key
from gateway.network import Marks, Network
from gateway.nftables.elements import Counters, Delta, Element, Elements
from gateway.nftables.flows import KernelConntrack
from gateway.nftables.table import KernelTable
from gateway.state.borrowed import Borrowed
from gateway.state.kernel import Kernel
from gateway.state.operations import Operations
from gateway.state.reconciler import Reconciler
from gateway.state.store import Store
from gateway.wireguard.choose import find
from gateway.wireguard.device import DeviceState, WgPeer, WireGuard

DATABASE = "guildgate.db"


class NeverRan(Exception):
    """There is no state of a gateway."""


@dataclass(slots=True)
class Offline:
    """A transport to the operations in this process. `failed` names what of the kernel could not be changed."""

    handle: Handle
    failed: list[str] = field(default_factory=list)

    async def call(self, operation: str, body: bytes) -> bytes:
        _, answer = await dispatch(self.handle, Caller(uid=os.getuid(), is_trusted=True), operation, body)
        if not isinstance(answer, bytes):
            raise GatewayUnreachable
        return answer

    def watch(self, operation: str, body: bytes) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        raise GatewayUnreachable


@asynccontextmanager
async def opened(config: Config, *, is_waiting: bool) -> AsyncIterator[Offline]:
    """Hold the gateway's locks, and yield the transport. Tunnel and table may be another configuration's by now.

    `is_waiting`: the gateway itself waits for its network, and holds the place there. Raise NeverRan, Held,
    PermissionError, or an error of the tree.
    """
    section, failed = config.gateway, list[str]()
    _check_state(section.state_dir)
    with lock(section.state_dir / "lock"), nullcontext() if is_waiting else only_one():
        key = section.state_dir / "private_key"
        private_key = load_private_key(key) if key.exists() else PrivateKey.generate()  # no interface has that one
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(Store.open(section.state_dir / DATABASE))
            # What was left has marks by the mask of then.
            mask = int(await store.note("conntrack_mask") or "0", 16) or section.conntrack_mask
            config, marks = replace(config, gateway=replace(section, conntrack_mask=mask)), Marks(mask)
            table = await stack.enter_async_context(_table(marks, failed))
            flows = await stack.enter_async_context(KernelConntrack(marks))
            tunnel = await _tunnel(section, private_key, failed)
            left = Kernel(tunnel, table, flows, KernelHost(), KernelFirewalls())
            reconciler = _Absent(config, store, left)
            await reconciler.start()
            operations = Operations(config, private_key, store, left, reconciler)
            yield Offline(operations.handle, failed)
            await reconciler.tidied()


async def take_down(config: Config) -> None:
    """Take off the host what a gateway left up. Raise like `opened`."""
    state_dir = config.gateway.state_dir
    _check_state(state_dir)
    with lock(state_dir / "lock"), only_one():
        await take_off(config)


def _check_state(folder: Path) -> None:
    """Raise NeverRan unless a gateway has left a state there, because none is made."""
    try:
        for name in ("lock", DATABASE):
            (folder / name).stat()
    except FileNotFoundError:
        raise NeverRan from None


class _Absent(Reconciler):
    """The reconciler of a gateway that does not run. It leaves everything to the next start that no request names."""

    def __init__(self, config: Config, store: Store, left: Kernel) -> None:
        super().__init__(config, store, left)
        self._borrowed = _Untouched(config, store, left)

    async def start(self) -> None:
        """Take the stored state for the present one, also when it does not fit the settings or the host."""
        self.desired = self._addressed(await self._store.load())
        try:
            self.surroundings = await self._lookout.look()
        except (GatewayError, OSError):
            section = self._config.gateway
            address, mtu = str(section.public_address or "unknown"), tunnel_mtu(section, ())
            self.surroundings = Surroundings(uplinks=(), address=address, public4=None, public6=None, outer=(), mtu=mtu)
        self.network = self.surroundings.network(self._config)

    async def tidied(self) -> None:
        """Tidy up, because no task does it."""
        while not self._made.empty():
            await self._tidy([self._made.get_nowait()])

    async def _reconcile(self, *, counts_go_on: bool = True) -> None:
        """Leave the way back from a change that failed to the next start."""


class _Untouched(Borrowed):
    """The borrowed settings, which stay as they are, because a stopped gateway has given them back."""

    async def note_ports(self, desired: Desired) -> None:
        return None

    async def reserve_ports(self, desired: Desired) -> None:
        pass


@dataclass(frozen=True, slots=True)
class _Tunnel:
    """WireGuard's interface, as far as it is there."""

    interface: str
    kind: Backend
    live: WireGuard | None
    failed: list[str]

    async def up(self) -> None:
        pass

    async def down(self) -> None:
        pass

    async def dump(self, only: Set[Key] | None = None) -> DeviceState:
        try:
            return await self.live.dump(only) if self.live else DeviceState()
        except GatewayError:  # it is logged
            return DeviceState()

    async def apply(self, add: Iterable[WgPeer], remove: Iterable[Key]) -> None:
        try:
            if self.live:
                await self.live.apply(add, remove)
        except GatewayError:
            self.failed.append(f"the tunnel {self.interface}")


async def _tunnel(section: GatewaySection, private_key: PrivateKey, failed: list[str]) -> _Tunnel:
    none = _Tunnel(section.interface, section.backend, None, failed)
    try:
        live = await find(section, private_key)
    except HostProblem:  # the name is another program's
        return none
    if live is None:
        return none
    found = _Tunnel(section.interface, live.kind, live, failed)
    return found if live.is_ours(await found.dump()) else none  # one that cannot be read is, so that a change says so


@dataclass(frozen=True, slots=True)
class _Table:
    """The table, as far as it is there. `is_closed`: this process may not look."""

    live: KernelTable | None
    is_closed: bool
    failed: list[str]

    async def load(self, network: Network, elements: Elements, *, counts_go_on: bool = True) -> None:
        pass

    async def remove(self) -> None:
        pass

    async def apply(self, delta: Delta) -> None:
        try:
            if self.live:
                await self.live.amend(delta)
        except GatewayError:
            self._note()
        if self.is_closed:
            self._note()

    def _note(self) -> None:
        self.failed.append("the nftables table")

    async def counters(self, slots: Collection[int]) -> Counters:
        return await self.live.counters(slots) if self.live else {}

    async def hits(self, keys: Mapping[str, Collection[Element]]) -> Mapping[str, Counters]:
        return await self.live.hits(keys) if self.live else {name: {} for name in keys}

    async def refused(self, slots: Collection[int]) -> dict[int, int]:
        return await self.live.refused(slots) if self.live else {}


@asynccontextmanager
async def _table(marks: Marks, failed: list[str]) -> AsyncIterator[_Table]:
    async with AsyncExitStack() as stack:
        try:
            live = await stack.enter_async_context(KernelTable(marks))
        except (GatewayError, OSError):
            yield _Table(None, True, failed)
            return
        yield _Table(live if await live.is_there() else None, False, failed)
