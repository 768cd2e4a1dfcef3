"""The options of a typed line, by their places or by their names, as in `duration:until 2am`."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.errors import BadRequest

Act = Callable[..., Awaitable[Any]]


class Misused(Exception):
    """A line has too few or too many options. The text is what would be right."""


class NotHere(Exception):
    """A command or an option of the bot that the demo does not have. The text says why not."""


@dataclass(frozen=True, slots=True)
class Option:
    name: str
    kind: str
    """Its annotation; text without one of `_KINDS`."""
    is_needed: bool


def options_of(act: Act) -> tuple[Option, ...]:
    parameters = inspect.signature(act).parameters.values()
    return tuple(Option(each.name, str(each.annotation), each.default is each.empty) for each in parameters)


def usage(name: str, act: Act) -> str:
    return " ".join([name, *(each.name if each.is_needed else f"[{each.name}]" for each in options_of(act))])


def read(name: str, act: Act, words: Sequence[str], lacking: Mapping[str, str]) -> dict[str, Any]:
    """Return the values for `act`. Words without a name fill the places; those after a name belong to it.

    `lacking`: why not, for each option that `act` lacks. Raise Misused, NotHere, or BadRequest for a wrong value.
    """
    options = {option.name: option for option in options_of(act)}
    placed: list[str] = []
    named: dict[str, str] = {}
    last = ""
    for word in words:
        key, colon, value = word.partition(":")
        if colon and key in lacking:
            raise NotHere(lacking[key])
        if colon and key in options:
            last, named[key] = key, value
        elif last:
            named[last] = f"{named[last]} {word}".strip()
        else:
            placed.append(word)
    places = [key for key in options if key not in named]
    found = {**dict(zip(places, placed, strict=False)), **named}
    if len(placed) > len(places) or any(each.is_needed and not found.get(each.name) for each in options.values()):
        raise Misused(usage(name, act))
    return {key: _value(options[key], text) for key, text in found.items()}


def _value(option: Option, text: str) -> Any:
    for kind, parse in _KINDS.items():
        if kind in option.kind:
            return parse(option.name, text)
    return text


def _yes_or_no(name: str, text: str) -> bool:
    answers = {"true": True, "yes": True, "false": False, "no": False}
    if text.casefold() not in answers:
        raise BadRequest(field=name, problem="must be True or False")
    return answers[text.casefold()]


def _port(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535):
        raise BadRequest(field=name, problem="must be a number inside 1-65535")
    return int(text)


_KINDS: Mapping[str, Callable[[str, str], Any]] = {"bool": _yes_or_no, "int": _port}
