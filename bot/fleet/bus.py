"""The bot's connection to the bus, and the way to each region's gateway over it."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Never, Protocol

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error, NoRespondersError
from nats.js.api import StorageType, StreamConfig
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError
from nats.js.kv import KV_OP

from bot.fleet.log import Log
from bot.fleet.seen import Regions, Seen
from gateway.api.signed import SIGNED, SIGNED_WATCH
from gateway.api.transport import BrokeOff
from gateway.bus import subjects, told
from gateway.bus.asking import Asker
from gateway.bus.carrying import FAILED, NUMBER, WATCH, Failed
from gateway.bus.last import last
from gateway.bus.link import Link, end_if_cancelled
from gateway.bus.told import Entry, Pulse
from gateway.errors import GatewayBusy, GatewayUnreachable

log = logging.getLogger(__name__)

LONGEST_S = 3600.0  # for an answer; the client above waits less
BACK_S = 2.0  # for the connection, when it is just being made anew
BLINK_S, AGAIN_S = 1.5, 0.1  # for a courier that was there a moment ago, and between two tries
AWAY_S = 3.0  # for an answer of a region whose pulses do not come
MOST_WAITING = 1000  # lines of a watch that are not taken yet
_LOOK_S = 0.5
_DIRECTORY_S = 5.0  # for an answer of the directory, and between two tries


class Asked(Protocol):
    """A request in its envelope, and what opens the answers to it."""

    @property
    def envelope(self) -> bytes: ...

    def opened(self, answer: bytes) -> bytes: ...


class Sealer(Protocol):
    """Signs requests to one region."""

    def wrap(self, operation: str, body: bytes, now: datetime) -> Asked: ...


class Bus:
    """The one connection of the bot for all regions. `run` keeps it."""

    def __init__(
        self,
        link: Link,
        known: Collection[str],
        serves: Callable[[str], object] = lambda region: None,
        written: Log | None = None,
    ) -> None:
        """Take the names of the regions, which may change. Others are not heard, because a server could make up any.

        `serves` is called with a region at each pulse of a gateway that serves. `written` is the log to keep.
        """
        self._link, self._known, self._serves, self._written = link, known, serves, written
        self._regions = Regions()
        self._asker: Asker | None = None
        self._is_connected = asyncio.Event()
        self._broken = dict[object, tuple[str, Callable[[], object]]]()  # what is called for a region, see `breaking`

    @property
    def seen(self) -> Mapping[str, Seen]:
        """Return the regions that the bus tells of, by name."""
        return self._regions.seen

    def entry(self, region: str) -> Entry | None:
        """Return what the directory has of a region."""
        return self._regions.seen.get(region, Seen()).entry

    async def run(self) -> Never:
        await self._link.run(self._use)

    async def _use(self, client: Client) -> None:
        self._regions.begin(asyncio.get_running_loop().time())
        try:
            async with asyncio.TaskGroup() as tasks:
                await client.subscribe(subjects.PULSES, cb=self._hear)
                await client.subscribe(subjects.ENTRIES, cb=self._note)
                tasks.create_task(self._look())
                tasks.create_task(self._read(client))
                if self._written:
                    tasks.create_task(self._written.keep(client))
                self._asker = await Asker.on(client)
                self._is_connected.set()
        finally:
            self._asker = None
            self._is_connected.clear()
            self._break(*(region for region, _ in self._broken.values()))

    async def _hear(self, message: Msg) -> None:
        region = message.subject.rpartition(".")[2]
        if region not in self._known:
            return
        if (pulse := told.read(Pulse, message.data)) is None:
            log.debug("a pulse of %s is not understood", region)
            return
        was_off = self.seen.get(region, Seen()).is_off
        if self._regions.hear(region, pulse, asyncio.get_running_loop().time(), datetime.now(UTC)):
            self._break(region)
        if (seen := self.seen[region]).is_off and not was_off:
            ahead_s = seen.ahead.total_seconds()
            log.warning("the clock of %s is %+.1f s from this host's: `timedatectl set-ntp true`", region, ahead_s)
        if pulse.serving:
            self._serves(region)

    async def _note(self, message: Msg) -> None:
        region = message.subject.rpartition(".")[2]
        if (message.headers or {}).get(KV_OP):  # the entry was deleted
            self._regions.leave(region)
        self._take(region, message.data)

    def _take(self, region: str, content: bytes | None) -> None:
        """Take what a region has written of itself. What no region would write leaves the directory as it is."""
        entry = told.read(Entry, content or b"")
        if entry and entry.region == region and region in self._known:
            self._regions.enter(entry)

    async def _look(self) -> Never:
        while True:
            if away := self._regions.look(asyncio.get_running_loop().time()):
                self._break(*away)
            await asyncio.sleep(_LOOK_S)

    async def _read(self, client: Client) -> None:
        """Read the whole directory once, and make what the servers lack, because no region may make it."""
        stream = client.jetstream(timeout=_DIRECTORY_S)
        while True:
            try:
                await self._bucket(stream, subjects.LEASE)
                await self._copies(stream)
                await self._bucket(stream, subjects.DIRECTORY)
                for region in [*self._known]:
                    content, _ = await last(client, f"KV_{subjects.DIRECTORY}", subjects.entry(region), _DIRECTORY_S)
                    self._take(region, content)
            except Error as error:  # the servers have no leader yet
                log.debug("the directory cannot be read: %s", error)
                end_if_cancelled()
                await asyncio.sleep(_DIRECTORY_S)
            else:
                return

    async def _bucket(self, stream: JetStreamContext, name: str) -> None:
        try:
            await stream.key_value(name)
        except NotFoundError:
            await stream.create_key_value(
                bucket=name, storage=StorageType.FILE, replicas=self._link.replicas, direct=True
            )

    async def _copies(self, stream: JetStreamContext) -> None:
        """Make the stream with each region's newest copy for its standby, which the bot cannot read."""
        try:
            await stream.stream_info(subjects.STATE)
        except NotFoundError:
            await stream.add_stream(
                StreamConfig(
                    name=subjects.STATE,
                    subjects=[subjects.STATES],
                    storage=StorageType.FILE,
                    num_replicas=self._link.replicas,
                    max_msgs_per_subject=1,
                    allow_direct=True,
                )
            )

    async def asker(self) -> Asker:
        """Return what asks over the connection, also when that takes a moment. Raise GatewayUnreachable."""
        with suppress(TimeoutError):
            async with asyncio.timeout(BACK_S):
                while True:
                    await self._is_connected.wait()
                    if self._asker and self._asker.client.is_connected:
                        return self._asker
                    await asyncio.sleep(AGAIN_S)  # the end of the connection is noticed in a moment
        raise GatewayUnreachable

    @contextmanager
    def breaking(self, region: str, told: Callable[[], object]) -> Iterator[None]:
        """Call `told` in the block each time that no answer of the region can come any more."""
        key = object()
        self._broken[key] = region, told
        try:
            yield
        finally:
            del self._broken[key]

    def _break(self, *regions: str) -> None:
        for region, told_of_it in [*self._broken.values()]:
            if region in regions:
                told_of_it()


