"""A sample packet's way through someone else's nftables chain, as far as `nft -j list ruleset` tells.

Where a rule asks for something the sample does not say (an address list, a mark, a rate), the sample is
ordinary: it is in nobody's list. That keeps fail2ban, geo-IP and the like from looking like a veto.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from gateway.ruleset import TABLE

Address = IPv4Address | IPv6Address
ChainKey = tuple[str, str, str]  # family, table, name
VERSIONS = {"ip": ("ipv4",), "ip6": ("ipv6",), "inet": ("ipv4", "ipv6")}
OUR_TABLE = ("inet", TABLE)
_Statements = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A packet to walk a chain with; `what` says to people what breaks when it is dropped."""

    what: str
    interfaces: Mapping[str, str]
    version: str
    protocol: str
    addresses: Mapping[str, Address]
    dport: int | None
    state: str
    dnat: bool = False


@dataclass(frozen=True, slots=True)
class Ruleset:
    """`nft -j -t list ruleset`, indexed by (family, table, chain)."""

    chains: Mapping[ChainKey, Mapping[str, Any]]
    rules: Mapping[ChainKey, Sequence[_Statements]]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Ruleset:
        chains: dict[ChainKey, Mapping[str, Any]] = {}
        rules: dict[ChainKey, list[_Statements]] = {}
        for item in document["nftables"]:
            if chain := item.get("chain"):
                chains[chain["family"], chain["table"], chain["name"]] = chain
            elif rule := item.get("rule"):
                rules.setdefault((rule["family"], rule["table"], rule["chain"]), []).append(rule["expr"])
        return cls(chains, rules)

    def foreign(self, hook: str) -> Iterator[ChainKey]:
        """Base chains of `hook` that are not ours."""
        for key, chain in self.chains.items():
            if chain.get("hook") == hook and key[0] in VERSIONS and key[:2] != OUR_TABLE:
                yield key


@dataclass(frozen=True, slots=True)
class Drop:
    where: str
    policy: bool = False


class _Accept:
    pass


@dataclass(frozen=True, slots=True)
class Walk:
    """One sample through one base chain, as nft_do_chain() of net/netfilter/nf_tables_core.c would go."""

    ruleset: Ruleset
    sample: Sample
    interface: str

    def base(self, key: ChainKey) -> Drop | None:
        end = self._chain(key)
        if end is None and self.ruleset.chains[key].get("policy") == "drop":
            return Drop(key[2], policy=True)
        return end if isinstance(end, Drop) else None

    def _chain(self, key: ChainKey) -> Drop | _Accept | None:
        """None: the packet came out at the end, or by a return."""
        for rule in self.ruleset.rules.get(key, ()):
            leaves, end = self._rule(rule, key)
            if leaves:
                return end
        return None

    def _rule(self, rule: _Statements, key: ChainKey) -> tuple[bool, Drop | _Accept | None]:
        """Whether the packet leaves the chain by this rule, and how."""
        for statement in rule:
            kind, body = next(iter(statement.items()))
            match kind:
                case "match" if not self._matches(body):
                    return False, None
                case "limit" if body.get("inv"):
                    return False, None
                case "accept":
                    return True, _Accept()
                case "drop" | "reject":
                    return True, Drop(key[2])
                case "return":
                    return True, None
                case "goto":
                    return True, self._chain((*key[:2], body["target"]))
                case "jump" if end := self._chain((*key[:2], body["target"])):
                    return True, end
                case "vmap":
                    return self._rule(self._looked_up(body), key)
                case "xt" if body["type"] == "target" and body["name"] in ("REJECT", "DROP"):
                    return True, Drop(key[2])
                case "xt" if body["type"] == "match" and not self._opaque(body["name"], rule):
                    return False, None
        return False, None

    def _opaque(self, name: str, rule: _Statements) -> bool:
        """Judge an iptables extension, of which nft lists only the name, by what it is nearly always used for.

        `conntrack`: RELATED,ESTABLISHED before an accept, INVALID before a drop. `addrtype`: LOCAL on the way in.
        A rule that names our own interface was written for us, so it is taken to match.
        """
        if name == "comment":
            return True
        if any(next(iter(s)) in ("drop", "reject") or s.get("xt", {}).get("type") == "target" for s in rule):
            return False
        if name == "addrtype":
            return "oif" not in self.sample.interfaces
        ours = any(s["match"]["right"] == self.interface for s in rule if "match" in s)
        return name == "conntrack" and (self.sample.state == "established" or ours)

    def _looked_up(self, body: Mapping[str, Any]) -> _Statements:
        data = body["data"]
        known, value = self._value(body["key"])
        if not known or value is None or not isinstance(data, dict):
            return ()
        return next(([verdict] for element, verdict in data["set"] if _same(value, element)), ())

    def _matches(self, body: Mapping[str, Any]) -> bool:
        known, value = self._value(body["left"])
        if not known:
            return False
        right = body["right"]
        elements = right if isinstance(right, list) else right["set"] if _is(right, "set") else [right]
        found = value is not None and any(_same(value, element) for element in elements)
        return not found if body["op"] == "!=" else found and body["op"] in ("==", "in")

    def _value(self, left: Any) -> tuple[bool, Any]:
        """(whether the packet has such a field at all, its value or None when the sample does not say)."""
        sample = self.sample
        if _is(left, "&"):
            return self._value(left["&"][0])
        if _is(left, "meta"):
            name = left["meta"]["key"]
            return True, {
                "iif": sample.interfaces.get("iif"),
                "iifname": sample.interfaces.get("iif"),
                "oif": sample.interfaces.get("oif"),
                "oifname": sample.interfaces.get("oif"),
                "nfproto": sample.version,
                "l4proto": sample.protocol,
            }.get(name)
        if _is(left, "ct"):
            return True, {"state": sample.state, "status": "dnat" if sample.dnat else None}.get(left["ct"]["key"])
        if _is(left, "payload") and "protocol" in left["payload"]:
            header, name = left["payload"]["protocol"], left["payload"]["field"]
            if header in ("ip", "ip6"):
                same = header == {"ipv4": "ip", "ipv6": "ip6"}[sample.version]
                return same, sample.protocol if name in ("protocol", "nexthdr") else sample.addresses.get(name)
            return header in ("th", sample.protocol), sample.dport if name == "dport" else None
        return True, None


def _is(value: Any, key: str) -> bool:
    return isinstance(value, dict) and key in value


def _same(value: Any, element: Any) -> bool:
    if _is(element, "elem"):
        return _same(value, element["elem"]["val"])
    if isinstance(value, IPv4Address | IPv6Address):
        return _holds(element, value)
    if _is(element, "range"):
        low, high = element["range"]
        return isinstance(value, int) and isinstance(low, int) and low <= value <= high
    if isinstance(element, str) and element.endswith("*"):
        return str(value).startswith(element[:-1])
    return str(value) == str(element)


def _holds(element: Any, address: Address) -> bool:
    try:
        if _is(element, "prefix"):
            return address in ip_network((element["prefix"]["addr"], element["prefix"]["len"]))
        if _is(element, "range"):
            low, high = (ip_address(end) for end in element["range"])
            return low.version == address.version and int(low) <= int(address) <= int(high)
        return address == ip_address(element)
    except ValueError:  # a host name or the name of a set
        return False
