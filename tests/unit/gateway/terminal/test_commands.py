"""The declarations of the terminal's commands are complete: no operation, field or line of the README is forgotten."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from gateway.api.operations import OPERATIONS
from gateway.terminal.commands import COMMANDS, Command

README = (Path(__file__).parents[4] / "README.md").read_text()
WITHOUT_COMMAND = {
    "erasures": "only the bot has to know what it shall forget",
    "decide": "only the bot knows what Discord says; `suspend` and `restore` are an admin's",
    "decisions": "only the bot compares them with its own",
    "moved": "the bot tells owners; `guildgate move` shows who is away",
    "name": "only gateway/names keeps it",
    "watch-name": "only gateway/names keeps it",
    "diagnose": "`guildgate doctor` sees more, as root",
    "keep_playing": "a member chooses it, by a button of /traffic",
    "follow": "gateway/courier carries copies to the standby, which alone reads them",
    "standby": "`guildgate standby status`",
    "set-standby": "`guildgate standby allow` and `remove`",
    "measure": "gateway/metrics serves it, for curl as well",
    "stand": "only gateway/courier knows of the lease",
    "take-copy": "only gateway/courier has it",
}


def test_every_operation_has_a_command_or_a_reason_why_not() -> None:
    offered = {command.request for command in COMMANDS}
    missing = {name for name, kind in OPERATIONS.items() if kind not in offered}
    assert missing == WITHOUT_COMMAND.keys(), f"nothing can be typed for {', '.join(missing)}"


def test_every_command_has_a_name_of_its_own() -> None:
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_what_is_typed_fills_the_request(command: Command[Any]) -> None:
    """Each argument leads to a field, and each field without a default is filled."""
    fields = {field.name: field for field in dataclasses.fields(command.request)}
    filled = {*command.settings, *(argument.to for argument in command.arguments)}
    assert command.find or filled <= fields.keys()
    needed = {
        name
        for name, field in fields.items()
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    of_themselves = {"actor", "public_key", *(("ids",) if command.find else ())}
    assert needed <= filled | of_themselves


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_stands_in_the_readme(command: Command[Any]) -> None:
    assert re.search(rf"^sudo ./run {command.name}\b", README, re.MULTILINE)
