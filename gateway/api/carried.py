"""What a courier brings: requests and entries of the log, each taken only as a bot has signed it.

The answer to a request is sealed for that bot. The courier itself learns what became of an entry, because it then takes
the next one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from gateway.api.contract import Caller, Request, Subscription
from gateway.api.decisions import Decide, Outcome
from gateway.api.dispatch import Handle, Lines, dispatch, error_body, request_of
from gateway.api.forgetting import Erasures, GetErasures
from gateway.api.signed import LOGGED, NO_ID, SIGNED, SIGNED_WATCH, Signatures, Signed
from gateway.codec import to_json
from gateway.errors import BadRequest, GatewayError, NotSigned, log_id

log = logging.getLogger(__name__)
_A_MINUTE = {"a_minute": 20}  # lines of the log; a taken-over courier can cause as many as it likes
_PASSING = frozenset({429, 503})  # the status of errors that are no fault of the request
_LONG = 64 * 1024  # bytes; sealing more takes a thread, because it holds up the loop for a millisecond


class Courier:
    """What the gateway does with a courier's requests. It trusts the courier in nothing."""

    operations = frozenset({SIGNED, SIGNED_WATCH, LOGGED})

    def __init__(self, signatures: Signatures, now: Callable[[], datetime]) -> None:
        self._signatures = signatures
        self._now = now

    async def dispatch(
        self, handle: Handle, caller: Caller, operation: str, envelope: bytes
    ) -> tuple[int, bytes | Lines]:
        """Carry out the request in the envelope as one of the bot's. Return what `dispatch` does. Raise nothing."""
        bot = replace(caller, is_trusted=False, only="")
        if operation == LOGGED:
            return 200, to_json(await self._take(handle, bot, envelope)).encode()
        try:
            signed = self._signatures.admit(envelope, self._now())
        except NotSigned as error:
            log.warning("a signed request was refused: %s", error.details["reason"], extra=_A_MINUTE)
            return error.status, error_body(error)

        async def checked(bot: Caller, request: Request[Any]) -> object:
            _check(signed, request, is_watch=operation == SIGNED_WATCH)
            return await handle(bot, request)

        _, answer = await dispatch(checked, bot, signed.operation, signed.body)
        if isinstance(answer, bytes):
            return 200, await _sealed(signed, answer)
        return 200, _lines(signed, answer)

    async def _take(self, handle: Handle, bot: Caller, entry: bytes) -> Outcome:
        """Let a decision of the log hold. Raise nothing: no entry may keep the next one waiting for ever."""
        try:
            request = request_of(Decide.operation, self._signatures.decision(entry))
            assert isinstance(request, Decide)
            await _decide(handle, bot, request)
        except GatewayError as error:
            does_pass = error.status in _PASSING
            what = "has to wait" if does_pass else "was refused"
            log.warning("an entry of the log %s: %.300s", what, error.details.get("reason", error), extra=_A_MINUTE)
            return Outcome.LATER if does_pass else Outcome.REFUSED
        except Exception:
            log.exception("[%s] an entry of the log broke", log_id())
            return Outcome.REFUSED
        return Outcome.TAKEN


async def _decide(handle: Handle, bot: Caller, request: Decide) -> None:
    """Decide, unless the member was forgotten here and the bot does not know yet."""
    owed = await handle(bot, GetErasures(actor=request.actor))
    if not any(erasure.is_of(request.owner) for erasure in cast(Erasures, owed).erasures):
        await handle(bot, request)


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
