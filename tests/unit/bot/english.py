"""The catalogue, read once for all tests."""

from __future__ import annotations

from bot.core.words import Languages

LANGUAGES = Languages.load()
words = LANGUAGES.english
