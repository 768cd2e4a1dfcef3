"""The state that the routes and the people share, and the changes of messages that both make."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import BodyPartReader, web

from . import payloads
from .buckets import Buckets
from .components import component_problems
from .errors import Problem, RefusedError, refuse_form
from .faults import Faults
from .journal import Changes, Journal
from .limits import (
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_REQUEST_BYTES,
    Path,
    is_empty,
    message_problems,
    missing_references,
    shown_files,
)
from .specification import specification
from .state import (
    COMMAND_MENTION,
    Attachment,
    Channel,
    Interaction,
    Json,
    Message,
    MessageFlag,
    Permission,
    User,
    World,
    now,
    snowflake,
)
from .websocket import Gateway

API = "/api/v10"
OLD_RETRY_S = 40.0
FORM = web.RequestKey("form", object)  # what the body said
SETTABLE_FLAGS = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.COMPONENTS_V2


@dataclass(frozen=True, slots=True)
class Form:
    """A request's JSON and its files, by their number in `files[n]`."""

    json: Json
    files: dict[int, tuple[str, bytes]] = field(default_factory=dict)


@dataclass(slots=True)
class Backend:
    """The shared parts of one fake Discord. `ack_within` and `token_lifetime` are in seconds."""

    world: World
    journal: Journal
    changes: Changes
    gateway: Gateway
    faults: Faults
    buckets: Buckets
    ack_within: float
    token_lifetime: float
    clock: Callable[[], float]
    edits_of_old: int = 5  # edits of messages older than an hour that Discord still takes
    new_dms: int = 100  # channels of direct messages that may still be opened
    new_commands: int = 200  # commands that may still be created today
    late_by: float = 0.0  # seconds from an interaction to its delivery
    timers: set[asyncio.TimerHandle] = field(default_factory=set)

    def post(self, channel: Channel, author: User, form: Form, **more: object) -> Message:
        """Make a message of a checked form; an ephemeral one is visible to its reader only, and not in the channel."""
        pinged = frozenset[str]() if channel.recipient else self.pinged(form.json, channel, author)
        message = Message(snowflake(), channel, author, pinged=pinged, **more)  # type: ignore[arg-type]
        message.tts = bool(form.json.get("tts"))
        self._fill(message, form)
        if not message.ephemeral:
            channel.messages.append(message)
            self.gateway.dispatch_message("MESSAGE_CREATE", payloads.message_event(message, self.world))
        self.changes.notify()
        return message

    def pinged(self, form: Json, channel: Channel, author: User) -> frozenset[str]:
        """Return the ids of the users and roles that a new message of this form notifies.

        Only the text counts. The id of the guild stands for all its members.
        https://docs.discord.com/developers/resources/message#allowed-mentions-object
        """
        text, allowed = form.get("content") or "", form.get("allowed_mentions")
        parsed = {"users", "roles", "everyone"} if allowed is None else {*(allowed.get("parse") or ())}
        everyone = bool(self.world.permissions(author, channel) & Permission.MENTION_EVERYONE)
        found: set[str] = set()
        for kind, pattern in (("users", r"<@!?(\d+)>"), ("roles", r"<@&(\d+)>")):
            named = {*re.findall(pattern, text)}
            if kind not in parsed:
                named &= {str(one) for one in (allowed or {}).get(kind) or ()}
            found |= named & ({*self.world.users} if kind == "users" else {role.id for role in self.world.guild.roles})
        if "everyone" in parsed and everyone and re.search(r"@(everyone|here)\b", text):
            found.add(self.world.guild.id)
        return frozenset(found)

    def edit(self, message: Message, form: Form) -> None:
        message.remember()
        self._fill(message, form)
        message.flags &= ~MessageFlag.LOADING
        message.edited = now()
        if not message.ephemeral:
            self.gateway.dispatch_message("MESSAGE_UPDATE", payloads.message_event(message, self.world))
        self.changes.notify()

    def _fill(self, message: Message, form: Form) -> None:
        fill(message, form)
        self.world.attachments.update((each.path, each) for each in message.attachments)

    def check_age(self, message: Message) -> None:
        """Raise RefusedError when too many messages older than an hour were edited."""
        if now() - message.created < timedelta(hours=1):
            return
        if self.edits_of_old <= 0:
            raise RefusedError(30046, "an old message is edited too often", fault=False, retry_after=OLD_RETRY_S)
        self.edits_of_old -= 1

    def delete(self, message: Message) -> None:
        message.deleted = True
        if message in message.channel.messages:
            message.channel.messages.remove(message)
            event = {"id": message.id, "channel_id": message.channel.id}
            guild = {} if message.channel.recipient else {"guild_id": self.world.guild.id}
            self.gateway.dispatch_message("MESSAGE_DELETE", event | guild)
        self.changes.notify()

    def check_message(self, form: Form, old: Message | None = None, *, flags: int = 0, path: Path = ()) -> None:
        """Raise RefusedError for a message, or an edit of an old one, that Discord would not take.

        `flags`: the flags that are allowed besides `SETTABLE_FLAGS`. `path` leads to the message in the form.
        """
        given = form.json
        wanted = given.get("flags") or 0
        problems = message_problems(given, path)
        if isinstance(given.get("components"), list):
            layout = (wanted | (old.flags if old else 0)) & MessageFlag.COMPONENTS_V2
            problems += component_problems(given["components"], path, layout=bool(layout))
        if wanted & ~(SETTABLE_FLAGS | flags):
            problems.append(Problem((*path, "flags"), "MESSAGE_FLAGS_INVALID", f"Flags {wanted} are not allowed here"))
        names = _filenames(form, old, problems, path)
        refuse_form(problems)
        for name, data in form.files.values():
            if len(data) > MAX_FILE_BYTES:
                raise RefusedError(40005, f"{name} has {len(data)} bytes, more than {MAX_FILE_BYTES}")
        result = {
            key: given.get(key, getattr(old, key) if old else None) for key in ("content", "embeds", "components")
        }
        if is_empty(result | {key: given.get(key) for key in ("poll", "sticker_ids")} | {"attachments": names}):
            raise RefusedError(50006, "the message has neither text, embed, file nor component")
        known = {(each.name, each.id) for commands in self.world.commands.values() for each in commands}
        for name, ident in COMMAND_MENTION.findall(json.dumps(result)):
            if (name, ident) not in known:
                self.journal.violations.append(f"</{name}:{ident}> mentions no command that is registered")
        for name in missing_references(result["embeds"] or [], names):
            self.journal.violations.append(f"an embed shows attachment://{name}, but there is no such file")
        if wanted & MessageFlag.COMPONENTS_V2:
            shown = shown_files(result["components"] or [])
            for name in shown ^ {*names}:
                self.journal.violations.append(f"a layout shows {shown} of the files {names}: {name} is not in both")

    def begin(self, interaction: Interaction) -> None:
        """Hand an interaction to the bot and watch that it is acknowledged in time."""
        self.world.interactions[interaction.token] = interaction
        interaction.created -= self.late_by
        interaction.was_late = self.late_by >= self.ack_within
        self.gateway.dispatch_interaction(interaction)
        self._await_acknowledgement(interaction)

    def _await_acknowledgement(self, interaction: Interaction) -> None:
        left = interaction.created + self.ack_within - self.clock()
        if left > 0 and interaction.acknowledged is None:
            loop = asyncio.get_running_loop()
            self.timers.add(loop.call_later(left, self._await_acknowledgement, interaction))
        elif interaction.acknowledged is None:
            if interaction.delivered and not interaction.was_late:
                self.journal.violations.append(
                    f"{interaction.label} by {interaction.user.name} was not acknowledged within {self.ack_within:g} s"
                )
            self.changes.notify()

    def overdue(self, interaction: Interaction) -> bool:
        return interaction.acknowledged is None and self.clock() - interaction.created >= self.ack_within


