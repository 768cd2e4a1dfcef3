"""Requests for access as they are remembered and shown: one message in the admin channel each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import discord

from bot.core.memory import Memory
from bot.core.render import COLOUR, COLOUR_ATTENTION, COLOUR_DANGER, COLOUR_IDLE, relative, safe
from bot.core.words import Words
from gateway.api.contract import Actor
from gateway.model import Mode

MAX_REASON = 300
KEPT = timedelta(days=30)  # for whoever asks who decided
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


class State(StrEnum):
    """`approving`: an admin has said yes, and it is being done. `needless`: they got access in another way."""

    OPEN = "open"
    APPROVING = "approving"
    APPROVED = "approved"
    UNDELIVERED = "undelivered"
    DENIED = "denied"
    EXPIRED = "expired"
    LEFT = "left"
    NEEDLESS = "needless"


LIVE = (State.OPEN, State.APPROVING)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """`id` is that of the interaction that asked: never given twice, even if everything was forgotten.

    Times are Unix times. `stale`: the message does not say yet what is so. `untold`: the member was not told yet.
    """

    id: int
    member: int
    name: str
    joined_at: int | None
    device: str
    mode: Mode
    public_key: str | None
    asked_at: int
    channel: int
    message: int | None = None
    state: State = State.OPEN
    admin: str = ""
    admin_name: str = ""
    decided_at: int | None = None
    reason: str = ""
    stale: bool = True
    untold: bool = False

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


FIELDS = AccessRequest.__slots__


class Ledger:
    """All requests, and the only one who knows which of two admins was first. Every method raises aiosqlite.Error."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def find(self, request_id: int) -> AccessRequest | None:
        return next(iter(await self._all("id = ?", request_id)), None)

    async def open(self, request: AccessRequest) -> AccessRequest:
        """Return it, or the one there is of that member, which is to be shown again."""
        values = [getattr(request, field) for field in FIELDS]
        marks = ",".join("?" * len(values))
        await self._memory.write(
            f"INSERT INTO requests ({','.join(FIELDS)}) VALUES ({marks}) ON CONFLICT DO NOTHING",  # noqa: S608 - ours
            values,
        )
        await self._memory.write("UPDATE requests SET stale = 1 WHERE member = ? AND state = 'open'", (request.member,))
        live = await self._all("member = ? AND state IN ('open', 'approving')", request.member)
        return live[0] if live else await self.open(request)  # it was decided in this moment

    async def settle(
        self,
        request_id: int,
        state: State,
        at: datetime,
        admin: Actor | None = None,
        *,
        reason: str = "",
        tell: bool = False,
    ) -> bool:
        """Decide an open one; report whether nobody was faster."""
        changed = await self._memory.write(
            "UPDATE requests SET state = ?, decided_at = ?, admin = ?, admin_name = ?, reason = ?, stale = ?, "
            "untold = ? WHERE id = ? AND state = 'open'",
            (
                state,
                int(at.timestamp()),
                admin.id if admin else "",
                admin.name if admin else "",
                reason,
                state is not State.APPROVING,
                tell,
                request_id,
            ),
        )
        return bool(changed)

    async def conclude(self, request_id: int, state: State) -> None:
        """What came of an approval; `open` when nothing did."""
        await self._memory.write(
            "UPDATE requests SET state = ?, stale = 1 WHERE id = ? AND state = 'approving'", (state, request_id)
        )

    async def no_longer_needed(self, member: int, state: State, at: datetime) -> None:
        await self._memory.write(
            "UPDATE requests SET state = ?, decided_at = ?, stale = 1 WHERE member = ? AND state = 'open'",
            (state, int(at.timestamp()), member),
        )

    async def shown(self, request: AccessRequest, message: int | None) -> None:
        """`message` says what is so in `request`, which may be outdated by now; None: it is gone."""
        await self._memory.write(
            "UPDATE requests SET message = ?, stale = (state <> ?) WHERE id = ?", (message, request.state, request.id)
        )

    async def told(self, request_id: int) -> None:
        await self._memory.write("UPDATE requests SET untold = 0 WHERE id = ?", (request_id,))

    async def forget(self, request_id: int) -> None:
        await self._memory.write("DELETE FROM requests WHERE id = ? AND state = 'open'", (request_id,))

    async def tidy(self, now: datetime) -> None:
        """Forget what was decided long ago."""
        await self._memory.write(
            "DELETE FROM requests WHERE decided_at < ? AND NOT stale AND NOT untold", ((now - KEPT).timestamp(),)
        )

    async def due(self) -> list[AccessRequest]:
        """Those that are not shown or told as they are."""
        return await self._all("stale OR untold")

    async def asked_before(self, moment: datetime) -> list[AccessRequest]:
        return await self._all("state = 'open' AND asked_at <= ?", moment.timestamp())

    async def half_approved(self) -> list[AccessRequest]:
        return await self._all("state = 'approving'")

    async def _all(self, condition: str, *values: object) -> list[AccessRequest]:
        rows = await self._memory.rows(
            f"SELECT {','.join(FIELDS)} FROM requests WHERE {condition} ORDER BY id",  # noqa: S608 - ours
            values,
        )
        return [_request(dict(zip(FIELDS, row, strict=True))) for row in rows]


def _request(row: dict[str, object]) -> AccessRequest:
    row |= {"state": State(str(row["state"])), "mode": Mode(str(row["mode"]))}
    return AccessRequest(**row)  # type: ignore[arg-type]


def face(words: Words, request: AccessRequest) -> discord.Embed:
    """What the admins see of it."""
    colour = {
        State.OPEN: COLOUR_ATTENTION,
        State.APPROVING: COLOUR_ATTENTION,
        State.APPROVED: COLOUR,
        State.UNDELIVERED: COLOUR,
        State.DENIED: COLOUR_DANGER,
    }.get(request.state, COLOUR_IDLE)
    embed = discord.Embed(
        title=words("request-title"),
        description=words("request-about", mention=f"<@{request.member}>", name=safe(request.name)),
        colour=colour,
    )
    made = discord.utils.snowflake_time(request.member)
    embed.add_field(name=words("request-account-field"), value=relative(made))
    if request.joined_at is not None:
        embed.add_field(name=words("request-joined-field"), value=moment(request.joined_at))
    embed.add_field(name=words("request-asked-field"), value=moment(request.asked_at))
    embed.add_field(name=words("request-device-field"), value=safe(request.device))
    embed.add_field(name=words("request-mode-field"), value=words(f"mode-{request.mode}"))
    if not request.is_live:
        embed.add_field(name=words("request-outcome-field"), value=outcome(words, request), inline=False)
    return embed


def outcome(words: Words, request: AccessRequest) -> str:
    assert request.decided_at is not None
    admin = f"<@{request.admin}> ({safe(request.admin_name)})" if request.admin else ""
    said = words(f"request-outcome-{request.state}", admin=admin, when=moment(request.decided_at))
    return f"{said}\n{words('request-reason', reason=safe(request.reason, MAX_REASON))}" if request.reason else said


def moment(at: int) -> str:
    return relative(datetime.fromtimestamp(at, UTC))
