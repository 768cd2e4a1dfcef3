"""The rights on the bus: no region may write, or hear, what belongs to another one or to the bot."""

from __future__ import annotations

from gateway.bus import subjects


def test_a_gateways_rights_name_its_region_and_no_other() -> None:
    rights = subjects.of_gateway("eu")
    for kind in ("publish", "subscribe"):
        for subject in rights[kind]["allow"]:  # type: ignore[attr-defined]  # a list, see `_allowed`
            assert "eu" in subject.split("."), subject
            assert ">" not in subject.split(".")[: subject.split(".").index("eu") + 1]
    assert rights.keys() == {"publish", "subscribe"}


def test_a_gateways_inboxes_are_not_the_bots() -> None:
    assert subjects.inbox("eu") != subjects.inbox(subjects.BOT)
