"""`guildgate doctor`: what on this host keeps the gateway from working, and what to do about it.

`facts` reads the host and leaves it as it was. To see whether links can be made, it makes a WireGuard and a tun link
and removes them at once. `checks` and `network` judge what was read; they are pure.
"""

from __future__ import annotations

from pathlib import Path

from wcwidth import wrap

import bot.config
from gateway.config import load_or_default
from gateway.doctor.checks import judge
from gateway.doctor.facts import gather
from gateway.doctor.finding import Finding, Level, failure, ok
from gateway.errors import ConfigError
from gateway.terminal.text import safe

__all__ = ["Finding", "Level", "examine", "render"]

_SYMBOLS = {
    Level.OK: ("✓", "ok", "32"),
    Level.WARNING: ("!", "warning", "33"),
    Level.FAILURE: ("✗", "FAIL", "31"),
}


def examine(path: Path | None) -> list[Finding]:
    """Return all findings about this host under the configuration of `path`. It blocks for about a second."""
    try:
        config = load_or_default(path)
        if path is not None:
            bot.config.load(path)
    except ConfigError as error:
        return [failure("configuration", str(error), "Correct it; the rest was not checked.")]
    first = ok("configuration", f"{path} is valid" if path else "no file; checked with the defaults")
    return [first, *judge(gather(config.gateway), config.gateway)]


def render(findings: list[Finding], *, colour: bool, columns: int) -> str:
    """Write the report. Prose is wrapped to `columns`; commands stay whole, because people copy them."""
    width = max(len(finding.title) for finding in findings)
    margin = " " * (width + 13)
    lines = []
    for finding in findings:
        symbol, word, code = _SYMBOLS[finding.level]
        mark = f"{symbol} {word:<7}"
        if colour:
            mark = f"\x1b[{code}m{mark}\x1b[0m"
        first, *more = wrap(safe(finding.detail), max(40, columns - len(margin)), break_on_hyphens=False)
        lines.append(f"{mark}  {finding.title:<{width}}  {first}")
        lines += [margin + line for line in more]
        lines += [f"{margin}  {safe(line)}" for line in finding.fix]
    failures, warnings = (sum(f.level is level for f in findings) for level in (Level.FAILURE, Level.WARNING))
    return "\n".join([*lines, "", _verdict(failures, warnings)])


def _verdict(failures: int, warnings: int) -> str:
    if failures:
        return f"{failures} to be put right before the gateway can work" + (
            f", {warnings} to look at." if warnings else "."
        )
    return f"The gateway can run here; {warnings} to look at." if warnings else "All is well."
