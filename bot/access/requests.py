"""Requests for access: as rows of the database, and as messages in the admin channel, one for each.

`stale`: the message does not show the present state of its request. `untold`: the member is still to be told of it.
A live request can still become an approval or a denial.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import discord

from bot.access.buttons import MAX_REASON
from bot.access.purpose import parse_purpose
from bot.access.wanted import Wanted
from bot.core.memory import Memory
from bot.core.render import COLOUR, COLOUR_ATTENTION, COLOUR_DANGER, COLOUR_IDLE, relative, safe
from bot.core.words import Words
from gateway.api.contract import Actor
from gateway.model import Key

SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY, member INTEGER NOT NULL, name TEXT NOT NULL, joined_at INTEGER,
    device TEXT NOT NULL, mode TEXT NOT NULL, public_key TEXT,
    asked_at INTEGER NOT NULL, channel INTEGER NOT NULL, message INTEGER,
    state TEXT NOT NULL, admin TEXT NOT NULL, admin_name TEXT NOT NULL, decided_at INTEGER, reason TEXT NOT NULL,
    stale INTEGER NOT NULL, untold INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS one_request_per_member ON requests (member) WHERE state IN ('open', 'approving');
"""
REGION = "ALTER TABLE requests ADD COLUMN region TEXT NOT NULL DEFAULT '';"
IPV4_ONLY = "ALTER TABLE requests ADD COLUMN ipv4_only INTEGER NOT NULL DEFAULT 0;"


class RequestState(StrEnum):
    """The state of a request. Its values stand in the database, and in ids of the catalogue's messages."""

    OPEN = "open"
    APPROVING = "approving"
    """An admin has approved, and the bot is giving access and the config."""
    APPROVED = "approved"
    UNDELIVERED = "undelivered"
    """Approved, but the config did not arrive: the member has access, and makes the device with /join."""
    DENIED = "denied"
    EXPIRED = "expired"
    """No admin decided in time."""
    LEFT = "left"
    """The member left the server before a decision."""
    NEEDLESS = "needless"
    """The member got access in another way."""


LIVE = (RequestState.OPEN, RequestState.APPROVING)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """One row of the table. Times are Unix times, in seconds; ids are Discord's."""

    id: int
    """The id of the interaction that asked: Discord never gives it twice, so a lost database cannot mix up two."""
    member: int
    name: str
    """The member's name at that time, plain but not escaped."""
    joined_at: int | None
    """When the member joined the server, if Discord said so."""
    device: str
    """The device's name; empty when the platform is to name it."""
    mode: str
    """A purpose, or the name of a mode."""
    public_key: str | None
    """The member's own key; None: the bot makes the pair."""
    asked_at: int
    channel: int
    """The channel that the request was posted in."""
    message: int | None = None
    """The message that shows it; None while there is none."""
    state: RequestState = RequestState.OPEN
    admin: str = ""
    """The id of the admin that decided; empty without one."""
    admin_name: str = ""
    decided_at: int | None = None
    reason: str = ""
    """The admin's reason for a denial; may be empty."""
    stale: bool = True
    """The message does not show the present state."""
    untold: bool = False
    """The member is still to be told of the state."""
    ipv4_only: bool = False
    """The device has IPv6 switched off."""
    region: str = ""
    """Where the device is wanted, in a fleet; empty for the usual region."""

    @property
    def wanted(self) -> Wanted:
        key = Key.parse(self.public_key) if self.public_key else None
        return Wanted(device=self.device, mode=self.mode, key=key, ipv4_only=self.ipv4_only, region=self.region)

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


FIELDS = AccessRequest.__slots__


