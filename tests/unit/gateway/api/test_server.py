"""The connections that the gateway's socket accepts, how many they may be, and their end."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import pwd
import resource
import shutil
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from gateway.api import connection as connection_module
from gateway.api import server
from gateway.api.client import GatewayClient
from gateway.api.contract import Caller, GetPolicy, PolicyInfo, Request
from gateway.api.dispatch import Handle
from gateway.api.transport import SocketTransport
from gateway.errors import GatewayBusy, HostProblem, WrongUser
from tests.unit.builders import ADMIN

BODY = b'{"actor": {"id": "1", "name": "alice"}}'
REQUEST = b"POST /v1/policy HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
LAST = REQUEST.replace(b"Host: x", b"Host: x\r\nConnection: close")
BOT, ANOTHER = 1, 2  # user ids


async def policy(caller: Caller, request: Request[Any]) -> object:
    return PolicyInfo()


@pytest.fixture
def path() -> Iterator[Path]:
    """Return a socket's path that every user reaches, because a test's own folder is its user's only."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder, "socket")


@asynccontextmanager
async def serving(path: Path, *allowed: int, handle: Handle = policy) -> AsyncIterator[None]:
    with server.listen(path, ()) as listener:
        path.chmod(0o666)
        listener.allowed = frozenset(allowed)
        async with asyncio.timeout(20), server.serve(listener, handle):
            yield


@contextmanager
def dialling(path: Path, many: int, user: int | None = None) -> Iterator[list[socket.socket]]:
    """Open connections as `user`, which only root can do."""
    with ExitStack() as stack:
        made = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(many)]
        before = os.geteuid()
        os.seteuid(before if user is None else user)
        try:
            for each in made:
                each.connect(str(path))
                each.setblocking(False)
        finally:
            os.seteuid(before)
        yield made


async def heard(caller: socket.socket) -> bytes:
    """Return everything that arrives until the end."""
    said = b""
    with suppress(ConnectionResetError):
        while piece := await asyncio.get_running_loop().sock_recv(caller, 65536):
            said += piece
    return said


@pytest.mark.parametrize(("users", "mode"), [((), 0o600), (("daemon",), 0o666)])
def test_the_socket_is_for_root_and_ourselves_until_other_users_are_allowed(
    path: Path, monkeypatch: pytest.MonkeyPatch, users: tuple[str, ...], mode: int
) -> None:
    """Also in the moment before its mode is set."""
    made: list[int] = []
    chmod = Path.chmod

    def chmod_noted(socket: Path, mode: int) -> None:
        made.append(stat.S_IMODE(socket.stat().st_mode))
        chmod(socket, mode)

    monkeypatch.setattr(Path, "chmod", chmod_noted)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with server.listen(path, users) as listener:
        assert listener.allowed == {0, 4711, *(pwd.getpwnam(user).pw_uid for user in users)}
        assert made == [0o600]
        assert stat.S_IMODE(path.stat().st_mode) == mode
    assert not path.exists()


async def test_a_gateway_that_runs_keeps_its_socket(path: Path) -> None:
    async with serving(path, os.geteuid()):
        with (
            pytest.raises(HostProblem, match=f"another gateway answers on .*: process {os.getpid()} "),
            server.listen(path, ()),
        ):
            pass
        assert await GatewayClient(SocketTransport(path)).call(GetPolicy(actor=ADMIN)) == PolicyInfo()


def test_a_folder_in_the_place_of_the_socket_is_told_with_what_to_do(path: Path) -> None:
    path.mkdir()
    with pytest.raises(HostProblem, match="is a folder; remove it, or name a file in it"), server.listen(path, ()):
        pass
    assert path.is_dir()


def delete(path: Path) -> None:
    path.unlink()


def replace_by_a_file(path: Path) -> None:
    path.unlink()
    path.write_text("")


def delete_the_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


@pytest.mark.parametrize("damage", [delete, replace_by_a_file, delete_the_folder])
async def test_a_socket_that_is_deleted_comes_back_and_open_connections_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]
) -> None:
    monkeypatch.setattr(server, "_LOOK_S", 0.01)
    path = tmp_path / "run" / "socket"
    async with serving(path, os.geteuid()):
        with dialling(path, 2) as (before, waiting):
            damage(path)
            async with asyncio.timeout(10):
                while not path.is_socket() or path.stat().st_mode & 0o777 != 0o600:
                    await asyncio.sleep(0.001)
                for caller in (before, waiting):
                    await asyncio.get_running_loop().sock_sendall(caller, LAST)
                    assert b"200" in (await heard(caller)).splitlines()[0]
        assert await GatewayClient(SocketTransport(path)).call(GetPolicy(actor=ADMIN)) == PolicyInfo()
    assert not path.exists()


