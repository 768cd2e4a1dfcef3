"""The rights on the bus: no region may write, or hear, what belongs to another one or to the bot."""

from __future__ import annotations

from gateway.bus import subjects
from gateway.config import FleetSection


def test_a_gateways_rights_name_its_region_and_no_other() -> None:
    rights = subjects.of_gateway("eu")
    for kind in ("publish", "subscribe"):
        for subject in rights[kind]["allow"]:  # type: ignore[attr-defined]  # a list, see `_allowed`
            assert "eu" in subject.split("."), subject
            assert ">" not in subject.split(".")[: subject.split(".").index("eu") + 1]
    assert rights.keys() == {"publish", "subscribe"}


def test_a_gateways_inboxes_are_not_the_bots() -> None:
    assert subjects.inbox("eu") != subjects.inbox(subjects.BOT)


def test_the_two_machines_of_a_region_differ_in_nothing_but_whose_answers_they_hear() -> None:
    first, second = subjects.of_gateway("eu"), subjects.of_gateway("eu", subjects.standby("eu"))
    assert first["publish"] == second["publish"]
    heard = [set(rights["subscribe"]["allow"]) for rights in (first, second)]  # type: ignore[call-overload]
    assert heard[0] ^ heard[1] == {"_INBOX.eu.>", "_INBOX.eu_standby.>"}


def test_no_region_can_have_the_name_of_a_standby() -> None:
    assert not FleetSection.REGION.fullmatch(subjects.standby("eu"))
