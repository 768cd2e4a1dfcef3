"""/connections: live connections of open ports, and what a host may do about one of them.

No button or menu holds an address, because members do not see whole ones. It holds a number instead, and the address
behind it is in memory: the message can be seen by its member alone, and for minutes. After a restart the list is typed
anew.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import ip_network
from itertools import count
from typing import Any, ClassVar, Literal

import discord

from bot.core import render
from bot.core.buttons import Button, Component, Form, chosen, outdated, typed, view_of
from bot.core.client import Interaction
from bot.core.interaction import DISCORD_FAILURES, Explain, answer, call, call_back, caller, edit, words_of
from bot.core.words import Words, says
from bot.ports import flowlist
from bot.ports.flowlist import PER_PAGE, Flow
from gateway.access import AddressNetwork
from gateway.api.connections import (
    Block,
    Connection,
    Connections,
    GetConnections,
    Kick,
    LetIn,
    SetFriendsOnly,
    Unblock,
)
from gateway.api.contract import Actor, ForwardInfo, List
from gateway.errors import AddressNotListed, BadRequest, ForwardGone
from gateway.model import PortSpec, Protocol, forwards_inside

Part = Literal["flows", "flow", "rules"]
Action = Literal[
    "previous", "next", "again", "flows", "rules", "kick", "block", "around", "let-in", "undo", "friends", "all"
]
REMEMBERED = 5000  # flows and rules in messages of the last minutes
MAX_IDS, MAX_LENGTH = 6, 55  # how many, and their characters, so that a custom_id holds them
STYLES: dict[Action, discord.ButtonStyle] = {
    "kick": discord.ButtonStyle.danger,
    "block": discord.ButtonStyle.danger,
    "around": discord.ButtonStyle.danger,
}


@dataclass(frozen=True, slots=True)
class Place:
    """What a message shows."""

    part: Part = "flows"
    ids: tuple[int, ...] | None = None
    """The ids of the only forwards that are shown; None for all."""
    at: int = 0
    """The index of the page's first row."""
    number: int = 0
    """The number of the flow or the rule that it is about, as `Shown` has it."""


@dataclass(frozen=True)
class ConnectionButton(Button):
    """A button that does something about the place, and shows a place afterwards."""

    prefix: ClassVar = "conn"
    action: Action
    place: Place

    def item(self, label: str, *, disabled: bool = False) -> discord.ui.Button[Any]:
        style = STYLES.get(self.action, discord.ButtonStyle.secondary)
        return self.button(label, style, disabled=disabled)


@dataclass(frozen=True)
class ConnectionMenu(Component):
    """A menu of the page's flows, or of its rules, which are undone when they are chosen."""

    prefix: ClassVar = "conns"
    place: Place

    def item(self, hint: str, rows: Iterable[tuple[int, str]]) -> discord.ui.Select[Any]:
        options = [discord.SelectOption(label=render.clip(label, 100), value=str(number)) for number, label in rows]
        return discord.ui.Select(custom_id=self.custom_id, placeholder=hint, options=options)


@dataclass(frozen=True)
class LetInButton(Button):
    """A button that asks for an address by a form."""

    prefix: ClassVar = "letin"
    place: Place


@dataclass(frozen=True)
class LetInForm(Form):
    prefix: ClassVar = "letform"
    place: Place

    def modal(self, words: Words) -> discord.ui.Modal:
        field = discord.ui.TextInput[Any](placeholder="203.0.113.9", max_length=50)
        return self.form(words("let-in-form-title"), address=(words("let-in-form-label"), field))


@dataclass(frozen=True, slots=True)
class Shown:
    """A row that a member was shown: a flow of a forward, or a rule of it."""

    member: str
    forward: ForwardInfo
    flow: Connection | None = None
    network: AddressNetwork | None = None


@dataclass(frozen=True, slots=True)
class Screen:
    said: str | None
    embed: discord.Embed
    view: discord.ui.View


