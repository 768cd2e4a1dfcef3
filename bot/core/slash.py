"""Makes slash commands of coroutine functions. A command is named like its function and described in the catalogue.

Each language names the commands; names of options are the same in all, because sentences quote them to copy.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Iterable
from enum import StrEnum
from typing import Any, TypeVar

import discord
from discord import app_commands
from discord.app_commands import Choice, locale_str

from bot.core.interaction import Explain
from bot.core.words import NAME, Languages, Words, says

Callback = Callable[..., Coroutine[Any, Any, None]]
C = TypeVar("C", bound=Callback)
E = TypeVar("E", bound=StrEnum)


def choices(**values: Iterable[str]) -> Callable[[C], C]:
    """Declare the values that each option takes; `command` adds the texts that members see for them."""
    return app_commands.choices(
        **{option: [Choice(name=value, value=str(value)) for value in each] for option, each in values.items()}
    )


def option(kind: type[E], text: str) -> E:
    """Return the value that was chosen for an option; raise `Explain` for one that this version does not offer."""
    try:
        return kind(text)
    except ValueError:
        raise Explain(says("outdated-typed")) from None


def command(
    words: Words, callback: Callback, *, also: str = "", left_out: Collection[str] = ()
) -> app_commands.Command[Any, ..., Any]:
    """Make a command of a coroutine function. Discord shows its texts in `words` unless `Translator` has others.

    `also`: a second name for it, with a description of its own and the same options. `left_out`: options that have
    their default and that no member is offered.
    """
    name = callback.__name__
    made: app_commands.Command[Any, ..., Any] = app_commands.Command(
        name=_text(words, f"{also or name}{NAME}"),
        description=_text(words, f"{also or name}-command"),
        callback=callback,
        auto_locale_strings=False,
    )
    options = {option.name: option.choices for option in made.parameters}
    app_commands.describe(**{option: _text(words, f"{name}-option-{option}") for option in options})(made)
    app_commands.choices(
        **{
            option: [Choice(name=_text(words, f"{name}-choice-{option}-{one.value}"), value=one.value) for one in each]
            for option, each in options.items()
            if each
        }
    )(made)
    for each in left_out:
        made._params.pop(each, None)
    return made


def menu(words: Words, message: str, callback: Callback) -> app_commands.ContextMenu:
    """Make a command in the context menu of a member; `message` is its text in the catalogue."""
    return app_commands.ContextMenu(name=_text(words, message), callback=callback)


def _text(words: Words, message: str) -> locale_str:
    return locale_str(words(message), id=message)


class Translator(app_commands.Translator):
    """Gives Discord the texts in every other language when the commands are synced."""

    def __init__(self, languages: Languages) -> None:
        self._languages = languages

    async def translate(
        self, string: locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        words, message = self._languages.of(locale.value), string.extras["id"]
        return words(message) if words is not self._languages.english and words.has(message) else None
