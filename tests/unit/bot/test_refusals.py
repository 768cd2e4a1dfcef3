"""The gateway's refusals in the bot's own messages, so that a translation is one file."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import bot
import gateway
from bot.core import render
from bot.core.render import escape
from gateway.api.contract import AddForward, Join, Suspend
from gateway.errors import BY_CODE, BadRequest, ConfigError, GatewayError, HostProblem, PortTaken
from gateway.model import Desired, Duration, Key, PortRange, Protocol, parse_ports
from gateway.state.ports import USUAL, Ephemeral
from tests.unit.bot.english import words
from tests.unit.bot.test_catalogue import references
from tests.unit.builders import (
    ADMIN,
    ALICE,
    BOB,
    NOW,
    PRESHARED,
    forwarded,
    joined,
    key,
    nothing_listens,
    planner,
    unforwarded,
)


def join(
    desired: Desired,
    device: str,
    public_key: Key,
    duration: Duration | None = None,
    guest_for: Duration | None = None,
) -> None:
    request = Join(actor=BOB, device=device, public_key=public_key, duration=duration, guest_for=guest_for)
    planner(device_duration=Duration.parse("1d")).join(desired, request, PRESHARED, NOW)


def forward(desired: Desired, ports: str, to_port: int | None = None, ephemeral: Ephemeral = USUAL) -> None:
    request = AddForward(actor=ALICE, ports=parse_ports(ports), protocol=Protocol.UDP, to_port=to_port)
    planner(denied_ports=(5000,)).forward(desired, request, nothing_listens, NOW, ephemeral)


def unforward(ports: str) -> None:
    unforwarded(forwarded(ALICES, "2000-2001"), ports)


ALICES = joined(Desired(), ALICE)[0]
TAKEN = forwarded(joined(ALICES, BOB)[0], "2000", BOB, Protocol.UDP)
HOLDING = forwarded(ALICES, "3000-3098")
CUT_OFF = planner().suspend(ALICES, Suspend(actor=ADMIN, owner=ALICE.id, suspended=True), NOW)[0]


@pytest.mark.parametrize(
    "act",
    [
        lambda: join(Desired(), "a" * 99, key()),
        lambda: join(Desired(), "pc", Key(bytes(32))),
        lambda: join(Desired(), "pc", key(), duration=Duration.parse("2d")),
        lambda: join(Desired(guests={BOB.id: NOW}), "pc", key(), guest_for=Duration.parse("1d")),
        lambda: join(Desired(joins={BOB.id: (NOW,) * 20}), "pc", key()),
        lambda: forward(ALICES, "80"),
        lambda: forward(ALICES, "51820"),
        lambda: forward(ALICES, "5000"),
        lambda: forward(ALICES, "2000-9000"),
        lambda: forward(ALICES, "2000,3000", 5),
        lambda: forward(ALICES, "2000-2005", 65535),
        lambda: forward(TAKEN, "2000"),
        lambda: forward(CUT_OFF, "2000"),
        lambda: forward(ALICES, ",".join(map(str, range(2000, 2100)))),
        lambda: forward(ALICES, "2000-2100"),
        lambda: forward(HOLDING, "2000-2001"),
        lambda: forward(ALICES, "40000", ephemeral=Ephemeral(PortRange(40000, 40001), lambda: {40001})),
        lambda: unforward("2000"),
        lambda: unforward("2000-2001/udp"),
    ],
)
def test_each_refusal_of_a_member_has_a_message_that_says_what_the_gateway_says(act: Callable[[], None]) -> None:
    with pytest.raises(GatewayError) as refused:
        act()
    terminals = re.sub(r"`guildgate (\w+)`", r"§/\1§", str(refused.value))
    assert render.refusal(words, refused.value) == escape(terminals).replace("§", "`")


def test_a_refusal_of_a_newer_gateway_is_passed_on_as_it_is() -> None:
    """Its code, rule or detail is unknown to the bot. Names in it are escaped."""
    assert render.refusal(words, BadRequest(field="port", rule="new", problem="*it* is odd")) == escape(
        "I don't understand port: *it* is odd."
    )
    assert render.refusal(words, PortTaken(ports="1", owner="*a*")) == escape(
        "1 is already open for *a*. Try another one."
    )


def raised() -> list[tuple[str, type[GatewayError], set[str]]]:
    """Return every place that makes an error of the tree: the place, the class, and the names of its details."""
    classes = {kind.__name__: kind for kind in BY_CODE.values()}
    found = []
    for file in (*Path(bot.__path__[0]).rglob("*.py"), *Path(gateway.__path__[0]).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(func=ast.Name(id=name), keywords=keywords) if name in classes:
                    details = {keyword.arg or "rule" for keyword in keywords}  # `**why`: a rule and its value
                    found.append((f"{file.name}:{node.lineno}", classes[name], details))
                case ast.Raise(exc=ast.Name(id=name)) if name in classes:
                    found.append((f"{file.name}:{node.lineno}", classes[name], set()))
    return found


def test_a_message_needs_no_detail_that_its_error_lacks() -> None:
    """The exceptions are `hint`, which the bot makes, and requests with a `problem`, which no member can send."""
    made = raised()
    assert {kind for _, kind, _ in made} > {PortTaken, BadRequest}
    lacking = {
        (where, kind.code, name)
        for where, kind, details in made
        if kind not in (ConfigError, HostProblem) and not (kind is BadRequest and "problem" in details)
        for name in references("en", f"error-{kind.code}").values - {"hint"} - details
    }
    assert not lacking
