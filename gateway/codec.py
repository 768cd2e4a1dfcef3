"""Typed values from JSON or TOML and back, as strict as the types say.

Known are dataclasses, enums, `T | None`, `tuple[T, ...]`, int, bool, float, str, aware datetimes, `ipaddress` types,
and any class with a classmethod `parse(str)` whose `str()` is its inverse.
"""

from __future__ import annotations

import dataclasses
import difflib
import enum
import ipaddress
import types
import typing
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")

_TEXT: dict[Any, str] = {
    ipaddress.IPv4Address: "an IPv4 address",
    ipaddress.IPv6Address: "an IPv6 address",
    ipaddress.IPv4Network: "an IPv4 network such as 10.66.66.0/24",
    ipaddress.IPv6Network: "an IPv6 network such as fd42:42:42::/64",
}
_PLAIN: dict[Any, str] = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


class DecodeError(ValueError):
    """`field` is the dotted path of the offending key, `problem` says what would be right."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem = field, problem


@cache
def _fields(cls: type) -> dict[str, tuple[Any, bool]]:
    hints = typing.get_type_hints(cls)
    return {
        f.name: (
            hints[f.name],
            f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING,
        )
        for f in dataclasses.fields(cls)
    }


def decode(kind: type[T], value: object, at: str = "") -> T:
    """Build a `kind` from what `json` or `tomllib` returned; raise `DecodeError` naming the first bad key."""
    return typing.cast(T, _decode(kind, value, at))


def _decode(kind: Any, value: Any, at: str) -> Any:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _decode_union(args, value, at)
    if origin is tuple:
        if not isinstance(value, list):
            raise DecodeError(at, "must be a list")
        return tuple(_decode(args[0], item, f"{at}[{i}]") for i, item in enumerate(value))
    if dataclasses.is_dataclass(kind) and not hasattr(kind, "parse"):
        return _decode_dataclass(typing.cast(type, kind), value, at)
    if kind in _PLAIN:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise DecodeError(at, f"must be {_PLAIN[kind]}")
        return value
    if not isinstance(value, str):
        raise DecodeError(at, f"must be {_TEXT.get(kind, 'text')}")
    if issubclass(kind, enum.Enum):
        try:
            return kind(value)
        except ValueError:
            raise DecodeError(at, "must be one of " + ", ".join(m.value for m in kind)) from None
    if kind is datetime:
        return _decode_datetime(value, at)
    make = getattr(kind, "parse", kind)
    try:
        return make(value)
    except ValueError as error:
        raise DecodeError(at, f"must be {_TEXT[kind]}" if kind in _TEXT else str(error)) from None


def _decode_union(args: tuple[Any, ...], value: Any, at: str) -> Any:
    if value is None and type(None) in args:
        return None
    kinds = [a for a in args if a is not type(None)]
    for kind in kinds[:-1]:
        try:
            return _decode(kind, value, at)
        except DecodeError:
            continue
    return _decode(kinds[-1], value, at)


def _decode_dataclass(kind: type, value: Any, at: str) -> Any:
    if not isinstance(value, dict):
        raise DecodeError(at, "must be a table of keys")
    fields = _fields(kind)
    prefix = f"{at}." if at else ""
    for key in value:
        if key not in fields:
            near = difflib.get_close_matches(str(key), fields, 1)
            hint = f"did you mean {near[0]}?" if near else "known keys are " + ", ".join(fields)
            raise DecodeError(f"{prefix}{key}", f"is not a known key; {hint}")
    built = {}
    for name, (hint_type, required) in fields.items():
        if name in value:
            built[name] = _decode(hint_type, value[name], f"{prefix}{name}")
        elif required:
            raise DecodeError(f"{prefix}{name}", "is missing")
    return kind(**built)


def _decode_datetime(value: str, at: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise DecodeError(at, "must be a time such as 2026-01-31T20:00:00+00:00") from None
    if moment.tzinfo is None:
        raise DecodeError(at, "must name its time zone")
    return moment


def encode(value: Any) -> Any:
    """The JSON shape of a value that `decode` reads back."""
    if dataclasses.is_dataclass(value) and not hasattr(value, "parse"):
        return {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)
