"""Autocomplete: only what is the asker's own, in time, and nothing at all rather than an error."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from discord.app_commands import Choice

from bot import duration, render, texts
from bot.interaction import DISCORD_FAILURES, Explain, who
from bot.policy import Access
from bot.render import forward_choice, plain
from gateway.config import Timezone
from gateway.contract import GetPolicy, List, Listing
from gateway.errors import GatewayError
from gateway.model import Duration

if TYPE_CHECKING:
    from bot.interaction import Interaction

log = logging.getLogger(__name__)

IN_TIME_S = 2  # Discord waits 3 seconds, the way there and back included
MAX_CHOICES = 25
MAX_LENGTH = 100
DURATIONS = ("1h", "2h", "4h", "12h", "1d", "until 00:00", "until 02:00", "forever")


async def own_devices(interaction: Interaction, current: str) -> list[Choice[str]]:
    listing = await _listing(interaction)
    return _matching(current, ((peer.device, peer.device) for peer in listing.peers))


async def own_forwards(interaction: Interaction, current: str) -> list[Choice[str]]:
    listing = await _listing(interaction)
    return _matching(current, ((str(forward.spec), forward_choice(forward)) for forward in listing.forwards))


async def devices_of_member(interaction: Interaction, current: str) -> list[Choice[str]]:
    """For admins: the devices of whoever stands in the `member` option so far."""
    member = interaction.namespace.member
    if member is None:
        return []
    listing = await _listing(interaction, everyone=True)
    return _matching(current, ((p.device, p.device) for p in listing.peers if p.owner == str(member.id)))


async def durations(interaction: Interaction, current: str) -> list[Choice[str]]:
    """What is typed so far when it can be read, and usual ones; nothing that the gateway would refuse."""
    rows: list[tuple[str, str]] = []
    async with _in_time(interaction):
        actor = await who(interaction)
        policy = await interaction.client.gateway.policy(GetPolicy(actor=actor))
        rows = _durations(
            current,
            Duration(None) if actor.is_admin else policy.longest_forward,
            interaction.client.clock(),
            interaction.client.section.timezone,
        )
    return _matching(current, rows)


def _durations(current: str, longest: Duration, now: datetime, timezone: Timezone) -> list[tuple[str, str]]:
    rows = []
    for text in (current, *(f"{current}{unit}" for unit in "hm"), *DURATIONS):
        try:
            asked = duration.parse(text, now, timezone.zone)
        except ValueError:
            continue
        if asked.fits(longest):
            until = text.lower().startswith("until")
            rows.append((text, texts.until_choice(text, str(timezone)) if until else render.duration(asked)))
    return rows


async def _listing(interaction: Interaction, *, everyone: bool = False) -> Listing:
    listing = Listing(peers=(), forwards=())
    async with _in_time(interaction):
        actor = await who(interaction, Access.ADMIN if everyone else Access.MEMBER)
        listing = await interaction.client.gateway.list(List(actor=actor, everyone=everyone))
    return listing


@asynccontextmanager
async def _in_time(interaction: Interaction) -> AsyncIterator[None]:
    """Leave the block, whatever happens in it, before Discord stops waiting."""
    try:
        async with asyncio.timeout(IN_TIME_S):
            yield
    except (Explain, GatewayError, *DISCORD_FAILURES) as error:
        log.debug("no suggestions for %s: %r", interaction.user.id, error)
    except Exception:
        log.exception("suggestions for %s broke", interaction.user.id)


def _matching(current: str, rows: Iterable[tuple[str, str]]) -> list[Choice[str]]:
    """Rows are (value, what is shown); each value once."""
    shown = {
        value: label
        for value, label in rows
        if current.casefold() in f"{value} {label}".casefold() and len(value) <= MAX_LENGTH
    }
    return [Choice(name=plain(label, MAX_LENGTH), value=value) for value, label in shown.items()][:MAX_CHOICES]
