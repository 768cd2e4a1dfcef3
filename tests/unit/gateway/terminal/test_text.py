"""Text for a terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gateway.api.history import History, Period, Step
from gateway.logs import safe
from gateway.terminal.text import age, qr, qr_width, render_history, size, table, width
from tests.codes import read_qr

NOW = datetime(2026, 1, 31, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Zoë 🎮", "Zoë 🎮"),
        ("\x1b[2Jgone", r"\x1b[2Jgone"),
        ("two\nlines\ttab", r"two\nlines\ttab"),
        ("c1\x9b31m", r"c1\x9b31m"),
        ("abc\u202edcba", r"abc\u202edcba"),
        ("\u2028", r"\u2028"),
        ("\u202e田中\x07", r"\u202e田中\x07"),
        ("👨\u200d👩", r"👨\u200d👩"),
    ],
)
def test_names_cannot_steer_the_terminal(name: str, shown: str) -> None:
    """Control and bidirectional characters of a name are shown as escapes, other scripts as they are."""
    assert safe(name) == shown


def test_a_history_is_a_line_of_blocks_for_each_number() -> None:
    """The highest block is the largest number, and only nothing is a space."""
    steps = (
        Step(at=NOW - timedelta(hours=12), rx_bytes=1 << 20, tx_bytes=10, players=1, online_s=1800),
        Step(at=NOW, rx_bytes=1, players=4, online_s=1800),
    )
    head, *lines = render_history(History(period=Period.DAY, until=NOW, step_s=300, steps=steps)).splitlines()
    assert head == "The last day, until 2026-01-31 20:00 UTC. A block is half an hour."
    shown = {name.strip(): (blocks, said.strip()) for name, blocks, said in (line.split("|") for line in lines)}
    assert {len(blocks) for blocks, _ in shown.values()} == {48}
    assert {name: blocks.split() for name, (blocks, _) in shown.items()} == {
        "RX": ["█", "▁"],
        "TX": ["█"],
        "PLAYERS": ["▂", "█"],
        "ONLINE": ["█", "█"],
    }
    assert [said for _, said in shown.values()] == ["1.0 MiB", "10 B", "at most 4", "1.0 hours"]


def test_a_table_is_aligned() -> None:
    """Columns line up, numbers to the right, and no line has trailing space."""
    assert table(("NAME", "COUNT"), [("a", 5), ("longer", 123)]).splitlines() == [
        "NAME    COUNT",
        "a           5",
        "longer    123",
    ]


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("田中", 4),
        ("한글", 4),
        ("ab", 2),
        ("e\u0301", 1),
        ("👍🏽", 2),
        ("🇩🇪", 2),
        ("⚔️", 2),
        ("नि", 2),
        (safe("👨\u200d👩"), 10),
        (safe("\x1b[2J"), 7),
        ("", 0),
    ],
)
def test_a_table_counts_the_columns_of_a_terminal(name: str, columns: int) -> None:
    """A cell is padded by the columns that it takes, not by its code points."""
    assert width(name) == columns
    for other in ("x", "x" * 20):
        lines = table(("N", "AGE"), [(name, 7), (other, 123)]).splitlines()
        assert lines[1] == name + " " * (max(columns, len(other)) - columns + 2) + "  7"
        assert len({width(line) for line in lines}) == 1, "each line ends with a number that is set right"


@given(st.text())
def test_every_name_has_a_width_once_it_is_safe(name: str) -> None:
    """Only a control character has none, and it would move the columns."""
    assert width(safe(name)) >= 0


def test_a_name_cannot_add_rows_to_a_table() -> None:
    """A line break inside a cell stays inside the cell."""
    assert len(table(("NAME",), [("x\nadmin",)]).splitlines()) == 2


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-3, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (200_000, "2 d")],
)
def test_ages_have_one_unit(seconds: int, shown: str) -> None:
    """An age is told in its largest unit; a clock that ran ahead does not make it negative."""
    assert age(NOW - timedelta(seconds=seconds), NOW) == shown


def test_an_age_without_a_beginning() -> None:
    """What never happened has no age."""
    assert age(None, NOW) == "never"


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (5 * 2**40, "5.0 TiB"),
        (2**60, "1048576.0 TiB"),
    ],
)
def test_bytes_have_binary_units(count: int, shown: str) -> None:
    """Bytes are told as wg tells them."""
    assert size(count) == shown


@pytest.mark.parametrize("text", ["x", "[Interface]\nPrivateKey = " + "A" * 300])
def test_a_decoder_reads_the_qr_code_of_the_terminal(text: str) -> None:
    """The half blocks, painted as a terminal paints them, decode to exactly the text."""
    lines = qr(text)
    width = qr_width(lines)
    image = Image.new("L", (width, 2 * len(lines)))
    for y, line in enumerate(lines):
        assert line.startswith("\x1b[38;5;16;48;5;231m")
        for x, block in enumerate(line.removeprefix("\x1b[38;5;16;48;5;231m").removesuffix("\x1b[0m")):
            image.putpixel((x, 2 * y), 0 if block in "▀█" else 255)
            image.putpixel((x, 2 * y + 1), 0 if block in "▄█" else 255)
    scaled = image.resize((width * 4, len(lines) * 8), Image.Resampling.NEAREST)
    assert read_qr(scaled) == text.encode()
