"""The connection of one process to the bus, which is made anew each time that it ends.

The client's own way to reconnect is not used: it would send what has become old, and say nothing of what it lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from math import ceil
from typing import Never

from nats.aio.client import Client
from nats.errors import Error

from gateway.backoff import delays
from gateway.bus import subjects
from gateway.bus.access import Access
from gateway.bus.keyed import KeyedClient
from gateway.bus.nkey import UserKey
from gateway.config import FleetSection, bad
from gateway.logs import SELDOM

log = logging.getLogger(__name__)

FIRST_S, LONGEST_S = 0.05, 1.0  # pauses between tries
REFUSED_S = 30.0  # the longest where a server refuses this client, as one that has left the fleet
CONNECT_S = 5.0  # for one try
PING_S, UNANSWERED = 5, 2  # a connection ends when so many pings go unanswered

_REFUSAL = "authorization violation"  # what nats-server says, and nats-py compares with

Use = Callable[[Client], Awaitable[object]]


class Link:
    """The connection. Refusals by a server are logged, because they mean wrong rights or an attack."""

    def __init__(self, section: FleetSection, access: Access) -> None:
        """Raise ConfigError when the secrets are none."""
        self._servers = deque(map(str, section.servers))  # the first is tried first
        self._access = access
        self._tls = access.tls()
        try:
            self._key = UserKey.parse(access.seed)
        except ValueError:
            raise bad("fleet.bus_file", "holds no key of NATS; enrol this host again") from None
        self._told = ""

    @property
    def replicas(self) -> int:
        """Return on how many servers the directory is stored: on three where there are so many."""
        return 3 if len(self._servers) >= 3 else 1

    async def run(self, use: Use) -> Never:
        """Connect, and run `use` with each connection until that ends."""
        this, clock = asyncio.current_task(), asyncio.get_running_loop().time
        pauses, was_refused = delays(FIRST_S, LONGEST_S), False
        while True:
            began, problem = clock(), "it was closed"
            try:
                # A task of its own, because a group's broken task leaves a cancellation counted in Python 3.11.2. The
                # next timeout that runs out would end the process then.
                await asyncio.create_task(self._connected(use))
            except* (Error, OSError) as errors:  # TimeoutError is an OSError
                problem = _first(errors)
            self._say(problem)
            self._servers.rotate(-1)  # a host without power would take all the time of each try
            if this and this.cancelling():  # `asyncio.wait_for` of nats-py may have lost it
                raise asyncio.CancelledError
            is_refused = _REFUSAL in problem.lower()
            if is_refused != was_refused or clock() - began > LONGEST_S:
                pauses = delays(FIRST_S, REFUSED_S if is_refused else LONGEST_S)
            was_refused = is_refused
            await asyncio.sleep(next(pauses))

    def _say(self, problem: str) -> None:
        if problem != self._told:
            log.warning("there is no connection to the bus, and it is tried again: %.300s", problem)
        self._told = problem

    async def _connected(self, use: Use) -> None:
        """Run `use` for the length of one connection. Raise Error or OSError when there is none."""
        client, is_over = KeyedClient(self._key), False

        async def closed() -> None:
            if not (is_over or using.expired()):
                using.reschedule(asyncio.get_running_loop().time())

        try:
            async with asyncio.timeout(None) as using:
                try:
                    async with asyncio.timeout(CONNECT_S):
                        await self._connect(client, closed)
                    log.info("connected to the bus: %s", client.connected_url.netloc if client.connected_url else "")
                    self._told = ""
                    await use(client)
                finally:
                    is_over = True
        except TimeoutError:
            if not using.expired():
                raise
        finally:
            await client.close()

    async def _connect(self, client: Client, closed: Callable[[], Awaitable[None]]) -> None:
        await client.connect(
            list(self._servers),
            dont_randomize=True,  # what one server tells all its clients costs less than a way over two servers
            name=self._access.client,
            nkeys_seed_str=self._access.seed,
            tls=self._tls,
            inbox_prefix=subjects.inbox(self._access.client),
            error_cb=self._complain,
            closed_cb=closed,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=1,
            connect_timeout=ceil(CONNECT_S),
            ping_interval=PING_S,
            max_outstanding_pings=UNANSWERED,
            pending_size=0,
        )

    async def _complain(self, error: Exception) -> None:
        if isinstance(error, Error):  # others end the connection, or the try
            log.warning("the bus says: %.300s", error, extra=SELDOM)


def end_if_cancelled() -> None:
    """Raise CancelledError for a cancellation that `asyncio.wait_for` of nats-py has lost, as Python 3.11's may."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError


def _first(errors: BaseExceptionGroup[Exception]) -> str:
    """Return what the first of the errors says. Tasks of a connection that ends may all have one."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__
