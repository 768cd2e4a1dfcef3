"""What the doctor finds, and the request for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from gateway.api.contract import Request


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
    fix: tuple[str, ...] = ()  # a step or a command each

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
