"""The rules for public ports: which may be forwarded, and what is free instead. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from gateway.api.contract import Actor
from gateway.config import GatewaySection, PolicySection
from gateway.errors import BadRequest, ConfigError, PortForbidden, PortInUse, PortNeeded, PortTaken
from gateway.model import Desired, Forward, Listening, PortRange, Protocol, spec_of
from gateway.state.ports import Ephemeral, nearest_free

MAX_PORTS_PER_FORWARD = 1000


@dataclass(frozen=True, slots=True)
class PortRules:
    """The rules of one gateway, on a host where programs listen and connections leave from ephemeral ports."""

    gateway: GatewaySection
    policy: PolicySection
    listening: Listening
    ephemeral: Ephemeral

    def check(self, desired: Desired, ports: PortRange, protocol: Protocol, actor: Actor) -> None:
        """Raise the error of the tree that says why one forward may not have these ports."""
        if len(ports) > MAX_PORTS_PER_FORWARD:
            raise BadRequest(field="port", rule="too_many", value=MAX_PORTS_PER_FORWARD)
        if why := self._why_forbidden(protocol, ports):
            raise PortForbidden(ports=str(ports), **why)
        for forward in desired.forwards.values():
            taken = forward.ports  # compared here, because a call for each of ten thousand forwards takes too long
            if taken.first <= ports.last and ports.first <= taken.last and forward.clashes(protocol, ports):
                holder = desired.peers[forward.peer_id]
                # Only admins may learn the name of another member that has a port.
                known = "you" if holder.owner == actor.id else "named" if actor.is_admin else "someone"
                raise PortTaken(
                    ports=str(ports),
                    holder=known,
                    owner={"you": "you", "named": holder.owner_name, "someone": "another member"}[known],
                    free=self._free(desired, protocol, ports),
                )
        if self.listening(protocol, ports):
            raise PortInUse(ports=str(ports), free=self._free(desired, protocol, ports))

    def check_host(self, desired: Desired, made: Sequence[Forward]) -> None:
        """Raise PortNeeded when all of `made` together would leave the host too few ephemeral ports.

        These are counted once for all, because that takes long among ten thousand forwards.
        """
        own = self.ephemeral.ports
        if self.ephemeral.lacks([forward.ports for forward in made], desired.forwards.values()):
            forward = next(forward for forward in made if forward.ports.overlaps(own))
            free = self._free(desired, forward.protocol, forward.ports, outside_own=True)
            raise PortNeeded(ports=str(forward.ports), range=str(own), free=free)

    def _why_forbidden(self, protocol: Protocol, ports: PortRange) -> dict[str, str] | None:
        """Return what forbids these ports, as details of PortForbidden, or None when nothing does."""
        policy = self.policy
        if ports.first not in policy.forward_ports or ports.last not in policy.forward_ports:
            return _why("only", policy.forward_ports)
        if Protocol.UDP in protocol.each and self.gateway.listen_port in ports:
            return _why("own", self.gateway.listen_port)
        for entry in policy.denied_ports:
            denied = PortRange(entry, entry) if isinstance(entry, int) else entry
            if ports.overlaps(denied):
                return _why("denied", denied)
        return None

    def _free(self, desired: Desired, protocol: Protocol, ports: PortRange, *, outside_own: bool = False) -> str | None:
        """Return the nearest free ports, as text, or None when none are free. `outside_own`: none of the host's."""
        taken = [(f.ports.first, f.ports.last) for f in desired.forwards.values() if f.protocol.shares(protocol)]
        taken += [(e, e) if isinstance(e, int) else (e.first, e.last) for e in self.policy.denied_ports]
        if protocol.shares(Protocol.UDP):
            taken.append((self.gateway.listen_port, self.gateway.listen_port))
        if outside_own or not self.ephemeral.spares(len(ports), desired.forwards.values()):
            taken.append((self.ephemeral.ports.first, self.ephemeral.ports.last))
        found = nearest_free(ports, taken, self.policy.forward_ports, partial(self.listening, protocol))
        return None if found is None else str(found)


def check_listen_port(desired: Desired, port: int) -> None:
    """Raise ConfigError when UDP `port` is forwarded, because WireGuard would get no packet on it."""
    for forward in desired.forwards.values():
        if forward.clashes(Protocol.UDP, PortRange(port, port)):
            peer, spec = desired.peers[forward.peer_id], spec_of(forward.ports, forward.protocol)
            raise ConfigError(
                key="gateway.listen_port",
                problem=f"{port}/udp is forwarded to {peer.device} of {peer.owner_name}; put the old port back, "
                f"`guildgate unforward {spec}`, and change it then",
            )


def _why(rule: str, value: PortRange | int) -> dict[str, str]:
    return {"rule": rule, "value": str(value)}
