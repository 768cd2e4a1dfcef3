"""The bot stays unprivileged by what it can reach."""

from __future__ import annotations

import ast
from pathlib import Path

import bot

SHARED = {"model", "errors", "codec", "api.contract", "api.client", "api.transport", "keys", "config"}
FILES = sorted(Path(bot.__path__[0]).glob("**/*.py"))


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports would hide where something comes from"
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_the_bot_imports_only_the_shared_half_of_the_gateway() -> None:
    """A bot that imported the daemon's modules would carry its privileged code."""
    assert FILES
    for file in FILES:
        names = {name.removeprefix("gateway.") for name in imported(ast.parse(file.read_text())) if "gateway." in name}
        foreign = {name for name in names if not any(f"{name}.".startswith(f"{module}.") for module in SHARED)}
        assert not foreign, f"{file} imports {foreign}"
