"""What all tests of the bot share."""

from __future__ import annotations

import pytest

from bot.access import admission
from bot.ports import suggest
from tests.unit.bot.patience import PATIENCE_S


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Discord waits for three seconds, a busy machine may need more; a test about that sets its own time."""
    monkeypatch.setattr(admission, "FORM_S", PATIENCE_S)
    monkeypatch.setattr(suggest, "IN_TIME_S", PATIENCE_S)
