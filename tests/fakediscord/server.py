"""The fake Discord: the object that a test starts and holds."""

import asyncio
import contextlib
import errno
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from ssl import SSLContext

from aiohttp import web

from .backend import Backend
from .buckets import Buckets
from .certificate import HOSTS, make_certificate
from .faults import Failure, Faults, RateLimit
from .journal import PATIENCE, Changes, Exchange, Journal
from .people import GuildView, Person
from .rest import make_app
from .state import NO_INTENT, ORDINARY, Channel, Guild, Intent, Json, Member, Message, Role, User, World, snowflake
from .websocket import INVALID_SESSION, Gateway

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.fake.for-the-tests-only"


class FakeDiscord:
    """Discord with one guild and one bot; made by `serve`.

    It runs in the test's event loop, so a test that blocks the loop makes the bot look late.
    """

    def __init__(self, backend: Backend, listener: socket.socket, ca_file: Path | None, tls: SSLContext | None) -> None:
        self.ca_file = ca_file
        self.guild = GuildView(backend)
        self.owner = Person(backend, backend.world.guild.owner)
        self._backend = backend
        self._listener = listener
        self._accepting = listener
        self._address = listener.getsockname()
        self._tls = tls
        self._runner = web.AppRunner(make_app(backend), access_log=None, shutdown_timeout=1)
        self._site: web.SockSite | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def serve(
        cls,
        sock: socket.socket | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str = TOKEN,
        guild: str = "Friends",
        privileged: Intent = NO_INTENT,
        tls: bool = True,
        ack_within: float = 3.0,
        token_lifetime: float = 900.0,
        heartbeat_interval: float = 41.25,
        clock: Callable[[], float] = time.monotonic,
        pace: float = 0.02,
    ) -> AsyncIterator["FakeDiscord"]:
        """Listen on host and port, or on `sock`, a bound TCP socket of any network namespace.

        `privileged`: the intents that are switched on in the application's settings. Times are in seconds. Without
        `tls`, a bot in the same process finds the fake by `discord.http.Route.BASE` and the gateway's `url`. `clock`
        measures how long an interaction takes. `pace`: how many seconds one of Discord's rate limits takes here.
        """
        world = _world(guild, token, privileged)
        journal, changes = Journal(), Changes()
        with contextlib.ExitStack() as stack:
            listener = sock or socket.create_server((host, port))
            stack.callback(listener.close)
            listener.setblocking(False)
            address = ca_file = context = None
            if tls:
                directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fakediscord-")))
                ca_file, context = make_certificate(directory)
            else:
                address = "ws://{}:{}".format(*listener.getsockname())
            gateway = Gateway(world, journal, changes, heartbeat_interval, address, pace)
            backend = Backend(
                world, journal, changes, gateway, Faults(), Buckets(pace), ack_within, token_lifetime, clock
            )
            discord = cls(backend, listener, ca_file, context)
            await discord._runner.setup()
            try:
                await discord.up()
                yield discord
            finally:
                for timer in backend.timers:
                    timer.cancel()
                await discord.down()
                await discord._runner.cleanup()

    @property
    def port(self) -> int:
        return int(self._address[1])

    @property
    def token(self) -> str:
        return self._backend.world.token

    @property
    def bot_id(self) -> int:
        return int(self._backend.world.bot.id)

    @property
    def violations(self) -> list[str]:
        """Return every violation so far, as a sentence."""
        return self._backend.journal.violations

    @property
    def pings(self) -> list[Message]:
        """Return the bot's messages that notified a member or role, in channels of the guild."""
        world = self._backend.world
        return [
            message
            for channel in world.channels.values()
            for message in channel.messages
            if message.pinged and message.author is world.bot
        ]

    @property
    def exchanges(self) -> list[Exchange]:
        """Return every HTTP request so far, in the order of the answers."""
        return self._backend.journal.exchanges

    def registered(self, name: str) -> Json:
        """Return the command of this name as the bot registered it."""
        (found,) = [one for commands in self._backend.world.commands.values() for one in commands if one.name == name]
        return found.definition

    @property
    def commands(self) -> list[str]:
        """Return the names of all registered commands."""
        return [command.name for commands in self._backend.world.commands.values() for command in commands]

    @property
    def identified(self) -> int:
        """Return how often a bot opened a session by IDENTIFY."""
        return self._backend.gateway.identified

    @property
    def resumed(self) -> int:
        """Return how often a bot continued a session by RESUME."""
        return self._backend.gateway.resumed

    @property
    def presence(self) -> str:
        """Return the text that members read beside the bot's name."""
        return next((session.presence for session in reversed(self._backend.gateway.sessions.values())), "")

    @property
    def connected(self) -> bool:
        return self._backend.gateway.connected

    @staticmethod
    def hosts(address: str) -> str:
        """Return the lines of a hosts file that lead to the fake at this address; its socket has to be on port 443."""
        return "".join(f"{address} {name}\n" for name in HOSTS)

    async def ready(self, n: int = 1, *, within: float = PATIENCE) -> None:
        """Wait until a bot has registered its commands, has opened `n` sessions in all, and is connected."""
        await self.until(
            lambda: self.identified >= n and self.connected and bool(self.commands), "ready bot", within=within
        )

    async def reconnected(self, *, within: float = PATIENCE) -> None:
        """Wait until a bot is connected again after `drop_websocket` or `invalidate_session`."""
        await self.until(lambda: self.connected, "reconnected bot", within=within)

    async def until(self, holds: Callable[[], object], what: str, *, within: float = PATIENCE) -> None:
        """Wait until the condition holds. `what` names it in the AssertionError, which tells what the fake saw."""
        try:
            await self._backend.changes.until(lambda: holds() or None, within)
        except TimeoutError:
            seen = [str(each) for each in self.exchanges[-8:]]
            raise AssertionError(
                f"no {what} within {within:g} s: {self.identified} sessions, {self.resumed} resumed, "
                f"connected: {self.connected}, commands: {self.commands}, requests: {seen}, "
                f"violations: {self.violations}"
            ) from None

    async def drop_websocket(self, code: int | None = None) -> None:
        """Close every websocket with a code, or cut the connections without one; the bot may resume."""
        for connection in list(self._backend.gateway.connections):
            await connection.drop(code)
            self._backend.gateway.connections.discard(connection)

    async def reset_token(self, token: str) -> None:
        """Give the bot another token, as its owner can; Discord closes the sessions of the old one."""
        self._backend.world.token = token
        for connection in list(self._backend.gateway.connections):
            await connection.drop(4004)

    async def ask_to_reconnect(self) -> None:
        """Send RECONNECT, as Discord does before it restarts a server; the bot has to resume."""
        for connection in list(self._backend.gateway.connections):
            await connection.ask_to_reconnect()

    def leave_sessions(self, left: int) -> None:
        """Let bots open this many sessions more today. With one more than that, Discord resets the token."""
        self._backend.gateway.starts_left = left

    def leave_new_dms(self, left: int) -> None:
        """Let the bot open this many channels of direct messages more."""
        self._backend.new_dms = left

    def leave_new_commands(self, left: int) -> None:
        """Let the bot create this many commands more today."""
        self._backend.new_commands = left

    async def invalidate_session(self, *, may_resume: bool = False) -> None:
        """Forget all sessions, so that the bot has to identify anew. `may_resume`: keep them for a RESUME."""
        if not may_resume:
            self._backend.gateway.sessions.clear()
        for connection in list(self._backend.gateway.connections):
            await connection.send({"op": INVALID_SESSION, "d": may_resume})
            self._backend.gateway.connections.discard(connection)

    def forget_sessions(self) -> None:
        """Forget all sessions without a word; a RESUME is refused later."""
        self._backend.gateway.sessions.clear()

    def lose_ready(self, times: int = 1) -> None:
        """Cut the next connections after IDENTIFY, before READY is sent."""
        self._backend.gateway.lost_readies = times

    def repeat_events(self, copies: int = 2) -> None:
        """Send every event this many times, as a replay does that overlaps with what the bot had."""
        self._backend.gateway.copies = copies

    def deliver_late(self, seconds: float = 5.0) -> None:
        """Deliver all later interactions this long after they were made; 0 ends it."""
        self._backend.late_by = seconds

    def stop_acknowledging_heartbeats(self) -> None:
        """Make the present connections zombies: they stay open, and Discord says nothing on them any more."""
        for connection in self._backend.gateway.connections:
            connection.is_zombie = True

    def grow_old(self, age: timedelta = timedelta(hours=2), *, edits: int = 0) -> None:
        """Make all messages this much older. `edits`: how many edits of messages over an hour old are still taken."""
        for channel in self._backend.world.channels.values():
            for message in channel.messages:
                message.created -= age
        self._backend.edits_of_old = edits

    def fail_next(
        self,
        method: str,
        path: str,
        status: int | None = 502,
        times: int = 1,
        *,
        lost: bool = False,
        page: bool = False,
    ) -> None:
        """Fail the next requests. `path` is a pattern like `/channels/*/messages`; `status` None cuts connections.

        `lost`: they take effect, and only their answers are lost. `page`: the answer is an HTML page.
        """
        self._backend.faults.failures.append(Failure(method, path, status, times, lost, page))

    def rate_limit(
        self,
        method: str,
        path: str,
        *,
        retry_after: float = 0.2,
        times: int = 1,
        everywhere: bool = False,
        cloudflare: bool = False,
    ) -> None:
        """Answer the next requests with 429; one repeated before `retry_after` is a violation.

        `cloudflare`: the answer is the HTML page that stands before Discord. The real one tells whole seconds.
        """
        limit = RateLimit(method, path, float(retry_after), times, everywhere, cloudflare)
        self._backend.faults.limits.append(limit)

    async def down(self) -> None:
        """Refuse new connections, and cut the present ones."""
        if self._site is None:
            return
        site, self._site = self._site, None
        # asyncio forgets a socket that it has accepted, but made no connection of, when its server is closed.
        asyncio.get_running_loop().remove_reader(self._accepting)
        for _ in range(3):
            await asyncio.sleep(0)
        await site.stop()
        self._listener.shutdown(socket.SHUT_RDWR)  # otherwise the kernel still accepts connections into the backlog
        server = self._runner.server
        assert server
        for connection in list(server.connections):
            if connection.transport:
                with contextlib.suppress(AttributeError):  # asyncio's, of a TLS connection that has just ended
                    connection.transport.abort()
        self._backend.gateway.connections.clear()

    async def up(self) -> None:
        """Accept connections again, on the same address."""
        if self._site is None:
            try:
                # After `down`, a socket whose port the kernel chose has to be bound again; another one is still bound.
                self._listener.bind(self._address)
            except OSError as error:
                if error.errno != errno.EINVAL:  # EINVAL: the socket is still bound
                    raise
            self._listener.listen(128)
            self._accepting = self._listener.dup()
            self._site = web.SockSite(self._runner, self._accepting, ssl_context=self._tls)
            await self._site.start()


def _world(name: str, token: str, privileged: Intent) -> World:
    owner, bot = User(snowflake(), "owner"), User(snowflake(), "guildgate", bot=True)
    guild_id = snowflake()
    everyone = Role(guild_id, "@everyone", ORDINARY, position=0)
    guild = Guild(guild_id, name, owner, everyone)
    guild.members = {user.id: Member(user) for user in (owner, bot)}
    general = Channel(snowflake(), "general")
    return World(
        guild,
        bot,
        token,
        privileged,
        users={user.id: user for user in (owner, bot)},
        channels={general.id: general},
    )
