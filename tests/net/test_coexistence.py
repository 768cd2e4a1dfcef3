"""The gateway beside other programs' firewalls. It names what they stop with the cure, and its NAT comes first."""

from __future__ import annotations

import asyncio
import json
import shlex
import sys

import pytest

from gateway.demo.namespace import Address
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import PLAYER4, PLAYER6, SITE4, SITE6, VPS4, VPS6, World
from gateway.model import Protocol
from tests.net.gateway import Gateway
from tests.net.test_doctor import DOCKER, FIREWALLD, IPTABLES, NFT, UFW

PUBLIC: list[Address] = [VPS4, VPS6]
SITES: list[Address] = [SITE4, SITE6]
DIRECTIONS = {
    f"{direction} {protocol} {family}"
    for direction in ("in", "out")
    for protocol in Protocol.BOTH.each
    for family in (4, 6)
}
# the effect on the rules of commands whose programs need a daemon or files of the host
EFFECTS = {
    "ufw route allow in on ggtest0": [
        "iptables -A ufw-user-forward -i ggtest0 -j ACCEPT",
        "ip6tables -A ufw6-user-forward -i ggtest0 -j ACCEPT",
    ],
    "ufw route allow out on ggtest0": [
        "iptables -A ufw-user-forward -o ggtest0 -j ACCEPT",
        "ip6tables -A ufw6-user-forward -o ggtest0 -j ACCEPT",
    ],
    "ufw allow 51820/udp": [
        "iptables -A ufw-user-input -p udp -m udp --dport 51820 -j ACCEPT",
        "ip6tables -A ufw6-user-input -p udp -m udp --dport 51820 -j ACCEPT",
    ],
    "firewall-cmd --permanent --policy=guildgate-out --set-target=ACCEPT": [
        "nft 'insert rule inet firewalld filter_FORWARD_POLICIES iifname \"ggtest0\" accept'"
    ],
    "firewall-cmd --permanent --add-port=51820/udp": [
        "nft 'add rule inet firewalld filter_IN_public_allow udp dport 51820 accept'"
    ],
}


def for_ipv6(rules: str) -> str:
    """Return the rules as the program writes them for IPv6, which needs neighbour discovery."""
    lines = [line for line in rules.splitlines() if "172.17." not in line and "-p icmp" not in line]
    at = next((number for number, line in enumerate(lines) if line.startswith("-A")), 0)
    lines[at:at] = ["-A INPUT -p ipv6-icmp -j ACCEPT", "-A FORWARD -p ipv6-icmp -j ACCEPT"]
    return "\n".join(lines).replace("ufw-", "ufw6-").replace("icmp-port-unreachable", "icmp6-port-unreachable") + "\n"


async def load(gateway: Gateway, rules: str) -> None:
    path = gateway.folder / "foreign"
    rules = rules.replace('"uplink"', '"eth0"').replace("wg0", "ggtest0")
    if not rules.startswith("*"):
        path.write_text(rules.replace("iif lo accept", "iif lo accept\n\t\tmeta l4proto ipv6-icmp accept"))
        await gateway.nft("-f", str(path))
        return
    for program, text in (("iptables-restore", rules), ("ip6tables-restore", for_ipv6(rules))):
        path.write_text(text)
        await gateway.run(program, str(path))


async def passing(world: World, *, timeout_s: float = 1.5) -> set[str]:
    """Return which of the eight kinds of flow get through."""

    async def attempt(name: str, address: Address, port: int) -> str | None:
        direction, protocol, _ = name.split()
        home = world.player if direction == "in" else world.friend
        ask = home.ask_tcp if protocol == "tcp" else home.ask_udp
        try:
            return name if await ask(address, port, timeout_s=timeout_s) == "hello" else None
        except OSError:
            return None

    async with hosting(world.inet, 80, SITES):
        kinds = [
            attempt(f"{direction} {protocol} {address.version}", address, port)
            for direction, addresses, port in (("in", PUBLIC, 25565), ("out", SITES, 80))
            for protocol in Protocol.BOTH.each
            for address in addresses
        ]
        return set(filter(None, await asyncio.gather(*kinds)))


