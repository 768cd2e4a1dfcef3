"""The numbers as OpenMetrics, read by the official parser, and the dashboard that asks for them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from gateway.api.measures import Measures
from gateway.errors import GatewayError, GatewayUnreachable
from gateway.metrics.exposition import exposed
from gateway.problem import Trouble
from tests.unit.gateway.metrics.numbers import kernel, measures

DASHBOARD = Path(__file__).parents[4] / "docs/grafana.json"
_FUNCTIONS = {"rate", "increase", "sum", "by", "topk", "time", "histogram_quantile"}


def samples(found: Measures | GatewayError) -> list[Sample]:
    families = text_string_to_metric_families(exposed(found).decode())  # type: ignore[no-untyped-call]
    return [sample for family in families for sample in family.samples]


def value(found: Measures | GatewayError, metric: str, /, **labels: str) -> float:
    (only,) = [each.value for each in samples(found) if each.name == metric and each.labels == labels]
    return float(only)


def test_everything_that_is_measured_is_exposed_once() -> None:
    found = measures(kernel())
    assert value(found, "guildgate_up") == 1
    assert value(found, "guildgate_info", version="1.2", backend="kernel") == 1
    assert value(found, "guildgate_peers", state="suspended") == 2
    assert value(found, "guildgate_peer_received_bytes_total", peer="1") == 10
    assert value(found, "guildgate_peer_latest_handshake_seconds", peer="1") == 1.5
    assert value(found, "guildgate_forward_refused_flows_total", forward="1", peer="1") == 5
    assert value(found, "guildgate_interface_sent_dropped_packets_total", interface="uplink") == 9
    assert value(found, "guildgate_conntrack_evicted_flows_total") == 14
    assert value(found, "guildgate_errors_total", code="port_taken") == 2
    assert value(found, "guildgate_repairs_total", difference="table") == 3
    assert value(found, "guildgate_month_traffic_limit_bytes") == 16
    assert len({(each.name, *sorted(each.labels.items())) for each in samples(found)}) == len(samples(found))


def test_latencies_are_a_histogram_whose_classes_add_up() -> None:
    found = measures()
    assert value(found, "guildgate_operation_duration_seconds_bucket", operation="join", le="0.005") == 1
    assert value(found, "guildgate_operation_duration_seconds_bucket", operation="join", le="+Inf") == 11
    assert value(found, "guildgate_operation_duration_seconds_count", operation="join") == 11
    assert value(found, "guildgate_operation_duration_seconds_sum", operation="join") == 4.5


def test_each_problem_has_a_line_before_it_occurs() -> None:
    """An alert on a series that does not exist would never be raised."""
    found = measures(None, Trouble.LINK)
    present = {each.labels["code"]: each.value for each in samples(found) if each.name == "guildgate_problem"}
    assert present.keys() == set(map(str, Trouble))
    assert {code for code, value in present.items() if value} == {Trouble.LINK}


def test_names_are_told_only_where_they_are_wanted() -> None:
    evil = 'alice "the\\\n\x1b[31m'
    assert "name=" not in exposed(measures(kernel())).decode()
    assert value(measures(kernel(evil)), "guildgate_peer_info", peer="1", name=evil) == 1
    assert value(measures(kernel(evil)), "guildgate_forward_info", forward="1", name=evil) == 1


def test_without_a_gateway_there_is_one_metric() -> None:
    (only,) = samples(GatewayUnreachable())
    assert (only.name, only.value) == ("guildgate_up", 0)


def test_what_has_no_numbers_of_its_own_is_counted() -> None:
    found = kernel()
    assert value(measures(found), "guildgate_left_out", kind="peer") == found.suspended
    assert value(measures(found), "guildgate_left_out", kind="forward") == 0


def test_a_thousand_devices_and_forwards_take_a_fraction_of_a_second() -> None:
    began = time.process_time()
    assert len(exposed(measures(kernel(devices=1000))).splitlines()) > 8000
    assert time.process_time() - began < 2


def queries() -> Iterator[str]:
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        assert panel["title"]
        for target in panel["targets"]:
            yield target["expr"]


def test_every_query_of_the_dashboard_asks_for_what_is_exported() -> None:
    """Names of metrics and of labels, as they stand in the text that is scraped."""
    exported = samples(measures(kernel("a name")))
    names = {each.name for each in exported}
    labels = {label for each in exported for label in each.labels}
    asked = set()
    for query in queries():
        words = set(re.findall(r"[a-z_]+", re.sub(r'"[^"]*"|\[[^]]*\]', "", query)))
        metrics = {word for word in words if word.startswith("guildgate_")}
        assert metrics, query
        assert metrics <= names, query
        assert words - metrics - _FUNCTIONS <= labels, query
        asked |= metrics
    informative = {"guildgate_up", "guildgate_info", "guildgate_peer_info", "guildgate_forward_info"}
    unasked = names - asked - informative - {"guildgate_start_time_seconds", "guildgate_left_out"}
    assert unasked <= {"guildgate_operation_duration_seconds_sum"}, "the dashboard shows the rest"
