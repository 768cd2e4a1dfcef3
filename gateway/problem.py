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

    FIREWALL = "firewall"  # players get nowhere; `program`: its name, `chains`: where it stops them
    FIREWALL_DEVICES = "firewall_devices"  # the same for devices, while players get through
    OFFLOAD = "offload"  # flows pass our rules by; `program` and `chains` as above
    UNREADABLE = "unreadable"  # other programs' rules, so they are not judged; `reason`: a sentence
    LEFT = "left"  # differences that a repair left as they were; `difference`: their texts, with `, ` between them


BLOCKING = frozenset({Trouble.FIREWALL})
"""The problems with which no player can join."""

FIREWALLS = frozenset({Trouble.FIREWALL, Trouble.FIREWALL_DEVICES, Trouble.OFFLOAD, Trouble.UNREADABLE})
"""The problems that a look at other programs' firewalls finds."""

SENTENCES: Mapping[str, str] = {
    Trouble.FIREWALL: "{program} on this host stops players, in {chains}. "
    "`guildgate doctor` names the commands that let them through.",
    Trouble.FIREWALL_DEVICES: "{program} on this host stops devices, in {chains}. "
    "`guildgate doctor` names the commands that let them through.",
    Trouble.OFFLOAD: "{program} on this host hands flows to a flowtable, in {chains}: a closed port stays open for "
    "them. `guildgate doctor` names the commands that end this.",
    Trouble.UNREADABLE: "Other programs' firewalls cannot be judged: {reason}.",
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
