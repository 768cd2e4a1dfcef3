"""Lists to turn over, and what can be done with a row. Each button and menu holds where in which list it is, so it
works for as long as its message is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import discord

from bot.admin import details, lists
from bot.admin.lists import PER_PAGE, Choice, Page
from bot.admin.revoke import ask_about_device
from bot.core import render, texts
from bot.core.interaction import answer, respond, view_of, who
from bot.core.roles import Access
from gateway.api.client import GatewayClient
from gateway.api.contract import Actor, ExtendForward, GetAudit, GetStatus, PeerStatus, RemoveForward, Status
from gateway.errors import ForwardUnknown

if TYPE_CHECKING:
    from bot.core.interaction import Interaction

MAX_LABEL = 100  # of what a menu offers, its second line as well
STYLES = {
    "revoke": discord.ButtonStyle.danger,
    "sure": discord.ButtonStyle.danger,
    "extend": discord.ButtonStyle.primary,
}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an admin looks: a list, filtered by `owner` and `only`, from `at` on; with `peer` or `forward`, ids, at
    that one of it."""

    book: str
    owner: str = ""
    only: str = ""
    at: int = 0
    peer: int = 0
    forward: int = 0

    def __str__(self) -> str:
        return f"{self.book}:{self.owner}:{self.only}:{self.at}:{self.peer}:{self.forward}"

    @classmethod
    def parse(cls, text: str) -> Spot:
        book, owner, only, *numbers = text.split(":")
        return cls(book, owner, only, *map(int, numbers))

    @property
    def above(self) -> Spot:
        """What one comes back to."""
        return replace(self, forward=0) if self.forward else replace(self, peer=0)


SPOT = r"(?P<spot>[a-z]+:\d*:[^:]*:\d+:\d+:\d+)"


@dataclass(frozen=True, slots=True)
class Screen:
    embed: discord.Embed
    view: discord.ui.View | None
    said: str | None = None


async def open_book(interaction: Interaction, spot: Spot) -> None:
    """Answer with that page; for admins."""
    actor = await who(interaction, Access.ADMIN)
    screen = await look(interaction.client.gateway, actor, spot)
    await answer(interaction, screen.said, embed=screen.embed, view=screen.view or discord.utils.MISSING)


async def look(gateway: GatewayClient, actor: Actor, spot: Spot, *, asked: str = "") -> Screen:
    """`asked`: to `show` the whole address, or to `close`, with what asks again. What is gone is said with its list."""
    if spot.book == "audit":
        page = await _audit(gateway, actor, spot.at)
        return Screen(page.embed, _view(_turns(spot, page)))
    status = await gateway.call(GetStatus(actor=actor, everyone=True))
    if spot.forward:
        return _forward(status, spot, asked) or replace(_at(status, spot.above), said=texts.FORWARD_IS_GONE)
    return _at(status, spot, asked)


def _at(status: Status, spot: Spot, asked: str = "") -> Screen:
    if spot.peer:
        found = [row for row in status.peers if row.peer.id == spot.peer]
        return (
            _peer(status, found[0], spot, asked)
            if found
            else replace(_list(status, spot.above), said=texts.DEVICE_IS_GONE)
        )
    return _list(status, spot)


def _list(status: Status, spot: Spot) -> Screen:
    make = lists.peers if spot.book == "peers" else lists.forwards
    page = make(status, spot.owner or None, spot.at, spot.only)
    hint = texts.CHOOSE_DEVICE if spot.book == "peers" else texts.CHOOSE_PORT
    return Screen(page.embed, _view([*_menu(spot, hint, page.choices), *_turns(spot, page)]))


def _peer(status: Status, row: PeerStatus, spot: Spot, asked: str) -> Screen:
    own = [
        each
        for each in status.forwards
        if (each.forward.owner, each.forward.device) == (row.peer.owner, row.peer.device)
    ]
    actions = ["revoke", *(["show"] if row.endpoint and asked != "show" else []), "back"]
    return Screen(
        details.device(row, own, status.at, reveal=asked == "show"),
        _view([*_menu(spot, texts.CHOOSE_PORT, list(map(lists.forward_choice, own))), *_buttons(spot, actions)]),
    )


