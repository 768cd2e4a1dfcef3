"""The API's client: what the bot and the terminal commands speak to the gateway with."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar, cast

import aiohttp

from gateway import errors
from gateway.api.contract import PRIVATE_KEY_PLACEHOLDER, Issued, Request
from gateway.codec import decode, encode
from gateway.keys import PrivateKey

A = TypeVar("A")
# At once. The kernel queues 128 who connect; whoever comes then finds, as it seems, nobody there.
IN_FLIGHT = 64
# Both together are shorter than the 15 minutes in which Discord takes an answer.
QUEUED_S, LONGEST_S = 120, 600


class GatewayClient:
    """Stateless: each call opens its own connection, so a restarted gateway needs no reconnecting. A call whose
    connection breaks is tried once more with the same request id, which the gateway answers without doing it twice.

    A call gives up when the gateway has answered nobody for `timeout_s`: behind many others one waits longer.
    """

    def __init__(self, socket: Path, *, timeout_s: float = 30) -> None:
        self.socket = socket
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None
        self._free = asyncio.Semaphore(IN_FLIGHT)
        self._waiting = dict[asyncio.Timeout, float]()  # until when at the latest, by the loop's time
        self._heard = 0.0  # an answer, by the loop's time

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(str(self.socket), force_close=True, limit=0),
            timeout=aiohttp.ClientTimeout(total=None),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def call(self, request: Request[A]) -> A:
        """Raise what the gateway raised, or GatewayUnreachable, GatewayTimeout or GatewayBusy."""
        if request.request_id is None:
            request = dataclasses.replace(request, request_id=uuid.uuid4().hex)
        async with self._turn():
            try:
                return await self._post(request)
            except aiohttp.ClientConnectorError as error:
                raise errors.GatewayUnreachable from error
            except aiohttp.ClientError:
                pass  # it broke off in the middle: nobody knows yet whether the change happened
            try:
                return await self._post(request)
            except aiohttp.ClientError as error:
                raise errors.GatewayUnreachable from error

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
        """Raise TimeoutError in time; who leaves without an error has seen that the gateway is alive."""
        now = asyncio.get_running_loop().time
        async with asyncio.timeout(self._timeout_s) as own:
            self._waiting[own] = now() + LONGEST_S
            try:
                yield
            finally:
                del self._waiting[own]
        if now() < self._heard + self._timeout_s / 10:
            return  # near enough
        self._heard = now()
        for other, latest in self._waiting.items():
            if not other.expired():
                other.reschedule(min(self._heard + self._timeout_s, latest))

    async def _post(self, request: Request[A]) -> A:
        if self._session is None:
            raise RuntimeError("use the client inside `async with`")
        try:
            url = f"http://gateway/v1/{request.operation}"
            async with self._patience(), self._session.post(url, json=encode(request)) as response:
                body = await response.json()
        except TimeoutError as error:
            raise errors.GatewayTimeout from error
        except (json.JSONDecodeError, aiohttp.ContentTypeError) as error:
            raise errors.GatewayUnreachable from error
        if response.status == 200:
            return decode(request.answer_type(), body)
        problem = cast(dict[str, object], body["error"])
        raise errors.from_wire(str(problem["code"]), cast(dict[str, object], problem["details"]))


def with_private_key(issued: Issued, private_key: PrivateKey) -> str:
    """The finished config text; a secret from here on."""
    return issued.config.replace(PRIVATE_KEY_PLACEHOLDER, private_key.reveal())
