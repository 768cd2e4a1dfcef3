"""`guildgate doctor`: what on this host keeps the gateway from working, and what to do about it.

`facts` reads the host and leaves it as it was. To see whether links can be made, it makes a WireGuard and a tun link
and removes them at once. `checks` and `network` judge what was read; they are pure.
"""

from __future__ import annotations

from pathlib import Path

import bot.config
from bot.config import DATABASE_VERSION
from gateway.config import load_or_default
from gateway.doctor.checks import judge
from gateway.doctor.databases import databases
from gateway.doctor.discord import misnamed
from gateway.doctor.facts import gather
from gateway.doctor.finding import Finding, Level, failure, ok
from gateway.errors import ConfigError
from gateway.state.schema import STEPS

__all__ = ["Finding", "Level", "examine"]


def examine(path: Path | None) -> list[Finding]:
    """Return all findings about this host under the configuration of `path`. It blocks for about a second."""
    try:
        config = load_or_default(path)
        discord = bot.config.load(path).discord if path is not None else None
    except ConfigError as error:
        return [failure("configuration", str(error), "Correct it; the rest was not checked.")]
    first = ok("configuration", f"{path} is valid" if path else "no file; checked with the defaults")
    host = judge(gather(config.gateway), config.gateway, config.policy)
    own = {"guildgate.db": len(STEPS), "flows.db": None}
    stored = list(databases(config.gateway.state_dir, own, "gateway"))
    if discord:
        stored += [*databases(discord.state_dir, {"bot.db": DATABASE_VERSION}, "bot"), *misnamed(discord)]
    return [first, *host, *stored]
