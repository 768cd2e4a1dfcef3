"""A problem: what keeps a part of the gateway from working until it ends. It names the cure, where there is one.

A problem crosses the socket and lies in the audit log as its code and values. The terminal's sentences stand here, and
Discord's in the catalogue, as `problem-<code>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Trouble(StrEnum):
    """The code of a problem. At most one problem of each code is present."""

    LEFT = "left"  # differences that a repair left as they were; `difference`: their texts, with `, ` between them


SENTENCES: Mapping[str, str] = {
    Trouble.LEFT: "A repair left this as it was, and is tried again ever more seldom: {difference}. "
    "The log may say why.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem. Its values are texts that name no member and do not change while the problem stays the same."""

    code: str  # a Trouble, or the code of another version
    values: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the sentence for the terminal and the log."""
        try:
            return SENTENCES[self.code].format(**self.values)
        except KeyError:  # another version's
            return ", ".join((self.code, *self.values.values()))
