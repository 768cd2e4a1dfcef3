"""The runner: it takes the benchmarks that are named, or all, and gives them namespaces of their own."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from tests.bench import (
    burst,
    bus,
    change,
    fleet,
    flowlog,
    live,
    memory,
    players,
    repairs,
    restore,
    soak,
    status,
    throughput,
    traffic,
)
from tests.bench.report import Report, machine

BENCHMARKS: dict[str, Callable[[Path], Awaitable[Report]]] = {
    "new-flows": traffic.new_flows,
    "established": traffic.established,
    "blocks": traffic.blocks,
    "veth": throughput.veth,
    "tunnel": throughput.tunnel,
    "add-forward": change.add_forward,
    "restore": restore.restore,
    "repairs": repairs.repairs,
    "status": status.status,
    "memory": memory.memory,
    "burst": burst.burst,
    "bus": bus.bus,
    "fleet": fleet.fleet,
    "flow-log": flowlog.flow_log,
    "live": live.live,
    "players": players.players,
    "soak": soak.soak,
}
_LONG = {"soak"}  # only when they are named
_INSIDE = "GUILDGATE_BENCH_INSIDE"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured there")
    parser.add_argument("--minutes", type=float, default=10, metavar="N", help="how long the soak takes")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    options = parser.parse_args()
    if unknown := set(options.names) - BENCHMARKS.keys():
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    if os.geteuid() != 0:
        parser.error("it makes network namespaces, which needs root")
    if _INSIDE not in os.environ:
        _enter_namespaces()
    BENCHMARKS["soak"] = partial(soak.soak, minutes=options.minutes)
    return asyncio.run(_run(options.names or [name for name in BENCHMARKS if name not in _LONG], options.json))


def _enter_namespaces() -> None:
    isolated = Path(__file__).parents[2] / ".ci/isolated"
    unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    os.environ[_INSIDE] = "1"
    os.execvp("unshare", [*unshare, str(isolated), sys.executable, "-m", "tests.bench", *sys.argv[1:]])


async def _run(names: list[str], path: Path | None) -> int:
    about = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **machine()}
    print("\n".join(f"- {key}: {value}" for key, value in about.items()), "", sep="\n")
    reports: dict[str, Report] = {}
    loads: dict[str, float] = {}
    for name in names:
        loads[name] = os.getloadavg()[0]
        with tempfile.TemporaryDirectory(prefix="bench") as folder:
            reports[name] = await BENCHMARKS[name](Path(folder))
        print(*reports[name].lines(), sep="\n", flush=True)
    if path:
        results = {name: {**dataclasses.asdict(report), "load_before": loads[name]} for name, report in reports.items()}
        for name, report in reports.items():
            for row, target in zip(results[name]["targets"], report.targets, strict=True):
                row["is_met"] = target.is_met
        path.write_text(json.dumps({"machine": about, "benchmarks": results}, indent=1) + "\n")
    return 0 if all(target.is_met for report in reports.values() for target in report.targets) else 1


if __name__ == "__main__":
    sys.exit(main())
