"""The gateway's process: everything it owns, opened in order and closed in reverse."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import resource
import secrets
import signal
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from gateway.api import server
from gateway.api.contract import Request
from gateway.config import Config, GatewaySection
from gateway.errors import ConfigError, GatewayError, why
from gateway.foreign.advice import Complaint, complaints
from gateway.foreign.listing import read_rulesets
from gateway.host import link, uplink
from gateway.host.uplink import Line
from gateway.keys import PrivateKey
from gateway.nftables.flows import Conntrack
from gateway.nftables.table import Table
from gateway.state.borrowed import Host
from gateway.state.operations import Operations
from gateway.state.reconciler import Reconciler
from gateway.state.store import Store
from gateway.wireguard.choose import choose

log = logging.getLogger(__name__)

_LOOK_S = 30  # for drift that sends no notice: peers changed by wg(8), a sysctl written
_CALM_S = 0.25  # collects a burst of notices, and keeps two programs from fighting at full speed
_RETRY_S = 2
_FILES = 65536


async def run(config: Config, *, keep: bool) -> None:
    """Serve until SIGTERM or SIGINT; raise ConfigError when it cannot start. `keep` leaves the data path up."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    _allow_files()
    section = config.gateway
    with _state_dir(section.state_dir):
        private_key = load_private_key(section.state_dir / "private_key")
        async with AsyncExitStack() as stack:
            listener = stack.enter_context(server.listen(section.socket, section.socket_users))
            store = await stack.enter_async_context(Store.open(section.state_dir / "guildgate.db"))
            try:
                firewall = await stack.enter_async_context(Table())
            except PermissionError:
                problem = "it may not change this host's network; run it as root or with CAP_NET_ADMIN"
                raise ConfigError(key="the gateway cannot start", problem=problem) from None
            conntrack = await stack.enter_async_context(Conntrack())
            wireguard = await choose(section, private_key)
            table_notices = await stack.enter_async_context(firewall.watch())
            link_notices = await stack.enter_async_context(link.watch(section.interface))
            reconciler = Reconciler(config, store, wireguard, firewall, conntrack, Host(config, store))
            daemon = Operations(config, private_key, store, wireguard, firewall, conntrack, reconciler)
            try:
                await reconciler.start()
                await _warn_of_other_firewalls(section)
                await _serve(daemon, reconciler, listener, [table_notices, link_notices], stop)
            finally:
                if not keep:
                    await asyncio.shield(reconciler.stop())
    log.info("stopped" + (", data path left up" if keep else ""))


async def _warn_of_other_firewalls(section: GatewaySection) -> None:
    """An accept of ours cannot overrule a drop in another table: only the admin can (see coexistence.py)."""
    try:
        found = await asyncio.to_thread(_look_at_other_firewalls, section, await uplink.look(section))
    except Exception:  # whatever others write into their rules, the gateway works without this look
        log.exception("cannot see whether another firewall is in the way")
        return
    if isinstance(found, str):
        log.warning("cannot see whether another firewall is in the way: %s", found)
        return
    for complaint in found:
        log.warning("%s; to let it through, as root:", complaint.detail)
        for command in complaint.fix:
            log.warning("    %s", command)


def _look_at_other_firewalls(section: GatewaySection, lines: Sequence[Line]) -> list[Complaint] | str:
    listing = read_rulesets()
    return listing if isinstance(listing, str) else list(complaints(listing, section, lines))


async def _serve(
    daemon: Operations,
    reconciler: Reconciler,
    listener: server.Listener,
    notices: Iterable[AsyncIterator[str]],
    stop: asyncio.Event,
) -> None:
    async with asyncio.TaskGroup() as tasks:

        async def handle(operation: str, request: Request) -> object:
            """Every request is carried through, even when the asker goes away meanwhile."""
            outcome = await asyncio.shield(tasks.create_task(_outcome(daemon.handle(operation, request))))
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        repairs = _Repairs(reconciler)
        watchers = [tasks.create_task(repairs.note_all(reasons)) for reasons in notices]
        watchers += [tasks.create_task(repairs.keep_repairing()), tasks.create_task(repairs.keep_following())]
        watchers.append(tasks.create_task(repairs.look_now_and_then()))
        watchers.append(tasks.create_task(_keep_expiring(daemon, reconciler.changed)))
        watchers.append(tasks.create_task(reconciler.tidy()))
        async with server.serve(listener, handle):
            await stop.wait()
        await reconciler.tidied()
        for watcher in watchers:
            watcher.cancel()


