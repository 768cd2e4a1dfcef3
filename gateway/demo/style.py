"""The style of the demo's output, which has colours only on a terminal."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping

from gateway.terminal import text as terminal

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_FIRST = re.compile(r" *(?:[^\w\s`\[]{1,2} )?")  # an indent, and a mark such as ✓ or -
_NAMES = 20  # columns of the names in `rows`
_MOST_COLUMNS = 100  # long lines are hard to read


def _styled(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if sys.stdout.isatty() else text


def bold(text: str) -> str:
    return _styled(text, "1")


def dim(text: str) -> str:
    return _styled(text, "2")


def wrapped(text: str) -> str:
    """Break lines between words for the terminal. In a pipe they stay as they are."""
    return "\n".join(part for line in text.split("\n") for part in _broken(line, _width()))


def rows(named: Mapping[str, str]) -> str:
    """Return a line for each name with what is said of it in a column beside it, broken for the terminal."""
    lines = []
    for name, said in named.items():
        first, *rest = textwrap.wrap(said, _width() - _NAMES) or [""]
        lines += [f"  {name:{_NAMES - 3}} {first}".rstrip(), *(" " * _NAMES + line for line in rest)]
    return "\n".join(lines)


def _width() -> int:
    return min(shutil.get_terminal_size().columns, _MOST_COLUMNS) if sys.stdout.isatty() else 10**6


def _broken(line: str, width: int) -> Iterator[str]:
    first = _FIRST.match(_ESCAPES.sub("", line))
    indent = " " * _columns(first[0] if first else "")
    rest = line.lstrip(" ")
    part, *words = rest.split(" ")
    part = line[: len(line) - len(rest)] + part
    for word in words:
        if _columns(f"{part} {word}") > width:
            yield part.rstrip()
            part = indent + word
        else:
            part += f" {word}"
    yield part


def _columns(text: str) -> int:
    return terminal.width(_ESCAPES.sub("", text))


def check() -> str:
    return _styled("✓", "32")


def cross() -> str:
    return _styled("✗", "31")


def qr(text: str) -> str:
    """Draw the code. A terminal that is too narrow for it gets a line that says so."""
    lines = terminal.qr(text)
    width = terminal.qr_width(lines)
    if sys.stdout.isatty() and shutil.get_terminal_size().columns < width:
        return f"(the QR code needs a terminal of {width} columns)"
    code = "\n".join(lines)
    return code if sys.stdout.isatty() else _ESCAPES.sub("", code)
