"""The delivery of a config in a terminal: alone on stdout, as a QR code, or in a new file. And of an error."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.api.contract import Issued
from gateway.errors import ConfigError, GatewayError
from gateway.logs import safe
from gateway.model import Mode
from gateway.terminal import text

EX_CONFIG = 78  # sysexits.h; the systemd unit names it in RestartPreventExitStatus


def fail(error: GatewayError, *, as_json: bool) -> int:
    """Say what is wrong, and return the exit code."""
    if as_json:
        print(json.dumps({"error": {"code": error.code, "message": str(error), "details": error.details}}))
    else:
        print(f"guildgate: {safe(str(error))}", file=sys.stderr)
    return EX_CONFIG if isinstance(error, ConfigError) else 1


@contextmanager
def new_secret_file(path: Path | None) -> Iterator[Callable[[str], None]]:
    """Create `path` with mode 0600 and yield a function that writes it. Raise OSError when the file exists.

    The file is made first, so that a device is not made for a config that cannot be kept. It is removed when the block
    raises. Without `path`, the function does nothing.
    """
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
    """Return the lines for a terminal. There are none in a pipe, nor in a narrow terminal, which stderr reports."""
    if not sys.stdout.isatty() or issued.peer.mode is Mode.LINUX:  # QR codes are for phones, which lack that mode
        return []
    code = text.qr(issued.config)
    if text.qr_width(code) <= shutil.get_terminal_size().columns:
        return ["", *code]
    print(f"guildgate: the QR code needs a terminal {text.qr_width(code)} columns wide", file=sys.stderr)
    return []


def notes(issued: Issued, *, own_key: bool, output: Path | None) -> str:
    """Return the line for stderr that says where the config belongs and what it needs."""
    peer = issued.peer
    where = f"is in {output}" if output else f"belongs into a file called {issued.file_name}"
    said = [f"{peer.device} of {peer.owner_name}: {peer.ipv4}. Its config {where}."]
    if own_key:
        said.append("Put the device's private key where the placeholder stands.")
    if peer.mode is Mode.LINUX:
        addresses = " or ".join(str(address) for address in (peer.ipv4, peer.ipv6) if address)
        said.append(
            "It is for wg-quick on Linux with nftables; NetworkManager's import leaves its hooks out. "
            f"Servers there listen on all addresses or on {addresses}, not on the LAN's only. "
            "Open their ports in ufw or firewalld as for a LAN."
        )
    return safe(" ".join(said))
