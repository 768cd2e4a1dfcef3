"""The system users that the kernel names to the gateway: how each is written down, and that none holds root up."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import select
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from gateway.api.contract import AuditPage, GetAudit, GetStatus, Join, Request, SetLan
from gateway.codec import decode, encode
from gateway.keys import PrivateKey
from tests.net.gateway import ADMIN, Gateway

USER = "daemon"
MANY = 100


@contextmanager
def connected(gateway: Gateway, many: int) -> Iterator[list[socket.socket]]:
    """Open connections as `USER`. The kernel notes the effective user at connect(2)."""
    with ExitStack() as stack:
        made = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(many)]
        os.seteuid(pwd.getpwnam(USER).pw_uid)
        try:
            for each in made:
                each.connect(str(gateway.socket))
        finally:
            os.seteuid(0)
        yield made


def send(caller: socket.socket, request: Request[Any]) -> None:
    body = json.dumps(encode(request)).encode()
    head = f"POST /v1/{request.operation} HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n"
    caller.sendall(head.encode() + body)


async def answer(caller: socket.socket) -> tuple[int, Any]:
    said = b""
    caller.setblocking(False)
    while piece := await asyncio.get_running_loop().sock_recv(caller, 65536):
        said += piece
    head, _, body = said.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def answered(callers: Sequence[socket.socket]) -> int:
    return len(select.select(callers, [], [], 0)[0])


def a_join(number: int) -> Join:
    return Join(actor=ADMIN, owner=str(number), device="pc", public_key=PrivateKey.generate().public_key)


async def start(gateway: Gateway, policy: str = "") -> None:
    """Start a gateway whose socket `USER` reaches, too."""
    for folder in (gateway.folder, *list(gateway.folder.parents)[:2]):
        folder.chmod(0o711)
    gateway.settings = f'socket_users = ["{USER}"]\n[policy]\n{policy}'
    await gateway.start()


@pytest.mark.parametrize("request_of_root", [SetLan(actor=ADMIN, on=True), GetStatus(actor=ADMIN, everyone=True)])
async def test_root_goes_before_a_queue_of_another_users_requests(
    idle_gateway: Gateway, request_of_root: Request[Any]
) -> None:
    gateway = idle_gateway
    await start(gateway)
    with connected(gateway, MANY) as callers:
        for number, caller in enumerate(callers):
            send(caller, a_join(number))
        await gateway.client.call(request_of_root)
        before = answered(callers)
        assert [(await answer(caller))[0] for caller in callers] == [200] * MANY
    assert before < MANY / 2
    await gateway.stop()


async def test_what_another_user_claims_is_written_down_beside_its_name_and_has_a_pace(idle_gateway: Gateway) -> None:
    gateway = idle_gateway
    await start(gateway, "changes_per_minute = 3")
    await gateway.client.call(SetLan(actor=ADMIN, on=True))
    with connected(gateway, 5) as callers:
        for number, caller in enumerate(callers[:4]):
            send(caller, a_join(number))
        codes = [status for status, _ in [await answer(caller) for caller in callers[:4]]]
        assert sorted(codes) == [200, 200, 200, 429]
        send(callers[4], GetAudit(actor=ADMIN))
        status, page = await answer(callers[4])
    assert status == 200
    uid = pwd.getpwnam(USER).pw_uid
    assert [entry.uid for entry in decode(AuditPage, page).entries] == [uid, uid, uid, 0]
    await gateway.client.call(SetLan(actor=ADMIN, on=False))
    await gateway.stop()
