"""The gateway's process: it opens everything it owns in order, serves, and closes in reverse."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import resource
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

from gateway.api import server
from gateway.api.carried import Courier
from gateway.api.contract import Caller, Request
from gateway.backup.archive import DATABASE
from gateway.backup.automatic import Automatic
from gateway.config import Config, GatewaySection
from gateway.doctor.resident import Resident
from gateway.errors import GatewayError, HostProblem, path_refused, why
from gateway.foreign.judge import Judge
from gateway.foreign.listing import Listing
from gateway.foreign.routing import KernelFirewalls
from gateway.holder import Held, lock
from gateway.host import notices, sysctl
from gateway.host.host import Host
from gateway.host.kernel import KernelHost
from gateway.host.lifetime import on_stop
from gateway.host.notify import notify, watched
from gateway.host.onlyone import only_one
from gateway.host.surroundings import Lookout
from gateway.host.waiting import Wait
from gateway.keys import PrivateKey
from gateway.model import Off
from gateway.network import Marks
from gateway.nftables import forwarded
from gateway.nftables.flows import KernelConntrack
from gateway.nftables.hush import hushed
from gateway.nftables.notices import live_flows, watch_flows
from gateway.nftables.table import KernelTable
from gateway.standby.install import finish, give_up
from gateway.standby.making import Maker
from gateway.standby.turn import Turn
from gateway.state.flowlog import FlowLog
from gateway.state.history import Recorder
from gateway.state.kernel import Kernel
from gateway.state.operations import Operations
from gateway.state.playerwatch import PlayerWatch
from gateway.state.reconciler import Reconciler
from gateway.state.repairs import Repairs, keep_counting, keep_endpoints, keep_expiring, keep_pruning
from gateway.state.store import Store
from gateway.trust import GatewayTrust
from gateway.update.switch import note_serving
from gateway.version import own
from gateway.wireguard.choose import choose, find
from gateway.wireguard.userspace import UserspaceWireGuard

log = logging.getLogger(__name__)

_FILES = 65536  # file descriptors
Work = Callable[[], Coroutine[Any, Any, None]]


def warm_up() -> None:
    """Import what is otherwise imported on first use, because the gateway's own user may not read it."""
    own()
    # Threads and name lookups of asyncio, and keys.
    for module in ("concurrent.futures.thread", "encodings.idna", "nacl.bindings"):
        importlib.import_module(module)


async def run(
    config: Config,
    *,
    keep: bool,
    legacy: Listing,
    kept: Sequence[str] = (),
    only: Mapping[str, str] = MappingProxyType({}),
    flows: BinaryIO | None = None,
    settings: bytes | None = None,
    trust: GatewayTrust | None = None,
) -> bool:
    """Serve until a signal, see `on_stop`, or until SIGUSR1, which asks for another start. Return whether that was it.

    The data path stays up for another start, with `keep` in any case, and after an error when it was up before.

    `legacy` are the rules that only root can read, `kept` the privileges that could not be given up. `flows` is the
    text of conntrack, which only root can open. `only` are system users that may ask for one operation alone, with its
    name. `settings` is the text of config.toml, for backups. `trust` are the keys of a fleet's gateway.

    When the gateway cannot start, raise ConfigError for a mistake in the configuration, else HostProblem, ApplyFailed
    or NotSaved.
    """
    ends = _Ends()
    on_stop(ends.stop)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, ends.stop_for_another)
    _allow_files()
    section, host, address = config.gateway, KernelHost(), config.fleet and config.fleet.standby
    turn = Turn(address, section.state_dir, trust, host) if trust and address else None
    async with AsyncExitStack() as stack:
        stack.enter_context(watched())
        with _state_dir(section.state_dir):
            stack.enter_context(only_one())
        listener = stack.enter_context(server.listen(section.socket, section.socket_users, only))
        while True:
            async with AsyncExitStack() as quiet:
                known = await _turn_came(turn, config, listener, ends.over, quiet) if turn else trust
                listener.courier = Courier(known.signatures, host.now) if known else None
                # Without the lock of the state, so that the terminal's commands work meanwhile.
                if ends.over.is_set() or not await _network_is_there(section, host, listener, ends.over):
                    log.info("stopped while it waited")
                    break
                serving = partial(_up, config, listener, ends, turn, host, known, quiet.aclose)
                await serving(keep=keep, legacy=legacy, kept=kept, flows=flows, settings=settings)
            if not turn or not ends.makes_way:
                break
            listener.bind()
            ends.begin()
    log.info("stopped")
    return ends.is_for_another