def fill(message: Message, form: Form) -> None:
    """Put the form's values into the message; a value that the form lacks stays."""
    given = form.json
    if "content" in given:
        message.content = (given["content"] or "").strip()
    if "embeds" in given:
        message.embeds = list(given["embeds"] or [])
    if "components" in given:
        message.components = list(given["components"] or [])
    if "flags" in given:
        kept = message.flags & ~SETTABLE_FLAGS
        message.flags = kept | int(given["flags"] or 0) & SETTABLE_FLAGS
    kept_files = message.attachments
    described = given.get("attachments") or []
    if "attachments" in given:
        wanted = {str(each.get("id")) for each in described}
        kept_files = [each for each in message.attachments if each.id in wanted]
    descriptions = {str(each.get("id")): each.get("description") for each in described}
    message.attachments = kept_files + [
        Attachment(
            snowflake(), clean_name(name), data, message.channel.id, descriptions.get(str(number)), message.ephemeral
        )
        for number, (name, data) in sorted(form.files.items())
    ]


def clean_name(filename: str) -> str:
    """Rename an upload as Discord does: letters, digits, dots, dashes and underscores stay."""
    return re.sub(r"[^\w.-]", "", filename.replace(" ", "_"), flags=re.ASCII) or "unknown"


async def read_form(request: web.Request) -> Form:
    """Read a JSON object, or a multipart body with `payload_json` and `files[n]`. Raise RefusedError."""
    given, files = await _read(request)
    if not isinstance(given, dict):
        raise RefusedError(50109, "the body is not a JSON object")
    return Form(given, files)


