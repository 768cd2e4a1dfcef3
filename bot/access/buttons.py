"""Approve and Deny, and the form that asks why: they work for as long as their message is there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import discord

from bot.access.requests import MAX_REASON
from bot.core import texts
from bot.core.interaction import respond, view_of

if TYPE_CHECKING:
    from bot.core.interaction import Interaction


def buttons(request_id: int) -> discord.ui.View:
    return view_of(*(RequestButton(decision, request_id) for decision in texts.REQUEST_BUTTONS))


class RequestButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"access:(?P<decision>approve|deny):(?P<id>\d+)"
):
    def __init__(self, decision: str, request_id: int) -> None:
        style = discord.ButtonStyle.success if decision == "approve" else discord.ButtonStyle.danger
        custom_id = f"access:{decision}:{request_id}"
        super().__init__(discord.ui.Button(label=texts.REQUEST_BUTTONS[decision], style=style, custom_id=custom_id))
        self._decision, self._request_id = decision, request_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> RequestButton:
        return cls(match["decision"], int(match["id"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        if self._decision == "approve" or not await interaction.client.admission.form(interaction, self._request_id):
            await respond(interaction, self._act)

    async def _act(self, interaction: Interaction) -> None:
        admission = interaction.client.admission
        await (admission.approve if self._decision == "approve" else admission.why_no_form)(
            interaction, self._request_id
        )


def reason_form(request_id: int) -> discord.ui.Modal:
    form = discord.ui.Modal(title=texts.DENY_TITLE, custom_id=f"access:reason:{request_id}")
    reason = discord.ui.TextInput[Any](
        style=discord.TextStyle.paragraph, custom_id="reason", required=False, max_length=MAX_REASON
    )
    form.add_item(discord.ui.Label[Any](text=texts.DENY_REASON, component=reason))
    form.stop()  # or discord.py would hold it; `submitted` finds what a custom_id means
    return form


async def submitted(interaction: Interaction) -> None:
    """A form, unlike a button, has no class that finds it again after a restart."""
    data: Any = interaction.data
    match = re.fullmatch(r"access:reason:(\d+)", data["custom_id"])
    if match is None:
        return
    # A label holds one component; a row, as older clients of Discord's API know it, may hold several.
    inputs = (item for part in data["components"] for item in part.get("components", [part.get("component")]))
    reason = str(next(inputs)["value"])

    async def deny(interaction: Interaction) -> None:
        await interaction.client.admission.deny(interaction, int(match[1]), " ".join(reason.split()))

    await respond(interaction, deny)
