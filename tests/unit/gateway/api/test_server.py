"""Who may stay on the gateway's socket, and for how long."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from gateway.api import server
from gateway.api.contract import Request
from gateway.errors import BadRequest, WrongUser

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Dial = Callable[[], Awaitable[Connection]]
HEAD = b"POST /v1/policy HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"


@asynccontextmanager
async def serving(folder: Path, *allowed: int) -> AsyncIterator[Dial]:
    """Yields what connects; what it connected is closed at the end."""
    path, made = folder / "socket", list[Connection]()

    async def handle(request: Request[Any]) -> object:
        raise AssertionError

    async def dial() -> Connection:
        made.append(await asyncio.open_unix_connection(path))
        return made[-1]

    with server.listen(path, ()) as listener:
        async with asyncio.timeout(20), server.serve(server.Listener(listener.socket, frozenset(allowed)), handle):
            yield dial
            for _, writer in made:
                writer.close()


async def answer(connection: Connection, request: bytes = HEAD + b"{}") -> bytes:
    """Empty when the connection was closed instead."""
    reader, writer = connection
    try:
        writer.write(request)
        return await reader.readuntil(b"}}")
    except (ConnectionError, asyncio.IncompleteReadError):
        return b""


@pytest.mark.parametrize("turns", range(5))
async def test_who_connects_in_the_very_moment_of_the_end_is_not_left_hanging(tmp_path: Path, turns: int) -> None:
    """However far the loop is with letting them in."""
    with ExitStack() as stack:
        callers = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(3)]
        async with serving(tmp_path, os.geteuid()):
            for caller in callers:
                caller.connect(str(tmp_path / "socket"))
            for _ in range(turns):
                await asyncio.sleep(0)
        for caller in callers:
            caller.settimeout(10)
            with suppress(ConnectionResetError):  # as whoever was not let in yet
                assert caller.recv(1) == b""


async def test_of_strangers_a_few_are_heard_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_STRANGER_S", 3600)
    async with serving(tmp_path) as dial:
        silent = [await dial() for _ in range(server._STRANGERS - 1)]
        assert WrongUser.code.encode() in await answer(await dial())
        for _ in range(20):
            assert await answer(await dial()) == b""
        assert not any(reader.at_eof() for reader, _ in silent)


async def test_a_stranger_who_says_nothing_makes_room_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_STRANGER_S", 0.2)
    async with serving(tmp_path) as dial:
        silent = [await dial() for _ in range(server._STRANGERS)]
        await asyncio.gather(*(answer(connection, b"") for connection in silent))
        monkeypatch.setattr(server, "_STRANGER_S", 3600)
        assert WrongUser.code.encode() in await answer(await dial())


async def test_half_a_request_is_not_waited_for_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_WHOLE_S", 0.1)
    async with serving(tmp_path, os.geteuid()) as dial:
        assert BadRequest.code.encode() in await answer(await dial(), HEAD + b"{")
