"""Access by the names and ids of roles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.config import DiscordSection
from bot.core.roles import Access, access_by_roles, needs_names

BY_NAME = DiscordSection(guild=1, member_roles=("Friends", "Family"), admin_roles=("Admin",))
BY_ID = DiscordSection(guild=1, member_roles=(501, "502"), admin_roles=(900,), guest_roles=(700,))


@pytest.mark.parametrize(
    ("section", "ids", "names", "expected"),
    [
        (BY_NAME, {501}, {"Friends"}, Access.MEMBER),
        (BY_NAME, {501}, {"Family"}, Access.MEMBER),
        (BY_NAME, {501, 900}, {"Friends", "Admin"}, Access.ADMIN),
        (BY_NAME, {900}, {"Admin"}, Access.ADMIN),
        (BY_NAME, {7}, {"friends"}, Access.NONE),
        (BY_NAME, set(), set(), Access.NONE),
        (BY_ID, {501}, set(), Access.MEMBER),
        (BY_ID, {502}, set(), Access.MEMBER),
        (BY_ID, {900}, set(), Access.ADMIN),
        (BY_ID, {5}, {"Friends"}, Access.NONE),
        (BY_ID, {700}, set(), Access.GUEST),
        (BY_ID, {700, 501}, set(), Access.MEMBER),
    ],
)
def test_roles_give_access(section: DiscordSection, ids: set[int], names: set[str], expected: Access) -> None:
    """One of the configured roles suffices, by name or id. An admin role needs no member role beside it."""
    assert access_by_roles(section, ids, names) is expected


def test_an_id_is_never_a_name() -> None:
    """A role that is named like an admin role's id gives no access."""
    assert access_by_roles(BY_ID, {5}, {"900", "501", "502"}) is Access.NONE


def test_names_are_needed_only_when_configured() -> None:
    """When only ids are configured, the bot can decide before it knows the server's roles."""
    assert needs_names(BY_NAME)
    assert not needs_names(BY_ID)


@pytest.mark.parametrize("kind", ["member_roles", "admin_roles", "guest_roles"])
def test_one_role_by_its_name_is_enough_to_need_names(kind: str) -> None:
    assert needs_names(replace(BY_ID, **{kind: (600, "Named")}))  # type: ignore[arg-type]