class _Ends:
    """The end of what the gateway does now. `over` is set once it has to end, for whatever reason comes first."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.is_for_another = self.makes_way = self._is_final = False

    def stop(self) -> None:
        self.is_for_another, self._is_final = False, True
        self.over.set()

    def stop_for_another(self) -> None:
        if not self.over.is_set():
            self.is_for_another = self._is_final = True
            self.over.set()

    def make_way(self) -> None:
        """End because the other machine of the region serves."""
        if not self.over.is_set():
            self.makes_way = True
            self.over.set()

    def begin(self) -> None:
        """Begin to wait for another turn, unless a signal has come meanwhile."""
        self.makes_way = False
        if not self._is_final:
            self.over.clear()


async def _turn_came(
    turn: Turn, config: Config, listener: server.Listener, over: asyncio.Event, quiet: AsyncExitStack
) -> GatewayTrust | None:
    """Wait until it is this machine's turn, and put in place what it goes on from. Return the region's keys.

    Return None when `over` is set instead. From now until the end of `quiet` no packet is refused.
    """
    await quiet.enter_async_context(hushed())
    async with server.serve(listener, turn.handle):
        _note_version(turn.state_dir)
        await turn.wait(over, partial(_make_room, config))
    if over.is_set():
        return None
    with _state_dir(turn.state_dir):
        await asyncio.to_thread(turn.put_in_place)
    return turn.trust


async def _make_room(config: Config) -> None:
    """Leave the region to the other machine, for good and without anything that a killed gateway left up."""
    state_dir = config.gateway.state_dir
    with _state_dir(state_dir):
        await asyncio.to_thread(give_up, state_dir)
        if (state_dir / DATABASE).exists():
            await take_off(config)


async def take_off(config: Config) -> None:
    """Take off the host what a gateway left up. The caller holds the state's lock."""
    section, marks = config.gateway, Marks(config.gateway.conntrack_mask)
    private_key = load_private_key(section.state_dir / "private_key")
    found = await find(section, private_key)
    none = UserspaceWireGuard.of(section, private_key)
    async with (
        Store.open(section.state_dir / DATABASE) as store,
        KernelTable(marks) as table,
        KernelConntrack(marks) as flows,
    ):
        left = Kernel(found or none, table, flows, KernelHost(), KernelFirewalls())
        await Reconciler(config, store, left).take_down()


