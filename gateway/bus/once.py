"""A connection with the bot's secrets for one command, to the first server that is there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nats.aio.client import Client
from nats.errors import Error

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

    for server in section.servers:
        client = KeyedClient(UserKey.parse(own.seed))
        try:
            await client.connect(
                [str(server)],
                nkeys_seed_str=own.seed,
                tls=own.tls(),
                inbox_prefix=subjects.inbox(subjects.BOT),
                error_cb=ignore,
                allow_reconnect=False,
                max_reconnect_attempts=1,
                connect_timeout=int(ANSWER_S),
            )
        except (Error, OSError):
            await client.close()
            if server == section.servers[-1]:
                raise
        else:
            break
    try:
        yield client
    finally:
        await client.close()
