"""What the log channel is to tell besides the gateway's audit log, as values: `bot.log` makes embeds of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bot.core.words import Say
from gateway.api.contract import ForwardInfo

Member = discord.User | discord.Member


@dataclass(frozen=True, slots=True)
class Refused:
    """A command, or a button when it is None, was refused; `say` is what `member` was told."""

    member: Member
    command: str | None
    say: Say


@dataclass(frozen=True, slots=True)
class Broken:
    """A command, or a button when it is None, failed that should have worked."""

    member: Member
    command: str | None
    say: Say


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A config was made and did not reach `member`."""

    member: Member
    device: str


@dataclass(frozen=True, slots=True)
class NotReminded:
    """Discord refused the reminder to the owner of `forwards`."""

    forwards: Sequence[ForwardInfo]


@dataclass(frozen=True, slots=True)
class CardLost:
    """The match card in `channel`, an id, can no longer be kept up to date."""

    forwards: Sequence[ForwardInfo]
    channel: int


@dataclass(frozen=True, slots=True)
class CannotAsk:
    """Requests for access cannot be posted; `say` tells why."""

    say: Say


@dataclass(frozen=True, slots=True)
class HearsNothing:
    """Discord sends no events about members, because the intent is switched off."""


Note = Refused | Broken | Undelivered | NotReminded | CardLost | CannotAsk | HearsNothing
