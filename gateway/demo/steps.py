"""The steps of a tour: each is told, and each sentence is checked before it is printed."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from bot.core import render
from gateway.demo import message
from gateway.demo.flow import Flow
from gateway.demo.style import bold, check, cross, dim
from gateway.errors import GatewayError
from gateway.model import Protocol

S = TypeVar("S")
T = TypeVar("T")


class StepFailed(Exception):
    """A step's sentence that is not true."""


def chapter(title: str, story: str) -> None:
    print(f"\n{bold(title)}\n{dim(story)}")


def expect(holds: bool, sentence: str) -> None:
    """Print `sentence` if it holds, or raise StepFailed."""
    if not holds:
        raise StepFailed(sentence)
    print(f"  {check()} {sentence}")


async def so(work: Awaitable[T], otherwise: str) -> T:
    """Return what `work` does, or raise StepFailed with `otherwise` when that does not come."""
    try:
        return await work
    except TimeoutError:
        raise StepFailed(otherwise) from None


async def tell(stage: S, steps: Sequence[Callable[[S], Awaitable[None]]], farewell: str) -> int:
    """Play the steps in their order. Return 0 when all happened, 1 when one failed."""
    started = time.monotonic()
    try:
        for step in steps:
            await step(stage)
    except (StepFailed, GatewayError, OSError, RuntimeError, ExceptionGroup) as failure:
        cause: Exception = failure
        while isinstance(cause, ExceptionGroup):  # of the tasks beside the step
            cause = cause.exceptions[0]
        print(f"  {cross()} {str(cause) or type(cause).__name__}", file=sys.stderr)
        return 1
    print(f"\nEvery step happened, in {time.monotonic() - started:.0f} seconds. {farewell}")
    return 0


async def cut(command: Awaitable[object], tcp: Flow, udp: Flow) -> None:
    """Check that `command` ends both flows at once, and not only when one of their ends notices."""
    began = asyncio.get_running_loop().time()
    await command
    for protocol, flow, answers in ((Protocol.TCP, tcp, tcp.answers), (Protocol.UDP, udp, udp.answers)):
        lasted = max(0.0, await so(flow.ended(), f"{protocol.upper()} goes on") - began)
        what = f"{protocol.upper()} was dead after {lasted * 1000:.0f} ms and stayed dead"
        expect(flow.answers <= answers + 1, what)


def said(refusal: GatewayError) -> str:
    """Return what the bot says of a refusal."""
    return message.text(render.refusal(message.english(), refusal), message.now())