def _forward(status: Status, spot: Spot, asked: str) -> Screen | None:
    found = [row for row in status.forwards if row.forward.id == spot.forward]
    if not found:
        return None
    embed = details.forward(found[0], status.public_address)
    if asked == "close":
        return Screen(embed, _view(_buttons(spot, ["sure", "keep"])), texts.ASK_CLOSE)
    actions = ["extend"] if found[0].forward.expires_at else []
    return Screen(embed, _view(_buttons(spot, [*actions, "close", "back"])))


async def _audit(gateway: GatewayClient, actor: Actor, at: int) -> Page:
    """`at`: the id that all entries shown are older than, 0 for the newest."""
    page = await gateway.call(GetAudit(actor=actor, before=at or None, limit=PER_PAGE + 1))
    newest = (await gateway.call(GetAudit(actor=actor, limit=1))).entries if at else page.entries
    return lists.audit(page.entries, newest[0].id if newest else 0)


def _view(items: Iterable[Go | Pick]) -> discord.ui.View | None:
    view = view_of(*items)
    return view if view.children else None


def _turns(spot: Spot, page: Page) -> Iterator[Go]:
    if page.before is not None or page.after is not None:
        yield Go("previous", replace(spot, at=page.before or 0), disabled=page.before is None)
        yield Go("next", replace(spot, at=page.after or 0), disabled=page.after is None)


def _menu(spot: Spot, hint: str, choices: Sequence[Choice]) -> Iterator[Pick]:
    if choices:
        yield Pick(spot, hint, choices)


def _buttons(spot: Spot, actions: Sequence[str]) -> Iterator[Go]:
    return (Go(action, spot) for action in actions)


class Go(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=rf"go:(?P<action>{'|'.join(texts.BUTTONS)}):{SPOT}",
):
    """Does what `action` says at that spot, and shows what is there then."""

    def __init__(self, action: str, spot: Spot, *, disabled: bool = False) -> None:
        style = STYLES.get(action, discord.ButtonStyle.secondary)
        super().__init__(
            discord.ui.Button(
                label=texts.BUTTONS[action], style=style, custom_id=f"go:{action}:{spot}", disabled=disabled
            )
        )
        self._action, self._spot = action, spot

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Go:
        return cls(match["action"], Spot.parse(match["spot"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await respond(interaction, self._go)

    async def _go(self, interaction: Interaction) -> None:
        actor, gateway = await who(interaction, Access.ADMIN), interaction.client.gateway
        spot, said = self._spot, None
        match self._action:
            case "revoke":
                await ask_about_device(interaction, spot.peer)
                return
            case "back":
                spot = spot.above
            case "extend" | "sure":
                said = await self._change(gateway, actor)
        await _show(interaction, await look(gateway, actor, spot, asked=self._action), said)

    async def _change(self, gateway: GatewayClient, actor: Actor) -> str | None:
        """None when it is gone, which what is shown then says."""
        ids = (self._spot.forward,)
        try:
            if self._action == "extend":
                return render.extended((await gateway.call(ExtendForward(actor=actor, ids=ids))).forwards)
            return render.closed(await gateway.call(RemoveForward(actor=actor, ids=ids)), actor.id)
        except ForwardUnknown:
            return None


class Pick(discord.ui.DynamicItem[discord.ui.Select[Any]], template=rf"pick:{SPOT}"):
    """Leads to one of a list's devices or ports, or of a device's ports."""

    def __init__(self, spot: Spot, hint: str | None, choices: Sequence[Choice]) -> None:
        options = [
            discord.SelectOption(label=_fit(row.label), value=str(row.id), description=_fit(row.about))
            for row in choices[: render.MAX_FIELDS]
        ]
        super().__init__(discord.ui.Select(custom_id=f"pick:{spot}", placeholder=hint, options=options))
        self._spot = spot

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Pick:
        return cls(Spot.parse(match["spot"]), None, ())

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await respond(interaction, self._go)

    async def _go(self, interaction: Interaction) -> None:
        actor = await who(interaction, Access.ADMIN)
        (chosen,) = map(int, self.item.values)
        is_peer = self._spot.book == "peers" and not self._spot.peer
        spot = replace(self._spot, peer=chosen) if is_peer else replace(self._spot, forward=chosen)
        await _show(interaction, await look(interaction.client.gateway, actor, spot))


async def _show(interaction: Interaction, screen: Screen, said: str | None = None) -> None:
    await interaction.edit_original_response(content=said or screen.said, embed=screen.embed, view=screen.view)


def _fit(text: str) -> str:
    return render.clip(text, MAX_LABEL)
