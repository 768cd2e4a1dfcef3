"""The one transaction of an import: the state, the server's key and the configuration, or nothing of it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from gateway import config as configuration
from gateway.api.contract import Action, Actor, ForwardInfo, PeerInfo
from gateway.codec import encode
from gateway.config import Config, GatewaySection, is_interface_name
from gateway.daemon import load_private_key, write_private_key
from gateway.errors import CannotImport, GatewayError, HostProblem, path_refused
from gateway.holder import Held, lock
from gateway.host.kernel import KernelHost
from gateway.host.onlyone import only_one
from gateway.host.ownuser import give_files
from gateway.host.privilege import owner
from gateway.keys import PrivateKey
from gateway.model import Change, Desired, Key
from gateway.state.changes import ephemeral_of
from gateway.state.store import Audit, Store
from gateway.takeover.found import Found
from gateway.takeover.plan import Plan, check, configured, planned, settings_of, toml
from gateway.wireguard.choose import find
from gateway.wireguard.device import DeviceState

DATABASE, KEY = "guildgate.db", "private_key"


def settled(found: Found, file: Path) -> tuple[Config, Path | None]:
    """Return the configuration in that file, and the file when it is still to be made. Raise an error of the tree."""
    if not file.exists():
        return configured(found), file
    config = configuration.load(file)
    check(found, config.gateway, str(file))
    return config, None


async def take_over(found: Found, config: Config, make: Path | None, actor: Actor, *, is_trial: bool) -> Plan:
    """Take over what was found, for a gateway with that configuration, which is made as the file `make`.

    Return what was done, or with `is_trial` what would be. Raise an error of the tree.
    """
    section, host = config.gateway, KernelHost()
    async with AsyncExitStack() as stack:
        is_there = (section.state_dir / DATABASE).exists()
        store = await stack.enter_async_context(_alone(section)) if is_there or not is_trial else None
        before = await store.load() if store else Desired()
        if before.peers or before.forwards:
            problem = (
                f"the gateway has {len(before.peers)} devices already; an import comes before the first one joins. "
                "`guildgate peers` lists them"
            )
            raise CannotImport(where=str(section.state_dir), problem=problem)
        plan = planned(found, config, before, actor, await host.listening(), host.now(), await ephemeral_of(host))
        if not plan.desired.peers:
            raise CannotImport(where=found.source, problem="it has no device that can be taken over")
        if store is None or is_trial:
            return plan
        endpoints = await _endpoints(found, section)
        with ExitStack() as undo:
            if make:
                undo.enter_context(_made(make, found))
            undo.enter_context(_replaced(section.state_dir / KEY, found.server.private_key))
            async with store.transaction():
                await store.save(Change.between(before, plan.desired))
                await store.set_endpoints(endpoints, ())
                await store.audit(_entry(found, plan.desired, actor), host.now())
    give_files(section.state_dir, owner(section.state_dir))
    return plan


async def _endpoints(found: Found, section: GatewaySection) -> dict[Key, tuple[str, datetime]]:
    """Return where the devices are, each with its last handshake, while the old server still runs.

    The gateway begins the sessions there, because a device that only listens would notice nothing for two minutes.
    """
    server = found.server
    if not is_interface_name(server.interface):
        return {}
    try:
        live = await find(replace(section, interface=server.interface), server.private_key)
        state = await live.dump() if live else DeviceState()
    except (GatewayError, OSError):  # another program's interface, or no right to look
        return {}
    if state.public_key != server.private_key.public_key:
        return {}
    keys = {device.public_key for device in found.devices}
    return {
        key: (peer.endpoint, peer.latest_handshake)
        for key, peer in state.peers.items()
        if key in keys and peer.endpoint and peer.latest_handshake
    }


@asynccontextmanager
async def _alone(section: GatewaySection) -> AsyncIterator[Store]:
    """Open the database of a gateway that does not run. Raise HostProblem while it does."""
    folder = section.state_dir
    async with AsyncExitStack() as stack:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            stack.enter_context(lock(folder / "lock"))
            stack.enter_context(only_one())
        except OSError as error:
            raise path_refused("gateway.state_dir", folder, "used", error) from error
        except Held as holder:
            problem = f"{folder} is in use by a running gateway, {holder}; stop that one first"
            raise HostProblem(key="gateway.state_dir", problem=problem) from None
        yield await stack.enter_async_context(Store.open(folder / DATABASE))


@contextmanager
def _replaced(path: Path, private_key: PrivateKey) -> Iterator[None]:
    """Write the server's key, and put the old one back when the block raises."""
    before = load_private_key(path) if path.exists() else None
    write_private_key(path, private_key)
    try:
        yield
    except BaseException:
        if before:
            write_private_key(path, before)
        else:
            path.unlink()
        raise


@contextmanager
def _made(file: Path, found: Found) -> Iterator[None]:
    """Write a configuration, and delete it when the block raises."""
    lines = [f"{key} = {toml(value)}" for key, value in settings_of(found).items()]
    text = "\n".join(["# The other keys are in config.example.toml.", "[gateway]", *lines, ""])
    try:
        file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        with open(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644), "w") as made:
            made.write(text)
            made.flush()
            os.fsync(made.fileno())
    except OSError as error:
        raise path_refused("--config", file, "written", error) from error
    try:
        yield
    except BaseException:
        with suppress(FileNotFoundError):
            file.unlink()
        raise


def _entry(found: Found, after: Desired, actor: Actor) -> Audit:
    peers = tuple(map(PeerInfo.of, after.peers.values()))
    forwards = tuple(ForwardInfo.of(each, after.peers[each.peer_id]) for each in after.forwards.values())
    return Audit(
        actor, Action.IMPORT, found.source, {"peers": encode(peers), "forwards": encode(forwards)}, os.getuid()
    )
