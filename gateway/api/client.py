"""The API's client: what the bot and the terminal commands speak to the gateway with."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from typing import TypeVar, cast

from gateway import errors
from gateway.api.contract import PRIVATE_KEY_PLACEHOLDER, Issued, Request, Subscription
from gateway.api.transport import BrokeOff, Transport
from gateway.codec import decode, encode
from gateway.keys import PrivateKey

A = TypeVar("A")
# At once. The kernel queues 128 at a Unix socket.
IN_FLIGHT = 64
# Both together are shorter than the 15 minutes in which Discord takes an answer.
QUEUED_S, LONGEST_S = 120, 600


class GatewayClient:
    """Carries requests to the gateway. A call that breaks off is tried once more with the same request id, which the
    gateway answers without doing it twice.

    A call gives up when no call was answered for `timeout_s`: behind many others one waits longer.
    """

    def __init__(self, transport: Transport, *, timeout_s: float = 30) -> None:
        self._transport = transport
        self._timeout_s = timeout_s
        self._free = asyncio.Semaphore(IN_FLIGHT)
        self._waiting = dict[asyncio.Timeout, float]()  # until when at the latest, by the loop's time
        self._heard = 0.0  # an answer, by the loop's time

    async def call(self, request: Request[A]) -> A:
        """Raise what the gateway raised, or GatewayUnreachable, GatewayTimeout or GatewayBusy."""
        if request.request_id is None:
            request = dataclasses.replace(request, request_id=uuid.uuid4().hex)
        body = _body(request)
        async with self._turn():
            with _unreachable():
                try:
                    answer = await self._ask(request.operation, body)
                except BrokeOff:  # it is not known whether the change happened
                    answer = await self._ask(request.operation, body)
        return _answer(request, answer)

    async def _ask(self, operation: str, body: bytes) -> bytes:
        async with self._patience():
            return await self._transport.call(operation, body)

    @asynccontextmanager
    async def watch(self, request: Subscription[A]) -> AsyncIterator[AsyncIterator[A]]:
        """Yield the answers as they come, until the gateway stops. Entering and each answer raise like `call`."""
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
            return  # near enough
        self._heard = now()
        for other, latest in self._waiting.items():
            if not other.expired():
                other.reschedule(min(self._heard + self._timeout_s, latest))


@contextmanager
def _unreachable() -> Iterator[None]:
    try:
        yield
    except BrokeOff as error:
        raise errors.GatewayUnreachable from error


def _body(request: Request[A]) -> bytes:
    return json.dumps(encode(request)).encode()


async def _answers(request: Request[A], lines: AsyncIterator[bytes]) -> AsyncGenerator[A, None]:
    with _unreachable():
        async for line in lines:
            yield _answer(request, line)


def _answer(request: Request[A], body: bytes) -> A:
    """Raise what the gateway raised."""
    try:
        value = json.loads(body)
    except ValueError as error:
        raise errors.GatewayUnreachable from error  # something else answers there
    if "error" not in value:
        return decode(request.answer_type(), value)
    problem = cast(dict[str, object], value["error"])
    raise errors.from_wire(str(problem["code"]), cast(dict[str, object], problem["details"]))


def with_private_key(issued: Issued, private_key: PrivateKey) -> str:
    """The finished config text; a secret from here on."""
    return issued.config.replace(PRIVATE_KEY_PLACEHOLDER, private_key.reveal())
