"""A bot, two regions and what lies between them, for tests of signed requests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gateway.api.signed import SIGNED, SIGNED_WATCH, Asked, BotKey, Sealer, Signatures, _Answers
from gateway.api.transport import SocketTransport
from gateway.keys import PrivateKey
from tests.unit.builders import NOW

BOT, STRANGER = BotKey(b"b" * 32), BotKey(b"s" * 32)
EU, US = PrivateKey(b"e" * 32), PrivateKey(b"u" * 32)
BODY = b'{"actor": {"id": "1", "name": "alice"}, "request_id": "4711"}'


def signatures(region: str = "eu", key: PrivateKey = EU, *bots: BotKey) -> Signatures:
    return Signatures(region, key, tuple(bot.public for bot in bots or (BOT,)))


def sealer(region: str = "eu", key: PrivateKey = EU, bot: BotKey = BOT) -> Sealer:
    return Sealer(bot, region, key.public_key)


def signed_as(request_id: str, operation: str, body: bytes, now: datetime) -> Asked:
    """Sign a request as the bot's key can and the bot would not: with any id."""
    one = sealer()
    fields = one.wrap(operation, body, now).envelope.partition(b"\n")[0].split(b" ")
    fields[4] = request_id.encode()
    line = b" ".join(fields[:-1])
    line += b" " + BOT.signing.sign(line).signature.hex().encode()
    return Asked(line + b"\n" + body, _Answers(one._box, line))


@dataclass
class Carried:
    """A transport that signs, and hands over to the gateway's socket as a courier does.

    A test may change each envelope and each answer by `on_the_way` and `on_the_way_back`.
    """

    socket: Path
    sealer: Sealer = field(default_factory=sealer)
    now: Callable[[], datetime] = lambda: NOW
    on_the_way: Callable[[bytes], bytes] = bytes
    on_the_way_back: Callable[[bytes], bytes] = bytes
    sent: list[bytes] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)

    async def call(self, operation: str, body: bytes) -> bytes:
        asked = self.sealer.wrap(operation, body, self.now())
        self.sent.append(asked.envelope)
        answer = await SocketTransport(self.socket).call(SIGNED, self.on_the_way(asked.envelope))
        self.heard.append(answer)
        return asked.opened(self.on_the_way_back(answer))

    @asynccontextmanager
    async def watch(self, operation: str, body: bytes) -> AsyncIterator[AsyncIterator[bytes]]:
        asked = self.sealer.wrap(operation, body, self.now())
        self.sent.append(asked.envelope)
        async with SocketTransport(self.socket).watch(SIGNED_WATCH, self.on_the_way(asked.envelope)) as lines:

            async def opened() -> AsyncIterator[bytes]:
                async for line in lines:
                    self.heard.append(line)
                    yield asked.opened(self.on_the_way_back(line))

            yield opened()
