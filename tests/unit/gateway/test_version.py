"""Versions of releases and their order."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from gateway.errors import NotUpdated
from gateway.update.command import choose
from gateway.version import Version, own, released

ROOT = Path(__file__).parents[3]
ONE, TWO, TEN = Version(1, 0, 0), Version(1, 2, 0), Version(1, 10, 0)


def test_releases_are_ordered_by_number() -> None:
    """Other tags are none, and neither are versions before a release."""
    tags = ["v1.2.0", "v1.10.0", "1.11.0", "v1.12.0-rc1", "v01.0.0", "v1.0.0", "vfoo", "v1.13", "v٣.0.0"]
    assert released(tags) == [TEN, TWO, ONE]
    assert [version.tag for version in released(tags)] == ["v1.10.0", "v1.2.0", "v1.0.0"]


def test_this_program_has_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert own() == project["version"] == str(Version.parse(project["version"]))


def test_an_update_only_goes_forward() -> None:
    assert choose([TEN, TWO, ONE], TWO, None) == TEN
    assert choose([TWO, ONE], TWO, None) is None
    assert choose([ONE], TWO, None) is None
    assert choose([], TWO, None) is None
    assert choose([TEN, TWO, ONE], ONE, TWO) == TWO
    assert choose([TEN, TWO, ONE], TWO, TWO) is None


@pytest.mark.parametrize(("asked", "problem"), [(ONE, "1.0.0 is older than 1.2.0"), (Version(3, 0, 0), "no release 3")])
def test_an_older_or_unknown_release_is_refused(asked: Version, problem: str) -> None:
    with pytest.raises(NotUpdated, match=problem):
        choose([TEN, TWO, ONE], TWO, asked)
