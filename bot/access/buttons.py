"""The buttons of a request for access and of a device's setup, and the form that asks for the reason of a denial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import discord

from bot.access.purpose import Platform
from bot.core.buttons import Button, Form, view_of
from bot.core.words import Words
from gateway.model import Key, Mode

MAX_REASON = 300
Family = Literal["", "4", "46"]
"""The IP versions of a device: IPv4, or both. Empty leaves those that it has."""


@dataclass(frozen=True)
class ApproveButton(Button):
    prefix: ClassVar = "access:approve"
    request_id: int


@dataclass(frozen=True)
class DenyButton(Button):
    prefix: ClassVar = "access:deny"
    request_id: int


@dataclass(frozen=True)
class DenyForm(Form):
    prefix: ClassVar = "access:reason"
    request_id: int

    def modal(self, words: Words) -> discord.ui.Modal:
        reason = discord.ui.TextInput[Any](style=discord.TextStyle.paragraph, required=False, max_length=MAX_REASON)
        return self.form(words("request-form-title"), reason=(words("request-form-label"), reason))


@dataclass(frozen=True)
class AddButton(Button):
    """A platform in the question for what a device is added."""

    prefix: ClassVar = "join"
    platform: Platform
    mode: Mode
    family: Family
    key: Key | None
    """The member's own public key; None: the bot makes the pair."""
    device: str
    """The device's name, which no other device of the member has."""

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words(f"platform-{self.platform}"), discord.ButtonStyle.primary)

    def free_item(self, words: Words) -> discord.ui.Button[Any]:
        """Return the button as the proposal of its name."""
        return self.button(words("join-free-button"), discord.ButtonStyle.primary)


@dataclass(frozen=True)
class AddInButton(Button):
    """The same in a region that the member named. A button of its own, because the fields of a custom_id are fixed."""

    prefix: ClassVar = "join-in"
    region: str
    add: AddButton

    @property
    def device(self) -> str:
        return self.add.device

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words(f"platform-{self.add.platform}"), discord.ButtonStyle.primary)

    def free_item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("join-free-button"), discord.ButtonStyle.primary)


@dataclass(frozen=True)
class RotateButton(Button):
    """A platform in the question what the device is that gets new keys."""

    prefix: ClassVar = "rotate"
    platform: Platform
    family: Family
    device: str

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words(f"platform-{self.platform}"), discord.ButtonStyle.primary)


@dataclass(frozen=True)
class RotateInButton(Button):
    """The same in a region. Its prefix is short, because both names may be most of a custom_id."""

    prefix: ClassVar = "renew"
    region: str
    rotate: RotateButton

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words(f"platform-{self.rotate.platform}"), discord.ButtonStyle.primary)


@dataclass(frozen=True)
class NewSetupButton(Button):
    """A button of a message that shows its setup no longer: it does what /rotate does."""

    prefix: ClassVar = "new-setup"
    device: str

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("setup-new-button"))


@dataclass(frozen=True)
class TroubleButton(Button):
    """A button below a setup: what to do when it does not work."""

    prefix: ClassVar = "trouble"
    platform: Platform
    mode: Mode
    family: Literal["4", "46"]

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("setup-trouble-button"))


@dataclass(frozen=True)
class SendButton(Button):
    """A button below a setup in the server: it moves the setup to the member's direct messages."""

    prefix: ClassVar = "send-setup"
    platform: Platform
    peer: int
    """The id of the device."""

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("setup-send-button"))


@dataclass(frozen=True)
class HostButton(Button):
    """A button below the setup of a device that has connected: it does what the live message's one does."""

    prefix: ClassVar = "host"

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("panel-host-button"), discord.ButtonStyle.primary)


def buttons(words: Words, request_id: int) -> discord.ui.View:
    return view_of(
        ApproveButton(request_id).button(words("request-approve-button"), discord.ButtonStyle.success),
        DenyButton(request_id).button(words("request-deny-button"), discord.ButtonStyle.danger),
    )
