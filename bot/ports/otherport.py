"""The buttons beside the hops of a proof: how WireGuard is turned on, and another port of the device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import discord

from bot.core.buttons import Button, Form, selected, typed
from bot.core.client import Interaction
from bot.core.interaction import DISCORD_FAILURES, Explain, answer, call, call_back, words_of
from bot.core.words import Words, says
from gateway.api.contract import Actor, ForwardInfo
from gateway.api.target import SetToPort
from gateway.model import PortRange

MAX_ROWS = 25  # of a menu


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
    """The form that asks for the port that the device's server listens on; of several forwards also which one."""

    prefix: ClassVar = "other-port-form"
    ids: range

    def modal(self, words: Words, forwards: Sequence[ForwardInfo]) -> discord.ui.Modal:
        asked = port_of(words, forwards, required=True)
        return self.form(words("proof-other-port-form-title"), **which(words, forwards), port=asked)


def which(words: Words, forwards: Sequence[ForwardInfo]) -> dict[str, tuple[str, discord.ui.Select[Any]]]:
    """Return the menu of the forward that is led elsewhere, with its label; nothing for a single one."""
    rows = [
        discord.SelectOption(label=str(each.spec), value=str(each.id), default=index == 0)
        for index, each in enumerate(forwards[:MAX_ROWS])
    ]
    return {"which": (words("change-which-form-label"), discord.ui.Select(options=rows))} if len(rows) > 1 else {}


def port_of(words: Words, forwards: Sequence[ForwardInfo], *, required: bool) -> tuple[str, discord.ui.TextInput[Any]]:
    """Return the input of the device's port, with its label. It shows the present port."""
    present = str(forwards[0].to_port) if forwards else "25565"
    field = discord.ui.TextInput[Any](max_length=5, placeholder=present, required=required)
    return words("proof-other-port-form-label"), field


async def how(interaction: Interaction, pressed: HowButton) -> None:
    await answer(interaction, words_of(interaction)("proof-how"))


async def form(interaction: Interaction, pressed: OtherPortButton) -> bool:
    """Ask for the port by a form; report whether that worked. The gateway judges later whose forward it is."""
    asked = OtherPortForm(pressed.ids).modal(words_of(interaction), own_forwards(interaction, pressed.ids))
    return await ask(interaction, asked)


async def ask(interaction: Interaction, modal: discord.ui.Modal) -> bool:
    """Show a form; report whether that worked."""
    try:
        await call_back(lambda: interaction.response.send_modal(modal))
    except DISCORD_FAILURES:
        return False
    return True


async def no_form(interaction: Interaction, pressed: object) -> None:
    raise Explain(says("discord-failed"))


def own_forwards(interaction: Interaction, ids: range) -> list[ForwardInfo]:
    """Return the caller's own of these forwards, as the gateway told of them; none while it is away."""
    view, caller = interaction.client.context.live.view, str(interaction.user.id)
    found = [row.forward for row in view.forwards.values() if row.forward.id in ids] if view else []
    return sorted((each for each in found if each.owner == caller), key=lambda each: each.id)


async def lead(interaction: Interaction, submitted: OtherPortForm, actor: Actor) -> None:
    """Lead what was chosen to the port that was typed."""
    to_port = parsed(typed(interaction, "port"))
    await call(interaction, SetToPort(actor=actor, ids=chosen(interaction, submitted.ids), to_port=to_port))


def chosen(interaction: Interaction, ids: range) -> tuple[int, ...]:
    """Return the forward that was chosen in the form's menu, or all where the form had none."""
    values = selected(interaction, "which", may_lack=True)
    return tuple(key for key in ids if not values or str(key) in values)


def parsed(text: str) -> int:
    """Read a port that was typed; raise `Explain`."""
    try:
        return PortRange.parse(text).first
    except ValueError:
        raise Explain(says("proof-other-port-bad")) from None
