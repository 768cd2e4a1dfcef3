"""Findings of the doctor, each a line of its report."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.api.diagnosis import Finding, Level
from gateway.cause import Cause

__all__ = ["Cause", "Finding", "Level", "failure", "ok", "warning"]


def ok(title: str, detail: str) -> Finding:
    return Finding(Level.OK, title, detail)


def warning(title: str, detail: str, *fix: str, cause: Cause | None = None, **values: object) -> Finding:
    return Finding(Level.WARNING, title, detail, fix, cause or "", _texts(values))


def failure(title: str, detail: str, *fix: str, cause: Cause | None = None, **values: object) -> Finding:
    return Finding(Level.FAILURE, title, detail, fix, cause or "", _texts(values))


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}
