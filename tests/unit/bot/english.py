"""The catalogue, read once for all tests."""

from __future__ import annotations

from importlib import resources

from bot.core.words import ENGLISH, SUFFIX, Languages

LANGUAGES = Languages.load()
ENGLISH_ALONE = Languages({ENGLISH: resources.files("bot").joinpath(f"locales/{ENGLISH}{SUFFIX}").read_text()})
"""For the worlds of tests that speak no other language: each registers its commands, by far faster in one."""
words = LANGUAGES.english
