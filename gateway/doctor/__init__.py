"""`guildgate doctor`: what on this host keeps the gateway from working, and what to do about it.

`facts` reads the host and leaves it as it was. To see whether links can be made, it makes a WireGuard and a tun link
and removes them at once. `checks` and `network` judge what was read; they are pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import bot.config
from bot.config import DATABASE_VERSION
from gateway.config import load_or_default
from gateway.doctor.atonce import Unread, at_once
from gateway.doctor.checks import judge, unread
from gateway.doctor.databases import databases
from gateway.doctor.discord import discord
from gateway.doctor.disk import disks
from gateway.doctor.facts import gather
from gateway.doctor.finding import Finding, Level, failure, ok
from gateway.doctor.services import services
from gateway.errors import ConfigError
from gateway.state.schema import STEPS

__all__ = ["Finding", "Level", "examine"]


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
    own = {"guildgate.db": len(STEPS), "flows.db": None}
    parts: dict[str, Callable[[], Iterable[Finding]]] = {
        "the host": lambda: judge(gather(config.gateway), config.gateway, config.policy),
        "the services": lambda: [*services()],
        "the disks": lambda: [*disks(states)],
        "the gateway's databases": lambda: [*databases(config.gateway.state_dir, own, "gateway")],
    }
    if path is not None and section is not None:
        parts["the bot's database"] = lambda: [*databases(section.state_dir, {"bot.db": DATABASE_VERSION}, "bot")]
        parts["Discord"] = lambda: [*discord(path, section)]
    found = at_once(parts, _LIMIT_S).values()
    return [first, *(each for part in found for each in ([unread(part)] if isinstance(part, Unread) else part))]