async def _up(
    config: Config,
    listener: server.Listener,
    ends: _Ends,
    turn: Turn | None,
    host: KernelHost,
    trust: GatewayTrust | None,
    began: Callable[[], Awaitable[object]],
    *,
    keep: bool,
    legacy: Listing,
    kept: Sequence[str],
    flows: BinaryIO | None,
    settings: bytes | None,
) -> None:
    """Have tunnel and forwards up until `ends` says otherwise. `began` is called once they are.

    The other parameters are those of `run`.
    """
    section, marks = config.gateway, Marks(config.gateway.conntrack_mask)
    async with AsyncExitStack() as stack:
        stack.enter_context(_state_dir(section.state_dir))
        finish(section.state_dir)
        private_key = load_private_key(section.state_dir / "private_key")
        store = await stack.enter_async_context(Store.open(section.state_dir / "guildgate.db"))
        table = await stack.enter_async_context(KernelTable(marks))
        conntrack = await stack.enter_async_context(KernelConntrack(marks, flows and _again(flows)))
        was_up = _exists(section.interface)
        wireguard = await choose(section, private_key)
        table_notices = await stack.enter_async_context(table.watch())
        link_notices = await stack.enter_async_context(notices.watch(section.interface, _networks(section)))
        changed_rules = await stack.enter_async_context(table.watch_others())
        kernel = Kernel(wireguard, table, conntrack, host, KernelFirewalls())
        reconciler = Reconciler(config, store, kernel)
        flow_log = await stack.enter_async_context(_flow_log(config, kernel.host, reconciler))
        recorder = await stack.enter_async_context(Recorder.open(section.state_dir / "history.db", host.now))
        judge = Judge(section, kernel.host, legacy, reconciler.problems)
        judging = partial(judge.keep_looking, changed_rules)
        players = PlayerWatch(
            lambda: reconciler.desired,
            partial(forwarded.look, marks),
            partial(_used, table),
            forwarded.settings,
            host.now,
            host.uptime,
            lambda happened: reconciler.live.played(happened, players.count, reconciler.desired),
        )
        player_notices = await stack.enter_async_context(forwarded.watch_players(marks))
        doctor = Resident(config, legacy)
        maker = None
        if trust:
            rest = settings or b"", turn.standby_key if turn else None, reconciler.at_rest, host.now
            maker = Maker(section.state_dir, private_key, trust, *rest).make
        services = flow_log, recorder, doctor.examine, players, maker, turn
        operations = Operations(config, private_key, store, kernel, reconciler, *services)
        backups = Automatic(config, settings, kernel.host, reconciler.problems)
        try:
            await reconciler.start()
            await operations.copies.begin()
            await players.start()
            if kept:
                log.warning("it keeps privileges: %s", "; ".join(kept))
            watching = partial(players.run, player_notices)
            also: list[Work] = [judging, watching, backups.keep_making, recorder.run]
            also += [flow_log.run] if flow_log else []
            ready = partial(_ready, section.state_dir)
            seen = [table_notices, link_notices]
            # What is there by now stays, and no search for cycles of references has to go through it again.
            gc.collect()
            gc.freeze()
            if turn:
                await began()
                stack.enter_context(turn.taken(ends.make_way))
            await _serve(operations, reconciler, listener, seen, also, ready, ends.over)
            await recorder.sample()
        finally:
            failed_over_another = was_up and not ends.over.is_set()  # the one before left it up for whatever comes next
            if (keep or ends.is_for_another or failed_over_another) and not ends.makes_way:
                log.info("leaving the data path up")
            else:
                await asyncio.shield(reconciler.stop())


def _again(file: BinaryIO) -> BinaryIO:
    """Open the file once more, because its user closes it, and only root could open it by its name."""
    return os.fdopen(os.dup(file.fileno()), "rb")


async def _used(table: KernelTable, slots: Sequence[int]) -> list[int]:
    """Return the slots of the forwards that packets have come to from outside."""
    counters = await table.counters(slots)
    return [slot for slot in slots if counters.get((slot, 0), (0, 0))[0]]


def _exists(interface: str) -> bool:
    return Path("/sys/class/net", interface).exists()


def _networks(section: GatewaySection) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the tunnel's networks."""
    return section.subnet4, *((section.network6,) if section.network6 else ())


async def _network_is_there(
    section: GatewaySection, host: Host, listener: server.Listener, stop: asyncio.Event
) -> bool:
    """Wait for what the host still lacks, and tell each caller what that is. Report whether to go on."""
    lookout = Lookout(section, host)
    if not (error := await lookout.lacks()):
        return True
    wait = Wait(lookout, error)

    async def refuse(caller: Caller, request: Request[Any]) -> object:
        raise wait.error

    async with notices.watch(section.interface) as reasons, server.serve(listener, refuse):
        await wait.over(reasons, stop)
    return not stop.is_set()


@asynccontextmanager
async def _flow_log(config: Config, host: Host, reconciler: Reconciler) -> AsyncIterator[FlowLog | None]:
    """Open the flow log, or delete it when it is switched off."""
    section, kept_for = config.gateway, config.policy.flow_log_for
    if isinstance(kept_for, Off) or kept_for.length is None:
        for file in section.state_dir.glob("flows.db*"):
            file.unlink()
        yield None
        return
    if sysctl.read("net/netfilter/nf_conntrack_events") == "0":
        log.warning("the flow log stays empty: net.netfilter.nf_conntrack_events is 0; set it to 2, or to 1")
    subnets = _networks(section)
    async with (
        watch_flows(subnets) as flow_notices,
        FlowLog.open(
            section.state_dir / "flows.db",
            kept_for.length,
            host.now,
            lambda: reconciler.desired.peers,
            flow_notices,
            partial(live_flows, subnets),
        ) as flow_log,
    ):
        yield flow_log


