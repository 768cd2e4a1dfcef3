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
    MARKS = "marks"  # a rule writes all bits of the conntrack mark; `rules`: where
    UNREADABLE = "unreadable"  # other programs' rules, so they are not judged; `reason`: a sentence
    LEFT = "left"  # differences that a repair left as they were; `difference`: their texts, with `, ` between them
    # Steps that fail, and are tried again. `reason`: what was refused, and why.
    FORWARDING = "forwarding"  # of IPv4
    SETTINGS = "settings"
    RESERVED = "reserved"
    LINK = "link"
    FLOWS = "flows"
    NAME = "name"  # public_address is not kept; `name`: it; `reason`: a sentence without its end
    BACKUP = "backup"  # the automatic one
    NO_IPV6 = "no_ipv6"  # the VPN carries IPv4 only; `reason`: what says so
    STRICT = "strict"  # players by another uplink than the usual one get nowhere; `settings` that are to be 2
    ASTRAY = "astray"  # answers to players leave by another interface; `reason`: a predicate, `commands`: the cure
    UNRESOLVED = "unresolved"  # a name as public_address; `name`, `reason`: a predicate
    DATABASE = "database"  # it refuses writes; `reason`: what it said
    TRAFFIC = "traffic"  # much of `monthly_traffic` is used; `share`: 80 or 100, in percent; `limit`: all of it


BLOCKING = frozenset({Trouble.FIREWALL, Trouble.FORWARDING, Trouble.LINK})
"""The problems with which no player can join."""

FIREWALLS = frozenset({Trouble.FIREWALL, Trouble.FIREWALL_DEVICES, Trouble.OFFLOAD, Trouble.MARKS, Trouble.UNREADABLE})
"""The problems that a look at other programs' firewalls finds."""

SENTENCES: Mapping[str, str] = {
    Trouble.FIREWALL: "{program} on this host stops players, in {chains}. "
    "`guildgate doctor` names the commands that let them through.",
    Trouble.FIREWALL_DEVICES: "{program} on this host stops devices, in {chains}. "
    "`guildgate doctor` names the commands that let them through.",
    Trouble.OFFLOAD: "{program} on this host hands flows to a flowtable, in {chains}: a closed port stays open for "
    "them. `guildgate doctor` names the commands that end this.",
    Trouble.MARKS: "A rule of another program writes the whole conntrack mark, which ends the connections of players "
    "that meet it: {rules}. `guildgate doctor` names the cure.",
    Trouble.UNREADABLE: "Other programs' firewalls cannot be judged: {reason}.",
    Trouble.LEFT: "A repair left this as it was, and is tried again ever more seldom: {difference}. "
    "The log may say why.",
    Trouble.FORWARDING: "This host forwards no packets, so no player gets to a device: {reason}. Set it on the host by "
    "sysctl, or start the container with --sysctl.",
    Trouble.SETTINGS: "This host's settings cannot be changed: {reason}. Without forwarding no IPv6 gets to a device; "
    "without accept_ra=2 the host may lose its IPv6 route. Set them on the host by sysctl, or start the container with "
    "--sysctl.",
    Trouble.RESERVED: "Forwarded ports cannot be kept from this host's own connections: {reason}. Forwards work all "
    "the same; rarely one player is not let through. Let the gateway write that setting.",
    Trouble.LINK: "The VPN's interface lacks an address or a route: {reason}. The log says more.",
    Trouble.FLOWS: "Connections from before a change cannot be ended: {reason}. They may lead to the wrong device.",
    Trouble.NAME: "The name {name} is not kept: {reason}. It may lead to an old address, and Minecraft's record to an "
    "old port.",
    Trouble.BACKUP: "There is no new backup: {reason}. Older ones are kept.",
    Trouble.NO_IPV6: "IPv6 is switched off here: {reason}. The VPN carries IPv4 only. Devices keep their IPv6 "
    "addresses, which work again once IPv6 is on: sysctl -w net.ipv6.conf.all.disable_ipv6=0, or a kernel with IPv6. "
    'To do without, set subnet6 = "".',
    Trouble.STRICT: "Players who come in by another line than the usual one are dropped: {settings} must be 2. Set it "
    "by sysctl, and in a file of /etc/sysctl.d to keep it.",
    Trouble.ASTRAY: "Players get no answer: {reason}. As root: {commands}",
    Trouble.UNRESOLVED: "The public address {name} {reason}. Devices and players that look for that name find nothing.",
    Trouble.DATABASE: "The database cannot be written: {reason}. What is open stays open, and every change is refused. "
    "Make room on the disk, or make it writable.",
    Trouble.TRAFFIC: "{share} % of this month's traffic ({limit}) is used. The provider may slow the line down, or "
    "charge for more.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem. Its values are texts that name no member and do not change while the problem stays the same."""

    code: str  # a Trouble, or the code of another version
    values: dict[str, str] = field(default_factory=dict)
    # Where it is, in a fleet. Only clients of several gateways write it.
    region: str = field(default="", metadata={"sparse": True})

    def __str__(self) -> str:
        """Return the sentence for the terminal and the log."""
        try:
            said = SENTENCES[self.code].format(**self.values)
        except KeyError:  # another version's
            said = ", ".join((self.code, *self.values.values()))
        return f"{self.region}: {said}" if self.region else said
