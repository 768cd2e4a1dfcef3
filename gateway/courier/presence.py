"""What a region tells of itself: a pulse every two seconds, and its entry of the directory."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Never

from nats.aio.client import Client
from nats.errors import Error

from gateway.bus import subjects
from gateway.bus.link import end_if_cancelled
from gateway.bus.told import PULSE_S, Entry, Pulse
from gateway.codec import to_json

ANEW_S, AGAIN_S = 60.0, 1.0  # from a written entry to the next one, and from one that was not written
_ANSWERED_S = 5.0


class Presence:
    """The region as it shows on one connection."""

    def __init__(self, client: Client, entry: Entry, gateway: Path) -> None:
        self._client, self._entry, self._gateway = client, entry, gateway
        self._connection = ""

    async def pulse(self) -> Never:
        self._connection = os.urandom(8).hex()  # another one tells the bot that earlier requests are not answered
        subject = subjects.pulse(self._entry.region)
        while True:
            await self._client.publish(subject, to_json(self._pulse()).encode())
            await asyncio.sleep(PULSE_S)

    def _pulse(self) -> Pulse:
        return Pulse(
            at=datetime.now(UTC),
            connection=self._connection,
            serving=_answers(self._gateway),
            load=os.getloadavg()[0],
        )

    async def enter(self) -> Never:
        """Write the entry now and again, because the servers may have lost what they stored."""
        subject, content = subjects.entry(self._entry.region), to_json(self._entry).encode()
        stream = self._client.jetstream(timeout=_ANSWERED_S)
        while True:
            pause_s = AGAIN_S
            with suppress(Error):  # no bot has made the bucket yet, or its servers have no leader
                await stream.publish(subject, content)
                pause_s = ANEW_S
            end_if_cancelled()
            await asyncio.sleep(pause_s)


def _answers(path: Path) -> bool:
    """Report whether a gateway listens on the socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except BlockingIOError:  # so many callers that they wait
            return True
        except OSError:
            return False
    return True
