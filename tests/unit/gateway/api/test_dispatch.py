"""The method that answers each request, and what becomes of its answer or error."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import AsyncGenerator
from typing import Annotated, Any, cast, get_args, get_origin, get_type_hints

import pytest

from gateway.api import contract
from gateway.api.contract import (
    AuditPage,
    Caller,
    GetAudit,
    GetPolicy,
    LanState,
    PolicyInfo,
    Request,
    SetLan,
)
from gateway.api.dispatch import dispatch, handlers
from gateway.api.holders import FindHolders
from gateway.api.operations import OPERATIONS
from gateway.codec import encode
from gateway.errors import AdminsOnly
from gateway.state.changes import Changes
from gateway.state.looks import Looks
from gateway.state.operations import Operations
from tests.unit.builders import ADMIN, ALICE, ROOT, key
from tests.unit.gateway.api.counting import Count, Counter


class Service:
    async def policy(self, caller: Caller, request: GetPolicy) -> PolicyInfo:
        return PolicyInfo(devices_per_member=7)

    async def lan(self, caller: Caller, request: SetLan) -> LanState:
        if not request.actor.is_admin:
            raise AdminsOnly
        raise RuntimeError("a secret")

    async def count(self, caller: Caller, request: Count) -> AsyncGenerator[AuditPage, None]:
        raise AssertionError

    async def handle(self, caller: Caller, request: Request[Any]) -> object:
        return await handlers((self,), (GetPolicy, SetLan, Count))[type(request)](caller, request)


def body(request: Request[Any]) -> bytes:
    return json.dumps(encode(request)).encode()


def test_the_gateway_answers_every_operation() -> None:
    services = [object.__new__(part) for part in (Operations, Changes, Looks)]
    assert handlers(services, OPERATIONS.values()).keys() == set(OPERATIONS.values())


def test_an_operation_without_a_method_is_named() -> None:
    with pytest.raises(TypeError, match="no methods have a `request: Join`"):
        handlers((Service(),), (GetPolicy, contract.Join))


def test_an_operation_with_two_methods_is_named() -> None:
    class Again:
        async def show_too(self, request: GetPolicy) -> PolicyInfo:
            raise AssertionError

    with pytest.raises(TypeError, match="2 methods have a `request: GetPolicy`"):
        handlers((Service(), Again()), (GetPolicy,))


def test_a_method_that_answers_with_something_else_is_named() -> None:
    class Wrong:
        async def show(self, request: GetPolicy) -> LanState:
            raise AssertionError

        async def count(self, request: Count) -> LanState:
            raise AssertionError

    with pytest.raises(TypeError, match=r"Wrong.show does not return what GetPolicy is answered by"):
        handlers((Wrong(),), (GetPolicy,))
    with pytest.raises(TypeError, match=r"Wrong.count .* Count"):
        handlers((Wrong(),), (Count,))


async def test_an_answer_is_its_json() -> None:
    status, answer = await dispatch(Service().handle, ROOT, "policy", body(GetPolicy(actor=ALICE)))
    assert status == 200
    assert json.loads(cast(bytes, answer)) == encode(PolicyInfo(devices_per_member=7))


@pytest.mark.parametrize(
    ("operation", "sent", "status", "code", "says"),
    [
        ("lan", body(SetLan(actor=ALICE, on=True)), 403, "admins_only", "Only an admin"),
        ("lan", b'{"actor": {"id": "1", "name": "a"}}', 400, "other_version", "on: is missing"),
        ("lan", b"[]", 400, "bad_request", "the request: must be a table"),
        ("lan", b"{", 400, "bad_request", "it is not JSON"),
        ("lan", b"\xff", 400, "bad_request", "it is not JSON"),
        ("lan", b"[" * 60_000, 400, "bad_request", "it is not JSON"),
        ("dance", b"{}", 400, "other_version", "there is no dance"),
    ],
)
async def test_a_refusal_has_a_code_and_a_sentence(
    operation: str, sent: bytes, status: int, code: str, says: str
) -> None:
    found, answer = await dispatch(Service().handle, ROOT, operation, sent)
    error = json.loads(cast(bytes, answer))["error"]
    assert (found, error["code"]) == (status, code)
    assert says in error["message"]


@pytest.mark.parametrize("text", ["a\nERROR forged", "\0", "\u2028", "x" * 65, "\ud800"])
async def test_a_text_that_would_break_or_fill_a_line_of_the_log_is_refused(text: str) -> None:
    actor = {"id": "1", "name": text}
    for asked in ({"actor": actor}, {"actor": {"id": "1", "name": "a"}, "request_id": text}):
        status, answer = await dispatch(Service().handle, ROOT, GetPolicy.operation, json.dumps(asked).encode())
        assert (status, json.loads(cast(bytes, answer))["error"]["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    ("operation", "field", "value"),
    [
        (contract.Suspend, "reason", "x" * 301),
        (contract.Suspend, "owner", "x" * 33),
        (contract.AddForward, "ports", ["1"] * 101),
        (contract.AddForward, "label", "\ud800"),
        (contract.AddForward, "to_port", 1 << 63),
        (contract.AddForward, "to_port", 1 << 9999),
        (contract.ExtendForward, "ids", [1, -1 << 64]),
        (contract.ExtendForward, "duration", "9" * 99 + "d"),
        (contract.Join, "public_key", "\udfff"),
        (FindHolders, "at", "0001-01-01T00:00:00+00:00"),
        (FindHolders, "at", "9999-12-31T23:59:59-23:59"),
    ],
)
async def test_what_is_too_long_or_no_database_holds_is_refused_by_the_name_of_its_field(
    operation: type[Request[Any]], field: str, value: object
) -> None:
    rest = {
        "owner": "1",
        "suspended": True,
        "ports": ["1"],
        "ids": [1],
        "device": "pc",
        "public_key": str(key()),
        "port": 1,
    }
    known = {each.name for each in dataclasses.fields(operation)}
    asked = {name: given for name, given in rest.items() if name in known} | {field: value}
    sent = json.dumps({"actor": {"id": "1", "name": "a"}, **asked}).encode()
    status, answer = await dispatch(Service().handle, ROOT, operation.operation, sent)
    assert status == 400
    assert json.loads(cast(bytes, answer))["error"]["details"]["field"].partition("[")[0] in (field, "the request")


@pytest.mark.parametrize("operation", OPERATIONS.values())
def test_every_text_of_a_request_has_a_length(operation: type[Request[Any]]) -> None:
    for kind in (operation, contract.Actor):
        hints = get_type_hints(kind, include_extras=True)
        for field in dataclasses.fields(kind):
            hint = hints[field.name]
            kinds = (hint,) if get_origin(hint) is Annotated else (hint, *get_args(hint))
            assert str not in kinds, f"{kind.__name__}.{field.name}"


async def test_a_number_that_no_database_holds_is_refused() -> None:
    asked = {"actor": {"id": "1", "name": "a", "is_admin": True}, "before": 1 << 63}
    status, _ = await dispatch(Service().handle, ROOT, GetAudit.operation, json.dumps(asked).encode())
    assert status == 400


async def test_what_breaks_is_told_by_its_number_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    status, answer = await dispatch(Service().handle, ROOT, "lan", body(SetLan(actor=ADMIN, on=True)))
    error = json.loads(cast(bytes, answer))["error"]
    assert (status, error["code"]) == (500, "internal")
    assert b"secret" not in cast(bytes, answer)
    (record,) = caplog.records
    assert error["details"]["log_id"] in record.getMessage()
    assert record.exc_info


async def test_a_subscription_is_answered_until_it_breaks(counter: Counter, caplog: pytest.LogCaptureFixture) -> None:
    for error in (None, None, RuntimeError("a secret"), None):
        counter.add(error)
    status, lines = await dispatch(counter.handle, ROOT, "count", body(Count(actor=ADMIN)))
    assert status == 200
    assert isinstance(lines, AsyncGenerator)
    *counted, last = [json.loads(line) async for line in lines]
    assert counted == [{"entries": []}] * 2
    assert last["error"]["details"]["log_id"] in caplog.text


async def test_a_subscription_that_is_left_ends_its_work(counter: Counter) -> None:
    counter.add()
    _, lines = await dispatch(counter.handle, ROOT, "count", body(Count(actor=ADMIN)))
    assert isinstance(lines, AsyncGenerator)
    await anext(lines)
    assert not counter.closed.is_set()
    await lines.aclose()
    assert counter.closed.is_set()


async def test_a_subscription_may_be_refused_like_a_request(counter: Counter) -> None:
    status, answer = await dispatch(counter.handle, ROOT, "count", body(Count(actor=ALICE)))
    assert status == 403
    assert b"admins_only" in cast(bytes, answer)
