"""[discord]: a wrong value is refused by the name of its key, and the token comes from outside the file."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import config
from gateway.errors import ConfigError


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("guild", "my server"),
        ("guild", "9" * 5000),
        ("state_dir", "/var/a\0b"),
        ("member_roles", "Player"),
        ("admin_roles", [""]),
        ("token", "abc"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_key(key: str, value: Any) -> None:
    with pytest.raises(ConfigError) as refused:
        config.parse({key: value})
    assert refused.value.details["key"].startswith(f"discord.{key}")
    assert refused.value.details["problem"]


def test_the_bot_checks_the_gateways_sections_as_well(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[gateway]\nmtu = 1\n")
    with pytest.raises(ConfigError, match=r"gateway\.mtu"):
        config.load(file)


def test_the_token_comes_from_the_environment_or_else_the_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    section = config.parse({"token_file": str(file)})
    assert section.token({"DISCORD_TOKEN": "one"}) == "one"
    for content in (None, "", "  \n"):
        if content is not None:
            file.write_text(content)
        with pytest.raises(ConfigError, match=r"discord\.token_file"):
            section.token({})
    for content in ("two\n", "\ufefftwo\r\n", "\n two \n\n"):
        file.write_text(content)
        assert section.token({}) == "two"
    with pytest.raises(ConfigError, match="DISCORD_TOKEN"):
        config.parse({}).token({})


def test_a_token_file_with_more_than_a_token_is_refused_without_its_content(tmp_path: Path) -> None:
    file = tmp_path / "token"
    for content in ("MTIz.abc\nMTIz.def\n", "token = MTIz.abc\n"):
        file.write_text(content)
        with pytest.raises(ConfigError, match="more than one word") as refused:
            config.parse({"token_file": str(file)}).token({})
        assert "MTIz" not in str(refused.value)


def test_systemds_credential_goes_before_the_token_file(tmp_path: Path) -> None:
    """The unit gives the bot the token as a file of its own, and `token_file` may name one that only root reads."""
    (tmp_path / "token").write_text("credential\n")
    section = config.parse({"token_file": "/nonexistent"})
    assert section.token({"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "credential"
    assert section.token({"CREDENTIALS_DIRECTORY": str(tmp_path), "DISCORD_TOKEN": "one"}) == "one"
    with pytest.raises(ConfigError, match="/nonexistent cannot be read"):
        section.token({"CREDENTIALS_DIRECTORY": str(tmp_path / "none")})


def test_a_token_file_that_every_user_may_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("two")
    section = config.parse({"token_file": str(file)})
    for mode, exposed in ((0o600, None), (0o640, None), (0o644, file)):
        file.chmod(mode)
        assert section.exposed_token({}) == exposed
    assert config.parse({}).exposed_token({}) is None


def test_a_file_of_a_windows_editor_is_read(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[gateway]\r\nmtu = 1400\r\n", encoding="utf-8-sig")
    assert config.load(file).socket


def test_a_time_zone_is_found_when_the_configuration_is_read() -> None:
    """A name cannot lead to a file outside the data of zones."""
    assert config.parse({}).timezone.zone is UTC
    berlin = config.parse({"timezone": "Europe/Berlin"}).timezone
    assert str(berlin) == "Europe/Berlin"
    assert berlin.zone.utcoffset(datetime(2026, 7, 1)) == timedelta(hours=2)  # noqa: DTZ001
    for name in ("Mars/Olympus", "", "Europe", "../../etc/passwd", "/etc/passwd"):
        with pytest.raises(ConfigError, match=r"discord\.timezone: must be a time zone such as"):
            config.parse({"timezone": name})


def test_a_time_zone_is_found_on_a_machine_whose_system_has_none() -> None:
    zoneinfo.reset_tzpath(to=())
    try:
        zoneinfo.ZoneInfo.clear_cache()
        assert str(config.parse({"timezone": "Pacific/Chatham"}).timezone) == "Pacific/Chatham"
    finally:
        zoneinfo.reset_tzpath()


def test_the_bots_folder_is_an_absolute_path() -> None:
    with pytest.raises(ConfigError, match=r"discord\.state_dir"):
        config.parse({"state_dir": "state"})


def test_a_token_in_the_place_of_its_file_is_refused_without_a_repetition() -> None:
    with pytest.raises(ConfigError, match=r"discord\.token_file: must be the whole path") as refused:
        config.parse({"token_file": "MTIz.abc.def"})
    assert "MTIz" not in str(refused.value)


def test_a_token_file_that_cannot_be_read_is_told_with_what_to_do(tmp_path: Path) -> None:
    for path, cure in ((tmp_path, "name a file"), (tmp_path / "none", "write the token into it")):
        with pytest.raises(ConfigError, match=f"{path} cannot be read .*{cure}"):
            config.parse({"token_file": str(path)}).token({})
