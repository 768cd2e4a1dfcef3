"""Buttons, menus and forms as dataclasses; together they are called components, as in Discord's API.

A component's custom_id holds everything its handler needs, so a component works as long as its message exists, also
after a restart. The custom_id is the class's prefix and the values of its fields, joined by colons. Messages stay in
Discord for years. So a prefix, and the order and format of the fields, never change.
"""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, ClassVar, Literal, Self, TypeVar, cast, get_args, get_origin, get_type_hints

import discord

from bot.core.client import Interaction
from bot.core.interaction import Explain, respond
from bot.core.render import length
from bot.core.words import says

MAX_CUSTOM_ID = 100  # https://discord.com/developers/docs/components/reference#custom-id
MAX_NUMBER = 2**63 - 1  # what SQLite and the gateway's API take
MAX_RANGE = 3000  # one command has 6000 characters and opens a forward for at least two of them

Menu = discord.ui.RoleSelect[Any] | discord.ui.ChannelSelect[Any]
C = TypeVar("C", bound="Component")
Handler = Callable[[Interaction, C], Awaitable[None]]
First = Callable[[Interaction, C], Awaitable[bool]]


class Component:
    """The base of frozen dataclasses; only the text of the last field may contain a colon.

    A field is a number, text, range, tuple of numbers, Literal, enum, a class with `parse`, or a dataclass of these.
    Numbers are ids, times and indices. A dataclass may refuse values in `__post_init__` by a ValueError.
    """

    prefix: ClassVar[str]

    @property
    def custom_id(self) -> str:
        return f"{self.prefix}:{_write(self)}"

    @classmethod
    def parse(cls, custom_id: str) -> Self | None:
        """Return the component with this custom_id, or None when another class or another version made it.

        The bounds of every value are checked before anything is made of it.
        """
        prefix = f"{cls.prefix}:"
        if not custom_id.startswith(prefix) or length(custom_id) > MAX_CUSTOM_ID:
            return None
        parts = custom_id.removeprefix(prefix).split(":", _count(cls) - 1)
        try:
            return cast(Self, _read(cls, iter(parts)))
        except ValueError:
            return None


class Button(Component):
    def button(
        self,
        label: str,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        *,
        emoji: str | None = None,
        disabled: bool = False,
    ) -> discord.ui.Button[Any]:
        return discord.ui.Button(custom_id=self.custom_id, label=label, style=style, emoji=emoji, disabled=disabled)


class Form(Component):
    def form(
        self, title: str, **asked: tuple[str, discord.ui.TextInput[Any] | discord.ui.Select[Any] | Menu]
    ) -> discord.ui.Modal:
        """Return the form with its inputs. `asked`: (label, input) by its name for `typed` or `selected`."""
        form = discord.ui.Modal(title=title, custom_id=self.custom_id)
        for name, (label, field) in asked.items():
            field.custom_id = name
            form.add_item(discord.ui.Label[Any](text=label, component=field))
        form.stop()  # otherwise discord.py keeps it for ever
        return form


def typed(interaction: Interaction, name: str) -> str:
    """Return the text that was typed into an input of a form; raise `Explain` when the form lacks the input."""
    value = _item(interaction, name).get("value")
    if not isinstance(value, str):
        raise outdated()
    return value


def selected(interaction: Interaction, name: str, *, may_lack: bool = False) -> list[str]:
    """Return what was chosen in a menu of a form. Raise `Explain` when the form lacks the menu, except with `may_lack`.

    `may_lack`: a form without the menu counts as one in which nothing was chosen.
    """
    item = _find(interaction, name) or ({"values": []} if may_lack else {})
    values = item.get("values")
    if not isinstance(values, list):
        raise outdated()
    return [str(value) for value in values]


def _item(interaction: Interaction, name: str) -> Mapping[str, Any]:
    """Return an input or menu of a form; raise `Explain` when the form lacks it."""
    item = _find(interaction, name)
    if item is None:
        raise outdated()
    return item


def _find(interaction: Interaction, name: str) -> Mapping[str, Any] | None:
    data: Any = interaction.data
    for part in data.get("components") or ():
        # A label holds one component. A row, which older clients of Discord's API send, may hold several.
        for item in part.get("components") or (part.get("component"),):
            if item and item.get("custom_id") == name:
                return cast(Mapping[str, Any], item)
    return None


