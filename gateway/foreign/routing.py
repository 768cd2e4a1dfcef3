"""Rules of other programs that need this host to forward packets.

A rule needs it when it translates addresses, or when it lets packets of an interface pass that is neither the tunnel's
nor an uplink. Programs that route by no rule at all, as a bare `sysctl -w`, are not seen.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Iterator

from gateway.foreign.listing import read_rulesets
from gateway.foreign.walk import OUR_TABLE, VERSIONS, ChainKey, Rule, Ruleset
from gateway.host.netlink import in_thread

log = logging.getLogger(__name__)
_TRANSLATIONS = frozenset({"masquerade", "snat", "dnat"})
_TARGETS = frozenset({"MASQUERADE", "SNAT", "DNAT", "NETMAP"})  # of iptables
_INTERFACES = ({"meta": {"key": "iifname"}}, {"meta": {"key": "oifname"}})


class KernelFirewalls:
    """The protocol of state/kernel.py on the running kernel."""

    async def forwarding_rules(self, own: Collection[str]) -> dict[int, set[str]] | None:
        try:
            listing = await in_thread(read_rulesets)
            if not isinstance(listing, str):
                return forwarding_rules(listing.rulesets, own)
            log.warning("cannot see whether other programs need forwarding: %s", listing)
        except Exception:  # other programs' rules may hold anything, and the gateway works without this look
            log.exception("cannot see whether other programs need forwarding")
        return None


def forwarding_rules(rulesets: Iterable[Ruleset], own: Collection[str]) -> dict[int, set[str]]:
    """Return the texts of these rules by version of IP. `own` are the tunnel's interface and the uplinks."""
    found: dict[int, set[str]] = {4: set(), 6: set()}
    for ruleset in rulesets:
        forward = set(_reached(ruleset, ruleset.foreign("forward")))
        for key, rules in ruleset.rules.items():
            if key[0] not in VERSIONS or key[:2] == OUR_TABLE:
                continue
            for rule in rules:
                if _translates(rule) or (key in forward and _lets_pass(rule, own)):
                    text = f"chain {key[2]} of table {key[0]} {key[1]}: {_text(rule)}"
                    for version in _versions(key[0], text):
                        found[version].add(text)
    return found


def _reached(ruleset: Ruleset, bases: Iterable[ChainKey]) -> Iterator[ChainKey]:
    """Yield chains that packets get to from the base chains, by jump or goto."""
    seen, ahead = set[ChainKey](), list(bases)
    while ahead:
        key = ahead.pop()
        if key in seen:
            continue
        seen.add(key)
        yield key
        for rule in ruleset.rules.get(key, ()):
            ahead += [
                (*key[:2], statement[kind]["target"])
                for statement in rule.statements
                for kind in ("jump", "goto")
                if kind in statement
            ]


def _translates(rule: Rule) -> bool:
    return any(
        kind in _TRANSLATIONS or (kind == "xt" and body["name"] in _TARGETS)
        for statement in rule.statements
        for kind, body in statement.items()
    )


def _lets_pass(rule: Rule, own: Collection[str]) -> bool:
    """Report whether the rule accepts packets of an interface that is not ours."""
    if not any("accept" in statement for statement in rule.statements):
        return False
    for statement in rule.statements:
        condition = statement.get("match", {})
        if condition.get("left") in _INTERFACES and condition["op"] == "==":
            names = condition["right"]
            named = names["set"] if isinstance(names, dict) and "set" in names else [names]
            if any(isinstance(name, str) and name not in ("lo", *own) for name in named):
                return True
    return False


def _text(rule: Rule) -> str:
    """Write the rule without its counters, so that it reads the same later."""
    return json.dumps([statement for statement in rule.statements if "counter" not in statement])


def _versions(family: str, text: str) -> Iterator[int]:
    """Yield the versions of IP of a rule. One of the family inet may look at addresses of either."""
    for version, name, other in ((4, "ip", "ip6"), (6, "ip6", "ip")):
        if family == name or (family == "inet" and f'": "{other}"' not in text):
            yield version
