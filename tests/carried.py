"""The packages that the gateway's process may import from outside the standard library, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterable

CARRIED = {
    "gateway": "itself",
    "bot": "bot.config and bot.report, which the doctor reads without discord.py",
    "aiosqlite": "the state on disk, in a thread of its own",
    "h11": "HTTP/1.1 on the socket",
    "nacl": "X25519 for the gateway's key, and a fleet's signatures; the only crypto of our own is none",
    "_cffi_backend": "how nacl calls libsodium",
    "_sodium": "libsodium itself",
    "nftables": "libnftables, which a child process calls to load the table and list other programs' rules",
}


def surplus(modules: Iterable[str]) -> set[str]:
    """Return the top-level names that the gateway's process has no reason to import."""
    # The standard library has a module that is named after the machine.
    names = {module.partition(".")[0] for module in modules if not module.startswith("_sysconfigdata")}
    return names - sys.stdlib_module_names - CARRIED.keys()
