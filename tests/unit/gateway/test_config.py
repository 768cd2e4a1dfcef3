from __future__ import annotations

import os
import pwd
import re
from pathlib import Path
from typing import Any

import pytest

from gateway import config
from gateway.errors import ConfigError
from gateway.model import Duration, Off, PortRange


def test_an_empty_file_is_a_working_configuration() -> None:
    found = config.parse({})
    assert found.gateway.listen_port == 51820
    assert str(found.gateway.address4) == "10.66.66.1"
    assert str(found.gateway.address6) == "fd42:42:42::1"
    assert found.policy.forward_ports == PortRange(1024, 60999)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("gateway", "listen_prot", 1),
        ("gateway", "listen_port", "51820"),
        ("gateway", "listen_port", 0),
        ("gateway", "listen_port", 65536),
        ("gateway", "listen_port", True),
        ("gateway", "interface", "wg0 drop"),
        ("gateway", "interface", "a-very-long-interface"),
        ("gateway", "interface", ".."),
        ("gateway", "public_interface", 'eth0"'),
        ("gateway", "public_address", "not a host"),
        ("gateway", "public_address", "2001:db8::1"),
        *(("gateway", "public_address", text) for text in ("0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255")),
        *(("gateway", "public_address6", text) for text in ("::", "::1", "ff02::1", "fe80::1")),
        *(("gateway", "dns", [text]) for text in ("0.0.0.0", "::", "127.0.0.53", "240.0.0.1")),
        ("gateway", "public_address6", "203.0.113.1"),
        ("gateway", "subnet4", "10.66.66.0"),
        ("gateway", "subnet4", "10.66.66.1/24"),
        ("gateway", "subnet4", "8.8.8.0/24"),
        ("gateway", "subnet4", "10.66.66.0/31"),
        ("gateway", "subnet6", "none"),
        ("gateway", "subnet6", "fd42::/126"),
        ("gateway", "subnet6", "2a00::/64"),
        ("gateway", "backend", "fast"),
        ("gateway", "dns", "1.1.1.1"),
        ("gateway", "dns", ["one.one.one.one"]),
        ("gateway", "mtu", 576),
        ("gateway", "mtu", "large"),
        ("gateway", "mtu", True),
        ("gateway", "conntrack_mask", 0xFFE),
        ("gateway", "conntrack_mask", 1 << 32),
        ("policy", "forwards_in_all", 16_384),
        ("gateway", "state_dir", "state"),
        ("gateway", "socket", "/" + "x" * 110),
        ("gateway", "socket_users", "bot"),
        ("gateway", "socket_users", ["a\0b"]),
        ("gateway", "socket", "/run/a\0b"),
        ("gateway", "state_dir", "/var/a\0b"),
        ("gateway", "public_address6", "fe80::1%eth0"),
        ("gateway", "dns", ["fe80::1%; DNS = 1.1.1.1"]),
        ("policy", "forward_ports", "1024"[:0]),
        ("policy", "forward_ports", "1024-65535"),
        ("policy", "forward_ports", 1024),
        ("policy", "denied_ports", [70000]),
        ("policy", "denied_ports", ["80-70"]),
        ("policy", "denied_egress", [25]),
        ("policy", "denied_egress", ["25"]),
        ("policy", "flow_log_for", "forever"),
        ("policy", "flow_log_for", "week"),
        ("policy", "devices_per_member", 0),
        ("policy", "forwards_per_member", -1),
        ("policy", "ports_per_member", 0),
        ("policy", "joins_per_hour", 0),
        ("policy", "flows_per_device", 0),
        ("policy", "isolate_peers", "yes"),
    ],
)
def test_what_is_wrong_is_refused_by_the_name_of_its_key(section: str, key: str, value: Any) -> None:
    with pytest.raises(ConfigError) as refused:
        config.parse({section: {key: value}})
    assert refused.value.details["key"].startswith(f"{section}.{key}")
    assert refused.value.details["problem"]


@pytest.mark.parametrize(("typed", "meant"), [("polcy", "policy"), ("discrod", "discord")])
def test_an_unknown_section_is_refused(typed: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=f"did you mean {meant}"):
        config.parse({typed: {}})


