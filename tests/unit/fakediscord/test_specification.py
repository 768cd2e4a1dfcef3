"""Discord's specification judges what passes the fake: each kind of difference is found and said where it is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakediscord.specification import specification

MESSAGE = "/channels/1/messages"
LIMITS = {f"X-RateLimit-{name}" for name in ("Limit", "Remaining", "Reset", "Reset-After", "Bucket")}
USER = {
    "id": "2",
    "username": "ada",
    "discriminator": "0",
    "global_name": None,
    "avatar": None,
    "public_flags": 0,
    "flags": 0,
}


def answer(**changed: Any) -> dict[str, Any]:
    """Return a message as Discord answers it."""
    return {
        "id": "3",
        "channel_id": "1",
        "author": USER,
        "content": "hello",
        "timestamp": "2026-11-29T20:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
        "type": 0,
        "flags": 0,
        **changed,
    }


def differences(
    request: object, body: object, *, path: str = MESSAGE, status: int = 200, headers: set[str] = LIMITS
) -> list[str]:
    return list(specification().exchange("POST", path, {}, request, status, body, headers))


def test_a_right_exchange_has_no_difference() -> None:
    assert differences({"content": "hello"}, answer()) == []


@pytest.mark.parametrize(
    ("request_body", "body", "said"),
    [
        ({"content": 5}, answer(), ".content: 5 is not of type"),
        ({"content": "x" * 4001}, answer(), ".content: "),
        ({"components": [{"type": 1, "components": [{"type": 2, "style": 9}]}]}, answer(), ".components[0].components"),
        ({}, answer(timestamp="yesterday"), ".timestamp: "),
        ({}, answer(author={**USER, "id": 2}), ".author.id: 2 is not of type"),
        ({}, answer(components=[{"type": 1, "components": []}]), '.components[0]: "id" is a required property'),
    ],
)
def test_a_wrong_value_is_named_with_its_place(request_body: object, body: object, said: str) -> None:
    found = differences(request_body, body)
    assert any(said in one for one in found), found


def test_unknown_routes_queries_statuses_and_missing_headers_are_differences() -> None:
    assert "no such route" in differences({}, None, path="/channels/1/letters")[0]
    query = specification().exchange("GET", MESSAGE, {"colour": "red"}, None, 200, [], LIMITS)
    assert "colour" in next(query)
    assert "no such status" in differences({}, None, status=302)[0]
    assert "X-RateLimit-Reset is missing" in differences({}, answer(), headers=LIMITS - {"X-RateLimit-Reset"})[0]


def test_an_event_is_judged_as_well() -> None:
    """What the documentation lets an event leave out is no difference."""
    event = {**answer(), "guild_id": "4"}
    assert list(specification().event("MESSAGE_CREATE", event)) == []
    assert "pinned" in next(specification().event("MESSAGE_CREATE", {k: v for k, v in event.items() if k != "pinned"}))
    assert "session_id is missing" in "".join(specification().event("READY", {"user": USER}))
