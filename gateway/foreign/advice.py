"""Chains of other programs that drop packets of the gateway, and the commands that let these packets through.

An accept in our table cannot overrule a drop in another base chain of the same hook. A packet must pass all of them
(nft(8), "verdict statements").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from itertools import product
from typing import Any

from gateway.config import GatewaySection
from gateway.foreign.listing import Listing
from gateway.foreign.packet import Address, Sample, sample
from gateway.foreign.walk import VERSIONS, ChainKey, Drop, Ruleset, Walk
from gateway.host.uplink import Line

# A player on the Internet, from the documentation ranges (RFC 5737, RFC 3849).
_PLAYER: dict[str, Address] = {
    "ipv4": IPv4Address("198.51.100.7"),
    "ipv6": IPv6Address("2001:db8::7"),
}
# Sample ports of servers, far apart, and of a client. No program owns them, so no rule names just one of them.
_SERVERS, _CLIENT = (2468, 24680, 46802), 50607


class Manager(StrEnum):
    """The program that writes a chain, which decides the command that changes it for good."""

    UFW = "ufw"
    FIREWALLD = "firewalld"
    DOCKER = "Docker"
    IPTABLES = "iptables"
    NFT = "nftables"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignChain:
    """A base chain that drops packets of the gateway."""

    family: str
    table: str
    name: str
    hook: str
    manager: Manager
    where: str  # the chain that drops them: this one, or one that it jumps to
    policy: bool  # its policy drops them, and not a rule
    blocked: tuple[str, ...]  # what does not work then
    doubt: str = ""  # the rule whose effect on these packets is unknown
    legacy: bool = False  # it belongs to iptables-legacy, which nft(8) does not show

    def __str__(self) -> str:
        return f"chain {self.name} of table {self.family} {self.table}" + (", legacy" if self.legacy else "")


@dataclass(frozen=True, slots=True)
class Complaint:
    """A finding about foreign chains."""

    detail: str
    fix: tuple[str, ...]  # a command each
    fatal: bool = False  # forwards certainly do not work


def complaints(listing: Listing, section: GatewaySection, lines: Sequence[Line]) -> Iterator[Complaint]:
    """Find what forward and input chains of other programs stop, or may stop, with the exact commands to change it."""
    port = section.listen_port
    forward = foreign_forward_chains(listing.rulesets, section, lines)
    for chains, fix in _by_advice(forward, lambda chain: advice(chain, section.interface)):
        yield Complaint(_sentence(chains), fix, fatal=not chains[0].doubt)
    listen = foreign_input_chains(listing.rulesets, section, lines)
    for chains, fix in _by_advice(listen, lambda chain: advice_listen(chain, port)):
        yield Complaint(_sentence(chains), fix)
    for sentence in listing.crashes:  # libnftables does not load our table then, either
        yield Complaint(sentence, (), fatal=True)
    for command in listing.unseen:
        detail = (
            f"legacy iptables is in use, and its rules cannot be listed, so they were not looked at: {command} fails"
        )
        yield Complaint(detail, (f"{command}    shows them; where it is missing, apt-get install iptables",))
    for program in listing.hidden:
        detail = f"{program} may be in use and stop anything: only root sees whether it has rules"
        yield Complaint(detail, (f"{program}-save    shows them, as does guildgate doctor",))


def _sentence(chains: list[ForeignChain]) -> str:
    first = chains[0]
    culprits = f"{first.manager}: {' and '.join(map(str, chains))}"
    blocked = ", ".join(dict.fromkeys(what for chain in chains for what in chain.blocked))
    # ufw and firewalld keep their rules; rules of the others are gone after a reboot.
    lasting = "" if first.manager in (Manager.UFW, Manager.FIREWALLD) else " (save these commands for the next boot)"
    if first.doubt:
        return f"{culprits} may stop {blocked}: what the rule {first.doubt} does to them is unknown here{lasting}"
    return f"{culprits} ({'policy drop' if first.policy else f'a rule in {first.where}'}) stops {blocked}{lasting}"


def foreign_forward_chains(
    rulesets: Iterable[Ruleset], section: GatewaySection, lines: Sequence[Line]
) -> list[ForeignChain]:
    """Find chains that stop packets of peers to the Internet, of players to peers, or the answers to either."""
    return _dropping(rulesets, "forward", list(_forward_samples(section, lines)))


def foreign_input_chains(
    rulesets: Iterable[Ruleset], section: GatewaySection, lines: Sequence[Line]
) -> list[ForeignChain]:
    """Find chains that stop WireGuard's own UDP packets to the gateway."""
    samples = [
        sample(
            f"devices connecting to UDP {section.listen_port}",
            version="ipv4",  # the tunnel's outer packets are IPv4 only
            protocol="udp",
            interfaces=(line.interface, ""),
            addresses=(_PLAYER["ipv4"], _reached_at(line, section)),
            ports=(_CLIENT, section.listen_port),
        )
        for line in lines
    ]
    return _dropping(rulesets, "input", samples)


