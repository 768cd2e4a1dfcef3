"""The button below an entry of the log channel that offers something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import discord

from bot.core import notes
from bot.core.buttons import Button
from bot.core.notes import Note
from bot.core.words import Words


@dataclass(frozen=True)
class BringBack(Button):
    """Posts the live message again in the channel in which it was deleted. For admins."""

    prefix: ClassVar = "panel-back"
    channel: int

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("log-panel-back-button"))


def offer_of(note: Note) -> BringBack | None:
    """Return the button that belongs below the note's entry."""
    return BringBack(note.channel) if isinstance(note, notes.PanelGone) else None
