"""A request over the bus, whose answer comes where the region may publish in any case.

For an answer to an inbox the region would need `allow_responses`. By that, whatever leads a message to its gateway
could have it publish to any subject. And a server forgets open requests when it reads its configuration again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error, NoRespondersError

from gateway.bus import subjects

_NOT_THERE = "503"


async def ask(
    client: Client,
    region: str,
    operation: str,
    body: bytes,
    *,
    timeout_s: float,
    headers: Mapping[str, str] | None = None,
) -> Msg:
    """Return the first message that comes back. Raise NoRespondersError or another of nats.errors, or TimeoutError.

    The end of the connection ends no wait.
    """
    first, place = asyncio.get_running_loop().create_future(), subjects.event(region, os.urandom(16).hex())

    async def take(message: Msg) -> None:
        if not first.done():
            first.set_result(message)

    answers = await client.subscribe(place, cb=take)
    try:
        sent = dict(headers) if headers else None
        await client.publish(subjects.request(region, operation), body, reply=place, headers=sent)
        async with asyncio.timeout(timeout_s):
            answer: Msg = await first
    finally:
        with suppress(Error):
            await answers.unsubscribe()
    if (answer.headers or {}).get("Status") == _NOT_THERE:
        raise NoRespondersError
    return answer
