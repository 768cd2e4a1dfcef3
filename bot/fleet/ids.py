"""Ids of peers and forwards outside of their gateway: `number << 32 | id`, with the number of the gateway's region.

Each gateway counts for itself, so two regions have equal ids. Number 0 leaves ids as they are. A gateway that stands
alone has it, so buttons and tables from before a fleet go on working.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache, partial
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from gateway.api.contract import Local
from gateway.codec import SPARSE

T = TypeVar("T")
BITS = 32
MASK = (1 << BITS) - 1
Change = Callable[[int], int]
Walk = Callable[[Change, str, Any], Any]


def number_of(ident: int) -> int:
    """Return the number of the region that the id leads to."""
    return ident >> BITS


def outside(number: int, region: str, value: T) -> T:
    """Return what a gateway said with its ids as the bot knows them, and with the region's name where it belongs.

    Raise ValueError for an id that would lead to another region. A gateway that was taken over may say any.
    """
    if not number and not region:
        return value
    return cast(T, _changed(partial(_outer, number), region, value))


def inside(value: T) -> T:
    """Return a request with its ids as the region's gateway knows them."""
    return cast(T, _changed(_inner, "", value))


def narrowed(number: int, value: T) -> T:
    """Return a request without the ids of other regions."""
    kept = {
        name: tuple(each for each in getattr(value, name) if number_of(each) == number)
        for name in _lists(cast(Any, type(value)))
    }
    return cast(T, dataclasses.replace(cast(Any, value), **kept))


def numbers_in(value: object) -> set[int]:
    """Return the numbers of the regions that a request's ids lead to."""
    found = set[int]()

    def note(ident: int) -> int:
        found.add(number_of(ident))
        return ident

    _changed(note, "", value)
    return found


def _outer(number: int, ident: int) -> int:
    if not 0 <= ident <= MASK:
        raise ValueError("the id is not one of a gateway")
    # An audit entry from before devices had ids says 0, which is no device.
    return number << BITS | ident if ident else ident


def _inner(ident: int) -> int:
    return ident & MASK


def _changed(change: Change, region: str, value: Any) -> Any:
    walk = _walk(cast(Any, type(value)))
    return walk(change, region, value) if walk else value


@cache
def _walk(hint: Any) -> Walk | None:
    """Return what changes the ids in a value of this type; None when it holds none."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _one if Local in args[1:] else _walk(args[0])
    if origin in (Union, UnionType):
        walks = [walk for each in args if (walk := _walk(each))]
        assert len(walks) < 2  # because no value says which of two types it has
        return partial(_unless_none, walks[0]) if walks else None
    if origin is tuple:
        walk = _walk(args[0])
        return partial(_each, walk) if walk else None
    if not dataclasses.is_dataclass(hint):
        return None
    walks_by_name = {name: walk for name, each in _hints(cast(Any, hint)).items() if (walk := _walk(each))}
    has_region = any(field.name == "region" and SPARSE in field.metadata for field in dataclasses.fields(hint))
    return partial(_fields, walks_by_name, has_region) if walks_by_name or has_region else None


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


@cache
def _lists(kind: Any) -> tuple[str, ...]:
    return tuple(name for name, hint in _hints(kind).items() if get_origin(hint) is tuple and _walk(hint))


def _one(change: Change, region: str, value: int) -> int:
    return change(value)


def _unless_none(walk: Walk, change: Change, region: str, value: Any) -> Any:
    return None if value is None else walk(change, region, value)


def _each(walk: Walk, change: Change, region: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([walk(change, region, value) for value in values])


def _fields(walks: dict[str, Walk], has_region: bool, change: Change, region: str, value: Any) -> Any:
    changed = {name: walk(change, region, getattr(value, name)) for name, walk in walks.items()}
    if has_region and region:
        changed["region"] = region
    return dataclasses.replace(value, **changed) if changed else value
