"""Matches by hand, for the pure parts of the live message."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.panel.overview import Match, Overview
from gateway.api.contract import ForwardInfo
from gateway.model import PortRange
from tests.unit.bot.core.test_render import FORWARD, NOW

ADDRESS = "vps.example.org"


def match(number: int = 1, **changes: Any) -> Match:
    """Return a match that began at NOW; fields of its only forward may be given too."""
    fields: dict[str, Any] = {"id": number, "label": "Minecraft (Java)"}
    fields |= {name: changes.pop(name) for name in [*changes] if name in ForwardInfo.__slots__}
    forward = replace(FORWARD, **fields)
    usual: dict[str, Any] = {"forwards": (forward,), "players": 0, "is_online": True, "online_since": NOW}
    return Match(**usual | changes)


def overview(*matches: Match, **changes: Any) -> Overview:
    usual: dict[str, Any] = {"matches": matches, "address": ADDRESS, "devices": 8, "online": 6}
    return Overview(**usual | changes)


def full(count: int = 25) -> Overview:
    """Return a full server whose hosts and games have the longest names, with many players."""
    matches = (
        match(
            number,
            owner_name=f"*{'_' * 40}{number}",
            label="*" * 32,
            ports=PortRange(60000 + number, 60000 + number),
            created_at=NOW + timedelta(seconds=number),
            expires_at=NOW + timedelta(hours=12),
            players=999,
            slots=1000,
        )
        for number in range(1, count + 1)
    )
    return overview(*matches, address="a" * 63 + "." + "b" * 63 + "." + "c" * 63)