async def read_list(request: web.Request) -> list[Json]:
    """Read a JSON list; raise RefusedError."""
    given, _ = await _read(request)
    if not isinstance(given, list):
        raise RefusedError(50109, "the body is not a JSON list")
    return given


def number(request: web.Request, key: str, default: int, *, most: int | None = None) -> int:
    """Return a number of the query; raise RefusedError. `most`: it is between 1 and this."""
    text = request.query.get(key, str(default))
    if not text.isdecimal() or (most is not None and not 1 <= int(text) <= most):
        problem = Problem((key,), "NUMBER_TYPE_COERCE", f'Value "{text}" is not allowed here.')
        raise RefusedError(50035, str(problem), problems=[problem])
    return int(text)


async def _read(request: web.Request) -> tuple[object, dict[int, tuple[str, bytes]]]:
    """Return the body's JSON, whose values have the right types, and its files."""
    given: object = {}
    files: dict[int, tuple[str, bytes]] = {}
    try:
        if request.content_type == "multipart/form-data":
            async for part in await request.multipart():
                assert isinstance(part, BodyPartReader)
                data = bytes(await part.read())
                if number := re.fullmatch(r"files\[(\d+)]", part.name or ""):
                    files[int(number[1])] = part.filename or "", data
                elif part.name == "payload_json":
                    given = json.loads(data)
        else:
            given = json.loads(await request.read() or b"{}")
    except ValueError:
        raise RefusedError(50109, "the body is not JSON") from None
    request[FORM] = given
    size = max(request.content_length or 0, sum(len(data) for _, data in files.values()))
    if size > MAX_REQUEST_BYTES:
        raise RefusedError(40005, f"the request has {size} bytes, more than {MAX_REQUEST_BYTES}")
    path = request.path.removeprefix(API)
    if wrong := specification().misshapen(request.method, path, given):
        problems = [Problem((), "BASE_TYPE_REQUIRED", each) for each in wrong]
        raise RefusedError(50035, "; ".join(wrong), problems=problems)
    return given, files


def _filenames(form: Form, old: Message | None, problems: list[Problem], path: Path) -> Sequence[str]:
    """Return the names of the files that the message would have, and add what is wrong with them to `problems`."""
    listed = form.json.get("attachments")
    present = {each.id: each.filename for each in old.attachments} if old else {}
    if listed is not None:
        known = present.keys() | {str(number) for number in form.files}
        for index, each in enumerate(listed):
            if str(each.get("id")) not in known:
                at: Path = (*path, "attachments", index, "id")
                problems.append(Problem(at, "ATTACHMENT_NOT_FOUND", f"There is no file {each.get('id')}"))
        wanted = {str(each.get("id")) for each in listed}
        present = {key: name for key, name in present.items() if key in wanted}
    names = [*present.values(), *(clean_name(name) for name, _ in form.files.values())]
    if len(names) > MAX_FILES:
        problems.append(
            Problem((*path, "attachments"), "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_FILES} or fewer in length.")
        )
    return names
