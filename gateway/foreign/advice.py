"""Chains of other programs that drop packets of the gateway, and the commands that let these packets through.

An accept in our table cannot overrule a drop in another base chain of the same hook. A packet must pass all of them
(nft(8), "verdict statements").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from gateway.cause import Cause
from gateway.config import GatewaySection
from gateway.foreign.listing import Listing
from gateway.foreign.marks import free_mask, uses
from gateway.foreign.packet import Sample
from gateway.foreign.samples import IN, IN_ANSWERS, arriving, forwarded, received
from gateway.foreign.walk import DROP, NOTRACK, OFFLOAD, VERSIONS, ChainKey, Drop, Ruleset, Walk
from gateway.host.uplink import Line
from gateway.problem import Problem, Trouble

_EFFECTS = {
    DROP: ("stop", "stops"),
    NOTRACK: ("leave untracked (notrack)", "leaves untracked (notrack)"),
    OFFLOAD: ("hand to a flowtable, past our rules,", "hands to a flowtable, past our rules,"),
}
_CONNTRACK = -200  # the priority of connection tracking; later, notrack has no effect (linux/netfilter_ipv4.h)


class Manager(StrEnum):
    """The program that writes a chain, which decides the command that changes it for good."""

    UFW = "ufw"
    FIREWALLD = "firewalld"
    DOCKER = "Docker"
    IPTABLES = "iptables"
    NFT = "nftables"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignChain:
    """A base chain that drops packets of the gateway, or keeps them from our rules."""

    family: str
    table: str
    name: str
    hook: str
    manager: Manager
    where: str  # the chain that drops them: this one, or one that it jumps to
    policy: bool  # its policy drops them, and not a rule
    blocked: tuple[str, ...]  # what does not work then
    sought: str = DROP  # what it does to these packets
    doubt: str = ""  # the rule whose effect on these packets is unknown
    legacy: bool = False  # it belongs to iptables-legacy, which nft(8) does not show

    def __str__(self) -> str:
        return f"chain {self.name} of table {self.family} {self.table}" + (", legacy" if self.legacy else "")


@dataclass(frozen=True, slots=True)
class Complaint:
    """A finding about foreign chains. What is in doubt has no problem."""

    detail: str
    fix: tuple[str, ...]  # a command each
    cause: Cause
    values: Mapping[str, str]
    fatal: bool = False  # forwards certainly do not work
    problem: Problem | None = None


def complaints(listing: Listing, section: GatewaySection, lines: Sequence[Line]) -> Iterator[Complaint]:
    """Find what forward and input chains of other programs stop, or may stop, with the exact commands to change it."""
    port = section.listen_port
    interfaces = (section.interface, *(line.interface for line in lines))
    forward = foreign_forward_chains(listing.rulesets, section, lines)
    for chains, fix in _by_advice(forward, lambda chain: advice(chain, section.interface)):
        yield _complaint(chains, fix, is_fatal=not chains[0].doubt)
    listen = foreign_input_chains(listing.rulesets, section, lines)
    for chains, fix in _by_advice(listen, lambda chain: advice_listen(chain, port)):
        yield _complaint(chains, fix)
    raw = foreign_raw_chains(listing.rulesets, section, lines)
    for chains, fix in _by_advice(raw, lambda chain: advice_raw(chain, interfaces)):
        yield _complaint(chains, fix, is_fatal=not chains[0].doubt)
    offload = foreign_offload_chains(listing.rulesets, section, lines)
    for chains, fix in _by_advice(offload, lambda chain: advice(chain, section.interface)):
        yield _complaint(chains, fix)
    yield from _marked(listing, section, lines)
    for sentence in listing.crashes:  # libnftables does not load our table then, either
        unreadable = Problem(code=Trouble.UNREADABLE, values={"reason": sentence})
        yield Complaint(sentence, (), Cause.FIREWALL_CRASH, {}, fatal=True, problem=unreadable)
    for command in listing.unseen:
        detail = (
            f"legacy iptables is in use, and its rules cannot be listed, so they were not looked at: {command} fails"
        )
        fix = (f"{command}    shows them; where it is missing, apt-get install iptables",)
        yield Complaint(detail, fix, Cause.FIREWALL_LEGACY, {})
    for program in listing.hidden:
        detail = f"{program} may be in use and stop anything: only root sees whether it has rules"
        fix = (f"{program}-save    shows them, as does guildgate doctor",)
        yield Complaint(detail, fix, Cause.FIREWALL_HIDDEN, {"program": program})


def _complaint(chains: list[ForeignChain], fix: tuple[str, ...], *, is_fatal: bool = False) -> Complaint:
    values = {"program": str(chains[0].manager), "chains": ", ".join(map(str, chains))}
    return Complaint(_sentence(chains), fix, _cause(chains), values, is_fatal, _problem(chains))


def _cause(chains: list[ForeignChain]) -> Cause:
    if chains[0].doubt:
        return Cause.FIREWALL_DOUBT
    if chains[0].sought == OFFLOAD:
        return Cause.FIREWALL_FLOWTABLE
    return Cause.FIREWALL_PLAYERS if _stops_players(chains) else Cause.FIREWALL_DEVICES


def _marked(listing: Listing, section: GatewaySection, lines: Iterable[Line]) -> Iterator[Complaint]:
    """Find rules that use our bits of the conntrack mark, or take it for theirs alone."""
    mask = section.conntrack_mask
    found = list(uses(listing.rulesets, (section.interface, *(line.interface for line in lines))))
    other = free_mask(mask, found)
    for use in dict.fromkeys(use for use in found if use.bits & mask):
        if use.whole and use.writes:
            detail = f"{use.where}, writes the whole conntrack mark, which ends flows of forwards that meet the rule"
            fix = "nft: ct mark set ct mark | BITS; iptables: CONNMARK with a mask of its own bits"
            problem = Problem(code=Trouble.MARKS, values={"rules": use.where})
            yield Complaint(detail, (fix,), Cause.MARK_WRITTEN, {"rules": use.where}, problem=problem)
        elif use.whole:
            detail = f"{use.where}, compares the whole conntrack mark, which has bits of {mask:#x} in flows of forwards"
            fix = "nft: ct mark & BITS == BITS; iptables: --mark VALUE/MASK"
            yield Complaint(detail, (fix,), Cause.MARK_COMPARED, {"rules": use.where})
        else:
            does = "writes" if use.writes else "compares"
            detail = f"{use.where}, {does} bits {use.bits & mask:#x} of the conntrack mark, which the gateway uses"
            fix = f"conntrack_mask = {other:#x}    in [gateway]" if other else "Let it use other bits"
            yield Complaint(detail, (fix,), Cause.MARK_SHARED, {"rules": use.where})


def _sentence(chains: list[ForeignChain]) -> str:
    first = chains[0]
    culprits = f"{first.manager}: {' and '.join(map(str, chains))}"
    blocked = ", ".join(dict.fromkeys(what for chain in chains for what in chain.blocked))
    # ufw and firewalld keep their rules; rules of the others are gone after a reboot.
    lasting = "" if first.manager in (Manager.UFW, Manager.FIREWALLD) else " (save these commands for the next boot)"
    may, does = _EFFECTS[first.sought]
    if first.doubt:
        return f"{culprits} may {may} {blocked}: what the rule {first.doubt} does to them is unknown here{lasting}"
    return f"{culprits} ({'policy drop' if first.policy else f'a rule in {first.where}'}) {does} {blocked}{lasting}"


def _problem(chains: list[ForeignChain]) -> Problem | None:
    if chains[0].doubt:
        return None
    code = Trouble.FIREWALL if _stops_players(chains) else Trouble.FIREWALL_DEVICES
    values = {"program": str(chains[0].manager), "chains": ", ".join(map(str, chains))}
    return Problem(code=Trouble.OFFLOAD if chains[0].sought == OFFLOAD else code, values=values)


def _stops_players(chains: list[ForeignChain]) -> bool:
    return any({IN, IN_ANSWERS} & {*chain.blocked} for chain in chains)


def problems_of(found: Iterable[Complaint]) -> list[Problem]:
    """Return the problems among the complaints. Those with the same code are one, which names all programs."""
    by_code: dict[str, list[Problem]] = {}
    for problem in (complaint.problem for complaint in found if complaint.problem):
        by_code.setdefault(problem.code, []).append(problem)
    return [
        Problem(
            code=code,
            values={
                name: joined.join(dict.fromkeys(problem.values[name] for problem in problems))
                for name, joined in zip(problems[0].values, (" and ", ", "), strict=False)
            },
        )
        for code, problems in by_code.items()
    ]


def foreign_forward_chains(
    rulesets: Iterable[Ruleset], section: GatewaySection, lines: Sequence[Line]
) -> list[ForeignChain]:
    """Find chains that stop packets of peers to the Internet, of players to peers, or the answers to either."""
    return _seeking(rulesets, "forward", list(forwarded(section, lines)))


def foreign_input_chains(
    rulesets: Iterable[Ruleset], section: GatewaySection, lines: Sequence[Line]
) -> list[ForeignChain]:
    """Find chains that stop WireGuard's own UDP packets to the gateway."""
    return _seeking(rulesets, "input", list(received(section, lines)))


