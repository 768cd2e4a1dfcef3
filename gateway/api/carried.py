"""Requests that a courier brings: each is taken only as a bot has signed it, and each answer is sealed for that bot."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.api.contract import Caller, Request, Subscription
from gateway.api.dispatch import Handle, Lines, dispatch, error_body
from gateway.api.signed import NO_ID, SIGNED, SIGNED_WATCH, Signatures, Signed
from gateway.errors import BadRequest, NotSigned

log = logging.getLogger(__name__)
_A_MINUTE = {"a_minute": 20}  # lines of the log; a taken-over courier can cause as many as it likes
_LONG = 64 * 1024  # bytes; sealing more takes a thread, because it holds up the loop for a millisecond


class Courier:
    """What the gateway does with a courier's requests. It trusts the courier in nothing."""

    operations = frozenset({SIGNED, SIGNED_WATCH})

    def __init__(self, signatures: Signatures, now: Callable[[], datetime]) -> None:
        self._signatures = signatures
        self._now = now

    async def dispatch(
        self, handle: Handle, caller: Caller, operation: str, envelope: bytes
    ) -> tuple[int, bytes | Lines]:
        """Carry out the request in the envelope as one of the bot's. Return what `dispatch` does. Raise nothing."""
        try:
            signed = self._signatures.admit(envelope, self._now())
        except NotSigned as error:
            log.warning("a signed request was refused: %s", error.details["reason"], extra=_A_MINUTE)
            return error.status, error_body(error)

        async def checked(bot: Caller, request: Request[Any]) -> object:
            _check(signed, request, is_watch=operation == SIGNED_WATCH)
            return await handle(bot, request)

        bot = replace(caller, is_trusted=False, only="")
        _, answer = await dispatch(checked, bot, signed.operation, signed.body)
        if isinstance(answer, bytes):
            return 200, await _sealed(signed, answer)
        return 200, _lines(signed, answer)


def _check(signed: Signed, request: Request[Any], *, is_watch: bool) -> None:
    """Raise BadRequest for a request that could take effect again once its signature is forgotten."""
    if (request.request_id or NO_ID) != signed.request_id:
        raise BadRequest(field="request_id", problem="it is not the one in the signature")
    if isinstance(request, Subscription) != is_watch:
        raise BadRequest(field="operation", problem="a subscription is asked for as one, and nothing else is")
    if request.request_id is None and not is_watch:
        raise BadRequest(field="request_id", problem="a signed request needs one")


async def _lines(signed: Signed, lines: Lines) -> Lines:
    async with aclosing(lines):
        async for line in lines:
            yield await _sealed(signed, line)


async def _sealed(signed: Signed, answer: bytes) -> bytes:
    return await asyncio.to_thread(signed.sealed, answer) if len(answer) > _LONG else signed.sealed(answer)