async def firewall_findings(gateway: Gateway) -> list[dict[str, object]]:
    """Return the doctor's findings about other firewalls."""
    config = str(gateway.write_config())
    process = await asyncio.create_subprocess_exec(
        *("ip", "netns", "exec", gateway.world.vps.name),
        *(sys.executable, "-m", "gateway", "doctor", "--json", "--config", config),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return [finding for finding in json.loads(out)["findings"] if finding["title"] == "firewalls"]


SHAPES = [
    pytest.param(
        UFW,
        ["chain FORWARD of table ip filter", "chain FORWARD of table ip6 filter"],
        "ufw route allow in on ggtest0",
        set(),
        id="ufw",
    ),
    pytest.param(
        DOCKER,
        ["chain FORWARD of table ip filter", "chain FORWARD of table ip6 filter"],
        "iptables -I DOCKER-USER -i ggtest0 -j ACCEPT",
        set(),
        id="docker",
    ),
    pytest.param(
        IPTABLES,
        ["chain FORWARD of table ip filter", "chain FORWARD of table ip6 filter"],
        "iptables -I FORWARD -i ggtest0 -j ACCEPT",
        set(),
        id="iptables-nft",
    ),
    pytest.param(
        NFT,
        ["chain forward of table inet filter"],
        "nft 'insert rule inet filter forward iifname \"ggtest0\" accept'",
        set(),
        id="nft",
    ),
    # because firewalld lets dnat'ed flows in by itself
    pytest.param(
        FIREWALLD,
        ["chain filter_FORWARD of table inet firewalld"],
        "firewall-cmd --permanent --policy=guildgate-out --set-target=ACCEPT",
        {kind for kind in DIRECTIONS if kind.startswith("in")},
        id="firewalld",
    ),
]


@pytest.mark.parametrize(("rules", "chains", "command", "alive"), SHAPES)
async def test_what_another_firewall_stops_passes_after_the_named_commands(
    idle_gateway: Gateway, world: World, rules: str, chains: list[str], command: str, alive: set[str]
) -> None:
    """The gateway at its start and the doctor name table, chain and commands. Only these commands let it through."""
    gateway = idle_gateway
    await load(gateway, rules)
    await gateway.start()
    assert gateway.process
    stderr = gateway.process.stderr
    config = await gateway.join()
    await gateway.forward(25565)
    findings = await firewall_findings(gateway)
    told = "\n".join(str(finding["detail"]) for finding in findings)
    commands = [line for finding in findings for line in finding["fix"]]  # type: ignore[attr-defined]
    assert all(chain in told for chain in chains)
    assert command in commands
    for_the_tunnel = [line for line in commands if "51820" in line]
    await carry_out(gateway, for_the_tunnel)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        assert await passing(world) == alive
        await carry_out(gateway, [line for line in commands if line not in for_the_tunnel])
        assert await passing(world) == DIRECTIONS
    assert [finding["level"] for finding in await firewall_findings(gateway)] == ["ok"]
    await gateway.stop()
    assert stderr
    said = (await stderr.read()).decode()
    assert [words for words in (*chains, *commands) if words not in said] == []
    assert "WARNING" in next(line for line in said.splitlines() if command in line)


async def carry_out(gateway: Gateway, commands: list[str]) -> None:
    for line in commands:
        for effect in EFFECTS.get(line, [] if line.startswith("firewall-cmd") else [line]):
            await gateway.run(*shlex.split(effect))


async def test_a_gateway_alone_has_nothing_to_warn_of(gateway: Gateway) -> None:
    """Without other firewalls there is no warning."""
    assert gateway.process
    stderr = gateway.process.stderr
    await gateway.stop()
    assert stderr
    assert "WARNING" not in (await stderr.read()).decode()


FOREIGN_NAT = """table inet foreign {{
    chain pre {{
        type nat hook prerouting priority {dnat}; policy accept;
        meta l4proto {{ tcp, udp }} th dport 25565 dnat ip to 192.0.2.80:80
        meta l4proto {{ tcp, udp }} th dport 25565 dnat ip6 to [2001:db8:80::80]:80
    }}
    chain post {{
        type nat hook postrouting priority {snat}; policy accept;
        masquerade random
    }}
}}
"""


@pytest.mark.parametrize("loaded", ["before", "after"])
@pytest.mark.parametrize(("dnat", "snat"), [(-100, 100), (-101, 99), (-104, 96)])
async def test_our_address_translation_wins_over_others(
    idle_gateway: Gateway, world: World, loaded: str, dnat: int, snat: int
) -> None:
    """The other program has a dnat of the port and a masquerade of everything, at several priorities."""
    gateway, foreign = idle_gateway, FOREIGN_NAT.format(dnat=dnat, snat=snat)
    if loaded == "before":
        await load(gateway, foreign)
    await gateway.start()
    if loaded == "after":
        await load(gateway, foreign)
    config = await gateway.join()
    await gateway.forward(25565)
    async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565) as server:
        await tunnel.handshake()
        assert await passing(world) == DIRECTIONS
        for player in (PLAYER4, PLAYER6):
            for protocol in Protocol.BOTH.each:
                assert server.saw(player, protocol)
