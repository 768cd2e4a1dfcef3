"""Requests over the bus, whose answers come where the region may publish in any case.

For an answer to an inbox the region would need `allow_responses`. By that, whatever leads a message to its gateway
could have it publish to any subject. And a server forgets open requests when it reads its configuration again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from itertools import count
from typing import Self

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError

from gateway.bus import subjects

_NOT_THERE = "503"


class Asker:
    """What asks over one connection. All answers come by one subscription.

    With one for each request, a server would tell all others of it twice, and the client would have a task more.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self._inbox, self._numbers = os.urandom(16).hex(), count()
        self._waiting: dict[str, asyncio.Future[Msg]] = {}  # by the subject of the answer

    @classmethod
    async def on(cls, client: Client) -> Self:
        """Return what can ask over this connection. Raise one of nats.errors."""
        made = cls(client)
        await client.subscribe(subjects.answers(made._inbox), cb=made._take)
        return made

    async def _take(self, answer: Msg) -> None:
        # No region may publish to another one's subject, so an answer is that of the region that was asked.
        first = self._waiting.get(answer.subject)
        if first and not first.done():
            first.set_result(answer)

    async def ask(
        self,
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
        place = subjects.answer(region, self._inbox, str(next(self._numbers)))
        first = self._waiting[place] = asyncio.get_running_loop().create_future()
        try:
            sent = dict(headers) if headers else None
            await self.client.publish(subjects.request(region, operation), body, reply=place, headers=sent)
            async with asyncio.timeout(timeout_s):
                answer: Msg = await first
        finally:
            del self._waiting[place]
        if (answer.headers or {}).get("Status") == _NOT_THERE:
            raise NoRespondersError
        return answer
