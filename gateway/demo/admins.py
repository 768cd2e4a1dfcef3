"""The bot's commands for admins at the demo's prompt. A method's parameters are the command's options."""

from __future__ import annotations

from functools import partial

from bot.admin import details, lists
from bot.admin.diagnosis import report
from bot.admin.lists import PER_PAGE, DeviceState
from bot.core import render
from bot.core.interaction import Explain
from bot.core.words import says
from bot.games import games
from bot.ports import typed
from gateway.api import contract
from gateway.api.contract import Actor
from gateway.api.diagnosis import Diagnose
from gateway.demo.chat import Button, Chat, Reply, choice, one_of
from gateway.devices import pick


class Admins:
    """The commands. They raise GatewayError, and `Explain` for a speaker that is no admin."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def lan(self, state: str) -> Reply:
        wanted = choice("state", state, ("on", "off")) == "on"
        switched = await self._chat.call(contract.SetLan(actor=self._chat.admin, on=wanted))
        return await self._chat.say(self._chat.words("lan-on" if switched.on else "lan-off"))

    async def revoke(self, member: str, device: str | None = None) -> Reply:
        owner = self._chat.member(member).actor
        status = await self._chat.call(contract.GetStatus(actor=self._chat.admin, everyone=True))
        own = [row for row in status.peers if row.peer.owner == owner.id]
        if not own:
            raise Explain(says("revoke-nothing", member=owner.name))
        meant = pick([row.peer for row in own], device) if device else None
        doomed = [row for row in own if meant in (None, row.peer)]
        ids = tuple(row.peer.id for row in doomed)
        closing = [row for row in status.forwards if row.forward.peer_id in ids]
        buttons = {
            "revoke": Button(self._chat.words("revoke-revoke-button"), partial(self._revoke, owner, ids)),
            "cancel": Button(
                self._chat.words("revoke-cancel-button"), partial(self._chat.say, self._chat.words("revoke-cancelled"))
            ),
        }
        asked = details.confirmation(self._chat.words, doomed, closing, status.at)
        return self._chat.embeds(asked, buttons=buttons)

    async def _revoke(self, owner: Actor, ids: tuple[int, ...]) -> Reply:
        revoked = await self._chat.call(contract.Revoke(actor=self._chat.admin, owner=owner.id, ids=ids))
        return await self._chat.say(render.revoked(self._chat.words, revoked, owner.name))

    async def peers(self, member: str | None = None, state: str = "") -> Reply:
        owner = self._chat.member(member).actor.id if member else None
        only = one_of("state", DeviceState, state) if state else ""
        status = await self._chat.call(contract.GetStatus(actor=self._chat.admin, everyone=True))
        return self._chat.embeds(lists.peers(self._chat.words, status, owner, 0, only).embed)

    async def forwards(self, member: str | None = None, port: str = "") -> Reply:
        owner, game = self._chat.member(member).actor.id if member else None, games.find(port)
        only = game.id if game else str(typed.one_port(port)) if port else ""
        status = await self._chat.call(contract.GetStatus(actor=self._chat.admin, everyone=True))
        return self._chat.embeds(lists.forwards(self._chat.words, status, owner, 0, only).embed)

    async def audit(self) -> Reply:
        page = await self._chat.call(contract.GetAudit(actor=self._chat.admin, limit=PER_PAGE))
        newest = page.entries[0].id if page.entries else 0
        return self._chat.embeds(lists.audit(self._chat.words, page.entries, newest).embed)

    async def doctor(self) -> Reply:
        found = await self._chat.call(Diagnose(actor=self._chat.admin))
        return self._chat.embeds(report(self._chat.words, found.findings, ()))