class Ledger:
    """The table of all requests. Every method raises aiosqlite.Error.

    Its updates are conditional on the state, which decides between two admins that click at once.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def find(self, request_id: int) -> AccessRequest | None:
        return next(iter(await self._all("id = ?", request_id)), None)

    async def open(self, request: AccessRequest) -> AccessRequest:
        """Store a request and return it; if the member has a live one, make that stale and return it instead."""
        values = [getattr(request, field) for field in FIELDS]
        marks = ",".join("?" * len(values))
        await self._memory.write(
            f"INSERT INTO requests ({','.join(FIELDS)}) VALUES ({marks}) ON CONFLICT DO NOTHING",  # noqa: S608 - our columns
            values,
        )
        await self._memory.write("UPDATE requests SET stale = 1 WHERE member = ? AND state = 'open'", (request.member,))
        live = await self._all("member = ? AND state IN ('open', 'approving')", request.member)
        if live:
            return live[0]
        return await self.find(request.id) or await self.open(request)  # it or the live one was decided in between

    async def settle(
        self,
        request_id: int,
        state: RequestState,
        at: datetime,
        admin: Actor | None = None,
        *,
        reason: str = "",
        tell: bool = False,
    ) -> bool:
        """Decide an open request; report whether it was still open. `tell`: the member is to be told."""
        changed = await self._memory.write(
            "UPDATE requests SET state = ?, decided_at = ?, admin = ?, admin_name = ?, reason = ?, stale = ?, "
            "untold = ? WHERE id = ? AND state = 'open'",
            (
                state,
                int(at.timestamp()),
                admin.id if admin else "",
                admin.name if admin else "",
                reason,
                state is not RequestState.APPROVING,
                tell,
                request_id,
            ),
        )
        return bool(changed)

    async def conclude(self, request_id: int, state: RequestState) -> None:
        """Store the outcome of an approval; `open` when it failed."""
        await self._memory.write(
            "UPDATE requests SET state = ?, stale = 1 WHERE id = ? AND state = 'approving'", (state, request_id)
        )

    async def no_longer_needed(self, member: int, state: RequestState, at: datetime) -> None:
        await self._memory.write(
            "UPDATE requests SET state = ?, decided_at = ?, stale = 1 WHERE member = ? AND state = 'open'",
            (state, int(at.timestamp()), member),
        )

    async def shown(self, request: AccessRequest, message: int | None) -> None:
        """Store that `message` shows the state in `request`, which may have changed since; None: no message does."""
        await self._memory.write(
            "UPDATE requests SET message = ?, stale = (state <> ?) WHERE id = ?", (message, request.state, request.id)
        )

    async def told(self, request_id: int) -> None:
        await self._memory.write("UPDATE requests SET untold = 0 WHERE id = ?", (request_id,))

    async def withdraw(self, request_id: int) -> None:
        await self._memory.write("DELETE FROM requests WHERE id = ? AND state = 'open'", (request_id,))

    async def tidy(self, since: datetime) -> None:
        """Delete requests decided before `since`. Until then a click can still be told which admin decided."""
        await self._memory.write(
            "DELETE FROM requests WHERE decided_at < ? AND NOT stale AND NOT untold", (since.timestamp(),)
        )

    async def members(self) -> Iterable[tuple[str, str]]:
        """Return members that asked, and admins that decided."""
        rows = await self._memory.rows("SELECT member, name FROM requests UNION SELECT admin, admin_name FROM requests")
        return [(str(member), str(name)) for member, name in rows]

    async def forget(self, member: str, names: Collection[str]) -> bool:
        """Delete what a member asked, and take an admin's name off what the admin decided."""
        await self._memory.write("DELETE FROM requests WHERE member = ?", (member,))
        await self._memory.write("UPDATE requests SET admin = '', admin_name = '' WHERE admin = ?", (member,))
        return True

    async def due(self) -> list[AccessRequest]:
        """Return requests that are stale or untold."""
        return await self._all("stale OR untold")

    async def waiting(self) -> list[AccessRequest]:
        """Return the requests that wait for an admin, the oldest first."""
        return await self._all("state = 'open'")

    async def asked_before(self, moment: datetime) -> list[AccessRequest]:
        return await self._all("state = 'open' AND asked_at <= ?", moment.timestamp())

    async def half_approved(self) -> list[AccessRequest]:
        return await self._all("state = 'approving'")

    async def _all(self, condition: str, *values: object) -> list[AccessRequest]:
        rows = await self._memory.rows(
            f"SELECT {','.join(FIELDS)} FROM requests WHERE {condition} ORDER BY id",  # noqa: S608 - our columns
            values,
        )
        return [_request(dict(zip(FIELDS, row, strict=True))) for row in rows]


def _request(row: dict[str, object]) -> AccessRequest:
    row |= {"state": RequestState(str(row["state"])), "ipv4_only": bool(row["ipv4_only"])}
    return AccessRequest(**row)  # type: ignore[arg-type]


def face(words: Words, request: AccessRequest) -> discord.Embed:
    """Return the embed that the admins see."""
    colour = {
        RequestState.OPEN: COLOUR_ATTENTION,
        RequestState.APPROVING: COLOUR_ATTENTION,
        RequestState.APPROVED: COLOUR,
        RequestState.UNDELIVERED: COLOUR,
        RequestState.DENIED: COLOUR_DANGER,
    }.get(request.state, COLOUR_IDLE)
    embed = discord.Embed(
        title=words("request-title", name=safe(request.name)),
        description=words("request-about", mention=f"<@{request.member}>"),
        colour=colour,
    )
    made = discord.utils.snowflake_time(request.member)
    embed.add_field(name=words("request-account-field"), value=relative(made))
    if request.joined_at is not None:
        embed.add_field(name=words("request-joined-field"), value=time_ago(request.joined_at))
    embed.add_field(name=words("request-asked-field"), value=time_ago(request.asked_at))
    if request.device:
        embed.add_field(name=words("request-device-field"), value=safe(request.device))
    embed.add_field(name=words("request-mode-field"), value=words(f"purpose-{parse_purpose(request.mode)[0]}"))
    if not request.is_live:
        embed.add_field(name=words("request-outcome-field"), value=outcome(words, request), inline=False)
    return embed


def outcome(words: Words, request: AccessRequest) -> str:
    assert request.decided_at is not None
    admin = f"<@{request.admin}> ({safe(request.admin_name)})" if request.admin else ""
    said = words(f"request-outcome-{request.state}", admin=admin, when=time_ago(request.decided_at))
    return f"{said}\n{words('request-reason', reason=safe(request.reason, MAX_REASON))}" if request.reason else said


def time_ago(at: int) -> str:
    return relative(datetime.fromtimestamp(at, UTC))
