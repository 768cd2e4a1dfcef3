"""The bot's own checks of its server, as /doctor shows them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core import names, needs
from bot.core.names import Finding
from bot.core.needs import MINOR, Lack, Need
from bot.core.words import Words
from gateway.api.diagnosis import Level


@dataclass(frozen=True, slots=True)
class Check:
    """A check: its name in the catalogue, and what it found wrong, each with a sentence in plain text."""

    name: str
    wrong: tuple[tuple[Level, str], ...] = ()


def of_server(words: Words, findings: Iterable[Finding], lacks: Iterable[Lack], registering: str) -> tuple[Check, ...]:
    """Return the checks of roles, channels, permissions, intents and commands. `registering`: what is in its way."""
    named = [
        (
            Level.WARNING if finding.trouble in names.HARMLESS else Level.FAILURE,
            names.describe(words, finding, for_discord=False),
        )
        for finding in findings
    ]
    lacking = [(lack.need, _level(lack), needs.describe(words, lack)) for lack in lacks]
    return (
        Check("names", tuple(named)),
        Check("permissions", tuple((level, text) for need, level, text in lacking if need is not Need.EVENTS)),
        Check("intents", tuple((level, text) for need, level, text in lacking if need is Need.EVENTS)),
        Check("commands", ((Level.FAILURE, registering),) if registering else ()),
    )


def of_versions(words: Words, bot: str, gateway: str) -> Check:
    if bot == gateway:
        return Check("version")
    return Check("version", ((Level.WARNING, words("versions-differ", bot=bot, gateway=gateway or "?")),))


def _level(lack: Lack) -> Level:
    return Level.WARNING if lack.need in MINOR else Level.FAILURE
