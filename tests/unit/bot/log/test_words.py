"""Whatever the gateway's audit log may say has words here."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.core import texts
from bot.log import entries
from gateway.api.contract import Action


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(texts.LOG_TITLES, id="titles in the log channel"),
        pytest.param(texts.ACTIONS, id="verbs in /audit"),
        pytest.param(entries._COLOURS, id="colours in the log channel"),
    ],
)
def test_every_action_has_words(words: Mapping[str, object]) -> None:
    without = [action for action in Action if action not in words]
    assert not without, f"there is nothing for {', '.join(without)}"
    assert words.keys() == set(Action), "there is something for what is never done"
