"""The buttons beside the hops of a proof: how WireGuard is turned on, and another port of the device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import discord

from bot.core.buttons import Button, Form, typed
from bot.core.client import Interaction
from bot.core.interaction import DISCORD_FAILURES, Explain, answer, call, call_back, words_of
from bot.core.words import Words, says
from gateway.api.contract import Actor
from gateway.api.target import SetToPort
from gateway.model import PortRange


@dataclass(frozen=True)
class HowButton(Button):
    prefix: ClassVar = "how"

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("proof-how-button"))


@dataclass(frozen=True)
class OtherPortButton(Button):
    prefix: ClassVar = "other-port"
    ids: range

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("proof-other-port-button"))


@dataclass(frozen=True)
class OtherPortForm(Form):
    """The form that asks for the port that the device's server listens on."""

    prefix: ClassVar = "other-port-form"
    ids: range

    def modal(self, words: Words) -> discord.ui.Modal:
        field = discord.ui.TextInput[Any](max_length=5, placeholder="25565")
        return self.form(words("proof-other-port-form-title"), port=(words("proof-other-port-form-label"), field))


async def how(interaction: Interaction, pressed: HowButton) -> None:
    await answer(interaction, words_of(interaction)("proof-how"))


async def form(interaction: Interaction, pressed: OtherPortButton) -> bool:
    """Ask for the port by a form; report whether that worked. The gateway judges later whose forward it is."""
    asked = OtherPortForm(pressed.ids).modal(words_of(interaction))
    try:
        await call_back(lambda: interaction.response.send_modal(asked))
    except DISCORD_FAILURES:
        return False
    return True


async def no_form(interaction: Interaction, pressed: OtherPortButton) -> None:
    raise Explain(says("discord-failed"))


async def lead(interaction: Interaction, submitted: OtherPortForm, actor: Actor) -> None:
    """Lead the forwards to the port that was typed."""
    try:
        ports = PortRange.parse(typed(interaction, "port"))
    except ValueError:
        raise Explain(says("proof-other-port-bad")) from None
    await call(interaction, SetToPort(actor=actor, ids=tuple(submitted.ids), to_port=ports.first))
