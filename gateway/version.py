"""Versions of releases, and this program's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

RELEASE_SOURCE = Path("/etc/guildgate/release-source")
"""The file that names the repository with the releases."""

_FORM = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version such as 1.4.2, with its place in the order of releases."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise ValueError for any other form, such as 1.4.2-rc1."""
        found = _FORM.fullmatch(text)
        if not found:
            raise ValueError("must be a version such as 1.4.2")
        return cls(*map(int, found.groups()))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @property
    def tag(self) -> str:
        """Return the name of the release's tag."""
        return f"v{self}"


def released(tags: Iterable[str]) -> list[Version]:
    """Return the versions that these tags name, the newest first. Other tags are left out."""
    found = set()
    for tag in tags:
        try:
            version = Version.parse(tag.removeprefix("v"))
        except ValueError:
            continue
        if tag == version.tag:
            found.add(version)
    return sorted(found, reverse=True)


@cache
def own() -> str:
    """Return the version of this program as it was installed."""
    from importlib.metadata import version  # here, because most commands never ask

    return version("guildgate")
