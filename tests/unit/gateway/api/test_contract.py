"""The declarations of operations are complete."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from gateway.api import contract
from gateway.api.contract import Action, AuditEntry, Request
from gateway.api.operations import DECLARED_IN, OPERATIONS
from gateway.codec import decode, encode
from tests.unit.builders import ALICE, NOW


def declared() -> list[type[Request[Any]]]:
    found = (kind for module in DECLARED_IN for kind in vars(module).values())
    kinds = {kind for kind in found if isinstance(kind, type) and issubclass(kind, Request)}
    return [kind for kind in kinds if kind not in (Request, contract.Subscription)]


def test_every_operation_is_in_the_table_by_a_name_of_its_own() -> None:
    names = [kind.operation for kind in declared()]
    assert sorted(names) == sorted(OPERATIONS)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", OPERATIONS.values(), ids=OPERATIONS)
def test_no_answer_looks_like_an_error(kind: type[Request[Any]]) -> None:
    """A transport carries bodies only, so the client tells an answer from an error by this key."""
    assert "error" not in {field.name for field in dataclasses.fields(kind.answer_type())}


@pytest.mark.parametrize("action", [*Action, "dance"])
def test_what_another_version_did_stays_readable(action: str) -> None:
    entry = AuditEntry(id=1, at=NOW, actor=ALICE.id, actor_name=ALICE.name, action=Action.read(action), subject="x")
    assert decode(AuditEntry, encode(entry)) == entry
    assert isinstance(entry.action, Action) == (action != "dance")
