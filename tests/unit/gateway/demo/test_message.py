"""The bot's messages at the demo's prompt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import discord
import pytest

from gateway.demo import message

NOW = datetime(2026, 1, 31, 20, 0, tzinfo=UTC)


def _in(**length: int) -> str:
    return f"<t:{int((NOW + timedelta(**length)).timestamp())}:R>"


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("**Port 25565 is open.** *Activate*", "Port 25565 is open. Activate"),
        (r"**my\_pc\*** of \<kim>", "my_pc* of <kim>"),
        ("To close it: `/unforward port:25565`", "To close it: `/unforward port:25565`"),
        ("### What do you want to add?", "What do you want to add?"),
        ("#general", "#general"),
        ("-# Also open: 25566", "Also open: 25566"),
        ("```\n203.0.113.1:25565\n```\nafter", "    203.0.113.1:25565\nafter"),
    ],
)
def test_markdown_is_gone_and_escaped_characters_stay(markdown: str, shown: str) -> None:
    """Outside of a terminal nothing is bold."""
    assert message.text(markdown, NOW) == shown


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        ({"hours": 12}, "in 12 hours"),
        ({"seconds": 12 * 3600 - 1}, "in 12 hours"),
        ({"days": 1}, "in 1 day"),
        ({"minutes": -3}, "3 minutes ago"),
        ({"seconds": -1}, "1 second ago"),
        ({}, "just now"),
    ],
)
def test_a_distance_in_time_is_told_as_discord_tells_it(length: dict[str, int], shown: str) -> None:
    assert message.text(f"Closes {_in(**length)}.", NOW) == f"Closes {shown}."


def test_an_embed_is_its_title_text_fields_and_footer() -> None:
    embed = discord.Embed(title="All devices", description="**1** of 2")
    embed.add_field(name="🟢 pc", value="Connected\nSent 1 kB").set_footer(text="Page 1 of 2")
    assert message.embed(embed, NOW) == "All devices\n1 of 2\n🟢 pc\n  Connected\n  Sent 1 kB\nPage 1 of 2"


def test_a_layout_is_its_texts_links_and_files() -> None:
    """Buttons that press something are the prompt's own."""
    view = discord.ui.LayoutView()
    link = discord.ui.Button[discord.ui.LayoutView](label="Get WireGuard", url="https://example.org")
    pressed = discord.ui.Button[discord.ui.LayoutView](label="It doesn't work", custom_id="trouble")
    view.add_item(
        discord.ui.Container(
            discord.ui.Section("**1.** Install", accessory=link),
            discord.ui.Separator(),
            discord.ui.File("attachment://pc.conf"),
            discord.ui.ActionRow(pressed),
        )
    )
    shown = message.layout(view, NOW)
    view.stop()
    assert shown == "1. Install\n    Get WireGuard: https://example.org\n📎 pc.conf"
