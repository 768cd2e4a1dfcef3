"""What the doctor finds, and the request for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from gateway.api.contract import Request
from gateway.problem import Problem


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    level: Level
    title: str
    detail: str
    fix: tuple[str, ...] = ()  # a step or a command each; only a step begins with a capital
    cause: str = ""  # a Cause, or that of another version; Discord's sentence goes by it
    values: dict[str, str] = field(default_factory=dict, hash=False)  # of that sentence
    problem: Problem | None = field(default=None, hash=False)  # where the finding repeats one

    @property
    def code(self) -> str:
        """Return the check's name for programs; tests/unit/gateway/doctor/test_codes.py holds them all."""
        return self.title.lower().replace(" ", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The answer to Diagnose."""

    findings: tuple[Finding, ...]
    version: str  # the gateway's


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnose(Request[Diagnosis]):
    """Look at the host as `guildgate doctor` does, as far as the gateway itself can. For admins; it takes seconds."""

    operation: ClassVar[str] = "diagnose"
