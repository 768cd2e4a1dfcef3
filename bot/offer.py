"""Opening ports: when the one that was asked for is taken, a button opens the nearest free one instead."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import discord

from bot import games, render, texts
from bot.card import ids_of
from bot.cardbuttons import AnnounceButton, view_of
from bot.interaction import Explain, acknowledge, answer, report_error, tell_admins, who
from bot.proof import CheckButton
from bot.render import refusal
from gateway.contract import AddForward, Opened
from gateway.errors import GatewayError, PortInUse, PortTaken
from gateway.model import Duration, PortRange, PortSpec, Protocol

if TYPE_CHECKING:
    from bot.interaction import Interaction

log = logging.getLogger(__name__)

MAX_CUSTOM_ID = 100


async def open_ports(interaction: Interaction, request: AddForward, *, announce: bool = False) -> None:
    content, buttons, opened = await _outcome(interaction, request, announce=announce)
    proofs = interaction.client.proofs
    embed = proofs.first(opened) if opened else discord.utils.MISSING
    await answer(interaction, content, embed=embed, view=view_of(*buttons))
    if opened:
        proofs.begin(interaction, ids_of(opened.forwards), request.actor)


async def _outcome(
    interaction: Interaction, request: AddForward, *, announce: bool
) -> tuple[str, list[discord.ui.Item[Any]], Opened | None]:
    """What to answer, the buttons below, and what is open now; raise what no button helps against."""
    try:
        opened = await interaction.client.gateway.forward(request)
    except (PortTaken, PortInUse) as error:
        button = OpenInstead.of(request, error.details.get("free"), announce=announce)
        if not button:
            raise
        sentence = refusal(error)
        tell_admins(interaction, error, sentence)
        return sentence, [button], None
    content, ids = render.opened(opened), ids_of(opened.forwards)
    if not announce:
        return content, [CheckButton(ids), AnnounceButton(ids)], opened
    said, buttons = await _announce(interaction, ids)
    return (
        f"{render.clip(content, render.MAX_CONTENT - render.length(said) - 1)}\n{said}",
        [CheckButton(ids), *buttons],
        opened,
    )


async def _announce(interaction: Interaction, ids: range) -> tuple[str, list[discord.ui.Item[Any]]]:
    """Whatever comes of it, the port is open."""
    try:
        return await interaction.client.cards.announce(interaction, ids), []
    except Explain as error:
        return error.sentence, [AnnounceButton(ids)]
    except GatewayError as error:
        log.warning("not announced: the gateway answered %s", error.code)
        return texts.NOT_ANNOUNCED, [AnnounceButton(ids)]


class OpenInstead(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=re.compile(
        r"open(?P<announce>!?):(?P<spec>[^:]+):(?P<protocol>\w+):(?P<to_port>\d+):(?P<duration>\w*):(?P<game>[\w-]*):(?P<device>.*)",
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
    def of(cls, request: AddForward, free: object, *, announce: bool = False) -> OpenInstead | None:
        """The same with `free` as public port; None if there is none, or several ports would have to move together.

        It leads where the first request would have led: that is where the server listens.
        """
        if len(request.ports) != 1 or not isinstance(free, str):
            return None
        (spec,) = request.ports
        game = games.find(request.label)
        parts = (
            "open!" if announce else "open",
            str(PortSpec(PortRange.parse(free), spec.protocol)),
            request.protocol,
            str(spec.ports.first if request.to_port is None else request.to_port),
            str(request.duration or ""),
            game.id if game else "",
            (request.device or "").strip(),
        )
        custom_id = ":".join(parts)
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
            announce = self.custom_id.startswith("open!")
            request, proofs = await self._request(interaction), interaction.client.proofs
            content, buttons, opened = await _outcome(interaction, request, announce=announce)
            embed = proofs.first(opened) if opened else None
            await interaction.edit_original_response(content=content, embed=embed, view=view_of(*buttons))
            if opened:
                proofs.begin(interaction, ids_of(opened.forwards), request.actor)
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
