"""Findings of the doctor, each a line of its report."""

from __future__ import annotations

from gateway.api.diagnosis import Finding, Level

__all__ = ["Finding", "Level", "failure", "ok", "warning"]


def ok(title: str, detail: str) -> Finding:
    return Finding(Level.OK, title, detail)


def warning(title: str, detail: str, *fix: str) -> Finding:
    return Finding(Level.WARNING, title, detail, fix)


def failure(title: str, detail: str, *fix: str) -> Finding:
    return Finding(Level.FAILURE, title, detail, fix)
