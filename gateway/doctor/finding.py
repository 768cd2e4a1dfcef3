"""Findings of the doctor, each a line of its report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


def ok(title: str, detail: str) -> Finding:
    return Finding(Level.OK, title, detail)


def warning(title: str, detail: str, *fix: str) -> Finding:
    return Finding(Level.WARNING, title, detail, fix)


def failure(title: str, detail: str, *fix: str) -> Finding:
    return Finding(Level.FAILURE, title, detail, fix)