class BusTransport:
    """The way to one region's gateway. The client above repeats what breaks off, with the same request id."""

    def __init__(
        self, bus: Bus, region: str, sealer: Sealer, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._bus, self._region, self._sealer, self._now = bus, region, sealer, now

    async def call(self, operation: str, body: bytes) -> bytes:
        asker = await self._bus.asker()
        asked = self._sealer.wrap(operation, body, self._now())
        return asked.opened(await self._ask(asker, SIGNED, asked.envelope))

    @asynccontextmanager
    async def watch(self, operation: str, body: bytes) -> AsyncIterator[AsyncIterator[bytes]]:
        asker = await self._bus.asker()
        asked = self._sealer.wrap(operation, body, self._now())
        name, waiting = os.urandom(16).hex(), asyncio.Queue[Msg | None]()

        async def take(line: Msg) -> None:
            if waiting.qsize() < MOST_WAITING:  # the gap will be seen
                waiting.put_nowait(line)

        with self._bus.breaking(self._region, lambda: waiting.put_nowait(None)):
            try:
                subscription = await asker.client.subscribe(subjects.event(self._region, name), cb=take)
            except Error as error:
                raise BrokeOff from error
            try:
                await self._ask(asker, SIGNED_WATCH, asked.envelope, {WATCH: name})
                async with aclosing(_lines(waiting, asked)) as lines:
                    yield lines
            finally:
                with suppress(Error):
                    await subscription.unsubscribe()

    async def _ask(
        self, asker: Asker, operation: str, envelope: bytes, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """Return the answer. A courier may be just about to connect again, such as after a server died under both."""
        clock, seen = asyncio.get_running_loop().time, self._bus.seen.get(self._region, Seen())
        until = 0.0 if seen.is_away else clock() + BLINK_S
        while True:
            try:
                async with asyncio.timeout(AWAY_S if seen.is_away else None) as wait:
                    with self._bus.breaking(self._region, partial(_expire, wait)):
                        answer = await asker.ask(
                            self._region, operation, envelope, timeout_s=LONGEST_S, headers=headers
                        )
            except NoRespondersError as error:
                if clock() >= until:
                    raise GatewayUnreachable from error
            except TimeoutError as error:
                raise (GatewayUnreachable if seen.is_away else BrokeOff) from error
            except Error as error:  # the connection has ended
                raise BrokeOff from error
            else:
                _check(answer)
                return answer.data
            await asyncio.sleep(AGAIN_S)


async def _lines(waiting: asyncio.Queue[Msg | None], asked: Asked) -> AsyncGenerator[bytes, None]:
    """Yield each line, until the gateway ends them. Raise BrokeOff when one is missing, or none can come."""
    expected = 0
    while True:
        line = await waiting.get()
        headers = (line.headers if line else None) or {}
        if line is None or headers.get(NUMBER) != str(expected):
            raise BrokeOff
        if headers.get(FAILED) == Failed.ENDED:
            return
        _check(line)
        yield asked.opened(line.data)
        expected += 1


def _expire(wait: asyncio.Timeout) -> None:
    if not wait.expired():
        wait.reschedule(asyncio.get_running_loop().time())


def _check(answer: Msg) -> None:
    """Raise what the courier says that the transport on its side raised."""
    match (answer.headers or {}).get(FAILED):
        case None:
            return
        case Failed.UNREACHABLE:
            raise GatewayUnreachable
        case Failed.BUSY:
            raise GatewayBusy
        case _:
            raise BrokeOff
