"""The log of decisions, from this region's place in it to the gateway: one entry after the other.

The place is a consumer that the bot has made, and the servers keep how far it is. So a region follows what was decided
also when it and the bot are never there at the same time. The stream's own numbers mean nothing: one that was made anew
counts from 1.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Never

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error

from gateway.api.decisions import Outcome
from gateway.api.signed import LOGGED
from gateway.api.transport import BrokeOff, Transport
from gateway.bus import subjects
from gateway.bus.link import end_if_cancelled
from gateway.errors import GatewayError

log = logging.getLogger(__name__)

FETCH_S = 5.0  # a request for an entry is lost with the server that had it, so another one follows
AGAIN_S = 1.0
LONGEST = 16 * 1024  # bytes of an entry; decisions have some 600
MOST_BROKEN = 5  # answers to one entry that broke off, one after the other


class Log:
    """The region's place in the log, for one connection."""

    def __init__(self, client: Client, region: str, gateway: Transport) -> None:
        self._client, self._region, self._gateway = client, region, gateway

    async def follow(self) -> Never:
        """Hand over each entry. The next one comes when the gateway has answered, and its answer is acknowledged."""
        place = await self._client.jetstream().pull_subscribe_bind(self._region, stream=subjects.MEMBERSHIP)
        while True:
            try:
                (entry,) = await place.fetch(1, timeout=FETCH_S)
                await (entry.ack() if await self._is_taken(entry) else entry.term())
            except TimeoutError:  # there is none, or no bot has made the place yet
                pass
            except Error as error:
                log.debug("the log cannot be read: %s", error)
                await asyncio.sleep(AGAIN_S)
            end_if_cancelled()

    async def _is_taken(self, entry: Msg) -> bool:
        """Report whether the gateway took the entry, once that is sure. An empty one stands for one that is erased."""
        broken = 0
        while entry.data and broken < MOST_BROKEN and len(entry.data) <= LONGEST:
            try:
                answer = _read(await self._gateway.call(LOGGED, entry.data))
            except BrokeOff:
                broken += 1
            except GatewayError:
                broken = 0
            else:
                if answer is not Outcome.LATER:
                    return answer is Outcome.TAKEN
            await asyncio.sleep(AGAIN_S)
            await entry.in_progress()
        if entry.data:
            log.error("an entry of the log is left out, because the gateway cannot take it: %d bytes", len(entry.data))
        return not entry.data


def _read(answer: bytes) -> Outcome:
    """Return what became of an entry. An error comes from a gateway that is busy, or older than its courier."""
    try:
        return Outcome(json.loads(answer))
    except (ValueError, RecursionError):
        return Outcome.LATER
