"""The rulesets of the whole host: the tables of nftables, and those of legacy iptables, which nft does not show."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gateway.foreign import iptables
from gateway.foreign.walk import OF_ANOTHER_FORM, OUR_TABLE, ChainKey, Rule, Ruleset

_PROGRAMS = {"ip": "iptables", "ip6": "ip6tables"}
_ADDRESSES = frozenset({"ipv4_addr", "ipv6_addr", "ether_addr"})


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that could be listed."""

    rulesets: tuple[Ruleset, ...]
    unseen: tuple[str, ...] = ()  # commands that failed and would have listed more
    hidden: tuple[str, ...] = ()  # programs of which only root sees whether they are in use


def read_rulesets(legacy: Listing | None = None) -> Listing | str:
    """Read everything, or say why it cannot be read. It blocks. `legacy` is what `read_legacy` returned before.

    Call it only with CAP_NET_ADMIN, because libnftables writes to stderr without.
    """
    try:
        document = _read_nftables()
        if isinstance(document, str):
            return document
        ruleset = _with_extensions(Ruleset.of(document))
    except OF_ANOTHER_FORM:
        return "nft lists rules in a form that is unknown here"
    legacy = legacy or read_legacy()
    return replace(legacy, rulesets=(ruleset, *legacy.rulesets))


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


def _read_nftables() -> Mapping[str, Any] | str:
    """List without elements first, because foreign sets may be huge. Then list the sets that cannot be huge."""
    try:
        from nftables import Nftables

        nft = Nftables()
    except (ImportError, OSError) as error:
        return f"libnftables cannot be loaded ({error})"
    nft.set_json_output(True)
    nft.set_terse_output(True)
    code, output, error_text = nft.cmd("list ruleset")
    if code:
        return next(iter(str(error_text).strip().splitlines()), f"error {code}")
    items: list[Any] = json.loads(output)["nftables"] if output else []
    nft.set_terse_output(False)
    found = []
    for kind, place in _small_sets(items, output):
        code, listed, _ = nft.json_cmd({"nftables": [{"list": {kind: place}}]})
        if not code:
            found += listed["nftables"]
    return {"nftables": items + found}


def _small_sets(items: list[Any], output: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield foreign sets that a rule names, of interfaces, ports, protocols and other types but addresses."""
    for item in items:
        kind, body = next(iter(item.items()))
        if kind not in ("set", "map") or (body["family"], body["table"]) == OUR_TABLE:
            continue
        types = body["type"] if isinstance(body["type"], list) else [body["type"]]
        if _ADDRESSES.isdisjoint(types) and json.dumps(f"@{body['name']}") in output:
            yield kind, {key: body[key] for key in ("family", "table", "name")}


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
