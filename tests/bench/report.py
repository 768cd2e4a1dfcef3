"""The results of benchmarks and their text: figures, and the ratios that are judged."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """The median and the minimum of some values of the same run."""

    what: str
    unit: str
    middle: float
    least: float
    times: int

    @classmethod
    def of(cls, what: str, unit: str, values: Sequence[float]) -> Figure:
        return cls(what, unit, median(values), min(values), len(values))


@dataclass(frozen=True, slots=True)
class Target:
    """A target. `bound` is the most `value` may be, or with `at_least` the least. None is reported and not judged."""

    what: str
    value: float
    unit: str = "x"
    bound: float | None = None
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        if self.bound is None:
            return True
        return self.value >= self.bound if self.at_least else self.value <= self.bound


def ratio(these: Sequence[float], those: Sequence[float]) -> float:
    """Return the median of the ratios within each round, because a slow moment of the machine slows both."""
    return median(this / that for this, that in zip(these, those, strict=True))


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that so many in a hundred do not exceed."""
    return sorted(values)[-(-len(values) * percent // 100) - 1]


@dataclass(slots=True)
class Report:
    title: str
    method: str
    figures: list[Figure] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def lines(self) -> Iterable[str]:
        yield f"### {self.title}\n"
        yield f"{self.method}\n"
        yield "| | median | least | n |"
        yield "|---|---:|---:|---:|"
        for figure in self.figures:
            middle, least = _number(figure.middle), _number(figure.least)
            yield f"| {figure.what} | {middle} {figure.unit} | {least} {figure.unit} | {figure.times} |"
        yield "\n| ratio or limit | measured | wanted | |"
        yield "|---|---:|---:|---|"
        for target in self.targets:
            unit = "x" if target.unit == "x" else f" {target.unit}"
            bound = "" if target.bound is None else f"{'>=' if target.at_least else '<='} {target.bound:g}{unit}"
            outcome = "" if target.bound is None else "met" if target.is_met else "**missed**"
            yield f"| {target.what} | {_number(target.value)}{unit} | {bound} | {outcome} |"
        yield ""


def machine() -> dict[str, str]:
    cpu = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    return {
        "cpu": f"{cpu.partition(': ')[2]}, {os.cpu_count()} cores",
        "kernel": platform.release(),
        "python": platform.python_version(),
        "nft": _first_line("nft", "--version"),
        "wireguard-go": _first_line("wireguard-go", "--version"),
        "iperf3": _first_line("iperf3", "--version"),
        "pyroute2": version("pyroute2"),
    }


def _first_line(*argv: str) -> str:
    if shutil.which(argv[0]) is None:  # which only some benchmarks need
        return "none"
    outcome = subprocess.run(argv, capture_output=True, text=True, check=False)
    return (outcome.stdout or outcome.stderr).partition("\n")[0]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
