"""The sentences that members read, by language: one file in `bot/locales` each, in Mozilla's Fluent syntax.

Together the files are the catalogue. A message is one sentence of it, found by its id. `Words` is one language,
`Languages` is all of them. A function that renders takes `Words` first, because only its caller knows the reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from importlib import resources
from importlib.resources.abc import Traversable

from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.resolver import Pattern
from fluent.syntax import ast
from fluent.syntax.visitor import Visitor

from gateway.errors import HostProblem

ENGLISH = "en"
SUFFIX = ".ftl"
NAME = "-command-name"  # the end of the id of a command's name
_COMMAND = re.compile(r"(?<![\w/])/([a-z]+)(?![\w/])")
# A message or a term: its first line, and those below that begin with no other one and with no comment.
_ENTRY = re.compile(r"^(-?[a-zA-Z][\w-]*)\x20*=.*\n(?:(?![a-zA-Z#-]).*\n)*", re.MULTILINE)
MAX_VALUE = 2000  # no message of Discord holds more, and above 2500 the library refuses a value


class Words:
    """One language. It says a message in `otherwise` when it lacks it, or when it wants a value that was not given."""

    def __init__(self, locale: str, source: str, otherwise: Words | None = None) -> None:
        """Take the text of a file. `locale`: Discord's name, as `de`.

        A message is parsed when it is first needed, because the library takes a second for all of them. Tests look at
        each (tests/unit/bot/test_readable.py).
        """
        self.locale = locale
        self._entries = {found[1]: found[0] for found in _ENTRY.finditer(f"{source}\n")}
        self._unread = set(self._entries)
        self._otherwise = otherwise
        # Isolating marks show in Discord's code blocks, and are copied together with an address.
        self._bundle = FluentBundle([locale], use_isolating=False)

    def has(self, message: str) -> bool:
        """Report whether this language itself has the message."""
        return self._pattern(message) is not None

    def _pattern(self, message: str) -> Pattern | None:
        self._read(message)
        return self._bundle.get_message(message).value if self._bundle.has_message(message) else None

    def _read(self, name: str) -> None:
        """Parse a message, or a term with its hyphen, and what it refers to."""
        if name not in self._unread:
            return
        self._unread.remove(name)
        resource = FluentResource(self._entries[name])
        self._bundle.add_resource(resource)
        references = References()
        references.visit(resource)
        for each in references.found:
            self._read(each)

    def __contains__(self, message: str) -> bool:
        return self.has(message) or (self._otherwise is not None and message in self._otherwise)

    def __call__(self, message: str, /, **values: str | int) -> str:
        """Return the message with its values. Raise KeyError when English lacks the message, LookupError a value."""
        pattern = self._pattern(message)
        if pattern is None:
            if self._otherwise is None:
                raise KeyError(message)
            return self._with_names(self._otherwise(message, **values))
        shown = {name: value[:MAX_VALUE] if isinstance(value, str) else value for name, value in values.items()}
        text, errors = self._bundle.format_pattern(pattern, shown)
        if not errors:
            return self._with_names(str(text))
        if self._otherwise is None:
            raise LookupError(f"{message}: {errors[0]}")
        return self._with_names(self._otherwise(message, **values))

    def ending(self, end: str) -> list[str]:
        """Return the ids of the messages that end like this."""
        return [message for message in self._entries if message.endswith(end)]

    def _with_names(self, text: str) -> str:
        """Call the commands in a text by their names in this language; the catalogues write them in English."""
        if self._otherwise is None or "/" not in text:
            return text
        return _COMMAND.sub(lambda found: f"/{self._name(found[1])}", text)

    def _name(self, command: str) -> str:
        pattern = self._pattern(f"{command}{NAME}")
        return str(self._bundle.format_pattern(pattern)[0]) if pattern else command


class References(Visitor):
    """Collects the messages and terms that an entry refers to."""

    def __init__(self) -> None:
        self.found = set[str]()

    def visit_MessageReference(self, node: ast.MessageReference) -> None:  # noqa: N802 - the library's name
        self.found.add(node.id.name)

    def visit_TermReference(self, node: ast.TermReference) -> None:  # noqa: N802
        self.found.add(f"-{node.id.name}")
        self.generic_visit(node)


Say = Callable[[Words], str]
"""A sentence whose language is not known yet, because an error has several readers."""


def says(message: str, /, **values: str | int) -> Say:
    return lambda words: words(message, **values)


class Languages:
    """All languages of the catalogue. `sources`: the text of each file by its locale, such as `de` or `pt-BR`."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.english = Words(ENGLISH, sources[ENGLISH])
        self._words = {
            locale: Words(locale, source, self.english) for locale, source in sources.items() if locale != ENGLISH
        }

    @classmethod
    def load(cls, folder: Traversable | None = None) -> Languages:
        """Read every file of `folder`, by default `bot/locales`; raise HostProblem for one that cannot be read."""
        folder = folder or resources.files("bot").joinpath("locales")
        files = sorted((file for file in folder.iterdir() if file.name.endswith(SUFFIX)), key=lambda file: file.name)
        try:
            return cls({file.name.removesuffix(SUFFIX): file.read_text(encoding="utf-8") for file in files})
        except (OSError, UnicodeError, KeyError) as error:
            raise HostProblem(key=str(folder), problem=f"is not a catalogue that can be read: {error}") from error

    @property
    def has_others(self) -> bool:
        """Report whether there is a language besides English."""
        return bool(self._words)

    def command_names(self) -> dict[str, str]:
        """Return the English name of each command by its name in each language."""
        found: dict[str, str] = {}
        names = {message: self.english(message) for message in self.english.ending(NAME)}
        for words in (*self._words.values(), self.english):
            found |= {words(message): name for message, name in names.items()}
        return found

    def locales(self) -> tuple[str, ...]:
        """Return the locale of each language."""
        return ENGLISH, *self._words

    def of(self, locale: str | None) -> Words:
        """Return the language of Discord's locale: its own file, or that of its part before the hyphen, or English."""
        name = str(locale or ENGLISH)
        return self._words.get(name) or self._words.get(name.partition("-")[0]) or self.english


def either(words: Words, names: Sequence[str]) -> str:
    """Join names as `a or b or c`; at least one."""
    return reduce(lambda first, last: words("list-or", first=first, last=last), names)


def both(words: Words, names: Sequence[str]) -> str:
    """Join names as `a, b and c`; at least one."""
    *first, last = names
    return words("list-and", first=", ".join(first), last=last) if first else last
