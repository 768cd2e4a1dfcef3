"""The README's tables of slash commands are complete, and its command lines keep secrets."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

from bot import commands
from bot.admin import commands as admin
from bot.core import hiding
from bot.setup import setup

README = (Path(__file__).parents[3] / "README.md").read_text()


def told_in(text: str) -> set[str]:
    """Return the slash commands that stand in the tables of the text."""
    cells = re.findall(r"^\| (`/.*?) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`/([a-z]+)", cell)}


def test_every_slash_command_stands_in_the_tables() -> None:
    told = told_in(README)
    callbacks = (*commands.COMMANDS, *admin.COMMANDS, *setup.COMMANDS)
    offered = {callback.__name__ for callback in callbacks} | commands.ALSO.keys()
    assert offered - told == set(), "these have no row"
    assert told - offered == set(), "these are no commands any more"


def test_the_commands_of_the_admins_table_are_those_that_can_be_hidden_from_members() -> None:
    _, of_admins = README.split("Admins see everyone's `/status`, and have more commands:")
    assert told_in(of_admins) == hiding.COMMANDS | hiding.ALWAYS


def test_no_command_line_writes_a_secret_that_others_can_read() -> None:
    """A shell makes files with mode 644; --output makes them with 600."""
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.split("\n")]
    assert [line for line in lines if re.search(r" (join|rotate) .*--output ", line)]
    assert not [line for line in lines if ">" in line]


def test_the_command_line_for_the_token_keeps_it_for_its_owner(tmp_path: Path) -> None:
    """It does so also where a file with other permissions is there already."""
    (line,) = re.findall(r"^sudo (install .*/dev/stdin .*?) +#", README, re.MULTILINE)
    file = tmp_path / "token"
    file.write_text("old")
    file.chmod(0o644)
    argv = [str(file) if word == "/etc/guildgate/token" else word for word in shlex.split(line)]
    subprocess.run(argv, input=b"secret\n", check=True)
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("secret\n", 0o600)
