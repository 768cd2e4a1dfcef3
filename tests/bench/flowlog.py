"""The cost of the flow log: the gateway's time for each flow that a device begins, and for flows of others."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from ipaddress import IPv4Address
from pathlib import Path

from gateway.demo.tunnel import until
from gateway.host.netlink import attribute, nested
from tests.bench.report import Figure, Report, Target, ratio
from tests.bench.shipped import prepared, resident_mib
from tests.bench.status import HERE, connection, connections
from tests.net.gateway import Gateway

FLOWS, ROUNDS = 10_000, 5
DEVICE, STRANGER = IPv4Address("10.66.0.2"), IPv4Address("198.51.100.7")
_MASQUERADED = nested(6, attribute(1, HERE.packed), attribute(2, HERE.packed))  # CTA_NAT_SRC


async def flow_log(folder: Path) -> Report:
    """Measure the process's time for flows that ctnetlink makes, with the log on and off."""
    on, off, others = list[float](), list[float](), list[float]()
    async with prepared(folder / "on", "fon", 1, 0) as gateway:
        gateway.settings += '[policy]\nflow_log_for = "7d"\n'
        await gateway.start()
        before = resident_mib(gateway)
        for number in range(ROUNDS):
            on.append(await _microseconds(gateway, DEVICE, number, logged=(number + 1) * FLOWS))
            others.append(await _microseconds(gateway, STRANGER, number, logged=(number + 1) * FLOWS))
        grown = resident_mib(gateway) - before
        size = sum(file.stat().st_size for file in gateway.state_dir.glob("flows.db*")) / (ROUNDS * FLOWS)
        await gateway.stop()
    async with prepared(folder / "off", "fof", 1, 0) as gateway:
        await gateway.start()
        off = [await _microseconds(gateway, DEVICE, number) for number in range(ROUNDS)]
        await gateway.stop()
    figures = [
        Figure.of("a flow that a device begins, logged", "us", on),
        Figure.of("a flow of a stranger, beside the log", "us", others),
        Figure.of("a flow that a device begins, without the log", "us", off),
    ]
    return Report(
        "Flow log",
        f"CPU time of the gateway's process for each of {FLOWS:,} UDP flows that ctnetlink makes at once, until they "
        f"are in the log; {ROUNDS} rounds.",
        figures,
        [
            Target("logged flows a second on one core", 1e6 / figures[0].middle, "flows/s", bound=5_000, at_least=True),
            Target("a stranger's flow against one that is logged", ratio(others, on), bound=0.1),
            Target("the log's size", size, "bytes/flow", bound=200),
            Target("the gateway's resident memory grows by", grown, "MiB"),
        ],
    )


async def _microseconds(gateway: Gateway, source: IPv4Address, number: int, logged: int = 0) -> float:
    def flows() -> Iterator[bytes]:
        for one in range(number * FLOWS, (number + 1) * FLOWS):
            flow = connection(source, 1024 + one % 50_000, 443, IPv4Address("192.0.2.0") + one // 50_000)
            yield flow + (_MASQUERADED if source == DEVICE else b"")

    async def is_logged() -> bool:
        with closing(sqlite3.connect(gateway.state_dir / "flows.db")) as db:
            return bool(db.execute("SELECT count(*) FROM flows").fetchone()[0] >= logged)

    began = _cpu_s(gateway)
    gateway.world.vps.call(lambda: connections(flows()))
    if logged:
        await until(is_logged, timeout_s=60)
    await gateway.status()  # its answer comes after what waited before it
    return (_cpu_s(gateway) - began) * 1e6 / FLOWS


def _cpu_s(gateway: Gateway) -> float:
    assert gateway.process
    fields = Path(f"/proc/{gateway.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
