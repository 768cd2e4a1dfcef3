"""The doctor's judgements, from facts of hosts of all kinds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

import pytest

from gateway import config
from gateway.api.contract import PeerInfo, PeerStatus, Status
from gateway.config import GatewaySection, PolicySection
from gateway.doctor import Finding, Level, checks, examine, network
from gateway.doctor.facts import BUCKETS, FLOWS, Facts
from gateway.foreign import iptables
from gateway.foreign.listing import Listing
from gateway.foreign.walk import Ruleset
from gateway.host.privilege import Capability
from gateway.host.uplink import Line
from gateway.model import Key, Mode
from gateway.terminal.findings import render
from gateway.terminal.text import width
from gateway.version import own

STATE = Path("/var/lib/guildgate")
PUBLIC, PRIVATE, CGNAT = IPv4Address("203.0.113.5"), IPv4Address("10.0.0.4"), IPv4Address("100.64.1.2")
RUNNING = Status(
    at=datetime(2026, 1, 31, tzinfo=UTC),
    lan=False,
    backend="kernel",
    public_address="203.0.113.5",
    public_address6=None,
    listen_port=51820,
    peers=(),
    forwards=(),
    version=own(),
)


def section(**keys: Any) -> GatewaySection:
    return config.parse({"gateway": keys}).gateway


def facts(**changes: Any) -> Facts:
    """Return the facts of a fresh VPS on which all is well, with `changes`."""
    well = Facts(
        capabilities=1 << Capability.NET_ADMIN,
        root=True,
        firewalls=Listing(()),
        conntrack="",
        wireguard_kernel="",
        wireguard_go=None,
        tun="",
        sysctls={
            "net/ipv4/ip_forward": "0",
            "net/ipv6/conf/all/forwarding": "0",
            "net/ipv4/ip_local_reserved_ports": "",
            FLOWS: "262144",
            BUCKETS: "262144",
        },
        sysctls_read_only=False,
        lines=(line(PUBLIC),),
        addresses={PUBLIC: "eth0"},
        way_out="eth0",
        ways_in={},
        accept_ra={"eth0": "1"},
        route6_from_router=False,
        resolved=(),
        paths={},
        udp_ports={"IPv4": frozenset({68}), "IPv6": frozenset()},
        status=RUNNING,
        state_files={STATE: 0o700},
        state_dir_writable=True,
        unknown_users=(),
        now=datetime(2026, 1, 31, tzinfo=UTC),
    )
    return replace(well, **changes)


def line(*ipv4: IPv4Address, ipv6: tuple[IPv6Address, ...] = ()) -> Line:
    return Line(interface="eth0", exists=True, ipv4=ipv4, ipv6=ipv6)


def test_a_fresh_server_is_well() -> None:
    """On a VPS with everything in place there is nothing to do."""
    findings = checks.judge(facts(), section())
    assert {finding.level for finding in findings} == {Level.OK}
    assert not any(finding.fix for finding in findings)


def test_packets_to_devices_are_led_astray_only_beside_a_tunnel_of_that_family() -> None:
    """With IPv6 switched off they go nowhere, and no rule is to blame."""
    own = section()
    ways_in = {IPv4Address("10.66.66.2"): "tailscale0", IPv6Address("fd42:42:42::2"): ""}
    asked = facts(ways_in=ways_in, addresses={PUBLIC: "eth0", own.address4: own.interface})
    (found,) = [finding for finding in checks.judge(asked, own) if finding.title == "way to devices"]
    assert found.detail == "packets to 1 of 1 devices, such as 10.66.66.2, leave by tailscale0 and not by wg0"


@pytest.mark.parametrize(
    ("size", "buckets", "flows_per_device", "fix"),
    [
        ("8192", "8192", 4096, "net.netfilter.nf_conntrack_max=131072 net.netfilter.nf_conntrack_buckets=131072"),
        ("65536", "65536", 10_000, "net.netfilter.nf_conntrack_max=262144 net.netfilter.nf_conntrack_buckets=262144"),
        ("262144", "65536", 4096, ""),
        ("262144", "8192", 4096, "net.netfilter.nf_conntrack_buckets=262144"),
        ("65536", "16384", 100, ""),
        (None, None, 4096, ""),
    ],
)
def test_the_table_of_flows_holds_what_members_may_take(
    size: str | None, buckets: str | None, flows_per_device: int, fix: str
) -> None:
    """It is large enough for four members at their limit, and its buckets are not long lists."""
    asked = facts(sysctls={**facts().sysctls, FLOWS: size, BUCKETS: buckets})
    findings = checks.judge(asked, section(), PolicySection(flows_per_device=flows_per_device))
    found = [finding for finding in findings if finding.fix]
    assert [finding.title for finding in found] == (["flow table"] if fix else [])
    assert not fix or f"sysctl -w {fix} " in found[0].fix[0]


@pytest.mark.parametrize(("keys", "taken"), [({}, "may take 24576"), ({"subnet6": ""}, "may take 12288")])
def test_a_member_may_take_the_flows_of_each_family(keys: dict[str, str], taken: str) -> None:
    findings = checks.judge(facts(), section(**keys))
    assert [taken in finding.detail for finding in findings if finding.title == "flow table"] == [True]


@pytest.mark.parametrize(
    ("keys", "uplink", "path", "said"),
    [
        ({}, 1500, 0, ""),
        ({}, 1460, 1440, ""),
        ({"mtu": 1420}, 1500, 0, ""),
        ({"mtu": 1420}, 1460, 0, "mtu 1420 makes packets of 1480 bytes, but eth0 takes 1460"),
        ({}, 1300, 0, "mtu 1280 makes packets of 1340 bytes, but eth0 takes 1300"),
        ({}, 1500, 1400, "but the way to 1 devices takes 1400"),
    ],
)
def test_a_tunnel_that_needs_fragments_is_named(keys: dict[str, int], uplink: int, path: int, said: str) -> None:
    """The numbers are WireGuard's over IPv4. What the kernel has learnt of a path counts as well."""
    here = facts(lines=(replace(line(PUBLIC), mtu=uplink),), paths={PUBLIC: path} if path else {})
    found = network.tunnel_size(here, section(**keys))
    assert found.level is (Level.WARNING if said else Level.OK)
    assert said in found.detail
    assert not path or not said or found.fix == ("Set mtu = 1340 in [gateway].",)


