"""The output of iptables-save, translated into the vocabulary of libnftables-json(5).

nft lists only the names of iptables' extensions: of `-m conntrack --ctstate NEW` it shows the word conntrack. It lists
no rule of legacy iptables at all.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.foreign.walk import ChainKey, Rule, Ruleset

Json = Mapping[str, Any]

_CT_MARK: Json = {"ct": {"key": "mark"}}
_HOOKS = {"FORWARD": "forward", "INPUT": "input", "PREROUTING": "prerouting"}
_RAW = -300  # the priority of the table raw (linux/netfilter_ipv4.h)
_VERDICTS = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "reject", "RETURN": "return", "NFQUEUE": "queue"}
_FREE_TEXT = frozenset({"--comment", "--log-prefix", "--nflog-prefix", "--string", "--hex-string"})
_FIELDS: Mapping[str, Json] = {
    "-i": {"meta": {"key": "iifname"}},
    "-o": {"meta": {"key": "oifname"}},
    "-p": {"meta": {"key": "l4proto"}},
    "--sport": {"payload": {"protocol": "th", "field": "sport"}},
    "--sports": {"payload": {"protocol": "th", "field": "sport"}},
    "--dport": {"payload": {"protocol": "th", "field": "dport"}},
    "--dports": {"payload": {"protocol": "th", "field": "dport"}},
    "--state": {"ct": {"key": "ctstate"}},
    "--ctstate": {"ct": {"key": "ctstate"}},
    "--ctstatus": {"ct": {"key": "status"}},
    "--ctdir": {"ct": {"key": "direction"}},
    "--src-type": {"fib": {"result": "type", "flags": ["saddr"]}},
    "--dst-type": {"fib": {"result": "type", "flags": ["daddr"]}},
    "--pkt-type": {"meta": {"key": "pkttype"}},
    "--length": {"meta": {"key": "length"}},
    "--pol": {"meta": {"key": "ipsec"}},
}
_ADDRESSES = {"-s": "saddr", "-d": "daddr", "--src-range": "saddr", "--dst-range": "daddr"}
_RATES = {"--limit": False, "--hashlimit-upto": False, "--connlimit-upto": False}
_RATES |= {"--hashlimit-above": True, "--connlimit-above": True}
_AMONG = frozenset({"--state", "--ctstate", "--ctstatus"})
# The other options of these modules say how they count, and do not change what matches.
_ONE_OPTION = frozenset({"comment", "limit", "hashlimit", "connlimit", "policy"})


def parse(text: str, family: str, *, legacy: bool) -> Ruleset:
    """Read the tables of `iptables-save` (`family` is ip) or `ip6tables-save` (ip6).

    Raise ValueError for other text. A rule that cannot be read stands as one that may do anything.
    """
    table, targets = "", set[str]()
    chains: dict[ChainKey, dict[str, Any]] = {}
    rules: dict[ChainKey, list[Rule]] = {}
    for line in text.splitlines():
        if line.startswith("*"):
            table, targets = line[1:], set()
        elif line.startswith(":"):
            name, policy, *_ = line[1:].split()
            hooked: dict[str, Any] = {"hook": _HOOKS[name], "policy": policy.lower()} if name in _HOOKS else {}
            if table == "raw":
                hooked["prio"] = _RAW
            chains[family, table, name] = hooked
            targets.add(name)
        elif line.startswith("-A "):
            _, name, *_ = line.split()
            rules.setdefault((family, table, name), []).append(Rule(f"`{line}`", _statements(line, family, targets)))
    return Ruleset(chains, rules, legacy=legacy)


def _statements(line: str, family: str, chains: set[str]) -> list[Json]:
    try:
        return list(_translated(shlex.split(line)[2:], family, chains))
    except (LookupError, ValueError):  # such as a comment of several lines, or a number that is missing
        return [_match({"xt": "unreadable"}, None, negated=False), {"queue": None}]


def _translated(words: list[str], family: str, chains: set[str]) -> Iterator[Json]:
    module, negated = "", False
    while words:
        option = words.pop(0)
        if option == "!":
            negated = True
            continue
        values: list[str] = []
        while words and ((not words[0].startswith("-") and words[0] != "!") or (option in _FREE_TEXT and not values)):
            values.append(words.pop(0))
        if option in ("-j", "-g"):
            untracked = values[0] == "NOTRACK" or (values[0] == "CT" and "--notrack" in words)
            yield {"notrack": None} if untracked else _verdict(values[0], words, goto=option == "-g", chains=chains)
            return
        if option == "-m":
            module = values[0]
        else:
            yield from _condition(option, values, family, module, negated=negated)
        negated = False


def _verdict(target: str, options: list[str], *, goto: bool, chains: set[str]) -> Json:
    if target in _VERDICTS:
        return {_VERDICTS[target]: None}
    if target in chains:
        return {"goto" if goto else "jump": {"target": target}}
    if target == "CONNMARK" and options[0] in ("--set-xmark", "--save-mark"):
        return {"mangle": {"key": _CT_MARK, "value": _connmark(options)}}
    return {"xt": {"type": "target", "name": target}}


def _connmark(options: list[str]) -> Json:
    """Return the mark's value after connmark_tg_shift() of the kernel's xt_connmark.c."""
    if options[0] == "--set-xmark":
        value, _, mask = options[1].partition("/")
        return {"^": [{"&": [_CT_MARK, ~int(mask or "0xffffffff", 0) & 0xFFFFFFFF]}, int(value, 0)]}
    masks = dict(zip(options[1::2], (int(text, 0) for text in options[2::2]), strict=True))
    kept = ~masks.get("--ctmask", 0xFFFFFFFF) & 0xFFFFFFFF
    return {"^": [{"&": [_CT_MARK, kept]}, masks.get("--nfmask", 0xFFFFFFFF)]}


def _condition(option: str, values: list[str], family: str, module: str, *, negated: bool) -> Iterator[Json]:
    value = values[0] if values else ""
    if option in _ADDRESSES:
        field: Json = {"payload": {"protocol": family, "field": _ADDRESSES[option]}}
        yield _match(field, _range(value, "-") if "range" in option else _network(value), negated=negated)
    elif option == "--mark":
        number, _, mask = value.partition("/")
        field = {"ct" if module == "connmark" else "meta": {"key": "mark"}}
        yield _match({"&": [field, int(mask or "0xffffffff", 0)]}, int(number, 0), negated=negated)
    elif option == "--tcp-flags":
        among, wanted = (flags.lower().split(",") for flags in values)
        flags = {"payload": {"protocol": "tcp", "field": "flags"}}
        yield _match({"&": [flags, among]}, [] if wanted == ["none"] else wanted, negated=negated)
    elif option == "-f":
        fragment = {"payload": {"protocol": "ip", "field": "frag-off"}}
        yield _match({"&": [fragment, 0x1FFF]}, 0, negated=not negated)
    elif option in _RATES:
        yield {"limit": {"inv": _RATES[option] != negated}}
    elif option in _FIELDS:
        yield _match(_FIELDS[option], _operand(option, value), negated=negated, among=option in _AMONG)
    elif module not in _ONE_OPTION:
        yield _match({"xt": module}, None, negated=negated)


def _match(left: Json, right: Any, *, negated: bool, among: bool = False) -> Json:
    operators = ("in", "!") if among else ("==", "!=")
    return {"match": {"left": left, "op": operators[negated], "right": right}}


def _operand(option: str, value: str) -> Any:
    items = value.split(",")
    if option in _AMONG:
        return [item.lower().replace("_", "-") for item in items]
    match option:
        case "-i" | "-o":
            return f"{value[:-1]}*" if value.endswith("+") else value
        case "--pol":
            return value == "ipsec"
        case "--length" | "--sport" | "--sports" | "--dport" | "--dports":
            return {"set": [_range(item, ":", int) for item in items]}
        case "--pkt-type":
            return "host" if value == "unicast" else value
    return {"set": [item.lower() for item in items]}


def _range(text: str, separator: str, kind: type[int] | type[str] = str) -> Any:
    low, _, high = text.partition(separator)
    return {"range": [kind(low), kind(high)]} if high else kind(low)


def _network(text: str) -> Json:
    address, _, mask = text.partition("/")
    return {"prefix": {"addr": address, "len": mask}}
