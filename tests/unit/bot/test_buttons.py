"""The custom_ids of buttons, menus and forms, which also stand in messages of earlier versions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.access.buttons import (
    AddButton,
    AddInButton,
    ApproveButton,
    DenyButton,
    DenyForm,
    HostButton,
    NewSetupButton,
    RotateButton,
    RotateInButton,
    SendButton,
    TroubleButton,
)
from bot.access.purpose import Platform
from bot.admin.pages import Go, Pick, Spot
from bot.admin.revoke import RevokeButton
from bot.core.buttons import MAX_NUMBER, MAX_RANGE, Button, Component, Form
from bot.graphs.traffic import NightsButton, TrafficButton
from bot.log.buttons import BringBack
from bot.matches.buttons import AnnounceAnywayButton, AnnounceButton, CloseButton
from bot.nights.button import StopButton
from bot.panel.buttons import AddForm, HostForm, HostMenu, PanelButton
from bot.ports.answer import CheckButton
from bot.ports.change import ChangeButton, ChangeForm
from bot.ports.connections import ConnectionButton, ConnectionMenu, LetInButton, LetInForm, Place
from bot.ports.offer import OpenAndAnnounce, OpenInstead
from bot.ports.opening import AddDeviceButton, CloseMenu, DeviceMenu, OpenButton, Opening, PortList
from bot.ports.otherport import HowButton, OtherPortButton, OtherPortForm
from bot.ports.reminders import ReminderButton
from bot.setup.setup import SetupButton, SetupForm
from gateway.api.history import Period
from gateway.model import Duration, Key, Mode, PortSpec, Protocol, parse_ports

spec = PortSpec.parse

KEY = Key(bytes(range(32)))
# Messages in Discord have these custom_ids. Change none of the strings: their buttons would stop working.
POSTED = {
    "remind:extend:1769900000:7,8,9": ReminderButton("extend", 1769900000, (7, 8, 9)),
    "remind:close:1769900000:7": ReminderButton("close", 1769900000, (7,)),
    "go:next:peers:123456789012345678:connected:10:0:0": Go(
        "next", Spot("peers", "123456789012345678", "connected", 10)
    ),
    "go:back:forwards::25565/tcp:0:0:7": Go("back", Spot("forwards", "", "25565/tcp", 0, 0, 7)),
    "go:previous:audit:::21:0:0": Go("previous", Spot("audit", at=21)),
    "pick:peers:::20:5:0": Pick(Spot("peers", at=20, peer=5)),
    "revoke:revoke:0123456789ab:5:123456789012345678": RevokeButton("revoke", "0123456789ab", 5, "123456789012345678"),
    "revoke:cancel:0123456789ab::uid:0\nroot": RevokeButton("cancel", "0123456789ab", None, "uid:0\nroot"),
    "traffic:week:123456789012345678": TrafficButton(Period.WEEK, "123456789012345678"),
    "traffic:day:": TrafficButton(Period.DAY, ""),
    "nights:on:month": NightsButton("on", Period.MONTH),
    "proof:7-9": CheckButton(range(7, 10)),
    "how:": HowButton(),
    "change:7-8": ChangeButton(range(7, 9)),
    "change-form:7-8": ChangeForm(range(7, 9)),
    "other-port:7-7": OtherPortButton(range(7, 8)),
    "other-port-form:7-7": OtherPortForm(range(7, 8)),
    "announce:7-7": AnnounceButton(range(7, 8)),
    "announce-anyway:7-7": AnnounceAnywayButton(range(7, 8)),
    "card:close:7-9": CloseButton(range(7, 10)),
    "conn:kick:flow:7,8:10:1234567890": ConnectionButton("kick", Place("flow", (7, 8), 10, 1234567890)),
    "conns:rules::0:0": ConnectionMenu(Place("rules")),
    "letin:flows:7:0:0": LetInButton(Place(ids=(7,))),
    "letform:flows:7:0:0": LetInForm(Place(ids=(7,))),
    "access:approve:1234567890": ApproveButton(1234567890),
    "access:deny:1234567890": DenyButton(1234567890),
    "access:reason:1234567890": DenyForm(1234567890),
    "join:windows:full:46::pc": AddButton(Platform.WINDOWS, Mode.FULL, "46", None, "pc"),
    f"join:phone:split:4:{KEY}:my: phone": AddButton(Platform.PHONE, Mode.SPLIT, "4", KEY, "my: phone"),
    "join-in:us:mac:full:46::a:b": AddInButton("us", AddButton(Platform.MAC, Mode.FULL, "46", None, "a:b")),
    "rotate:linux:4:pc": RotateButton(Platform.LINUX, "4", "pc"),
    "rotate:mac::a:b": RotateButton(Platform.MAC, "", "a:b"),
    "renew:us:mac:4:a:b": RotateInButton("us", RotateButton(Platform.MAC, "4", "a:b")),
    "new-setup:pc": NewSetupButton("pc"),
    "trouble:router:full:46": TroubleButton(Platform.ROUTER, Mode.FULL, "46"),
    "send-setup:windows:7": SendButton(Platform.WINDOWS, 7),
    "host:": HostButton(),
    "panel:host": PanelButton("host"),
    "panel-host:": HostForm(),
    "panel-game:": HostMenu(),
    "panel-back:123": BringBack(123),
    "setup:": SetupButton(),
    "setup-form:": SetupForm(),
    "panel-add:": AddForm(),
    "night-stop:7": StopButton(7),
    "open:25566:both:25565:::": OpenInstead(spec("25566"), Protocol.BOTH, 25565, None, "", ""),
    "open!:2459-2461/udp:both:2456:2h:valheim:pc: new": OpenAndAnnounce(
        spec("2459-2461/udp"), Protocol.BOTH, 2456, Duration(timedelta(hours=2)), "valheim", "pc: new"
    ),
    "open:7778/tcp:both:80:forever::": OpenInstead(spec("7778/tcp"), Protocol.BOTH, 80, Duration(None), "", ""),
    "opening-add:": AddDeviceButton(),
    "opening::::::minecraft:": OpenButton(Opening(game="minecraft")),
    "opening:28015/udp,28018/udp:28015,28017:2h:a:f:rust:pc: new": OpenButton(
        Opening(
            ports=PortList(parse_ports("28015/udp,28018/udp")),
            to_ports=(28015, 28017),
            duration=Duration(timedelta(hours=2)),
            announce="a",
            only="f",
            game="rust",
            device="pc: new",
        )
    ),
    "opening-on::::::valheim:": DeviceMenu(Opening(game="valheim")),
    "opening-for:25565::forever::::": CloseMenu(Opening(ports=PortList(parse_ports("25565")), duration=Duration(None))),
}


@pytest.mark.parametrize("custom_id", POSTED)
def test_a_custom_id_stays_as_it_is_and_is_understood(custom_id: str) -> None:
    """Only the class that made it understands it."""
    posted = POSTED[custom_id]
    assert posted
    assert posted.custom_id == custom_id
    classes = {type(other) for other in POSTED.values() if other}
    assert [found for kind in classes if (found := kind.parse(custom_id)) is not None] == [posted]


@pytest.mark.parametrize(
    "custom_id",
    [
        "",
        "go",
        "go:next",
        "go:next:peers:1:connected:10:0",
        "go:dance:peers::connected:10:0:0",
        "pick:peers::connected:ten:0:0",
        "proof:7",
        "proof:7-8-9",
        "remind:extend:1769900000:",
        "access:approve:x",
        "open:25566:sctp:25565:::",
        "opening:25565/sctp::::::",
        "opening:25565:-1:::::",
        "opening:::soon::::",
        "opening::::b:::",
        "opening-on:::::minecraft:",
        "open:25566:both:25565:soon::",
        "page:peers:before",
        "proof:1-99999999999999999999",
        "proof:9-7",
        "proof:1-3001",
        "proof:-1-3",
        "announce:9223372036854775807-9223372036854775808",
        "card:close:0-9223372036854775807",
        "remind:extend:1769900000:7,99999999999999999999",
        "access:approve:9223372036854775808",
        "access:approve:-1",
        "access:approve:1_0",
        "access:approve:\u0661",
        "go:next:books:::0:0:0",
        "go:next:peers::asleep:0:0:0",
        "go:next:forwards::minecrfat:0:0:0",
        "go:next:peers:::99999999999999999999:0:0",
        "revoke:revoke:" + "0" * 100 + ":5:1",
    ],
)
def test_a_custom_id_of_another_version_is_understood_by_no_class(custom_id: str) -> None:
    """The bot then answers that the button is outdated."""
    assert [kind for kind in {type(other) for other in POSTED.values() if other} if kind.parse(custom_id)] == []


@given(st.sampled_from(sorted(POSTED)), st.data())
def test_no_custom_id_makes_more_of_itself_than_it_is_long(posted: str, data: st.DataObject) -> None:
    """Each of its values may be replaced by another text; what is understood is written as it can be read again."""
    parts = posted.split(":")
    for index in data.draw(st.sets(st.integers(1, len(parts) - 1), min_size=1)):
        parts[index] = data.draw(st.from_regex(r"\d{0,25}(-\d{0,25})?|(\d{1,3},){0,30}\d", fullmatch=True) | st.text())
    kind: type[Component] = type(POSTED[posted])
    made = kind.parse(":".join(parts))
    if made is not None:
        assert kind.parse(made.custom_id) == made
        for ids in (value for value in vars(made).values() if isinstance(value, range | tuple)):
            assert 0 < len(ids) <= MAX_RANGE
            assert 0 <= min(ids) <= max(ids) <= MAX_NUMBER


def test_every_component_the_bot_has_is_pinned_here() -> None:
    """The format of another one could change unnoticed."""
    assert {type(posted) for posted in POSTED.values()} == subclasses(Component) - {Button, Form}


def subclasses(kind: type[Component]) -> set[type[Component]]:
    return {kind for sub in kind.__subclasses__() for kind in (sub, *subclasses(sub))}