def foreign_raw_chains(
    rulesets: Iterable[Ruleset], section: GatewaySection, lines: Sequence[Line]
) -> list[ForeignChain]:
    """Find chains that keep packets of players or devices from connection tracking, so that they are not translated."""
    return _seeking(rulesets, "prerouting", list(arriving(section, lines)), NOTRACK)


def foreign_offload_chains(
    rulesets: Iterable[Ruleset], section: GatewaySection, lines: Sequence[Line]
) -> list[ForeignChain]:
    """Find chains that hand flows of players or devices to a flowtable, whose packets pass no rule any more."""
    return _seeking(rulesets, "forward", list(forwarded(section, lines)), OFFLOAD)


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


def advice_raw(chain: ForeignChain, interfaces: Iterable[str]) -> list[str]:
    """List the exact commands, for root, that have packets from these interfaces tracked before `chain` forbids it."""
    if chain.manager is Manager.NFT:
        return [_nft_insert(chain, f'iifname "{interface}" accept') for interface in interfaces]
    return [f"{_iptables(chain)} -I {chain.name} -i {interface} -j ACCEPT" for interface in interfaces]


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


def _seeking(rulesets: Iterable[Ruleset], hook: str, samples: list[Sample], sought: str = DROP) -> list[ForeignChain]:
    found = []
    for ruleset in rulesets:
        if sought != DROP and not ruleset.has(sought):
            continue
        for key in ruleset.foreign(hook):
            if sought == NOTRACK and not _precedes_conntrack(ruleset.chains[key]):
                continue
            drops: dict[str, Drop] = {}
            for each in samples:
                if each.version in VERSIONS[key[0]] and (drop := Walk(ruleset, each, sought).base(key)):
                    known = drops.get(each.what)
                    drops[each.what] = known if known and (drop.doubt or not known.doubt) else drop
            # Certain drops hide doubtful ones, because the same commands let both through.
            worst = {what: drop for what, drop in drops.items() if not drop.doubt} or drops
            if worst:
                found.append(replace(_foreign_chain(ruleset, key, hook, worst), sought=sought))
    return found


def _precedes_conntrack(chain: Mapping[str, Any]) -> bool:
    priority = chain.get("prio")
    return isinstance(priority, int) and priority < _CONNTRACK


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
    places = (("filter", "FORWARD"), ("filter", "INPUT"), ("raw", "PREROUTING"))
    if ruleset.legacy or (key[0] in ("ip", "ip6") and key[1:] in places):
        return Manager.IPTABLES
    return Manager.NFT