class ConnectionLists:
    """Shows connections, and carries out what their buttons say."""

    def __init__(self) -> None:
        self._shown: dict[int, Shown] = {}
        self._numbers = count(secrets.randbits(40) << 20)  # so that no number of an earlier run means another row

    async def open(self, interaction: Interaction, specs: tuple[PortSpec, ...] = ()) -> None:
        """Answer /connections with the flows of these ports, or of all that the caller may see."""
        actor, ids = await caller(interaction), tuple[int, ...]()
        if specs:
            listing = await call(interaction, List(actor=actor, everyone=actor.is_admin))
            inside = (forwards_inside(listing.forwards, spec.ports, spec.protocol or Protocol.BOTH) for spec in specs)
            ids = tuple(dict.fromkeys(forward.id for found in inside for forward in found))
        place = Place(ids=ids if _fit(ids) else None)
        screen = await self._look(interaction, actor, place)
        await answer(interaction, screen.said, embed=screen.embed, view=screen.view)

    async def pressed(self, interaction: Interaction, button: ConnectionButton) -> None:
        actor = await caller(interaction)
        place, said, undo = button.place, None, 0
        match button.action:
            case "flows" | "rules":
                place = replace(place, part=button.action, at=0)
            case "kick" | "block" | "around" | "let-in" | "undo":
                said, undo = await self._act(interaction, actor, button)
                place = replace(place, part="rules" if place.part == "rules" else "flows")
            case "friends" | "all":
                request = SetFriendsOnly(actor=actor, ids=place.ids or (), on=button.action == "friends")
                await call(interaction, request)
                words = words_of(interaction)
                said = words("connections-friends-said" if button.action == "friends" else "connections-all-said")
        await self._show(interaction, await self._look(interaction, actor, place, undo), said)

    async def picked(self, interaction: Interaction, menu: ConnectionMenu) -> None:
        actor, place, said = await caller(interaction), replace(menu.place, number=chosen(interaction)), None
        if place.part == "rules":
            said, _ = await self._act(interaction, actor, ConnectionButton("undo", place))
        else:
            place = replace(place, part="flow")
        await self._show(interaction, await self._look(interaction, actor, place), said)

    async def ask_address(self, interaction: Interaction, button: LetInButton) -> bool:
        """Ask for an address by a form; report whether that worked. The gateway judges later whose port it is."""
        try:
            form = LetInForm(button.place).modal(words_of(interaction))
            await call_back(lambda: interaction.response.send_modal(form))
        except DISCORD_FAILURES:
            return False
        return True

    async def no_form(self, interaction: Interaction, button: LetInButton) -> None:
        raise Explain(says("discord-failed"))

    async def let_in(self, interaction: Interaction, form: LetInForm) -> None:
        actor, text, words = await caller(interaction), typed(interaction, "address"), words_of(interaction)
        try:
            network = ip_network(text.strip(), strict=False)
        except ValueError:
            raise BadRequest(field="network", rule="prefix") from None
        made = await call(interaction, LetIn(actor=actor, ids=form.place.ids or (), network=network))
        shown = flowlist.network_name(network, is_admin=True)  # the caller typed it
        said = flowlist.done(words, "let-in", shown, made.forwards[0])
        await self._show(interaction, await self._look(interaction, actor, replace(form.place, part="rules")), said)

    async def _act(self, interaction: Interaction, actor: Actor, button: ConnectionButton) -> tuple[str, int]:
        """Do what the button says. Return a sentence about it, and the number of a rule that can be undone."""
        words, row = words_of(interaction), self._row(actor, button.place.number)
        request = _request(actor, button.action, row)
        shown = flowlist.outer(words, row.flow, is_admin=actor.is_admin) if row.flow else ""
        undo = 0
        if isinstance(request, Block | LetIn):
            undo = self._remember(Shown(actor.id, row.forward, network=request.network))
        if not isinstance(request, Kick):
            shown = flowlist.network_name(request.network, is_admin=actor.is_admin)
        with suppress(AddressNotListed):  # another press was first
            await call(interaction, request)
        action = "block" if button.action == "around" else button.action
        return flowlist.done(words, action, shown, row.forward), undo

    def _row(self, actor: Actor, number: int) -> Shown:
        row = self._shown.get(number)
        if row is None or row.member != actor.id:
            raise Explain(says("connections-old"))
        return row

    def _remember(self, row: Shown) -> int:
        number = next(self._numbers)
        self._shown[number] = row
        while len(self._shown) > REMEMBERED:
            del self._shown[next(iter(self._shown))]
        return number

    async def _look(self, interaction: Interaction, actor: Actor, place: Place, undo: int = 0) -> Screen:
        """Return the screen at a place. `undo`: the rule that a button takes back. Closed ports are not shown."""
        words, said = words_of(interaction), None
        everyone = actor.is_admin
        try:
            found = await call(interaction, GetConnections(actor=actor, everyone=everyone, ids=place.ids or ()))
        except ForwardGone:
            place, said = replace(place, ids=None, part="flows", at=0), words("list-port-gone")
            found = await call(interaction, GetConnections(actor=actor, everyone=everyone))
        if place.part == "flow":
            return self._flow(words, actor, place)
        rows = flowlist.rules_of(found) if place.part == "rules" else flowlist.flows_of(found)
        place = replace(place, number=0, at=min(place.at // PER_PAGE * PER_PAGE, flowlist.last_page(rows)))
        items = [*self._menu(words, actor, place, found), *_turns(words, place, len(rows))]
        if place.part == "rules":
            embed = flowlist.rules(words, flowlist.rules_of(found), place.at, is_admin=actor.is_admin)
            items.append(ConnectionButton("flows", place).item(words("list-back-button")))
        else:
            embed = flowlist.flows(words, found, flowlist.flows_of(found), place.at, is_admin=actor.is_admin)
            items += [*_undo(words, place, undo), *_about_all(words, place, found)]
        return Screen(said, embed, view_of(*items))

    def _flow(self, words: Words, actor: Actor, place: Place) -> Screen:
        row = self._row(actor, place.number)
        assert row.flow
        _, around = flowlist.networks(row.flow.address)
        shown = flowlist.network_name(around, is_admin=actor.is_admin)
        labels: dict[Action, str] = {
            "kick": words("connections-kick-button"),
            "block": words("connections-block-button"),
            "around": words("connections-around-button", network=shown),
            "let-in": words("connections-let-in-button"),
            "flows": words("list-back-button"),
        }
        if row.flow.device:  # the addresses around it are other members'
            del labels["around"]
        items = [ConnectionButton(action, place).item(label) for action, label in labels.items()]
        return Screen(None, flowlist.flow(words, (row.forward, row.flow), is_admin=actor.is_admin), view_of(*items))

    def _menu(self, words: Words, actor: Actor, place: Place, found: Connections) -> Iterator[discord.ui.Item[Any]]:
        is_admin, page = actor.is_admin, slice(place.at, place.at + PER_PAGE)
        if place.part == "rules":
            choices = [
                (self._remember(Shown(actor.id, forward, network=rule.network)),
                 flowlist.rule_name(words, forward, rule, is_admin=is_admin))
                for forward, rule in flowlist.rules_of(found)[page]
            ]  # fmt: skip
            hint = words("connections-rule-menu")
        else:
            choices = [
                (self._remember(Shown(actor.id, forward, flow)), _label(words, (forward, flow), is_admin=is_admin))
                for forward, flow in flowlist.flows_of(found)[page]
            ]
            hint = words("connections-flow-menu")
        if choices:
            yield ConnectionMenu(place).item(hint, choices)

    async def _show(self, interaction: Interaction, screen: Screen, said: str | None) -> None:
        await edit(interaction, content=said or screen.said, embed=screen.embed, view=screen.view)


def _fit(ids: tuple[int, ...]) -> bool:
    return 0 < len(ids) <= MAX_IDS and len(",".join(map(str, ids))) <= MAX_LENGTH


def _label(words: Words, row: Flow, *, is_admin: bool) -> str:
    forward, flow = row
    name = flowlist.outer(words, flow, is_admin=is_admin)
    return words("connections-to", name=name, port=flowlist.target(forward, flow))


def _request(actor: Actor, action: Action, row: Shown) -> Kick | Block | LetIn | Unblock:
    """Return what a button asks for. Raise `Explain` for one that no version of ours makes."""
    ids, flow = (row.forward.id,), row.flow
    if action == "undo" and row.network:
        return Unblock(actor=actor, ids=ids, network=row.network)
    if flow is None:
        raise outdated()
    alone, around = flowlist.networks(flow.address)
    match action:
        case "kick":
            return Kick(actor=actor, ids=ids, protocol=flow.protocol, address=flow.address, port=flow.port)
        case "block":
            return Block(actor=actor, ids=ids, network=alone)
        case "around":
            return Block(actor=actor, ids=ids, network=around)
        case "let-in":
            return LetIn(actor=actor, ids=ids, network=alone)
    raise outdated()


def _turns(words: Words, place: Place, rows: int) -> Iterator[discord.ui.Item[Any]]:
    if rows > PER_PAGE:
        before, after = replace(place, at=max(0, place.at - PER_PAGE)), replace(place, at=place.at + PER_PAGE)
        yield ConnectionButton("previous", before).item(words("list-previous-button"), disabled=place.at == 0)
        yield ConnectionButton("next", after).item(words("list-next-button"), disabled=after.at >= rows)


def _undo(words: Words, place: Place, number: int) -> Iterator[discord.ui.Item[Any]]:
    if number:
        yield ConnectionButton("undo", replace(place, number=number)).item(words("connections-undo-button"))


def _about_all(words: Words, place: Place, found: Connections) -> Iterator[discord.ui.Item[Any]]:
    yield ConnectionButton("again", place).item(words("connections-again-button"))
    yield ConnectionButton("rules", place).item(words("connections-rules-button", count=len(flowlist.rules_of(found))))
    ids = tuple(each.forward.id for each in found.forwards)
    if _fit(ids) and (place.ids or len(ids) == 1):  # never the ports of all members at once
        only = all(each.forward.friends_only for each in found.forwards)
        here = replace(place, ids=ids)
        yield ConnectionButton("all" if only else "friends", here).item(
            words("connections-all-button" if only else "connections-friends-button")
        )
        yield LetInButton(here).button(words("let-in-button"))
