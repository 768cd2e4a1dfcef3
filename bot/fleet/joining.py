"""Makes one answer of the answers of several regions: pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, TypeVar, cast

from gateway.api.contract import Away, Listing, Place, Status
from gateway.api.history import History, Step

A = TypeVar("A")


def joined(answers: Sequence[A], regions: Sequence[str], away: Sequence[Away] = ()) -> A:
    """Return the lists of all answers in one. What is no list is as in the first. `regions`: those that answered."""
    first: Any = answers[0]
    if isinstance(first, History):
        return cast(A, _history(cast(Sequence[History], answers)))
    made = {
        field.name: _all([item for answer in answers for item in getattr(answer, field.name)])
        for field in dataclasses.fields(first)
        if isinstance(getattr(first, field.name), tuple)
    }
    if isinstance(first, Listing | Status):
        made["away"] = tuple(away)
    if isinstance(first, Status):
        statuses = cast(Sequence[Status], answers)
        made["places"] = tuple(place(name, each) for name, each in zip(regions, statuses, strict=True))
    return cast(A, dataclasses.replace(first, **made))


def _all(items: Sequence[Any]) -> tuple[Any, ...]:
    """Return the items, and a member that is known in several regions once."""
    return tuple(dict.fromkeys(items)) if items and isinstance(items[0], str) else tuple(items)


def place(region: str, status: Status) -> Place:
    return Place(
        region=region,
        public_address=status.public_address,
        public_address6=status.public_address6,
        version=status.version,
    )


def _history(answers: Sequence[History]) -> History:
    steps: dict[object, Step] = {}
    for step in sorted((step for answer in answers for step in answer.steps), key=lambda step: step.at):
        steps[step.at] = steps[step.at].joined(step) if step.at in steps else step
    return dataclasses.replace(
        answers[0],
        until=max(answer.until for answer in answers),
        steps=tuple(steps.values()),
        keeps_playing=any(answer.keeps_playing for answer in answers),
    )
