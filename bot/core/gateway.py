"""What answers requests: one gateway, or a fleet that asks the right one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from gateway.api.contract import Away, Request, Subscription

A = TypeVar("A")


class Gateway(Protocol):
    """One gateway. Both methods raise GatewayError."""

    async def call(self, request: Request[A]) -> A: ...

    def watch(self, request: Subscription[A]) -> AbstractAsyncContextManager[AsyncIterator[A]]: ...


class Gateways(Protocol):
    """All gateways of the bot. One alone has no region, and all ways lead to it."""

    async def call(self, request: Request[A]) -> A:
        """Ask the gateway that the request concerns, or all that there are. Raise GatewayError.

        Raise WhichRegion when it may concern several, and RegionAway when the one that it concerns does not answer.
        """
        ...

    def at(self, region: str) -> Gateway:
        """Return the gateway of this region. Raise RegionUnknown."""
        ...

    def named(self, region: str) -> str:
        """Return a region's name as it is written. Raise RegionUnknown, and RegionAway while it does not answer."""
        ...

    def of(self, ident: int) -> Gateway:
        """Return the gateway that the id of a peer or forward leads to. Raise RegionUnknown."""
        ...

    @property
    def regions(self) -> Sequence[str]:
        """Return the names of the regions; none for a gateway that stands alone."""
        ...

    def usual(self, owner: str) -> str:
        """Return the region for what a member adds without naming one; empty without regions."""
        ...

    def away(self) -> Sequence[Away]:
        """Return the regions that do not answer."""
        ...
