"""Sentences by language: plural forms, missing messages, and a language as one more file."""

from __future__ import annotations

from pathlib import Path
from timeit import timeit

import discord
import pytest

from bot.core.words import Languages, Words, both, either, says
from gateway.errors import HostProblem

ENGLISH = """
cards = { $count ->
    [one] { $count } card
   *[other] { $count } cards
} of { $name }
only-english = Only in English, { $name }
list-or = { $first } or { $last }
list-and = { $first } and { $last }
"""
POLISH = """
cards = { $count ->
    [one] { $count } karta
    [few] { $count } karty
   *[many] { $count } kart
} gracza { $name }
list-or = { $first } lub { $last }
list-and = { $first } i { $last }
"""
TOY = Languages({"en": ENGLISH, "pl": POLISH, "pt-BR": "cards = { $count } cartas de { $name }\n"})


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 kart"), (1, "1 karta"), (2, "2 karty"), (5, "5 kart"), (12, "12 kart"), (22, "22 karty")],
)
def test_a_language_has_the_plural_forms_that_are_its_own(count: int, said: str) -> None:
    assert TOY.of("pl")("cards", count=count, name="Mia") == f"{said} gracza Mia"


def test_numbers_are_grouped_as_the_language_does_and_texts_stay_as_they_are() -> None:
    assert TOY.english("cards", count=12345, name="12345") == "12,345 cards of 12345"
    assert TOY.of("pl")("cards", count=12345, name="12345") == "12\xa0345 kart gracza 12345"


def test_what_a_language_lacks_is_said_in_english() -> None:
    assert TOY.of("pl")("only-english", name="Mia") == "Only in English, Mia"
    assert "only-english" in TOY.of("pl")
    assert "in-no-language" not in TOY.of("pl")


@pytest.mark.parametrize(
    ("locale", "found"),
    [("pl", "pl"), ("pt-BR", "pt-BR"), ("pt", "en"), ("pl-PL", "pl"), ("en-GB", "en"), ("tlh", "en"), (None, "en")],
)
def test_a_locale_finds_its_language_or_english(locale: str | None, found: str) -> None:
    assert TOY.of(locale).locale == found


def test_a_locale_of_discords_library_finds_it_too() -> None:
    assert TOY.of(str(discord.Locale.polish)).locale == "pl"
    assert TOY.of(str(discord.Locale.brazil_portuguese)).locale == "pt-BR"


def test_a_sentence_that_wants_what_it_does_not_get_is_said_in_english() -> None:
    wrong = Languages({"en": ENGLISH, "pl": "cards = { $number } kart\n"})
    assert wrong.of("pl")("cards", count=2, name="Mia") == "2 cards of Mia"


def test_english_is_never_wrong_in_silence() -> None:
    with pytest.raises(LookupError, match="name"):
        TOY.english("cards", count=2)
    with pytest.raises(KeyError, match="in-no-language"):
        TOY.of("pl")("in-no-language")


def test_a_message_that_no_values_could_say_is_said_in_english() -> None:
    """English is always right, because tests look at each of its messages."""
    for source in (
        "cards =\n    .title = Cards\n",
        "cards = { decks }\n",
        "cards = { -decks }\n",
        "cards = { $count\n",
    ):
        assert Languages({"en": ENGLISH, "pl": source}).of("pl")("cards", count=2, name="Mia") == "2 cards of Mia"


def test_a_message_goes_on_over_lines_of_any_shape() -> None:
    source = """
# Cards
cards = { $count ->
    [one] One

   *[other] More
} cards

### Decks
-deck = a deck
decks =
    { -deck }, and
    another one"""
    english = Languages({"en": source}).english
    assert english.ending("") == ["cards", "-deck", "decks"]
    assert (english("cards", count=2), english("decks")) == ("More cards", "a deck, and\nanother one")


def test_a_value_changes_nothing_but_its_own_place() -> None:
    """Syntax in a value stays text, and no invisible mark is added that would be copied with it."""
    assert TOY.english("only-english", name="{ cards } { $name } \u202e*x*") == (
        "Only in English, { cards } { $name } \u202e*x*"
    )
    assert TOY.english("only-english", name="x" * 9000) == f"Only in English, {'x' * 2000}"


def test_lists_are_joined_in_their_language() -> None:
    polish = TOY.of("pl")
    assert [either(polish, names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == [
        "a",
        "a lub b",
        "a lub b lub c",
    ]
    assert [both(polish, names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a i b", "a, b i c"]


def test_a_sentence_can_be_said_later_to_readers_of_several_languages() -> None:
    say = says("cards", count=2, name="Mia")
    assert (say(TOY.english), say(TOY.of("pl"))) == ("2 cards of Mia", "2 karty gracza Mia")


def test_a_language_is_one_more_file(tmp_path: Path) -> None:
    (tmp_path / "en.ftl").write_text(ENGLISH)
    (tmp_path / "notes.txt").write_text("not a language")
    assert Languages.load(tmp_path).of("pl").locale == "en"
    (tmp_path / "pl.ftl").write_text(POLISH)
    languages = Languages.load(tmp_path)
    assert languages.of("pl")("cards", count=1, name="Mia") == "1 karta gracza Mia"


def test_the_bots_own_english_is_read_and_said_in_microseconds() -> None:
    english: Words = Languages.load().english
    assert english("live", connections=1, players=2) == "1 connection from 2 players"
    assert timeit(lambda: english("live", connections=1, players=2), number=1000) < 0.5


def test_a_language_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The bot ends with one line, and not with a traceback."""
    with pytest.raises(HostProblem, match=str(tmp_path)):
        Languages.load(tmp_path)
    (tmp_path / "en.ftl").write_text("hello = Hello\n")
    (tmp_path / "de.ftl").mkdir()
    with pytest.raises(HostProblem, match=str(tmp_path)):
        Languages.load(tmp_path)