async def _keep_expiring(daemon: Operations, changed: asyncio.Event) -> None:
    while True:
        changed.clear()
        try:
            end = await daemon.expire()
        except (OSError, GatewayError) as error:
            log.error("what has expired could not be removed, trying again: %s", error)
            await asyncio.sleep(_RETRY_S)
            continue
        # In short turns: the clock may be set, and a machine that sleeps does not count what asyncio waits for.
        wait_s = None if end is None else min(_LOOK_S, max(0.0, (end - datetime.now(UTC)).total_seconds()))
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await changed.wait()


async def _outcome(work: Awaitable[object]) -> object:
    """An error as a value: a task of the group that raised would end the gateway."""
    try:
        return await work
    except Exception as error:
        return error


class _Repairs:
    """Turns notices of what others did to our things, and to what is around them, into repairs."""

    def __init__(self, reconciler: Reconciler) -> None:
        self._reconciler = reconciler
        self._reasons: dict[str, None] = {}
        self._broken, self._moved = asyncio.Event(), asyncio.Event()

    def note(self, reason: str) -> None:
        if reason == link.SURROUNDINGS:
            self._moved.set()
            return
        self._reasons[reason] = None
        self._broken.set()

    async def note_all(self, reasons: AsyncIterator[str]) -> None:
        async for reason in reasons:
            self.note(reason)

    async def look_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            self.note(link.SURROUNDINGS)  # a host name may have moved
            try:
                if await self._reconciler.has_drifted():
                    self.note("drift")
            except (OSError, GatewayError) as error:
                log.warning("cannot look for drift: %s", error)
                self.note("drift")

    async def keep_repairing(self) -> None:
        """At once, as every packet meanwhile goes astray, and then no more for a moment."""
        while True:
            await self._broken.wait()
            self._broken.clear()
            reasons, self._reasons = ", ".join(self._reasons), {}
            await self._try(self._reconciler.repair(reasons), reasons)
            await asyncio.sleep(_CALM_S)

    async def keep_following(self) -> None:
        """After a moment, in which what belongs together happens: the old address goes, and the new one comes."""
        while True:
            await self._moved.wait()
            await asyncio.sleep(_CALM_S)
            self._moved.clear()
            await self._try(self._reconciler.follow(), "a failed repair")

    async def _try(self, work: Awaitable[object], again: str) -> None:
        try:
            await work
        except (OSError, GatewayError) as error:
            log.error("making things match again failed, trying once more: %s", error)
            await asyncio.sleep(_RETRY_S)
            self.note(again)


def _allow_files() -> None:
    """The usual 1024 are for programs that use select(2); a burst of requests may need more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, _FILES)), hard))


@contextmanager
def _state_dir(path: Path) -> Iterator[None]:
    """Make the folder and hold its lock: two gateways on one database would fight over the kernel."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(path / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        problem = f"{path} cannot be used ({why(error)})"
        raise ConfigError(key="gateway.state_dir", problem=problem) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        problem = f"{path} is in use by another running gateway; stop that one first"
        raise ConfigError(key="gateway.state_dir", problem=problem) from None
    else:
        yield
    finally:
        os.close(lock)


def load_private_key(path: Path) -> PrivateKey:
    """The gateway's own key, made on first use; raise ConfigError when the file is there but is no key."""
    try:
        return PrivateKey.parse(path.read_text())
    except FileNotFoundError:
        return _make_private_key(path)
    except (OSError, ValueError):
        problem = f"{path} does not hold a WireGuard key; restore it, or delete it and let every friend /rotate"
        raise ConfigError(key="gateway.state_dir", problem=problem) from None


def _make_private_key(path: Path) -> PrivateKey:
    private_key = PrivateKey.generate()
    unfinished = path.with_name(f".private_key.{secrets.token_hex(4)}")
    with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(private_key.reveal() + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    return private_key
