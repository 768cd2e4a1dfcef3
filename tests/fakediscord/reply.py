"""The bot's answer to a person, as the person sees it."""

from collections.abc import Callable
from dataclasses import dataclass

from .backend import Backend
from .components import BUTTON, LABEL, LINK, SELECTS, TEXT_INPUT
from .journal import PATIENCE
from .state import Callback, Interaction, Json, Message, shown, walk


class NotAnsweredError(AssertionError):
    """The bot did not answer; the text tells what happened until then."""


@dataclass(frozen=True, slots=True)
class Embed:
    """An embed as a reader sees it."""

    title: str
    description: str
    fields: dict[str, str]
    footer: str
    colour: int | None
    image: str

    @classmethod
    def of(cls, raw: Json) -> "Embed":
        return cls(
            raw.get("title") or "",
            shown(raw.get("description") or ""),
            {item["name"]: shown(item["value"]) for item in raw.get("fields") or []},
            raw.get("footer", {}).get("text", ""),
            raw.get("color"),
            raw.get("image", {}).get("url", ""),
        )


@dataclass(frozen=True, slots=True)
class Component:
    """A button or select menu of a message."""

    message: Message
    raw: Json

    @property
    def label(self) -> str:
        return str(self.raw.get("label") or self.raw.get("placeholder") or self.raw.get("emoji", {}).get("name", ""))

    @property
    def custom_id(self) -> str:
        return str(self.raw.get("custom_id", ""))

    @property
    def disabled(self) -> bool:
        return bool(self.raw.get("disabled"))

    @property
    def url(self) -> str:
        return str(self.raw.get("url", ""))


def buttons(message: Message) -> list[Component]:
    return [Component(message, raw) for raw in walk(message.components) if raw["type"] == BUTTON]


def button(message: Message, label: str) -> Component:
    return _named(buttons(message), label, "button")


def select(message: Message, label: str = "") -> Component:
    found = [Component(message, raw) for raw in walk(message.components) if raw["type"] in SELECTS]
    return found[0] if found and not label else _named(found, label, "menu")


@dataclass(frozen=True, slots=True)
class Modal:
    """A form that the bot opened; `fields` maps each label to its text input."""

    title: str
    custom_id: str
    fields: dict[str, Json]
    raw: Json
    message: Message | None

    @classmethod
    def of(cls, raw: Json, message: Message | None) -> "Modal":
        fields = {}
        for part in walk(raw["components"]):
            if part["type"] == LABEL:
                fields[part["label"]] = part["component"]
            elif part["type"] == TEXT_INPUT and part.get("label"):
                fields[part["label"]] = part
        return cls(raw["title"], raw["custom_id"], fields, raw, message)


class Reply:
    """The bot's answer: the original response and its follow-ups. Each property shows the present state."""

    def __init__(self, backend: Backend, interaction: Interaction) -> None:
        self._backend = backend
        self.interaction = interaction

    def __repr__(self) -> str:
        return f"<reply to {self.interaction.label}: {self.text!r}>"

    @property
    def messages(self) -> list[Message]:
        """Return the messages of the answer, oldest first, without deleted ones and without "is thinking...".

        The message of a pressed button belongs to the answer once it was edited.
        """
        one = self.interaction
        first = one.original if one.updated or one.original is not one.message else None
        return [each for each in (first, *one.followups) if each and not each.deleted and not each.loading]

    @property
    def message(self) -> Message:
        """Return the first message of the answer."""
        assert self.messages, f"there is no message: {self.story()}"
        return self.messages[0]

    @property
    def content(self) -> str:
        return shown("\n".join(one.content for one in self.messages if one.content))

    @property
    def text(self) -> str:
        """Return all text of the answer, including embeds."""
        return "\n".join(one.text for one in self.messages if one.text)

    @property
    def embeds(self) -> list[Embed]:
        return [Embed.of(raw) for one in self.messages for raw in one.embeds]

    @property
    def files(self) -> dict[str, bytes]:
        return {name: data for one in self.messages for name, data in one.files.items()}

    @property
    def components(self) -> list[Json]:
        return [raw for one in self.messages for raw in one.components]

    @property
    def buttons(self) -> list[Component]:
        return [found for one in self.messages for found in buttons(one)]

    @property
    def ephemeral(self) -> bool:
        """Report whether only the asking person sees the answer."""
        return bool(self.messages) and all(one.ephemeral for one in self.messages)

    @property
    def history(self) -> list[str]:
        """Return the texts that the answer showed, from the first to the present one."""
        return [one.text for message in self.messages for one in [*message.history, message] if not one.loading]

    @property
    def modal(self) -> Modal:
        assert self.interaction.modal, f"no modal was opened: {self.story()}"
        return Modal.of(self.interaction.modal, self.interaction.message)

    @property
    def acknowledged_after(self) -> float:
        """Return the seconds until the bot acknowledged."""
        assert self.interaction.acknowledged is not None, self.story()
        return self.interaction.acknowledged - self.interaction.created

    def button(self, label: str) -> Component:
        return _named(self.buttons, label, "button")

    def expire(self) -> None:
        """End the 15 minutes of the interaction's token."""
        self.interaction.expires = self._backend.clock() - 1

    def select(self, label: str = "") -> Component:
        return select(self.message, label)

    async def answered(self, within: float = PATIENCE) -> "Reply":
        """Wait for the final answer: a message, a modal, or the edit or follow-up that ends a deferral."""

        def look() -> Reply | None:
            if self._backend.overdue(self.interaction):
                raise NotAnsweredError(f"the application did not respond: {self.story()}")
            return self if self.interaction.answered else None

        try:
            return await self._backend.changes.until(look, within)
        except TimeoutError:
            raise NotAnsweredError(f"no final answer within {within:g} s: {self.story()}") from None

    async def until(self, holds: "Callable[[Reply], object]", within: float = PATIENCE) -> "Reply":
        """Wait until the condition holds; the bot may still edit its answer."""
        try:
            return await self._backend.changes.until(lambda: self if holds(self) else None, within)
        except TimeoutError:
            raise NotAnsweredError(f"the answer did not become as wanted within {within:g} s: {self.story()}") from None

    def story(self) -> str:
        """Return a text that tells what happened to the interaction so far."""
        one = self.interaction
        parts = [f"{one.user.name} did {one.label}"]
        if not one.delivered:
            parts.append("no bot received it (no websocket was open)")
        elif one.callback is None:
            parts.append("the bot received it and did not acknowledge")
        else:
            parts.append(f"acknowledged with {Callback(one.callback).name} after {self.acknowledged_after:.2f} s")
        parts += [f"answer {text!r}" for text in self.history]
        parts += [f"violation: {text}" for text in self._backend.journal.violations[-3:]]
        parts += [f"request {exchange}" for exchange in self._backend.journal.exchanges[-5:]]
        return "; ".join(parts)


def check_usable(component: Component) -> None:
    """Raise AssertionError for a component that a person cannot use."""
    assert not component.disabled, f"{component.label!r} is disabled"
    assert not component.message.deleted, f"the message of {component.label!r} is deleted"
    assert component.raw in walk(component.message.components), f"{component.label!r} is gone from its message"
    assert component.raw.get("style") != LINK or component.raw["type"] != BUTTON, f"{component.label!r} is a link"


def _named(found: list[Component], label: str, what: str) -> Component:
    for one in found:
        if one.label == label:
            return one
    raise AssertionError(f"there is no {what} {label!r}, only {[one.label for one in found]}")
