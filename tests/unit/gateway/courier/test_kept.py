"""The courier's connections to the gateway, which are used again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from gateway.api import server
from gateway.api.contract import Caller, PolicyInfo, Request
from gateway.courier import kept
from gateway.courier.kept import MOST_KEPT, KeptTransport
from gateway.errors import GatewayUnreachable

BODY = b'{"actor": {"id": "1", "name": "alice"}}'


async def policy(caller: Caller, request: Request[Any]) -> object:
    return PolicyInfo()


@asynccontextmanager
async def serving(path: Path) -> AsyncIterator[None]:
    with server.listen(path, ()) as listener:
        async with asyncio.timeout(20), server.serve(listener, policy):
            yield


@pytest.fixture
def transport(tmp_path: Path) -> Iterator[KeptTransport]:
    with closing(KeptTransport(tmp_path / "socket")) as made:
        yield made


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


async def test_requests_one_after_the_other_share_a_connection(transport: KeptTransport, tmp_path: Path) -> None:
    async with serving(tmp_path / "socket"):
        first = await transport.call("policy", BODY)
        before = open_files()
        assert [await transport.call("policy", BODY) for _ in range(5)] == [first] * 5
        assert open_files() == before
        assert b"no_such" in await transport.call("no_such", BODY)
        assert await transport.call("policy", BODY) == first


async def test_requests_at_once_have_one_each_and_few_are_kept(transport: KeptTransport, tmp_path: Path) -> None:
    async with serving(tmp_path / "socket"):
        before = open_files()
        answers = await asyncio.gather(*(transport.call("policy", BODY) for _ in range(3 * MOST_KEPT)))
        assert len(set(answers)) == 1
        assert len(transport._kept) == MOST_KEPT
        transport.close()
    assert open_files() <= before


async def test_a_gateway_that_was_started_anew_is_asked_on_another_connection(
    transport: KeptTransport, tmp_path: Path
) -> None:
    for _ in range(2):
        async with serving(tmp_path / "socket"):
            assert b"forward_ports" in await transport.call("policy", BODY)
    with pytest.raises(GatewayUnreachable):
        await transport.call("policy", BODY)


async def test_a_connection_that_was_kept_too_long_is_not_used(
    transport: KeptTransport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway is about to close it."""
    async with serving(tmp_path / "socket"):
        await transport.call("policy", BODY)
        monkeypatch.setattr(kept, "KEPT_S", -1.0)
        (old,) = transport._kept
        assert b"forward_ports" in await transport.call("policy", BODY)
        assert old.socket.fileno() == -1
