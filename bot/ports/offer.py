"""Opens ports for /forward. When the port is taken, the answer offers a button that opens the nearest free one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import discord

from bot.core import render
from bot.core.buttons import MAX_CUSTOM_ID, Button, view_of
from bot.core.client import Interaction
from bot.core.interaction import Explain, answer, call, caller, edit, refused, tell_admins, words_of
from bot.core.words import Words
from bot.games import games
from bot.matches.address import block, inline, pasted
from bot.matches.buttons import AnnounceButton
from bot.matches.card import ids_of
from bot.matches.cards import Cards
from bot.ports.proof import CheckButton, Proofs
from gateway.api.contract import AddForward, ForwardInfo, GetStatus, List, Opened
from gateway.errors import GatewayError, PortInUse, PortTaken
from gateway.model import Duration, PortRange, PortSpec, Protocol

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OpenInstead(Button):
    """The button: the fields repeat the refused request, with another public port."""

    prefix: ClassVar = "open"
    announce: ClassVar = False
    """Whether the request asked for a match card."""
    spec: PortSpec
    """The free public port."""
    protocol: Protocol
    """The protocol if `spec` has none."""
    to_port: int
    duration: Duration | None
    game: str
    """The id of a game; empty without one."""
    device: str
    """The device's name; empty when the caller named none."""

    @classmethod
    def of(cls, request: AddForward, free: object) -> OpenInstead | None:
        """Return the button for a refused request; `free` is the free port in the error, if it has one.

        None: no port is free, several ports would have to move together, or the custom_id would be too long. It also
        has no place for `friends_only`, without which all would be let in.
        The button keeps the request's target port, because the server on the device listens there.
        """
        if len(request.ports) != 1 or not isinstance(free, str) or request.friends_only:
            return None
        (spec,) = request.ports
        game = games.find(request.label)
        made = cls(
            spec=PortSpec(PortRange.parse(free), spec.protocol),
            protocol=request.protocol,
            to_port=spec.ports.first if request.to_port is None else request.to_port,
            duration=request.duration,
            game=game.id if game else "",
            device=(request.device or "").strip(),
        )
        return made if render.length(made.custom_id) <= MAX_CUSTOM_ID else None

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("forward-instead-button", port=str(self.spec.ports)), discord.ButtonStyle.primary)


@dataclass(frozen=True)
class OpenAndAnnounce(OpenInstead):
    """The same button for a request with a match card. A prefix of its own, because a custom_id's fields are fixed."""

    prefix: ClassVar = "open!"
    announce: ClassVar = True


class Offers:
    """Opens the ports of a command or a button, and answers with the address, a proof and buttons."""

    def __init__(self, proofs: Proofs, cards: Cards) -> None:
        self._proofs, self._cards = proofs, cards

    async def open_ports(self, interaction: Interaction, request: AddForward, *, announce: bool = False) -> None:
        await self._open(interaction, request, announce, partial(answer, interaction), discord.utils.MISSING)

    async def open_instead(self, interaction: Interaction, pressed: OpenInstead) -> None:
        request = await _request(interaction, pressed)
        await self._open(interaction, request, pressed.announce, partial(edit, interaction), None)

    async def _open(
        self, interaction: Interaction, request: AddForward, announce: bool, say: Callable[..., Any], no_embed: Any
    ) -> None:
        content, buttons, opened = await self._outcome(interaction, request, announce=announce)
        embed = self._proofs.first(words_of(interaction), opened) if opened else no_embed
        await say(content=content, embed=embed, view=view_of(*buttons))
        if opened:
            self._proofs.begin(interaction, ids_of(opened.forwards), request.actor)

    async def _outcome(
        self, interaction: Interaction, request: AddForward, *, announce: bool
    ) -> tuple[str, list[discord.ui.Item[Any]], Opened | None]:
        """Return the answer's text, its buttons, and the opened forwards, None when a free port is offered instead.

        Raise GatewayError when no button can help. A request for exactly the caller's own open ports counts as opened.
        """
        words = words_of(interaction)
        try:
            opened, content = await call(interaction, request), ""
        except (PortTaken, PortInUse) as error:
            mine = await _already_open(interaction, request) if isinstance(error, PortTaken) else None
            if mine is None:
                kind = OpenAndAnnounce if announce else OpenInstead
                button = kind.of(request, error.details.get("free"))
                if not button:
                    raise
                tell_admins(interaction, error, refused(error))
                return render.refusal(words, error), [button.item(words)], None
            opened, content = mine, f"{words('forward-already-open')}\n"
        content, ids = content + _said(interaction, opened), ids_of(opened.forwards)
        check, later = CheckButton(ids).item(words), AnnounceButton(ids).item(words)
        if not announce:
            return content, [check, later], opened
        said, is_announced = await self._announce(interaction, ids)
        return (
            f"{render.clip(content, render.MAX_CONTENT - render.length(said) - 1)}\n{said}",
            [check] if is_announced else [check, later],
            opened,
        )

    async def _announce(self, interaction: Interaction, ids: range) -> tuple[str, bool]:
        """Post the match card; return a sentence about it, and whether it was posted. The port is open in any case."""
        try:
            return await self._cards.announce(interaction, ids), True
        except Explain as error:
            return error.say(words_of(interaction)), False
        except GatewayError as error:
            log.warning("not announced: the gateway answered %s", error.code)
            return words_of(interaction)("card-not-announced"), False


def _said(interaction: Interaction, opened: Opened) -> str:
    words, view = words_of(interaction), interaction.client.context.live.view
    address = block(words, pasted(opened.public_address, opened.forwards, view.own.srv_port if view else None))
    address6 = opened.public_address6
    return render.opened(words, opened, address, inline(words, pasted(address6, opened.forwards)) if address6 else None)


async def _request(interaction: Interaction, pressed: OpenInstead) -> AddForward:
    assert interaction.message
    game = games.find(pressed.game)
    return AddForward(
        actor=await caller(interaction),
        # The gateway answers a repeated id with the first outcome, so two clicks open one port.
        request_id=f"{interaction.message.id}:{pressed.spec}",
        ports=(pressed.spec,),
        protocol=pressed.protocol,
        to_port=pressed.to_port,
        duration=pressed.duration,
        label=game.name if game else "",
        device=pressed.device or None,
    )


async def _already_open(interaction: Interaction, request: AddForward) -> Opened | None:
    """Return the caller's own forwards if they are exactly the requested ones, or else None."""
    own = (await call(interaction, List(actor=request.actor))).forwards
    found = [forward for spec in request.ports for forward in own if _is_just(forward, spec, request)]
    if len(found) != len(request.ports) or len(ids_of(found)) != len(found):
        return None
    status = await call(interaction, GetStatus(actor=request.actor, forwards=tuple(forward.id for forward in found)))
    if not status.peers:
        return None  # the forwards were closed after the list was made
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
        and forward.friends_only >= request.friends_only
        and (request.device or forward.device).strip().casefold() == forward.device.casefold()
    )
