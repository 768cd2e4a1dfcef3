"""The codes of findings, by which programs read `guildgate doctor --json`. A code is never renamed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import gateway.doctor
import gateway.foreign.advice
from bot.report import Rank, Subject
from gateway.cause import Cause
from gateway.doctor import Level
from gateway.doctor.finding import ok

CODES = {
    "backup", "backups", "bus", "clock", "commands", "configs", "configuration", "conntrack", "database", "discord",
    "disk", "doctor", "firewalls", "flow-table", "forwarding", "friends", "from-outside", "gateway", "intents",
    "ipv6-route", "listen-port", "metrics", "name", "new-machine", "nf_tables", "old-machine", "permissions",
    "privileges", "problem", "provider", "public-address", "reserved-ports", "reverse-path", "roles-and-channels",
    "services", "socket-users", "standby", "state", "token", "tunnel-size", "version", "vpn-subnets", "way-out",
    "way-to-devices", "wireguard",
}  # fmt: skip
# The codes of checks that the running gateway makes itself, and that admins see in Discord when they find something.
RESIDENT = {
    "backups", "clock", "configs", "conntrack", "database", "disk", "doctor", "firewalls", "flow-table", "forwarding",
    "gateway", "ipv6-route", "listen-port", "nf_tables", "privileges", "problem", "public-address", "reserved-ports",
    "reverse-path", "socket-users", "state", "tunnel-size", "version", "vpn-subnets", "way-out", "way-to-devices",
    "wireguard",
}  # fmt: skip
_FOLDER = Path(gateway.doctor.__path__[0])
_RESIDENT_FILES = [_FOLDER / f"{name}.py" for name in ("checks", "network", "disk", "databases", "house")]
_IN_TERMINAL_ONLY = {"move", "_friends"}
_FINE = {"name", "from-outside"}  # they only ever say that all is well


def titles(files: Iterable[Path]) -> Iterator[str]:
    """Return the titles in the code of the doctor: first arguments of findings, and what `title` is set to."""
    for file in files:
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
    assert {ok(title, "").code for title in (*titles(_FOLDER.glob("*.py")), *Subject)} == CODES


def test_the_checks_of_the_running_gateway_are_known() -> None:
    files = [file for file in _RESIDENT_FILES if file.name != "house.py"]
    assert {ok(title, "").code for title in titles(files)} - _FINE == RESIDENT - {"backups", "configs"}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that make a finding, but for those that only the terminal makes."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef) and node.name in _IN_TERMINAL_ONLY:
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("warning", "failure"):
            yield node
        yield from calls(node)


@pytest.mark.parametrize("file", _RESIDENT_FILES, ids=lambda file: file.name)
def test_what_the_running_gateway_finds_wrong_has_a_cause(file: Path) -> None:
    """Discord's sentence goes by it."""
    found = [*calls(ast.parse(file.read_text()))]
    assert found
    assert not [node.lineno for node in found if "cause" not in {keyword.arg for keyword in node.keywords}]


def test_every_cause_is_found_somewhere() -> None:
    sources = "".join(file.read_text() for file in (*_RESIDENT_FILES, Path(gateway.foreign.advice.__file__)))
    assert not [cause for cause in Cause if f"Cause.{cause.name}" not in sources]


def test_the_bots_report_has_the_doctors_levels() -> None:
    assert {str(rank) for rank in Rank} == {str(level) for level in Level}
