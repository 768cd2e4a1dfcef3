"""The HTTP API v10: the guard around every request, and the routes of application, guild and users."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from . import payloads
from .backend import API, FORM, Backend, number, read_form, read_list
from .commands import command_problems, registration_problems
from .errors import RefusedError, refuse_form
from .faults import Failure
from .interactions import InteractionRoutes
from .journal import Exchange
from .messages import MessageRoutes
from .scheduled import ScheduledRoutes
from .specification import specification
from .state import Command, Intent, Json, Permission, snowflake
from .websocket import STARTS_A_DAY

# Routes that need no bot token: their path holds another token, or their answer is public.
_OPEN = re.compile(r"/(interactions|webhooks|attachments)/|/gateway$|/$")
_TOKEN = re.compile(r"(?<=/)[\w-]{64}(?=/|$)")  # of an interaction: secret and long, so it is kept out of reports
_PAGE = "<html>\n<head><title>Access denied | discord.com</title></head>\n<body>error code: {}</body>\n</html>\n"
_MAX_BODY = 128 * 1024 * 1024


def answer(body: object, status: int = 200) -> web.Response:
    """Make a JSON response; discord.py parses a body only when the content type has no charset."""
    if body is None:
        return web.Response(status=204)
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")


def make_app(backend: Backend) -> web.Application:
    app = web.Application(middlewares=[_guard(backend)], client_max_size=_MAX_BODY)
    for method, path, handler in _routes(backend):
        app.router.add_route(method, API + path, _json(handler))
    app.router.add_get("/", backend.gateway.serve)
    app.router.add_get("/attachments/{channel}/{id}/{filename}", MessageRoutes(backend).download)
    return app


def _routes(backend: Backend) -> list[tuple[str, str, Callable[[web.Request], Awaitable[object]]]]:
    return [
        *ApplicationRoutes(backend).table(),
        *MessageRoutes(backend).table(),
        *InteractionRoutes(backend).table(),
        *ScheduledRoutes(backend).table(),
    ]


def _json(handler: Callable[[web.Request], Awaitable[object]]) -> Handler:
    async def respond(request: web.Request) -> web.StreamResponse:
        return answer(await handler(request))

    return respond


def _guard(backend: Backend) -> Middleware:
    """Wrap every request with the test's faults, authorisation, Discord's errors and the journal."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path.removeprefix(API)
        shown = _TOKEN.sub("{token}", path)
        code = 0
        response: web.StreamResponse | None
        try:
            failure = backend.faults.failure(request.method, path)
            response = _limited(backend, request, path) if failure is None or failure.lost else _fail(request, failure)
            taken = backend.buckets.take(request.method, path)
            if response is None and taken.refusal:
                response = answer(taken.refusal, 429)
            if response is None:
                if not _OPEN.match(path) and request.headers.get("Authorization") != f"Bot {backend.world.token}":
                    raise RefusedError(0, "the bot's token is missing or wrong")
                response = await handler(request)
                if failure:
                    response = _fail(request, failure)
        except RefusedError as refused:
            code = refused.code
            response = answer(refused.body(), refused.status)
            if refused.fault:
                backend.journal.violations.append(
                    f"{request.method} {shown}: {refused.why} (answered {refused.status}, {code} {refused.message})"
                )
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as unknown:
            response = answer({"message": f"{unknown.status}: {unknown.reason}", "code": 0}, unknown.status)
            backend.journal.violations.append(f"{request.method} {request.path}: the fake Discord has no such route")
        except (asyncio.CancelledError, ConnectionError):
            raise
        except Exception as error:
            backend.journal.violations.append(f"{request.method} {shown}: the fake Discord itself failed: {error!r}")
            raise
        if not response.prepared and response.content_type != "text/html":
            for name, value in taken.headers.items():
                response.headers.setdefault(name, value)
            response.headers["Via"] = "1.1 google"  # without it discord.py takes a 429 for one of Cloudflare
        if not response.prepared:
            backend.journal.violations += _differences(request, path, shown, response)
        reason = unquote(request.headers.get("X-Audit-Log-Reason", ""))
        backend.journal.exchanges.append(Exchange(request.method, shown, response.status, code, reason))
        backend.changes.notify()
        return response

    return guard


def _differences(request: web.Request, path: str, shown: str, response: web.StreamResponse) -> list[str]:
    """Return how request and answer differ from Discord's specification."""
    assert isinstance(response, web.Response)
    if not request.path.startswith(API) or (response.content_type != "application/json" and response.body):
        return []
    answer = json.loads(response.body) if isinstance(response.body, bytes) and response.body else None
    return list(
        specification().exchange(
            request.method, path, dict(request.query), request.get(FORM), response.status, answer, {*response.headers}
        )
    )


