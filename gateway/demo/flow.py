"""A player's flow in the middle of a match: questions go out all the time, and the answers are counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from itertools import count
from typing import Protocol as Shape

from gateway.demo.namespace import Datagrams, Namespace
from gateway.demo.tunnel import until
from gateway.model import Protocol

_FIRST_S, _ANSWER_S, _PAUSE_S = 3, 0.5, 0.05
_SILENCE = 3


class _Line(Shape):
    """A connection or socket. Both methods raise OSError."""

    async def send(self, text: str) -> None: ...
    async def answer(self) -> str: ...


@dataclass(slots=True)
class Flow:
    """A connection or socket in use, with one question at a time.

    When something ends the flow, `answers` grows by at most one: a slow machine may count an earlier answer later.
    """

    answers: int = 0
    unanswered: int = 0  # questions since the last answer
    answered_at: float = 0.0  # when the last answer came, in seconds of the loop's time
    missing: set[str] = field(default_factory=set)  # questions without an answer, also those that it may still come to

    async def goes_on(self, timeout_s: float = 10) -> None:
        """Wait until a question from now on is answered. Raise TimeoutError."""
        enough = self.answers + 2  # two, because the first question may be from before

        async def is_answered() -> bool:
            return self.answers >= enough

        await until(is_answered, timeout_s=timeout_s)

    async def back(self, since: float, timeout_s: float) -> float:
        """Wait until a question is answered after `since`, and return when. Raise TimeoutError."""

        async def is_back() -> bool:
            return self.unanswered == 0 and self.answered_at > since + _ANSWER_S

        await until(is_back, timeout_s=timeout_s)
        return self.answered_at

    async def lost_nothing(self) -> int:
        """Wait until every question so far is answered, however late, and return how many. Raise TimeoutError."""
        asked = frozenset(self.missing)

        async def are_answered() -> bool:
            return not asked & self.missing

        await until(are_answered)
        return self.answers

    async def ended(self, timeout_s: float = 10) -> float:
        """Wait until no answer comes any more, and return `answered_at`. Raise TimeoutError."""

        async def is_silent() -> bool:
            return self.unanswered >= _SILENCE

        await until(is_silent, timeout_s=timeout_s)
        return self.answered_at

    async def _keep_asking(self, line: _Line) -> None:
        for number in count():
            await self._ask_once(line, f"question {number}")
            await asyncio.sleep(_PAUSE_S)

    async def _ask_once(self, line: _Line, question: str) -> None:
        self.missing.add(question)
        try:
            async with asyncio.timeout(_ANSWER_S):
                await self._ask(line, question)
        except OSError:  # a lost datagram, a broken connection
            self.unanswered += 1
        else:
            self.answers += 1
            self.unanswered = 0
            self.answered_at = asyncio.get_running_loop().time()

    async def _ask(self, line: _Line, question: str) -> None:
        """Wait for the answer, past late answers to earlier questions, which the flow knows by their numbers."""
        await line.send(question)
        while (answer := await line.answer()) != question:
            self.missing.discard(answer)
        self.missing.discard(question)


@asynccontextmanager
async def flowing(
    player: Namespace, host: IPv4Address | IPv6Address, port: int, protocol: Protocol
) -> AsyncIterator[Flow]:
    """Keep a connection or socket in use for the length of the block. Raise OSError when the first question fails."""
    async with _line(player, host, port, protocol) as line:
        flow = Flow()
        async with asyncio.timeout(_FIRST_S):
            await flow._ask(line, "first question")
        flow.answered_at = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(flow._keep_asking(line))
            yield flow
            asking.cancel()


@asynccontextmanager
async def _line(
    player: Namespace, host: IPv4Address | IPv6Address, port: int, protocol: Protocol
) -> AsyncIterator[_Line]:
    if protocol is Protocol.UDP:
        with Datagrams(player, host, port) as datagrams:
            yield datagrams
        return
    reader, writer = await player.connect(host, port)
    try:
        yield _Stream(reader, writer)
    finally:
        writer.transport.abort()


@dataclass(frozen=True, slots=True)
class _Stream:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, text: str) -> None:
        self.writer.write(f"{text}\n".encode())

    async def answer(self) -> str:
        line = await self.reader.readline()
        if not line:
            raise ConnectionResetError
        return line.decode().removesuffix("\n")
