"""The state of the fake Discord as plain values; `payloads` turns them into Discord's JSON.

Ids are snowflakes, which Discord writes as decimal strings.
"""

import itertools
import re
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import IntEnum, IntFlag
from typing import Any

Json = dict[str, Any]

DISCORD_EPOCH_MS = 1420070400000
COMMAND_MENTION = re.compile(r"</([-_ \w]+):(\d+)>")
_sequence = itertools.count(1)


SKEW_S = 0.0  # how far Discord's clock is ahead of the bot's


def now() -> datetime:
    """Return the time by Discord's clock."""
    return datetime.fromtimestamp(time.time() + SKEW_S, UTC)


def snowflake() -> str:
    """Return a new id; later ids are larger."""
    milliseconds = int(now().timestamp() * 1000) - DISCORD_EPOCH_MS
    return str(milliseconds << 22 | next(_sequence) & 0x3FFFFF)


class MessageFlag(IntFlag):
    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


class Permission(IntFlag):
    ADMINISTRATOR = 1 << 3
    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    MANAGE_ROLES = 1 << 28
    MANAGE_EVENTS = 1 << 33
    CREATE_EVENTS = 1 << 44
    USE_APPLICATION_COMMANDS = 1 << 31


EVERY_PERMISSION = (1 << 53) - 1
ORDINARY = Permission(
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
)


NO_PERMISSION = Permission(0)


class Intent(IntFlag):
    GUILDS = 1 << 0
    MEMBERS = 1 << 1
    MODERATION = 1 << 2
    PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15
    GUILD_SCHEDULED_EVENTS = 1 << 16


PRIVILEGED = Intent.MEMBERS | Intent.PRESENCES | Intent.MESSAGE_CONTENT


NO_INTENT = Intent(0)


class EventStatus(IntEnum):
    SCHEDULED = 1
    ACTIVE = 2
    COMPLETED = 3
    CANCELED = 4


