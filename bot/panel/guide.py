"""What /help says: the next step first, and for admins their commands."""

from __future__ import annotations

from bot.core.client import Interaction
from bot.core.interaction import answer, caller_with_access, words_of
from bot.core.render import no_access
from bot.core.roles import Access
from bot.core.words import Words


async def show(interaction: Interaction) -> None:
    actor, access = await caller_with_access(interaction, Access.NONE)
    context, words = interaction.client.context, words_of(interaction)
    if access is Access.NONE:
        may_ask = context.section.admin_channel is not None
        await answer(interaction, no_access(words, context.member_roles(), may_ask=may_ask))
        return
    view = context.live.view
    has_device = view is None or any(row.peer.owner == actor.id for row in view.peers.values())
    await answer(interaction, guide(words, has_device=has_device, is_admin=actor.is_admin))


def guide(words: Words, *, has_device: bool, is_admin: bool) -> str:
    begin = words("help-host" if has_device else "help-join")
    return "\n".join((begin, words("help-more"), *([words("help-admin")] if is_admin else [])))
