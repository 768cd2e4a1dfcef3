"""`guildgate doctor` on a machine with systemd: what it says of the services, from `systemctl show`."""

from __future__ import annotations

import json

import pytest

from tests.boot.conftest import WAYS
from tests.boot.machine import Machine

pytestmark = [pytest.mark.root, pytest.mark.long, pytest.mark.timeout(300)]

GATEWAY, BOT = "guildgate-gateway", "guildgate-bot"
WITHOUT_TOKEN = f"{BOT} is stopped, and starts only with a secret in /etc/guildgate/token"


async def services(machine: Machine) -> list[str]:
    """Return what the doctor says of the services."""
    found = json.loads(await machine.run("sh", "-c", "guildgate doctor --json; true"))["findings"]
    assert not [each for each in found if each["code"] == "doctor"]
    return [each["detail"] for each in found if each["code"] == "services"]


async def test_the_doctor_tells_how_the_services_are(machine: Machine) -> None:
    await machine.run(*WAYS["install"].install)
    assert await services(machine) == [WITHOUT_TOKEN]
    await machine.run("systemctl", "disable", "--quiet", GATEWAY)
    await machine.run("systemctl", "stop", GATEWAY)
    assert await services(machine) == [f"{GATEWAY} does not start at a boot", f"{GATEWAY} is stopped", WITHOUT_TOKEN]
    await machine.run("systemctl", "enable", "--now", "--quiet", GATEWAY)
    # The configuration names no server, which is a mistake for the bot alone.
    await machine.run("install", "-m", "600", "/dev/stdin", "/etc/guildgate/token", stdin="a.token\n")
    await machine.run("systemctl", "start", BOT)
    await machine.run("sh", "-c", f"while systemctl is-active --quiet {BOT}; do sleep 0.2; done")
    assert await services(machine) == [f"{BOT} has failed (exit-code)"]
    await machine.run("systemctl", "disable", "--quiet", BOT)
    await machine.run("systemctl", "reset-failed", BOT)
    assert await services(machine) == [f"{BOT} does not start at a boot", f"{BOT} is stopped"]