def _fail(request: web.Request, failure: Failure) -> web.Response:
    """Answer with an error, or cut the connection."""
    if failure.status is None:
        if request.transport:  # None when the test has cut it already
            request.transport.abort()
        raise ConnectionResetError
    if failure.page:
        return web.Response(text=_PAGE.format(failure.status), content_type="text/html", status=failure.status)
    # A refusal of Discord's has a code; what stands before Discord knows none.
    code = {400: 50035, 403: 50013, 404: 10008}.get(failure.status, 0)
    return answer({"message": "injected by the test", "code": code}, failure.status)


def _limited(backend: Backend, request: web.Request, path: str) -> web.Response | None:
    """Return the 429 that a test switched on for this request, if any."""
    if found := backend.faults.limit(request.method, path):
        limit, early = found
        if early:
            backend.journal.violations.append(f"{request.method} {path} was repeated before its retry_after was over")
        if limit.cloudflare:
            page = web.Response(text=_PAGE.format(1015), content_type="text/html", status=429)
            page.headers["Retry-After"] = f"{limit.retry_after:g}"
            return page
        body = {
            "message": "You are being rate limited.",
            "retry_after": limit.retry_after,
            "global": limit.everywhere,
        }
        response = answer(body, 429)
        response.headers.update(
            {
                "Retry-After": str(limit.retry_after),
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset-After": str(limit.retry_after),
                "X-RateLimit-Scope": "global" if limit.everywhere else "user",
            }
        )
        return response
    return None


