"""Fixtures of all tests of the bot."""

from __future__ import annotations

import pytest

from bot.access import admission, shown
from bot.ports import suggest
from gateway import sqlite
from tests.unit.bot.patience import PATIENCE_S


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a busy machine more than the three seconds that Discord waits; a test of that limit sets its own."""
    monkeypatch.setattr(admission, "FORM_S", PATIENCE_S)
    monkeypatch.setattr(suggest, "IN_TIME_S", PATIENCE_S)


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let configs stay in their messages, because every device of a world connects at once."""
    monkeypatch.setattr(shown, "outcome", lambda *_: None)


@pytest.fixture(autouse=True)
def _fleeting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no database wait for the disk, because no test outlives the machine."""
    pragmas = (each.replace("synchronous=FULL", "synchronous=OFF") for each in sqlite._PRAGMAS)
    monkeypatch.setattr(sqlite, "_PRAGMAS", tuple(pragmas))
