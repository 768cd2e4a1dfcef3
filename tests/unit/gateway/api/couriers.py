"""A gateway that serves this process as if it were the courier, for tests of what a courier brings."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.api import server
from gateway.api.carried import Courier
from gateway.api.client import GatewayClient
from gateway.api.signed import SIGNED
from gateway.api.transport import SocketTransport
from tests.unit.gateway.api.signing import Carried, signatures
from tests.unit.running import Running


class Fleet:
    """A gateway whose socket is the courier's, and a bot behind the courier."""

    def __init__(self, gateway: Running, socket: Path) -> None:
        self.gateway, self.socket = gateway, socket
        self.host = gateway.kernel.host
        self.courier = SocketTransport(socket)
        self.carried = Carried(socket, now=lambda: self.host.time)
        self.bot = GatewayClient(self.carried)

    async def refused(self, envelope: bytes, operation: str = SIGNED) -> str:
        """Return the reason why the gateway refuses what the courier hands over."""
        error = json.loads(await self.courier.call(operation, envelope))["error"]
        assert error["code"] == "not_signed"
        return str(error["details"]["reason"])


@asynccontextmanager
async def serving(gateway: Running, path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fleet]:
    """Serve to this process as if it were the courier's: a user without any trust."""
    with server.listen(path, (), courier=Courier(signatures(), gateway.kernel.host.now)) as listener:
        listener.allowed, listener.only = frozenset({os.geteuid()}), {os.geteuid(): SIGNED}
        monkeypatch.setattr(server, "_own", frozenset)
        async with server.serve(listener, gateway.operations.handle):
            yield Fleet(gateway, path)
