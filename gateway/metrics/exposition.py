"""The gateway's numbers as OpenMetrics. Labels have ids and words of the program, and names only where wanted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from gateway.api.measures import (
    BOUNDS_S,
    Counted,
    ForwardMeasures,
    InterfaceMeasures,
    Kernel,
    Measures,
    PeerMeasures,
)
from gateway.errors import GatewayError
from gateway.problem import Trouble

CONTENT_TYPE = CONTENT_TYPE_LATEST


def exposed(found: Measures | GatewayError) -> bytes:
    """Return all metrics as text of `CONTENT_TYPE`. Without an answer of the gateway, that is one."""
    return bytes(generate_latest(_Collector(found)))  # type: ignore[no-untyped-call]  # a function without types


class _Collector(Collector):
    def __init__(self, found: Measures | GatewayError) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        found = self._found
        yield _gauge("up", "Whether the gateway answers.", isinstance(found, Measures))
        if isinstance(found, Measures):
            yield from _of_gateway(found)
            if found.kernel:
                yield from _of_kernel(found.kernel)


def _of_gateway(found: Measures) -> Iterator[Metric]:
    about = {"version": found.version, "backend": found.backend}
    yield InfoMetricFamily("guildgate", "The gateway's version, and what runs WireGuard.", value=about)
    yield _gauge("start_time", "When the gateway started.", found.started, unit="seconds")
    yield _gauge("serving", "Whether players can join, as far as the gateway sees.", found.is_serving)
    present = {problem.code for problem in found.problems}
    problems = GaugeMetricFamily("guildgate_problem", "Whether this problem is present.", labels=["code"])
    for code in sorted({*map(str, Trouble), *present}):
        problems.add_metric([code], code in present)
    yield problems
    operations = HistogramMetricFamily(
        "guildgate_operation_duration", "How long requests took.", labels=["operation"], unit="seconds"
    )
    for each in found.operations:
        totals = zip(map(_bound, (*BOUNDS_S, math.inf)), accumulate(each.counts), strict=False)
        operations.add_metric([each.operation], [(bound, float(total)) for bound, total in totals], each.seconds)
    yield operations
    yield _counter("errors", "Requests that ended in an error.", "code", found.errors)
    yield _counter("repairs", "Repairs of what other programs changed.", "difference", found.repairs)
    if found.month_bytes is not None:
        text = "Bytes through the uplinks in this calendar month, as monthly_traffic counts them."
        yield _gauge("month_traffic", text, found.month_bytes, unit="bytes")
    if found.month_limit is not None:
        yield _gauge("month_traffic_limit", "What monthly_traffic allows.", found.month_limit, unit="bytes")


def _of_kernel(found: Kernel) -> Iterator[Metric]:
    peers = GaugeMetricFamily("guildgate_peers", "Devices.", labels=["state"])
    for state, count in (("connected", found.connected), ("away", found.away), ("suspended", found.suspended)):
        peers.add_metric([state], count)
    yield peers
    yield _gauge("forwards", "Open forwards.", found.forwards)
    yield _gauge("flows", "Live flows of all forwards.", found.flows)
    yield _gauge("players", "Players at all forwards.", found.players)
    yield from _of_peers(found.peers)
    yield from _of_forwards(found)
    interfaces: tuple[tuple[str, str, str, Callable[[InterfaceMeasures], int]], ...] = (
        ("interface_received", "Bytes that came in by it.", "bytes", lambda each: each.rx_bytes),
        ("interface_sent", "Bytes that left by it.", "bytes", lambda each: each.tx_bytes),
        ("interface_received_dropped_packets", "Packets that it dropped.", "", lambda each: each.rx_dropped),
        ("interface_sent_dropped_packets", "Packets that did not leave by it.", "", lambda each: each.tx_dropped),
    )
    for name, text, unit, value in interfaces:
        made = CounterMetricFamily(f"guildgate_{name}", text, labels=["interface"], unit=unit)
        for each in found.interfaces:
            made.add_metric([each.role], value(each))
        yield made
    table = found.table
    if table.entries is not None:
        yield _gauge("conntrack_entries", "Flows of all programs of the host.", table.entries)
    if table.limit is not None:
        yield _gauge("conntrack_limit", "How many flows the host can have.", table.limit)
    for total, name, text in (
        (table.dropped, "conntrack_dropped_packets", "Packets whose flow found no room."),
        (table.evicted, "conntrack_evicted_flows", "Flows that made room for others."),
    ):
        if total is not None:
            yield CounterMetricFamily(f"guildgate_{name}", text, value=total)


def _of_peers(peers: Iterable[PeerMeasures]) -> Iterator[Metric]:
    peers = tuple(peers)
    handshakes = GaugeMetricFamily(
        "guildgate_peer_latest_handshake", "When the latest one was.", labels=["peer"], unit="seconds"
    )
    for each in peers:
        if each.handshake is not None:
            handshakes.add_metric([str(each.id)], each.handshake)
    yield handshakes
    columns: tuple[tuple[str, str, Callable[[PeerMeasures], int]], ...] = (
        ("peer_received", "Bytes from the device.", lambda each: each.rx_bytes),
        ("peer_sent", "Bytes to the device.", lambda each: each.tx_bytes),
    )
    for name, text, value in columns:
        made = CounterMetricFamily(f"guildgate_{name}", text, labels=["peer"], unit="bytes")
        for each in peers:
            made.add_metric([str(each.id)], value(each))
        yield made
    yield from _names("peer", peers)


def _of_forwards(found: Kernel) -> Iterator[Metric]:
    labels = ["forward", "peer"]
    gauges: tuple[tuple[str, str, Callable[[ForwardMeasures], int]], ...] = (
        ("forward_flows", "Live flows.", lambda each: each.flows),
        ("forward_players", "Players.", lambda each: each.players),
    )
    counters: tuple[tuple[str, str, str, Callable[[ForwardMeasures], int]], ...] = (
        ("forward_received", "Bytes from players.", "bytes", lambda each: each.rx_bytes),
        ("forward_sent", "Bytes to players.", "bytes", lambda each: each.tx_bytes),
        ("forward_refused_flows", "New flows that flood protection turned away.", "", lambda each: each.refused),
    )
    made: list[tuple[GaugeMetricFamily | CounterMetricFamily, Callable[[ForwardMeasures], int]]] = [
        *((GaugeMetricFamily(f"guildgate_{name}", text, labels=labels), value) for name, text, value in gauges),
        *(
            (CounterMetricFamily(f"guildgate_{name}", text, labels=labels, unit=unit), value)
            for name, text, unit, value in counters
        ),
    ]
    for family, value in made:
        for each in found.each:
            family.add_metric([str(each.id), str(each.peer_id)], value(each))
        yield family
    yield from _names("forward", found.each)
    left_out = GaugeMetricFamily("guildgate_left_out", "Devices and forwards without numbers here.", labels=["kind"])
    left_out.add_metric(["peer"], found.connected + found.away + found.suspended - len(found.peers))
    left_out.add_metric(["forward"], found.forwards - len(found.each))
    yield left_out


def _names(kind: str, found: Iterable[PeerMeasures | ForwardMeasures]) -> Iterator[Metric]:
    named = [each for each in found if each.name]
    if not named:
        return
    made = InfoMetricFamily(f"guildgate_{kind}", "Its name.", labels=[kind])
    for each in named:
        made.add_metric([str(each.id)], {"name": each.name})
    yield made


def _gauge(name: str, text: str, value: float, unit: str = "") -> GaugeMetricFamily:
    return GaugeMetricFamily(f"guildgate_{name}", text, value=float(value), unit=unit)


def _counter(name: str, text: str, label: str, found: Iterable[Counted]) -> CounterMetricFamily:
    made = CounterMetricFamily(f"guildgate_{name}", text, labels=[label])
    for each in found:
        made.add_metric([each.what], each.times)
    return made


def _bound(seconds: float) -> str:
    return "+Inf" if math.isinf(seconds) else str(seconds)
