"""The rulesets of the whole host: the tables of nftables, and those of legacy iptables, which nft does not show."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gateway.foreign import iptables
from gateway.foreign.walk import OF_ANOTHER_FORM, OUR_TABLE, ChainKey, Rule, Ruleset
from gateway.host import nft
from gateway.host.nft import Outcome

_PROGRAMS = {"ip": "iptables", "ip6": "ip6tables"}


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that could be listed."""

    rulesets: tuple[Ruleset, ...]
    unseen: tuple[str, ...] = ()  # commands that failed and would have listed more
    hidden: tuple[str, ...] = ()  # programs of which only root sees whether they are in use
    crashes: tuple[str, ...] = ()  # sentences about tables on which libnftables crashes


def read_rulesets(legacy: Listing | None = None) -> Listing | str:
    """Read everything, or say why it cannot be read. It blocks. `legacy` is what `read_legacy` returned before."""
    try:
        found = _read_nftables()
        if isinstance(found, str):
            return found
        document, crashes = found
        ruleset = _with_extensions(Ruleset.of(document))
    except OF_ANOTHER_FORM:
        return "nft lists rules in a form that is unknown here"
    legacy = legacy or read_legacy()
    return replace(legacy, rulesets=(ruleset, *legacy.rulesets), crashes=crashes)


def read_legacy() -> Listing:
    """Read the tables of legacy iptables, which only root with CAP_NET_RAW can. It blocks."""
    rulesets, unseen, hidden = [], [], []
    for family, program in _PROGRAMS.items():
        try:
            if not _has_legacy_tables(family):
                continue
        except PermissionError:
            hidden.append(f"{program}-legacy")
            continue
        found = _saved(f"{program}-legacy-save", family, legacy=True)
        if found is None:
            unseen.append(f"{program}-legacy-save")
        else:
            rulesets.append(found)
    return Listing(tuple(rulesets), tuple(unseen), tuple(hidden))


def _read_nftables() -> tuple[Mapping[str, Any], tuple[str, ...]] | str:
    """List without elements first, because foreign sets may be huge. Then list the sets that cannot be huge.

    Return the tables that crash libnftables as well, as sentences. The others are listed then one by one.
    """
    whole = nft.run("list ruleset", json=True, terse=True)
    crashes: tuple[str, ...] = ()
    if whole[0].crashed:
        reason = whole[0].complaint
        whole, crashing = nft.crashing_tables(json=True, terse=True)
        crashes = (nft.crash_told(reason, crashing),)
    elif whole[0].code:
        return next(iter(whole[0].complaint.strip().splitlines()), f"error {whole[0].code}")
    items = list(_items(whole))
    small = [f"list {kind} {' '.join(place)}" for kind, place in _small_sets(items)]
    return {"nftables": items + list(_items(nft.run(*small, json=True) if small else ()))}, crashes


def _items(outcomes: Iterable[Outcome]) -> Iterator[Any]:
    for outcome in outcomes:
        if not outcome.code and outcome.output:
            yield from json.loads(outcome.output)["nftables"]


def _small_sets(items: Sequence[Any]) -> Iterator[tuple[str, ChainKey]]:
    """Yield foreign sets that a rule names, of interfaces, ports, protocols and other types but addresses."""
    rules = json.dumps([item for item in items if "rule" in item])
    for item in items:
        kind, body = next(iter(item.items()))
        if kind not in ("set", "map") or (body["family"], body["table"]) == OUR_TABLE:
            continue
        # A type is a name, a list of names, or the expression of `typeof`: ipv4_addr, ether_addr, saddr, daddr.
        if "addr" not in json.dumps(body["type"]) and json.dumps(f"@{body['name']}") in rules:
            yield kind, (body["family"], body["table"], body["name"])


def _with_extensions(ruleset: Ruleset) -> Ruleset:
    """Replace rules with extensions of iptables by what iptables lists for them, in the same order."""
    rules = dict(ruleset.rules)
    for family, program in _PROGRAMS.items():
        opaque = [key for key, found in rules.items() if key[0] == family and any(map(_is_opaque, found))]
        saved = _saved(f"{program}-nft-save", family, legacy=False) if opaque else None
        listed: Mapping[ChainKey, Any] = saved.rules if saved else {}
        for key in opaque:
            if len(listed.get(key, ())) == len(rules[key]):
                rules[key] = [b if _is_opaque(a) else a for a, b in zip(rules[key], listed[key], strict=True)]
    return replace(ruleset, rules=rules)


def _is_opaque(rule: Rule) -> bool:
    return any("xt" in statement and (statement["xt"] or {}).get("name") != "comment" for statement in rule.statements)


def _has_legacy_tables(family: str) -> bool:
    """Report whether legacy iptables is in use. Asking the program itself would load its module.

    Raise PermissionError when only root can know.
    """
    try:
        return bool(Path(f"/proc/thread-self/net/{family}_tables_names").read_text().strip())
    except PermissionError:
        raise
    except OSError:
        return False


def _saved(program: str, family: str, *, legacy: bool) -> Ruleset | None:
    """Return what the program lists, or None when it fails or writes something else."""
    text = _output(program)
    try:
        return None if text is None else iptables.parse(text, family, legacy=legacy)
    except ValueError:
        return None


def _output(program: str) -> str | None:
    try:
        run = subprocess.run((program,), capture_output=True, text=True, errors="replace", timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return run.stdout