def test_every_trouble_comes_with_a_fix() -> None:
    """Each warning and each failure says what the admin can do."""
    findings = checks.judge(
        facts(
            firewalls="libnftables cannot be loaded",
            conntrack="protocol not supported",
            wireguard_kernel="operation not supported",
            sysctls_read_only=True,
            lines=(),
            udp_ports={"IPv4": frozenset({51820}), "IPv6": frozenset()},
            status="no gateway answers on /run/guildgate/gateway.sock",
            state_dir_writable=False,
            unknown_users=("bot",),
            now=datetime(1970, 1, 1, tzinfo=UTC),
        ),
        section(),
    )
    troubles = [finding for finding in findings if finding.level is not Level.OK]
    assert len(troubles) == 11
    assert all(finding.fix for finding in troubles)


def test_without_privileges_only_that_is_said() -> None:
    """Things that an ordinary user cannot see are not reported as broken."""
    findings = checks.judge(
        facts(capabilities=0, root=False, firewalls="Operation not permitted", sysctls_read_only=True), section()
    )
    assert [finding.title for finding in findings if finding.level is Level.FAILURE] == ["privileges"]


def test_a_containers_root_may_lack_the_capability() -> None:
    """Root without Capability.NET_ADMIN is told about its container, an ordinary user about sudo."""
    assert "--cap-add NET_ADMIN" in checks.privilege(facts(capabilities=0)).fix[0]
    assert "sudo" in checks.privilege(facts(capabilities=0, root=False)).fix[0]
    assert checks.privilege(facts(root=False)).level is Level.OK


@pytest.mark.parametrize(
    ("backend", "kernel", "go", "tun", "level"),
    [
        ("auto", "", None, "no such file", Level.OK),
        ("auto", "operation not supported", "/usr/bin/wireguard-go", "", Level.OK),
        ("auto", "operation not supported", None, "", Level.FAILURE),
        ("auto", "operation not supported", "/usr/bin/wireguard-go", "no such file", Level.FAILURE),
        ("kernel", "operation not supported", "/usr/bin/wireguard-go", "", Level.FAILURE),
        ("userspace", "", "/usr/bin/wireguard-go", "", Level.OK),
        ("userspace", "", None, "", Level.FAILURE),
    ],
)
def test_one_wireguard_is_needed(backend: str, kernel: str, go: str | None, tun: str, level: Level) -> None:
    """The configured backend must work; `auto` is content with either."""
    found = facts(wireguard_kernel=kernel, wireguard_go=go, tun=tun)
    assert checks.wireguard(found, section(backend=backend)).level is level