def test_the_bots_section_is_not_the_gateways_to_judge() -> None:
    assert config.parse({"discord": {"colour": 1}}) == config.Config()


def test_ipv6_can_be_switched_off() -> None:
    assert config.parse({"gateway": {"subnet6": ""}}).gateway.network6 is None


def test_the_flow_log_is_off_unless_it_has_a_duration() -> None:
    assert config.parse({}).policy.flow_log_for == Off()
    assert config.parse({"policy": {"flow_log_for": ""}}).policy.flow_log_for == Off()
    assert config.parse({"policy": {"flow_log_for": "7d"}}).policy.flow_log_for == Duration.parse("7d")


def test_a_host_name_may_be_the_public_address() -> None:
    assert (
        str(config.parse({"gateway": {"public_address": "VPS.example.org"}}).gateway.public_address)
        == "vps.example.org"
    )


def test_a_value_of_several_kinds_is_refused_with_all_of_them() -> None:
    with pytest.raises(ConfigError, match="must be an IPv4 address or an IPv6 address"):
        config.parse({"gateway": {"dns": ["one.one.one.one"]}})


def test_a_file_that_is_missing_or_no_toml_is_refused_with_its_path(tmp_path: Path) -> None:
    for content in (None, b"= 1", b"\xff\xfe", b"a = " + b"[" * 5000, b"a = " + b"9" * 5000):
        path = tmp_path / "config.toml"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ConfigError) as refused:
            config.load(path)
        assert refused.value.details["key"] == str(path)


PLAY = {"public_address": "play.example.org"}
KEPT = {"kind": "rfc2136", "server": "192.0.2.53", "zone": "example.org"}


def test_a_name_may_be_kept() -> None:
    names = config.parse({"gateway": PLAY, "names": KEPT}).names
    assert names == config.NamesSection(kind=config.NamesKind.RFC2136, server="192.0.2.53", zone="example.org")
    assert config.parse({"gateway": PLAY, "names": {"kind": "url"}}).names
    for server in ("2001:db8::53", "127.0.0.1", "ns1.example.net"):
        assert config.parse({"gateway": PLAY, "names": {**KEPT, "server": server}}).names


