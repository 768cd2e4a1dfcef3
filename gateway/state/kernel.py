"""The five sides of the system that the gateway works on, each behind its protocol. daemon.py opens the real ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol as Shape

from gateway.host.host import Host
from gateway.nftables.elements import Table
from gateway.nftables.flow import Conntrack
from gateway.wireguard.device import WireGuard


class Firewalls(Shape):
    """The firewalls of other programs."""

    async def forwarding_rules(self, own: Collection[str]) -> Mapping[int, AbstractSet[str]] | None:
        """Return the texts of rules that need this host to forward, by version of IP. None means: not readable.

        Rules that only name the interfaces in `own` are none of them.
        """


@dataclass(frozen=True, slots=True)
class Kernel:
    """The kernel as the gateway uses it: WireGuard's interface, our table, conntrack, the host, other firewalls."""

    wireguard: WireGuard
    table: Table
    conntrack: Conntrack
    host: Host
    firewalls: Firewalls
