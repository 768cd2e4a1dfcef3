"""What the bot saw of the configured roles and channels when it last looked at the server."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from bot.config import DiscordSection, Kind, Named
from gateway.doctor.finding import Finding, ok, warning

_TITLE = "Discord"


def misnamed(section: DiscordSection) -> Iterator[Finding]:
    """Find configured roles and channels that do not exist or bear another name; nothing before the bot's first look.

    The bot's database tells, because the doctor asks nothing of Discord.
    """
    wanted = section.named()
    try:
        with closing(sqlite3.connect(f"{(section.state_dir / 'bot.db').as_uri()}?mode=ro", uri=True)) as db:
            guild = (str(section.guild),)
            rows = db.execute("SELECT kind, name, sentence FROM misnamed WHERE guild = ?", guild).fetchall()
            known = db.execute("SELECT kind, name FROM named WHERE guild = ?", guild).fetchall()
    except sqlite3.Error:
        return
    sentences = [sentence for kind, name, sentence in rows if Named(Kind(kind), name) in wanted]
    for sentence in sentences:
        yield warning(_TITLE, sentence, "Correct [discord] and restart the bot; this is what it last saw.")
    if not sentences and any(Named(Kind(kind), name) in wanted for kind, name in known):
        yield ok(_TITLE, "the bot last saw every configured role and channel")
