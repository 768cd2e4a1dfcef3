"""The client of nats-py with keys by libsodium."""

from __future__ import annotations

import logging

from nats.aio.client import Client

from gateway.bus.nkey import UserKey


class KeyedClient(Client):
    """A client that signs by a key, when it connects with `nkeys_seed_str`."""

    def __init__(self, key: UserKey) -> None:
        super().__init__()
        self._key = key
        logging.getLogger("asyncio").addFilter(_says_something)

    def _setup_nkeys_seed_connect(self) -> None:
        """Stand for nats-py's method, which imports a package that has no wheel."""
        self._public_nkey = self._key.public
        self._signature_cb = self._key.sign


def _says_something(record: logging.LogRecord) -> bool:
    """Leave out asyncio's warning at the end of each TLS connection of nats-py, which nothing follows from."""
    return "eof_received" not in str(record.msg)
