"""Each message of the catalogue can be read and said, whatever its values.

The bot itself reads a message when it first says it.
"""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import pytest
from fluent.runtime import FluentResource
from fluent.syntax import ast

from bot.core.words import ENGLISH, References
from tests.unit.bot.english import LANGUAGES
from tests.unit.bot.test_catalogue import FILES


def mistakes(source: str, *, is_whole: bool) -> Iterator[str]:
    """Yield what is wrong with a file. `is_whole`: what a message refers to cannot be said in another language."""
    body = FluentResource(source).body
    yield from (f"cannot be read from here on: {entry.content}" for entry in body if isinstance(entry, ast.Junk))
    entries = [entry for entry in body if isinstance(entry, ast.Message | ast.Term)]
    names = [f"-{entry.id.name}" if isinstance(entry, ast.Term) else entry.id.name for entry in entries]
    yield from (f"{name} stands there twice" for name in {*names} if names.count(name) > 1)
    made_of = {}
    for name, entry in zip(names, entries, strict=True):
        if entry.value is None:
            yield f"{name} has no text of its own"
            continue
        references = References()
        references.visit(entry)
        made_of[name] = references.found
        if is_whole:
            yield from (
                f"{name} refers to {each}, which the file does not have" for each in references.found - {*names}
            )
    try:
        TopologicalSorter(made_of).prepare()
    except CycleError as error:
        yield " refers to ".join(reversed(error.args[1]))


@pytest.mark.parametrize("language", FILES)
def test_every_message_can_be_read_and_said(language: str) -> None:
    assert [*mistakes(FILES[language], is_whole=language == ENGLISH)] == []


@pytest.mark.parametrize("language", FILES)
def test_the_bot_finds_every_message_of_a_file(language: str) -> None:
    """It parses one message at a time, and finds where each begins by itself."""
    found = [entry for entry in FluentResource(FILES[language]).body if isinstance(entry, ast.Message)]
    words = LANGUAGES.of(language)
    assert [entry.id.name for entry in found] == [each for each in words.ending("") if not each.startswith("-")]
    for entry in found:
        (alone,) = FluentResource(words._entries[entry.id.name]).body
        assert alone.equals(entry, ignored_fields=["span", "comment"])


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("cards =\n    .title = Cards\n", ["cards has no text of its own"]),
        ("cards = { cards }\n", ["cards refers to cards"]),
        ("-name = { -name }\ncards = { -name }\n", ["-name refers to -name"]),
        ("cards = { $count\n", ["cannot be read from here on: cards = { $count\n"]),
        ("cards = Cards\ncards = Decks\n", ["cards stands there twice"]),
        ("cards = { decks } of { -name }\ndecks = Decks\n", ["cards refers to -name, which the file does not have"]),
    ],
)
def test_a_mistake_is_found(source: str, problem: list[str]) -> None:
    assert [*mistakes(source, is_whole=True)] == problem


@pytest.mark.parametrize(
    "source",
    [
        "cards = { more }\nmore = { $n ->\n    [one] x\n   *[other] { cards }\n}\n",
        '-name = { cards }\ncards = { -name(case: "of") }\n',
    ],
)
def test_a_circle_of_several_is_found(source: str) -> None:
    (found,) = mistakes(source, is_whole=False)
    assert found.count(" refers to ") == 2
