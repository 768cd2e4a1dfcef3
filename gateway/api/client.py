"""The API's client, for the bot and the terminal commands."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager, suppress
from typing import TypeVar

from gateway import errors, logs
from gateway.api.contract import PRIVATE_KEY_PLACEHOLDER, Issued, Request, Subscription
from gateway.api.transport import BrokeOff, Transport
from gateway.codec import DecodeError, decode, to_json
from gateway.keys import PrivateKey

A = TypeVar("A")
# Concurrent requests. They are fewer than the 128 connections that the server's listen backlog holds.
IN_FLIGHT = 64
# The longest time in the queue and with the gateway. The sum is shorter than Discord's 15 minutes for an answer.
QUEUED_S, LONGEST_S = 120, 600
AGAIN = 2  # a server of a bus that dies may end the connections of both sides, one after the other
_CAUSE = 23  # characters of an interaction's id, at most, because a request id has 32


class GatewayClient:
    """A client of the gateway. A call that breaks off is tried twice more with the same request id.

    The gateway does not carry out a request id twice. A call gives up when no call of this client was answered for
    `timeout_s`, because a call behind many others may take longer.
    """

    def __init__(self, transport: Transport, *, timeout_s: float = 30) -> None:
        self._transport = transport
        self._timeout_s = timeout_s
        self._free = asyncio.Semaphore(IN_FLIGHT)
        self._waiting = dict[asyncio.Timeout, float]()  # until when at the latest, by the loop's time
        self._heard = 0.0  # an answer, by the loop's time

    async def call(self, request: Request[A]) -> A:
        """Return the answer. Raise what the gateway raised, or GatewayUnreachable, GatewayTimeout or GatewayBusy."""
        if request.request_id is None:
            request = dataclasses.replace(request, request_id=_new_id())
        body = _body(request)
        async with self._turn():
            with _unreachable():
                answer = await self._ask(request.operation, body)
        return _answer(request, answer)

    async def _ask(self, operation: str, body: bytes) -> bytes:
        """Return the answer. A change that broke off may have happened; the request id makes it safe to ask again."""
        for _ in range(AGAIN):
            with suppress(BrokeOff):
                return await self._ask_once(operation, body)
        return await self._ask_once(operation, body)

    async def _ask_once(self, operation: str, body: bytes) -> bytes:
        async with self._patience():
            return await self._transport.call(operation, body)

    @asynccontextmanager
    async def watch(self, request: Subscription[A]) -> AsyncIterator[AsyncIterator[A]]:
        """Yield the answers as they come, until the gateway ends them. Entering and each answer raise like `call`."""
        async with AsyncExitStack() as stack:
            async with self._turn(), self._patience():
                with _unreachable():
                    lines = await stack.enter_async_context(self._transport.watch(request.operation, _body(request)))
            yield await stack.enter_async_context(aclosing(_answers(request, lines)))

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(QUEUED_S):
                await self._free.acquire()
        except TimeoutError as error:
            raise errors.GatewayBusy from error
        try:
            yield
        finally:
            self._free.release()

    @asynccontextmanager
    async def _patience(self) -> AsyncIterator[None]:
        """Time out after `timeout_s` without any answer; each answer extends the other calls."""
        now = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(self._timeout_s) as own:
                self._waiting[own] = now() + LONGEST_S
                try:
                    yield
                finally:
                    del self._waiting[own]
        except TimeoutError as error:
            raise errors.GatewayTimeout from error
        if now() < self._heard + self._timeout_s / 10:
            return  # rescheduling every call for every answer would be quadratic
        self._heard = now()
        for other, latest in self._waiting.items():
            if not other.expired():
                other.reschedule(min(self._heard + self._timeout_s, latest))


def _new_id() -> str:
    """Return a new request id. It begins with that of the interaction, by which entries of both logs are found."""
    cause = logs.request()
    return f"{cause}-{os.urandom(4).hex()}" if 0 < len(cause) <= _CAUSE else os.urandom(16).hex()


@contextmanager
def _unreachable() -> Iterator[None]:
    try:
        yield
    except BrokeOff as error:
        raise errors.GatewayUnreachable from error


def _body(request: Request[A]) -> bytes:
    return to_json(request).encode()


async def _answers(request: Request[A], lines: AsyncIterator[bytes]) -> AsyncGenerator[A, None]:
    with _unreachable():
        async for line in lines:
            yield _answer(request, line)


def _answer(request: Request[A], body: bytes) -> A:
    """Return the answer in `body`. Raise what the gateway raised, and DecodeError for another answer."""
    try:
        value = json.loads(body)
        problem = value.get("error")
        refusal = problem and errors.from_wire(str(problem["code"]), dict(problem["details"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise errors.GatewayUnreachable from error  # another program answers there
    if refusal:
        raise refusal
    try:
        return decode(request.answer_type(), value, may_have_more=True)
    except DecodeError as error:
        raise errors.OtherVersion(field=error.field, problem=error.problem) from error


def with_private_key(issued: Issued, private_key: PrivateKey) -> str:
    """Return the finished config text, which is a secret."""
    return issued.config.replace(PRIVATE_KEY_PLACEHOLDER, private_key.reveal())
