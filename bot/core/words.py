"""The sentences people read: one file of messages for each language in `bot/locales`, in Mozilla's Fluent syntax.

`Words` is one language, `Languages` all of them. What is rendered takes `Words` as its first argument, because only the
caller knows who will read it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from importlib import resources
from importlib.resources.abc import Traversable

from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import ast

ENGLISH = "en"
SUFFIX = ".ftl"
MAX_VALUE = 2000  # no message of Discord holds more, and above 2500 the library refuses a value


class Words:
    """One language. What it lacks, or says with a value that the call does not have, is said in `otherwise`."""

    def __init__(self, locale: str, source: str, otherwise: Words | None = None) -> None:
        """Raise ValueError unless all of `source` can be read."""
        resource = FluentResource(source)
        if junk := [entry.content for entry in resource.body if isinstance(entry, ast.Junk)]:
            raise ValueError(f"{locale}{SUFFIX} cannot be read from here on: {junk[0]}")
        self.locale = locale
        self._otherwise = otherwise
        # Isolating marks would show in Discord's code blocks, and end up in what people copy.
        self._bundle = FluentBundle([locale], use_isolating=False)
        self._bundle.add_resource(resource)

    def has(self, message: str) -> bool:
        """Report whether this language has a message, and does not lean on English for it."""
        return self._bundle.has_message(message)

    def __contains__(self, message: str) -> bool:
        return self.has(message) or (self._otherwise is not None and message in self._otherwise)

    def __call__(self, message: str, /, **values: str | int) -> str:
        """Raise KeyError for a message, and LookupError for a value, that English does not have."""
        if not self.has(message):
            if self._otherwise is None:
                raise KeyError(message)
            return self._otherwise(message, **values)
        pattern = self._bundle.get_message(message).value
        assert pattern
        shown = {name: value[:MAX_VALUE] if isinstance(value, str) else value for name, value in values.items()}
        text, errors = self._bundle.format_pattern(pattern, shown)
        if not errors:
            return str(text)
        if self._otherwise is None:
            raise LookupError(f"{message}: {errors[0]}")
        return self._otherwise(message, **values)


Say = Callable[[Words], str]
"""A sentence whose language is not known yet: an error has several readers."""


def says(message: str, /, **values: str | int) -> Say:
    return lambda words: words(message, **values)


class Languages:
    """All languages there are, by Discord's locale (`de`, `pt-BR`) or the part of it before the hyphen."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.english = Words(ENGLISH, sources[ENGLISH])
        self._words = {
            locale: Words(locale, source, self.english) for locale, source in sources.items() if locale != ENGLISH
        }

    @classmethod
    def load(cls, folder: Traversable | None = None) -> Languages:
        """Read every file of `folder`, by default of `bot/locales`."""
        folder = folder or resources.files("bot").joinpath("locales")
        files = sorted((file for file in folder.iterdir() if file.name.endswith(SUFFIX)), key=lambda file: file.name)
        return cls({file.name.removesuffix(SUFFIX): file.read_text(encoding="utf-8") for file in files})

    def of(self, locale: str | None) -> Words:
        """Return English for a language that has no file."""
        name = str(locale or ENGLISH)
        return self._words.get(name) or self._words.get(name.partition("-")[0]) or self.english


def either(words: Words, names: Sequence[str]) -> str:
    """`a or b or c`; of at least one name."""
    return reduce(lambda first, last: words("list-or", first=first, last=last), names)


def both(words: Words, names: Sequence[str]) -> str:
    """`a, b and c`; of at least one name."""
    *first, last = names
    return words("list-and", first=", ".join(first), last=last) if first else last
