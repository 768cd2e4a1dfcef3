"""The doctor's judgement of systemd's units, from what `systemctl show` says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.doctor.finding import Finding, Level
from gateway.doctor.services import BOT, GATEWAY, judge, versions

RUNNING = {
    "LoadState": "loaded",
    "ActiveState": "active",
    "SubState": "running",
    "Result": "success",
    "UnitFileState": "enabled",
    "NeedDaemonReload": "no",
    "NRestarts": "0",
}


def judged(changes: dict[str, str] | None = None, installed: str = "1.0") -> list[Finding]:
    """Return the findings about two units, of which the second one has `changes`."""
    gateway, bot = (RUNNING | {"Id": name} for name in (GATEWAY, BOT))
    return list(judge([gateway, bot | (changes or {})], {installed}, "1.0", {}))


def test_running_services_are_well() -> None:
    (found,) = judged()
    assert (found.level, found.detail) == (
        Level.OK,
        "guildgate-gateway and guildgate-bot run, start at each boot, and are of version 1.0",
    )


def test_a_host_without_services_is_told_how_to_get_them() -> None:
    (found,) = judge([{"Id": name, "LoadState": "not-found"} for name in (GATEWAY, BOT)], set(), "1.0", {})
    assert found.level is Level.OK
    assert "./run install" in found.detail


@pytest.mark.parametrize(
    ("changes", "level", "said"),
    [
        ({"ActiveState": "failed", "Result": "exit-code"}, Level.FAILURE, "has failed (exit-code)"),
        ({"ActiveState": "inactive"}, Level.FAILURE, "is stopped"),
        (
            {"ActiveState": "activating", "SubState": "auto-restart", "NRestarts": "7"},
            Level.WARNING,
            "is not up yet (auto-restart, started again 7 times)",
        ),
        ({"UnitFileState": "disabled"}, Level.WARNING, "does not start at a boot"),
        ({"NeedDaemonReload": "yes"}, Level.WARNING, "was changed and not read again"),
        ({"LoadState": "masked"}, Level.FAILURE, "is not installed (masked)"),
    ],
)
def test_each_trouble_of_a_unit_is_named(changes: dict[str, str], level: Level, said: str) -> None:
    (found,) = judged(changes)
    assert found.level is level
    assert said in found.detail
    assert "guildgate-bot" in found.detail
    assert found.fix


def test_a_bot_without_a_token_is_told_where_to_write_it() -> None:
    gateway, bot = (RUNNING | {"Id": name, "ActiveState": "inactive"} for name in (GATEWAY, BOT))
    first, second = judge([gateway, bot], {"1.0"}, "1.0", {BOT: Path("/etc/guildgate/token")})
    assert first.detail == "guildgate-gateway is stopped"
    assert second.detail == "guildgate-bot is stopped, and starts only with a secret in /etc/guildgate/token"


def test_services_of_another_version_are_told() -> None:
    (found,) = judged(installed="0.9")
    assert (found.level, found.detail) == (Level.WARNING, "the services are of version 0.9, and this doctor is of 1.0")


def test_the_version_is_that_of_the_environment_which_the_unit_starts(tmp_path: Path) -> None:
    (tmp_path / "lib/python3.11/site-packages/guildgate-1.2.dist-info").mkdir(parents=True)
    start = f"{{ path={tmp_path}/bin/guildgate ; argv[]={tmp_path}/bin/guildgate gateway ; ignore_errors=no }}"
    assert versions([{"ExecStart": start}, {"ExecStart": ""}]) == {"1.2"}
