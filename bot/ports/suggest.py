"""Autocomplete: suggestions from the caller's own devices and forwards. Too late or after an error, none are shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Coroutine, Iterable
from datetime import datetime
from typing import Any, TypeVar

from discord.app_commands import Choice

from bot.config import Timezone
from bot.core import render
from bot.core.client import Interaction
from bot.core.interaction import DISCORD_FAILURES, Explain, call, caller, words_of
from bot.core.render import forward_choice, in_region, plain
from bot.core.roles import Access
from bot.core.words import Words
from bot.games import games
from gateway import times
from gateway.api.contract import GetPolicy, List, Listing, PeerInfo
from gateway.errors import GatewayError
from gateway.model import Duration, PortRange, PortSpec

T = TypeVar("T")
log = logging.getLogger(__name__)

IN_TIME_S = 1.0  # Discord waits 3 seconds, including the way there and back
MAX_CHOICES = 25
MAX_LENGTH = 100
NEARBY = 3  # ports suggested after the typed one
DURATIONS = ("1h", "2h", "4h", "12h", "1d", "until 00:00", "until 02:00", "tomorrow 20:00", "forever")
COMPLETIONS = ("", "m", "am", "pm", ":00", " 20:00")  # a number alone is hours


async def regions(interaction: Interaction, current: str) -> list[Choice[str]]:
    """Suggest the regions that answer, from memory: the caller's usual one first."""
    gateway = interaction.client.context.gateway
    away = {each.region for each in gateway.away()}
    usual = gateway.usual(str(interaction.user.id))
    there = [name for name in gateway.regions if name not in away]
    return matching(current, ((name, name) for name in sorted(there, key=lambda name: name != usual)))


async def own_devices(interaction: Interaction, current: str) -> list[Choice[str]]:
    peers = _in_region(interaction, (await _listing(interaction)).peers)
    return matching(current, ((peer.device, in_region(peer.device, peer.region, plain)) for peer in peers))


async def own_forwards(interaction: Interaction, current: str) -> list[Choice[str]]:
    listing = await _listing(interaction)
    words = words_of(interaction)
    return matching(current, ((str(forward.spec), forward_choice(words, forward)) for forward in listing.forwards))


async def forwards(interaction: Interaction, current: str) -> list[Choice[str]]:
    """Suggest the caller's open ports, and to an admin all of them."""
    everyone = await _listing(interaction, everyone=True)
    listing = everyone if everyone.forwards else await _listing(interaction)
    words = words_of(interaction)
    return matching(current, ((str(forward.spec), forward_choice(words, forward)) for forward in listing.forwards))


async def openable(interaction: Interaction, current: str) -> list[Choice[str]]:
    """Suggest the caller's open ports, a typed number and the ports after it, and games.

    Ports of other members are suggested like free ones: a caller must not learn from suggestions what they have.
    """
    own = (await _listing(interaction)).forwards
    words = words_of(interaction)
    rows = [(str(forward.spec), f"✅ {forward_choice(words, forward)}") for forward in own]
    found = [row for row in rows if current.casefold() in " ".join(row).casefold()]
    if spec := _one_port(current):
        nearby = _nearby(spec, [one.ports for one in own])
        found += [(str(near), words("port-begin", ports=str(near), count=len(near.ports))) for near in nearby]
    found += [(game.id, f"{game.name} — {', '.join(map(str, game.ports))}") for game in games.suggest(current)]
    return _choices(found)


def _one_port(text: str) -> PortSpec | None:
    try:
        return PortSpec.parse(text)
    except ValueError:
        return None


def _nearby(spec: PortSpec, taken: Collection[PortRange]) -> list[PortSpec]:
    size = len(spec.ports)
    starts = range(spec.ports.first, min(spec.ports.first + (NEARBY + 1) * size, 65537 - size), size)
    ranges = (PortRange(first, first + size - 1) for first in starts)
    return [PortSpec(ports, spec.protocol) for ports in ranges if not any(ports.overlaps(other) for other in taken)]


async def devices_of_member(interaction: Interaction, current: str) -> list[Choice[str]]:
    """Suggest, to an admin, the devices of the member chosen in the option `member`."""
    member = interaction.namespace.member
    if member is None:
        return []
    peers = _in_region(interaction, (await _listing(interaction, everyone=True)).peers)
    return matching(current, ((p.device, p.device) for p in peers if p.owner == str(member.id)))


