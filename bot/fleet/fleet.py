"""All gateways, asked like one: a request goes to the region that it concerns, or to all of them at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Never, TypeVar

from bot.core.gateway import Gateway
from bot.core.live import Mirror
from bot.core.roles import BOT
from bot.fleet import ids, routing
from bot.fleet.joining import joined
from bot.fleet.mirror import Mirrors
from bot.fleet.region import Member, Region
from bot.fleet.routing import Known
from gateway.api.contract import Away, List, Listing, Request
from gateway.errors import GatewayError, GatewayTimeout, GatewayUnreachable, RegionUnknown

A = TypeVar("A")


class Fleet:
    """The service that watches every gateway. `set` may give it other regions while it runs."""

    def __init__(self, members: Sequence[Member], clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.changed: Callable[[], None] = lambda: None  # called when there are other regions
        self._regions: dict[int, Region] = {}  # by number, in the order of the members
        self._changed = asyncio.Event()
        self._mirrors = Mirrors()
        self.set(members)

    @classmethod
    def alone(cls, gateway: Gateway, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Fleet:
        """Return one gateway as a fleet, in which all is as without one."""
        return cls([Member(name="", number=0, gateway=gateway)], clock)

    def set(self, members: Sequence[Member]) -> None:
        """Let the fleet have these regions and no others. One that stays as it was is not disturbed."""
        before = self._regions
        self._regions = {
            each.number: known
            if (known := before.get(each.number)) and known.member == each
            else Region(each, self._clock)
            for each in members
        }
        self._mirrors.set({number: region.live for number, region in self._regions.items()})
        self._changed.set()
        self.changed()

    async def run(self) -> Never:
        """Watch the gateways of all regions."""
        watching: dict[Region, asyncio.Task[Never]] = {}
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._changed.clear()
                present = [*self._regions.values()]
                for region in [region for region in watching if region not in present]:
                    watching.pop(region).cancel()
                watching |= {each: tasks.create_task(each.live.run()) for each in present if each not in watching}
                await self._changed.wait()

    @property
    def all(self) -> Sequence[Region]:
        """Return the regions, for what asks each of them by itself."""
        return tuple(self._regions.values())

    @property
    def live(self) -> Mirror:
        """Return what is known of all regions."""
        alone = self._alone
        return alone.live if alone else self._mirrors

    @property
    def regions(self) -> Sequence[str]:
        return [region.name for region in self._regions.values() if region.name]

    @property
    def _alone(self) -> Region | None:
        first = next(iter(self._regions.values()), None)
        return first if first and not first.name else None

    def at(self, region: str) -> Region:
        for each in self._regions.values():
            if each.name.casefold() == region.strip().casefold():
                return each
        raise self._unknown(region)

    def named(self, region: str) -> str:
        found = self.at(region)
        if found.name and found.live.away:
            raise found.away()
        return found.name

    def of(self, ident: int) -> Region:
        return self._alone or self._numbered(ids.number_of(ident))

    def usual(self, owner: str) -> str:
        if not self.regions:
            return ""
        return routing.usual(owner, self._known(), self.regions, [each.region for each in self.away()])

    def away(self) -> Sequence[Away]:
        return self.live.away

    async def call(self, request: Request[A]) -> A:
        if alone := self._alone:
            return await alone.call(request)
        numbers = sorted(ids.numbers_in(request))
        if len(numbers) == 1:
            return await self._numbered(numbers[0]).call(request)
        if numbers:
            concerned = [self._numbered(number) for number in numbers]
            asked = (each.call(ids.narrowed(each.number, request)) for each in concerned)
            return joined(await asyncio.gather(*asked), [each.name for each in concerned])
        if routing.concerns_all(request):
            return await self._call_all(request)
        if routing.concerns_any(request):
            return await self._call_any(request)
        return await (await self._concerned(request)).call(request)

    async def _call_all(self, request: Request[A]) -> A:
        """Ask all regions at once, and join what those answer that are there. Raise GatewayError when none does.

        A refusal counts only when no region agrees: a member may have nothing in some.
        """
        regions = self.all
        outcomes = await asyncio.gather(*(each.call(request) for each in regions), return_exceptions=True)
        answered, away, refusals = dict[str, A](), list[Away](), list[BaseException]()
        for region, outcome in zip(regions, outcomes, strict=True):
            if not isinstance(outcome, BaseException):
                answered[region.name] = outcome
            elif isinstance(outcome, GatewayUnreachable | GatewayTimeout):
                since, older = region.live.away_since or self._clock(), outcome.details.get("older", "")
                away.append(Away(region=region.name, since=since, older=older))
                refusals.append(outcome)
            elif not isinstance(outcome, GatewayError) or outcome.status >= 500:
                raise outcome
            else:
                refusals.insert(0, outcome)
        if not answered:
            raise refusals[0] if refusals else GatewayUnreachable()
        return joined([*answered.values()], [*answered], away)

    async def _call_any(self, request: Request[A]) -> A:
        """Ask the usual region, or else another one that answers. Raise GatewayError."""
        usual = self.usual(request.actor.id)
        failure: GatewayError = GatewayUnreachable()
        for region in sorted(self.all, key=lambda each: (bool(each.live.away), each.name != usual)):
            try:
                return await region.call(request)
            except (GatewayUnreachable, GatewayTimeout) as error:
                failure = error
        raise failure

    async def _concerned(self, request: Request[Any]) -> Region:
        """Return the region that the request is about. Raise WhichRegion and RegionAway."""
        if not self._regions:
            raise GatewayUnreachable
        usual = self.usual(request.actor.id)
        found = routing.concerned(request, self._known(), usual)
        if found is None:  # the mirrors may be a moment behind
            listing = await self._call_all(List(actor=BOT, everyone=True))
            found = routing.concerned(request, self._listed(listing), usual)
        if found is None:
            for region in self.all:
                if region.live.away and region.live.last is None:
                    raise region.away()  # it may have what no other region has
        return self.at(found or usual)

    def _known(self) -> Mapping[str, Known]:
        """Return what each region has, or had when it was last heard."""
        lasts = {each.name: each.live.last for each in self._regions.values()}
        return {
            name: Known([row.peer for row in last.peers.values()], [row.forward for row in last.forwards.values()])
            for name, last in lasts.items()
            if last
        }

    def _listed(self, listing: Listing) -> Mapping[str, Known]:
        return {
            name: Known(
                [peer for peer in listing.peers if peer.region == name],
                [forward for forward in listing.forwards if forward.region == name],
            )
            for name in self.regions
        }

    def _numbered(self, number: int) -> Region:
        if region := self._regions.get(number):
            return region
        raise self._unknown(str(number))

    def _unknown(self, region: str) -> RegionUnknown:
        return RegionUnknown(region=region, regions=", ".join(self.regions))
