"""One gateway of a fleet, with its ids as the bot knows them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from bot.core.gateway import Gateway
from bot.core.live import Live
from bot.fleet import ids
from bot.fleet.versions import has_other_protocol, older
from gateway.api.contract import Request, Subscription
from gateway.bus.told import Entry
from gateway.errors import (
    GatewayTimeout,
    GatewayUnreachable,
    NotAuthentic,
    OtherVersion,
    RegionAway,
    RegionDiffers,
)
from gateway.version import own

A = TypeVar("A")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What makes a region. No other region ever has its number, also not after it has left.

    Number 0 is that of the gateway which stood alone before, because the bot knows its devices and forwards already.
    """

    name: str
    """Empty for a gateway that stands alone."""
    number: int
    gateway: Gateway
    entry: Callable[[], Entry | None] = field(default=lambda: None, compare=False)
    """Returns what the region tells of itself."""


class Numbered:
    """A gateway that takes and gives ids as the bot knows them. An error of versions says which side is older."""

    def __init__(self, member: Member) -> None:
        self._member = member

    async def call(self, request: Request[A]) -> A:
        with self._understood(), self._believed():
            return self._outside(await self._member.gateway.call(ids.inside(request)))

    @asynccontextmanager
    async def watch(self, request: Subscription[A]) -> AsyncIterator[AsyncIterator[A]]:
        with self._understood():
            async with (
                self._member.gateway.watch(ids.inside(request)) as lines,
                aclosing(self._each(lines)) as numbered,
            ):
                yield numbered

    async def _each(self, lines: AsyncIterator[A]) -> AsyncGenerator[A, None]:
        async for line in lines:
            with self._believed():
                outer = self._outside(line)
            yield outer

    def _outside(self, answer: A) -> A:
        return ids.outside(self._member.number, self._member.name, answer)

    @contextmanager
    def _believed(self) -> Iterator[None]:
        """Let a region that answers what is no answer be away, because the others have to go on."""
        try:
            yield
        except ValueError as error:  # an id that leads elsewhere
            if not self._member.name:
                raise
            raise GatewayUnreachable from error

    @contextmanager
    def _understood(self) -> Iterator[None]:
        try:
            yield
        except (OtherVersion, NotAuthentic) as error:
            entry = self._member.entry()
            if self._member.name and (isinstance(error, OtherVersion) or has_other_protocol(entry)):
                raise RegionDiffers(region=self._member.name, older=older(entry, own())) from error
            raise


class Region:
    """A region of the fleet, with the mirror of its gateway."""

    def __init__(self, member: Member, clock: Callable[[], datetime]) -> None:
        self.member, self._clock = member, clock
        self._gateway = Numbered(member)
        self.live = Live(self._gateway, clock, member.name)

    @property
    def name(self) -> str:
        return self.member.name

    @property
    def number(self) -> int:
        return self.member.number

    async def call(self, request: Request[A]) -> A:
        """Ask the gateway; raise GatewayError. One that is known to be away is not waited for."""
        if self.name and self.live.away:
            raise self.away()
        try:
            return await self._gateway.call(request)
        except GatewayUnreachable as error:
            if self.name and not isinstance(error, RegionDiffers):
                raise self.away() from error
            raise
        except GatewayTimeout as error:
            error.details |= {"region": self.name} if self.name else {}
            raise

    def watch(self, request: Subscription[A]) -> AbstractAsyncContextManager[AsyncIterator[A]]:
        return self._gateway.watch(request)

    def away(self) -> RegionAway:
        for away in self.live.away:
            if away.older:
                return RegionDiffers(region=self.name, older=away.older)
        since = self.live.away_since or self._clock()
        return RegionAway(region=self.name, since=int(since.timestamp()))
