"""Opening ports: when the one that was asked for is taken, a button opens the nearest free one instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import discord

from bot import games, render, texts
from bot.interaction import acknowledge, answer, report_error, who
from bot.render import escape
from gateway.contract import AddForward
from gateway.errors import PortInUse, PortTaken
from gateway.model import Duration, PortRange, PortSpec, Protocol

if TYPE_CHECKING:
    from bot.interaction import Interaction

MAX_CUSTOM_ID = 100


async def open_ports(interaction: Interaction, request: AddForward) -> None:
    content, button = await _outcome(interaction, request)
    await answer(interaction, content, view=_view(button) if button else discord.utils.MISSING)


async def _outcome(interaction: Interaction, request: AddForward) -> tuple[str, OpenInstead | None]:
    """What to answer; raise what no button helps against."""
    try:
        return render.opened(await interaction.client.gateway.forward(request)), None
    except (PortTaken, PortInUse) as error:
        button = OpenInstead.of(request, error.details.get("free"))
        if not button:
            raise
        return escape(str(error)), button


def _view(button: OpenInstead) -> discord.ui.View:
    return discord.ui.View(timeout=None).add_item(button)


class OpenInstead(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=re.compile(
        r"open:(?P<spec>[^:]+):(?P<protocol>\w+):(?P<to_port>\d+):(?P<duration>\w*):(?P<game>[\w-]*):(?P<device>.*)",
        re.DOTALL,
    ),
):
    """Carries all of the request but who asks, so that it works after a restart; whoever presses asks for themselves.

    Only the asker sees the message it is on.
    """

    def __init__(self, custom_id: str, label: str) -> None:
        super().__init__(
            discord.ui.Button(style=discord.ButtonStyle.primary, label=label, custom_id=custom_id),
        )

    @classmethod
    def of(cls, request: AddForward, free: object) -> OpenInstead | None:
        """The same with `free` as public port; None if there is none, or several ports would have to move together.

        It leads where the first request would have led: that is where the server listens.
        """
        if len(request.ports) != 1 or not isinstance(free, str):
            return None
        (spec,) = request.ports
        game = games.find(request.label)
        parts = (
            str(PortSpec(PortRange.parse(free), spec.protocol)),
            request.protocol,
            str(spec.ports.first if request.to_port is None else request.to_port),
            str(request.duration or ""),
            game.id if game else "",
            (request.device or "").strip(),
        )
        custom_id = ":".join(("open", *parts))
        return cls(custom_id, texts.open_instead(free)) if render.length(custom_id) <= MAX_CUSTOM_ID else None

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> OpenInstead:
        assert isinstance(item, discord.ui.Button)
        return cls(match.string, item.label or "")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        if not await acknowledge(interaction):
            return
        try:
            content, button = await _outcome(interaction, await self._request(interaction))
            await interaction.edit_original_response(content=content, view=_view(button) if button else None)
        except Exception as error:
            await report_error(interaction, error)

    async def _request(self, interaction: Interaction) -> AddForward:
        match = self.template.fullmatch(self.custom_id)
        assert match
        assert interaction.message
        game = games.find(match["game"])
        return AddForward(
            actor=await who(interaction),
            # Pressed twice, it opens once.
            request_id=f"{interaction.message.id}:{match['spec']}",
            ports=(PortSpec.parse(match["spec"]),),
            protocol=Protocol(match["protocol"]),
            to_port=int(match["to_port"]),
            duration=Duration.parse(match["duration"]) if match["duration"] else None,
            label=game.name if game else "",
            device=match["device"] or None,
        )
