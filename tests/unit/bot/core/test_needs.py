"""What the bot lacks on its server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import pytest

from bot.config import DiscordSection
from bot.core.needs import Lack, Need, Seen, describe, lacks
from tests.unit.bot.english import words

SECTION = DiscordSection(guild=1, member_roles=("Friends",), admin_channel="admins", log_channel=32)
IDS: dict[int | str, int | None] = {"Friends": 5, "admins": 31, 32: 32}
ALL = discord.Permissions.all()
WELL = Seen(
    channels={31: ("admins", ALL), 32: ("log", ALL)},
    roles={1: "@everyone", 5: "Friends", 6: "guildgate"},
    lower_roles={1, 5},
    gives_roles=True,
)


def judged(section: DiscordSection = SECTION, **changes: Any) -> tuple[Lack, ...]:
    return lacks(section, IDS.get, IDS.get, replace(WELL, **changes))


def seen_with(channel: int, granted: discord.Permissions) -> Seen:
    return replace(WELL, channels={**WELL.channels, channel: ("more", granted)})


def without(*permissions: str) -> discord.Permissions:
    granted = discord.Permissions.all()
    granted.update(**dict.fromkeys(permissions, False))
    return granted


def test_a_bot_with_everything_lacks_nothing() -> None:
    assert judged() == ()


def test_a_channel_that_the_bot_cannot_write_to_is_named_with_the_permissions() -> None:
    (lack,) = judged(channels={**WELL.channels, 31: ("admins", without("send_messages", "embed_links"))})
    assert lack == Lack(Need.WRITE, "admin_channel", "admins", ("send_messages", "embed_links"))
    assert describe(words, lack) == (
        "I cannot write to #admins (admin_channel). Give me Send Messages and Embed Links there."
    )


def test_posts_need_no_permission_for_embeds() -> None:
    section = replace(SECTION, posts_channel=33)
    found = lacks(section, IDS.get, {**IDS, 33: 33}.get, seen_with(33, without("embed_links")))
    assert found == ()
    (lack,) = lacks(section, IDS.get, {**IDS, 33: 33}.get, seen_with(33, without("send_messages")))
    assert lack == Lack(Need.WRITE, "posts_channel", "more", ("send_messages",))


def test_a_channel_that_the_bot_cannot_read_back_is_a_smaller_matter() -> None:
    assert judged(channels={**WELL.channels, 32: ("log", without("read_message_history"))}) == (
        Lack(Need.HISTORY, "log_channel", "log"),
    )


def test_a_channel_that_does_not_exist_is_told_with_the_names() -> None:
    assert judged(channels={}) == ()


def test_an_approval_needs_the_permission_and_a_role_above() -> None:
    without_both = judged(gives_roles=False, lower_roles={1})
    assert [lack.need for lack in without_both] == [Need.GIVE_ROLES, Need.RANK]
    assert {lack.name for lack in without_both} == {"Friends"}


@pytest.mark.parametrize(
    "section",
    [
        replace(SECTION, admin_channel=None),
        replace(SECTION, member_roles=()),
        replace(SECTION, member_roles=("unknown", "Friends")),
    ],
)
def test_without_approvals_no_role_is_to_be_given(section: DiscordSection) -> None:
    """An approval gives the first member role only."""
    assert judged(section, gives_roles=False, lower_roles={1}) == ()


def test_a_role_of_all_members_is_not_given() -> None:
    section = replace(SECTION, member_roles=("@everyone",))
    found = lacks(section, lambda role: 1, IDS.get, replace(WELL, gives_roles=False, lower_roles=()))
    assert found == ()


@pytest.mark.parametrize("need", Need)
def test_each_lack_has_a_sentence_with_a_plain_name(need: Need) -> None:
    text = describe(words, Lack(need, "admin_channel", "na\u200bme", ("view_channel",)))
    assert text
    assert "\u200b" not in text
