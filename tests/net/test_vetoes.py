"""The doctor's verdict on other programs' rules, compared with what packets do under them."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway import config
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import VPS4, World
from gateway.foreign.advice import Complaint, complaints
from gateway.foreign.listing import read_rulesets
from gateway.host.kernel import KernelHost
from gateway.host.surroundings import lines_of
from tests.net.gateway import Gateway
from tests.net.test_coexistence import DIRECTIONS, passing

pytestmark = pytest.mark.timeout(60)

NEIGHBOURS = "meta l4proto ipv6-icmp accept"


def forward(*rules: str, policy: str = "accept", sets: str = "") -> str:
    hook = f"type filter hook forward priority filter; policy {policy}"
    return table("\n".join(["chain c {", hook, *rules, "}"]), sets)


def receive(*rules: str, policy: str = "accept", sets: str = "") -> str:
    hook = f"type filter hook input priority filter; policy {policy}"
    return table("\n".join(["chain c {", hook, NEIGHBOURS, *rules, "}"]), sets)


def table(chain: str, sets: str) -> str:
    return f"table inet f {{\n{sets}\n{chain}\n}}\n"


INTERFACES = 'set s {{ type ifname; elements = {{ "{}" }}; }}'
HARMLESS = {
    "new flows without SYN": forward("tcp flags & (fin|syn|rst|ack) != syn ct state new drop"),
    "fragments": forward("ip frag-off & 0x1fff != 0 drop"),
    "a rate for each source": forward(
        "ct state new add @s { ip saddr limit rate over 500/second } drop",
        sets="set s { type ipv4_addr; flags dynamic; size 1000; timeout 10s; }",
    ),
    "a count for each source": forward(
        "ct state new add @s { ip saddr ct count over 500 } reject",
        sets="set s { type ipv4_addr; flags dynamic; size 1000; }",
    ),
    "a rate of a meter": forward("meter m { ip saddr limit rate over 500/second } drop"),
    "odd segment sizes": forward("tcp option maxseg size != 536-65535 tcp flags syn ct state new drop"),
    "our interface in a set": forward(
        NEIGHBOURS,
        "iifname @s accept",
        "oifname @s accept",
        policy="drop",
        sets=INTERFACES.format("ggtest0"),
    ),
    "pairs of interfaces": forward(
        NEIGHBOURS,
        'iifname . oifname { "eth0" . "ggtest0", "ggtest0" . "eth0" } accept',
        policy="drop",
    ),
    "untracked too late": table("chain c {\ntype filter hook prerouting priority mangle\nnotrack\n}", ""),
    "untracked name queries": table("chain c {\ntype filter hook prerouting priority raw\nudp dport 53 notrack\n}", ""),
    "invalid states": forward("ct state vmap { invalid : drop, established : accept }"),
    "a list of addresses": forward(
        "ip saddr @s drop",
        "ip saddr . tcp dport @t drop",
        sets="set s { type ipv4_addr; elements = { 192.0.2.200 }; }\n"
        "set t { type ipv4_addr . inet_service; elements = { 192.0.2.200 . 80 }; }",
    ),
    "single ports": forward("tcp dport { 25, 445 } drop", "udp dport 1-1023 oifname ggtest0 drop"),
    "our port in a set": receive(
        "udp dport @s accept",
        policy="drop",
        sets="set s { type inet_service; elements = { 51820 }; }",
    ),
    "our port in a map": receive(
        "udp dport vmap @m",
        policy="drop",
        sets="map m { type inet_service : verdict; elements = { 51820 : accept }; }",
    ),
    "our address and port": receive(f"ip daddr {VPS4} udp dport 51820 accept", policy="drop"),
    "what is for others": receive("meta pkttype != host drop"),
    "what is not for this host": receive("fib daddr type != local drop"),
    "iptables multiport": "-A INPUT -p udp -m multiport --dports 53,51820 -j ACCEPT\n-P INPUT DROP",
    "iptables invalid": "-A FORWARD -m state --state INVALID -j DROP\n"
    "-A FORWARD -m conntrack --ctstate INVALID -j DROP",
    "iptables without SYN": "-A FORWARD -p tcp ! --syn -m conntrack --ctstate NEW -j DROP",
    "iptables rates": "-A FORWARD -p udp -m hashlimit --hashlimit-name a --hashlimit-above 5000/sec -j DROP\n"
    "-A FORWARD -p tcp -m connlimit --connlimit-above 500 -j REJECT",
    "iptables sources": '-A FORWARD -m recent --name "a b" --rcheck --seconds 60 -j DROP\n'
    "-A FORWARD -m addrtype --src-type LOCAL -j DROP",
    "iptables own interface": "-A FORWARD -m comment --comment '! -j DROP' -i ggtest+ -j ACCEPT\n"
    "-A FORWARD -o ggtest0 -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT\n-P FORWARD DROP",
}
VETOES = {
    "iptables NEW": "-A FORWARD -i eth0 -m conntrack --ctstate NEW -j DROP",
    "iptables NEW by state": "-A FORWARD -i eth0 -m state --state NEW -j REJECT",
    "iptables all but established": "-A FORWARD -i eth0 -m conntrack ! --ctstate RELATED,ESTABLISHED -j DROP",
    "iptables not from here": "-A FORWARD -m addrtype ! --src-type LOCAL -j DROP",
    "iptables translated": "-A FORWARD -m conntrack --ctstate DNAT -j DROP",
    "the uplink in a set": forward("iifname @s ct state new drop", sets=INTERFACES.format("eth0")),
    "all ports": forward("tcp dport 1-65535 drop", "udp dport 1-65535 reject"),
    "all ports but few": forward("tcp dport != { 22, 80 } drop", "udp dport >= 1024 drop"),
    "untracked": table("chain c {\ntype filter hook prerouting priority raw\niifname eth0 notrack\n}", ""),
    "untracked from the tunnel": table(
        "chain c {\ntype filter hook prerouting priority -310\niifname ggtest0 udp dport 1024-65535 notrack\n"
        "iifname ggtest0 jump d\n}\nchain d {\nmeta l4proto tcp notrack\n}",
        "",
    ),
    "iptables untracked": "-t raw -A PREROUTING -i eth0 -j CT --notrack",
    "a pair of interfaces": forward('iifname . oifname vmap { "eth0" . "ggtest0" : drop }'),
}
# Rules that a listing does not explain: dropped, and accepted before a drop.
DOUBTS = {
    "all processors": (forward("meta cpu 0-100000 drop"), False),
    "no processor": (forward("meta cpu 100000 drop"), True),
    "from a list": (
        forward(
            NEIGHBOURS,
            "ip saddr @s accept",
            "ip6 saddr != ::1 accept",
            policy="drop",
            sets="set s { type ipv4_addr; flags interval; elements = { 0.0.0.0/0 }; }",
        ),
        True,
    ),
    "iptables at all times": ("-A FORWARD -m statistic --mode random --probability 1 -j DROP", False),
}


@asynccontextmanager
async def beside(gateway: Gateway, rules: str) -> AsyncIterator[None]:
    """Load the rules, by iptables for both families or by nft. Remove every foreign table at the end."""
    if rules.startswith("-"):
        for program in ("iptables", "ip6tables"):
            lines = [f"-I {chain} -p icmpv6 -j ACCEPT" for chain in ("FORWARD", "INPUT") if program == "ip6tables"]
            for line in (*lines, *rules.splitlines()):
                await gateway.run(program, *shlex.split(line))
    else:
        path = gateway.folder / "foreign"
        path.write_text(rules)
        await gateway.nft("-f", str(path))
    try:
        yield
    finally:
        for item in json.loads(await gateway.nft("-j", "list", "tables"))["nftables"]:
            if "table" in item and item["table"]["name"] != "guildgate":
                await gateway.nft("delete", "table", item["table"]["family"], item["table"]["name"])


def said(gateway: Gateway, **settings: object) -> list[Complaint]:
    """Return what the doctor and the gateway at its start would say."""
    section = config.parse({"gateway": {"interface": gateway.interface, **settings}}).gateway

    def ask() -> list[Complaint]:
        listing = read_rulesets()
        assert not isinstance(listing, str)
        return list(complaints(listing, section, asyncio.run(lines_of(KernelHost(), section))))

    return gateway.world.vps.call(ask)


@asynccontextmanager
async def playing(gateway: Gateway, world: World) -> AsyncIterator[None]:
    text = await gateway.join()
    await gateway.forward(25565)
    async with peer_up(world.friend, text, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        yield


async def test_what_stops_nothing_is_no_complaint(gateway: Gateway, world: World) -> None:
    """The rules concern special traffic, or let ours through in one way or another."""
    async with playing(gateway, world):
        for name, rules in HARMLESS.items():
            async with beside(gateway, rules):
                await gateway.run("conntrack", "-F")
                assert (name, await passing(world)) == (name, DIRECTIONS)
                assert (name, said(gateway)) == (name, [])


async def test_what_stops_players_is_a_failure_and_its_cure_works(gateway: Gateway, world: World) -> None:
    """Each is named. After the named commands everything passes, and there is no complaint."""
    async with playing(gateway, world):
        for name, rules in VETOES.items():
            async with beside(gateway, rules):
                assert (name, await passing(world, timeout_s=0.4)) != (name, DIRECTIONS)
                found = said(gateway)
                assert (name, {each.fatal for each in found}) == (name, {True})
                for command in (line for each in found for line in each.fix):
                    await gateway.run(*shlex.split(command))
                assert (name, await passing(world)) == (name, DIRECTIONS)
                assert (name, said(gateway)) == (name, [])


async def test_what_cannot_be_judged_is_said_and_not_guessed(gateway: Gateway, world: World) -> None:
    """The rule in doubt is named, whether or not it stops players, with commands that end the doubt."""
    async with playing(gateway, world):
        for name, (rules, passes) in DOUBTS.items():
            async with beside(gateway, rules):
                enough_s = 1.5 if passes else 0.4  # because dropped packets show nothing more after a longer wait
                assert (name, await passing(world, timeout_s=enough_s) == DIRECTIONS) == (name, passes)
                found = said(gateway)
                assert (name, {each.fatal for each in found}) == (name, {False})
                assert all("may stop" in each.detail and "the rule" in each.detail for each in found)
                for command in (line for each in found for line in each.fix):
                    await gateway.run(*shlex.split(command))
                assert (name, await passing(world)) == (name, DIRECTIONS)
                assert (name, said(gateway)) == (name, [])


async def test_what_cannot_be_listed_is_said(gateway: Gateway, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without iptables' own programs its extensions are in doubt, and legacy rules are unknown."""
    await gateway.run("iptables-legacy", "-P", "FORWARD", "DROP")
    async with beside(gateway, VETOES["iptables NEW"]):
        with monkeypatch.context() as changes:
            changes.setenv("PATH", str(gateway.folder))
            *nft, legacy = said(gateway)
    assert ["players reaching forwarded ports: what the rule with handle" in each.detail for each in nft] == [True] * 2
    assert "iptables-legacy-save fails" in legacy.detail
    assert not legacy.fatal


