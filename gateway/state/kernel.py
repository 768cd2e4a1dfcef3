"""The four sides of the system that the gateway works on, each behind its protocol. daemon.py opens the real ones."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.host.host import Host
from gateway.nftables.elements import Table
from gateway.nftables.flow import Conntrack
from gateway.wireguard.device import WireGuard


@dataclass(frozen=True, slots=True)
class Kernel:
    """The kernel as the gateway uses it: WireGuard's interface, the nftables table, conntrack and the host."""

    wireguard: WireGuard
    table: Table
    conntrack: Conntrack
    host: Host
