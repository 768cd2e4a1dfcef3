"""Messages with Previous and Next. A button holds where it leads, so it works for as long as its message is there."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import discord

from bot import overview, texts
from bot.interaction import answer, respond, who
from bot.overview import PER_PAGE, Page
from bot.policy import Access
from gateway.client import GatewayClient
from gateway.contract import Actor, GetAudit, GetStatus

if TYPE_CHECKING:
    from bot.interaction import Interaction


async def _peers(gateway: GatewayClient, actor: Actor, owner: str | None, at: int) -> Page:
    return overview.peers(await gateway.status(GetStatus(actor=actor, everyone=True)), owner, at)


async def _forwards(gateway: GatewayClient, actor: Actor, owner: str | None, at: int) -> Page:
    return overview.forwards(await gateway.status(GetStatus(actor=actor, everyone=True)), owner, at)


async def _audit(gateway: GatewayClient, actor: Actor, owner: str | None, at: int) -> Page:
    """`at`: the id that all entries shown are older than, 0 for the newest."""
    page = await gateway.audit(GetAudit(actor=actor, before=at or None, limit=PER_PAGE + 1))
    newest = (await gateway.audit(GetAudit(actor=actor, limit=1))).entries if at else page.entries
    return overview.audit(page.entries, newest[0].id if newest else 0)


BOOKS: dict[str, Callable[[GatewayClient, Actor, str | None, int], Awaitable[Page]]] = {
    "peers": _peers,
    "forwards": _forwards,
    "audit": _audit,
}


async def open_book(interaction: Interaction, book: str, owner: str | None = None) -> None:
    """Answer with the first page; for admins."""
    actor = await who(interaction, Access.ADMIN)
    page = await BOOKS[book](interaction.client.gateway, actor, owner, 0)
    await answer(interaction, embed=page.embed, view=_view(book, owner, page) or discord.utils.MISSING)


def _view(book: str, owner: str | None, page: Page) -> discord.ui.View | None:
    if page.before is None and page.after is None:
        return None
    view = discord.ui.View(timeout=None)
    for turn, at in (("previous", page.before), ("next", page.after)):
        view.add_item(PageButton(book, owner, turn, at))
    view.stop()  # or discord.py would hold it; the class alone finds what a custom_id means
    return view


class PageButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"page:(?P<book>[a-z]+):(?P<owner>\d*):(?P<turn>previous|next):(?P<at>\d+)",
):
    def __init__(self, book: str, owner: str | None, turn: str, at: int | None) -> None:
        custom_id = f"page:{book}:{owner or ''}:{turn}:{at or 0}"
        super().__init__(discord.ui.Button(label=texts.TURNS[turn], custom_id=custom_id, disabled=at is None))
        self._book, self._owner, self._at = book, owner, at or 0

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> PageButton:
        return cls(match["book"], match["owner"] or None, match["turn"], int(match["at"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await respond(interaction, self._turn)

    async def _turn(self, interaction: Interaction) -> None:
        actor = await who(interaction, Access.ADMIN)
        page = await BOOKS[self._book](interaction.client.gateway, actor, self._owner, self._at)
        await interaction.edit_original_response(embed=page.embed, view=_view(self._book, self._owner, page))
