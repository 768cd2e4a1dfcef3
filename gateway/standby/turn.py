"""Whether it is this machine's turn to serve a region that two machines have.

It is, when the machine holds the address that moves, and its courier says that the lease is its own. Without a bus the
one that served last goes on, also after a restart. What waits takes copies, and serves its socket with that alone.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from gateway.api.contract import Caller, Request
from gateway.api.pair import MOST_PARTS, Stand, Standing, TakeCopy, Taken, Word
from gateway.api.signed import SIGNED
from gateway.backup.archive import TRUST
from gateway.errors import BadRequest, GatewayError, GatewayWaiting, HostProblem
from gateway.host.host import Host
from gateway.host.notify import notify
from gateway.keys import PrivateKey
from gateway.logs import SELDOM
from gateway.model import Key
from gateway.standby.install import finish, install, is_newer, was_last
from gateway.standby.kept import Kept
from gateway.trust import GatewayTrust, parse, read

log = logging.getLogger(__name__)

SILENT_S = 30.0  # without a word of the lease, until the one that served last goes on alone
VALID_S = 5.0  # a word of the lease, which comes every second
LOOK_S = 1.0  # between looks at the own addresses while no word comes
SAID_S = 60.0  # between two lines that say the same


class Turn:
    """The turns of this machine. `trust` is what `enrol` wrote here, and `address` the one that moves."""

    def __init__(self, address: IPv4Address, state_dir: Path, trust: GatewayTrust, host: Host) -> None:
        self.address, self.state_dir = address, state_dir
        self._own, self._host = trust, host
        self._word, self._heard_at, self._silent_since = Word.UNKNOWN, 0.0, host.uptime()
        self._parts: list[str] = []
        self._copied: bool | None = None  # whether a copy is kept; None: not looked yet
        self._mark = ""  # of the region's lease; empty before the first copy
        self._woken = asyncio.Event()
        self._said, self._said_at = "", 0.0
        self._make_way: Callable[[], object] | None = None  # while this machine serves

    @property
    def standby_key(self) -> Key | None:
        """Return this machine's own public key, where it was enrolled as a standby."""
        return self._own.key.public_key if self._own.of else None

    @property
    def trust(self) -> GatewayTrust:
        """Return the region's own keys, which a standby has by a copy. Raise ConfigError."""
        path = self.state_dir / TRUST
        return read(GatewayTrust, path) if self._own.of else self._own

    def put_in_place(self) -> None:
        """Install the newest copy, unless the own state is newer. The caller holds the state's lock. It blocks.

        Raise HostProblem, also for a copy that cannot be read: what is here may be long past.
        """
        finish(self.state_dir)
        try:
            copy = self._kept.newest()
        except GatewayError as error:
            raise HostProblem(key=str(self.state_dir), problem=f"holds a copy that cannot be used: {error}") from error
        if copy and is_newer(copy, self.state_dir):
            log.info("it goes on from the copy %s of the other machine", copy.number)
            install(copy, self.state_dir)

    @contextmanager
    def taken(self, make_way: Callable[[], object]) -> Iterator[None]:
        """Serve for the length of the block. `make_way` is called when the other machine has the lease."""
        self._make_way = make_way
        try:
            yield
        finally:
            self._make_way = None

    @property
    def _serves(self) -> bool:
        return self._make_way is not None

    async def wait(self, stop: asyncio.Event, make_room: Callable[[], Awaitable[object]]) -> None:
        """Return when it is this machine's turn, or when `stop` is set.

        `make_room` is called once it is known that the other machine serves.
        """
        self._silent_since, has_room = self._host.uptime(), False
        async with asyncio.TaskGroup() as tasks:

            async def wake() -> None:
                await stop.wait()
                self._woken.set()

            waking = tasks.create_task(wake())
            while not stop.is_set() and not await self._may_begin():
                self._say()
                if self._word is Word.OTHERS and not has_room:
                    has_room = await self._made_room(make_room)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._woken.wait()
                self._woken.clear()
            waking.cancel()

    async def _made_room(self, make_room: Callable[[], Awaitable[object]]) -> bool:
        try:
            await make_room()
        except (OSError, GatewayError) as error:  # such as a command of the terminal that has the state's lock
            log.warning("what is here could not be taken down, trying again: %s", error, extra=SELDOM)
            return False
        return True

    async def _may_begin(self) -> bool:
        now = self._host.uptime()
        if self._word is Word.OWN and now - self._heard_at < VALID_S:
            return await self._wants()
        if now - max(self._silent_since, self._heard_at) < SILENT_S or not await self._holds():
            return False
        if is_last := await asyncio.to_thread(self._served_last):
            log.warning("the bus says nothing, so it goes on as the one that served last")
        return is_last

    async def handle(self, caller: Caller, request: Request[Any]) -> object:
        """Answer while it waits. Raise GatewayWaiting for all but the courier's two requests."""
        if isinstance(request, Stand | TakeCopy) and (caller.is_trusted or caller.only == SIGNED):
            return await (self.stand(request) if isinstance(request, Stand) else self.take(request))
        raise self._waiting

    async def stand(self, request: Stand) -> Standing:
        if request.word is not Word.UNKNOWN:
            self._heard_at = self._host.uptime()
        self._word = request.word
        if request.word is Word.OTHERS and self._make_way:
            log.warning("the other machine has the lease of %s, so this one makes way", self._own.region)
            self._make_way()
        self._woken.set()
        serves, wants = self._serves, await self._wants()
        self._mark = self._mark or await asyncio.to_thread(self._found_mark)
        return Standing(serves=serves, wants=wants, mark=self._mark)

    async def take(self, request: TakeCopy) -> Taken:
        """Collect the parts of a copy, and keep it when it is whole. A gateway that serves takes none."""
        if request.part == 0:
            self._parts = []
        if not 0 <= request.part == len(self._parts) < request.parts <= MOST_PARTS:
            raise BadRequest(field="part", problem="the parts come in their order, beginning with 0")
        self._parts.append(request.text)
        if len(self._parts) < request.parts or self._serves:
            return Taken(is_kept=False)
        text, self._parts = "".join(self._parts), []
        try:
            copy = await asyncio.to_thread(self._keep, text)
        except (GatewayError, binascii.Error) as error:
            log.warning("a copy was not taken: %s", error)
            return Taken(is_kept=False)
        self._copied = self._copied or copy
        return Taken(is_kept=copy)

    def _keep(self, text: str) -> bool:
        return self._kept.keep(base64.b64decode(text, validate=True)) is not None

    @property
    def _kept(self) -> Kept:
        return Kept(self.state_dir, tuple(self._secrets()), self._own.region_key, self._own.key.public_key)

    def _secrets(self) -> Iterator[PrivateKey]:
        """Yield what copies may be sealed for: this machine's key, and the region's own where it was here before."""
        yield self._own.key
        if self._own.of and (self.state_dir / TRUST).exists():
            yield self.trust.key

    async def _holds(self) -> bool:
        return self.address in await self._host.addresses()

    async def _wants(self) -> bool:
        """Report whether this machine could serve: it has the address, and a state."""
        if self._copied is None:
            found = await asyncio.to_thread(self._has_copy)
            self._copied = self._copied or found  # one may have come meanwhile
        return (self._has_state or self._copied) and await self._holds()

    @property
    def _has_state(self) -> bool:
        """Report whether it could serve without a copy. A standby could, once one was installed."""
        return self._own.of is None or (self.state_dir / TRUST).exists()

    def _has_copy(self) -> bool:
        try:
            return self._kept.newest() is not None
        except GatewayError as error:
            log.warning("the copy that is here cannot be used: %s", error)
            return False

    def _found_mark(self) -> str:
        """Return the mark of the lease, from wherever the region's own key is here."""
        try:
            for known in self._trusts():
                if known.key.public_key == self._own.region_key:
                    return known.mark
        except GatewayError as error:
            log.debug("the mark of the lease is not known: %s", error)
        return ""

    def _trusts(self) -> Iterator[GatewayTrust]:
        yield self._own
        if (self.state_dir / TRUST).exists():
            yield self.trust
        if copy := self._kept.newest():
            yield parse(GatewayTrust, copy.content.files[TRUST], "the copy")

    def _served_last(self) -> bool:
        """Report whether the own state is there and is the newest that is known here."""
        if not self._has_state:
            return False
        try:
            copy = self._kept.newest()
            return was_last(self.state_dir) and not (copy and is_newer(copy, self.state_dir))
        except GatewayError as error:
            log.warning("it cannot go on alone: %s", error, extra=SELDOM)
            return False

    @property
    def _waiting(self) -> GatewayWaiting:
        what = f"the address {self.address} and the bus's word that this machine has {self._own.region}"
        if self._word is Word.OTHERS:
            return GatewayWaiting(what=what, hint="The other machine serves now.")
        return GatewayWaiting(what=what, hint="`guildgate doctor` says what is missing.")

    def _say(self) -> None:
        """Say what it waits for: when that is something else, and each minute."""
        text, now = str(self._waiting), asyncio.get_running_loop().time()
        if text != self._said or now >= self._said_at + SAID_S:
            self._said, self._said_at = text, now
            log.info("%s", text)
            notify("READY=1", f"STATUS={text}")