def test_forwarding_may_be_off_if_it_can_be_switched_on() -> None:
    """Off is fine where the gateway can switch it on; else the commands name exactly what is off."""
    assert network.forwarding(facts(), section()).level is Level.OK
    sysctls = {"net/ipv4/ip_forward": "1", "net/ipv6/conf/all/forwarding": "0"}
    finding = network.forwarding(facts(sysctls=sysctls, sysctls_read_only=True), section())
    assert finding.level is Level.FAILURE
    assert "--sysctl net.ipv6.conf.all.forwarding=1" in finding.fix[1]
    assert "ip_forward" not in "".join(finding.fix)
    assert network.forwarding(facts(sysctls=sysctls, sysctls_read_only=True), section(subnet6="")).level is Level.OK


def test_a_kernel_without_ipv6_is_told_with_the_key_for_it() -> None:
    sysctls = {"net/ipv4/ip_forward": "1", "net/ipv6/conf/all/forwarding": None}
    finding = network.forwarding(facts(sysctls=sysctls), section())
    assert finding.level is Level.WARNING
    assert "subnet6" in finding.fix[0]


@pytest.mark.parametrize(
    ("own", "configured", "resolved", "level", "says"),
    [
        (PUBLIC, None, (), Level.OK, "203.0.113.5 on eth0"),
        (PRIVATE, None, (), Level.WARNING, "public_address"),
        (CGNAT, None, (), Level.FAILURE, "carrier-grade"),
        (PUBLIC, "203.0.113.5", (PUBLIC,), Level.OK, "203.0.113.5 on eth0"),
        (PRIVATE, "203.0.113.5", (PUBLIC,), Level.OK, "map to 10.0.0.4"),
        (CGNAT, "203.0.113.5", (PUBLIC,), Level.OK, "map to 100.64.1.2"),
        (IPv4Address("203.0.113.9"), "203.0.113.5", (PUBLIC,), Level.WARNING, "eth0 has 203.0.113.9"),
        (PUBLIC, "10.0.0.4", (PRIVATE,), Level.WARNING, "private"),
        (
            PUBLIC,
            "vps.example.org",
            "has IPv6 addresses only",
            Level.FAILURE,
            "vps.example.org has IPv6 addresses only",
        ),
        (PUBLIC, "vps.example.org", (PUBLIC,), Level.OK, "vps.example.org (203.0.113.5)"),
    ],
)
def test_players_must_be_able_to_reach_the_address(
    own: IPv4Address, configured: str | None, resolved: Any, level: Level, says: str
) -> None:
    """Private, shared and misspelt addresses are told apart from 1:1 NAT that the admin configured."""
    keys = {"public_address": configured} if configured else {}
    finding = network.public_address(facts(lines=(line(own),), resolved=resolved), section(**keys))
    assert finding.level is level
    assert says in " ".join((finding.detail, *finding.fix))


@pytest.mark.parametrize(("configured", "said"), [(None, 1), ("203.0.113.5", 1), ("play.example.org", 0)])
def test_a_name_is_recommended_in_place_of_an_address(configured: str | None, said: int) -> None:
    keys = {"public_address": configured} if configured else {}
    found = [finding for finding in checks.judge(facts(resolved=(PUBLIC,)), section(**keys)) if finding.title == "name"]
    assert [finding.level for finding in found] == [Level.OK] * said


@pytest.mark.parametrize("address", ["10.66.66.7", "fd42:42:42::7"])
def test_a_network_of_the_host_that_the_vpn_would_cut_off_is_named(address: str) -> None:
    """An address of the tunnel's own interface is not reported."""
    own = {ip_address(address): "wg0"}
    assert network.subnets(facts(addresses=own), section(subnet6="fd42:42:42::/64")).level is Level.OK
    finding = network.subnets(facts(addresses={ip_address(address): "eth1"}), section(subnet6="fd42:42:42::/64"))
    assert (finding.level, f"eth1 has {address}" in finding.detail) == (Level.FAILURE, True)


def test_a_public_address_is_found_behind_a_clouds_anchor_address() -> None:
    """The doctor chooses it as the gateway itself does."""
    finding = network.public_address(facts(lines=(line(PRIVATE, PUBLIC),)), section())
    assert (finding.level, finding.detail) == (Level.OK, f"{PUBLIC} on eth0; no public IPv6")


def test_an_address_made_up_for_want_of_dhcp_is_none() -> None:
    finding = network.public_address(facts(lines=(line(IPv4Address("169.254.7.7")),)), section())
    assert (finding.level, finding.detail) == (Level.FAILURE, "eth0 has no usable IPv4 address")


def test_only_a_global_ipv6_address_is_offered() -> None:
    """A unique local address is not shown as public IPv6."""
    for address, said in ((IPv6Address("2a01:4f8::1"), "IPv6 2a01:4f8::1"), (IPv6Address("fd00::2"), "no public IPv6")):
        assert said in network.public_address(facts(lines=(line(PUBLIC, ipv6=(address,)),)), section()).detail


