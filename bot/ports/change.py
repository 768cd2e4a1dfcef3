"""The button *Change…* below the answer of /forward, and its form: another port, another device, another end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import discord

from bot.core.buttons import Button, Form, selected, typed
from bot.core.client import Interaction
from bot.core.interaction import call, words_of
from bot.core.render import plain
from bot.core.words import Words
from bot.ports.otherport import MAX_ROWS, ask, chosen, own_forwards, parsed, port_of, which
from bot.ports.typed import duration
from gateway.api.contract import Actor, ExtendForward, ForwardInfo
from gateway.api.target import SetToPort

MAX_LABEL = 100  # characters of a row in a menu
MAX_TYPED = 40  # characters of a time


@dataclass(frozen=True)
class ChangeButton(Button):
    prefix: ClassVar = "change"
    ids: range

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("change-button"))


@dataclass(frozen=True)
class ChangeForm(Form):
    """The form. What is left empty stays as it is."""

    prefix: ClassVar = "change-form"
    ids: range

    def modal(self, words: Words, forwards: Sequence[ForwardInfo], devices: Sequence[str]) -> discord.ui.Modal:
        """Return the form. `devices`: all of the owner's, of which the forwards may lead to another one."""
        time = discord.ui.TextInput[Any](max_length=MAX_TYPED, placeholder="2h, 1h30, until 2am", required=False)
        asked: dict[str, Any] = {**which(words, forwards), "port": port_of(words, forwards, required=False)}
        if forwards and len(devices) > 1:
            rows = [discord.SelectOption(label=plain(name, MAX_LABEL), value=name) for name in devices[:MAX_ROWS]]
            menu = discord.ui.Select[Any](
                options=rows, placeholder=plain(forwards[0].device, MAX_LABEL), required=False
            )
            asked["device"] = words("change-device-form-label"), menu
        asked["time"] = words("change-time-form-label"), time
        return self.form(words("change-form-title"), **asked)


async def form(interaction: Interaction, pressed: ChangeButton) -> bool:
    """Ask by a form; report whether that worked. The gateway judges later whose forwards they are."""
    view, caller = interaction.client.context.live.view, str(interaction.user.id)
    forwards = own_forwards(interaction, pressed.ids)
    regions = {each.region for each in forwards}
    own = [row.peer for row in view.peers.values() if row.peer.owner == caller] if view else []
    devices = [peer.device for peer in own if peer.region in regions]
    return await ask(interaction, ChangeForm(pressed.ids).modal(words_of(interaction), forwards, devices))


async def change(interaction: Interaction, submitted: ChangeForm, actor: Actor) -> None:
    """Change what the form says. All of it is read before anything is changed."""
    port, time = typed(interaction, "port").strip(), typed(interaction, "time").strip()
    devices = selected(interaction, "device", may_lack=True)
    to_port, device = parsed(port) if port else None, devices[0] if devices else None
    lasts = duration(interaction, time) if time else None
    if to_port is not None or device is not None:
        ids = chosen(interaction, submitted.ids)
        await call(interaction, SetToPort(actor=actor, ids=ids, to_port=to_port, device=device))
    if lasts is not None:
        await call(interaction, ExtendForward(actor=actor, ids=tuple(submitted.ids), duration=lasts))
