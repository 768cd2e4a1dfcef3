"""A sample packet's way through a foreign chain, as far as the listing tells.

Nothing is guessed: a drop that depends on something unknown names the rule in doubt. Drops of singled-out packets are
left out, because ordinary packets still pass (fail2ban, geo-IP, flood protection).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.foreign.packet import Chance, Sample, looked_up, matches
from gateway.nftables.elements import TABLE

ChainKey = tuple[str, str, str]  # family, table, name; also the key of a set
VERSIONS = {"ip": ("ipv4",), "ip6": ("ipv6",), "inet": ("ipv4", "ipv6")}
OUR_TABLE = ("inet", TABLE)
DROP, NOTRACK, OFFLOAD = "drop", "notrack", "flow"  # statements that keep packets from our rules
Statements = Sequence[Mapping[str, Any]]
OF_ANOTHER_FORM = (AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What reading JSON raises that has another form. An empty object ends a generator by RuntimeError."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a chain."""

    name: str  # for people: its text, or the handle by which nft lists it
    statements: Statements


@dataclass(frozen=True, slots=True)
class Ruleset:
    """All chains of the host that one program lists."""

    chains: Mapping[ChainKey, Mapping[str, Any]]
    rules: Mapping[ChainKey, Sequence[Rule]]
    sets: Mapping[ChainKey, Sequence[Any]] = field(default_factory=dict)  # those whose elements were listed
    legacy: bool = False  # that program is iptables-legacy, which nft(8) does not show

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Ruleset:
        """Read the output of `nft -j list ruleset`. Raise ValueError when it has another form."""
        try:
            return cls(*_listed(document))
        except (*OF_ANOTHER_FORM, StopIteration):
            raise ValueError("no listing of nft") from None

    def has(self, statement: str) -> bool:
        """Report whether a rule has the statement, because most rulesets have neither notrack nor a flowtable."""
        return any(statement in each for rules in self.rules.values() for rule in rules for each in rule.statements)

    def foreign(self, hook: str) -> Iterator[ChainKey]:
        """Yield the base chains of `hook` that are not ours."""
        for key, chain in self.chains.items():
            if chain.get("hook") == hook and key[0] in VERSIONS and key[:2] != OUR_TABLE:
                yield key


def _listed(
    document: Mapping[str, Any],
) -> tuple[dict[ChainKey, Mapping[str, Any]], dict[ChainKey, list[Rule]], dict[ChainKey, Sequence[Any]]]:
    chains: dict[ChainKey, Mapping[str, Any]] = {}
    rules: dict[ChainKey, list[Rule]] = {}
    sets: dict[ChainKey, Sequence[Any]] = {}
    for item in document["nftables"]:
        kind, body = next(iter(item.items()))
        if kind == "chain":
            chains[_place(body, "name")] = dict(body)
        elif kind == "rule":
            key = _place(body, "chain")
            name = f"with handle {body.get('handle')} of `nft -a list chain {' '.join(key)}`"
            # nft 1.0 has no JSON for a statement that fills a map, and lists its text, which judges no packet.
            found = [{"text": each} if isinstance(each, str) else dict(each) for each in body["expr"]]
            rules.setdefault(key, []).append(Rule(name, found))
        elif kind in ("set", "map") and "elem" in body:
            sets[_place(body, "name")] = body["elem"]
    return chains, rules, sets


def _place(body: Mapping[str, Any], name: str) -> ChainKey:
    family, table, last = (body[key] for key in ("family", "table", name))
    if not all(isinstance(part, str) for part in (family, table, last)):
        raise ValueError("a name that is no text")
    return family, table, last


@dataclass(frozen=True, slots=True)
class Drop:
    """A drop of the sample, or the other statement that was sought."""

    where: str  # the chain that drops it
    policy: bool = False  # by its policy, and not by a rule
    doubt: str = ""  # the rule on whose unknown effect the drop depends


@dataclass(frozen=True, slots=True)
class _Reach:
    """The chance that the packet reaches a place in a chain, and the rule on which that depends."""

    chance: Chance
    doubt: str = ""

    def if_(self, chance: Chance, rule: Rule) -> _Reach:
        return self if chance >= self.chance else _Reach(chance, self.doubt or rule.name)


_NOWHERE = _Reach(Chance.NO)


