"""The button that ends a series of game nights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import discord

from bot.core.buttons import Button
from bot.core.render import clip, plain
from bot.core.words import Words
from bot.nights.series import Series
from bot.nights.shown import what

MAX_LABEL = 60  # characters of the game; a label has 80


@dataclass(frozen=True)
class StopButton(Button):
    """The button that ends one series; `series` is its id."""

    prefix: ClassVar = "night-stop"
    series: int

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("night-stop-button"))

    def named(self, words: Words, series: Series) -> discord.ui.Button[Any]:
        """Return the button for a list of several series."""
        return self.button(words("night-stop-one-button", series=clip(plain(what(words, series)), MAX_LABEL)))
