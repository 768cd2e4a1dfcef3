"""Buttons, menus and forms find out from their custom_id what they are about, on messages of earlier versions too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.access.buttons import RequestButton, reason_form
from bot.admin.pages import Go, Pick, Spot
from bot.admin.revoke import RevokeButton
from bot.matches.buttons import AnnounceButton, CloseButton
from bot.ports.offer import OpenInstead
from bot.ports.proof import CheckButton
from bot.ports.reminders import ReminderButton
from gateway.api.contract import Actor, AddForward
from gateway.model import Duration, PortRange, PortSpec, Protocol

# Messages with these are out there. Change none of the strings: that would break their buttons.
POSTED = {
    "remind:extend:1769900000:7,8,9": ReminderButton("extend", 1769900000, (7, 8, 9)),
    "remind:close:1769900000:7": ReminderButton("close", 1769900000, (7,)),
    "go:next:peers:123456789012345678:connected:10:0:0": Go(
        "next", Spot("peers", "123456789012345678", "connected", 10)
    ),
    "go:back:forwards::25565/tcp:0:0:7": Go("back", Spot("forwards", "", "25565/tcp", 0, 0, 7)),
    "go:previous:audit:::21:0:0": Go("previous", Spot("audit", at=21), disabled=True),
    "pick:peers:::20:5:0": Pick(Spot("peers", at=20, peer=5), None, ()),
    "revoke:revoke:0123456789ab:5:123456789012345678": RevokeButton("revoke", "123456789012345678", 5, "0123456789ab"),
    "revoke:cancel:0123456789ab::uid:0\nroot": RevokeButton("cancel", "uid:0\nroot", None, "0123456789ab"),
    "proof:7-9": CheckButton(range(7, 10)),
    "announce:7-7": AnnounceButton(range(7, 8)),
    "card:close:7-9": CloseButton(range(7, 10)),
    "access:approve:1234567890": RequestButton("approve", 1234567890),
    "access:deny:1234567890": RequestButton("deny", 1234567890),
    "access:reason:1234567890": reason_form(1234567890),
    "open:25566:both:25565:::": OpenInstead.of(
        AddForward(actor=Actor(id="1", name="x"), ports=(PortSpec(PortRange(25565, 25565)),)), "25566"
    ),
    "open!:2459-2461/udp:both:2456:2h:valheim:pc: new": OpenInstead.of(
        AddForward(
            actor=Actor(id="1", name="x"),
            ports=(PortSpec(PortRange(2456, 2458), Protocol.UDP),),
            duration=Duration(timedelta(hours=2)),
            label="Valheim",
            device="pc: new",
        ),
        "2459-2461",
        announce=True,
    ),
    "open:7778/tcp:both:80:forever::": OpenInstead.of(
        AddForward(
            actor=Actor(id="1", name="x"),
            ports=(PortSpec(PortRange(7777, 7777), Protocol.TCP),),
            to_port=80,
            duration=Duration(None),
        ),
        "7778",
    ),
}


@pytest.mark.parametrize("custom_id", POSTED)
async def test_the_custom_id_stays_as_it_is(custom_id: str) -> None:
    found = POSTED[custom_id]
    assert found
    assert getattr(found, "custom_id", None) == custom_id