def _in_region(interaction: Interaction, peers: Iterable[PeerInfo]) -> list[PeerInfo]:
    """Return those in the region that is chosen already; all without one."""
    region = (interaction.namespace.region or "").strip().casefold()
    return [peer for peer in peers if region in ("", peer.region.casefold())]


async def devices(interaction: Interaction, current: str) -> list[Choice[str]]:
    """Suggest the devices of the member in the `member` option, for admins; without one the caller's own."""
    return await (devices_of_member if interaction.namespace.member else own_devices)(interaction, current)


async def open_ports_of_all(interaction: Interaction, current: str) -> list[Choice[str]]:
    """Suggest, to an admin, the games and ports that are open."""
    listing = await _listing(interaction, everyone=True)
    opened = sorted(listing.forwards, key=lambda forward: forward.ports)
    played = [game for forward in opened if (game := games.find(forward.label))]
    rows = [(game.id, game.name) for game in played]
    words = words_of(interaction)
    return matching(current, [*rows, *((str(forward.spec), forward_choice(words, forward)) for forward in opened)])


async def durations(interaction: Interaction, current: str) -> list[Choice[str]]:
    """Suggest the typed duration if it can be read, and usual ones; none longer than the policy allows."""

    async def longest() -> Duration:
        actor = await caller(interaction)
        policy = await call(interaction, GetPolicy(actor=actor))
        return Duration(None) if actor.is_admin else policy.longest_forward

    limit = await _in_time(interaction, longest())
    if limit is None:
        return []
    words, context = words_of(interaction), interaction.client.context
    return matching(current, _durations(words, current, limit, context.clock(), context.section.timezone))


def _durations(
    words: Words, current: str, longest: Duration, now: datetime, timezone: Timezone
) -> list[tuple[str, str]]:
    rows = []
    for text in (*(f"{current}{end}" for end in COMPLETIONS if current.strip()), *DURATIONS):
        try:
            asked = times.parse(text, now, timezone.zone)
        except times.TimeError:
            continue
        if asked.fits(longest):
            rows.append((text, meaning(words, text, asked.after(now), now, timezone)))
    return rows


def meaning(words: Words, typed: str, end: datetime | None, now: datetime, timezone: Timezone) -> str:
    """Say what a duration means by the clocks of the server, because a suggestion has no time of the reader's own."""
    if end is None:
        return words("forever")
    local, left = end.astimezone(timezone.zone), render.short_length(words, end - now)
    day = words("graph-weekday", day=local.isoweekday())
    return words("duration-choice", typed=typed, day=day, time=f"{local:%H:%M}", zone=str(timezone), left=left)


async def _listing(interaction: Interaction, *, everyone: bool = False) -> Listing:
    async def look() -> Listing:
        actor = await caller(interaction, Access.ADMIN if everyone else Access.GUEST)
        return await call(interaction, List(actor=actor, everyone=everyone))

    return await _in_time(interaction, look()) or Listing(peers=(), forwards=())


async def _in_time(interaction: Interaction, look: Coroutine[Any, Any, T]) -> T | None:
    """Return the result of `look`; None when it fails or takes longer than `IN_TIME_S`."""
    try:
        async with asyncio.timeout(IN_TIME_S):
            return await look
    except (Explain, GatewayError, *DISCORD_FAILURES) as error:
        log.debug("no suggestions for %s: %r", interaction.user.id, error)
    except Exception:
        log.exception("suggestions for %s broke", interaction.user.id)
    return None


def matching(current: str, rows: Iterable[tuple[str, str]]) -> list[Choice[str]]:
    return _choices(row for row in rows if current.casefold() in " ".join(row).casefold())


def _choices(rows: Iterable[tuple[str, str]]) -> list[Choice[str]]:
    """Return suggestions for Discord, each value once. Rows are (value, shown text)."""
    shown = {value: label for value, label in rows if len(value) <= MAX_LENGTH}
    return [Choice(name=plain(label, MAX_LENGTH), value=value) for value, label in shown.items()][:MAX_CHOICES]
