"""One line of the doctor's report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Finding:
    """`fix` holds one step or command per line."""

    level: Level
    title: str
    detail: str
    fix: tuple[str, ...] = ()


def ok(title: str, detail: str) -> Finding:
    return Finding(Level.OK, title, detail)


def warning(title: str, detail: str, *fix: str) -> Finding:
    return Finding(Level.WARNING, title, detail, fix)


def failure(title: str, detail: str, *fix: str) -> Finding:
    return Finding(Level.FAILURE, title, detail, fix)
