"""The log of decisions on the bus: the stream, a place in it for each region, and what the bot writes there.

It is quick and no authority: the bot reads nothing from it, and compares each region with its own table all the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from typing import Never

from nats.aio.client import Client
from nats.errors import Error
from nats.js.api import AckPolicy, ConsumerConfig, StorageType, StreamConfig
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from gateway.api.decisions import Decide
from gateway.api.signed import BotKey
from gateway.bus import subjects
from gateway.bus.link import end_if_cancelled
from gateway.codec import to_json
from gateway.errors import GatewayUnreachable

log = logging.getLogger(__name__)

LOOK_S, AGAIN_S = 5.0, 2.0  # between looks whether all is there, and until the next try
ANSWER_S = 5.0
ACK_S = 10.0  # until an entry is handed out again whose courier has ended
_ERASED_S = 1.0  # the shortest life that an entry may have


class Log:
    """The log as the bot keeps it. `news` is set when there may be something to write, such as into another log."""

    def __init__(self, key: BotKey, regions: Collection[str], replicas: int) -> None:
        """Take what entries are signed by, the regions that read them, and on how many servers they are stored.

        The regions may become others.
        """
        self._key, self._regions, self._replicas = key, regions, replicas
        self.news = asyncio.Event()
        self._stream: JetStreamContext | None = None
        self._name = ""
        self._placed: tuple[str, frozenset[str]] = "", frozenset()  # in which log which regions have their places

    @property
    def name(self) -> str:
        """Return what no other log has, also not one in the place of this one. Raise GatewayUnreachable."""
        if self._stream is None:
            raise GatewayUnreachable
        return self._name

    async def write(self, request: Decide) -> None:
        """Put a decision in the place of the last one on its member. Raise GatewayUnreachable."""
        await self._publish(request.owner, self._key.entry(to_json(request).encode()))

    async def erase(self, owner: str) -> None:
        """Take a member out. An empty entry comes in the place of the last one, and ends by itself."""
        await self._publish(owner, b"", _ERASED_S)

    async def _publish(self, owner: str, entry: bytes, lasts_s: float | None = None) -> None:
        if self._stream is None:
            raise GatewayUnreachable
        try:
            await self._stream.publish(subjects.decision(owner), entry, msg_ttl=lasts_s)
        except Error as error:
            raise GatewayUnreachable from error
        finally:
            end_if_cancelled()

    async def keep(self, client: Client) -> Never:
        """Make what the servers lack, as long as the connection."""
        self._stream = None
        stream = client.jetstream(timeout=ANSWER_S)
        while True:
            try:
                await self._look(stream)
            except Error as error:  # the servers have no leader yet
                log.debug("the log cannot be made: %s", error)
                self._stream = None
            end_if_cancelled()
            await asyncio.sleep(LOOK_S if self._stream else AGAIN_S)

    async def _look(self, stream: JetStreamContext) -> None:
        try:
            found = await stream.stream_info(subjects.MEMBERSHIP)
        except NotFoundError:
            found = await stream.add_stream(self._config())
        # The bot may have another key since, by which all has to be signed anew.
        name, regions = f"{found.created} {self._key.public.id}", frozenset(self._regions)
        if self._placed != (name, regions):
            await self._place(stream, regions)
            self._placed = name, regions
        if name != self._name:
            self.news.set()
        self._name, self._stream = name, stream

    def _config(self) -> StreamConfig:
        """Return what the stream is: one entry on each member, which stays until a newer one comes."""
        return StreamConfig(
            name=subjects.MEMBERSHIP,
            subjects=[subjects.DECISIONS],
            storage=StorageType.FILE,
            num_replicas=self._replicas,
            max_msgs_per_subject=1,
            max_msg_size=4096,
            deny_delete=True,
            deny_purge=True,
            allow_msg_ttl=True,
        )

    async def _place(self, stream: JetStreamContext, regions: frozenset[str]) -> None:
        """Give each region its place, and no other one."""
        present = {consumer.name for consumer in await stream.consumers_info(subjects.MEMBERSHIP)}
        for region in present - regions:
            await stream.delete_consumer(subjects.MEMBERSHIP, region)
        for region in regions - present:
            place = ConsumerConfig(
                durable_name=region, ack_policy=AckPolicy.EXPLICIT, ack_wait=ACK_S, max_ack_pending=1
            )
            await stream.add_consumer(subjects.MEMBERSHIP, place)
