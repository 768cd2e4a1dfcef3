"""Opening ports: when the one that was asked for is taken, a button opens the nearest free one instead."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import discord

from bot.core import render, texts
from bot.core.interaction import Explain, acknowledge, answer, report_error, tell_admins, view_of, who
from bot.core.render import refusal
from bot.games import games
from bot.matches.buttons import AnnounceButton
from bot.matches.card import ids_of
from bot.ports.proof import CheckButton
from gateway.api.contract import AddForward, ForwardInfo, GetStatus, List, Opened
from gateway.errors import GatewayError, PortInUse, PortTaken
from gateway.model import Duration, PortRange, PortSpec, Protocol

if TYPE_CHECKING:
    from bot.core.interaction import Interaction

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
        opened, content = await interaction.client.gateway.call(request), ""
    except (PortTaken, PortInUse) as error:
        mine = await _already_open(interaction, request) if isinstance(error, PortTaken) else None
        if mine is None:
            button = OpenInstead.of(request, error.details.get("free"), announce=announce)
            if not button:
                raise
            sentence = refusal(error)
            tell_admins(interaction, error, sentence)
            return sentence, [button], None
        opened, content = mine, f"{texts.ALREADY_OPEN}\n"
    content, ids = content + render.opened(opened), ids_of(opened.forwards)
    if not announce:
        return content, [CheckButton(ids), AnnounceButton(ids)], opened
    said, buttons = await _announce(interaction, ids)
    return (
        f"{render.clip(content, render.MAX_CONTENT - render.length(said) - 1)}\n{said}",
        [CheckButton(ids), *buttons],
        opened,
    )


async def _already_open(interaction: Interaction, request: AddForward) -> Opened | None:
    """Just what was asked for, when the asker has it: then there is nothing to do but to show it."""
    gateway = interaction.client.gateway
    own = (await gateway.call(List(actor=request.actor))).forwards
    found = [forward for spec in request.ports for forward in own if _is_just(forward, spec, request)]
    if len(found) != len(request.ports) or len(ids_of(found)) != len(found):
        return None
    status = await gateway.call(GetStatus(actor=request.actor, forwards=tuple(forward.id for forward in found)))
    if not status.peers:
        return None  # closed in this moment
    return Opened(
        forwards=tuple(found),
        mode=status.peers[0].peer.mode,
        public_address=status.public_address,
        public_address6=status.public_address6 if status.peers[0].peer.ipv6 else None,
    )


def _is_just(forward: ForwardInfo, spec: PortSpec, request: AddForward) -> bool:
    return (
        forward.ports == spec.ports
        and set((spec.protocol or request.protocol).each) <= set(forward.protocol.each)
        and forward.to_port == (request.to_port or spec.ports.first)
        and (request.device or forward.device).strip().casefold() == forward.device.casefold()
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