@pytest.mark.parametrize(
    ("gateway", "names", "key"),
    [
        ({}, KEPT, "gateway.public_address"),
        ({"public_address": "203.0.113.1"}, KEPT, "gateway.public_address"),
        (PLAY, {}, "names.kind"),
        (PLAY, {**KEPT, "kind": "bind"}, "names.kind"),
        (PLAY, {**KEPT, "secret": "hunter2"}, "names.secret"),
        (PLAY, {**KEPT, "server": ""}, "names.server"),
        (PLAY, {**KEPT, "server": "ns1 example"}, "names.server"),
        (PLAY, {**KEPT, "port": 0}, "names.port"),
        (PLAY, {**KEPT, "zone": ""}, "names.zone"),
        (PLAY, {**KEPT, "zone": "ample.org"}, "names.zone"),
        (PLAY, {**KEPT, "zone": "example.net"}, "names.zone"),
        (PLAY, {**KEPT, "ttl": 0}, "names.ttl"),
        (PLAY, {**KEPT, "secret_file": "dns"}, "names.secret_file"),
        (PLAY, {"kind": "url", "secret_file": "dns"}, "names.secret_file"),
    ],
)
def test_a_name_that_cannot_be_kept_is_refused_by_its_key(
    gateway: dict[str, Any], names: dict[str, Any], key: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        config.parse({"gateway": gateway, "names": names})
    assert refused.value.details["key"] == key
    assert "hunter2" not in str(refused.value)


FLEET = {"servers": ["tls://bus.example.org:4222"]}


def test_a_gateway_may_be_a_region_of_a_fleet() -> None:
    """Where only the bot is there is no region."""
    assert config.parse({}).fleet is None
    (server,) = (fleet := config.parse({"fleet": FLEET}).fleet or pytest.fail("none")).servers
    assert (str(server), server.is_encrypted, fleet.region) == ("tls://bus.example.org:4222", True, "")
    for region in ("eu", "us-east-1", "b"):
        assert config.parse({"fleet": {**FLEET, "region": region}}).fleet
    for text in ("nats://10.9.0.1:4222", "tls://[2001:db8::1]:4222"):
        assert config.parse({"fleet": {"servers": [text]}}).fleet


@pytest.mark.parametrize(
    ("fleet", "key"),
    [
        ({}, "fleet.servers"),
        ({"servers": []}, "fleet.servers"),
        ({**FLEET, "beside": "bot"}, "fleet.beside"),
        ({**FLEET, "region": "eu", "standby": "eu.example.org"}, "fleet.standby"),
        ({**FLEET, "standby": "198.51.100.7"}, "fleet.region"),
        ({**FLEET, "region": "eu", "standby": "198.51.100.7"}, "gateway.public_address"),
        ({"servers": ["bus.example.org"]}, "fleet.servers[0]"),
        ({"servers": ["tls://bus.example.org:0"]}, "fleet.servers[0]"),
        ({"servers": ["tls://user:hunter2@bus.example.org:4222"]}, "fleet.servers[0]"),
        ({**FLEET, "seed": "hunter2"}, "fleet.seed"),
        ({**FLEET, "key_file": "fleet.key"}, "fleet.key_file"),
        ({**FLEET, "bus_file": "bus.key"}, "fleet.bus_file"),
        *(({**FLEET, "region": region}, "fleet.region") for region in ("EU", "e.u", "*", "bot", "1", "a" * 17, "eu ")),
    ],
)
def test_a_fleet_that_cannot_be_is_refused_by_its_key(fleet: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError) as refused:
        config.parse({"fleet": fleet})
    assert refused.value.details["key"] == key
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b"[discord]\nguild = 1\n[discord]\n",
            "begins [discord] again in line 3; move the lines below it to the first",
        ),
        (b"[gateway]\nmtu = 1400\nmtu = 1400\n[policy]\n", "sets a key again in line 3 that has a value already"),
        (b"[gateway]\nmtu = 1400\nmtu = 1400", "sets a key again in its last line"),
        (b"[gateway]\n# \xe4\n", "is not text in UTF-8, see line 2; save it as UTF-8"),
        ("[gateway]\n".encode("utf-16"), "is not text in UTF-8, see line 1; save it as UTF-8"),
        (b"mtu = 1400\n", "mtu: stands above all sections; move it below [gateway], [policy] or [discord]"),
        (b"[gatway]\n", "gatway: is not a known key; did you mean gateway?"),
        (b"[gateway]\nlisten_prot = 1\n", "gateway.listen_prot: is not a known key; did you mean listen_port?"),
        (b"[gateway]\nlisten_port = '1'\n", "gateway.listen_port: must be a whole number"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_what_to_do(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        config.load(file)
    assert sentence in str(refused.value)


def test_a_file_that_cannot_be_read_is_told_with_what_to_do(tmp_path: Path) -> None:
    for path, cure in (
        (tmp_path, "name a file. Docker makes a folder"),
        (tmp_path / "none", "copy config.example.toml to it, and fill in [discord]"),
    ):
        with pytest.raises(ConfigError, match=re.escape(cure)) as refused:
            config.load(path)
        assert f"{path}: cannot be read (" in str(refused.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone can be another user")
def test_a_user_that_may_not_read_the_file_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file may also lie in a folder that the user may not enter, as /etc/guildgate is."""
    folder = tmp_path / "guildgate"
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(config, "DEFAULT_CONFIG", folder / "config.toml")
    monkeypatch.delenv("GUILDGATE_CONFIG", raising=False)
    (folder / "config.toml").touch(mode=0o600)
    nobody = pwd.getpwnam("nobody")
    os.seteuid(nobody.pw_uid)
    try:
        with pytest.raises(ConfigError, match="run this as root, or let the user nobody read it"):
            config.load_or_default(None)
    finally:
        os.seteuid(0)
