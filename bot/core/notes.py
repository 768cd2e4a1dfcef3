"""Notes: what the log channel tells besides the gateway's audit log, as values. `bot.log` makes embeds of them.

`say` is a sentence in any language; a reader's language is known only when the note is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import discord

from bot.core.names import Finding
from bot.core.words import Say
from gateway.api.contract import ForwardInfo, PeerInfo

Member = discord.User | discord.Member


@dataclass(frozen=True, slots=True)
class Refused:
    """A refused command of `member`, and the sentence that `member` got. `command` None: it was a button."""

    member: Member
    command: str | None
    say: Say


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """A command of `member` that needs a role which `member` lacks. `command` None: it was a button."""

    member: Member
    command: str | None


@dataclass(frozen=True, slots=True)
class Broken:
    """A command that failed although nothing was wrong with it; fields as in `Refused`."""

    member: Member
    command: str | None
    say: Say


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A config of `member`, for the device of this name, that Discord did not deliver."""

    member: Member
    device: str


@dataclass(frozen=True, slots=True)
class NotReminded:
    """A reminder to the owner of `forwards` that Discord refused."""

    forwards: Sequence[ForwardInfo]


@dataclass(frozen=True, slots=True)
class NotToldOfMove:
    """A message to the owner of `peers` about the gateway's new address that Discord refused."""

    peers: Sequence[PeerInfo]


@dataclass(frozen=True, slots=True)
class CutOffLater:
    """A member, by the id, that is cut off in some regions only. The others are away, each since a time."""

    member: int
    done: Sequence[str]
    away: Sequence[tuple[str, datetime]]


@dataclass(frozen=True, slots=True)
class CardLost:
    """A match card that can no longer be kept up to date; `channel` is the id of its channel."""

    forwards: Sequence[ForwardInfo]
    channel: int


@dataclass(frozen=True, slots=True)
class PanelLost:
    """The live message that the bot may not edit; `channel` is the id of its channel."""

    channel: int


@dataclass(frozen=True, slots=True)
class PanelGone:
    """The live message that was deleted, or its channel was."""

    channel: int


@dataclass(frozen=True, slots=True)
class NoEvents:
    """Game nights that are not among the server's events; `missing` are permissions as discord.py names them."""

    missing: Sequence[str]


@dataclass(frozen=True, slots=True)
class CannotAsk:
    """A request for access that cannot be posted in the admin channel; `say` tells the reason."""

    say: Say


@dataclass(frozen=True, slots=True)
class NoMembersIntent:
    """The absence of events about members, because the application's Server Members Intent is switched off."""


@dataclass(frozen=True, slots=True)
class Misnamed:
    """What is wrong with configured roles or channels."""

    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class HalvesDiffer:
    """Bot and gateway of different versions; `region` is empty without a fleet."""

    bot: str
    gateway: str
    region: str


@dataclass(frozen=True, slots=True)
class NewRelease:
    """A release that is newer than the bot itself, which is of version `present`."""

    version: str
    present: str


Note = (
    Refused
    | TurnedAway
    | Broken
    | Undelivered
    | NotReminded
    | NotToldOfMove
    | CutOffLater
    | CardLost
    | PanelLost
    | PanelGone
    | NoEvents
    | CannotAsk
    | NoMembersIntent
    | Misnamed
    | HalvesDiffer
    | NewRelease
)
