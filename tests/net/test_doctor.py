"""The doctor on a host with other firewalls: rules as those programs write them, and its own advice carried out."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.doctor import Finding, examine
from tests.namespace import fresh_network, ip

pytestmark = pytest.mark.root
OTHERS = 64001  # a user that owns nothing else

# Debian 12's ufw 0.36 with its default DEFAULT_FORWARD_POLICY, cut to what a forwarded or incoming packet meets.
UFW = """*filter
:INPUT DROP
:FORWARD DROP
:ufw-before-input -
:ufw-not-local -
:ufw-user-input -
:ufw-before-forward -
:ufw-user-forward -
:ufw-reject-forward -
-A INPUT -j ufw-before-input
-A FORWARD -j ufw-before-forward
-A FORWARD -j ufw-reject-forward
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -j ufw-not-local
-A ufw-before-input -j ufw-user-input
-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
-A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN
-A ufw-not-local -j DROP
-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT
-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-forward -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A ufw-before-forward -j ufw-user-forward
COMMIT
"""
DOCKER = """*filter
:INPUT ACCEPT
:FORWARD DROP
:DOCKER -
:DOCKER-ISOLATION-STAGE-1 -
:DOCKER-ISOLATION-STAGE-2 -
:DOCKER-USER -
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-USER -j RETURN
COMMIT
"""
IPTABLES = """*filter
:INPUT ACCEPT
:FORWARD ACCEPT
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i lan0 -j ACCEPT
-A FORWARD -j REJECT --reject-with icmp-port-unreachable
COMMIT
"""
NFT = """table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state vmap { established : accept, related : accept, invalid : drop }
		iif lo accept
		tcp dport { 22, 80 } accept
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		iifname "lan0" accept
	}
}
"""
# firewalld 1.3, one zone on the uplink; the order of filter_FORWARD is its own.
FIREWALLD = """table inet firewalld {
	chain filter_INPUT {
		type filter hook input priority filter + 10; policy accept;
		ct state { established, related } accept
		ct status dnat accept
		iifname "lo" accept
		iifname "uplink" goto filter_IN_public
		reject with icmpx admin-prohibited
	}
	chain filter_IN_public {
		jump filter_IN_public_allow
		meta l4proto { icmp, ipv6-icmp } accept
		reject with icmpx admin-prohibited
	}
	chain filter_IN_public_allow {
		tcp dport 22 accept
	}
	chain filter_FORWARD {
		type filter hook forward priority filter + 10; policy accept;
		ct state { established, related } accept
		ct status dnat accept
		iifname "lo" accept
		ip6 daddr { ::/96, ::ffff:0.0.0.0/96, 2002:a00::/24 } reject with icmpv6 addr-unreachable
		jump filter_FORWARD_POLICIES
		reject with icmpx admin-prohibited
	}
	chain filter_FORWARD_POLICIES {
		iifname "uplink" oifname "uplink" jump filter_FWD_public
	}
	chain filter_FWD_public {
		reject with icmpx admin-prohibited
	}
}
"""
# These are not vetoes: an address list, a port, a rate, another interface.
HARMLESS = """table inet crowdsec {
	set banned {
		type ipv4_addr; flags interval; elements = { 198.51.100.0/24 }
	}
	chain forward {
		type filter hook forward priority filter - 10; policy accept;
		ip saddr @banned drop
		tcp dport 25 reject
		ip saddr 192.168.0.0/16 drop
		iifname != { "wg0", "uplink" } drop
		ct state invalid drop
		tcp flags & (fin | syn) == fin | syn drop
		meta mark 0x1 drop
		limit rate over 1000/second drop
	}
}
"""
# the effect on the rules of commands whose programs need a daemon or files of the host
EFFECTS = {
    "ufw route allow in on wg0": "iptables -A ufw-user-forward -i wg0 -j ACCEPT",
    "ufw route allow out on wg0": "iptables -A ufw-user-forward -o wg0 -j ACCEPT",
    "ufw allow 51820/udp": "iptables -A ufw-user-input -p udp -m udp --dport 51820 -j ACCEPT",
    "firewall-cmd --permanent --policy=guildgate-out --set-target=ACCEPT": (
        "nft 'insert rule inet firewalld filter_FORWARD_POLICIES iifname \"wg0\" accept'"
    ),
    "firewall-cmd --permanent --add-port=51820/udp": (
        "nft 'add rule inet firewalld filter_IN_public_allow udp dport 51820 accept'"
    ),
}


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Path]:
    """Make a network namespace with an uplink. The path is that of a configuration for it."""
    config = tmp_path / "config.toml"
    state = tmp_path / "state"
    config.write_text(f'[gateway]\nstate_dir = "{state}"\nsocket = "{tmp_path}/gateway.sock"\n')
    with fresh_network():
        ip("link", "add", "uplink", "type", "veth", "peer", "name", "provider")
        ip("link", "set", "uplink", "up")
        ip("link", "set", "provider", "up")
        ip("address", "add", "203.0.113.1/24", "dev", "uplink")
        ip("route", "add", "default", "via", "203.0.113.254")
        yield config


def doctor(config: Path, title: str) -> list[Finding]:
    """Return the doctor's findings called `title`."""
    return [finding for finding in examine(config) if finding.title == title]


