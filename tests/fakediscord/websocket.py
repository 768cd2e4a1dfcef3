"""Discord's gateway websocket: sessions that survive their connections, and replay on RESUME."""

import asyncio
import importlib
import json
import secrets
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from . import payloads
from .journal import Changes, Journal
from .specification import specification
from .state import NO_INTENT, PRIVILEGED, Intent, Interaction, Json, World

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE_STATE, RESUME = 0, 1, 2, 3, 4, 6
RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 7, 8, 9, 10, 11
MAX_FRAME_BYTES = 4096
MAX_FRAMES, FRAMES_S = 120, 60.0
MAX_PRESENCES, PRESENCES_S = 5, 20.0  # more are dropped without a word
CUSTOM = 4  # the type of an activity that is only a text
MAX_STATE = 128  # characters of an activity's text
STARTS_A_DAY = 1000
COMPRESSED_FROM = 1024  # bytes of a frame; Discord does not tell its own threshold
LEAVE_S = 5.0  # how long a bot that was asked to reconnect may stay
_ALL_INTENTS = (1 << 17) - 1 | 1 << 20 | 1 << 21 | 1 << 24 | 1 << 25


@dataclass(eq=False, slots=True)
class Session:
    """A session, which an IDENTIFY opened. `events`: all its DISPATCH frames; the n-th has the sequence number n."""

    id: str
    intents: Intent
    journal: Journal
    events: list[Json] = field(default_factory=list)
    grown: asyncio.Event = field(default_factory=asyncio.Event)
    on_sent: dict[int, Interaction] = field(default_factory=dict)
    presence: str = ""
    presences: list[float] = field(default_factory=list)

    def dispatch(self, event: str, data: Json) -> None:
        self.journal.violations += specification().event(event, data)
        self.events.append({"op": DISPATCH, "t": event, "s": len(self.events) + 1, "d": data})
        self.grown.set()