def picked(interaction: Interaction) -> str:
    """Return the value of the chosen option of a menu; raise `Explain` when there is not just one."""
    data: Any = interaction.data
    try:
        (value,) = data.get("values", ())
    except ValueError:
        raise outdated() from None
    return str(value)


def chosen(interaction: Interaction) -> int:
    """Return the id that the chosen option of a menu stands for; raise `Explain` when it is none."""
    try:
        return _number(picked(interaction))
    except ValueError:
        raise outdated() from None


def outdated() -> Explain:
    """Return the refusal of a component that this version does not understand."""
    return Explain(says("outdated-pressed"))


def view_of(*items: discord.ui.Item[Any]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    view.stop()  # otherwise discord.py keeps it for ever; `Switchboard` finds the handler by the custom_id
    return view


def layout_of(*items: discord.ui.Item[Any]) -> discord.ui.LayoutView:
    """Return a layout, which is a message of its own kind: it has neither content nor embeds."""
    layout = discord.ui.LayoutView(timeout=None)
    for item in items:
        layout.add_item(item)
    layout.stop()  # as in `view_of`
    return layout


class Switchboard:
    """The handlers of all components. A handler runs when its component is pressed, chosen from or submitted."""

    def __init__(self) -> None:
        self._handlers: dict[type[Component], tuple[Handler[Any], First[Any] | None, bool]] = {}

    def on(self, kind: type[C], handle: Handler[C], *, first: First[C] | None = None, edits: bool = False) -> None:
        """Register the handlers of a component.

        `edits`: the answer is an edit of the component's own message, and not a new message.

        `first` runs before the interaction is acknowledged, because only then Discord accepts a form as its answer. It
        returns True when nothing is left to do. `handle` runs afterwards, and the caller is told any error it raises.
        """
        self._handlers[kind] = handle, first, edits

    async def dispatch(self, interaction: Interaction) -> None:
        data: Mapping[str, object] = interaction.data or {}
        found = (kind.parse(str(data.get("custom_id"))) for kind in self._handlers)
        component = next((each for each in found if each is not None), None)
        if component is None:
            await respond(interaction, _say_outdated)
            return
        handle, first, edits = self._handlers[type(component)]
        # Discord takes no form as the answer to a form. Only a forged one has the custom_id of a button.
        if interaction.type is discord.InteractionType.modal_submit:
            first = None
        if first is None or not await first(interaction, component):
            await respond(interaction, lambda interaction: handle(interaction, component), is_new_message=not edits)


async def _say_outdated(interaction: Interaction) -> None:
    raise outdated()


def _holds_fields(kind: Any) -> bool:
    return is_dataclass(kind) and (issubclass(cast(type, kind), Component) or not hasattr(kind, "parse"))


@cache
def _fields(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _count(kind: Any) -> int:
    """Return the number of values that a field of this type takes in a custom_id."""
    return sum(map(_count, _fields(kind).values())) if _holds_fields(kind) else 1


def _write(value: Any) -> str:
    kind: Any = type(value)
    if _holds_fields(kind):
        return ":".join(_write(getattr(value, name)) for name in _fields(kind))
    match value:
        case None:
            return ""
        case range():
            return f"{value[0]}-{value[-1]}"
        case tuple():
            return ",".join(map(str, value))
        case _:
            return str(value)


def _read(kind: Any, parts: Iterator[str]) -> Any:
    """Undo `_write`; raise ValueError."""
    if _holds_fields(kind):
        return kind(*(_read(each, parts) for each in _fields(kind).values()))
    text = next(parts, None)
    if text is None:
        raise ValueError("a value is missing")
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is types.UnionType:
        return _read(arguments[0], iter([text])) if text else None
    if origin is Literal:
        if text not in arguments:
            raise ValueError(f"{text} is none of {arguments}")
        return text
    if origin is tuple:
        return tuple(map(_number, text.split(",")))
    if kind is int:
        return _number(text)
    if kind is range:
        first, last = map(_number, text.split("-"))
        if not first <= last < first + MAX_RANGE:
            raise ValueError(f"{text} is no range, or holds more than {MAX_RANGE} numbers")
        return range(first, last + 1)
    return getattr(kind, "parse", kind)(text)


def _number(text: str) -> int:
    """Read a number as `_write` writes it; raise ValueError."""
    if not (text.isascii() and text.isdecimal()) or int(text) > MAX_NUMBER:
        raise ValueError(f"{text} is no number, or greater than {MAX_NUMBER}")
    return int(text)
