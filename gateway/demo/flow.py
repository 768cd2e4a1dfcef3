"""A player's flow in the middle of a match: questions go out all the time, and the answers are counted."""

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
    """A connection or socket in use, with one question at a time.

    When something ends the flow, `answers` grows by at most one: a slow machine may count an earlier answer later.
    """

    answers: int = 0
    unanswered: int = 0  # questions since the last answer
    answered_at: float = 0.0  # when the last answer came, in seconds of the loop's time

    async def goes_on(self) -> None:
        """Wait until a question from now on is answered. Raise TimeoutError."""
        enough = self.answers + 2  # two, because the first question may be from before

        async def is_answered() -> bool:
            return self.answers >= enough

        await until(is_answered)

    async def ended(self) -> float:
        """Wait until no answer comes any more, and return `answered_at`. Raise TimeoutError."""

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
    """Keep a connection or socket in use for the length of the block. Raise OSError when the first question fails."""
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
    """Open a way to ask. It skips late answers to earlier questions, which it knows by their numbers."""
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