class _CloseError(Exception):
    """Ends a connection with one of Discord's close codes."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


class Gateway:
    """The server side of all websockets of one bot.

    `address`: the URL that the bot gets instead of Discord's own names.
    """

    def __init__(
        self,
        world: World,
        journal: Journal,
        changes: Changes,
        heartbeat_interval: float,
        address: str | None,
        pace: float,
    ) -> None:
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self.identified = 0
        self.starts_left = STARTS_A_DAY
        self.copies = 1  # of each event
        self.lost_readies = 0
        self.pace = pace
        self._identify_s = 5 * pace  # one IDENTIFY in five seconds
        self._may_identify_at = 0.0
        self.resumed = 0
        self._world = world
        self._journal = journal
        self._changes = changes
        self.heartbeat_interval = heartbeat_interval
        self.url = address or "wss://gateway.discord.gg"
        self._resume_url = address or "wss://gateway-test.discord.gg"

    @property
    def connected(self) -> bool:
        """Report whether a bot has a session and was sent all its events."""
        return any(connection.caught_up for connection in self.connections)

    def notify(self) -> None:
        self._changes.notify()

    def dispatch(self, event: str, data: Json, intent: Intent = NO_INTENT) -> None:
        """Send an event to every session with its intent."""
        for session in self.sessions.values():
            if intent in session.intents:
                self._send(session, event, data)

    def dispatch_guild(self, *, is_new: bool = False) -> None:
        """Send the guild. `is_new`: the bot was added to it just now."""
        for session in self.sessions.values():
            if Intent.GUILDS in session.intents:
                shown = payloads.guild_create(self._world, session.intents)
                if is_new:
                    del shown["unavailable"]
                self._send(session, "GUILD_CREATE", shown)

    def dispatch_message(self, event: str, data: Json) -> None:
        """Send a message event; a session without the message content intent gets no text of other authors."""
        intent = Intent.GUILD_MESSAGES if "guild_id" in data else Intent.DIRECT_MESSAGES
        own = data.get("author", {}).get("id") == self._world.bot.id or "guild_id" not in data
        for session in self.sessions.values():
            if intent in session.intents:
                readable = own or Intent.MESSAGE_CONTENT in session.intents or "author" not in data
                hidden: Json = {} if readable else {"content": "", "embeds": [], "attachments": [], "components": []}
                self._send(session, event, data | hidden)

    def show(self, session: Session, data: Any) -> None:
        """Take in a presence, whose activity is a custom one: https://docs.discord.com/developers/events/gateway-events"""
        now = asyncio.get_running_loop().time()
        session.presences = [*(at for at in session.presences if now - at < PRESENCES_S * self.pace), now]
        if len(session.presences) > MAX_PRESENCES:
            self._journal.violations.append(f"more than {MAX_PRESENCES} presences in {PRESENCES_S:g} s: {data}")
        session.presence = presence_of(self._journal, data)
        self._changes.notify()

    def dispatch_interaction(self, interaction: Interaction) -> None:
        """Send an interaction, which needs no intent, to the newest session only."""
        for session in list(self.sessions.values())[-1:]:
            session.on_sent[len(session.events)] = interaction
            self._send(session, "INTERACTION_CREATE", payloads.interaction(interaction, self._world))

    def _send(self, session: Session, event: str, data: Json) -> None:
        for _ in range(self.copies):
            session.dispatch(event, data)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        connection = Connection(self, socket, request)
        self.connections.add(connection)
        try:
            await connection.run()
        except* _CloseError as closes:
            close = closes.exceptions[0]
            assert isinstance(close, _CloseError)
            self._journal.violations.append(f"websocket closed with {close.code}: {close}")
            await socket.close(code=close.code, message=str(close).encode())
        except* ConnectionError:
            pass  # the bot is gone, or the test cut the connection
        finally:
            self.connections.discard(connection)
            if connection.session and socket.close_code in (1000, 1001) and not connection.dropped:
                self.sessions.pop(connection.session.id, None)  # by these codes the bot ended its session
            self._changes.notify()
        return socket

    def open_session(self, data: Json) -> Session | None:
        """Answer IDENTIFY, or return None when it comes too early. Raise `_CloseError` to refuse it."""
        now = asyncio.get_running_loop().time()
        if now < self._may_identify_at:
            return None
        self._may_identify_at = now + self._identify_s
        if data.get("token") != self._world.token:
            raise _CloseError(4004, "Authentication failed.")
        if self.starts_left <= 0:
            self._world.token = secrets.token_urlsafe(32)
            for connection in self.connections:
                connection.refuse(_CloseError(4004, "Authentication failed."))
            raise _CloseError(4004, "More sessions than session_start_limit allows. Discord has reset the token.")
        self.starts_left -= 1
        if not isinstance(data.get("intents"), int) or data["intents"] & ~_ALL_INTENTS:
            raise _CloseError(4013, f"Invalid intent(s) {data.get('intents')}.")
        intents = Intent(data["intents"])
        if intents & PRIVILEGED & ~self._world.privileged:
            raise _CloseError(4014, f"Disallowed intent(s): {intents & PRIVILEGED & ~self._world.privileged!r}")
        session = Session(secrets.token_hex(16), intents, self._journal)
        self.sessions[session.id] = session
        session.dispatch(
            "READY",
            {
                "v": 10,
                "user": payloads.user(self._world.bot) | {"verified": True, "mfa_enabled": False, "email": None},
                "guilds": [{"id": self._world.guild.id, "unavailable": True}] if self._world.has_bot else [],
                "session_id": session.id,
                "resume_gateway_url": self._resume_url,
                "shard": data.get("shard", [0, 1]),
                "application": {"id": self._world.bot.id, "flags": 0},
                "private_channels": [],
                "session_type": "normal",
                "user_settings": {},
                "relationships": [],
                "presences": [],
                "guild_join_requests": [],
            },
        )
        if Intent.GUILDS in intents and self._world.has_bot and not self._world.guild.unavailable:
            session.dispatch("GUILD_CREATE", payloads.guild_create(self._world, intents))
        self.identified += 1
        return session

    def resume_session(self, data: Json) -> Session | None:
        """Return the session to resume, or None when it is unknown."""
        if data.get("token") != self._world.token:
            raise _CloseError(4004, "Authentication failed.")
        session = self.sessions.get(data.get("session_id") or "")
        if session:
            if not isinstance(data.get("seq"), int) or not 0 <= data["seq"] <= len(session.events):
                raise _CloseError(4007, f"Invalid seq {data.get('seq')}.")
            session.dispatch("RESUMED", {"_trace": []})
            self.resumed += 1
        return session

    def member_chunk(self, session: Session, data: Json) -> None:
        """Answer REQUEST_GUILD_MEMBERS."""
        asked = data.get("user_ids")
        if not asked and not data.get("query") and Intent.MEMBERS not in session.intents:
            raise _CloseError(4014, "All members were requested without the members intent.")
        wanted = {str(one) for one in (asked if isinstance(asked, list) else [asked])} if asked else None
        prefix = str(data.get("query") or "")
        members = [
            member
            for member in self._world.guild.members.values()
            if (wanted is None or member.user.id in wanted) and member.user.name.startswith(prefix)
        ]
        chunk: Json = {
            "guild_id": self._world.guild.id,
            "members": [payloads.member(member) for member in members],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": sorted((wanted or set()) - {member.user.id for member in members}),
        }
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk | ({"nonce": data["nonce"]} if "nonce" in data else {}))


