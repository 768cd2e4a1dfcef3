"""Access: what a member may do, decided from the ids of the member's Discord roles."""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection

from bot.config import DiscordSection
from bot.core.words import Words
from gateway.api.contract import Actor

BOT = Actor(id="bot", name="guildgate bot", is_admin=True)
"""The actor of requests that the bot makes by itself, not for a caller."""


class Reason(enum.StrEnum):
    """Why a member's devices were cut off or let back in. The values stand in the gateway's audit log, in English."""

    LEFT = "not on the server any more"
    BANNED = "banned from the server"
    NO_ROLE = "no role any more that gives access"
    BACK = "has access again"
    REVOKED = "removed by an admin"


def reason(words: Words, text: str) -> str:
    """Return a reason of the audit log in the reader's language. The text of an admin or another version stays."""
    known = [one for one in Reason if one == text]
    return words(f"reason-{known[0].name.lower()}") if known else text


class Access(enum.IntEnum):
    """What a member may do; a higher value includes the lower ones."""

    NONE = 0
    GUEST = 1
    MEMBER = 2
    ADMIN = 3


def access_by_roles(
    section: DiscordSection, role_ids: Collection[int], id_of: Callable[[int | str], int | None]
) -> Access:
    """Return the access of a member with these roles. `id_of`: the id that a configured role stands for, if any."""

    def holds(configured: tuple[int | str, ...]) -> bool:
        return any(id_of(role) in role_ids for role in configured)

    if holds(section.admin_roles):
        return Access.ADMIN
    if holds(section.member_roles):
        return Access.MEMBER
    return Access.GUEST if holds(section.guest_roles) else Access.NONE


def is_id(text: int | str) -> bool:
    """Report whether a text may be an id of Discord: a number of 63 bits, as the database takes it."""
    digits = str(text)
    return digits.isascii() and digits.isdecimal() and len(digits) <= len(str(2**63)) and int(digits) < 2**63