class Walk:
    """A walk of one sample through one base chain, as nft_do_chain() of net/netfilter/nf_tables_core.c goes.

    It takes both ways where a rule is in doubt, so it finds every drop that can be reached.
    """

    def __init__(self, ruleset: Ruleset, sample: Sample, sought: str = DROP) -> None:
        """Look for drops, or for `sought`, which is another statement."""
        self._ruleset = ruleset
        self._sample = sample
        self._sought = sought
        self._sure: Drop | None = None
        self._unsure: Drop | None = None
        self._accepted_by = ""  # a rule in doubt
        self._ends: dict[tuple[ChainKey, _Reach], _Reach] = {}

    def base(self, key: ChainKey) -> Drop | None:
        try:
            end = self._chain(key, _Reach(Chance.YES))
        except RecursionError:
            return self._sure or Drop(key[2], doubt=f"at the end of all jumps from {key[2]}")
        if self._sought == DROP and self._ruleset.chains[key].get("policy") == "drop":
            self._drop(Drop(key[2], policy=True), end)
        return self._sure or self._unsure

    def _chain(self, key: ChainKey, here: _Reach) -> _Reach:
        """Judge whether the packet leaves the chain, at its end or by a return.

        A chain is gone through once for each way in that differs, because jumps multiply: 20 chains with two jumps each
        to the next make a million ways. A jump back into the chain leads nowhere; the kernel refuses it.
        """
        if (key, here) not in self._ends:
            self._ends[key, here] = _NOWHERE
            self._ends[key, here] = self._end(key, here)
        return self._ends[key, here]

    def _end(self, key: ChainKey, here: _Reach) -> _Reach:
        returned = _NOWHERE
        for rule in self._ruleset.rules.get(key, ()):
            for chance, kind, target in self._judged(rule, key):
                there = here.if_(chance, rule)
                onward = _NOWHERE
                match kind:
                    case "accept":
                        self._accepted_by = self._accepted_by or there.doubt
                    case "drop" | "reject" | "queue" if self._sought != DROP:
                        pass  # the packet is gone
                    case "drop" | "reject" | "notrack" | "flow":
                        self._drop(Drop(key[2]), there)
                    case "queue":
                        there = there.if_(Chance.MAYBE, rule)
                        self._accepted_by = self._accepted_by or there.doubt
                        self._drop(Drop(key[2]), there)
                    case "return":
                        returned = max(returned, there, key=_chance)
                    case "goto":
                        returned = max(returned, self._chain((*key[:2], target), there), key=_chance)
                    case "jump":
                        onward = self._chain((*key[:2], target), there)
                    case "continue":
                        onward = there
                if chance is Chance.YES:
                    here = onward
                elif kind in ("return", "goto"):
                    here = here.if_(Chance.MAYBE, rule)
            if here.chance is Chance.NO:
                break
        return max(returned, here, key=_chance)

    def _drop(self, drop: Drop, there: _Reach) -> None:
        doubt = there.doubt or self._accepted_by
        if there.chance is Chance.YES and not doubt:
            self._sure = self._sure or drop
        elif there.chance >= Chance.MAYBE:
            self._unsure = self._unsure or Drop(drop.where, drop.policy, doubt)

    def _judged(self, rule: Rule, key: ChainKey) -> list[tuple[Chance, str, str]]:
        try:
            return list(self._verdicts(rule, key))
        except OF_ANOTHER_FORM:
            return [(Chance.MAYBE, "queue", "")]  # it may do anything

    def _verdicts(self, rule: Rule, key: ChainKey) -> Iterator[tuple[Chance, str, str]]:
        """Yield the possible verdicts of the rule with their chances. Only a verdict map has more than one."""
        chance = Chance.YES
        for statement in rule.statements:
            kind, body = next(iter(statement.items()))
            match kind:
                case "accept" | "drop" | "reject" | "return" | "queue" | self._sought:
                    yield chance, kind, ""
                case "jump" | "goto":
                    yield chance, kind, body["target"]
                case "xt" if body["type"] == "target" and body["name"] in ("REJECT", "DROP", "NFQUEUE"):
                    yield chance, "queue" if body["name"] == "NFQUEUE" else "drop", ""
                case "vmap":
                    yield from self._looked_up(body, chance, key)
                case _:
                    chance = min(chance, self._condition(kind, body, key=key))
            if chance is Chance.NO:
                return

    def _condition(self, kind: str, body: Any, *, key: ChainKey) -> Chance:
        """Judge whether a statement lets the rule go on."""
        match kind:
            case "match":
                return matches(self._sample, body, self._elements(body["right"], key))
            case "limit" | "quota" | "ct count":
                return Chance.RARELY if body.get("inv") else Chance.YES
            case "set" | "map" | "meter":  # they hold statements for each element
                inner = body.get("stmt") or []
                each = inner if isinstance(inner, list) else [inner]
                return min((self._condition(*next(iter(s.items())), key=key) for s in each), default=Chance.YES)
            case "xt" if body["type"] == "match" and body["name"] != "comment":
                unknown = {"left": {"xt": body["name"]}, "op": "==", "right": None}
                return matches(self._sample, unknown, ())
        return Chance.YES

    def _looked_up(self, body: Mapping[str, Any], chance: Chance, key: ChainKey) -> Iterator[tuple[Chance, str, str]]:
        pairs = self._elements(body["data"], key)
        if pairs is None:  # a map of addresses, which does not hold an ordinary packet's
            yield min(chance, Chance.RARELY), "queue", ""
            return
        found = looked_up(self._sample, body["key"], [element for element, _ in pairs])
        for (_, verdict), each in zip(pairs, found, strict=True):
            if each is not Chance.NO:
                kind, target = next(iter(verdict.items()))
                yield min(chance, each), kind, target["target"] if target else ""

    def _elements(self, right: Any, key: ChainKey) -> Sequence[Any] | None:
        if isinstance(right, str) and right.startswith("@"):
            return self._ruleset.sets.get((*key[:2], right[1:]))
        return right["set"] if isinstance(right, dict) and "set" in right else [right]


def _chance(reach: _Reach) -> Chance:
    return reach.chance
