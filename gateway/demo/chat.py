"""What the slash commands at the demo's prompt stand on: the speaker, the gateway, the bot's words, typed buttons."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

import discord

from bot.core.interaction import Explain
from bot.core.words import says
from gateway.api.contract import Actor, List, PeerInfo, Request
from gateway.demo import message
from gateway.demo.stage import Friend, Stage
from gateway.errors import BadRequest

A = TypeVar("A")
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    press: Callable[[], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command or a button. `buttons` are found by the word that presses them."""

    text: str
    buttons: Mapping[str, Button] = field(default_factory=dict)


class Chat:
    """The place of Discord: `speaker` is the friend that the user speaks as."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.speaker = stage.friends["alex"]
        self.words = message.english()

    @property
    def me(self) -> Actor:
        return self.speaker.actor

    @property
    def admin(self) -> Actor:
        """Return the speaker; raise `Explain` for one that is no admin."""
        if not self.me.is_admin:
            raise Explain(says("admins-only"))
        return self.me

    async def call(self, request: Request[A]) -> A:
        """Ask the gateway; raise GatewayError."""
        return await self.stage.client.call(request)

    async def devices(self) -> Sequence[PeerInfo]:
        """Return the speaker's devices."""
        return (await self.call(List(actor=self.me))).peers

    def member(self, name: str) -> Friend:
        """Return the friend that an option names."""
        return self.stage.friend("member", name.removeprefix("@"))

    def text(self, said: str) -> str:
        """Return a message of the bot's as text for the terminal."""
        return self._named(message.text(said, message.now()))

    async def say(self, said: str) -> Reply:
        return Reply(self.text(said))

    def embeds(self, *shown: discord.Embed, buttons: Mapping[str, Button] | None = None) -> Reply:
        text = "\n\n".join(message.embed(each, message.now()) for each in shown)
        return Reply(self._named(text), buttons or {})

    def _named(self, text: str) -> str:
        """Name the members that a text mentions, as Discord does."""
        names = {friend.actor.id: friend.name for friend in self.stage.friends.values()}
        return re.sub(r"<@(\d+)>", lambda found: f"@{names.get(found[1], found[1])}", text)


def choice(option: str, text: str, values: Sequence[str]) -> str:
    """Return the value, which Discord offers in a menu; raise BadRequest for another."""
    if text not in values:
        raise BadRequest(field=option, problem=f"must be {', '.join(filter(None, values))}")
    return text


def one_of(option: str, kind: type[E], text: str) -> E:
    """Return the member of `kind`; raise BadRequest for another text."""
    return kind(choice(option, text, [*kind]))
