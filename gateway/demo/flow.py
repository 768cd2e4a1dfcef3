"""A player in the middle of a match: something is sent all the time, and what is answered is known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from itertools import count

from gateway.demo.namespace import Datagrams, Namespace
from gateway.demo.tunnel import until
from gateway.model import Protocol

_FIRST_S, _ANSWER_S, _PAUSE_S = 3, 0.5, 0.05
_SILENCE = 3
Ask = Callable[[str], Awaitable[object]]


@dataclass(slots=True)
class Flow:
    """`answers` so far; `unanswered` questions since the last of them, at `answered_at` by the loop's time.

    One question is asked after the other. So when something ends a flow, `answers` grows by one at most: by that to
    what was asked before, as a machine that stands still for a second may tell later.
    """

    answers: int = 0
    unanswered: int = 0
    answered_at: float = 0.0

    async def goes_on(self) -> None:
        """Wait until something asked from now on is answered; raise TimeoutError."""
        enough = self.answers + 2  # the first may have been asked before

        async def is_answered() -> bool:
            return self.answers >= enough

        await until(is_answered)

    async def ended(self) -> float:
        """Wait until nothing comes any more; return the loop's time of the last answer. Raise TimeoutError."""

        async def is_silent() -> bool:
            return self.unanswered >= _SILENCE

        await until(is_silent)
        return self.answered_at

    async def _keep_asking(self, ask: Ask) -> None:
        for number in count():
            await self._ask_once(ask, number)
            await asyncio.sleep(_PAUSE_S)

    async def _ask_once(self, ask: Ask, number: int) -> None:
        try:
            async with asyncio.timeout(_ANSWER_S):
                await ask(f"question {number}")
        except OSError:  # a lost datagram, a broken connection
            self.unanswered += 1
        else:
            self.answers += 1
            self.unanswered = 0
            self.answered_at = asyncio.get_running_loop().time()


@asynccontextmanager
async def flowing(
    player: Namespace, host: IPv4Address | IPv6Address, port: int, protocol: Protocol
) -> AsyncIterator[Flow]:
    """One connection, or one socket, in use for the length of the block; raise OSError when the first try fails."""
    async with _asking(player, host, port, protocol) as ask:
        async with asyncio.timeout(_FIRST_S):
            await ask("first question")
        flow = Flow(answered_at=asyncio.get_running_loop().time())
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(flow._keep_asking(ask))
            yield flow
            asking.cancel()


@asynccontextmanager
async def _asking(
    player: Namespace, host: IPv4Address | IPv6Address, port: int, protocol: Protocol
) -> AsyncIterator[Ask]:
    """Late answers to earlier questions are passed over: by their number nobody takes one for another."""
    if protocol is Protocol.UDP:
        with Datagrams(player, host, port) as datagrams:

            async def ask_datagram(text: str) -> None:
                answer = await datagrams.ask(text)
                while answer != text:
                    answer = await datagrams.answer()

            yield ask_datagram
        return
    reader, writer = await player.connect(host, port)

    async def ask_line(text: str) -> None:
        line = f"{text}\n".encode()
        writer.write(line)
        while (answer := await reader.readline()) != line:
            if not answer:
                raise ConnectionResetError

    try:
        yield ask_line
    finally:
        writer.transport.abort()
