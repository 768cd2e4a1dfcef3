"""What the demo says before it begins, when something is missing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from gateway import demo
from gateway.__main__ import main

NEEDED = "the tour of a fleet needs nats-server: `sudo ./run demo --tour --fleet` in a checkout gets it"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder that programs are looked for in."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_a_fleet_needs_a_nats_server(programs: Path) -> None:
    assert demo._lacks_of_a_fleet() == NEEDED


@pytest.mark.parametrize("content", [b"\x7fELF of another machine", b"#!/bin/false\n"])
def test_a_nats_server_that_does_not_run_here_is_named(programs: Path, content: bytes) -> None:
    program = programs / "nats-server"
    program.write_bytes(content)
    program.chmod(0o755)
    said = f"{program} does not run on this machine: put a nats-server that does first in the PATH"
    assert demo._lacks_of_a_fleet() == said


def test_a_fleet_is_a_tour(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--fleet"]) == os.EX_USAGE
    assert capsys.readouterr().err == "guildgate: --fleet is a tour so far: try `demo --tour --fleet`\n"
