from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway import config
from gateway.errors import ConfigError
from gateway.model import PortRange


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
        ("gateway", "state_dir", "state"),
        ("gateway", "socket", "/" + "x" * 110),
        ("gateway", "socket_users", "bot"),
        ("policy", "forward_ports", "1024"[:0]),
        ("policy", "forward_ports", "1024-65535"),
        ("policy", "forward_ports", 1024),
        ("policy", "denied_ports", [70000]),
        ("policy", "denied_ports", ["80-70"]),
        ("policy", "devices_per_member", 0),
        ("policy", "forwards_per_member", -1),
        ("policy", "isolate_peers", "yes"),
        ("discord", "guild", "my server"),
        ("discord", "member_roles", "Player"),
        ("discord", "admin_roles", [""]),
        ("discord", "token", "abc"),
    ],
)
def test_what_is_wrong_is_refused_by_the_name_of_its_key(section: str, key: str, value: Any) -> None:
    with pytest.raises(ConfigError) as refused:
        config.parse({section: {key: value}})
    assert refused.value.details["key"].startswith(f"{section}.{key}")
    assert refused.value.details["problem"]


def test_an_unknown_section_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean policy"):
        config.parse({"polcy": {}})


def test_ipv6_can_be_switched_off() -> None:
    assert config.parse({"gateway": {"subnet6": ""}}).gateway.network6 is None


def test_a_host_name_may_be_the_public_address() -> None:
    assert (
        str(config.parse({"gateway": {"public_address": "VPS.example.org"}}).gateway.public_address)
        == "vps.example.org"
    )


def test_a_file_that_is_missing_or_no_toml_is_refused_with_its_path(tmp_path: Path) -> None:
    for content in (None, b"= 1", b"\xff\xfe"):
        path = tmp_path / "config.toml"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ConfigError) as refused:
            config.load(path)
        assert refused.value.details["key"] == str(path)


def test_the_token_comes_from_the_environment_or_else_the_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    section = config.parse({"discord": {"token_file": str(file)}}).discord
    assert section.token({"DISCORD_TOKEN": "one"}) == "one"
    for content in (None, "", "  \n"):
        if content is not None:
            file.write_text(content)
        with pytest.raises(ConfigError, match=r"discord\.token_file"):
            section.token({})
    file.write_text("two\n")
    assert section.token({}) == "two"
    with pytest.raises(ConfigError, match="DISCORD_TOKEN"):
        config.parse({}).discord.token({})


def test_a_time_zone_is_found_when_the_configuration_is_read() -> None:
    """UTC without any data of the system, and no file outside it by way of a name."""
    assert config.parse({}).discord.timezone.zone is UTC
    berlin = config.parse({"discord": {"timezone": "Europe/Berlin"}}).discord.timezone
    assert str(berlin) == "Europe/Berlin"
    assert berlin.zone.utcoffset(datetime(2026, 7, 1)) == timedelta(hours=2)  # noqa: DTZ001
    for name in ("Mars/Olympus", "", "Europe", "../../etc/passwd", "/etc/passwd"):
        with pytest.raises(ConfigError, match=r"discord\.timezone: must be a time zone such as"):
            config.parse({"discord": {"timezone": name}})


def test_the_bots_folder_is_an_absolute_path() -> None:
    with pytest.raises(ConfigError, match=r"discord\.state_dir"):
        config.parse({"discord": {"state_dir": "state"}})
