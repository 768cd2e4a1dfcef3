"""From an operation's name and a body to an answer's status and body, for any transport."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from functools import cache
from typing import Any, get_type_hints

from gateway.api.contract import Caller, Request, Subscription
from gateway.api.operations import OPERATIONS
from gateway.codec import DecodeError, OtherShape, decode, to_json
from gateway.errors import BadRequest, GatewayError, OtherVersion, log_id
from gateway.logs import SELDOM

log = logging.getLogger(__name__)

Handle = Callable[[Caller, Request[Any]], Awaitable[object]]
Lines = AsyncGenerator[bytes, None]


def handlers(services: Iterable[object], kinds: Iterable[type[Request[Any]]]) -> Mapping[type[Request[Any]], Handle]:
    """Return the methods of the services by the type of their parameter `request`.

    Raise TypeError for a kind without a method or with two, and for a method that returns another type than the kind's
    answer.
    """
    parts: list[tuple[object, Any]] = [(service, _methods(_class(service))) for service in services]
    table = {}
    for kind in kinds:
        having = [(service, *methods[kind]) for service, methods in parts if kind in methods]
        if len(having) != 1:
            raise TypeError(f"{len(having) or 'no'} methods have a `request: {kind.__name__}`")
        ((service, name, answers),) = having
        answer: Any = kind.answer_type()
        if answers != (AsyncGenerator[answer, None] if issubclass(kind, Subscription) else answer):
            raise TypeError(f"{type(service).__name__}.{name} does not return what {kind.__name__} is answered by")
        table[kind] = getattr(service, name)
    return table


def _class(service: object) -> Any:
    """Return the class, as something of which mypy knows a hash."""
    return type(service)


@cache
def _methods(service: type) -> Mapping[type[Request[Any]], tuple[str, Any]]:
    """Return the names of methods with the types of their answers, by the type of their parameter `request`."""
    hints = {name: get_type_hints(method) for name, method in inspect.getmembers(service, inspect.iscoroutinefunction)}
    return {hint["request"]: (name, hint["return"]) for name, hint in hints.items() if "request" in hint}


async def dispatch(handle: Handle, caller: Caller, operation: str, body: bytes) -> tuple[int, bytes | Lines]:
    """Return an HTTP status and the answer as JSON, or a subscription's answers as they come. Raise nothing."""
    try:
        answer = await handle(caller, _read(operation, body))
        return 200, _lines(operation, answer) if isinstance(answer, AsyncGenerator) else _json(answer)
    except Exception as error:
        return _failed(operation, error)


async def _lines(operation: str, answers: AsyncGenerator[object, None]) -> Lines:
    """Yield each answer as JSON. An error is the last line."""
    async with aclosing(answers):
        try:
            async for answer in answers:
                yield await asyncio.to_thread(_json, answer)  # because a snapshot may be a megabyte
        except Exception as error:
            _, body = _failed(operation, error)
            yield body


def _read(operation: str, body: bytes) -> Request[Any]:
    try:
        return request_of(operation, body)
    except (BadRequest, OtherVersion) as error:
        note_malformed(error)
        raise


def note_malformed(problem: Exception) -> None:
    """Log that a caller does not speak the API. It may do so thousands of times a second."""
    log.warning("a malformed request was refused: %.300s", problem, extra=SELDOM)


def request_of(operation: str, body: bytes) -> Request[Any]:
    """Return the request that `body` is. Raise BadRequest or OtherVersion.

    A key that is not known is refused, because without it the request may mean something else.
    """
    if operation not in OPERATIONS:
        raise OtherVersion(field="operation", problem=f"there is no {operation}")
    try:
        return decode(OPERATIONS[operation], json.loads(body))
    except OtherShape as error:
        raise OtherVersion(field=error.field or "the request", problem=error.problem) from error
    except DecodeError as error:
        raise BadRequest(field=error.field or "the request", problem=error.problem) from error
    except (ValueError, RecursionError) as error:
        raise BadRequest(field="the request", problem="it is not JSON") from error


def _failed(operation: str, error: Exception) -> tuple[int, bytes]:
    if not isinstance(error, GatewayError):
        number = log_id()
        log.error("[%s] %s failed", number, operation, exc_info=error)
        error = GatewayError(log_id=number)
    return error.status, error_body(error)


def error_body(error: GatewayError) -> bytes:
    """Return the error as JSON, see contract.py."""
    return json.dumps({"error": {"code": error.code, "message": str(error), "details": error.details}}).encode()


def _json(value: object) -> bytes:
    return to_json(value).encode()
