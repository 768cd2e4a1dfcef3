"""Requests of all kinds in an order, for a gateway with an empty state."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Any

from gateway.api.connections import Block, GetConnections, LetIn, SetFriendsOnly, Unblock
from gateway.api.contract import (
    AddForward,
    ExtendForward,
    GetAudit,
    GetMoved,
    GetPolicy,
    GetStatus,
    Give,
    Join,
    List,
    RemoveForward,
    Rename,
    Request,
    Revoke,
    Rotate,
    SetGuest,
    SetLan,
    Suspend,
)
from gateway.api.forgetting import Forget
from gateway.api.history import GetHistory
from gateway.api.measures import GetMeasures
from gateway.api.naming import KeepName
from gateway.api.target import SetToPort
from gateway.keys import PrivateKey
from gateway.model import Duration, parse_ports
from tests.net.gateway import ADMIN, ALICE, BOB


def requests() -> Sequence[Request[Any]]:
    """Return requests that succeed and that fail, in ways of each kind."""
    keys = [PrivateKey.generate().public_key for _ in range(6)]
    hour = Duration.parse("1h")
    return (
        GetPolicy(actor=BOB),
        AddForward(actor=ALICE, ports=parse_ports("25565")),
        Join(actor=ALICE, device="pc", public_key=keys[0]),
        Join(actor=ALICE, device="PC", public_key=keys[1]),
        Join(actor=BOB, device="pc", public_key=keys[0]),
        Join(actor=BOB, device="", public_key=keys[2]),
        Join(actor=BOB, device="pc", public_key=keys[3], duration=hour),
        Join(actor=BOB, device="pc", public_key=keys[4], owner=ALICE.id),
        AddForward(actor=ALICE, ports=parse_ports("25565")),
        AddForward(actor=BOB, ports=parse_ports("25565")),
        AddForward(actor=BOB, ports=parse_ports("80")),
        AddForward(actor=BOB, ports=parse_ports("2456-2458, 27015/udp"), label="Valheim"),
        AddForward(actor=BOB, ports=parse_ports("3000-3999")),
        SetToPort(actor=ALICE, ids=(1,), to_port=25566),
        Rename(actor=ALICE, device="pc", new_name="tower"),
        Rename(actor=ALICE, device="pc", new_name="tower"),
        Rotate(actor=ALICE, device="tower", public_key=keys[5]),
        ExtendForward(actor=ALICE, ids=(1,), duration=hour),
        ExtendForward(actor=ALICE, ids=(999,)),
        Block(actor=ALICE, ids=(1,), network=IPv4Network("198.51.100.7")),
        LetIn(actor=ALICE, ids=(1,), network=IPv4Network("198.51.100.8")),
        Unblock(actor=ALICE, ids=(1,), network=IPv4Network("198.51.100.99")),
        SetFriendsOnly(actor=ALICE, ids=(1,), on=True),
        GetConnections(actor=ALICE),
        RemoveForward(actor=BOB, ports=parse_ports("2457")),
        RemoveForward(actor=ALICE, ports=parse_ports("4000")),
        Give(actor=ALICE, device="tower", to=BOB.id),
        List(actor=BOB, everyone=True),
        List(actor=ADMIN, everyone=True),
        GetStatus(actor=ADMIN, everyone=True),
        GetStatus(actor=ALICE),
        GetHistory(actor=ADMIN),
        Suspend(actor=ADMIN, owner=BOB.id, suspended=True, reason="the role is gone"),
        AddForward(actor=BOB, ports=parse_ports("5000")),
        Suspend(actor=ADMIN, owner=BOB.id, suspended=False),
        SetGuest(actor=ADMIN, owner=BOB.id, duration=hour),
        GetMoved(actor=ADMIN),
        SetLan(actor=BOB, on=True),
        SetLan(actor=ADMIN, on=True),
        GetMeasures(actor=ADMIN),
        KeepName(actor=ADMIN),
        Forget(actor=ADMIN, member=BOB.id),
        RemoveForward(actor=ALICE, ports=parse_ports("25565")),
        Revoke(actor=ADMIN, owner=BOB.id),
        GetAudit(actor=ADMIN, limit=100),
    )