async def test_every_uplink_is_looked_at(gateway: Gateway, world: World) -> None:
    """A rule drops only what comes in by the second of two public interfaces."""
    async with beside(gateway, forward('iifname "eth1" drop')):
        assert said(gateway) == []
        (complaint,) = said(gateway, public_interface=["eth0", "eth1"])
        assert complaint.fatal
        assert "stops answers to devices, players reaching forwarded ports" in complaint.detail


@pytest.mark.parametrize("program", ["iptables", "ip6tables"])
async def test_legacy_tables_are_read_at_the_start_too(idle_gateway: Gateway, world: World, program: str) -> None:
    """nft does not show them. The start-up warning names the commands, and these let players through."""
    gateway = idle_gateway
    if program == "ip6tables":
        await gateway.run("ip6tables-legacy", "-A", "FORWARD", "-p", "icmpv6", "-j", "ACCEPT")
    await gateway.run(f"{program}-legacy", "-P", "FORWARD", "DROP")
    await gateway.start()
    assert gateway.process
    stderr = gateway.process.stderr
    async with playing(gateway, world):
        (complaint,) = said(gateway)
        assert complaint.fatal
        stopped = {kind for kind in DIRECTIONS if kind.endswith("6" if program == "ip6tables" else "4")}
        assert await passing(world) == DIRECTIONS - stopped
        for command in complaint.fix:
            await gateway.run(*shlex.split(command))
        assert await passing(world) == DIRECTIONS
        assert said(gateway) == []
    await gateway.stop()
    assert stderr
    warnings = (await stderr.read()).decode()
    assert [line for line in (complaint.detail, *complaint.fix) if line not in warnings] == []
