"""Opens ports for /forward, /host and the live message, and offers what is missing for it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

import discord

from bot.access import joining
from bot.core import render
from bot.core.buttons import MAX_CUSTOM_ID, Button, Component, chosen, outdated, view_of
from bot.core.client import Interaction
from bot.core.interaction import Explain, answer, call, caller_anywhere, edit, refused, show, tell_admins, words_of
from bot.matches.card import ids_of
from bot.matches.cards import Cards
from bot.ports import typed
from bot.ports.answer import Said
from bot.ports.opening import AddDeviceButton, CloseMenu, DeviceMenu, OpenButton, Opening, PortList, menu, whole
from bot.ports.proof import Proofs
from gateway.api.contract import AddForward, ForwardInfo, GetStatus, List, Opened, RemoveForward
from gateway.devices import is_named
from gateway.errors import BeyondLimit, GatewayError, LimitReached, NoDevices, PortInUse, PortTaken, WhichDevice
from gateway.model import Duration, PortSpec, Protocol

log = logging.getLogger(__name__)
Item = discord.ui.Item[Any]


@dataclass(frozen=True)
class OpenInstead(Button):
    """The button of messages from before `OpenButton`: the refused request, with another public port."""

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

    @property
    def opening(self) -> Opening:
        return Opening(
            ports=PortList((whole(self.spec, self.protocol),)),
            to_ports=(self.to_port,),
            duration=self.duration,
            announce="a" if self.announce else "",
            game=self.game,
            device=self.device,
        )


@dataclass(frozen=True)
class OpenAndAnnounce(OpenInstead):
    """The same button for a request with a match card. A prefix of its own, because a custom_id's fields are fixed."""

    prefix: ClassVar = "open!"
    announce: ClassVar = True


class Offers:
    """Opens the ports of a command or a button, and answers with the address, a proof and buttons.

    What is missing for it, the answer offers: a device, a choice of devices, the meant game, a free port, room.
    """

    def __init__(self, proofs: Proofs, cards: Cards) -> None:
        self._proofs, self._cards = proofs, cards

    async def open_typed(
        self, interaction: Interaction, text: str, wanted: Opening, protocol: Protocol, *, region: str = ""
    ) -> None:
        """Open ports or a game that a member typed. `protocol` is that of ports without one; a game has its own.

        `region`: where the device is, when the member named it.
        """
        actor = await caller_anywhere(interaction)
        try:
            ports, game = typed.ports_and_game(text)
        except typed.Unclear as error:
            buttons = [OpenButton(replace(wanted, game=game.id)) for game in error.meant]
            items = [each.item(game.name) for each, game in zip(buttons, error.meant, strict=True) if fits(each)]
            await answer(interaction, error.say(words_of(interaction)), view=view_of(*items))
            return
        asked = PortList(tuple(whole(spec, protocol) for spec in ports))
        opening = replace(wanted, game=game.id) if game else replace(wanted, ports=asked)
        await self.open_ports(interaction, opening.request(actor), announce=bool(opening.announce), region=region)

    async def open_pressed(self, interaction: Interaction, pressed: OpenButton | OpenInstead) -> None:
        await self._open_again(interaction, pressed.opening)

    async def device_chosen(self, interaction: Interaction, pressed: DeviceMenu) -> None:
        found, actor = chosen(interaction), await caller_anywhere(interaction)
        names = {peer.id: peer.device for peer in (await call(interaction, List(actor=actor), about=found)).peers}
        if found not in names:
            raise outdated()
        await self._open_again(interaction, replace(pressed.opening, device=names[found]))

    async def close_chosen(self, interaction: Interaction, pressed: CloseMenu) -> None:
        """Close what was chosen, and open what the limit was in the way of."""
        found, actor = chosen(interaction), await caller_anywhere(interaction)
        for together in _together((await call(interaction, List(actor=actor), about=found)).forwards):
            if found in (forward.id for forward in together):
                await call(interaction, RemoveForward(actor=actor, ids=tuple(forward.id for forward in together)))
        await self._open_again(interaction, pressed.opening)

    async def add_device(self, interaction: Interaction, pressed: AddDeviceButton) -> None:
        await joining.add_device(interaction)

    async def _open_again(self, interaction: Interaction, opening: Opening) -> None:
        """Open what a button or menu asks for, and answer in its message."""
        if not opening.all_ports:
            raise outdated()
        assert interaction.message
        # The gateway answers a repeated id with the first outcome, so two clicks open one port.
        request_id = f"{interaction.message.id}:{opening.all_ports[0].ports.first}"
        request = opening.request(await caller_anywhere(interaction), request_id)
        await self.open_ports(interaction, request, announce=bool(opening.announce), edits=True)

    async def open_ports(
        self,
        interaction: Interaction,
        request: AddForward,
        *,
        announce: bool = False,
        edits: bool = False,
        region: str = "",
    ) -> None:
        """Open the ports and show the answer. `edits`: in the place of the message whose component was used.

        Raise GatewayError when no button can help. A request for exactly the caller's own open ports counts as opened.
        """
        words, note = words_of(interaction), ""
        try:
            opened = await call(interaction, request, region=region)
        except GatewayError as error:
            mine = await _already_open(interaction, request) if isinstance(error, PortTaken) else None
            if mine is None:
                found = await _mended(interaction, Opening.of(request, announce=announce), error)
                if found is None:
                    raise
                tell_admins(interaction, error, refused(error))
                said, items = found
                if edits:
                    await edit(interaction, content=said, embed=None, view=view_of(*items))
                else:
                    await answer(interaction, said, view=view_of(*items))
                return
            opened, note = mine, words("forward-already-open")
        ids = ids_of(opened.forwards)
        is_announced = False
        if announce:
            said, is_announced = await self._announce(interaction, ids)
            note = "\n".join(filter(None, (note, said)))
        around = Said(ids=ids, note=note, is_announced=is_announced, opened=opened)
        await show(interaction, self._proofs.first(words, around))
        self._proofs.begin(interaction, around, request.actor)

    async def _announce(self, interaction: Interaction, ids: range) -> tuple[str, bool]:
        """Post the match card; return a sentence about it, and whether it was posted. The port is open in any case."""
        try:
            return await self._cards.announce(interaction, ids), True
        except Explain as error:
            return error.say(words_of(interaction)), False
        except GatewayError as error:
            log.warning("not announced: the gateway answered %s", error.code)
            return words_of(interaction)("card-not-announced"), False


