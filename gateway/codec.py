"""Typed values from JSON or TOML and back, as strict as the types say.

The codec knows dataclasses, enums, `T | None`, `tuple[T, ...]`, `dict[str, T]`, int, bool, float, str, aware datetimes
and `ipaddress` types. It also knows any class with a classmethod `parse(str)` whose `str()` is its inverse, and
`AtMost`.
"""

from __future__ import annotations

import dataclasses
import difflib
import enum
import ipaddress
import json
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any, TypeVar
from unicodedata import category

T = TypeVar("T")

_TEXT: dict[Any, str] = {
    ipaddress.IPv4Address: "an IPv4 address",
    ipaddress.IPv6Address: "an IPv6 address",
    ipaddress.IPv4Network: "an IPv4 network such as 10.66.66.0/24",
    ipaddress.IPv6Network: "an IPv6 network such as fd42:42:42::/64",
}
_LONGEST_KEY = 64
SPARSE = "sparse"  # in a field's metadata: JSON lacks the field while it is empty
_BREAKS = {"Cc", "Cs", "Zl", "Zp"}  # control characters, halves of surrogate pairs, line and paragraph separators
_PLAIN: dict[Any, str] = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


@dataclasses.dataclass(frozen=True, slots=True)
class AtMost:
    """The annotation of a list that holds at most so many items, or of a text of one line with so many characters."""

    length: int


class DecodeError(ValueError):
    """A value does not fit its type. `field` is the key's dotted path, `problem` says what would be right."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem = field, problem

    def inside(self, at: str) -> DecodeError:
        """Return the same error with `at` in front of its path."""
        dot = "." if at and self.field and not self.field.startswith("[") else ""
        return type(self)(f"{at}{dot}{self.field}", self.problem)


class OtherShape(DecodeError):
    """A key too many or too few, or another word: what another version may mean, and no typed text can cause."""


Decoder = Callable[[Any], Any]


def decode(kind: type[T], value: object, at: str = "", *, may_have_more: bool = False) -> T:
    """Build a `kind` from what `json` or `tomllib` returned. Raise DecodeError about the first bad key.

    `at` is the path of `value` in its document. `may_have_more`: keys that are not known are left out, because a newer
    version may tell more.
    """
    try:
        return typing.cast(T, _decoder(typing.cast(Any, kind), may_have_more)(value))
    except DecodeError as error:
        raise error.inside(at) from None


@cache
def _decoder(kind: Any, may_have_more: bool) -> Decoder:
    """Return the type's decoder. It is cached, because lists hold thousands of values of one type."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        kinds = [_decoder(each, may_have_more) for each in args if each is not types.NoneType]
        texts = [_TEXT.get(each, "") for each in args if each is not types.NoneType]
        wanted = f"must be {' or '.join(texts)}" if all(texts) else ""
        return partial(_decode_union, types.NoneType in args, kinds[:-1], kinds[-1], wanted)
    if origin is typing.Annotated:
        limits = [each.length for each in args[1:] if isinstance(each, AtMost)]
        inner = _decoder(args[0], may_have_more)
        return partial(_decode_at_most, inner, min(limits)) if limits else inner
    if origin is tuple:
        return partial(_decode_list, _decoder(args[0], may_have_more))
    if origin is dict:
        return partial(_decode_dict, _decoder(args[1], may_have_more))
    if dataclasses.is_dataclass(kind) and not hasattr(kind, "parse"):
        return partial(_decode_dataclass, typing.cast(type, kind), may_have_more)
    if kind in _PLAIN:
        return _QUICK.get(kind) or partial(_decode_plain, kind)
    if kind is datetime:
        return _decode_datetime
    if issubclass(kind, enum.Enum):
        return partial(_decode_enum, {member.value: member for member in kind})
    return partial(_decode_text, getattr(kind, "parse", kind), _TEXT.get(kind, ""))