def test_the_listen_port_may_be_our_own() -> None:
    """A taken port is a failure, unless the running gateway has it."""
    taken = {"IPv4": frozenset({51820}), "IPv6": frozenset({51820})}
    assert network.listen_port(facts(udp_ports=taken), section()).level is Level.OK
    finding = network.listen_port(facts(udp_ports=taken, status="no gateway answers"), section())
    assert finding.level is Level.FAILURE
    assert "IPv4 and IPv6" in finding.detail


def test_a_clock_that_was_set_back_is_told_by_the_audit_log() -> None:
    """WireGuard's devices remember the latest time that they saw of the gateway."""
    now = datetime(2026, 1, 31, tzinfo=UTC)
    found = checks.clock(facts(now=now, newest=now + timedelta(hours=3)))
    assert (found.level, "set back" in found.detail) == (Level.FAILURE, True)
    assert checks.clock(facts(now=now, newest=now + timedelta(seconds=10))).level is Level.OK
    assert checks.clock(facts(now=datetime(1970, 1, 1, tzinfo=UTC))).level is Level.FAILURE


def test_a_clock_without_a_time_server_is_told() -> None:
    found = checks.clock(facts(is_timed=False))
    assert (found.level, found.fix[0].startswith("timedatectl set-ntp true")) == (Level.WARNING, True)


def device(endpoint: str, latest_handshake: datetime) -> PeerStatus:
    peer = PeerInfo(
        id=1,
        owner="1",
        owner_name="alice",
        device="laptop",
        public_key=Key(bytes(32)),
        ipv4=IPv4Address("10.66.66.2"),
        ipv6=None,
        mode=Mode.FULL,
        created_at=latest_handshake,
    )
    return PeerStatus(peer=peer, latest_handshake=latest_handshake, rx_bytes=1, tx_bytes=1, endpoint=endpoint)


def test_players_and_devices_show_that_the_provider_lets_them_through() -> None:
    """A device in the host's own network shows nothing, nor does one that was here yesterday."""
    (ask,) = checks.from_outside(facts(), section())
    assert "--outside" in ask.detail
    at = RUNNING.at
    rows = [
        device(endpoint, at - age)
        for endpoint, age in (
            ("198.51.100.7:4000", timedelta(seconds=10)),
            ("192.168.1.7:4000", timedelta(seconds=10)),
            ("198.51.100.8:4000", timedelta(days=1)),
        )
    ]
    (found,) = checks.from_outside(facts(status=replace(RUNNING, peers=tuple(rows))), section())
    assert found.detail == "devices from the Internet on UDP 51820: 1"


def test_a_router_route_that_runs_out_is_told() -> None:
    """accept_ra=1 is told only where the IPv6 route really comes from a router."""
    assert not list(network.router_advertisements(facts(), section()))
    (finding,) = network.router_advertisements(facts(route6_from_router=True), section())
    assert finding.fix == ("sysctl -w net.ipv6.conf.eth0.accept_ra=2",)
    assert not list(network.router_advertisements(facts(route6_from_router=True, accept_ra={"eth0": "2"}), section()))


@pytest.mark.parametrize(
    ("folder", "name", "mode", "level"),
    [
        (0o700, "private_key", 0o644, Level.OK),
        (0o755, "private_key", 0o600, Level.OK),
        (0o755, "private_key", 0o640, Level.FAILURE),
        (0o755, "guildgate.db", 0o640, Level.OK),
        (0o755, "guildgate.db", 0o644, Level.FAILURE),
    ],
)
def test_state_is_not_for_others(folder: int, name: str, mode: int, level: Level) -> None:
    """No other user may read the database, and no group the private key, unless the folder keeps them out."""
    assert checks.state(facts(state_files={STATE: folder, STATE / name: mode}), section()).level is level


@pytest.mark.parametrize(
    ("rules", "drops"),
    [
        ((), False),
        (("-P FORWARD ACCEPT",), False),
        (("-P FORWARD DROP",), True),
        (("-P FORWARD DROP", "-A FORWARD -i wg0 -j ACCEPT"), True),
        (("-P FORWARD DROP", "-A FORWARD -i wg0 -j ACCEPT", "-A FORWARD -o wg0 -j ACCEPT"), False),
        (("-P FORWARD ACCEPT", "-A FORWARD -j DROP"), True),
        (("-P FORWARD ACCEPT", "-A FORWARD -j DROP", "-A FORWARD -i wg0 -j ACCEPT"), True),
    ],
)
def test_legacy_iptables_is_read_by_its_listing(rules: tuple[str, ...], drops: bool) -> None:
    """A drop counts unless our interface is accepted before it."""
    text = "\n".join(["*filter", *(line.replace("-P ", ":") for line in rules)])
    found = network.foreign_rules(facts(firewalls=Listing((iptables.parse(text, "ip", legacy=True),))), section())
    assert [finding.level for finding in found] == [Level.FAILURE if drops else Level.OK]


