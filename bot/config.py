"""The configuration file as the bot reads it: [discord], and the ways to the gateways."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, Self
from zoneinfo import ZoneInfo

from bot import chosen
from gateway import config
from gateway.codec import DecodeError, decode
from gateway.config import bad, check_path, unreadable
from gateway.model import Duration


@dataclass(frozen=True, slots=True)
class Timezone:
    """A time zone: `UTC`, or a name such as `Europe/Berlin`, of the system's data or else of the package tzdata."""

    name: str = "UTC"
    zone: tzinfo = UTC

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise ValueError for a name that is no zone."""
        if text == "UTC":
            return cls()
        try:
            return cls(text, ZoneInfo(text))
        except (KeyError, ValueError, OSError):
            raise ValueError("must be a time zone such as Europe/Berlin") from None

    def __str__(self) -> str:
        return self.name


SERVICES_TOKEN = Path("/etc/guildgate/token")
"""The token's file that systemd hands to the service, see packaging/guildgate-bot.service."""
DATABASE_VERSION = 15  # the number of steps in bot/app.py, which the doctor does not import


class Kind(StrEnum):
    """The kind of a configured thing of the server. The values stand in the bot's database and in the catalogue."""

    ROLE = "role"
    CHANNEL = "channel"


class PostKind(StrEnum):
    """What is posted in `posts_channel`. The values stand in the configuration."""

    HOSTING = "hosting"
    """A match has begun."""
    FIRST_PLAYER = "first-player"
    """Its first player is there."""
    OFFLINE = "offline"
    """The host's device was lost while players were on."""
    SILENT = "silent"
    """The game server has stopped to answer."""


@dataclass(frozen=True, slots=True)
class Named:
    """A role or channel as [discord] names it. `text` is its name, without #, or its id in digits."""

    kind: Kind
    text: str

    @classmethod
    def role(cls, configured: int | str) -> Self:
        return cls(Kind.ROLE, str(configured))

    @classmethod
    def channel(cls, configured: int | str) -> Self:
        return cls(Kind.CHANNEL, str(configured).removeprefix("#"))

    @property
    def id(self) -> int | None:
        """Return the id that is configured, or None for a name.

        Digits are an id and never a name. Otherwise a member with the permission to rename roles could name one like
        an admin role's id, and become admin.
        """
        return int(self.text) if self.text.isdecimal() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordSection:
    """The values of [discord]. A role or channel is a name or an id; an id may be a number or text."""

    guild: int | str | None = None
    """The id of the one server that the bot serves."""
    member_roles: tuple[int | str, ...] = ()
    """Roles that may use the bot. An approval gives the first one to the member."""
    admin_roles: tuple[int | str, ...] = ()
    """Roles that may also use the admin commands, and see and change everything."""
    guest_roles: tuple[int | str, ...] = ()
    """Roles that may use the bot like member roles, but only for `guest_duration`."""
    guest_duration: Duration = Duration(timedelta(days=1))
    """The time from a guest's first /join, or from the loss of the member's role, to the removal of all devices."""
    config_shown_for: Duration = Duration(timedelta(days=1))
    """The longest time that a message shows a config; it loses it earlier, once the device has connected."""
    admin_channel: int | str | None = None
    """The channel that gets the requests for access. None: a member without a role cannot ask."""
    log_channel: int | str | None = None
    """The channel that gets one message for each change. None: the bot writes none."""
    posts_channel: int | str | None = None
    """The channel that gets a message when a match begins, and when something is wrong with it. None: none is sent."""
    posts: tuple[PostKind, ...] = tuple(PostKind)
    """What is posted there."""
    release_notices: bool = True
    """Whether to look once a day for a newer release, and tell it in the log channel."""
    token_file: Path | None = None
    """The file that holds the bot's token, unless DISCORD_TOKEN or a credential does. The section never holds it."""
    kept_for: Duration = Duration(timedelta(days=30))
    """How long a decided request is remembered, and the language of a member after the last command."""
    timezone: Timezone = Timezone()
    """The zone of a clock time that a member types, such as `until 2am` or `friday 20:00`."""
    language: str = ""
    """The language of messages in channels, as Discord names it (`de`). Empty: the one that the server has there."""
    state_dir: Path = Path("/var/lib/guildgate-bot")
    """The folder of the bot's database; it belongs to the bot's system user."""

    def named(self) -> Mapping[Named, tuple[str, ...]]:
        """Return every configured role and channel, with the keys that name it."""
        found: dict[Named, tuple[str, ...]] = {}
        for key in ("member_roles", "admin_roles", "guest_roles"):
            for role in getattr(self, key):
                found[Named.role(role)] = (*found.get(Named.role(role), ()), key)
        for key in ("admin_channel", "log_channel", "posts_channel"):
            if (channel := getattr(self, key)) is not None:
                found[Named.channel(channel)] = (*found.get(Named.channel(channel), ()), key)
        return found

    def token(self, environ: Mapping[str, str] = os.environ, *, opened: BinaryIO | None = None) -> str:
        """Return DISCORD_TOKEN, or else the content of the token's file. Raise ConfigError when there is neither.

        `opened`: the file at `token_path`, opened by a process that may.
        """
        if token := environ.get("DISCORD_TOKEN", "").strip():
            return token
        path = self.token_path(environ) or (SERVICES_TOKEN if opened else None)
        if path is None:
            raise bad("discord.token_file", "is not set, and the environment has no DISCORD_TOKEN; set one of them")
        try:
            raw = opened.read() if opened else path.read_bytes()
            words = raw.decode("utf-8-sig").split()
        except (OSError, ValueError) as error:
            raise bad("discord.token_file", f"{path} {unreadable(error, 'write the token into it')}") from error
        if not words:
            raise bad("discord.token_file", f"{path} is empty; paste the bot's token into it")
        if len(words) > 1:
            raise bad("discord.token_file", f"{path} holds more than one word; write only the token into it")
        return words[0]

    def token_path(self, environ: Mapping[str, str] = os.environ) -> Path | None:
        """Return the file that the token is read from: systemd's credential `token`, or else `token_file`."""
        if folder := environ.get("CREDENTIALS_DIRECTORY"):
            credential = Path(folder, "token")
            if credential.exists():
                return credential
        return self.token_file

    def exposed_token(self, environ: Mapping[str, str] = os.environ) -> Path | None:
        """Return the token's file when every user of this host may read it."""
        path = self.token_path(environ)
        try:
            return path if path and path.stat().st_mode & stat.S_IROTH else None
        except OSError:
            return None


