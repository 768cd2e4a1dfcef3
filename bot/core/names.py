"""Decides which role or channel of the server a name of the configuration stands for.

The one that bears the name first is remembered by its id, and no other one counts for that name afterwards. Otherwise a
member that may make roles could make one that is named like an admin role, and be admin.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.config import Kind, Named
from bot.core.render import code, plain, safe
from bot.core.words import Words

EVERYONE = Named(Kind.ROLE, "@everyone")
"""The role that every member has. Its id is the server's, so no other role can be mistaken for it."""


class Trouble(enum.StrEnum):
    """What the admins have to know about a configured role or channel. The values stand in ids of the catalogue."""

    MISSING = "missing"
    """Nothing has the name, and nothing had it before."""
    NO_ID = "no-id"
    """Nothing has the configured id."""
    GONE = "gone"
    """What the name stood for is deleted."""
    AMBIGUOUS = "ambiguous"
    """Several had the name at first sight, so none of them counts."""
    NAMESAKE = "namesake"
    """Another one has the name as well, and does not count."""
    RENAMED = "renamed"
    """What the name stands for has another name now, and counts."""
    FOUND = "found"
    """The name was missing, and stands for something from now on."""


MAX_OTHERS = 5  # ids of namesakes that are listed
HARMLESS = (Trouble.NAMESAKE, Trouble.RENAMED)
"""Troubles that take nothing away from what is configured."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A trouble with a configured role or channel."""

    named: Named
    keys: tuple[str, ...]
    """The keys of [discord] that name it."""
    trouble: Trouble
    id: int | None = None
    """The one that counts."""
    others: tuple[int, ...] = ()
    """Those that do not count although they have the name."""
    now: str = ""
    """The present name of the one that counts, or for a missing one a name that differs only in case."""


@dataclass(frozen=True, slots=True)
class Present:
    """The roles or the channels of the server. A name may stand for one of `eligible` only."""

    names: Mapping[int, str]
    eligible: Collection[int]

    def called(self, name: str) -> tuple[int, ...]:
        return tuple(sorted(each for each in self.eligible if self.names[each] == name))


Known = Mapping[Named, int | None]
"""The remembered ids of names. None: the name had several bearers at first sight, and stands for nothing."""


def decide(
    wanted: Mapping[Named, tuple[str, ...]], known: Known, present: Present
) -> tuple[dict[Named, int | None], tuple[Finding, ...]]:
    """Return what is to be remembered besides `known`, and all findings about the present roles or channels."""
    new: dict[Named, int | None] = {}
    findings: list[Finding] = []
    for named, keys in wanted.items():
        if named == EVERYONE:
            continue
        if named.id is not None:
            if named.id not in present.names:
                findings.append(Finding(named, keys, Trouble.NO_ID))
            continue
        bearers = present.called(named.text)
        if named not in known:
            if not bearers:
                findings.append(Finding(named, keys, Trouble.MISSING, now=_other_case(named.text, present)))
                continue
            new[named] = bearers[0] if len(bearers) == 1 else None
        findings += _about(named, keys, new[named] if named in new else known[named], bearers, present)
    return new, tuple(findings)


def _about(
    named: Named, keys: tuple[str, ...], counts: int | None, bearers: tuple[int, ...], present: Present
) -> list[Finding]:
    """Return the findings about a name that is remembered for the id `counts`."""
    if counts is None:
        return [Finding(named, keys, Trouble.AMBIGUOUS, others=bearers)]
    others = tuple(each for each in bearers if each != counts)
    if counts not in present.names:
        return [Finding(named, keys, Trouble.GONE, counts, others)]
    found = []
    if (now := present.names[counts]) != named.text:
        found.append(Finding(named, keys, Trouble.RENAMED, counts, now=now))
    if others:
        found.append(Finding(named, keys, Trouble.NAMESAKE, counts, others))
    return found


def _other_case(name: str, present: Present) -> str:
    return next((other for other in present.names.values() if other.casefold() == name.casefold()), "")


def describe(words: Words, finding: Finding, *, for_discord: bool) -> str:
    """Return what the admins read about the finding, with mentions for Discord, and without markup for a terminal."""
    named, mark = finding.named, "@&" if finding.named.kind is Kind.ROLE else "#"

    def literal(text: str) -> str:
        return code(text) if for_discord else text

    def bold(text: str) -> str:
        return f"**{safe(text)}**" if for_discord else f'"{plain(text)}"'

    def one(ident: int | None) -> str:
        return f"<{mark}{ident}> ({literal(str(ident))})" if for_discord else str(ident)

    kind, name, keys = str(named.kind), bold(named.text), ", ".join(map(literal, finding.keys))
    others = ", ".join([*map(one, finding.others[:MAX_OTHERS]), *("…" for _ in finding.others[MAX_OTHERS:][:1])])
    match finding.trouble:
        case Trouble.MISSING:
            said = [words("named-missing", kind=kind, name=name, keys=keys)]
            if finding.now:
                said.append(words("named-other-case", now=bold(finding.now)))
        case Trouble.NO_ID:
            said = [words("named-no-id", kind=kind, id=literal(named.text), keys=keys)]
        case Trouble.GONE:
            said = [words("named-gone", kind=kind, name=name, keys=keys, id=one(finding.id))]
            if others:
                said.append(words("named-gone-others", others=others))
        case Trouble.AMBIGUOUS:
            said = [words("named-ambiguous", kind=kind, name=name, keys=keys)]
            if others:
                said.append(words("named-ambiguous-now", others=others))
        case Trouble.NAMESAKE:
            said = [words("named-namesake", kind=kind, name=name, keys=keys, id=one(finding.id), others=others)]
        case Trouble.RENAMED:
            now = bold(finding.now)
            said = [words("named-renamed", kind=kind, name=name, keys=keys, id=one(finding.id), now=now)]
        case Trouble.FOUND:
            said = [words("named-found", kind=kind, name=name, keys=keys, id=one(finding.id))]
    return " ".join(said)
