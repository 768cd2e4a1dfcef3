"""Draws one picture: `python -m bot.graphs.draw` reads a `Picture` as JSON from stdin and writes a PNG to stdout.

It is a process of its own that ends with the picture, because matplotlib and numpy take 70 MB of memory. It draws what
it is told to; `picture.py` has decided everything.
"""

from __future__ import annotations

import json
import sys
from typing import Any, BinaryIO

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Three times the width of a phone, so that it is sharp there. A dark card is legible in both of Discord's themes.
WIDTH, HEIGHT, DPI = 1170, 880, 100
CARD, TEXT, FAINT = "#1e1f22", "#f2f3f5", "#4e5058"
LARGE, SMALL = 31, 29  # points; one is 1.4 of these pixels
_LEFT, _RIGHT = 0.03, 0.97


def draw(picture: dict[str, Any], to: BinaryIO) -> None:
    panels = picture["panels"]
    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=CARD)
    grid = figure.add_gridspec(
        len(panels), height_ratios=[panel["share"] for panel in panels], hspace=0.38,
        left=_LEFT, right=_RIGHT, top=0.89, bottom=0.095,
    )  # fmt: skip
    for number, panel in enumerate(panels):
        is_last = number == len(panels) - 1
        _panel(figure.add_subplot(grid[number]), panel, picture["marks"] if is_last else [], picture["marks"])
    FigureCanvasAgg(figure).print_png(to)  # type: ignore[no-untyped-call]


def _panel(axes: Axes, panel: dict[str, Any], named: list[list[Any]], marks: list[list[Any]]) -> None:
    lines = panel["lines"]
    count = len(lines[0]["values"])
    axes.set_facecolor(CARD)
    axes.set_xlim(0, count)
    axes.set_ylim(0, panel["top"] * 1.02)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.spines["bottom"].set_visible(True)
    axes.spines["bottom"].set_color(FAINT)
    for line in lines:
        axes.stairs(line["values"], fill=True, color=line["colour"], alpha=0.30, linewidth=0)
        axes.stairs(line["values"], color=line["colour"], linewidth=4, baseline=None)
    for at, _ in marks:
        axes.axvline(at, color=FAINT, linewidth=1.2, zorder=0)
    for height, name in panel["ticks"]:
        axes.axhline(height, color=FAINT, linewidth=1.2, zorder=0)
        box = {"facecolor": CARD, "edgecolor": "none", "alpha": 0.65, "pad": 2}
        axes.text(0, height, name, color=TEXT, fontsize=SMALL - 4, va="top", bbox=box)
    axes.set_yticks([])
    axes.set_xticks([at for at, _ in named], [name for _, name in named])
    axes.tick_params(colors=TEXT, labelsize=SMALL - 2, length=0, pad=12)
    _legend(axes, lines)


def _legend(axes: Axes, lines: list[dict[str, Any]]) -> None:
    """Write each line's name in its colour above the panel, one after the other."""
    at = 0.0
    figure = axes.figure
    assert isinstance(figure, Figure)
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    for line in lines:
        text = axes.text(
            at, 1.06, line["name"], color=line["colour"], fontsize=LARGE, fontweight="bold", transform=axes.transAxes,
            va="bottom",
        )  # fmt: skip
        width = text.get_window_extent(renderer).width
        at += (width + 45) / (WIDTH * (_RIGHT - _LEFT))


if __name__ == "__main__":
    draw(json.load(sys.stdin), sys.stdout.buffer)
