"""What `guildgate bot --check` found on Discord, as one JSON document on stdout. It loads no discord.py."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from gateway.codec import AtMost, decode, to_json

LONGEST = 64 << 10  # bytes of a report


class Rank(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


class Subject(StrEnum):
    """What a finding is about, by the doctor's title."""

    TOKEN = "token"  # noqa: S105 - a title
    SERVER = "Discord"
    INTENTS = "intents"
    NAMES = "roles and channels"
    PERMISSIONS = "permissions"
    COMMANDS = "commands"


@dataclass(frozen=True, slots=True)
class Told:
    """One finding, and what to do about it."""

    rank: Rank
    subject: Subject
    text: Annotated[str, AtMost(2000)]
    advice: Annotated[str, AtMost(500)] = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of a look."""

    findings: Annotated[tuple[Told, ...], AtMost(100)]


class Problem(StrEnum):
    """Why a look by `guildgate bot --scout` found nothing."""

    NONE = ""
    TOKEN = "token"  # noqa: S105 - a word
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Joined:
    """A server that the bot is on."""

    id: Annotated[str, AtMost(20)]
    name: Annotated[str, AtMost(200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scouted:
    """What a token is of, and where the bot is. `invitation` is a URL."""

    problem: Problem = Problem.NONE
    why: Annotated[str, AtMost(400)] = ""
    name: Annotated[str, AtMost(200)] = ""
    application: Annotated[str, AtMost(20)] = ""
    invitation: Annotated[str, AtMost(400)] = ""
    has_members_intent: bool = False
    needs_code_grant: bool = False
    servers: Annotated[tuple[Joined, ...], AtMost(200)] = ()


def write(report: Report) -> bytes:
    return to_json(report).encode()


def read(raw: bytes) -> Report:
    """Return what a child wrote. Raise ValueError for anything else than a report."""
    return decode(Report, json.loads(raw))


def read_scouted(raw: bytes) -> Scouted:
    """Return what a child wrote on a line. Raise ValueError for anything else."""
    return decode(Scouted, json.loads(raw))
