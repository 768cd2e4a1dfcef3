"""Lists that admins page through, and what an admin can do with a row.

A book is a list, "peers", "forwards" or "audit". A spot is a place in a book. A screen is the message at a spot. Each
button and menu holds its spot, so it works as long as its message exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import discord

from bot.admin import details, lists
from bot.admin.lists import PER_PAGE, Choice, DeviceState, Page
from bot.admin.revoke import ask_about_device
from bot.core import render
from bot.core.buttons import Button, Component, chosen, view_of
from bot.core.client import Interaction
from bot.core.gateway import Gateways
from bot.core.interaction import answer, call, caller, edit, words_of
from bot.core.roles import Access
from bot.core.words import Words
from bot.games import games
from bot.graphs.traffic import add_picture
from gateway.api.contract import Actor, ExtendForward, GetAudit, GetPolicy, GetStatus, PeerStatus, RemoveForward, Status
from gateway.api.history import GetHistory
from gateway.errors import ForwardUnknown
from gateway.model import PortSpec

Book = Literal["peers", "forwards", "audit"]
GoAction = Literal["previous", "next", "back", "show", "revoke", "extend", "close", "sure", "keep"]
MAX_LABEL = 100  # length of each line of a menu's option
STYLES: dict[GoAction, discord.ButtonStyle] = {
    "revoke": discord.ButtonStyle.danger,
    "sure": discord.ButtonStyle.danger,
    "extend": discord.ButtonStyle.primary,
}


@dataclass(frozen=True, slots=True)
class Spot:
    """A page of a book, or one device or forward of it."""

    book: Book
    owner: str = ""
    """The id of the only owner whose rows are listed; empty for all."""
    only: str = ""
    """A state of devices, or a game or port of forwards; empty for all. The region of the audit log, in a fleet."""
    at: int = 0
    """The index of the page's first row. For the audit log, the id that all shown entries are older than, 0 for all."""
    peer: int = 0
    """The id of the peer that is shown instead of the list."""
    forward: int = 0
    """The id of the forward that is shown instead of the list or the device."""

    def __post_init__(self) -> None:
        """Raise ValueError for a filter that the list cannot apply."""
        if self.only and self.book == "peers":
            DeviceState(self.only)
        elif self.only and self.book == "forwards" and not games.find(self.only):
            PortSpec.parse(self.only)

    @property
    def above(self) -> Spot:
        """Return the spot that the button Back leads to."""
        return replace(self, forward=0) if self.forward else replace(self, peer=0)


@dataclass(frozen=True)
class Go(Button):
    """A button that carries out `action` at the spot, and shows the spot afterwards."""

    prefix: ClassVar = "go"
    action: GoAction
    spot: Spot

    def item(self, words: Words, *, disabled: bool = False) -> discord.ui.Button[Any]:
        style = STYLES.get(self.action, discord.ButtonStyle.secondary)
        return self.button(words(f"list-{self.action}-button"), style, disabled=disabled)


@dataclass(frozen=True)
class Pick(Component):
    """A menu of a list's devices or forwards, or of a device's forwards."""

    prefix: ClassVar = "pick"
    spot: Spot

    def item(self, hint: str, choices: Sequence[Choice]) -> discord.ui.Select[Any]:
        options = [
            discord.SelectOption(label=_fit(row.label), value=str(row.id), description=_fit(row.about))
            for row in choices[: render.MAX_FIELDS]
        ]
        return discord.ui.Select(custom_id=self.custom_id, placeholder=hint, options=options)


@dataclass(frozen=True, slots=True)
class Screen:
    """The content of a message. `said` is the sentence above the embed; `spot` is of what the embed has details."""

    embed: discord.Embed
    view: discord.ui.View | None
    said: str | None = None
    spot: Spot | None = None


async def open_book(interaction: Interaction, spot: Spot) -> None:
    """Answer with the screen at a spot, if the caller is an admin."""
    actor = await caller(interaction, Access.ADMIN)
    screen = await look(words_of(interaction), interaction.client.context.gateway, actor, spot)
    files = await _files(interaction, actor, screen)
    await answer(interaction, screen.said, embed=screen.embed, files=files, view=screen.view or discord.utils.MISSING)


async def look(words: Words, gateway: Gateways, actor: Actor, spot: Spot, *, asked: str = "") -> Screen:
    """Return the screen at a spot. `asked`: the pressed action; `show` reveals the endpoint, `close` asks again.

    When the device or forward is gone, the screen is that of its list and says so.
    """
    if spot.book == "audit":
        page = await _audit(words, gateway, actor, spot)
        return Screen(page.embed, _view(_turns(words, spot, page)))
    status = await gateway.call(GetStatus(actor=actor, everyone=True))
    if (about := spot.forward or spot.peer) and status.away:
        await gateway.of(about).call(GetPolicy(actor=actor))  # raises where silence would be taken for an end
    if spot.forward:
        shown = _forward(words, status, spot, asked)
        return shown or replace(_at(words, status, spot.above), said=words("list-port-gone"))
    return _at(words, status, spot, asked)


def _at(words: Words, status: Status, spot: Spot, asked: str = "") -> Screen:
    if spot.peer:
        found = [row for row in status.peers if row.peer.id == spot.peer]
        if found:
            return _peer(words, status, found[0], spot, asked)
        return replace(_list(words, status, spot.above), said=words("revoke-device-gone"))
    return _list(words, status, spot)


