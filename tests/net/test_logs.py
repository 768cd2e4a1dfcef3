"""The gateway's log, read or not by the program that started it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.demo.world import World
from tests.net.gateway import gateway_in
from tests.pipes import full_pipe

pytestmark = pytest.mark.root
MALFORMED = b"POST /v1/policy HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{\x1b[2m"


async def test_a_gateway_whose_stderr_is_stuck_starts_works_and_stops(world: World, tmp_path: Path) -> None:
    """Its first line already finds no room."""
    with full_pipe() as (_, writer):
        async with gateway_in(world, tmp_path) as gateway:
            gateway.stderr = writer
            await gateway.start()
            await gateway.join()
            await gateway.forward(25565)
            assert len((await gateway.status()).forwards) == 1
            await gateway.stop()


async def test_malformed_requests_are_one_line_of_the_log(world: World, tmp_path: Path) -> None:
    """Thousands are refused, each with an answer."""
    async with gateway_in(world, tmp_path) as gateway:
        await gateway.start()
        for _ in range(10):
            reader, writer = await asyncio.open_unix_connection(gateway.socket)
            writer.write(MALFORMED * 300)
            writer.write_eof()
            assert (await reader.read()).count(b"HTTP/1.1 400 ") == 300
            writer.close()
        await gateway.stop()
        assert gateway.process
        assert gateway.process.stderr
        said = (await gateway.process.stderr.read()).decode().splitlines()
    assert [line.partition(" WARNING ")[2] for line in said if "malformed" in line] == [
        "gateway: a malformed request was refused: I don't understand the request: it is not JSON."
    ]
