"""Many looks at once, of which some break or hang."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import gateway.doctor
from gateway.doctor import Level, checks, examine
from gateway.doctor.atonce import Unread, at_once
from gateway.doctor.finding import Finding
from tests.unit.gateway.doctor.test_doctor import facts, section


def refused() -> object:
    raise PermissionError(13, "Permission denied")


def broken() -> object:
    raise KeyError("left over")


def test_a_look_that_breaks_or_hangs_leaves_the_others_alone() -> None:
    """The looks run beside each other: the first one ends because of the last one."""
    met, never = threading.Event(), threading.Event()
    found = at_once(
        {"first": lambda: met.wait(5), "refused": refused, "broken": broken, "hung": never.wait, "last": met.set}, 0.1
    )
    never.set()
    assert found["first"] is True
    assert [str(found[name]) for name in ("refused", "broken", "hung")] == [
        "refused could not be looked at: permission denied",
        "broken could not be looked at: KeyError: 'left over'",
        "hung could not be looked at: there was no answer within 0.1 s",
    ]


def test_a_fact_that_could_not_be_read_ends_only_its_checks() -> None:
    """Two checks ask for the addresses, and one line says that they are unknown."""
    well = checks.judge(facts(), section())
    found = checks.judge(facts(addresses=Unread("addresses", "a fault")), section())
    (unknown,) = [finding for finding in found if finding.title == "doctor"]
    assert (unknown.level, unknown.detail) == (Level.WARNING, "addresses could not be looked at: a fault")
    assert {finding.title for finding in well} - {finding.title for finding in found} == {"VPN subnets"}


def test_a_check_that_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "conntrack", lambda facts: broken())
    found = checks.judge(facts(), section())
    assert [finding.detail for finding in found if finding.title == "doctor"] == [
        "a part of this host could not be looked at: KeyError: 'left over'"
    ]
    assert "public address" in {finding.title for finding in found}


def test_a_part_that_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def disks(states: object) -> list[Finding]:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(gateway.doctor, "disks", disks)
    config = tmp_path / "config.toml"
    config.write_text(f'[gateway]\nstate_dir = "{tmp_path}"\n[discord]\nstate_dir = "{tmp_path}"\n')
    found = examine(config)
    assert "the disks could not be looked at: input/output error" in {finding.detail for finding in found}
    assert "services" in {finding.title for finding in found}
