"""Numbers about the gateway, for gateway/metrics: what it counts itself, and what a status says."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from operator import add

from gateway.api import measures
from gateway.api.contract import ForwardStatus, PeerStatus, Status
from gateway.api.measures import BOUNDS_S, MOST_EACH, Counted
from gateway.errors import GatewayError
from gateway.host.host import FlowCounts, LinkCounts
from gateway.model import Difference


class Tally:
    """How long requests took, and which errors they ended in, since the gateway's start."""

    def __init__(self) -> None:
        self._counts: dict[str, list[int]] = {}
        self._seconds = Counter[str]()
        self._errors = Counter[str]()

    @contextmanager
    def of(self, operation: str) -> Iterator[None]:
        """Count a request of this operation, which the block carries out."""
        began = time.monotonic()
        try:
            yield
        except Exception as error:
            self._errors[error.code if isinstance(error, GatewayError) else GatewayError.code] += 1
            raise
        finally:
            took_s = time.monotonic() - began
            counts = self._counts.setdefault(operation, [0] * (len(BOUNDS_S) + 1))
            counts[bisect_left(BOUNDS_S, took_s)] += 1
            self._seconds[operation] += took_s  # type: ignore[assignment]  # a Counter of seconds

    @property
    def operations(self) -> tuple[measures.OperationMeasures, ...]:
        return tuple(
            measures.OperationMeasures(operation=name, counts=tuple(counts), seconds=float(self._seconds[name]))
            for name, counts in sorted(self._counts.items())
        )

    @property
    def errors(self) -> tuple[Counted, ...]:
        return counted(self._errors)


def counted(counter: Counter[str]) -> tuple[Counted, ...]:
    return tuple(Counted(what=what, times=times) for what, times in sorted(counter.items()))


def kind_of(reason: str) -> str:
    """Return what a repair was for, without the address or the name that stands in the reason."""
    return next((each.name.lower() for each in Difference if reason.startswith(each)), "setting")


def of_kernel(
    status: Status, tunnel: LinkCounts, uplinks: Iterable[LinkCounts], flows: FlowCounts, *, with_names: bool
) -> measures.Kernel:
    """Return what `status`, which is about all members, and these counts say."""
    active = [each for each in status.peers if not each.peer.suspended_at]
    connected = sum(each.connected for each in active)
    outer: LinkCounts = reduce(add, uplinks, LinkCounts())
    return measures.Kernel(
        connected=connected,
        away=len(active) - connected,
        suspended=len(status.peers) - len(active),
        forwards=len(status.forwards),
        flows=sum(each.connections for each in status.forwards),
        players=sum(each.players for each in status.forwards),
        peers=tuple(_peer(each, with_names=with_names) for each in _newest(status.peers)),
        each=tuple(_forward(each, with_names=with_names) for each in _newest_forwards(status.forwards)),
        interfaces=(_interface("tunnel", tunnel), _interface("uplink", outer)),
        table=measures.FlowTable(
            entries=flows.entries, limit=flows.limit, dropped=flows.dropped, evicted=flows.evicted
        ),
    )


def _newest(peers: Sequence[PeerStatus]) -> list[PeerStatus]:
    return sorted(peers, key=lambda each: each.peer.id)[-MOST_EACH:]


def _newest_forwards(forwards: Sequence[ForwardStatus]) -> list[ForwardStatus]:
    return sorted(forwards, key=lambda each: each.forward.id)[-MOST_EACH:]


def _peer(each: PeerStatus, *, with_names: bool) -> measures.PeerMeasures:
    peer = each.peer
    return measures.PeerMeasures(
        id=peer.id,
        name=f"{peer.owner_name}/{peer.device}" if with_names else "",
        handshake=each.latest_handshake.timestamp() if each.latest_handshake else None,
        rx_bytes=each.rx_bytes,
        tx_bytes=each.tx_bytes,
    )


def _forward(each: ForwardStatus, *, with_names: bool) -> measures.ForwardMeasures:
    forward = each.forward
    return measures.ForwardMeasures(
        id=forward.id,
        peer_id=forward.peer_id,
        name=f"{forward.owner_name} {forward.spec}" if with_names else "",
        flows=each.connections,
        players=each.players,
        rx_bytes=each.rx_bytes,
        tx_bytes=each.tx_bytes,
        refused=each.refused,
    )


def _interface(role: str, counts: LinkCounts) -> measures.InterfaceMeasures:
    return measures.InterfaceMeasures(
        role=role,
        rx_bytes=counts.rx_bytes,
        tx_bytes=counts.tx_bytes,
        rx_dropped=counts.rx_dropped,
        tx_dropped=counts.tx_dropped,
    )
