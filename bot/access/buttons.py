"""Approve and Deny, and the form that asks why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import discord

from bot.access.requests import MAX_REASON
from bot.core import texts
from bot.core.buttons import Button, Form, view_of


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

    def modal(self) -> discord.ui.Modal:
        reason = discord.ui.TextInput[Any](style=discord.TextStyle.paragraph, required=False, max_length=MAX_REASON)
        return self.form(texts.DENY_TITLE, reason=(texts.DENY_REASON, reason))


def buttons(request_id: int) -> discord.ui.View:
    return view_of(
        ApproveButton(request_id).button(texts.REQUEST_BUTTONS["approve"], discord.ButtonStyle.success),
        DenyButton(request_id).button(texts.REQUEST_BUTTONS["deny"], discord.ButtonStyle.danger),
    )
