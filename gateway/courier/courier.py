"""Requests of one region, from the bus to the gateway's socket, and what the gateway answers back."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Never

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error, MaxPayloadError

from gateway.api.transport import MAX_BODY, BrokeOff, Transport
from gateway.bus import subjects
from gateway.bus.carrying import FAILED, NUMBER, WATCH, Failed
from gateway.errors import GatewayError

log = logging.getLogger(__name__)

MOST = 96  # requests and watches at once; the gateway takes 128 connections of one user
# Requests that wait for their turn as well. A bot repeats all that a server took along with it when it ended. Those
# come on top of what is still under way.
MOST_WAITING = 1000
_OPERATION = re.compile(r"[a-z-]{1,32}", re.ASCII)  # it becomes a part of a path
_WATCH = re.compile(r"[A-Za-z0-9]{1,64}", re.ASCII)  # it becomes a part of a subject


class Courier:
    """The region's end of one connection. Each request has a task, and all of them end with the connection.

    What the gateway has taken it carries out then as well, and the bot asks again with the same request id.
    """

    def __init__(self, client: Client, region: str, gateway: Transport, name: str = "") -> None:
        """Take the client's own `name`, where that is not the region's."""
        self._client, self._region, self._gateway = client, region, gateway
        self._inbox = subjects.inbox(name or region)
        self._turns = asyncio.Semaphore(MOST)
        self._taken = 0
        self._is_open = False

    async def serve(self) -> Never:
        """Take requests until cancelled, or the connection ends. It may be called again then."""
        self._is_open = True
        async with asyncio.TaskGroup() as tasks:

            async def take(message: Msg) -> None:
                if not self._is_open:
                    return
                # The gateway takes none that is longer, and a thousand of the longest that the bus takes are 8 GiB.
                if len(message.data) > MAX_BODY:
                    await self._fail(message, Failed.UNREACHABLE)
                    return
                if self._taken >= MOST + MOST_WAITING:
                    await self._fail(message, Failed.BUSY)
                    return
                self._taken += 1
                tasks.create_task(self._carry(message)).add_done_callback(self._done)

            # In no queue, where a connection that died would have its turns until the server misses it. A request that
            # two take the gateway carries out once.
            requests = await self._client.subscribe(subjects.requests(self._region), cb=take)
            try:
                await asyncio.Event().wait()
            finally:
                self._is_open = False
                with suppress(Error):
                    await requests.unsubscribe()
        raise AssertionError

    def _done(self, _: asyncio.Task[None]) -> None:
        self._taken -= 1

    async def _carry(self, message: Msg) -> None:
        """Hand the request over, and send back what comes. Raise nothing, because that would end the others."""
        operation = message.subject.rpartition(".")[2]
        watch = (message.headers or {}).get(WATCH)
        try:
            if not _OPERATION.fullmatch(operation) or (watch is not None and not _WATCH.fullmatch(watch)):
                await self._fail(message, Failed.UNREACHABLE)
            else:
                async with self._turns:
                    if watch is None:
                        await self._answer(message, operation)
                    else:
                        await self._watch(message, operation, watch)
        except BrokeOff:
            await self._fail(message, Failed.BROKE_OFF)
        except GatewayError:
            await self._fail(message, Failed.UNREACHABLE)
        except Error as error:  # the connection has ended, or no answer was asked for
            log.debug("an answer was not sent: %s", error)
        except Exception:
            log.exception("a request could not be carried")
            await self._fail(message, Failed.BROKE_OFF)

    async def _answer(self, message: Msg, operation: str) -> None:
        answer = await self._gateway.call(operation, message.data)
        try:
            await self._client.publish(message.reply, answer)
        except MaxPayloadError:
            log.error("an answer has %d bytes, more than the bus takes: raise its max_payload", len(answer))
            await self._fail(message, Failed.UNREACHABLE)

    async def _watch(self, message: Msg, operation: str, watch: str) -> None:
        """Send each line, until the gateway ends them or no bot listens any more."""
        async with self._gateway.watch(operation, message.data) as lines:
            await self._client.publish(message.reply)
            unheard = f"{self._inbox}.{watch}"
            with suppress(TimeoutError):
                async with asyncio.timeout(None) as listening:

                    async def stop(_: Msg) -> None:
                        """End the watch, because the server has no client that takes its lines."""
                        if not listening.expired():
                            listening.reschedule(asyncio.get_running_loop().time())

                    told = await self._client.subscribe(unheard, cb=stop)
                    try:
                        await self._send(subjects.event(self._region, watch), lines, unheard)
                    finally:
                        with suppress(Error):
                            await told.unsubscribe()

    async def _send(self, subject: str, lines: AsyncIterator[bytes], unheard: str) -> None:
        number, end = 0, Failed.ENDED
        try:
            async for line in lines:
                await self._client.publish(subject, line, reply=unheard, headers={NUMBER: str(number)})
                number += 1
        except BrokeOff:
            end = Failed.BROKE_OFF
        except MaxPayloadError:
            log.error("a line is longer than the bus takes: raise its max_payload")
            end = Failed.BROKE_OFF
        await self._client.publish(subject, headers={NUMBER: str(number), FAILED: end})

    async def _fail(self, message: Msg, why: Failed) -> None:
        with suppress(Error):
            await self._client.publish(message.reply, headers={FAILED: why})
