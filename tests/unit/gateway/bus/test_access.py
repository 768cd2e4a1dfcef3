"""The file that lets a host in."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.bus import access
from gateway.bus.access import Access
from gateway.config import BusServer, FleetSection
from gateway.errors import ConfigError

SECRET = "SUAGEHEIMNIS"
EU = Access(client="eu", seed=SECRET)


def section(path: Path) -> FleetSection:
    return FleetSection(servers=(BusServer.parse("tls://bus.example.org:4222"),), bus_file=path, region="eu")


def test_it_is_read_as_it_was_written_and_no_repr_shows_a_secret(tmp_path: Path) -> None:
    path = tmp_path / "bus.key"
    path.write_text(EU.reveal())
    assert access.read(section(path), "eu", environ={}) == EU
    assert SECRET not in repr(EU)


def test_the_services_credential_goes_first(tmp_path: Path) -> None:
    (tmp_path / "bus").write_text(EU.reveal())
    assert access.read(section(Path("/nowhere")), "eu", environ={"CREDENTIALS_DIRECTORY": str(tmp_path)}) == EU


@pytest.mark.parametrize(
    "content",
    [
        None,
        SECRET,
        f'{{"client": "eu", "seeds": "{SECRET}"}}',
        f'{{"client": "us", "seed": "{SECRET}"}}',
        f'{{"client": "eu", "seed": "{SECRET}", "ca": "none"}}',
        f'{{"client": "eu", "seed": "{SECRET}", "extra": 1}}',
        "\xff",
    ],
)
def test_a_file_that_lets_nothing_in_is_refused_without_its_content(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "bus.key"
    if content is not None:
        path.write_text(content, "latin-1")
    with pytest.raises(ConfigError, match=r"enrol this host|not text") as refused:
        access.read(section(path), "eu", environ={})
    assert SECRET not in str(refused.value)
    assert refused.value.details["key"] == "fleet.bus_file"
