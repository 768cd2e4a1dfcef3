"""`/doctor`: what the gateway and the bot find wrong, as one message. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import discord

from bot.core import problems
from bot.core.checks import Check
from bot.core.render import COLOUR, COLOUR_ATTENTION, COLOUR_DANGER, code, escape, fit, in_region, plain, safe
from bot.core.words import Words
from gateway.api.diagnosis import Finding, Level

MAX_DESCRIPTION = 4096
_ORDER = (Level.FAILURE, Level.WARNING)
_LONGEST, _MOST_STEPS = 300, 4


def report(words: Words, gateway: Sequence[Finding] | str, own: Sequence[Check], region: str = "") -> discord.Embed:
    """Return what is wrong first, with what to do, and then how many checks are well.

    `gateway` are its findings, or a sentence that says why there are none.
    """
    wrong = [*_of_bot(words, own), *_of_gateway(words, gateway)]
    lines = [line for level in _ORDER for found, text in wrong if found is level for line in text]
    findings = () if isinstance(gateway, str) else gateway
    fine = sum(not check.wrong for check in own) + sum(finding.level is Level.OK for finding in findings)
    if any(any(_steps(words, finding)) for finding in findings if finding.level is not Level.OK):
        lines.append(words("doctor-where"))
    lines.append(words("doctor-fine", count=fine))
    levels = {level for level, _ in wrong}
    colour = COLOUR_DANGER if Level.FAILURE in levels else COLOUR_ATTENTION if levels else COLOUR
    title = in_region(words("doctor-title"), region)
    return discord.Embed(title=title, description=fit(words, lines, MAX_DESCRIPTION), colour=colour)


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
            line = _line(words, finding.level, _title(words, finding), _sentence(words, finding))
            yield finding.level, [line, *_steps(words, finding)]


def _title(words: Words, finding: Finding) -> str:
    try:
        return words(f"doctor-check-{finding.code}")
    except LookupError:
        return safe(finding.title)


def _sentence(words: Words, finding: Finding) -> str:
    """Return what is wrong, in the reader's language; not the terminal's text, which may hold an exception's."""
    if finding.problem:
        return problems.sentence(words, finding.problem)
    values = {name: safe(value, _LONGEST) for name, value in finding.values.items()}
    try:
        return words(f"finding-{finding.cause}", **values)
    except LookupError:
        return words("doctor-other")


def _line(words: Words, level: Level, title: str, text: str) -> str:
    return words(f"doctor-level-{level}", check=title, found=text)


def _steps(words: Words, finding: Finding) -> Iterator[str]:
    """Yield the commands, without what the terminal says beside them. The finding's sentence has the other steps."""
    commands = [step.partition("    ")[0] for step in finding.fix if not step[:1].isupper()]
    for command in commands[:_MOST_STEPS]:
        yield words("doctor-step", advice=code(plain(command, _LONGEST)))
