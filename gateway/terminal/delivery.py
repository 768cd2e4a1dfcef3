"""A config that is handed over: on stdout and nothing beside it, as a QR code, or into a file that was not there."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.api.contract import Issued
from gateway.model import Mode
from gateway.terminal import text


@contextmanager
def new_secret_file(path: Path | None) -> Iterator[Callable[[str], None]]:
    """Claim `path` before anything else happens; leave no file behind when the rest fails."""
    if path is None:
        yield lambda text: None
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            yield lambda text: print(text, end="", file=file)
    except BaseException:
        path.unlink()
        raise


def qr_code(issued: Issued) -> list[str]:
    """The lines for a terminal; none in a pipe, and none that would wrap, which stderr says."""
    if not sys.stdout.isatty() or issued.peer.mode is Mode.LINUX:  # it is for phones, which cannot run that mode
        return []
    code = text.qr(issued.config)
    if text.qr_width(code) <= shutil.get_terminal_size().columns:
        return ["", *code]
    print(f"guildgate: the QR code needs a terminal {text.qr_width(code)} columns wide", file=sys.stderr)
    return []


def notes(issued: Issued, *, own_key: bool, output: Path | None) -> str:
    """What is to be said of the config, in a line."""
    peer = issued.peer
    where = f"is in {output}" if output else f"belongs into a file called {issued.file_name}"
    said = [f"{peer.device} of {peer.owner_name}: {peer.ipv4}. Its config {where}."]
    if own_key:
        said.append("Put the device's private key where the placeholder stands.")
    if peer.mode is Mode.LINUX:
        addresses = " or ".join(str(address) for address in (peer.ipv4, peer.ipv6) if address)
        said.append(f"It is for wg-quick on Linux only. UDP servers there must listen on {addresses}.")
    return text.safe(" ".join(said))
