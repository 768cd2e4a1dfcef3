"""The codes of findings, by which programs read `guildgate doctor --json`. A code is never renamed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import gateway.doctor
from bot.report import Rank, Subject
from gateway.doctor import Level
from gateway.doctor.finding import ok

CODES = {
    "backup", "backups", "clock", "commands", "configs", "configuration", "conntrack", "database", "discord", "disk",
    "doctor", "firewalls", "flow-table", "forwarding", "friends", "from-outside", "gateway", "intents", "ipv6-route",
    "listen-port", "metrics", "name", "new-machine", "nf_tables", "old-machine", "permissions", "privileges", "problem",
    "provider", "public-address", "reserved-ports", "reverse-path", "roles-and-channels", "services", "socket-users",
    "state", "token", "tunnel-size", "version", "vpn-subnets", "way-out", "way-to-devices", "wireguard",
}  # fmt: skip


def titles() -> Iterator[str]:
    """Return the titles in the code of the doctor: first arguments of findings, and what `title` is set to."""
    for file in Path(gateway.doctor.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(
                    func=ast.Name(id="ok" | "warning" | "failure"), args=[ast.Constant(value=str(title)), *_]
                ):
                    yield title
                case ast.Assign(targets=[ast.Name(id="title" | "_TITLE")], value=ast.Constant(value=str(title))):
                    yield title
                case ast.Assign(
                    targets=[ast.Tuple(elts=[ast.Name(id="title"), _])],
                    value=ast.Tuple(elts=[ast.Constant(value=str(title)), _]),
                ):
                    yield title


def test_every_check_has_its_code() -> None:
    assert {ok(title, "").code for title in (*titles(), *Subject)} == CODES


def test_the_bots_report_has_the_doctors_levels() -> None:
    assert {str(rank) for rank in Rank} == {str(level) for level in Level}
