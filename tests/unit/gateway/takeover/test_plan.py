"""What becomes of what was found: settings, names, addresses, and ports by the planner's rules."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface

import pytest

from gateway.api.contract import Actor, Join
from gateway.config import Config, PolicySection
from gateway.errors import CannotImport
from gateway.model import Desired, Mode
from gateway.state.planner import Planner
from gateway.state.ports import Ephemeral
from gateway.takeover.found import Found, FoundServer
from gateway.takeover.installer import read
from gateway.takeover.plan import OWNER, Plan, check, configured, planned
from tests.unit.fakes.host import NOW
from tests.unit.gateway.takeover.files import FILES, found, peer_text, private_key, server_text

ROOT = Actor(id="uid:0", name="root", is_admin=True)
NAT = "iptables -t nat -A PREROUTING -p"


def plan(what: Found, config: Config | None = None) -> Plan:
    return planned(what, config or configured(what), Desired(), ROOT, lambda _, __: False, NOW, Ephemeral())


def test_devices_keep_keys_and_addresses_and_belong_to_no_member_yet() -> None:
    peers = plan(read(FILES / "wg_gaming_installer")).desired.peers.values()
    assert {peer.owner for peer in peers} == {OWNER}
    assert [(peer.device, str(peer.ipv6), peer.expires_at) for peer in peers] == [
        ("alice", "fd42:42:42::2", None),
        ("bob", "fd42:42:42::3", None),
        ("carol", "fd42:42:42::10", None),
    ]


def test_ports_that_the_policy_forbids_are_left_out_with_the_reason() -> None:
    result = plan(read(FILES / "wg_gaming_installer"))
    forwards = [(str(each.ports), each.peer_id) for each in result.desired.forwards.values()]
    assert forwards == [("25565", 1), ("27015-27030", 1), ("2456-2458", 3)]
    (note,) = [note for note in result.left if "443" in note.text]
    assert "choose one within 1024-60999" in note.text


def test_rules_for_both_protocols_and_families_are_one_forward() -> None:
    rules = (
        f"{NAT} tcp --dport 25565 -j DNAT --to-destination 10.66.66.2",
        f"{NAT} udp --dport 25565 -j DNAT --to-destination 10.66.66.2",
        f"ip6{NAT[2:]} tcp --dport 25565 -j DNAT --to-destination fd42:42:42::2",
        f"{NAT} tcp --dport 25566 -j DNAT --to-destination 10.66.66.99",
        f"{NAT} udp --dport 51820 -j DNAT --to-destination 10.66.66.2",
    )
    result = plan(found(server_text(*rules, peers=peer_text("pc", 2))))
    assert [(str(each.ports), each.protocol) for each in result.desired.forwards.values()] == [("25565", "both")]
    assert "no device has the address 10.66.66.99" in result.left[0].text
    assert "51820 is used by the VPN" in result.left[1].text


def test_names_that_clash_or_are_missing_become_others() -> None:
    names = ("# pc", "# PC", "#", "# " + "x" * 50)
    peers = "".join(peer_text(f"key{number}", number, name) for number, name in enumerate(names, 2))
    result = plan(found(server_text(peers=peers)))
    assert [peer.device for peer in result.desired.peers.values()] == ["pc", "PC-2", "10.66.66.4", "x" * 32]
    assert len([line for line in result.changed if "is called" in line]) == 2


def test_what_cannot_be_a_device_is_left_out() -> None:
    own = private_key("server").public_key
    peers = (
        peer_text("a", 1)
        + peer_text("b", 2)
        + peer_text("c", 2)
        + peer_text("d", 4).replace(str(private_key("d").public_key), str(own))
        + peer_text("e", 5).replace("10.66.66.5", "10.9.9.5")
    )
    result = plan(found(server_text(peers=peers, address="10.66.66.254/24, fd42:42:42::fe/64")))
    assert [peer.device for peer in result.desired.peers.values()] == ["b"]
    said = ("the gateway itself", "another device has it", "public key", "networks")
    for reason, words in zip([note.text for note in result.left], said, strict=True):
        assert words in reason
    assert sum("own address in the tunnel is" in line for line in result.changed) == 2


def test_a_public_ipv6_network_is_not_taken_over() -> None:
    peers = peer_text("pc", 2).replace("fd42:42:42::", "2001:db8:5::")
    result = plan(found(server_text(peers=peers, address="10.66.66.1/24, 2600:db8:5::1/64")))
    assert [peer.ipv6 for peer in result.desired.peers.values()] == [None]
    assert any("no IPv6 any more" in line for line in result.changed)


def test_a_configuration_with_other_settings_is_refused_with_those_it_needs() -> None:
    what = found(server_text(port=443, address="10.8.0.1/16", peers=peer_text("pc", 2)))
    with pytest.raises(CannotImport) as error:
        check(what, Config().gateway, "config.toml")
    said = 'config.toml: the devices need these settings in [gateway]: listen_port = 443, subnet4 = "10.8.0.0/16"'
    assert said in str(error.value)
    check(what, configured(what).gateway, "config.toml")


def test_a_server_that_no_gateway_can_replace_is_refused() -> None:
    with pytest.raises(CannotImport, match="subnet4"):
        configured(found(server_text(address="10.66.66.1/32", peers=peer_text("pc", 2))))


def test_devices_that_join_later_get_addresses_that_no_imported_one_has() -> None:
    """Other programs number IPv6 addresses in their own way."""
    what = found(server_text(peers=peer_text("a", 2).replace("fd42:42:42::2", "fd42:42:42::3")))
    config, desired = configured(what), plan(what).desired
    planner = Planner(config.gateway, config.policy)
    join = Join(actor=Actor(id="1", name="anna"), device="pc", public_key=private_key("new").public_key, mode=Mode.FULL)
    _, peer = planner.join(desired, join, None, NOW)
    assert (peer.ipv4, peer.ipv6) == (IPv4Address("10.66.66.4"), IPv6Address("fd42:42:42::4"))


def test_devices_may_be_told_that_they_no_longer_reach_each_other() -> None:
    what = found(server_text(peers=peer_text("a", 2)))
    config = configured(what)
    assert any("guildgate lan on" in line for line in plan(what).changed)
    together = replace(config, policy=PolicySection(isolate_peers=False))
    assert not any("guildgate lan on" in line for line in plan(what, together).changed)


def test_a_server_without_an_address_takes_the_configured_network() -> None:
    what = replace(found(server_text(peers=peer_text("a", 2))))
    bare = replace(
        what,
        server=FoundServer(
            private_key=what.server.private_key, interface="wg0", listen_port=51820, address4=None, address6=None
        ),
    )
    assert configured(bare).gateway.subnet4 == IPv4Network("10.66.66.0/24")
    assert [peer.ipv4 for peer in plan(bare).desired.peers.values()] == [IPv4Address("10.66.66.2")]


def test_addresses_of_a_server_are_interfaces_with_their_network() -> None:
    server = found(server_text()).server
    assert (server.address4, server.address6) == (IPv4Interface("10.66.66.1/24"), IPv6Interface("fd42:42:42::1/64"))
