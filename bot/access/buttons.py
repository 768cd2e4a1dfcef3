"""The buttons Approve and Deny of a request, and the form that asks for the reason of a denial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import discord

from bot.access.requests import MAX_REASON
from bot.core.buttons import Button, Form, view_of
from bot.core.words import Words


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


def buttons(words: Words, request_id: int) -> discord.ui.View:
    return view_of(
        ApproveButton(request_id).button(words("request-approve-button"), discord.ButtonStyle.success),
        DenyButton(request_id).button(words("request-deny-button"), discord.ButtonStyle.danger),
    )
