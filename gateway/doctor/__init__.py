"""`guildgate doctor`: what on this host keeps the gateway from working, and what to do about it.

`facts` reads the host and leaves it as it was. To see whether links can be made, it makes a WireGuard and a tun link
and removes them at once. `checks` and `network` judge what was read; they are pure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import bot.config
from bot.config import DATABASE_VERSION
from gateway.api.contract import Status
from gateway.config import load_or_default
from gateway.doctor import outside
from gateway.doctor.atonce import Unread, at_once
from gateway.doctor.bus import bus
from gateway.doctor.checks import findings_of, judge, unread
from gateway.doctor.databases import databases
from gateway.doctor.discord import discord
from gateway.doctor.disk import disks
from gateway.doctor.facts import gather, status_of
from gateway.doctor.finding import Finding, Level, failure, ok
from gateway.doctor.house import backups, move
from gateway.doctor.metrics import metrics
from gateway.doctor.services import services
from gateway.doctor.standby import standby
from gateway.errors import ConfigError
from gateway.host.kernel import KernelHost
from gateway.host.surroundings import lines_of
from gateway.state.schema import STEPS

__all__ = ["Finding", "Level", "examine", "examine_move", "probe"]


_LIMIT_S = 30.0  # for each part, which has limits of its own


def examine(path: Path | None) -> list[Finding]:
    """Return all findings about this host under the configuration of `path`.

    All parts look at once. One that breaks or hangs is a finding.
    """
    try:
        config = load_or_default(path)
        section = bot.config.load(path).discord if path is not None else None
    except ConfigError as error:
        return [failure("configuration", str(error), "Correct it; the rest was not checked.")]
    first = ok("configuration", f"{path} is valid" if path else "no file; checked with the defaults")
    states = [config.gateway.state_dir, *([section.state_dir] if section else [])]
    own = {"guildgate.db": len(STEPS), "flows.db": None, "history.db": None}
    parts: dict[str, Callable[[], Iterable[Finding]]] = {
        "the host": lambda: judge(gather(config.gateway), config.gateway, config.policy),
        "the services": lambda: [*services(config)],
        "the metrics": lambda: [*metrics(config)],
        "the bus": lambda: [*bus(config, path)],
        "the standby": lambda: [*standby(config)],
        "the disks": lambda: [*disks(states)],
        "the gateway's databases": lambda: [*databases(config.gateway.state_dir, own, "gateway")],
        "the backups": lambda: [*backups(config, datetime.now(UTC))],
    }
    if path is not None and section is not None:
        parts["the bot's database"] = lambda: [*databases(section.state_dir, {"bot.db": DATABASE_VERSION}, "bot")]
        parts["Discord"] = lambda: [*discord(path, section)]
    return [first, *findings_of(at_once(parts, _LIMIT_S))]


def probe(path: Path | None, seconds: float, tell: Callable[[str], None]) -> list[Finding]:
    """Wait for a call from outside, and return what it proves. `tell` gets what a person has to do for it."""
    try:
        config = load_or_default(path)
    except ConfigError as error:
        return [failure("configuration", str(error), "Correct it; nothing was tried.")]
    status, lines = asyncio.run(status_of(config.gateway.socket)), asyncio.run(lines_of(KernelHost(), config.gateway))
    known = status if isinstance(status, Status) else None
    own = [str(address) for line in lines for address in (line.uplink().source4,) if address]
    address = known.public_address if known else str(config.gateway.public_address or next(iter(own), ""))
    if not address:
        return [failure("public address", "this host has none that a caller could use", "Set public_address.")]
    taken = [row.forward.ports for row in known.forwards] if known else []
    # A call through the tunnel proves nothing, so it has to be told from one that was stopped.
    interfaces = [config.gateway.interface, *(line.interface for line in lines)]
    try:
        with outside.ear(config.policy.forward_ports, taken, interfaces) as ear:
            tell(outside.instruction(address, ear.port, seconds, known))
            return outside.judge(ear.arrivals(seconds, outside.is_outside), ear.port, seconds, known)
    except outside.NoFreePort:
        return [failure("provider", f"no port of {config.policy.forward_ports} is free to listen on")]


def examine_move(path: Path) -> list[Finding]:
    """Return the steps of a move to another machine. Raise ConfigError. It blocks for about a second."""
    config = load_or_default(path if path.exists() else None)
    try:
        return list(move(gather(config.gateway), config, path))
    except Unread as error:
        return [unread(error)]
