"""A connection with the bot's secrets for one command, which is tried once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nats.aio.client import Client

from gateway.bus import subjects
from gateway.bus.access import Access
from gateway.bus.keyed import KeyedClient
from gateway.bus.nkey import UserKey
from gateway.config import FleetSection

ANSWER_S = 5.0  # for each answer


@asynccontextmanager
async def connected(section: FleetSection, own: Access) -> AsyncIterator[Client]:
    """Connect for the length of the block. Raise nats.errors.Error or OSError."""

    async def ignore(error: Exception) -> None:
        """Say nothing, because what matters is raised."""

    client = KeyedClient(UserKey.parse(own.seed))
    try:
        await client.connect(
            [*map(str, section.servers)],
            nkeys_seed_str=own.seed,
            tls=own.tls(),
            inbox_prefix=subjects.inbox(subjects.BOT),
            error_cb=ignore,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            connect_timeout=int(ANSWER_S),
        )
        yield client
    finally:
        await client.close()
