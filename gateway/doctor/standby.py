"""A region that two machines have: whether this one could go on, and whether the other one gets what it needs."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address
from pathlib import Path

from gateway import config as configuration
from gateway.api.client import GatewayClient
from gateway.api.contract import Actor
from gateway.api.standby import GetStandby, StandbyState
from gateway.api.transport import SocketTransport
from gateway.backup.archive import CONFIG, TRUST
from gateway.config import Config, FleetSection, GatewaySection
from gateway.doctor.finding import Finding, failure, ok, warning
from gateway.errors import ConfigError, GatewayError, GatewayWaiting
from gateway.host.uplink import A_PLAYER
from gateway.standby.copy import Copy
from gateway.standby.kept import Kept
from gateway.trust import GatewayTrust, read

_TITLE = "standby"
_PATIENCE_S = 5.0
# What may differ between both machines; everything else that devices and players meet is the same.
_OWN = {"public_interface", "interface", "backend", "mtu", "state_dir", "socket", "socket_users", "user", "log_format"}


def standby(config: Config) -> Iterator[Finding]:
    """Check this machine's part, where two machines have its region."""
    fleet = config.fleet
    if fleet is None or fleet.standby is None:
        return
    try:
        own = read(GatewayTrust, fleet.key_file)
    except ConfigError as error:
        yield warning(_TITLE, str(error), "Run it with sudo.")
        return
    yield from address(fleet.standby)
    try:
        state = _state(config.gateway.socket)
    except GatewayWaiting:
        yield from waiting(_newest(config.gateway.state_dir, own), own, config)
    except GatewayError as error:
        yield warning(_TITLE, f"it is not known whether this machine serves: {error}", "Start its gateway.")
    else:
        yield from serving(state, fleet)


def address(moving: IPv4Address) -> Iterator[Finding]:
    """Check by which address packets leave. A device behind a NAT hears those from the one that it knows alone."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(moving), 0))
        except OSError:
            yield ok(_TITLE, f"{moving} is not on this machine, so it waits")
            return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(A_PLAYER), 9))  # of UDP, so that nothing is sent
        except OSError as error:
            yield failure(_TITLE, f"there is no way to players ({error.strerror})", "ip route    shows the ways")
            return
        source = probe.getsockname()[0]
    if source == str(moving):
        yield ok(_TITLE, f"{moving} is on this machine, and packets leave by it")
        return
    detail = f"packets leave by {source} and not by {moving}: a device behind a NAT is silent for up to two minutes"
    yield warning(_TITLE, detail, f"ip route replace default via ROUTER src {moving}")


def serving(state: StandbyState, fleet: FleetSection) -> Iterator[Finding]:
    if state.key is None:
        fix = "sudo guildgate standby allow KEY    with what `guildgate enrol` printed on the other machine"
        yield failure(_TITLE, f"this machine serves {fleet.region}, and the other one gets no copies", fix)
    elif not state.followers:
        fix = "systemctl status guildgate-courier    shows whether it runs"
        yield failure(_TITLE, "no courier takes the copies for the other machine", fix)
    else:
        yield ok(_TITLE, f"this machine serves {fleet.region}, and the other one gets a copy of each change")


def waiting(copy: Copy | str, own: GatewayTrust, config: Config) -> Iterator[Finding]:
    if isinstance(copy, str):
        allow = f"sudo guildgate standby allow {own.key.public_key}    on the other machine" if own.of else ""
        yield failure(_TITLE, f"this machine waits, and could not go on: {copy}", *filter(None, [allow]))
        return
    made = f"{copy.content.manifest.made_at:%Y-%m-%d %H:%M:%S} UTC"
    yield ok(_TITLE, f"this machine waits; its newest copy is of {made}")
    if other := differences(copy.content.files.get(CONFIG, b""), config):
        detail = f"the other machine has something else in config.toml: {', '.join(other)}"
        yield warning(_TITLE, detail, "Make these the same on both; devices and players meet whichever serves.")


def differences(text: bytes, config: Config) -> list[str]:
    """Name the keys by which the other machine's configuration differs in what devices and players meet."""
    try:
        other = configuration.parse(configuration.tables(text, "the copy"))
    except ConfigError:
        return []
    keys = [field.name for field in dataclasses.fields(GatewaySection) if field.name not in _OWN]
    found = [f"gateway.{key}" for key in keys if getattr(other.gateway, key) != getattr(config.gateway, key)]
    policy = [field.name for field in dataclasses.fields(config.policy)]
    found += [f"policy.{key}" for key in policy if getattr(other.policy, key) != getattr(config.policy, key)]
    their_own = other.fleet and other.fleet.standby
    return found + (["fleet.standby"] if config.fleet and their_own != config.fleet.standby else [])


def _state(path: Path) -> StandbyState:
    actor = Actor(id=f"uid:{os.getuid()}", name="doctor", is_admin=True)
    return asyncio.run(GatewayClient(SocketTransport(path), timeout_s=_PATIENCE_S).call(GetStandby(actor=actor)))


def _newest(state_dir: Path, own: GatewayTrust) -> Copy | str:
    """Return the newest copy, or why there is none."""
    secrets = [own.key]
    with suppress(ConfigError):  # only where a copy was installed
        secrets.append(read(GatewayTrust, state_dir / TRUST).key)
    try:
        return Kept(state_dir, secrets, own.region_key, own.key.public_key).newest() or "no copy has come yet"
    except GatewayError as error:
        return str(error)
