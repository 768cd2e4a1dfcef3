"""What the buttons of the live message do: each opens what the member could also type."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.access import admission, joining
from bot.access.buttons import HostButton
from bot.access.requests import AccessRequest, Ledger, time_ago
from bot.access.wanted import Wanted
from bot.admin.pages import Spot, open_book
from bot.core.buttons import outdated, picked, typed, view_of
from bot.core.client import Interaction
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES, Explain, answer, call, call_back, caller, caller_anywhere, words_of
from bot.core.render import MAX_CONTENT, fit, safe
from bot.core.roles import Access
from bot.core.status import status
from bot.core.words import Words, says
from bot.games.games import find
from bot.nights import commands as nights
from bot.panel.buttons import OTHER, AddForm, HostForm, HostMenu, PanelButton
from bot.panel.lastgame import LastGames
from bot.ports.offer import Offers
from bot.ports.opening import Opening
from gateway.api.contract import Actor, GetStatus, PeerStatus
from gateway.model import Protocol


async def host_form(interaction: Interaction, menu: HostMenu) -> bool:
    """Open the form when it was chosen from the menu; report whether that worked."""
    try:
        if picked(interaction) != OTHER:
            return False
        modal = HostForm().modal(words_of(interaction))
        async with asyncio.timeout(admission.FORM_S):
            await call_back(lambda: interaction.response.send_modal(modal))
    except (Explain, TimeoutError, *DISCORD_FAILURES):  # `host_chosen` says so
        return False
    return True


async def pressed(interaction: Interaction, button: PanelButton) -> None:
    match button.action:
        case "host":
            if not _devices(interaction.client.context, await caller_anywhere(interaction)):
                raise Explain(says("panel-no-device"))
            words = words_of(interaction)
            await answer(interaction, words("panel-host-which"), view=view_of(HostMenu().item(words)))
        case "add":
            await joining.add_device(interaction)
        case "again":
            await _host_again(interaction)
        case "mine":
            actor = await caller(interaction)
            for embed in status(words_of(interaction), await call(interaction, GetStatus(actor=actor)), everyone=False):
                await answer(interaction, embed=embed)
            await nights.show(interaction, actor)
        case "help":
            await answer(interaction, words_of(interaction)("panel-help"))
        case "devices":
            await open_book(interaction, Spot("peers"))
        case "requests":
            await caller(interaction, Access.ADMIN)
            waiting = await Ledger(interaction.client.context.memory).waiting()
            await answer(interaction, _requests(words_of(interaction), interaction.client.context, waiting))


async def host_pressed(interaction: Interaction, button: HostButton) -> None:
    await pressed(interaction, PanelButton("host"))


async def host(interaction: Interaction, submitted: HostForm) -> None:
    """Open what was typed."""
    wanted = Opening(device=await _likely_device(interaction))
    offers = interaction.client.service(Offers)
    await offers.open_typed(interaction, typed(interaction, "port"), wanted, Protocol.BOTH)


async def host_chosen(interaction: Interaction, menu: HostMenu) -> None:
    """Open the chosen game. The answer takes the menu's place."""
    if (value := picked(interaction)) == OTHER:
        raise Explain(says("panel-try-again"))
    game = find(value)
    if game is None:
        raise outdated()
    wanted = Opening(game=game.id, device=await _likely_device(interaction))
    request = wanted.request(await caller_anywhere(interaction))
    await interaction.client.service(Offers).open_ports(interaction, request, edits=True)


async def _likely_device(interaction: Interaction) -> str:
    """Return the device that the member most likely means; empty leaves it to the gateway."""
    actor = await caller_anywhere(interaction)
    last = await interaction.client.service(LastGames).find(interaction.user.id)
    return _likely(_devices(interaction.client.context, actor), last.device if last else "") or ""


async def add(interaction: Interaction, submitted: AddForm) -> None:
    await joining.add_device(interaction, Wanted(device=typed(interaction, "device")))


async def _host_again(interaction: Interaction) -> None:
    actor = await caller(interaction)
    last = await interaction.client.service(LastGames).find(interaction.user.id)
    if last is None:
        raise Explain(says("panel-nothing-again"))
    request = last.request(actor, _likely(_devices(interaction.client.context, actor), last.device))
    await interaction.client.service(Offers).open_ports(interaction, request)


def _devices(context: Context, actor: Actor) -> list[PeerStatus]:
    """Return the caller's devices. They are not known while the gateway is away, which the request then says."""
    view = context.live.view
    return [row for row in view.peers.values() if row.peer.owner == actor.id] if view else []


def _likely(devices: Sequence[PeerStatus], last: str) -> str | None:
    """Return the device of the last game, or else the only one that is connected; None leaves it to the gateway."""
    names = [row.peer.device for row in devices]
    if last in names:
        return last
    connected = [row.peer.device for row in devices if row.connected]
    return connected[0] if len(connected) == 1 else None


def _requests(words: Words, context: Context, waiting: Sequence[AccessRequest]) -> str:
    if not waiting:
        return words("panel-requests-none")
    lines = [
        words("panel-request", name=safe(each.name), since=time_ago(each.asked_at), link=_link(context, each))
        for each in waiting
    ]
    return fit(words, [words("panel-requests", count=len(waiting)), *lines], MAX_CONTENT)


def _link(context: Context, request: AccessRequest) -> str:
    """Return a link to the request's message, or to its channel while the message is not posted."""
    if request.message is None:
        return f"<#{request.channel}>"
    return context.channel(request.channel).get_partial_message(request.message).jump_url
