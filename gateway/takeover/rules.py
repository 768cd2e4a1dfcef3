"""What a command of PostUp does, where it is a plain one of iptables(8) or sysctl(8). Commands are never run. Pure."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from gateway.model import PortRange, Protocol

_PROGRAMS = re.compile(r"(?:/\S*/)?ip6?tables(?:-nft|-legacy)?")
_OPTIONS = {
    "-t": "table", "--table": "table",
    "-A": "chain", "--append": "chain", "-I": "chain", "--insert": "chain",
    "-p": "protocol", "--protocol": "protocol", "--proto": "protocol",
    "-i": "in", "--in-interface": "in",
    "-o": "out", "--out-interface": "out",
    "-d": "destination", "--destination": "destination", "--dst": "destination",
    "-s": "source", "--source": "source", "--src": "source",
    "-j": "target", "--jump": "target",
    "-m": "match", "--match": "match",
    "--dport": "ports", "--dports": "ports", "--destination-port": "ports", "--destination-ports": "ports",
    "--to": "to", "--to-destination": "to",
    "--comment": "comment",
}  # fmt: skip
_MATCHES = {"tcp", "udp", "multiport", "comment"}
_FORWARDING = re.compile(r"net\.ipv(?:4\.(?:ip_forward|conf\.\S+\.forwarding)|6\.conf\.\S+\.forwarding)=1")


@dataclass(frozen=True, slots=True)
class Translation:
    """A rule that leads public ports to an address behind the tunnel."""

    protocol: Protocol
    ports: tuple[PortRange, ...]
    to: IPv4Address | IPv6Address
    to_port: int | None  # None: the same


@dataclass(frozen=True, slots=True)
class Needless:
    """What the gateway does itself."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A rule by which devices see every player as the server."""


Effect = Translation | Needless | Hidden


def commands(text: str) -> list[str]:
    """Split the value of PostUp into its commands."""
    return [part.strip() for part in re.split(r";|&&", text) if part.strip()]


def effect_of(command: str, interface: str) -> Effect | None:
    """Return what the command does, or None when it is no plain one."""
    try:
        words = shlex.split(command.replace("%i", interface))
    except ValueError:
        return None
    if not words or re.search(r"[$`|<>&]", command):
        return None
    if words[0].rpartition("/")[2] == "sysctl":
        settings = [word for word in words[1:] if not word.startswith("-")]
        return Needless() if settings and all(map(_FORWARDING.fullmatch, settings)) else None
    if not _PROGRAMS.fullmatch(words[0]):
        return None
    found = _options(words[1:])
    return _judged(found, interface) if found is not None else None


def _options(words: list[str]) -> dict[str, str] | None:
    """Return the options by name, or None when one of them is unknown or stands twice."""
    found: dict[str, str] = {}
    rest = iter([word for word in words if word not in ("-w", "--wait")])
    for word in rest:
        name, value = _OPTIONS.get(word), next(rest, None)
        if name is None or value is None or value == "!":
            return None
        if name == "chain" and word in ("-I", "--insert"):
            after = next(rest, None)  # the rule's number may follow
            if after is not None and not after.isdecimal():
                option, argument = _OPTIONS.get(after), next(rest, None)
                if option is None or argument is None or option in found:
                    return None
                found[option] = argument
        if name == "match" and value in _MATCHES:
            continue
        if name in found:
            return None
        found[name] = value
    return found


def _judged(rule: dict[str, str], interface: str) -> Effect | None:
    table, chain, target = rule.get("table", "filter"), rule.get("chain"), rule.get("target")
    if (table, chain, target) == ("nat", "PREROUTING", "DNAT"):
        return _translation(rule)
    if (table, chain, target) == ("nat", "POSTROUTING", "MASQUERADE"):
        if rule.get("out") != interface:
            return Needless()
        return Hidden() if rule.keys() <= {"table", "chain", "out", "target", "comment"} else None
    if table == "filter" and chain in ("FORWARD", "INPUT") and target == "ACCEPT":
        return Needless()
    return None


def _translation(rule: dict[str, str]) -> Translation | None:
    """Return None for a rule that some packets to these ports do not meet, or whose ports are not led one to one."""
    if not rule.keys() <= {"table", "chain", "protocol", "in", "destination", "ports", "target", "to", "comment"}:
        return None
    try:
        protocol, to = Protocol(rule["protocol"]), rule["to"]
        ports = tuple(PortRange.parse(each.replace(":", "-")) for each in rule["ports"].split(","))
        address, to_ports = _target(to)
    except (KeyError, ValueError):
        return None
    if protocol is Protocol.BOTH:
        return None
    if to_ports is None or ports == (to_ports,):
        return Translation(protocol, ports, address, None)
    if len(to_ports) == 1 and [len(each) for each in ports] == [1]:
        return Translation(protocol, ports, address, to_ports.first)
    return None


def _target(text: str) -> tuple[IPv4Address | IPv6Address, PortRange | None]:
    """Read `10.0.0.2`, `10.0.0.2:80`, `fd00::2`, `[fd00::2]:80`. Raise ValueError."""
    if found := re.fullmatch(r"\[(.*)\](?::(.*))?", text):
        address, ports = found[1], found[2]
    elif text.count(":") == 1:
        address, _, ports = text.partition(":")
    else:
        address, ports = text, None
    return ip_address(address), PortRange.parse(ports) if ports else None
