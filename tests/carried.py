"""What the gateway's process may import from outside the standard library, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterable

CARRIED = {
    "gateway": "itself",
    "aiosqlite": "the state on disk, in a thread of its own",
    "cryptography": "X25519 for the gateway's key; the only crypto of our own is none",
    "_cffi_backend": "of cryptography's",
    "_openssl": "of cryptography's, which brings its own",
    "h11": "HTTP/1.1 on the socket",
    "nftables": "libnftables, which loads the table and lists other programs' rules",
}
LEFT_OUT = {"ssl", "_ssl", "_hashlib"}  # the system's OpenSSL


def surplus(modules: Iterable[str]) -> set[str]:
    """Top-level names that the gateway's process has no reason to import."""
    names = {module.partition(".")[0] for module in modules}
    return {name for name in names if name in LEFT_OUT or name not in sys.stdlib_module_names} - CARRIED.keys()