class ApplicationRoutes:
    """The routes of the bot's application, its commands, the guild and its members."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._world = backend.world

    def table(self) -> list[tuple[str, str, Callable[[web.Request], Awaitable[object]]]]:
        commands = "/applications/{application}/commands"
        guild_commands = "/applications/{application}/guilds/{guild}/commands"
        return [
            ("GET", "/gateway", self.gateway),
            ("GET", "/gateway/bot", self.gateway),
            ("GET", "/users/@me", self.me),
            ("GET", "/users/@me/guilds", self.guilds),
            ("GET", "/users/{user}", self.user),
            ("GET", "/oauth2/applications/@me", self.application),
            ("GET", "/applications/@me", self.application),
            *(("GET", path, self.list_commands) for path in (commands, guild_commands)),
            *(("PUT", path, self.put_commands) for path in (commands, guild_commands)),
            *(("POST", path, self.post_command) for path in (commands, guild_commands)),
            *(("DELETE", path + "/{command}", self.delete_command) for path in (commands, guild_commands)),
            ("GET", "/guilds/{guild}", self.guild),
            ("GET", "/guilds/{guild}/roles", self.roles),
            ("GET", "/guilds/{guild}/channels", self.channels),
            ("GET", "/guilds/{guild}/members", self.members),
            ("GET", "/guilds/{guild}/members/{user}", self.member),
            ("PUT", "/guilds/{guild}/members/{user}/roles/{role}", self.add_role),
        ]

    async def gateway(self, request: web.Request) -> Json:
        left = self._backend.gateway.starts_left
        limits = {"total": STARTS_A_DAY, "remaining": left, "reset_after": 14400000, "max_concurrency": 1}
        return {"url": self._backend.gateway.url, "shards": 1, "session_start_limit": limits}

    async def me(self, request: web.Request) -> Json:
        return payloads.user(self._world.bot)

    async def guilds(self, request: web.Request) -> list[Json]:
        """Return the servers that the bot is on, in short."""
        known = [*([self._world.guild] if self._world.has_bot else []), *self._world.others]
        return [payloads.guild_in_short(each) for each in known]

    async def user(self, request: web.Request) -> Json:
        if found := self._world.users.get(request.match_info["user"]):
            return payloads.user(found)
        raise RefusedError(10013, "there is no such user", fault=False)

    async def application(self, request: web.Request) -> Json:
        return payloads.application(self._world)

    async def list_commands(self, request: web.Request) -> list[Json]:
        return [payloads.command(each, self._world) for each in self._world.commands.get(self._scope(request), [])]

    async def put_commands(self, request: web.Request) -> list[Json]:
        """Replace all commands of one scope; a command that keeps its name keeps its id."""
        scope = self._scope(request)
        wanted = await read_list(request)
        refuse_form(registration_problems(wanted))
        old = {(each.type, each.name): each.id for each in self._world.commands.get(scope, [])}
        self._count_new(sum((each.get("type", 1), each["name"]) not in old for each in wanted))
        self._world.commands[scope] = [
            Command(old.get((each.get("type", 1), each["name"]), snowflake()), snowflake(), scope, each)
            for each in wanted
        ]
        return await self.list_commands(request)

    async def post_command(self, request: web.Request) -> Json:
        scope = self._scope(request)
        definition = (await read_form(request)).json
        refuse_form(command_problems(definition))
        commands = self._world.commands.setdefault(scope, [])
        known = {each.id for each in commands}
        command = Command(snowflake(), snowflake(), scope, definition)
        for old in [each for each in commands if (each.type, each.name) == (command.type, command.name)]:
            commands.remove(old)
            command.id = old.id
        refuse_form(registration_problems([each.definition for each in [*commands, command]]))
        self._count_new(command.id not in known)
        commands.append(command)
        return payloads.command(command, self._world)

    async def delete_command(self, request: web.Request) -> None:
        commands = self._world.commands.get(self._scope(request), [])
        for command in commands:
            if command.id == request.match_info["command"]:
                commands.remove(command)
                return
        raise RefusedError(10063, "there is no such command")

    async def guild(self, request: web.Request) -> Json:
        self._guild(request)
        return payloads.guild(self._world)

    async def roles(self, request: web.Request) -> list[Json]:
        self._guild(request)
        guild = self._world.guild
        return [payloads.role(each) for each in [guild.everyone, *guild.roles]]

    async def channels(self, request: web.Request) -> list[Json]:
        self._guild(request)
        return [payloads.channel(each, self._world) for each in self._world.channels.values() if not each.recipient]

    async def members(self, request: web.Request) -> list[Json]:
        self._guild(request)
        if Intent.MEMBERS not in self._world.privileged:
            raise RefusedError(50001, "listing members needs the privileged members intent")
        after, limit = number(request, "after", 0), number(request, "limit", 1, most=1000)
        found = sorted(self._world.guild.members.values(), key=lambda member: int(member.user.id))
        return [payloads.member(each) for each in found if int(each.user.id) > after][:limit]

    async def member(self, request: web.Request) -> Json:
        self._guild(request)
        if found := self._world.guild.members.get(request.match_info["user"]):
            return payloads.member(found)
        raise RefusedError(10007, "there is no such member", fault=False)

    async def add_role(self, request: web.Request) -> None:
        """Give a role, if the bot has Manage Roles and a role above the given one."""
        self._guild(request)
        guild, bot = self._world.guild, self._world.bot
        member = guild.members.get(request.match_info["user"])
        if member is None:
            raise RefusedError(10007, "there is no such member", fault=False)
        if request.match_info["role"] == guild.everyone.id:
            raise RefusedError(50028, "everyone has that role")
        role = next((one for one in guild.roles if one.id == request.match_info["role"]), None)
        if role is None:
            raise RefusedError(10011, "there is no such role", fault=False)
        highest = max((one.position for one in guild.members[bot.id].roles), default=0)
        if not self._world.permissions(bot) & Permission.MANAGE_ROLES or role.position >= highest:
            raise RefusedError(50013, f"the bot may not give anybody {role.name}", fault=False)
        if role not in member.roles:
            member.roles.append(role)
            event = {"guild_id": guild.id, **payloads.member(member)}
            self._backend.gateway.dispatch("GUILD_MEMBER_UPDATE", event, Intent.MEMBERS)

    def _count_new(self, count: int) -> None:
        """Count commands that are created; raise RefusedError when they are too many for a day."""
        if count > self._backend.new_commands:
            raise RefusedError(30034, f"{count} new commands, and {self._backend.new_commands} are left today")
        self._backend.new_commands -= count

    def _guild(self, request: web.Request) -> None:
        if request.match_info["guild"] != self._world.guild.id:
            raise RefusedError(10004, "the bot is in no such guild")
        if not self._world.has_bot:
            raise RefusedError(10004, "the bot was removed from the guild", fault=False)

    def _scope(self, request: web.Request) -> str | None:
        """Return the id of the guild that the commands belong to, or None for global ones."""
        if request.match_info["application"] != self._world.bot.id:
            raise RefusedError(20001, "this is not the bot's own application")
        guild = request.match_info.get("guild")
        if guild not in (None, self._world.guild.id):
            raise RefusedError(50001, f"the bot is in no guild {guild}")
        if guild and not self._world.has_bot:
            raise RefusedError(50001, "the bot was removed from the guild", fault=False)
        return guild
