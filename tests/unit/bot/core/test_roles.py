"""Access by the ids of roles."""

from __future__ import annotations

import pytest

from bot.config import DiscordSection
from bot.core.roles import Access, access_by_roles

SECTION = DiscordSection(guild=1, member_roles=("Friends", 502), admin_roles=("Admin", "901"), guest_roles=("Guest",))
IDS: dict[int | str, int | None] = {"Friends": 501, 502: 502, "Admin": 900, "901": 901, "Guest": None}


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ({501}, Access.MEMBER),
        ({502}, Access.MEMBER),
        ({501, 900}, Access.ADMIN),
        ({900}, Access.ADMIN),
        ({901, 7}, Access.ADMIN),
        ({7}, Access.NONE),
        (set(), Access.NONE),
    ],
)
def test_roles_give_access(held: set[int], expected: Access) -> None:
    """One of the configured roles suffices. An admin role needs no member role beside it."""
    assert access_by_roles(SECTION, held, IDS.get) is expected


def test_guests_have_less_access_than_members() -> None:
    ids = {**IDS, "Guest": 700}
    assert access_by_roles(SECTION, {700}, ids.get) is Access.GUEST
    assert access_by_roles(SECTION, {700, 501}, ids.get) is Access.MEMBER
