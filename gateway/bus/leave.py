"""What a region that is taken out leaves behind on the bus: its entry, its place in the log, and what a standby had."""

from __future__ import annotations

from contextlib import suppress

from nats.js.errors import NotFoundError

from gateway.bus import once, subjects
from gateway.bus.access import Access
from gateway.config import FleetSection


async def leave(section: FleetSection, own: Access, region: str) -> None:
    """Take it away, with the bot's rights. Raise nats.errors.Error or OSError."""
    async with once.connected(section, own) as client:
        stream = client.jetstream(timeout=once.ANSWER_S)
        with suppress(NotFoundError):  # the bot has not made the directory yet
            await (await stream.key_value(subjects.DIRECTORY)).delete(region)
        with suppress(NotFoundError):
            await stream.delete_consumer(subjects.MEMBERSHIP, region)
        with suppress(NotFoundError):
            await stream.purge_stream(subjects.STATE, subject=subjects.state(region))
        with suppress(NotFoundError):
            await (await stream.key_value(subjects.LEASE)).delete(subjects.lease_key(region))
