"""What is read of wg-quick's files: of those that real installers wrote, and of odd ones."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest

from gateway.errors import CannotImport
from gateway.model import Mode, PortRange, Protocol
from gateway.takeover.wgquick import read
from tests.unit.gateway.takeover.files import FILES, found, peer_text, private_key, server_text


def test_the_server_file_of_wireguard_install_is_read() -> None:
    folder = FILES / "wireguard-install"
    files = {path.name: path.read_text() for path in folder.iterdir()}
    result = read(files)
    assert (result.server.interface, result.server.listen_port) == ("wg0", 51823)
    assert [(device.name, str(device.ipv4), str(device.ipv6)) for device in result.devices] == [
        ("alice", "10.66.66.2", "fd42:42:42::2"),
        ("bob", "10.66.66.3", "fd42:42:42::3"),
    ]
    assert all(device.preshared_key for device in result.devices)
    assert result.left == ()
    assert f"PublicKey = {result.server.private_key.public_key}" in files["wg0-client-alice.conf"]


def test_a_peer_that_pivpn_switched_off_is_left_out() -> None:
    result = read({"wg0.conf": (FILES / "pivpn/wg0.conf").read_text()})
    assert [(device.name, device.ipv6) for device in result.devices] == [
        ("alice", IPv6Address("fd11:5ee:bad:c0de::abb:9602")),
        ("carol", IPv6Address("fd11:5ee:bad:c0de::abb:9604")),
    ]
    assert [note.text.partition(":")[0] for note in result.left] == ["MTU", "this peer is commented out"]


def test_the_server_file_of_wg_gaming_installer_is_read() -> None:
    result = read({"wg0.conf": (FILES / "wg_gaming_installer/wg0.conf").read_text()})
    assert [device.name for device in result.devices] == ["alice", "bob", "carol"]
    (note,) = result.left
    assert "wg_start.sh" in note.text


@pytest.mark.parametrize(
    ("comment", "name"),
    [
        ("# BEGIN_PEER pc", "pc"),
        ("### begin pc ###", "pc"),
        ("# Name = pc", "pc"),
        ("# Client: pc (4f2a-11)", "pc"),
        ("# friendly_name=my pc", "my pc"),
        ("# pc", "pc"),
        ("# END_PEER other\n# BEGIN_PEER pc", "pc"),
        ("# ID: 77\n# Name: pc\n# Email: a@example.org", "pc"),
        ("# other's line\n", ""),
        ("#AllowedIPs = 10.0.0.0/8", ""),
    ],
)
def test_a_name_is_read_from_the_comment_above_the_peer(comment: str, name: str) -> None:
    (device,) = found(server_text(peers=peer_text("pc", 2, comment))).devices
    assert device.name == name


def test_a_name_is_read_from_a_comment_beside_a_setting() -> None:
    text = server_text(peers=peer_text("pc", 2, "#").replace("[Peer]", "[peer] # laptop"))
    (device,) = found(text).devices
    assert device.name == "laptop"


def test_what_showconf_prints_is_read_without_an_address() -> None:
    key = private_key("server").reveal()
    peer = peer_text("pc", 2, "#").replace("AllowedIPs", "Endpoint = 198.51.100.7:40000\nAllowedIPs")
    result = found(f"[Interface]\nListenPort = 51820\nFwMark = 0xca6c\nPrivateKey = {key}\n\n{peer}")
    assert result.server.address4 is None
    assert [device.ipv4 for device in result.devices] == [IPv4Address("10.66.66.2")]


def test_plain_rules_become_forwards_and_all_others_are_listed() -> None:
    nat = "iptables -t nat -A PREROUTING -i eth0"
    rules = (
        f"{nat} -p tcp --dport 25565 -j DNAT --to-destination 10.66.66.2",
        f"{nat} -p udp -m udp --dport 27015:27020 -j DNAT --to 10.66.66.2:27015-27020; sysctl -w net.ipv4.ip_forward=1",
        f"{nat} -p tcp --dport 8080 -j DNAT --to-destination 10.66.66.2:80 && iptables -A FORWARD -i %i -j ACCEPT",
        f"{nat} -p tcp -s 198.51.100.0/24 --dport 22000 -j DNAT --to-destination 10.66.66.2",
        "ip6tables -t nat -I PREROUTING 1 -p tcp --dport 25565 -j DNAT --to-destination [fd42:42:42::2]:25565",
        "curl https://example.org/$(hostname)",
    )
    result = found(server_text(*rules, peers=peer_text("pc", 2)))
    assert [(each.protocol, each.ports, str(each.to), each.to_port) for each in result.forwards] == [
        (Protocol.TCP, PortRange(25565, 25565), "10.66.66.2", 25565),
        (Protocol.UDP, PortRange(27015, 27020), "10.66.66.2", 27015),
        (Protocol.TCP, PortRange(8080, 8080), "10.66.66.2", 80),
        (Protocol.TCP, PortRange(25565, 25565), "fd42:42:42::2", 25565),
    ]
    assert [note.where for note in result.left] == ["wg0.conf, line 8", "wg0.conf, line 10"]


def test_a_server_that_hides_players_has_devices_that_send_the_vpn_only() -> None:
    masked = server_text("iptables -t nat -A POSTROUTING -o %i -j MASQUERADE", peers=peer_text("pc", 2))
    assert [device.mode for device in found(masked).devices] == [Mode.SPLIT]


def test_a_devices_own_file_says_what_it_sends() -> None:
    peers = peer_text("pc", 2, "#") + peer_text("phone", 3, "#")
    own = "[Interface]\nPrivateKey = {}\nAddress = 10.66.66.2/32\n[Peer]\nPublicKey = {}\nAllowedIPs = {}\n"
    server = private_key("server").public_key
    result = found(
        server_text(peers=peers),
        {
            "laptop.conf": own.format(private_key("pc").reveal(), server, "0.0.0.0/0, ::/0"),
            "phone.conf": own.format(private_key("phone").reveal(), server, "10.66.66.0/24"),
            "other.conf": own.format(private_key("other").reveal(), server, "10.66.66.0/24"),
        },
    )
    assert [(device.name, device.mode) for device in result.devices] == [("laptop", Mode.FULL), ("phone", Mode.SPLIT)]
    assert [note.where for note in result.left] == ["other.conf"]


def test_networks_behind_a_device_and_a_device_without_an_address_are_listed() -> None:
    site = peer_text("site", 3).replace("/32", "/31").replace("/128", "/64")
    result = found(server_text(peers=peer_text("pc", 2, more=", 192.168.9.0/24") + site))
    assert [device.name for device in result.devices] == ["pc"]
    behind, without = result.left
    assert ("192.168.9.0/24 behind pc" in behind.text, "site has no IPv4" in without.text) == (True, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[Interface]", "[Interfaces]"), "line 1: it is in no section"),
        (("ListenPort", "ListenPorts"), "line 3: wg-quick(8) knows no setting ListenPorts in [Interface]"),
        (("ListenPort = 51820", "ListenPort = 70000"), "line 3: ListenPort has a value"),
        (("ListenPort = 51820\n", ""), "none is"),
        (("PrivateKey = ", "PrivateKey = x"), "line 4: PrivateKey has a value"),
        (("PrivateKey = ", ""), "line 4: wg-quick(8) knows no setting in [Interface]"),
        (("PublicKey", "PresharedKey"), "line 7: the section lacks PublicKey"),
        (("10.66.66.2/32", "10.66.66.256/32"), "line 9: AllowedIPs has a value"),
        (("Address = 10.66.66.1/24", "Address = here"), "line 2: Address has a value"),
        (("[Peer]", "[Interface]"), "line 8: wg-quick(8) knows no setting PublicKey in [Interface]"),
        (("### Client pc", "[Interface]"), "one section [Interface]"),
    ],
)
def test_a_bad_file_is_refused_with_its_line_and_without_a_key(change: tuple[str, str], said: str) -> None:
    text = server_text(peers=peer_text("pc", 2)).replace(*change)
    with pytest.raises(CannotImport) as error:
        found(text)
    assert said in str(error.value)
    assert private_key("server").reveal()[:20] not in str(error.value)


def test_a_command_that_holds_a_key_is_listed_without_it() -> None:
    key = private_key("server").reveal()
    (note,) = found(server_text(f"wg set %i private-key {key}", peers=peer_text("pc", 2))).left
    assert key[:20] not in note.text
