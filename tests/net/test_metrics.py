"""The real processes, asked over the Unix socket and TCP by raw HTTP, by garbage, and by Debian's Prometheus."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from gateway.api.measures import GetMeasures
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import PLAYER4, VPS4, World
from gateway.metrics.source import FRESH_S
from gateway.supervisor import METRICS_USER
from tests.bench import state
from tests.e2e.service import Service
from tests.e2e.supervised import METRICS, system_users
from tests.lab import hosts
from tests.net.gateway import ADMIN, Gateway, gateway_in
from tests.privileges import Privileges, privileges

pytestmark = [pytest.mark.root, pytest.mark.timeout(200)]

PORT, GAME = 9586, 25565
MANY = 1000  # devices, and forwards
PATIENCE_S = 60  # for a busy machine
PROMETHEUS = shutil.which("prometheus")
CONFIG = """\
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: guildgate
    static_configs: [{targets: ["127.0.0.1:9586"]}]
"""


@dataclass
class Metered:
    """A gateway and what serves its metrics, on the VPS."""

    gateway: Gateway
    service: Service
    socket: Path

    async def get(self, path: str, *, by_socket: bool = False) -> tuple[int, str]:
        """Return status and body."""
        return await self.say(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), by_socket=by_socket)

    async def say(self, text: bytes, *, by_socket: bool = False) -> tuple[int, str]:
        if by_socket:
            return await asyncio.to_thread(_exchange, socket.socket(socket.AF_UNIX), str(self.socket), text)
        made = self.gateway.world.vps.socket(socket.AF_INET, socket.SOCK_STREAM)
        return await asyncio.to_thread(_exchange, made, ("127.0.0.1", PORT), text)

    async def value(self, metric: str, **labels: str) -> float | None:
        _, body = await self.get("/metrics")
        for family in text_string_to_metric_families(body):  # type: ignore[no-untyped-call]
            for sample in family.samples:
                if sample.name == metric and labels.items() <= sample.labels.items():
                    return float(sample.value)
        return None

    async def shows(self, right: Callable[[float], bool], metric: str, **labels: str) -> None:
        async def found() -> bool:
            value = await self.value(metric, **labels)
            return value is not None and right(value)

        await until(found, timeout_s=PATIENCE_S)


def _exchange(made: socket.socket, address: str | tuple[str, int], text: bytes) -> tuple[int, str]:
    with made:
        made.settimeout(PATIENCE_S)
        made.connect(address)
        made.sendall(text)
        answer = b""
        while piece := made.recv(1 << 16):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode()


@asynccontextmanager
async def metered(
    world: World, folder: Path, more: str = f"port = {PORT}\n", settings: str = ""
) -> AsyncIterator[Metered]:
    """Run both processes as ./run would."""
    path = folder / "metrics/metrics.sock"
    # Indented, because a line that begins with `socket` would stand for the gateway's.
    async with gateway_in(world, folder, f'{settings}[metrics]\n socket = "{path}"\n{more}') as gateway:
        with hosts(world.vps, {}), system_users(world.vps.name):
            await gateway.start("--metrics-user", METRICS_USER)
            argv = ("metrics", "--config", str(folder / "config.toml"), "--user", METRICS_USER)
            service = Service(world.vps, argv, folder / "metrics.log")
            await service.start()

            async def serves() -> bool:
                assert service.is_running, service.output
                return "serving /metrics" in service.output

            await until(serves, timeout_s=PATIENCE_S)
        try:
            yield Metered(gateway, service, path)
        finally:
            await service.stop()
            print(service.output)
        assert service.complaints() == []
        assert not path.exists()


@pytest.fixture
async def found(world: World, tmp_path: Path) -> AsyncIterator[Metered]:
    async with metered(world, tmp_path) as made:
        yield made


async def test_a_match_shows_in_the_numbers(found: Metered) -> None:
    world, gateway = found.gateway.world, found.gateway
    async with peer_up(world.friend, await gateway.join(), "ggmetric0") as tunnel, hosting(world.friend, GAME):
        await gateway.forward(GAME)
        await tunnel.handshake()
        reader, writer = await world.player.connect(VPS4, GAME)
        writer.write(b"hello\n")
        assert (await reader.readline()).strip() == b"hello"
        await found.shows(lambda value: value == 1, "guildgate_players")
        await found.shows(lambda value: value == 1, "guildgate_forward_players")
        writer.close()
        assert (handshake := await found.value("guildgate_peer_latest_handshake_seconds", peer="1"))
        assert abs(handshake - time.time()) < 3600
        await found.shows(lambda value: value > 0, "guildgate_forward_received_bytes_total", peer="1")
        await found.shows(lambda value: value > 0, "guildgate_interface_received_bytes_total", interface="tunnel")
        await found.shows(lambda value: value == 1, "guildgate_peers", state="connected")
        assert (await found.value("guildgate_operation_duration_seconds_count", operation="forward") or 0) >= 1
    _, body = await found.get("/metrics")
    for private in ("alice", str(PLAYER4), str(VPS4), "10.66.66"):
        assert private not in body


async def test_the_socket_and_the_port_serve_the_same_and_nothing_else(found: Metered) -> None:
    for by_socket in (True, False):
        status, body = await found.get("/health", by_socket=by_socket)
        assert (status, json.loads(body)["serving"]) == (200, True)
        assert (await found.get("/metrics", by_socket=by_socket))[1].endswith("# EOF\n")
        assert (await found.get("/v1/status", by_socket=by_socket))[0] == 404
        assert (await found.say(b"POST /health HTTP/1.1\r\nHost: x\r\n\r\n", by_socket=by_socket))[0] == 405
        assert (await found.say(b"\0\x16\x03 garbage\r\n\r\n", by_socket=by_socket))[0] == 400
    assert found.socket.stat().st_mode & 0o777 == 0o660


async def test_the_process_has_no_privilege_and_does_not_load_libnftables(found: Metered) -> None:
    """Its licence does not go with that of prometheus_client; see docs/decisions.md."""
    assert found.service.process
    pid = found.service.process.pid
    assert privileges(pid) == Privileges(frozenset({METRICS}), frozenset({METRICS}), (0,) * 5, True, 2)
    assert "libnftables" not in Path(f"/proc/{pid}/maps").read_text()


async def test_a_gateway_that_is_gone_or_stuck_is_told_by_health(found: Metered) -> None:
    async def healthy(status: int) -> None:
        async def so() -> bool:
            return (await found.get("/health"))[0] == status

        await until(so, timeout_s=PATIENCE_S)

    await healthy(200)
    await found.gateway.kill()
    await healthy(503)
    assert await found.value("guildgate_up") == 0
    with hosts(found.gateway.world.vps, {}), system_users(found.gateway.world.vps.name):
        await found.gateway.start("--metrics-user", METRICS_USER)
    await healthy(200)


async def test_by_default_no_port_is_open(world: World, tmp_path: Path) -> None:
    async with metered(world, tmp_path, more="") as found:
        assert (await found.get("/health", by_socket=True))[0] == 200
        with pytest.raises(ConnectionRefusedError):
            await found.get("/health")


async def test_without_an_address_of_its_own_the_port_is_loopbacks(found: Metered) -> None:
    assert (await found.get("/health"))[0] == 200
    with pytest.raises(OSError):
        await found.gateway.world.player.ask_tcp(VPS4, PORT, timeout_s=2)


@pytest.mark.skipif(PROMETHEUS is None, reason="NOT TRIED: needs Debian's package prometheus")
async def test_debians_prometheus_scrapes_it_and_answers_the_dashboards_queries(found: Metered, tmp_path: Path) -> None:
    config = tmp_path / "prometheus.yml"
    config.write_text(CONFIG)
    vps = found.gateway.world.vps
    await found.gateway.join()
    await found.gateway.forward(GAME)
    argv = (
        str(PROMETHEUS), f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        "--web.listen-address=127.0.0.1:9090", "--log.level=error",
    )  # fmt: skip
    async with vps.running(*argv):

        async def asked(query: str) -> list[object]:
            made = vps.socket(socket.AF_INET, socket.SOCK_STREAM)
            head = f"GET /api/v1/query?query={quote(query)} HTTP/1.0\r\nHost: x\r\n\r\n".encode()
            status, body = await asyncio.to_thread(_exchange, made, ("127.0.0.1", 9090), head)
            if status == HTTPStatus.SERVICE_UNAVAILABLE:
                raise ConnectionRefusedError("it starts")
            answer = json.loads(body)
            assert (status, answer["status"]) == (200, "success"), answer
            return list(answer["data"]["result"])

        async def scraped() -> bool:
            try:
                return bool(await asked("rate(guildgate_interface_received_bytes_total[1m])"))
            except OSError:
                return False

        await until(scraped, timeout_s=PATIENCE_S)
        assert await asked("guildgate_up == 1")
        for query in _queries(Path(__file__).parents[2] / "docs/grafana.json"):
            await asked(query)
        assert await asked("guildgate_forward_players")
        assert await asked('guildgate_peers{state="away"} == 1')


def _queries(dashboard: Path) -> list[str]:
    panels = json.loads(dashboard.read_text())["panels"]
    found = [target["expr"] for panel in panels for target in panel["targets"]]
    return [query.replace("$__rate_interval", "1m") for query in found]


@pytest.fixture
async def wide(world: World, tmp_path: Path) -> AsyncIterator[Metered]:
    await state.write(tmp_path / "state", state.desired(MANY, MANY))
    async with metered(world, tmp_path, settings=state.SETTINGS) as made:
        yield made


async def test_many_scrapes_of_a_thousand_devices_and_forwards_are_few_questions(wide: Metered) -> None:
    """The numbers of each device and forward are told, and the gateway is asked once in five seconds at most."""
    before, began = await _questions(wide.gateway), time.monotonic()
    answers = await asyncio.gather(*(wide.get("/metrics") for _ in range(20)))
    took_s = time.monotonic() - began
    for metric in ("guildgate_forward_flows{", "guildgate_peer_received_bytes_total{"):
        assert [body.count(metric) for _, body in answers] == [MANY] * len(answers)
    asked = await _questions(wide.gateway) - before - 1  # which is the first of these two questions
    assert 1 <= asked <= 1 + took_s / FRESH_S


async def _questions(gateway: Gateway) -> int:
    """Return how often the gateway was asked for its numbers before."""
    request = GetMeasures(actor=ADMIN, with_kernel=False)
    found = (await gateway.client.call(request)).operations
    return sum(sum(each.counts) for each in found if each.operation == request.operation)