@cache
def _fields(cls: type, may_have_more: bool) -> dict[str, tuple[Decoder, bool]]:
    """Return each field's decoder and whether the field is required, by name."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return {
        f.name: (
            _decoder(hints[f.name], may_have_more),
            f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING,
        )
        for f in dataclasses.fields(cls)
    }


def _decode_union(may_be_none: bool, others: Sequence[Decoder], last: Decoder, wanted: str, value: Any) -> Any:
    """Decode by the first decoder that can. Without `wanted`, the last one says what is wrong."""
    if value is None and may_be_none:
        return None
    for decoder in others:
        try:
            return decoder(value)
        except DecodeError:
            continue
    try:
        return last(value)
    except DecodeError:
        if wanted:
            raise DecodeError("", wanted) from None
        raise


def _decode_at_most(decoder: Decoder, length: int, value: Any) -> Any:
    if isinstance(value, str | list) and len(value) > length:  # before its content, because that may be long
        raise DecodeError("", f"must not be longer than {length}")
    if isinstance(value, str) and not value.isprintable() and any(category(each) in _BREAKS for each in value):
        raise DecodeError("", "must be one line without control characters")
    return decoder(value)


def _decode_list(item: Decoder, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise DecodeError("", "must be a list")
    built = []
    for each in value:
        try:
            built.append(item(each))
        except DecodeError as error:
            raise error.inside(f"[{len(built)}]") from None
    return tuple(built)


def _decode_dict(item: Decoder, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DecodeError("", "must be a table of keys")
    built = {}
    for name, each in value.items():
        try:
            built[name] = item(each)
        except DecodeError as error:
            raise error.inside(name) from None
    return built


def _decode_dataclass(kind: type, may_have_more: bool, value: Any) -> Any:
    if not isinstance(value, dict):
        raise DecodeError("", "must be a table of keys")
    fields = _fields(kind, may_have_more)
    if not may_have_more and not value.keys() <= fields.keys():
        check_keys(value, fields)
    built = {}
    for name, (decoder, required) in fields.items():
        if name in value:
            try:
                built[name] = decoder(value[name])
            except DecodeError as error:
                raise error.inside(name) from None
        elif required:
            raise OtherShape(name, "is missing")
    return kind(**built)


def check_keys(found: Iterable[object], known: Collection[str]) -> None:
    """Raise OtherShape for the first key that is not in `known`, and name the most similar one."""
    for key in found:
        if key not in known:
            shown = str(key)[:_LONGEST_KEY]  # comparing one of 60,000 characters takes the time of a hundred requests
            near = difflib.get_close_matches(shown, known, 1)
            hint = f"did you mean {near[0]}?" if near else "known keys are " + ", ".join(known)
            raise OtherShape(shown, f"is not a known key; {hint}")


def _decode_plain(kind: type, value: Any) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise DecodeError("", f"must be {_PLAIN[kind]}")
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        raise DecodeError("", "must be a number of 64 bits")
    if isinstance(value, str) and not value.isascii() and any(category(each) == "Cs" for each in value):
        raise DecodeError("", "must be text without halves of surrogate pairs")
    return value


def _decode_text_quickly(value: Any) -> Any:
    return value if type(value) is str and value.isascii() else _decode_plain(str, value)


def _decode_number_quickly(value: Any) -> Any:
    return value if type(value) is int and -(1 << 63) <= value < 1 << 63 else _decode_plain(int, value)


_QUICK: dict[Any, Decoder] = {str: _decode_text_quickly, int: _decode_number_quickly}  # for nearly all that there is


def _decode_enum(members: Mapping[str, enum.Enum], value: Any) -> enum.Enum:
    try:
        return members[_decode_text_quickly(value)]
    except KeyError:
        raise OtherShape("", "must be one of " + ", ".join(members)) from None


def _decode_text(make: Callable[[str], Any], wanted: str, value: Any) -> Any:
    if not isinstance(value, str):
        raise DecodeError("", f"must be {wanted or 'text'}")
    try:
        made = make(value)
        if wanted and getattr(made, "scope_id", None):  # it may be any text, and belongs to one host alone
            raise ValueError
    except ValueError as error:
        raise DecodeError("", f"must be {wanted}" if wanted else str(error)) from None
    return made


def _decode_datetime(value: Any) -> datetime:
    text = _decode_text_quickly(value)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise DecodeError("", "must be a time such as 2026-01-31T20:00:00+00:00") from None
    if moment.tzinfo is None:
        raise DecodeError("", "must name its time zone")
    if not 1 < moment.year < 9999:  # a moment earlier or later, or another time zone, must be a time as well
        raise DecodeError("", "must lie inside the years 2-9998")
    return moment


def _sparsely(names: Sequence[str], sparse: Sequence[str], value: Any) -> dict[str, Any]:
    made = {name: getattr(value, name) for name in names}
    return made | {name: held for name in sparse if (held := getattr(value, name))}


def to_json(value: Any) -> str:
    """Return the value as the JSON that `decode` reads back once it is parsed."""
    return json.dumps(value, default=_plainer, check_circular=False)


def encode(value: Any) -> Any:
    """Return the value as what parsing its JSON returns."""
    return json.loads(to_json(value))


def _plainer(value: Any) -> Any:
    """Return what stands in JSON for a value that it does not know. The parts may be such values again."""
    return _maker(type(value))(value)  # type: ignore[arg-type]


@cache
def _maker(kind: Any) -> Callable[[Any], Any]:
    """Return what `_plainer` does for this type. It is cached, because lists hold thousands of values of one type."""
    if dataclasses.is_dataclass(kind) and not hasattr(kind, "parse"):
        fields = dataclasses.fields(kind)
        names = tuple(field.name for field in fields if SPARSE not in field.metadata)
        if sparse := tuple(field.name for field in fields if SPARSE in field.metadata):
            return partial(_sparsely, names, sparse)
        return lambda value: {name: getattr(value, name) for name in names}
    return datetime.isoformat if issubclass(kind, datetime) else str
