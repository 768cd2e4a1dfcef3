"""The gateway's memory while nothing happens."""

from __future__ import annotations

from pathlib import Path

from tests.bench.report import Figure, Report, Target
from tests.bench.shipped import prepared, resident_mib

STARTS = 3
LOOKS = 20


async def memory(folder: Path) -> Report:
    """Measure after some requests, because a process reads part of its code only when it is first asked."""
    resident = list[float]()
    for number in range(STARTS):
        async with prepared(folder / f"memory{number}", f"mem{number}", 0, 0) as gateway:
            await gateway.start()
            for _ in range(LOOKS):
                await gateway.status()
            resident.append(resident_mib(gateway))
            await gateway.stop()
    figure = Figure.of("resident memory", "MiB", resident)
    return Report(
        "Memory of an idle gateway",
        "VmRSS of the gateway's process with an empty state, beside wireguard-go, which is a process of its own, "
        f"after {LOOKS} requests for the status; {STARTS} starts, median.",
        [figure],
        [Target("resident memory", figure.middle, "MiB", bound=40)],
    )
