"""The buttons of the live message, and the menu and the form that one of them opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

import discord

from bot.core.buttons import Button, Component, Form
from bot.core.words import Words
from bot.games.games import games

PanelAction = Literal["host", "again", "add", "mine", "help", "devices", "requests"]
FOR_ADMINS: tuple[PanelAction, ...] = ("devices", "requests")
MAX_TYPED = 100  # characters of ports or a game
MAX_OPTIONS = 25  # https://docs.discord.com/developers/components/reference#string-select
OTHER = "other"  # is no game's id


@dataclass(frozen=True)
class PanelButton(Button):
    """A button that all readers of the channel see. It opens what the member could also type."""

    prefix: ClassVar = "panel"
    action: PanelAction


@dataclass(frozen=True)
class HostMenu(Component):
    """The menu of the games that are played the most, and of what opens the form."""

    prefix: ClassVar = "panel-game"

    def item(self, words: Words) -> discord.ui.Select[Any]:
        options = [discord.SelectOption(label=game.name, value=game.id) for game in games()[: MAX_OPTIONS - 1]]
        other = discord.SelectOption(label=words("panel-host-other-menu"), value=OTHER)
        return discord.ui.Select(
            custom_id=self.custom_id, placeholder=words("panel-host-choose-menu"), options=[*options, other]
        )


@dataclass(frozen=True)
class HostForm(Form):
    """The form that asks what to host: another game, or ports."""

    prefix: ClassVar = "panel-host"

    def modal(self, words: Words) -> discord.ui.Modal:
        field = discord.ui.TextInput[Any](placeholder=words("panel-host-hint-menu"), max_length=MAX_TYPED)
        return self.form(words("panel-host-form-title"), port=(words("panel-host-form-label"), field))


@dataclass(frozen=True)
class AddForm(Form):
    """The form that asked for the name of the PC to add, in an earlier version."""

    prefix: ClassVar = "panel-add"


def rows(words: Words, requests: int) -> Sequence[Sequence[discord.ui.Button[Any]]]:
    """Return the rows of buttons: for all, and for admins. `requests`: how many requests wait."""
    labels = {action: words(f"panel-{action}-button", count=requests) for action in get_args(PanelAction)}
    styles = {"host": discord.ButtonStyle.primary, "requests": discord.ButtonStyle.primary if requests else None}

    def item(action: PanelAction) -> discord.ui.Button[Any]:
        return PanelButton(action).button(labels[action], styles.get(action) or discord.ButtonStyle.secondary)

    everyones = [item(action) for action in get_args(PanelAction) if action not in FOR_ADMINS]
    return everyones, [item(action) for action in FOR_ADMINS]
