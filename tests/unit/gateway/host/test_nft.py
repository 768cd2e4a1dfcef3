"""Calls of libnftables in a child process, which may end in any way."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gateway.host import nft


def child(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    monkeypatch.setattr(nft, "_SOURCE", source)


def test_each_command_has_its_outcome() -> None:
    """Neither needs a privilege: the first is no command at all, the second has no effect."""
    wrong, fine = nft.run("no command", "")
    assert wrong.code == 1
    assert "syntax error" in wrong.complaint
    assert (fine.code, fine.output) == (0, "")


def test_a_crash_is_an_outcome_and_earlier_answers_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    child(monkeypatch, "import os; os.write(1, b'0 2 0\\nok'); os.kill(os.getpid(), 11)")
    first, second, third = nft.run("a", "b", "c")
    assert (first.code, first.output) == (0, "ok")
    assert second == third == nft.Outcome(-11, "", "libnftables of this host crashes (SIGSEGV)")
    assert second.crashed
    assert not first.crashed


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("print('garbage')", "libnftables cannot be asked (exit code 0)"),
        ("print('0 99 0')", "libnftables cannot be asked (exit code 0)"),
        ("raise OSError('libnftables.so.1 is missing')", "cannot be asked (OSError: libnftables.so.1 is missing)"),
        ("import time; time.sleep(60)", "libnftables did not answer within 0.05 s"),
    ],
)
def test_a_child_that_does_not_answer_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, source: str, complaint: str
) -> None:
    child(monkeypatch, source)
    if "time" in source:
        monkeypatch.setattr(nft, "_TIMEOUT_S", 0.05)
    (outcome,) = nft.run("list ruleset")
    assert (outcome.code, outcome.output) == (-1, "")
    assert complaint in outcome.complaint
    assert not outcome.crashed


def test_an_interpreter_out_of_reach_is_no_hindrance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The gateway's own user may not execute one in root's home; the gateway calls libnftables itself then."""
    monkeypatch.setattr(nft, "_PYTHON", str(tmp_path / "python3"))
    (outcome,) = nft.run("no command")
    assert outcome.code == 1
    assert "syntax error" in outcome.complaint


def test_the_interpreter_is_none_of_a_virtual_environment() -> None:
    assert Path(nft._PYTHON) == Path(sys.executable).resolve()
