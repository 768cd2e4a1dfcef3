"""A sample packet, and whether a rule's statements match it, in the vocabulary of libnftables-json(5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from functools import lru_cache, reduce
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from operator import ge, gt, le, lt, or_
from typing import Any

Address = IPv4Address | IPv6Address


class Chance(IntEnum):
    """The chance that a packet matches, because no listing tells everything."""

    NO = 0
    RARELY = 1  # only packets that something singles out, such as a foreign list of addresses, or a rate
    MAYBE = 2  # unknown
    YES = 3

    @property
    def opposite(self) -> Chance:
        """Negate the chance. RARELY becomes MAYBE, because most packets may match `! --match-set allowed src`."""
        return {Chance.NO: Chance.YES, Chance.YES: Chance.NO}.get(self, Chance.MAYBE)


# Names and bits as in linux/in.h, linux/netfilter/nf_conntrack_common.h and xt_conntrack.h, and the TCP header.
Protocol = IntEnum("Protocol", {"icmp": 1, "tcp": 6, "udp": 17, "ipv6-icmp": 58})
State = IntFlag(
    "State", {"invalid": 1, "established": 2, "related": 4, "new": 8, "untracked": 64, "snat": 128, "dnat": 256}
)
NatStatus = IntFlag(
    "NatStatus", {"expected": 1, "seen-reply": 2, "assured": 4, "confirmed": 8, "snat": 16, "dnat": 32, "dying": 512}
)
TcpFlags = IntFlag("TcpFlags", {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ecn": 64, "cwr": 128})

Value = int | str | Address | Chance | tuple[Any, ...]  # a Chance where it is unknown; NO: there is no such field
_OWN_HEADER = frozenset({"ip", "ip6", "tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmpv6", "igmp", "esp", "ah"})
# Fields that only singled-out packets match: marks set by a rule, and modules of iptables for exceptions.
_SINGLED_OUT = frozenset(
    {"ct mark", "ct helper", "ct expiration", "ether saddr", "xt mac", "xt ttl", "xt hl"}
    | {f"xt {module}" for module in ("connbytes", "connlimit", "geoip", "hashlimit", "helper", "physdev", "recent")}
    | {f"xt {module}" for module in ("ah", "dst", "eui64", "frag", "hbh", "ipv6header", "mh", "rt", "set", "string")}
)
_ORDER = {"<": lt, ">": gt, "<=": le, ">=": ge}


@dataclass(frozen=True, slots=True)
class Sample:
    """A packet to walk through a chain."""

    what: str  # for people: what does not work when it is dropped
    version: str
    fields: Mapping[str, Value]


def sample(
    what: str,
    *,
    version: str,
    protocol: str,
    interfaces: tuple[str, str],
    addresses: tuple[Address, Address | None],
    ports: tuple[int, int],
    answer: bool = False,
    nat: str = "",
) -> Sample:
    """Make an ordinary packet: unmarked, whole, the first of its flow or an `answer`. `nat` is `dnat` or `snat`.

    Pairs are (source, destination). The second interface is "" for a packet to this host.
    """
    ip = {"ipv4": "ip", "ipv6": "ip6"}[version]
    state = State["established" if answer else "new"]
    status = NatStatus["seen-reply"] | NatStatus["confirmed"] if answer else NatStatus(0)
    fields: dict[str, Value] = {
        "meta iif": interfaces[0],
        "meta iifname": interfaces[0],
        "meta oif": interfaces[1],
        "meta oifname": interfaces[1],
        "meta nfproto": version,
        "meta protocol": ip,
        "meta l4proto": Protocol[protocol],
        "meta pkttype": "host",
        "meta mark": 0,
        "meta length": 100,
        "meta ipsec": False,
        "ct state": state,
        "ct ctstate": state | State[nat] if nat else state,  # for iptables, translation is a state
        "ct status": status | NatStatus[nat] if nat else status,
        "ct direction": "reply" if answer else "original",
        f"{ip} saddr": addresses[0],
        f"{ip} daddr": Chance.MAYBE if addresses[1] is None else addresses[1],
        f"{ip} length": 100,
        "fib saddr type": "unicast",
        "fib saddr oif": interfaces[0],
        "fib saddr oifname": interfaces[0],
        "fib daddr type": "unicast" if interfaces[1] else "local",
        "exthdr frag": False,
    }
    if version == "ipv4":
        fields |= {"ip protocol": Protocol[protocol], "ip frag-off": 0, "ip ttl": 60}
    else:
        fields |= {"ip6 nexthdr": Protocol[protocol], "ip6 hoplimit": 60}
    for header in (protocol, "th"):
        fields |= {f"{header} sport": ports[0], f"{header} dport": ports[1]}
    if protocol == "tcp":
        fields["tcp flags"] = TcpFlags["ack" if answer else "syn"]
        fields["tcp option maxseg size"] = Chance.NO if answer else 1400
    return Sample(what, version, fields)


def matches(sample: Sample, body: Mapping[str, Any], elements: Sequence[Any] | None) -> Chance:
    """Judge a `match` statement. `elements` are those of the set that it names, None when they are not listed."""
    value, operator, right = _read(sample.fields, body["left"]), body["op"], body["right"]
    if value is Chance.NO:
        return Chance.NO
    if isinstance(value, Chance):
        found = value
    elif isinstance(right, bool):
        found = _certain(bool(value) == right)
    elif operator in ("in", "!") and (mask := _bits(value, right)) is not None and isinstance(value, int):
        found = _certain(value & mask != 0)
    elif operator in _ORDER:
        comparable = isinstance(value, int) and isinstance(right, int)
        found = _certain(_ORDER[operator](value, right)) if comparable else Chance.MAYBE
    elif elements is None:
        found = Chance.RARELY
    else:
        found = max((_equals(value, element) for element in elements), default=Chance.NO)
    return found.opposite if operator in ("!=", "!") else found


def looked_up(sample: Sample, key: Any, elements: Sequence[Any]) -> list[Chance]:
    """Judge for each element of a verdict map whether `key` finds it. `*` is found when no other element is."""
    value = _read(sample.fields, key)
    if value is Chance.NO:
        return [value] * len(elements)
    others = [_equals(value, element) for element in elements if element != "*"]
    rest = max(others, default=Chance.NO).opposite
    return [rest if element == "*" else _equals(value, element) for element in elements]


def _read(fields: Mapping[str, Value], left: Any) -> Value:
    kind, body = next(iter(left.items())) if isinstance(left, dict) else ("", left)
    if kind == "concat":
        parts = tuple(_read(fields, part) for part in body)
        return Chance.NO if Chance.NO in [part for part in parts if isinstance(part, Chance)] else parts
    if kind == "&":
        value = _read(fields, body[0])
        mask = _bits(value, body[1])
        if isinstance(value, Chance):
            return value
        if not isinstance(value, int) or mask is None:
            return Chance.MAYBE
        return type(value)(value & mask) if isinstance(value, IntFlag) else value & mask
    name = _name(kind, body)
    if name in fields:
        return fields[name]
    header = name.split()[0] if name else ""
    if header in _OWN_HEADER and f"{header} dport" not in fields and f"{header} saddr" not in fields:
        return Chance.NO
    if header in ("exthdr", "ip-option"):
        return Chance.NO if "field" in body else False
    return Chance.RARELY if name in _SINGLED_OUT else Chance.MAYBE


def _name(kind: str, body: Any) -> str:
    """Name the field as nft(8) does; empty for one that is computed."""
    match kind:
        case "meta":
            return f"meta {body['key']}"
        case "ct" if "dir" not in body:
            return f"ct {body['key']}"
        case "payload" if "protocol" in body:
            return f"{body['protocol']} {body['field']}"
        case "fib":
            return f"fib {'saddr' if 'saddr' in body['flags'] else 'daddr'} {body['result']}"
        case "exthdr" | "tcp option" | "ip option":
            return f"{'ip-option' if kind == 'ip option' else kind} {body['name']} {body.get('field', '')}".strip()
        case "xt":
            return f"xt {body}"
    return ""


def _equals(value: Any, element: Any) -> Chance:
    kind, body = next(iter(element.items())) if isinstance(element, dict) else ("", element)
    if kind == "elem":
        return _equals(value, body["val"])
    if isinstance(value, Chance):
        return value
    if isinstance(value, tuple):
        return min(map(_equals, value, body)) if kind == "concat" else Chance.MAYBE
    if isinstance(value, IPv4Address | IPv6Address):
        return _holds(kind, body, value)
    if isinstance(value, str):
        text = str(body)
        return _certain(value.startswith(text[:-1]) if text.endswith("*") else value == text)
    if kind == "range":
        low, high = body
        known = isinstance(low, int) and isinstance(high, int)
        return _certain(low <= value <= high) if known else Chance.MAYBE
    number = _bits(value, element)
    return Chance.MAYBE if number is None and kind else _certain(number == value)


def _holds(kind: str, body: Any, address: Address) -> Chance:
    try:
        if kind == "prefix":
            return _certain(address in ip_network((body["addr"], body["len"])))
        if kind == "range":
            low, high = map(_address, body)
            return _certain(low.version == address.version and int(low) <= int(address) <= int(high))
        return _certain(address == _address(body))
    except (TypeError, ValueError):  # such as a host name, or a mask with gaps
        return Chance.MAYBE


def _bits(value: Any, element: Any) -> int | None:
    """Return `element` as a number, by the names that the type of `value` has; None when it is none."""
    if isinstance(element, dict) and "|" in element:
        element = element["|"]
    if isinstance(element, list):
        parts = [_bits(value, part) for part in element]
        return None if None in parts else reduce(or_, [part for part in parts if part], 0)
    if isinstance(element, str):
        named = getattr(type(value), "__members__", {}).get(element)
        if named is not None:
            return int(named)
        try:
            return int(element, 0)
        except ValueError:
            return None
    return element if isinstance(element, int) else None


_address = lru_cache(maxsize=1 << 14)(ip_address)  # each sample goes through all rules, which may be many


def _certain(yes: bool) -> Chance:
    return Chance.YES if yes else Chance.NO
