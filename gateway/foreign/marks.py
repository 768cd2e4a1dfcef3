"""Other programs' use of the conntrack mark, as far as it meets the gateway's bits. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gateway.foreign.walk import OF_ANOTHER_FORM, OUR_TABLE, Rule, Ruleset
from gateway.network import Marks

_ALL = 0xFFFFFFFF
_MARK = {"ct": {"key": "mark"}}
_INTERFACES = ("iifname", "oifname")


@dataclass(frozen=True, slots=True)
class Use:
    """What a rule does with the conntrack mark. `whole` means that it knows no mask."""

    where: str  # the chain and the rule
    bits: int
    writes: bool
    whole: bool


def uses(rulesets: Iterable[Ruleset], own: Collection[str]) -> Iterator[Use]:
    """Yield the uses by rules that packets of forwards may meet. `own` are the tunnel's interface and the uplinks.

    Rules for packets with a mark or an interface of their own are left out, because they are about other flows.
    """
    for ruleset in rulesets:
        for key, rules in ruleset.rules.items():
            for rule in rules if key[:2] != OUR_TABLE else ():
                try:
                    if _concerns(rule, own):
                        for writes, whole, bits in _found(rule):
                            yield Use(f"chain {key[2]} of table {key[0]} {key[1]}, {rule.name}", bits, writes, whole)
                except OF_ANOTHER_FORM:
                    continue  # what it does with packets is judged elsewhere


def free_mask(mask: int, used: Iterable[Use]) -> int | None:
    """Return the mask nearest to this one with none of the used bits, or None when there are too few others."""
    taken = 0
    for use in used:
        taken |= 0 if use.whole else use.bits
    left = mask & ~taken
    for bit in Marks(~(mask | taken) & _ALL).bits:
        if left.bit_count() < mask.bit_count():
            left |= bit
    return left if left.bit_count() == mask.bit_count() else None


def _concerns(rule: Rule, own: Collection[str]) -> bool:
    for statement in rule.statements:
        condition = statement.get("match")
        if not condition:
            continue
        left, _ = _masked(condition["left"])
        right = condition["right"]
        field = left.get("meta", {}).get("key") if isinstance(left, dict) else None
        is_other = field in _INTERFACES and condition["op"] == "==" and isinstance(right, str) and right not in own
        if is_other or (field == "mark" and right != 0):
            return False
    return True


def _found(rule: Rule) -> Iterator[tuple[bool, bool, int]]:
    """Yield (whether it writes, whether it knows no mask, the bits)."""
    for statement in rule.statements:
        kind, body = next(iter(statement.items()))
        if kind == "mangle" and body["key"] == _MARK:
            bits = _written(body["value"])
            yield True, bits == _ALL, bits
        elif kind == "match":
            left, mask = _masked(body["left"])
            if left == _MARK and not (mask == _ALL and (body["right"] == 0 or body["op"] == "!=")):
                yield False, mask == _ALL, mask


def _masked(left: Any) -> tuple[Any, int]:
    """Return what a rule compares, and the mask that it lays over it."""
    if isinstance(left, dict) and "&" in left:
        return left["&"][0], _number(left["&"][1])
    return left, _ALL


def _written(value: Any) -> int:
    """Return the bits of the mark that may differ once it is this value."""
    if value == _MARK:
        return 0
    if isinstance(value, dict) and len(value) == 1:
        operator, operands = next(iter(value.items()))
        if operator in ("&", "|", "^") and len(operands) == 2:
            bits = _number(operands[1])
            return _written(operands[0]) | (~bits & _ALL if operator == "&" else bits)
    return _ALL


def _number(value: Any) -> int:
    """Return a constant, or all bits for what is none."""
    return value if isinstance(value, int) else _ALL