def _list(words: Words, status: Status, spot: Spot) -> Screen:
    make = lists.peers if spot.book == "peers" else lists.forwards
    page = make(words, status, spot.owner or None, spot.at, spot.only)
    hint = words("list-device-menu" if spot.book == "peers" else "list-port-menu")
    return Screen(page.embed, _view([*_menu(spot, hint, page.choices), *_turns(words, spot, page)]))


def _peer(words: Words, status: Status, row: PeerStatus, spot: Spot, asked: str) -> Screen:
    own = [each for each in status.forwards if each.forward.peer_id == row.peer.id]
    actions: list[GoAction] = ["revoke", "show", "back"] if row.endpoint and asked != "show" else ["revoke", "back"]
    choices = [lists.forward_choice(words, each) for each in own]
    return Screen(
        details.device(words, row, own, status.at, reveal=asked == "show"),
        _view([*_menu(spot, words("list-port-menu"), choices), *_buttons(words, spot, actions)]),
        spot=spot,
    )


def _forward(words: Words, status: Status, spot: Spot, asked: str) -> Screen | None:
    found = [row for row in status.forwards if row.forward.id == spot.forward]
    if not found:
        return None
    region = found[0].forward.region
    addresses = {place.region: place.public_address for place in status.places} or {"": status.public_address}
    embed = details.forward(words, found[0], addresses.get(region, status.public_address))
    if asked == "close":
        return Screen(embed, _view(_buttons(words, spot, ["sure", "keep"])), words("list-close"), spot)
    actions: list[GoAction] = ["extend"] if found[0].forward.expires_at else []
    return Screen(embed, _view(_buttons(words, spot, [*actions, "close", "back"])), spot=spot)


async def _audit(words: Words, gateway: Gateways, actor: Actor, spot: Spot) -> Page:
    """Ask the gateway for a page of the audit log."""
    asked = gateway.at(spot.only)
    page = await asked.call(GetAudit(actor=actor, before=spot.at or None, limit=PER_PAGE + 1))
    newest = (await asked.call(GetAudit(actor=actor, limit=1))).entries if spot.at else page.entries
    return lists.audit(words, page.entries, newest[0].id if newest else 0, spot.only)


def _view(items: Iterable[discord.ui.Item[Any]]) -> discord.ui.View | None:
    view = view_of(*items)
    return view if view.children else None


def _turns(words: Words, spot: Spot, page: Page) -> Iterator[discord.ui.Item[Any]]:
    if page.before is not None or page.after is not None:
        yield Go("previous", replace(spot, at=page.before or 0)).item(words, disabled=page.before is None)
        yield Go("next", replace(spot, at=page.after or 0)).item(words, disabled=page.after is None)


def _menu(spot: Spot, hint: str, choices: Sequence[Choice]) -> Iterator[discord.ui.Item[Any]]:
    if choices:
        yield Pick(spot).item(hint, choices)


def _buttons(words: Words, spot: Spot, actions: Sequence[GoAction]) -> Iterator[discord.ui.Item[Any]]:
    return (Go(action, spot).item(words) for action in actions)


async def go(interaction: Interaction, pressed: Go) -> None:
    """Carry out the action of a button, and show the screen at its spot."""
    actor, gateway = await caller(interaction, Access.ADMIN), interaction.client.context.gateway
    spot, said = pressed.spot, None
    match pressed.action:
        case "revoke":
            await ask_about_device(interaction, spot.peer)
            return
        case "back":
            spot = spot.above
        case "extend" | "sure":
            said = await _change(interaction, actor, pressed)
    screen = await look(words_of(interaction), gateway, actor, spot, asked=pressed.action)
    await _show(interaction, actor, screen, said)


async def _change(interaction: Interaction, actor: Actor, pressed: Go) -> str | None:
    """Extend or close the forward, and return a sentence about it; None when it is gone, which the screen tells."""
    ids, words = (pressed.spot.forward,), words_of(interaction)
    try:
        if pressed.action == "extend":
            return render.extended(words, (await call(interaction, ExtendForward(actor=actor, ids=ids))).forwards)
        return render.closed(words, await call(interaction, RemoveForward(actor=actor, ids=ids)), actor.id)
    except ForwardUnknown:
        return None


async def pick(interaction: Interaction, menu: Pick) -> None:
    actor = await caller(interaction, Access.ADMIN)
    number = chosen(interaction)
    is_peer = menu.spot.book == "peers" and not menu.spot.peer
    spot = replace(menu.spot, peer=number) if is_peer else replace(menu.spot, forward=number)
    await _show(interaction, actor, await look(words_of(interaction), interaction.client.context.gateway, actor, spot))


async def _show(interaction: Interaction, actor: Actor, screen: Screen, said: str | None = None) -> None:
    files = await _files(interaction, actor, screen)
    await edit(interaction, content=said or screen.said, embed=screen.embed, files=files, view=screen.view)


async def _files(interaction: Interaction, actor: Actor, screen: Screen) -> Callable[[], Sequence[discord.File]]:
    """Draw the last day of the device or forward that the screen shows."""
    if screen.spot is None:
        return tuple
    number = screen.spot.forward
    about = {"forward": number} if number else {"device": screen.spot.peer}
    history = await call(interaction, GetHistory(actor=actor, **about))  # type: ignore[arg-type]
    return await add_picture(interaction, screen.embed, history, of_port=bool(number)) if history.steps else tuple


def _fit(text: str) -> str:
    return render.clip(text, MAX_LABEL)
