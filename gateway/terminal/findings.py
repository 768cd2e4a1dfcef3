"""The findings of `guildgate doctor` as text."""

from __future__ import annotations

from collections.abc import Sequence

from wcwidth import wrap

from gateway.doctor import Finding, Level
from gateway.logs import safe

_SYMBOLS = {
    Level.OK: ("✓", "ok", "32"),
    Level.WARNING: ("!", "warning", "33"),
    Level.FAILURE: ("✗", "FAIL", "31"),
}


def render(findings: Sequence[Finding], *, colour: bool, columns: int) -> str:
    """Return the lines, and a last one that sums up."""
    failures, warnings = (sum(f.level is level for f in findings) for level in (Level.FAILURE, Level.WARNING))
    return "\n".join([*lines_of(findings, colour=colour, columns=columns), "", _verdict(failures, warnings)])


def lines_of(findings: Sequence[Finding], *, colour: bool, columns: int) -> list[str]:
    """Return lines with the prose wrapped to `columns`. Commands stay whole, so that they can be copied."""
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
    return lines


def _verdict(failures: int, warnings: int) -> str:
    if failures:
        return f"{failures} to be put right before the gateway can work" + (
            f", {warnings} to look at." if warnings else "."
        )
    return f"The gateway can run here; {warnings} to look at." if warnings else "All is well."