async def test_a_socket_that_another_program_listens_on_is_left_to_it_and_told_once(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server, "_LOOK_S", 0.001)
    async with serving(path, os.geteuid()):
        with socket.socket(socket.AF_UNIX) as other:
            path.unlink()
            other.bind(str(path))
            other.listen(1)
            other.setblocking(False)
            for _ in range(3):
                looked, _ = await asyncio.get_running_loop().sock_accept(other)
                looked.close()
        async with asyncio.timeout(10):
            while "is back" not in caplog.text:
                await asyncio.sleep(0.001)
        assert await GatewayClient(SocketTransport(path)).call(GetPolicy(actor=ADMIN)) == PolicyInfo()
    assert caplog.text.count("another gateway answers") == 1


@pytest.mark.parametrize("turns", range(5))
async def test_a_connection_made_in_the_very_moment_of_the_end_is_not_left_hanging(path: Path, turns: int) -> None:
    """The loop may be at any point of accepting it."""
    with ExitStack() as stack:
        async with serving(path, os.geteuid()):
            callers = stack.enter_context(dialling(path, 3))
            for _ in range(turns):
                await asyncio.sleep(0)
        for caller in callers:
            async with asyncio.timeout(10):
                assert await heard(caller) == b""


async def test_strangers_are_told_at_once_and_leave_nothing_behind(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A stranger is told before it has sent a byte, and the log has one line about it."""
    server._stranger.cache_clear()
    async with serving(path, 4711):
        files = len(os.listdir("/proc/self/fd"))
        for _ in range(5):
            with dialling(path, 100) as callers:
                for caller in callers:
                    head, _, body = (await heard(caller)).partition(b"\r\n\r\n")
                    assert head.startswith(b"HTTP/1.1 403 ")
                    assert json.loads(body)["error"]["code"] == WrongUser.code
                assert len(os.listdir("/proc/self/fd")) <= files + 100 + server._TURNED_AWAY
        while len(os.listdir("/proc/self/fd")) > files:
            await asyncio.sleep(0.01)
        with pytest.raises(WrongUser, match=f"The system user {server._user_name(os.geteuid())} may not talk"):
            await GatewayClient(SocketTransport(path)).call(GetPolicy(actor=ADMIN))
    assert [record.getMessage() for record in caplog.records] == [f"refused a connection of uid {os.geteuid()}"]


async def test_a_stranger_may_look_for_the_answer_after_it_has_asked(path: Path) -> None:
    """curl does so: it takes a connection without a far end for none."""
    async with serving(path, 4711):
        with dialling(path, 1) as (caller,):
            async with asyncio.timeout(5):
                await asyncio.get_running_loop().sock_recv(caller, 1)
            caller.send(REQUEST)
            assert WrongUser.code.encode() in await heard(caller)


async def test_a_stranger_hears_the_answer_though_its_request_is_not_taken(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request is longer than a socket holds, and the gateway hangs up while it is sent."""
    monkeypatch.setattr(server, "_TURNED_AWAY_S", 0.05)
    async with serving(path, 4711):
        assert WrongUser.code.encode() in await SocketTransport(path).call("policy", b" " * 10_000_000)


async def answer_of(path: Path, user: int) -> int:
    """Return the status that a request of `user` gets."""
    with dialling(path, 1, user) as (caller,):
        with suppress(BrokenPipeError):
            caller.send(LAST)
        return int((await heard(caller)).split()[1])


@pytest.mark.root
async def test_a_user_with_hundreds_of_connections_locks_out_that_user_only(path: Path) -> None:
    """The idle connections last as long as a request's head is waited for. Then the user has room again."""
    async with serving(path, 0, BOT):
        with dialling(path, 128, BOT):
            assert await answer_of(path, BOT) == 503
            with dialling(path, 100, BOT) as more:
                for caller in more:
                    assert GatewayBusy.code.encode() in await heard(caller)
            assert await GatewayClient(SocketTransport(path)).call(GetPolicy(actor=ADMIN)) == PolicyInfo()
        while await answer_of(path, BOT) != 200:
            await asyncio.sleep(0)


@pytest.mark.root
async def test_root_finds_room_when_other_users_hold_all_there_is(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of open files is low for so many users."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    monkeypatch.setattr(server, "_KEPT", files - 150)
    monkeypatch.setattr(server, "_EACH", 50)
    async with serving(path, 0, BOT, ANOTHER, 3):
        with dialling(path, 49, BOT), dialling(path, 49, ANOTHER):
            assert await answer_of(path, 3) == 200
            with dialling(path, 2, 3):
                assert await answer_of(path, 3) == 503
                assert await answer_of(path, 0) == 200


async def test_a_burst_is_accepted_a_few_at_a_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tasks have turns in between."""
    doors: list[server._Door] = []
    opened = server._Door.open

    def open_noted(door: server._Door) -> None:
        doors.append(door)
        opened(door)

    monkeypatch.setattr(server._Door, "open", open_noted)
    async with serving(path, os.geteuid()):
        (door,) = doors
        with dialling(path, 100):
            turns = 0
            while len(door._inside) < 100:
                before = len(door._inside)
                await asyncio.sleep(0)
                turns += 1
                assert len(door._inside) - before <= server._AT_ONCE
            assert turns >= 100 / server._AT_ONCE


@pytest.mark.root
async def test_others_are_not_read_while_root_has_a_request(path: Path) -> None:
    """Root's counts from its connection on, even before its first byte, but not for ever."""
    asked = list[int]()

    async def handle(caller: Caller, request: Request[Any]) -> object:
        asked.append(caller.uid)
        return PolicyInfo()

    async with serving(path, 0, BOT, handle=handle):
        with dialling(path, 3, BOT) as others, dialling(path, 1) as (root,):
            for _ in range(20):
                await asyncio.sleep(0)
            for other in others:
                other.send(LAST)
            for _ in range(20):
                await asyncio.sleep(0)
            assert asked == []
            root.send(LAST)
            assert (await heard(root)).startswith(b"HTTP/1.1 200 ")
            for other in others:
                assert (await heard(other)).startswith(b"HTTP/1.1 200 ")
            assert asked == [0, BOT, BOT, BOT]
        with dialling(path, 1), dialling(path, 1, BOT) as (other,):
            other.send(LAST)
            assert (await heard(other)).startswith(b"HTTP/1.1 200 ")


async def test_without_a_file_to_open_it_is_tried_again(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server, "_AGAIN_S", 0.05)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with serving(path, os.geteuid()):
        with dialling(path, 1) as (caller,):
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
            try:
                while "for a moment" not in caplog.text:
                    await asyncio.sleep(0.01)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            caller.send(LAST)
            assert (await heard(caller)).startswith(b"HTTP/1.1 200 ")
    assert {record.levelno for record in caplog.records} == {logging.ERROR}


async def test_the_end_answers_what_is_carried_out_and_waits_for_nothing_else(path: Path) -> None:
    """It waits neither for an idle connection nor for the rest of a request."""
    carried_out, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(caller: Caller, request: Request[Any]) -> object:
        carried_out.set()
        await go_on.wait()
        return PolicyInfo()

    with ExitStack() as stack:
        began = asyncio.get_running_loop().time()
        async with serving(path, os.geteuid(), handle=slowly):
            busy, idle, half = stack.enter_context(dialling(path, 3))
            half.send(REQUEST[:-5])
            busy.send(REQUEST)
            await carried_out.wait()
            asyncio.get_running_loop().call_later(0.1, go_on.set)
        assert go_on.is_set(), "the end waits for what is carried out"
        assert asyncio.get_running_loop().time() - began < connection_module._HEAD_S
        assert b'"forward_ports"' in await heard(busy)
        assert await heard(idle) == await heard(half) == b""


async def test_the_end_does_not_wait_for_a_caller_that_takes_no_answer(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "_LINGERING_S", 0.1)
    is_asked = asyncio.Event()

    async def long(caller: Caller, request: Request[Any]) -> object:
        is_asked.set()
        return ["x" * 10_000_000]

    with ExitStack() as stack:
        async with serving(path, os.geteuid(), handle=long):
            (caller,) = stack.enter_context(dialling(path, 1))
            caller.send(REQUEST)
            await is_asked.wait()
            ended = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - ended < connection_module._TAKEN_S / 2
        assert len(await heard(caller)) < 10_000_000
