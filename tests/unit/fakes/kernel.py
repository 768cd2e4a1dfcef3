"""A kernel in memory behind the gateway's five protocols, which can refuse any of its effects.

It is as strict as the real one where the gateway depends on it. A public port is given once, and a transaction happens
as a whole or not at all. An address leads to one WireGuard peer, and a missing element cannot be removed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from gateway.config import Config
from gateway.keys import PrivateKey
from gateway.state.kernel import Kernel
from tests.unit.fakes.conntrack import FakeConntrack
from tests.unit.fakes.effects import Effects
from tests.unit.fakes.host import FakeHost
from tests.unit.fakes.table import FakeTable
from tests.unit.fakes.wireguard import FakeWireGuard


@dataclass
class FakeFirewalls:
    """Other programs' rules that need forwarding. None means that they cannot be read."""

    rules: dict[int, set[str]] | None = field(default_factory=lambda: {version: set[str]() for version in (4, 6)})

    async def forwarding_rules(self, own: Collection[str]) -> dict[int, set[str]] | None:
        return self.rules and {version: set(texts) for version, texts in self.rules.items()}


@dataclass(frozen=True, slots=True)
class FakeKernel(Kernel):
    wireguard: FakeWireGuard
    table: FakeTable
    conntrack: FakeConntrack
    host: FakeHost
    firewalls: FakeFirewalls
    effects: Effects

    @classmethod
    def of(cls, config: Config, private_key: PrivateKey) -> FakeKernel:
        effects, section = Effects(), config.gateway
        host, table = FakeHost(effects), FakeTable(effects)
        own_key = private_key.public_key
        wireguard = FakeWireGuard(effects, host.links, section.interface, section.listen_port, own_key)
        return cls(wireguard, table, FakeConntrack(effects, table), host, FakeFirewalls(), effects)