async def _serve(
    operations: Operations,
    reconciler: Reconciler,
    listener: server.Listener,
    notices: Iterable[AsyncIterator[str]],
    also: Iterable[Work],
    ready: Callable[[], None],
    stop: asyncio.Event,
) -> None:
    async with asyncio.TaskGroup() as tasks:

        async def handle(caller: Caller, request: Request[Any]) -> object:
            """Carry the request through, even when the caller leaves meanwhile."""
            outcome = await asyncio.shield(tasks.create_task(_outcome(operations.handle(caller, request))))
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        repairs = Repairs(reconciler)
        watchers = [tasks.create_task(repairs.note_all(reasons)) for reasons in notices]
        watchers += [tasks.create_task(repairs.keep_repairing()), tasks.create_task(repairs.keep_following())]
        looks = repairs.look_now_and_then(), repairs.look_when_in_doubt()
        watchers += map(tasks.create_task, (*looks, repairs.look_at_settings(), repairs.look_at_tunnel()))
        watchers.append(tasks.create_task(keep_expiring(operations.changes, reconciler.changed)))
        watchers.append(tasks.create_task(keep_pruning(operations.changes)))
        listening = operations.public_name.keep_listening(reconciler.surroundings.address)
        watchers.append(tasks.create_task(listening))
        watchers.append(tasks.create_task(keep_endpoints(reconciler)))
        watchers.append(tasks.create_task(operations.traffic.keep_counting()))
        watchers.append(tasks.create_task(keep_counting(operations.looks, reconciler.live.watchers)))
        watchers.append(tasks.create_task(reconciler.problems.keep_recording(reconciler.write)))
        watchers += [tasks.create_task(work()) for work in also]
        watchers.append(tasks.create_task(reconciler.tidy()))
        async with server.serve(listener, handle):
            ready()
            await stop.wait()
        listener.socket.close()  # callers are refused at once while the rest is undone
        await reconciler.tidied()
        with suppress(OSError, GatewayError):  # it is logged; a reboot may follow, which resets the counters
            await operations.traffic.look()
            await operations.traffic.save()
        for watcher in watchers:
            watcher.cancel()


def _ready(state_dir: Path) -> None:
    notify("READY=1", "STATUS=up")
    _note_version(state_dir)


def _note_version(state_dir: Path) -> None:
    try:
        note_serving(state_dir, sys.prefix)
    except OSError as error:  # an update would go back, for want of this; nothing else asks
        log.warning("it cannot be written down that this version serves: %s", why(error))


async def _outcome(work: Awaitable[object]) -> object:
    """Return the result, or the error as a value, because a task of the group that raised would end the gateway."""
    try:
        return await work
    except Exception as error:
        return error


def _allow_files() -> None:
    """Raise the limit of file descriptors, because a burst of requests may need more than the usual 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, _FILES)), hard))


@contextmanager
def _state_dir(path: Path) -> Iterator[None]:
    """Make the folder and hold its lock, because two gateways on one database would fight over the kernel.

    Raise ConfigError or HostProblem.
    """
    with ExitStack() as held:
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            held.enter_context(lock(path / "lock"))
        except OSError as error:
            raise path_refused("gateway.state_dir", path, "used", error) from error
        except Held as holder:
            problem = f"{path} is in use by another running gateway, {holder}; stop that one first"
            raise HostProblem(key="gateway.state_dir", problem=problem) from None
        yield


def load_private_key(path: Path) -> PrivateKey:
    """Return the gateway's own key, which is made on first use. Raise HostProblem when the file holds no key."""
    try:
        try:
            return PrivateKey.parse(path.read_text())
        except FileNotFoundError:
            return _make_private_key(path)
    except OSError as error:
        raise HostProblem(key="gateway.state_dir", problem=f"{path} cannot be used ({why(error)})") from error
    except ValueError:
        problem = f"{path} does not hold a WireGuard key; restore it, or delete it and let every friend /rotate"
        raise HostProblem(key="gateway.state_dir", problem=problem) from None


def _make_private_key(path: Path) -> PrivateKey:
    private_key = PrivateKey.generate()
    write_private_key(path, private_key)
    return private_key


def write_private_key(path: Path, private_key: PrivateKey) -> None:
    """Put the key there, in the place of any other. It is there whole or not at all."""
    unfinished = path.with_name(f".private_key.{secrets.token_hex(4)}")
    with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(private_key.reveal() + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
