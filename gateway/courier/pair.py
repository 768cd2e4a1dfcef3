"""The courier of a region that two machines have: it keeps the lease, and carries only while its gateway serves.

    this gateway ◀── Stand: whose lease it is ── pair.py ── every second ──▶ the bucket GG_LEASE
                 ── Follow: sealed copies ─────▶    ── while it serves ──▶ the stream GG_STATE
                 ◀── TakeCopy ──────────────────    ◀── while it waits ──

The gateway decides whether it serves, and the courier whether the lease is its own. A copy says nothing to a courier.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Never

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error, MaxPayloadError
from nats.js.client import JetStreamContext

from gateway.api.client import GatewayClient
from gateway.api.contract import Actor
from gateway.api.pair import LONGEST_PART, Stand, Standing, TakeCopy, Word
from gateway.api.standby import Copied, Follow
from gateway.api.transport import SocketTransport
from gateway.bus import subjects
from gateway.bus.last import last
from gateway.bus.link import end_if_cancelled
from gateway.codec import DecodeError, decode, to_json
from gateway.courier.lease import Lease
from gateway.errors import GatewayError

log = logging.getLogger(__name__)

ROUND_S, AGAIN_S = 1.0, 1.0
_ANSWERED_S = 2.0  # by the gateway or the bus
_STARTING_S = 30.0  # so long a gateway may be silent, because it is just starting, before its lease goes back
_TOO_LONG_S = 60.0  # until another copy is tried after one that the bus does not take
_ACTOR = Actor(id="courier", name="courier")
_AWAY = Standing(serves=False, wants=False, mark="")
Work = Callable[[], Coroutine[Any, Any, object]]


class Pair:
    """One of the two machines, over all its connections to the bus. `own` is its name as a client there."""

    def __init__(self, own: str, region: str, gateway: Path) -> None:
        self._region = region
        self._lease = Lease(own)
        self._gateway = GatewayClient(SocketTransport(gateway), timeout_s=_ANSWERED_S)
        self._standing, self._heard_at = _AWAY, 0.0
        self._leads = False
        self._turn = asyncio.Condition()
        self._handing = asyncio.Lock()
        self._handed = 0  # the sequence of the newest copy that the gateway has taken

    async def take_turns(self, client: Client, works: Sequence[Work]) -> None:
        """Keep the lease for the length of a connection, and run `works` for as long as this machine serves."""
        self._lease.begin()
        stream = client.jetstream(timeout=_ANSWERED_S)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep(client, stream))
            tasks.create_task(self._run(True, [*works, partial(self._send, stream)]))
            tasks.create_task(self._run(False, [partial(self._hear, client)]))

    async def _run(self, leads: bool, works: Sequence[Work]) -> Never:
        """Run the works each time that this machine leads, or does not."""
        while True:
            await self._until(leads)
            async with asyncio.TaskGroup() as tasks:
                begun = [tasks.create_task(work()) for work in works]
                await self._until(not leads)
                for task in begun:
                    task.cancel()

    async def _until(self, leads: bool) -> None:
        async with self._turn:
            await self._turn.wait_for(lambda: self._leads is leads)

    async def _keep(self, client: Client, stream: JetStreamContext) -> Never:
        """Read the lease and ask the gateway, round after round. What fails is tried again in the next one."""
        while True:
            end_if_cancelled()
            try:
                if not self._lease.mark:
                    await self._stand(client)
                await self._read(client)
                await self._stand(client)
                if await self._write(stream):
                    await self._stand(client)
            except Error as error:  # no leader among the servers, or the other machine was quicker
                log.debug("the lease: %s", error)
            await asyncio.sleep(ROUND_S)

    async def _read(self, client: Client) -> None:
        now = asyncio.get_running_loop().time()
        data, revision = await last(client, f"KV_{subjects.LEASE}", subjects.lease(self._region), _ANSWERED_S)
        self._lease.see(data.decode(errors="replace"), revision, now)

    async def _write(self, stream: JetStreamContext) -> bool:
        """Take, renew or give back the lease, as the gateway stands. Report whether it went to another machine."""
        clock = asyncio.get_running_loop().time
        holder = self._lease.next_holder(clock(), wants=self._standing.wants)
        if holder is None:
            return False
        before, text = self._lease.holder, self._lease.text(holder)
        headers = {"Nats-Expected-Last-Subject-Sequence": str(self._lease.revision)}
        done = await stream.publish(subjects.lease(self._region), text.encode(), headers=headers)
        self._lease.see(text, done.seq, clock())
        if holder != before:
            log.info("the lease of %s is %s", self._region, "this machine's now" if holder else "given back")
        return holder != before

    async def _stand(self, client: Client) -> None:
        """Tell the gateway of the lease, after the newest copy, and learn how it stands."""
        clock = asyncio.get_running_loop().time
        word = self._lease.word(clock())
        try:
            if word is Word.OWN and not self._standing.serves:
                await self._fetch(client)
            self._standing = await self._gateway.call(Stand(actor=_ACTOR, word=word))
            self._heard_at = clock()
            self._lease.know(self._standing.mark)
        except GatewayError as error:
            log.debug("the gateway: %s", error)
            if clock() - self._heard_at > _STARTING_S:
                self._standing = _AWAY
        async with self._turn:
            self._leads = self._standing.serves and word is not Word.OTHERS
            self._turn.notify_all()

    async def _send(self, stream: JetStreamContext) -> Never:
        """Send each copy of this gateway's state. After a failure the gateway makes the newest one again."""
        while True:
            end_if_cancelled()
            pause_s = AGAIN_S
            try:
                async with self._gateway.watch(Follow(actor=_ACTOR)) as copies:
                    async for copy in copies:
                        await stream.publish(subjects.state(self._region), to_json(copy).encode())
            except MaxPayloadError:
                log.error("a copy for the standby is longer than the bus takes: raise its max_payload")
                pause_s = _TOO_LONG_S
            except (GatewayError, Error) as error:
                log.debug("no copy was sent: %s", error)
            await asyncio.sleep(pause_s)

    async def _hear(self, client: Client) -> Never:
        """Hand each copy of the other machine to the gateway, beginning with the newest that was sent."""
        came = asyncio.Event()

        async def note(_: Msg) -> None:
            came.set()

        subscription = await client.subscribe(subjects.state(self._region), cb=note)
        try:
            while True:
                end_if_cancelled()
                came.clear()
                try:
                    await self._fetch(client)
                except (GatewayError, Error) as error:
                    log.debug("no copy was taken: %s", error)
                    await asyncio.sleep(AGAIN_S)
                else:
                    await came.wait()
        finally:
            with suppress(Error):
                await subscription.unsubscribe()

    async def _fetch(self, client: Client) -> None:
        """Hand over the newest copy that was sent, unless the gateway has it. Raise GatewayError or Error."""
        async with self._handing:
            data, number = await last(client, subjects.STATE, subjects.state(self._region), _ANSWERED_S)
            if number == self._handed:
                return
            text = _sealed(data)
            parts = [text[begin : begin + LONGEST_PART] for begin in range(0, len(text), LONGEST_PART)]
            for index, part in enumerate(parts):
                await self._gateway.call(TakeCopy(actor=_ACTOR, part=index, parts=len(parts), text=part))
            self._handed = number


def _sealed(data: bytes) -> str:
    """Return the copy in a message. It is empty for what another region had the server deliver there."""
    try:
        return decode(Copied, json.loads(data)).sealed
    except (DecodeError, ValueError, RecursionError):
        return ""
