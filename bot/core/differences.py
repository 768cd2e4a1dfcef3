"""Says what the gateway repaired or could not repair, of the texts in its audit log. Pure."""

from __future__ import annotations

import re

from bot.core.render import safe
from bot.core.words import Words
from gateway.model import Difference

MOST = 5
MAX_NAME = 60


def differences(words: Words, text: str) -> str:
    """Return the differences of an audit entry in the reader's language; those of another version stay as they are."""
    named = [_difference(words, each) for each in text.split(", ")]
    shown = ", ".join(named[:MOST])
    return words("list-more", names=shown, count=len(named) - MOST) if len(named) > MOST else shown


def _difference(words: Words, text: str) -> str:
    for known in Difference:
        if text == known or text.startswith(f"{known} "):
            # A device is written as `owner/device`; the id becomes a mention.
            what = re.sub(r"^(\d{15,20})/", r"<@\1> ", safe(text.removeprefix(known), MAX_NAME))
            return words(f"difference-{known.name.lower()}", what=what)
    return safe(text, MAX_NAME)