def load(rules: str) -> None:
    loader = ["iptables-restore"] if rules.startswith("*") else ["nft", "-f", "-"]
    subprocess.run(loader, input=rules, text=True, check=True)


def carry_out(commands: tuple[str, ...]) -> None:
    for command in commands:
        words = shlex.split(EFFECTS.get(command, command))
        if words[0] in ("iptables", "ip6tables", "nft"):
            subprocess.run(words, check=True)


@pytest.mark.parametrize(
    ("rules", "culprit", "program", "has_input"),
    [
        pytest.param(UFW, "ufw: chain FORWARD of table ip filter (policy drop)", "ufw", True, id="ufw"),
        pytest.param(DOCKER, "Docker: chain FORWARD of table ip filter (policy drop)", "iptables", False, id="docker"),
        pytest.param(
            IPTABLES, "iptables: chain FORWARD of table ip filter (a rule in FORWARD)", "iptables", False, id="iptables"
        ),
        pytest.param(NFT, "nftables: chain forward of table inet filter (policy drop)", "nft", True, id="nft"),
        pytest.param(
            FIREWALLD,
            "firewalld: chain filter_FORWARD of table inet firewalld (a rule in filter_FORWARD)",
            "firewall-cmd",
            True,
            id="firewalld",
        ),
    ],
)
def test_advice_ends_the_veto(host: Path, rules: str, culprit: str, program: str, has_input: bool) -> None:
    """The doctor names the chain that drops, with its table and program. After the advised commands it is content."""
    load(rules)
    lines = doctor(host, "firewalls")
    assert [line.level for line in lines] == ["failure"] + ["warning"] * has_input
    assert culprit in lines[0].detail
    assert {shlex.split(command)[0] for line in lines for command in line.fix} == {program}
    for line in lines:
        carry_out(line.fix)
    assert [line.level for line in doctor(host, "firewalls")] == ["ok"]


def test_the_command_reports_in_json_and_by_exit_code(host: Path) -> None:
    """`guildgate doctor --json` gives the findings, and exit code 1 exactly when one of them is a failure."""
    command = [sys.executable, "-m", "gateway", "doctor", "--json", "--config", str(host)]
    for rules, code in (("", 0), (DOCKER, 1)):
        load(rules)
        run = subprocess.run(command, capture_output=True, text=True)
        assert (run.returncode, run.stderr) == (code, "")
        levels = {finding["title"]: finding["level"] for finding in json.loads(run.stdout)["findings"]}
        assert levels["firewalls"] == ("failure" if code else "ok")
        assert levels["gateway"] == "warning"