@pytest.mark.parametrize(("accepted", "level"), [("203.0.113.50", Level.OK), ("203.0.113.1", Level.WARNING)])
def test_wireguard_is_looked_for_at_the_configured_address_of_several(accepted: str, level: Level) -> None:
    """Devices send to that address, whichever is the interface's first."""
    text = f"*filter\n:INPUT DROP\n-A INPUT -d {accepted}/32 -p udp -m udp --dport 51820 -j ACCEPT"
    found = network.foreign_rules(
        facts(
            firewalls=Listing((iptables.parse(text, "ip", legacy=True),)),
            lines=(line(IPv4Address("203.0.113.1"), IPv4Address("203.0.113.50")),),
        ),
        section(public_address="203.0.113.50"),
    )
    assert [finding.level for finding in found] == [level]


def test_advice_names_the_configured_interface() -> None:
    """Commands carry the configured tunnel interface and port."""
    chain = {"family": "ip", "table": "filter", "type": "filter", "policy": "drop", "prio": 0}
    ruleset = {
        "nftables": [
            {"chain": {**chain, "name": "FORWARD", "hook": "forward"}},
            {"chain": {**chain, "name": "INPUT", "hook": "input"}},
        ]
    }
    forward, listen = network.foreign_rules(
        facts(firewalls=Listing((Ruleset.of(ruleset),))), section(interface="gg1", listen_port=4500)
    )
    assert forward.fix == (
        "iptables -I FORWARD -i gg1 -j ACCEPT",
        "iptables -I FORWARD -o gg1 -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT",
    )
    assert listen.fix == ("iptables -I INPUT -p udp --dport 4500 -j ACCEPT",)


def test_every_public_interface_has_to_exist_and_keeps_its_route() -> None:
    """The doctor looks at every interface of a list."""
    second = Line(interface="eth1", exists=False)
    finding = network.public_address(facts(lines=(line(PUBLIC), second)), section())
    assert (finding.level, "eth1" in finding.detail) == (Level.FAILURE, True)
    both = facts(route6_from_router=True, accept_ra={"eth0": "2", "eth1": "1"})
    assert ["eth1" in found.detail for found in network.router_advertisements(both, section())] == [True]


@pytest.mark.parametrize(("text", "key"), [("[gateway]\nmtu = 1", "gateway.mtu"), ("[discord]\ntoken = 1", "token")])
def test_a_broken_configuration_ends_the_examination(tmp_path: Path, text: str, key: str) -> None:
    """The bad key is the only finding."""
    (tmp_path / "config.toml").write_text(text)
    (finding,) = examine(tmp_path / "config.toml")
    assert finding.level is Level.FAILURE
    assert key in finding.detail


def test_the_report_is_aligned_and_harmless() -> None:
    """Prose is wrapped under its column, commands stay whole, and a hostile table name cannot steer the terminal."""
    long = "iptables " + "-x " * 40
    findings = [
        Finding(Level.OK, "a", "fine"),
        Finding(Level.FAILURE, "longer", "table \x1b[2J " + "word " * 20, (long.strip(),)),
    ]
    lines = render(findings, colour=False, columns=60).splitlines()
    assert lines[0] == "✓ ok       a       fine"
    assert lines[1].startswith(r"✗ FAIL     longer  table \x1b[2J word")
    assert lines[2].startswith(" " * 19 + "word")
    assert f"{'':21}{long.strip()}" in lines
    assert lines[-1].startswith("1 to be put right")
    assert "\x1b[31m" in render(findings, colour=True, columns=60)


def test_prose_is_wrapped_by_what_a_terminal_shows_of_it() -> None:
    """A name of another program may be in any script, and its control characters stay escapes."""
    findings = [Finding(Level.WARNING, "firewalls", "田中" * 40 + "\x1b[2J")]
    shown = render(findings, colour=False, columns=80).split("\n\n")[0]
    lines = shown.splitlines()
    assert all(width(line) <= 80 for line in lines)
    assert width(lines[0]) > 70, "and the room is used"
    assert "".join(line.split()[-1] for line in lines) == "田中" * 40 + r"\x1b[2J"
