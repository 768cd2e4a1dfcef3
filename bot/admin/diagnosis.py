"""`/doctor`: what the gateway and the bot find wrong, as one message. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import discord

from bot.core.checks import Check
from bot.core.render import COLOUR, COLOUR_ATTENTION, COLOUR_DANGER, code, escape, fit, plain, safe
from bot.core.words import Words
from gateway.api.diagnosis import Finding, Level

MAX_DESCRIPTION = 4096
_UNREAD = "doctor"  # the code of a check that could not look; its text may be an exception's
_ORDER = (Level.FAILURE, Level.WARNING)
_LONGEST, _MOST_STEPS = 300, 4


def report(words: Words, gateway: Sequence[Finding] | str, own: Sequence[Check]) -> discord.Embed:
    """Return what is wrong first, with what to do, and then how many checks are well.

    `gateway` are its findings, or a sentence that says why there are none.
    """
    wrong = [*_of_bot(words, own), *_of_gateway(words, gateway)]
    lines = [line for level in _ORDER for found, text in wrong if found is level for line in text]
    findings = () if isinstance(gateway, str) else gateway
    fine = sum(not check.wrong for check in own) + sum(finding.level is Level.OK for finding in findings)
    if any(finding.fix for finding in findings if finding.level is not Level.OK):
        lines.append(words("doctor-where"))
    lines.append(words("doctor-fine", count=fine))
    levels = {level for level, _ in wrong}
    colour = COLOUR_DANGER if Level.FAILURE in levels else COLOUR_ATTENTION if levels else COLOUR
    return discord.Embed(title=words("doctor-title"), description=fit(words, lines, MAX_DESCRIPTION), colour=colour)


def _of_bot(words: Words, own: Iterable[Check]) -> Iterator[tuple[Level, list[str]]]:
    for check in own:
        for level, text in check.wrong:
            yield level, [_line(words, level, words(f"doctor-check-{check.name}"), escape(text))]


def _of_gateway(words: Words, found: Sequence[Finding] | str) -> Iterator[tuple[Level, list[str]]]:
    if isinstance(found, str):
        yield Level.FAILURE, [_line(words, Level.FAILURE, words("doctor-check-gateway"), found)]
        return
    for finding in found:
        if finding.level is not Level.OK:
            text = words("doctor-unread") if finding.code == _UNREAD else safe(finding.detail, _LONGEST)
            yield finding.level, [_line(words, finding.level, safe(finding.title), text), *_steps(words, finding)]


def _line(words: Words, level: Level, title: str, text: str) -> str:
    return words(f"doctor-level-{level}", check=title, found=text)


def _steps(words: Words, finding: Finding) -> Iterator[str]:
    """Yield what to do. A command can be copied; a sentence ends with a full stop."""
    for step in finding.fix[:_MOST_STEPS]:
        yield words("doctor-step", advice=safe(step, _LONGEST) if step.endswith(".") else code(plain(step, _LONGEST)))