async def _mended(interaction: Interaction, opening: Opening, error: GatewayError) -> tuple[str, list[Item]] | None:
    """Return the refusal with what mends it; None when nothing here does, or it does not fit into a custom_id."""
    words = words_of(interaction)
    match error:
        case PortTaken() | PortInUse():
            moved = opening.moved(error.details.get("ports"), free := error.details.get("free"))
            if moved is None or not fits(button := OpenButton(moved)):
                return None
            said = render.refusal(words, error)
            if len(moved.all_ports) > 1:
                pairs = zip(moved.all_ports, moved.targets, strict=True)
                port = next(spec.ports.moved_to(to) for spec, to in pairs if str(spec.ports) == free)
                said = f"{said} {words('forward-instead-keeps', free=str(free), port=str(port))}"
            return said, [button.item(words("forward-instead-button", port=str(free)))]
        case NoDevices() if fits(again := OpenButton(opening)):
            buttons: list[Item] = [AddDeviceButton().item(words), again.item(words("forward-again-button"))]
            return words("forward-no-device"), buttons
        case WhichDevice() if fits(devices := DeviceMenu(opening)):
            peers = (await call(interaction, List(actor=await caller_anywhere(interaction)))).peers
            rows = [(peer.id, peer.device) for peer in peers]
            return words("forward-which-device"), [menu(devices, words("forward-device-menu"), rows)]
        case LimitReached(details={"what": "forwards" | "ports"}) if not isinstance(error, BeyondLimit):
            own = (await call(interaction, List(actor=await caller_anywhere(interaction)))).forwards
            rows = [(each[0].id, render.forward_choice(words, each[0])) for each in _together(own)]
            if rows and fits(closing := CloseMenu(opening)):
                return render.refusal(words, error), [menu(closing, words("forward-close-menu"), rows)]
    return None


def _together(forwards: Iterable[ForwardInfo]) -> list[list[ForwardInfo]]:
    """Return the forwards by command, because a game with one of its ports closed would not work."""
    found: dict[tuple[int, datetime], list[ForwardInfo]] = {}
    for forward in sorted(forwards, key=lambda each: each.id):
        found.setdefault((forward.peer_id, forward.created_at), []).append(forward)
    return list(found.values())


def fits(component: Component) -> bool:
    """Report whether Discord takes the custom_id."""
    return render.length(component.custom_id) <= MAX_CUSTOM_ID


async def _already_open(interaction: Interaction, request: AddForward) -> Opened | None:
    """Return the caller's own forwards if they are exactly the requested ones, or else None."""
    own = (await call(interaction, List(actor=request.actor))).forwards
    targets = Opening.of(request).targets
    if len(targets) != len(request.ports):
        return None
    asked = [*zip(request.ports, targets, strict=True)]
    found = [forward for spec, target in asked for forward in own if _is_just(forward, spec, target, request)]
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


def _is_just(forward: ForwardInfo, spec: PortSpec, target: int, request: AddForward) -> bool:
    return (
        forward.ports == spec.ports
        and set((spec.protocol or request.protocol).each) <= set(forward.protocol.each)
        and forward.to_port == target
        and forward.friends_only >= request.friends_only
        and is_named(forward, request.device or forward.device)
    )