class Source(StrEnum):
    """What set a key of [discord]. The values stand in ids of the catalogue."""

    FILE = "file"
    """The configuration file."""
    CHOSEN = "chosen"
    """The form of /setup."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotConfig:
    """The configuration of the bot's process; `socket` is the gateway's API, and `fleet` how others are reached."""

    discord: DiscordSection
    socket: Path
    fleet: config.FleetSection | None = None
    log_format: config.LogFormat = config.LogFormat.TEXT
    written: Mapping[str, Any] = field(default_factory=dict)
    """[discord] as the file has it."""
    sources: Mapping[str, Source] = field(default_factory=dict)
    """What each key that is set was set by."""

    def again(self) -> Self:
        """Return the configuration with the present choices. Raise ConfigError."""
        return self.with_choices(chosen.read(self.discord.state_dir))

    def with_choices(self, choices: Mapping[str, Any]) -> Self:
        """Return the configuration with these choices, where the file has nothing else. Raise ConfigError."""
        sources = {**dict.fromkeys(choices, Source.CHOSEN), **dict.fromkeys(self.written, Source.FILE)}
        return replace(self, discord=parse({**choices, **self.written}), sources=sources)


def load(path: Path) -> BotConfig:
    """Read and check all of `path`, including the gateway's sections; raise ConfigError."""
    raw = config.read(path)
    checked = config.parse(raw)
    written = raw.get("discord", {})
    found = BotConfig(
        socket=checked.gateway.socket,
        fleet=checked.fleet,
        log_format=checked.gateway.log_format,
        discord=parse(written),
        written=written,
    )
    return found.again()


def parse(raw: Any) -> DiscordSection:
    """Check [discord] in the form that `tomllib` returned; raise ConfigError."""
    if isinstance(raw, dict) and "token" in raw:
        raise bad("discord.token", "does not belong in this file; put it into the environment as DISCORD_TOKEN")
    try:
        section = decode(DiscordSection, raw, "discord")
    except DecodeError as error:
        raise bad(error.field, error.problem) from None
    _check(section)
    return section


def _check(section: DiscordSection) -> None:
    if section.guild is not None and not re.fullmatch(r"\d{1,20}", str(section.guild)):
        raise bad("discord.guild", "must be the server's id, a long number (right-click the server, Copy Server ID)")
    for key in ("member_roles", "admin_roles", "guest_roles"):
        if any(not str(role).strip() for role in getattr(section, key)):
            raise bad(f"discord.{key}", "must hold role names or role ids")
    for key in ("admin_channel", "log_channel", "posts_channel"):
        channel = getattr(section, key)
        if channel is not None and not str(channel).strip(" #"):
            raise bad(f"discord.{key}", "must be a channel's name or id")
    if not re.fullmatch(r"([a-z]{2,3}(-[A-Z0-9]{2,4})?)?", section.language):
        raise bad("discord.language", "must be a language as Discord names it, such as de or pt-BR")
    check_path("discord.state_dir", section.state_dir)
    if section.token_file and not section.token_file.is_absolute():  # it may be the token, which no error repeats
        raise bad("discord.token_file", "must be the whole path of a file, such as /etc/guildgate/token")
