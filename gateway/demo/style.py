"""The style of the demo's output, which has colours only on a terminal."""

from __future__ import annotations

import re
import shutil
import sys

from gateway.terminal import text as terminal

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def _styled(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if sys.stdout.isatty() else text


def bold(text: str) -> str:
    return _styled(text, "1")


def dim(text: str) -> str:
    return _styled(text, "2")


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
