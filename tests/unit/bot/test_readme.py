"""The README's tables of slash commands are complete."""

from __future__ import annotations

import re
from pathlib import Path

from bot import commands
from bot.admin import commands as admin

README = (Path(__file__).parents[3] / "README.md").read_text()


def test_every_slash_command_stands_in_the_tables() -> None:
    cells = re.findall(r"^\| (`/.*?) \|", README, re.MULTILINE)
    told = {name for cell in cells for name in re.findall(r"`/([a-z]+)", cell)}
    offered = {callback.__name__ for callback in (*commands.COMMANDS, *admin.COMMANDS)}
    assert offered - told == set(), "these have no row"
    assert told - offered == set(), "these are no commands any more"