def advice(chain: ForeignChain, interface: str) -> list[str]:
    """List the exact commands, for root, that let forwarded packets of `interface` through `chain`."""
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
    """List the exact commands, for root, that let WireGuard's UDP port through `chain` of the input hook."""
    match chain.manager:
        case Manager.UFW:
            return [f"ufw allow {listen_port}/udp"]
        case Manager.FIREWALLD:
            return [f"firewall-cmd --permanent --add-port={listen_port}/udp", "firewall-cmd --reload"]
        case Manager.DOCKER | Manager.IPTABLES:
            return [f"{_iptables(chain)} -I {chain.name} -p udp --dport {listen_port} -j ACCEPT"]
        case Manager.NFT:
            return [_nft_insert(chain, f"udp dport {listen_port} accept")]


def _by_advice(
    chains: list[ForeignChain], advise: Callable[[ForeignChain], list[str]]
) -> Iterator[tuple[list[ForeignChain], tuple[str, ...]]]:
    """Group chains that the same commands open, such as the two of ufw, into one finding."""
    groups: dict[tuple[str, tuple[str, ...]], list[ForeignChain]] = {}
    for chain in chains:
        groups.setdefault((chain.doubt, tuple(advise(chain))), []).append(chain)
    for (_, fix), group in groups.items():
        yield group, fix


def _iptables(chain: ForeignChain) -> str:
    program = "ip6tables" if chain.family == "ip6" else "iptables"
    table = "" if chain.table == "filter" else f" -t {chain.table}"
    return program + ("-legacy" if chain.legacy else "") + table


def _nft_insert(chain: ForeignChain, rule: str) -> str:
    return f"nft 'insert rule {chain.family} {chain.table} {chain.name} {rule}'"


def _forward_samples(section: GatewaySection, lines: Sequence[Line]) -> Iterator[Sample]:
    peers: dict[str, Address] = {"ipv4": section.address4 + 1}
    if section.address6:
        peers["ipv6"] = section.address6 + 1
    for line, (version, peer), protocol, port in product(lines, peers.items(), ("tcp", "udp"), _SERVERS):
        for what, outward, answer, nat in (
            ("devices reaching the Internet", True, False, ""),
            ("answers to devices", False, True, "snat"),
            ("players reaching forwarded ports", False, False, "dnat"),
            ("answers to players", True, True, "dnat"),
        ):
            interfaces, addresses = (line.interface, section.interface), (_PLAYER[version], peer)
            ports = (port, _CLIENT) if answer else (_CLIENT, port)
            yield sample(
                what,
                version=version,
                protocol=protocol,
                interfaces=interfaces[::-1] if outward else interfaces,
                addresses=addresses[::-1] if outward else addresses,
                ports=ports,
                answer=answer,
                nat=nat,
            )


def _reached_at(line: Line, section: GatewaySection) -> IPv4Address | None:
    """Choose the address in packets that arrive: the configured one if the line has it, else the line's own."""
    return next((own for own in line.ipv4 if str(own) == str(section.public_address)), line.uplink().source4)


def _dropping(rulesets: Iterable[Ruleset], hook: str, samples: list[Sample]) -> list[ForeignChain]:
    found = []
    for ruleset in rulesets:
        for key in ruleset.foreign(hook):
            drops: dict[str, Drop] = {}
            for each in samples:
                if each.version in VERSIONS[key[0]] and (drop := Walk(ruleset, each).base(key)):
                    known = drops.get(each.what)
                    drops[each.what] = known if known and (drop.doubt or not known.doubt) else drop
            # Certain drops hide doubtful ones, because the same commands let both through.
            worst = {what: drop for what, drop in drops.items() if not drop.doubt} or drops
            if worst:
                found.append(_foreign_chain(ruleset, key, hook, worst))
    return found


def _foreign_chain(ruleset: Ruleset, key: ChainKey, hook: str, drops: Mapping[str, Drop]) -> ForeignChain:
    first = next(iter(drops.values()))
    return ForeignChain(
        family=key[0],
        table=key[1],
        name=key[2],
        hook=hook,
        manager=_manager(ruleset, key),
        where=first.where,
        policy=first.policy,
        blocked=tuple(drops),
        doubt=first.doubt,
        legacy=ruleset.legacy,
    )


def _is_jump(statement: Mapping[str, Any], target: str) -> bool:
    return bool(statement.get("jump") == {"target": target})


def _manager(ruleset: Ruleset, key: ChainKey) -> Manager:
    names = {name for family, table, name in ruleset.chains if (family, table) == key[:2]}
    if key[1] == "firewalld":
        return Manager.FIREWALLD
    if any(name.startswith(("ufw-", "ufw6-")) for name in names):
        return Manager.UFW
    # By the jump, because chains of an uninstalled Docker may stay, and do nothing without it.
    if any(_is_jump(statement, "DOCKER-USER") for rule in ruleset.rules.get(key, ()) for statement in rule.statements):
        return Manager.DOCKER
    if ruleset.legacy or (key[0] in ("ip", "ip6") and key[1] == "filter" and key[2] in ("FORWARD", "INPUT")):
        return Manager.IPTABLES
    return Manager.NFT