@pytest.mark.parametrize(("mode", "level"), [(0o700, "ok"), (0o500, "failure")])
def test_root_without_power_over_files_judges_the_state_by_the_user_that_owns_it(
    host: Path, mode: int, level: str
) -> None:
    """So it is in a container with the capabilities of compose.yaml. It says of the backups that it cannot look."""
    folder = host.parent / "state"
    folder.mkdir()
    os.chown(folder, OTHERS, OTHERS)
    folder.chmod(mode)
    few = "-all,+net_admin,+setuid,+setgid,+setpcap"
    command = ["setpriv", f"--bounding-set={few}", f"--inh-caps={few}", sys.executable, "-m", "gateway", "doctor"]
    run = subprocess.run([*command, "--json", "--config", str(host)], capture_output=True, text=True)
    findings = {finding["title"]: finding for finding in json.loads(run.stdout)["findings"]}
    assert findings["state"]["level"] == level
    assert "/doctor" in findings["backups"]["fix"][0]


def test_half_of_the_advice_is_not_enough(host: Path) -> None:
    """With only the outgoing half let through, the doctor still says that players cannot come in."""
    load(DOCKER)
    (line,) = doctor(host, "firewalls")
    carry_out(line.fix[:1])
    (line,) = doctor(host, "firewalls")
    assert " stops answers to devices, players reaching forwarded ports (" in line.detail


def test_a_lingering_docker_chain_is_not_advised(host: Path) -> None:
    """Where FORWARD no longer jumps to DOCKER-USER, the commands go to FORWARD itself."""
    load(DOCKER.replace("-A FORWARD -j DOCKER-USER\n", ""))
    (line,) = doctor(host, "firewalls")
    assert all(command.startswith("iptables -I FORWARD ") for command in line.fix)


def test_ip6tables_has_its_own_command(host: Path) -> None:
    """A veto of IPv6 alone is answered with ip6tables."""
    subprocess.run(["ip6tables", "-P", "FORWARD", "DROP"], check=True)
    (line,) = doctor(host, "firewalls")
    assert all(command.startswith("ip6tables -I FORWARD ") for command in line.fix)
    carry_out(line.fix)
    assert [line.level for line in doctor(host, "firewalls")] == ["ok"]


def test_legacy_iptables_is_seen(host: Path) -> None:
    """Rules of legacy iptables, which nft does not list, are found and answered in kind."""
    subprocess.run(["iptables-legacy", "-P", "FORWARD", "DROP"], check=True)
    (line,) = doctor(host, "firewalls")
    assert (line.level, "legacy" in line.detail) == ("failure", True)
    for command in line.fix:
        subprocess.run(shlex.split(command), check=True)
    assert [line.level for line in doctor(host, "firewalls")] == ["ok"]


def test_blocklists_are_no_veto(host: Path) -> None:
    """Rules about some addresses, ports, marks or rates do not concern an ordinary player."""
    load(HARMLESS)
    assert [line.level for line in doctor(host, "firewalls")] == ["ok"]


def test_our_own_table_is_not_foreign(host: Path) -> None:
    """The gateway's own drops are not reported."""
    load("table inet guildgate {\n chain forward { type filter hook forward priority 0; policy drop;\n }\n}\n")
    assert [line.level for line in doctor(host, "firewalls")] == ["ok"]


def test_a_taken_listen_port_is_found(host: Path) -> None:
    """A program on the WireGuard port is found over IPv6 as well as over IPv4."""
    for family, name in ((socket.AF_INET, "IPv4"), (socket.AF_INET6, "IPv6")):
        with socket.socket(family, socket.SOCK_DGRAM) as taken:
            if family == socket.AF_INET6:
                taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            taken.bind(("", 51820))
            (line,) = doctor(host, "listen port")
            assert (line.level, name in line.detail) == ("failure", True)
    assert [line.level for line in doctor(host, "listen port")] == ["ok"]


def test_the_uplink_is_found(host: Path) -> None:
    """The default route's interface and its address are reported; without a route the key to set is."""
    assert [line.level for line in doctor(host, "public address")] == ["ok"]
    ip("route", "delete", "default")
    (line,) = doctor(host, "public address")
    assert line.level == "failure"
    assert "public_interface" in line.fix[0]


def test_the_doctor_leaves_no_trace(host: Path) -> None:
    """Neither links nor files are left behind."""

    def seen() -> tuple[str, set[Path]]:
        links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
        return links, set(host.parent.iterdir())

    before = seen()
    doctor(host, "gateway")
    assert seen() == before
