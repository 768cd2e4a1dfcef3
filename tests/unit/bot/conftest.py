"""Fixtures of all tests of the bot."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import cache

import pytest

from bot import app
from bot.access import admission, shown
from bot.core.words import Words
from bot.ports import suggest
from gateway import sqlite
from tests.unit.bot.patience import PATIENCE_S

_commands = cache(app.all_commands)


def _copies(words: Words, *, with_regions: bool = False) -> Sequence[object]:
    return list(map(copy, _commands(words, with_regions=with_regions)))


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a busy machine more than the three seconds that Discord waits; a test of that limit sets its own."""
    monkeypatch.setattr(admission, "FORM_S", PATIENCE_S)
    monkeypatch.setattr(suggest, "IN_TIME_S", PATIENCE_S)


@pytest.fixture(autouse=True)
def _made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the commands once for all tests. Each bot has copies, because it hides and shows them."""
    monkeypatch.setattr(app, "all_commands", _copies)


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let configs stay in their messages, because every device of a world connects at once."""
    monkeypatch.setattr(shown, "outcome", lambda *_: None)


@pytest.fixture(autouse=True)
def _fleeting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no database wait for the disk, because no test outlives the machine."""
    pragmas = (each.replace("synchronous=FULL", "synchronous=OFF") for each in sqlite._PRAGMAS)
    monkeypatch.setattr(sqlite, "_PRAGMAS", tuple(pragmas))
