"""Copies of this gateway's state for a standby: when one is made, what number it has, and for which key it is."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from datetime import datetime

from gateway.api.standby import Copied, StandbyState
from gateway.errors import BadRequest, GatewayError, NotSaved, TooManyWatchers
from gateway.keys import is_of_a_private_key
from gateway.model import Key
from gateway.state.reconciler import Reconciler
from gateway.state.schema import GIVEN_UP, STANDBY_KEY, TERM, TERM_BEFORE
from gateway.state.store import Store

log = logging.getLogger(__name__)

LOOK_S = 3.0  # between looks at where devices are, because WireGuard tells of no move
CALM_S, SPARING = 0.2, 4  # from a copy to the next one, at least, and how many times as long as making it took
AGAIN_S = 5.0  # after a failure
EACH = 4  # followers of one system user; the courier is one, and another while it is restarted
_COUNT_BITS = 32
Make = Callable[[int, Key], Awaitable[bytes]]
"""Make the copy with a number for the standby with a key. Raise an error of the tree."""


def first_of(term: int) -> int:
    """Return the number before that of the term's first copy.

    Each start of an active gateway is a term, which is its second since 1970 or more. Numbers go on growing when the
    standby goes on as the active one, because its term is after that of its last copy. They do so after a restored
    backup too, because time goes on.
    """
    return term << _COUNT_BITS


class Copies:
    """The followers, each of which gets a copy after a change. Without any, or without a key, nothing is made."""

    def __init__(self, store: Store, state: Reconciler, make: Make | None, now: Callable[[], datetime]) -> None:
        self._store, self._state, self._make, self._now = store, state, make, now
        self._followers = dict[asyncio.Event, int]()  # set when something changed, with the system user's id
        self._key: Key | None = None
        self._term = self._number = 0
        self._made_at: datetime | None = None
        store.committed = self._changed

    async def begin(self) -> None:
        """Begin a term of this active gateway, where it has a standby. From now on older copies are worth nothing."""
        noted = await self._store.note(STANDBY_KEY)
        self._key = Key.parse(noted) if noted and self._make else None
        if self._key:
            await self._begin_term()

    async def _begin_term(self) -> None:
        if self._term:
            return
        before = int(await self._store.note(TERM) or 0)
        term = max(before + 1, int(self._now().timestamp()))

        async def note() -> None:
            await self._store.set_note(TERM, str(term))
            await self._store.set_note(TERM_BEFORE, str(before))
            await self._store.drop_notes([GIVEN_UP])

        await self._state.write(note)
        self._term, self._number = term, first_of(term)

    def _changed(self) -> None:
        for changed in self._followers:
            changed.set()

    async def allow(self, key: Key | None) -> None:
        """Make copies for the owner of this key from now on, or no more. Raise BadRequest or NotSaved."""
        if key and self._make is None:
            raise BadRequest(field="key", problem="this gateway is of no fleet; `guildgate enrol` makes it one's")
        if key and not is_of_a_private_key(key):
            raise BadRequest(field="key", problem="no private key can belong to it; `guildgate enrol` prints it")

        async def note() -> None:
            await (self._store.set_note(STANDBY_KEY, str(key)) if key else self._store.drop_notes([STANDBY_KEY]))

        await self._state.write(note)
        self._key = key
        if key:
            await self._begin_term()
        log.warning("a standby gets all state and keys from now on" if key else "no standby gets copies any more")
        self._changed()

    def state(self) -> StandbyState:
        number = self._number if self._made_at else 0
        return StandbyState(key=self._key, followers=len(self._followers), number=number, made_at=self._made_at)

    async def follow(self, uid: int) -> AsyncGenerator[Copied, None]:
        """Yield a copy at once and after each change, until the follower leaves. Raise TooManyWatchers."""
        if list(self._followers.values()).count(uid) >= EACH:
            raise TooManyWatchers(limit=EACH)
        changed, clock = asyncio.Event(), asyncio.get_running_loop().time
        changed.set()
        self._followers[changed] = uid
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S if self._key else None):
                        await changed.wait()
                if self._key is None:
                    changed.clear()
                    continue
                with suppress(NotSaved):  # it is a problem by then, and the copy has the rest
                    await self._state.save_endpoints()
                if not changed.is_set():
                    continue
                changed.clear()
                began = clock()
                try:
                    copied = await self._copied(self._key)
                except (OSError, GatewayError) as error:
                    log.warning("no copy for the standby could be made, trying again: %s", error)
                    changed.set()
                    await asyncio.sleep(AGAIN_S)
                    continue
                took_s = clock() - began
                yield copied
                await asyncio.sleep(max(CALM_S, SPARING * took_s))
        finally:
            del self._followers[changed]

    async def _copied(self, key: Key) -> Copied:
        assert self._make
        self._number += 1
        number = self._number
        sealed = await self._make(number, key)
        self._made_at = self._now()
        return Copied(number=number, sealed=base64.b64encode(sealed).decode())
