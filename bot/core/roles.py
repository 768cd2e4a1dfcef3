"""Who may do what: Discord roles in, access out."""

from __future__ import annotations

import enum
from collections.abc import Collection

from bot.config import DiscordSection
from bot.core.words import Words
from gateway.api.contract import Actor

BOT = Actor(id="bot", name="guildgate bot", is_admin=True)
"""What the bot does on its own account."""


class Reason(enum.StrEnum):
    """Why a member's devices were cut off or let back in, as the gateway's audit log keeps it."""

    LEFT = "not on the server any more"
    BANNED = "banned from the server"
    NO_ROLE = "no role any more that gives access"
    BACK = "has access again"


def reason(words: Words, text: str) -> str:
    """Say a reason of the audit log; one that an admin or another version wrote stays as it is."""
    known = [one for one in Reason if one == text]
    return words(f"reason-{known[0].name.lower()}") if known else text


class Access(enum.IntEnum):
    NONE = 0
    GUEST = 1
    MEMBER = 2
    ADMIN = 3


def access_by_roles(section: DiscordSection, role_ids: Collection[int], role_names: Collection[str]) -> Access:
    """What someone holding these roles may do.

    A configured role written in digits is an id and never a name: otherwise whoever may rename a role on the
    server could call it by an admin role's id.
    """

    def holds(configured: tuple[int | str, ...]) -> bool:
        return any(int(role) in role_ids if is_id(role) else role in role_names for role in configured)

    if holds(section.admin_roles):
        return Access.ADMIN
    if holds(section.member_roles):
        return Access.MEMBER
    return Access.GUEST if holds(section.guest_roles) else Access.NONE


def is_id(role: int | str) -> bool:
    return str(role).isdecimal()


def needs_names(section: DiscordSection) -> bool:
    """Reports whether role ids alone cannot decide."""
    return not all(map(is_id, section.member_roles + section.admin_roles + section.guest_roles))