class InteractionType(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class Callback(IntEnum):
    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(slots=True)
class User:
    id: str
    name: str
    bot: bool = False
    accepts_dms: bool = True
    locale: str = "en-US"  # the language of the person's client


@dataclass(slots=True)
class Role:
    id: str
    name: str
    permissions: int = 0
    position: int = 1
    bot: str | None = None  # the id of the bot that was added with this role; no member can have it


@dataclass(slots=True)
class Member:
    user: User
    roles: list[Role] = field(default_factory=list)
    joined: datetime = field(default_factory=now)


@dataclass(slots=True)
class Attachment:
    id: str
    filename: str
    data: bytes = field(repr=False)
    channel: str
    description: str | None = None
    ephemeral: bool = False

    @property
    def path(self) -> str:
        return f"/attachments/{self.channel}/{self.id}/{self.filename}"


@dataclass(slots=True)
class Message:
    """A message. `history` holds its earlier states, oldest first; `reader` is the only reader of an ephemeral one."""

    id: str
    channel: "Channel"
    author: User
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    tts: bool = False
    created: datetime = field(default_factory=now)
    edited: datetime | None = None
    deleted: bool = False
    reader: User | None = None
    interaction: "Interaction | None" = field(default=None, repr=False)
    nonce: str | int | None = None
    pinged: frozenset[str] = frozenset()  # ids of the users and roles that were notified
    history: "list[Message]" = field(default_factory=list, repr=False)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & MessageFlag.EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Report whether the message still is the "is thinking..." of a deferred answer."""
        return bool(self.flags & MessageFlag.LOADING)

    @property
    def files(self) -> dict[str, bytes]:
        return {attachment.filename: attachment.data for attachment in self.attachments}

    @property
    def text(self) -> str:
        """Return all text of the message: content, embeds and, in new layouts, text displays."""
        parts = [self.content, *map(embed_text, self.embeds), *_displays(self.components)]
        return shown("\n".join(filter(None, parts)))

    def remember(self) -> None:
        """Keep the present state in `history`; called before an edit."""
        self.history.append(replace(self, history=[]))


@dataclass(slots=True)
class Channel:
    """A text channel of the guild, or a DM channel when it has a `recipient`."""

    id: str
    name: str = ""
    recipient: User | None = None
    denied_to_bot: int = 0
    messages: list[Message] = field(default_factory=list, repr=False)


@dataclass(slots=True)
class ScheduledEvent:
    """An external event of the guild."""

    id: str
    name: str
    description: str | None
    location: str
    start: datetime
    end: datetime
    creator: User
    status: EventStatus = EventStatus.SCHEDULED


@dataclass(slots=True)
class Command:
    """A registered command. `guild` is None for a global one; `definition` is the JSON that the bot sent."""

    id: str
    version: str
    guild: str | None
    definition: Json

    @property
    def name(self) -> str:
        return str(self.definition["name"])

    @property
    def type(self) -> int:
        return int(self.definition.get("type", 1))


@dataclass(slots=True)
class Choice:
    name: str
    value: str | int | float


@dataclass(slots=True)
class Interaction:
    """One use of a command, button, menu or modal, with the bot's answers; times are those of the fake's clock."""

    id: str
    token: str
    type: InteractionType
    label: str
    user: User
    channel: Channel
    data: Json
    created: float
    expires: float
    message: Message | None = None  # it holds the used component
    option: Json | None = None  # the option to complete
    was_late: bool = False  # it was delivered when its time was over
    delivered: bool = False
    acknowledged: float | None = None
    callback: Callback | None = None
    original: Message | None = None
    updated: bool = False  # the message of a component was edited after a deferred update
    followups: list[Message] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    modal: Json | None = None

    @property
    def answered(self) -> bool:
        """Report whether the person sees a final answer, not nothing or "is thinking..."."""
        match self.callback:
            case None:
                return False
            case Callback.DEFERRED_MESSAGE:
                assert self.original is not None
                return not self.original.loading or self.original.deleted
            case Callback.DEFERRED_UPDATE:
                return self.updated or bool(self.followups)
            case _:
                return True


@dataclass(slots=True)
class Guild:
    id: str
    name: str
    owner: User
    everyone: Role
    roles: list[Role] = field(default_factory=list)
    members: dict[str, Member] = field(default_factory=dict)
    locale: str = "en-US"
    unavailable: bool = False


@dataclass(slots=True)
class World:
    """The whole state: one guild with one bot in it."""

    guild: Guild
    bot: User
    token: str = field(repr=False)
    privileged: Intent = NO_INTENT
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)  # ids of channels, which a bot learns late
    commands: dict[str | None, list[Command]] = field(default_factory=dict)
    interactions: dict[str, Interaction] = field(default_factory=dict)  # by token
    attachments: dict[str, Attachment] = field(default_factory=dict)  # by path
    events: dict[str, ScheduledEvent] = field(default_factory=dict)
    others: list[Guild] = field(default_factory=list)  # servers of strangers that invited the bot

    @property
    def has_bot(self) -> bool:
        """Report whether the bot is in the guild."""
        return self.bot.id in self.guild.members

    def dm_channel(self, user: User) -> Channel:
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(snowflake(), recipient=user)
        self.channels[channel.id] = channel
        return channel

    def permissions(self, user: User, channel: Channel | None = None) -> int:
        """Return the permissions of a user in the guild, or in one of its channels."""
        guild = self.guild
        member = guild.members.get(user.id)
        if user is guild.owner:
            return EVERY_PERMISSION
        granted = guild.everyone.permissions
        for role in member.roles if member else ():
            granted |= role.permissions
        if granted & Permission.ADMINISTRATOR:
            return EVERY_PERMISSION
        return granted & ~channel.denied_to_bot if channel and user is self.bot else granted


def shown(text: str) -> str:
    """Return a text with each mention of a command as the command's name, in backticks because it is set apart."""
    return COMMAND_MENTION.sub(r"`/\1`", text)


def embed_text(embed: Json) -> str:
    """Return the text of an embed, from top to bottom."""
    lines = [embed.get("author", {}).get("name"), embed.get("title"), embed.get("description")]
    for item in embed.get("fields", ()):
        lines += [item["name"], item["value"]]
    lines.append(embed.get("footer", {}).get("text"))
    return "\n".join(line for line in lines if line)


def walk(components: list[Json]) -> list[Json]:
    """Return components and those nested in rows, sections, containers and labels, in reading order."""
    found = []
    for component in components:
        inner = [*(component.get("components") or ())]
        inner += [component[key] for key in ("component", "accessory") if component.get(key)]
        found += [component, *walk(inner)]
    return found


def _displays(components: list[Json]) -> list[str]:
    return [component.get("content") or "" for component in walk(components) if component.get("type") == 10]
