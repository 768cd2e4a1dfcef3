"""From where a forward's players may come, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
AddressNetwork = IPv4Network | IPv6Network

# The prefix lengths that rules may have, by version of IP: one address, and what one customer usually has.
LENGTHS = {4: (32, 24), 6: (128, 64)}
HIDDEN = "•"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRule:
    """An address or a network whose packets a forward takes, or does not take."""

    network: AddressNetwork
    lets_in: bool  # False: it is blocked
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Kicked:
    """The outer end of a flow that a forward refuses for a while."""

    protocol: int  # its number in the IP header
    address: Address
    port: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """From where a forward's players may come. Of several rules, that with the longest prefix decides.

    Blocked addresses are cut off in both directions. `friends_only` is about flows from outside alone, because the
    device itself has to reach server lists.
    """

    friends_only: bool = False  # only devices in the VPN, and addresses that were let in
    rules: tuple[AddressRule, ...] = ()
    kicked: tuple[Kicked, ...] = ()
    settles_at: datetime | None = None  # until then, flows from before the last change of a rule may be open

    def __bool__(self) -> bool:
        """Report whether new flows have to be looked at."""
        return bool(self.friends_only or self.rules or self.is_watched)

    @property
    def is_watched(self) -> bool:
        """Report whether packets of open flows have to be looked at one by one."""
        return bool(self.friends_only or self.kicked or self.settles_at)

    def rule_of(self, address: Address) -> AddressRule | None:
        """Return the rule that decides about an address, or None without any."""
        holding = (rule for rule in self.rules if address in rule.network)
        return max(holding, key=lambda rule: rule.network.prefixlen, default=None)

    def refuses(self, protocol: int, address: Address, port: int) -> bool:
        """Report whether the outer end is kicked or blocked."""
        if any((each.protocol, each.address, each.port) == (protocol, address, port) for each in self.kicked):
            return True
        rule = self.rule_of(address)
        return rule is not None and not rule.lets_in

    def keeps_out(self, address: Address) -> bool:
        """Report whether a stranger with this address is kept out, because only friends may come."""
        return self.friends_only and self.rule_of(address) is None


OPEN = Access()


def masked(address: Address) -> str:
    """Return the begin of an address, as `203.0.•.•` or `2001:db8:•`: enough to recognise a network by."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if isinstance(address, IPv4Address):
        return ".".join([*str(address).split(".")[:2], HIDDEN, HIDDEN])
    return ":".join([*(f"{int(group, 16):x}" for group in address.exploded.split(":")[:2]), HIDDEN])


def masked_network(network: AddressNetwork) -> str:
    """Return the masked address, with the length of a prefix that holds several addresses."""
    shown = masked(network.network_address)
    return shown if network.num_addresses == 1 else f"{shown}/{network.prefixlen}"
