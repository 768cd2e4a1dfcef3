"""Which chains of other programs drop what the gateway needs, and the commands that let it through.

An accept in our table cannot overrule a drop in another base chain of the same hook: a packet must pass
them all (nft(8), "verdict statements").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from itertools import product
from typing import Any

from gateway.config import GatewaySection
from gateway.walk import VERSIONS, Address, ChainKey, Drop, Ruleset, Sample, Walk

# Somebody on the Internet, from the documentation ranges (RFC 5737, RFC 3849).
_PLAYER: dict[str, Address] = {
    "ipv4": IPv4Address("198.51.100.7"),
    "ipv6": IPv6Address("2001:db8::7"),
}


class Manager(StrEnum):
    """Who writes a chain, and so which command changes it for good."""

    UFW = "ufw"
    FIREWALLD = "firewalld"
    DOCKER = "Docker"
    IPTABLES = "iptables"
    NFT = "nftables"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignChain:
    """A base chain that drops packets we need; `where` is the chain that does it, by its policy or a rule."""

    family: str
    table: str
    name: str
    hook: str
    manager: Manager
    where: str
    policy: bool
    blocked: tuple[str, ...]

    def __str__(self) -> str:
        return f"chain {self.name} of table {self.family} {self.table}"


def foreign_forward_chains(
    document: Mapping[str, Any], section: GatewaySection, public_interface: str
) -> list[ForeignChain]:
    """The chains that stop peers going out, players coming in, or the answers to either."""
    return _dropping(Ruleset.of(document), "forward", _forward_samples(section, public_interface), section.interface)


def foreign_input_chains(
    document: Mapping[str, Any], section: GatewaySection, public_interface: str
) -> list[ForeignChain]:
    """The chains that keep WireGuard's own UDP packets from the gateway."""
    samples = [
        Sample(
            what="devices connecting",
            interfaces={"iif": public_interface},
            version=version,
            protocol="udp",
            addresses={"saddr": _PLAYER[version]},
            dport=section.listen_port,
            state="new",
        )
        for version in _PLAYER
    ]
    return _dropping(Ruleset.of(document), "input", samples, section.interface)


def advice(chain: ForeignChain, interface: str) -> list[str]:
    """The exact commands, for root, that let forwarded packets of `interface` through `chain`."""
    match chain.manager:
        case Manager.UFW:
            return [f"ufw route allow in on {interface}", f"ufw route allow out on {interface}"]
        case Manager.FIREWALLD:
            policy = "firewall-cmd --permanent --policy=guildgate-out"
            return [
                "firewall-cmd --permanent --new-zone=guildgate",
                f"firewall-cmd --permanent --zone=guildgate --add-interface={interface}",
                "firewall-cmd --permanent --new-policy=guildgate-out",
                f"{policy} --add-ingress-zone=guildgate",
                f"{policy} --add-egress-zone=ANY",
                f"{policy} --set-target=ACCEPT",
                "firewall-cmd --reload",
            ]
        case Manager.DOCKER | Manager.IPTABLES:
            target = "DOCKER-USER" if chain.manager is Manager.DOCKER else chain.name
            insert = f"{_iptables(chain)} -I {target}"
            return [
                f"{insert} -i {interface} -j ACCEPT",
                f"{insert} -o {interface} -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT",
            ]
        case Manager.NFT:
            return [
                _nft_insert(chain, f'iifname "{interface}" accept'),
                _nft_insert(chain, f'oifname "{interface}" ct state established,related accept'),
                _nft_insert(chain, f'oifname "{interface}" ct status dnat accept'),
            ]


def advice_listen(chain: ForeignChain, listen_port: int) -> list[str]:
    """The exact commands, for root, that let WireGuard's UDP port through `chain` of the input hook."""
    match chain.manager:
        case Manager.UFW:
            return [f"ufw allow {listen_port}/udp"]
        case Manager.FIREWALLD:
            return [f"firewall-cmd --permanent --add-port={listen_port}/udp", "firewall-cmd --reload"]
        case Manager.DOCKER | Manager.IPTABLES:
            return [f"{_iptables(chain)} -I {chain.name} -p udp --dport {listen_port} -j ACCEPT"]
        case Manager.NFT:
            return [_nft_insert(chain, f"udp dport {listen_port} accept")]


