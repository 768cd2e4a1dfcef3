"""The routes of channels, direct messages and the messages in them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from aiohttp import web

from . import payloads
from .backend import Backend, number, read_form
from .errors import Problem, RefusedError
from .state import NO_PERMISSION, Channel, Json, Message, Permission, now

NONCE_KEPT = timedelta(minutes=3)  # Discord says "the past few minutes"


class MessageRoutes:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._world = backend.world

    def table(self) -> list[tuple[str, str, Callable[[web.Request], Awaitable[object]]]]:
        messages = "/channels/{channel}/messages"
        return [
            ("POST", "/users/@me/channels", self.open_dm),
            ("GET", "/channels/{channel}", self.channel),
            ("POST", "/channels/{channel}/typing", self.typing),
            ("GET", messages, self.list),
            ("POST", messages, self.post),
            ("GET", messages + "/{message}", self.get),
            ("PATCH", messages + "/{message}", self.patch),
            ("DELETE", messages + "/{message}", self.delete),
        ]

    async def open_dm(self, request: web.Request) -> Json:
        recipient = self._world.users.get(str((await read_form(request)).json.get("recipient_id")))
        if recipient is None or recipient is self._world.bot:
            raise RefusedError(50033, "there is no such person to write to")
        if not any(channel.recipient is recipient for channel in self._world.channels.values()):
            if self._backend.new_dms <= 0:
                raise RefusedError(40003, f"the bot opens too many direct messages ({recipient.name})", fault=False)
            self._backend.new_dms -= 1
        return payloads.channel(self._world.dm_channel(recipient), self._world)

    async def channel(self, request: web.Request) -> Json:
        return payloads.channel(self._find(request), self._world)

    async def typing(self, request: web.Request) -> None:
        self._find(request, Permission.SEND_MESSAGES)

    async def list(self, request: web.Request) -> list[Json]:
        channel = self._find(request, Permission.READ_MESSAGE_HISTORY)
        before, after = number(request, "before", 1 << 63), number(request, "after", 0)
        found = [each for each in channel.messages if after < int(each.id) < before]
        limit = number(request, "limit", 50, most=100)
        page = found[:limit] if after else found[-limit:]
        return [payloads.message(each, self._world) for each in reversed(page)]

    async def post(self, request: web.Request) -> Json:
        form = await read_form(request)
        needed = Permission.SEND_MESSAGES
        if form.files:
            needed |= Permission.ATTACH_FILES
        if form.json.get("embeds"):
            needed |= Permission.EMBED_LINKS
        channel = self._find(request, needed)
        if form.json.get("tts") and channel.recipient is None:
            self._find(request, Permission.SEND_TTS_MESSAGES)
        self._backend.check_message(form)
        self._check_reference(form.json.get("message_reference") or {}, channel)
        if person := channel.recipient:
            if person.id not in self._world.guild.members or not self._world.has_bot:
                raise RefusedError(50278, f"{person.name} shares no guild with the bot", fault=False)
            if not person.accepts_dms:
                raise RefusedError(50007, f"{person.name} has closed their DMs", fault=False)
        nonce = form.json.get("nonce")
        if nonce is not None and form.json.get("enforce_nonce"):
            for message in channel.messages:
                is_known = message.nonce == nonce and message.author is self._world.bot
                if is_known and now() - message.created < NONCE_KEPT:
                    return payloads.message(message, self._world)
        return payloads.message(self._backend.post(channel, self._world.bot, form, nonce=nonce), self._world)

    def _check_reference(self, reference: Json, channel: Channel) -> None:
        """Raise RefusedError for a reply to a message that is not there, unless the reply may stand without it."""
        wanted = str(reference.get("message_id"))
        if (
            reference
            and reference.get("fail_if_not_exists", True)
            and wanted not in {one.id for one in channel.messages}
        ):
            problem = Problem(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            raise RefusedError(50035, str(problem), problems=[problem], fault=False)

    async def get(self, request: web.Request) -> Json:
        return payloads.message(self._message(request), self._world)

    async def patch(self, request: web.Request) -> Json:
        message = self._message(request)
        if message.author is not self._world.bot:
            raise RefusedError(50005, f"the message is {message.author.name}'s")
        form = await read_form(request)
        self._backend.check_message(form, message)
        self._backend.check_age(message)
        self._backend.edit(message, form)
        return payloads.message(message, self._world)

    async def delete(self, request: web.Request) -> None:
        message = self._message(request)
        if message.author is not self._world.bot:
            self._find(request, Permission.MANAGE_MESSAGES)
        self._backend.delete(message)

    async def download(self, request: web.Request) -> web.Response:
        """Serve an attached file, like Discord's CDN."""
        if attachment := self._world.attachments.get(request.path):
            return web.Response(body=attachment.data)
        raise web.HTTPNotFound

    def _find(self, request: web.Request, needed: Permission = NO_PERMISSION) -> Channel:
        channel = self._world.channels.get(request.match_info["channel"])
        if channel is None:
            known = request.match_info["channel"] in self._world.deleted
            raise RefusedError(10003, "there is no such channel", fault=not known)
        if channel.recipient is None:
            if not self._world.has_bot:
                raise RefusedError(50001, "the bot was removed from the guild", fault=False)
            allowed = self._world.permissions(self._world.bot, channel)
            if not allowed & Permission.VIEW_CHANNEL:
                raise RefusedError(50001, f"the bot cannot see #{channel.name}", fault=False)
            if missing := needed & ~allowed:
                raise RefusedError(50013, f"the bot lacks {missing!r} in #{channel.name}", fault=False)
        return channel

    def _message(self, request: web.Request) -> Message:
        for message in self._find(request).messages:
            if message.id == request.match_info["message"]:
                return message
        raise RefusedError(10008, "there is no such message in this channel", fault=False)