class Connection:
    """One websocket: a reader, and a writer that sends the events that its session has not sent yet."""

    def __init__(self, gateway: Gateway, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.session: Session | None = None
        self.dropped = False
        self.is_zombie = False
        self.is_asked_to_leave = False
        self._gateway = gateway
        self._socket = socket
        self._request = request
        self._compress = request.query.get("compress")
        self._encode = _encoder(self._compress)
        self._frames = deque[float](maxlen=MAX_FRAMES)
        self._ends: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._cursor = 0
        self._attached = asyncio.Event()
        self._sending = asyncio.Lock()  # a compressed stream has to arrive in the order of compression

    @property
    def caught_up(self) -> bool:
        return self.session is not None and self._cursor == len(self.session.events)

    async def run(self) -> None:
        if self._request.query.get("v") != "10" or self._request.query.get("encoding") != "json":
            raise _CloseError(4012, f"Invalid API version in {self._request.query_string}.")
        await self.send({"op": HELLO, "d": {"heartbeat_interval": int(self._gateway.heartbeat_interval * 1000)}})
        async with asyncio.TaskGroup() as tasks:
            others = [tasks.create_task(self._write()), tasks.create_task(self._end())]
            await self._read()
            for other in others:
                other.cancel()

    async def send(self, frame: Json) -> None:
        if self.is_zombie:
            return
        async with self._sending:
            encoded = self._encode(json.dumps(frame, separators=(",", ":")))
            if isinstance(encoded, bytes):
                await self._socket.send_bytes(encoded)
            else:
                await self._socket.send_str(encoded)

    def refuse(self, error: _CloseError) -> None:
        """Close with the code of the error."""
        if not self._ends.done():
            self._ends.set_exception(error)

    async def _end(self) -> None:
        await self._ends

    async def ask_to_reconnect(self) -> None:
        """Send RECONNECT. No event follows on this connection, and a bot that stays on it is cut off."""
        self.is_asked_to_leave = True
        self._gateway.connections.discard(self)
        await self.send({"op": RECONNECT, "d": None})
        stays = _CloseError(4000, "The bot stayed on a connection that it was asked to leave.")
        asyncio.get_running_loop().call_later(LEAVE_S * self._gateway.pace, self.refuse, stays)

    async def drop(self, code: int | None) -> None:
        """Close with a code, or cut the TCP connection without one."""
        self.dropped = True
        if code is not None:
            await self._socket.close(code=code)
        elif self._request.transport:
            self._request.transport.abort()

    async def _write(self) -> None:
        await self._attached.wait()
        session = self.session
        assert session
        while True:
            session.grown.clear()
            while self._cursor < len(session.events) and not self.is_asked_to_leave:
                sent = session.on_sent.get(self._cursor)
                await self.send(session.events[self._cursor])
                self._cursor += 1
                if sent:
                    sent.delivered = True
            self._gateway.notify()
            await session.grown.wait()

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        heard = loop.time()
        patience = self._gateway.heartbeat_interval * 1.5
        while True:
            try:
                async with asyncio.timeout_at(heard + patience):
                    message = await self._socket.receive()
            except TimeoutError:
                raise _CloseError(4009, f"No heartbeat for {patience:.1f} s.") from None
            if message.type is not WSMsgType.TEXT:
                return
            now = loop.time()
            if len(self._frames) == MAX_FRAMES and now - self._frames[0] < FRAMES_S * self._gateway.pace:
                raise _CloseError(4008, f"More than {MAX_FRAMES} frames in {FRAMES_S:g} s.")
            self._frames.append(now)
            if len(message.data.encode()) > MAX_FRAME_BYTES:
                raise _CloseError(4002, f"A frame has more than {MAX_FRAME_BYTES} bytes.")
            try:
                frame = json.loads(message.data)
                op, data = frame["op"], frame.get("d")
            except (ValueError, TypeError, KeyError):
                raise _CloseError(4002, "Error while decoding payload.") from None
            if op == HEARTBEAT:
                heard = loop.time()
                await self.send({"op": HEARTBEAT_ACK})
            else:
                await self._obey(op, data)

    async def _obey(self, op: int, data: Any) -> None:
        if op in (IDENTIFY, RESUME, REQUEST_MEMBERS) and not isinstance(data, dict):
            raise _CloseError(4002, "Error while decoding payload.")
        match op:
            case 2 | 6 if self.session:
                raise _CloseError(4005, "Already authenticated.")
            case 2:
                self.session = self._gateway.open_session(data)
                if self.session and self._gateway.lost_readies > 0:
                    self._gateway.lost_readies -= 1
                    await self.drop(None)
                elif self.session:
                    if data.get("compress") and not self._compress:
                        self._encode = _compress_payload
                    self._attached.set()
                else:
                    await self.send({"op": INVALID_SESSION, "d": False})
            case 6:
                self.session = self._gateway.resume_session(data)
                if self.session:
                    self._cursor = data["seq"]
                    self._attached.set()
                else:
                    await self.send({"op": INVALID_SESSION, "d": False})
            case _ if not self.session:
                raise _CloseError(4003, "Not authenticated.")
            case 8:
                self._gateway.member_chunk(self.session, data)
            case 3:
                self._gateway.show(self.session, data)
            case 4:
                pass  # voice state needs no answer
            case _:
                raise _CloseError(4001, f"Unknown opcode {op}.")


def presence_of(journal: Journal, data: Any) -> str:
    """Return the text beside the bot's name. Note what Discord would not take as a violation."""
    activities = data.get("activities")
    if not isinstance(activities, list) or data.get("status") not in ("online", "dnd", "idle", "invisible", "offline"):
        journal.violations.append(f"no presence: {data}")
        return ""
    texts = [str(each.get("state") or "") for each in activities if each.get("type") == CUSTOM and each.get("name")]
    if len(texts) != len(activities) or any(not 0 < len(text) <= MAX_STATE for text in texts):
        journal.violations.append(f"an activity without a text, or with a long one: {activities}")
    return "".join(texts)


def _compress_payload(text: str) -> str | bytes:
    """Compress a long frame by itself, as Discord may when IDENTIFY asks for it and the connection has no stream."""
    return zlib.compress(text.encode()) if len(text) > COMPRESSED_FROM else text


def _encoder(compress: str | None) -> Callable[[str], str | bytes]:
    """Return the transport compression that the bot asked for in its query; one stream serves the connection."""
    if compress == "zlib-stream":
        deflate = zlib.compressobj()
        return lambda text: deflate.compress(text.encode()) + deflate.flush(zlib.Z_SYNC_FLUSH)
    if compress == "zstd-stream":
        # discord.py asks for it only when this package is installed, and it runs in the same environment
        zstandard = importlib.import_module("zstandard")
        stream = zstandard.ZstdCompressor().compressobj()

        def encode(text: str) -> bytes:
            return bytes(stream.compress(text.encode()) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))

        return encode
    return lambda text: text