def by_advice(
    chains: list[ForeignChain], advise: Callable[[ForeignChain], list[str]]
) -> Iterator[tuple[list[ForeignChain], list[str]]]:
    """Chains that the same commands open, such as ufw's two, are one finding."""
    groups: dict[tuple[str, ...], list[ForeignChain]] = {}
    for chain in chains:
        groups.setdefault(tuple(advise(chain)), []).append(chain)
    for fix, group in groups.items():
        yield group, list(fix)


def culprits(chains: list[ForeignChain]) -> str:
    first = chains[0]
    where = "policy drop" if first.policy else f"a rule in {first.where}"
    return f"{first.manager}: {' and '.join(map(str, chains))} ({where})"


def complaints(
    document: Mapping[str, Any], section: GatewaySection, public_interfaces: Iterable[str]
) -> Iterator[tuple[str, list[str]]]:
    """What other programs' chains stop, as a sentence, and the exact commands that change it."""
    forward: dict[str, ForeignChain] = {}
    listen: dict[str, ForeignChain] = {}
    for public in public_interfaces:
        forward |= {str(chain): chain for chain in foreign_forward_chains(document, section, public)}
        listen |= {str(chain): chain for chain in foreign_input_chains(document, section, public)}
    for chains, commands in (
        *by_advice(list(forward.values()), lambda chain: advice(chain, section.interface)),
        *by_advice(list(listen.values()), lambda chain: advice_listen(chain, section.listen_port)),
    ):
        blocked = dict.fromkeys(what for chain in chains for what in chain.blocked)
        yield f"{culprits(chains)} stops {', '.join(blocked)}", commands


def _iptables(chain: ForeignChain) -> str:
    return "ip6tables" if chain.family == "ip6" else "iptables"


def _nft_insert(chain: ForeignChain, rule: str) -> str:
    return f"nft 'insert rule {chain.family} {chain.table} {chain.name} {rule}'"


def _forward_samples(section: GatewaySection, public_interface: str) -> list[Sample]:
    peers: dict[str, Address] = {"ipv4": section.address4 + 1}
    if section.address6:
        peers["ipv6"] = section.address6 + 1
    out = {"iif": section.interface, "oif": public_interface}
    back = {"iif": public_interface, "oif": section.interface}
    samples = []
    for (version, peer), protocol in product(peers.items(), ("tcp", "udp")):
        to_player = {"saddr": peer, "daddr": _PLAYER[version]}
        to_peer = {"saddr": _PLAYER[version], "daddr": peer}
        for what, interfaces, addresses, state, dnat in (
            ("devices reaching the Internet", out, to_player, "new", False),
            ("answers to devices", back, to_peer, "established", False),
            ("players reaching forwarded ports", back, to_peer, "new", True),
            ("answers to players", out, to_player, "established", True),
        ):
            samples.append(
                Sample(
                    what=what,
                    interfaces=interfaces,
                    version=version,
                    protocol=protocol,
                    addresses=addresses,
                    dport=None,
                    state=state,
                    dnat=dnat,
                )
            )
    return samples


def _dropping(ruleset: Ruleset, hook: str, samples: list[Sample], interface: str) -> list[ForeignChain]:
    found = []
    for key in ruleset.foreign(hook):
        drops: dict[str, Drop] = {}
        for sample in samples:
            if sample.version in VERSIONS[key[0]] and (drop := Walk(ruleset, sample, interface).base(key)):
                drops.setdefault(sample.what, drop)
        if drops:
            first = next(iter(drops.values()))
            found.append(
                ForeignChain(
                    family=key[0],
                    table=key[1],
                    name=key[2],
                    hook=hook,
                    manager=_manager(ruleset, key),
                    where=first.where,
                    policy=first.policy,
                    blocked=tuple(drops),
                )
            )
    return found


def _is_jump(statement: Mapping[str, Any], target: str) -> bool:
    return "jump" in statement and statement["jump"]["target"] == target


def _manager(ruleset: Ruleset, key: ChainKey) -> Manager:
    names = {name for family, table, name in ruleset.chains if (family, table) == key[:2]}
    if key[1] == "firewalld":
        return Manager.FIREWALLD
    if any(name.startswith(("ufw-", "ufw6-")) for name in names):
        return Manager.UFW
    # Chains of an uninstalled Docker may linger; a rule in one that FORWARD no longer jumps to does nothing.
    if any(_is_jump(statement, "DOCKER-USER") for rule in ruleset.rules.get(key, ()) for statement in rule):
        return Manager.DOCKER
    if key[0] in ("ip", "ip6") and key[1] == "filter" and key[2] in ("FORWARD", "INPUT"):
        return Manager.IPTABLES
    return Manager.NFT
