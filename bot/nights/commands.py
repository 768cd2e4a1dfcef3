"""What members do with game nights: begin a series, see theirs, and end one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from discord.app_commands import Choice

from bot.core import render
from bot.core.buttons import view_of
from bot.core.client import Interaction
from bot.core.devices import own_device
from bot.core.interaction import Explain, Refused, answer, call, caller, caller_anywhere, words_of
from bot.core.render import relative, safe
from bot.core.words import says
from bot.nights import events
from bot.nights.button import StopButton
from bot.nights.nights import Nights
from bot.nights.schedule import LONGEST, Every, upcoming
from bot.nights.series import Series
from bot.nights.shown import added, listed, what, when
from bot.ports import suggest
from bot.ports.opening import Opening, PortList, whole
from bot.ports.typed import ports_and_game
from gateway import times
from gateway.api.contract import Actor, AddForward, GetPolicy
from gateway.errors import PortForbidden, TooLong
from gateway.model import Duration, Protocol
from gateway.times import TimeError

SUGGESTED = ("friday 20:00", "saturday 20:00", "sunday 20:00", "day 20:00")
COMPLETIONS = ("", " 20:00", ":00", "am", "pm")
MOST = 5  # series of a member
MAX_BUTTONS = 25  # of a message


async def begin(
    interaction: Interaction,
    text: str,
    wanted: Opening,
    protocol: Protocol,
    every: str,
    duration: str | None,
    region: str = "",
) -> None:
    """Begin a series that opens ports or a game as typed. `duration`: how long, or until when.

    `region`: where the device is, when the member named it.
    """
    context, nights, words = interaction.client.context, interaction.client.service(Nights), words_of(interaction)
    actor, now = await caller(interaction), context.clock()
    ports, game = ports_and_game(text)
    asked = PortList(tuple(whole(spec, protocol) for spec in ports))
    request = (replace(wanted, game=game.id) if game else replace(wanted, ports=asked)).request(actor)
    if len(nights.of(actor.id)) >= MOST:
        raise Refused(says("night-too-many", count=MOST))
    schedule = _schedule(every)
    peer = await own_device(interaction, actor, request.device, region=region)
    length = await _length(interaction, request, schedule, duration)
    series = Series(
        owner=actor.id,
        owner_name=actor.name,
        peer_id=peer.id,
        device=peer.device,
        ports=request.ports,
        protocol=request.protocol,
        to_port=request.to_port,
        to_ports=request.to_ports,
        label=request.label,
        friends_only=request.friends_only,
        channel=interaction.channel_id if wanted.announce else None,
        every=schedule,
        length=length,
    )
    key = await nights.add(series)
    said = [added(words, series, series.night(now, nights.zone), str(context.section.timezone))]
    guild = context.guild()
    if guild and not events.missing(guild):
        said.append(words("night-has-event"))
    await answer(interaction, "\n".join(said), view=view_of(StopButton(key).item(words)))


def _schedule(every: str) -> Every:
    try:
        return Every.parse(every)
    except TimeError:
        raise Explain(says("night-unreadable")) from None


async def _length(interaction: Interaction, request: AddForward, every: Every, typed: str | None) -> Duration:
    """Return how long a night is: what was typed, counted from its begin, or else the policy's usual time."""
    context, zone = interaction.client.context, interaction.client.service(Nights).zone
    policy = await call(interaction, GetPolicy(actor=request.actor))
    length = policy.forward_duration
    if typed:
        start = upcoming(every, timedelta(), context.clock(), zone).start
        try:
            length = times.parse(typed, start, zone)
        except TimeError as error:
            raise Explain(says(f"duration-{error.problem}")) from None
    if not length.fits(Duration(LONGEST)):
        raise Explain(lambda words: words("night-how-long", duration=render.duration(words, Duration(LONGEST))))
    if not request.actor.is_admin:
        if not length.fits(policy.longest_forward):
            raise TooLong(longest=str(policy.longest_forward))
        for spec in request.ports:
            if spec.ports.first not in policy.forward_ports or spec.ports.last not in policy.forward_ports:
                raise PortForbidden(ports=str(spec.ports), rule="only", value=str(policy.forward_ports))
    return length


async def schedules(interaction: Interaction, current: str) -> list[Choice[str]]:
    """Suggest the typed schedule if it can be read, and usual ones, each with its next night."""
    context, words = interaction.client.context, words_of(interaction)
    now, timezone = context.clock(), context.section.timezone
    rows = []
    for text in (*(f"{current}{end}" for end in COMPLETIONS if current.strip()), *SUGGESTED):
        try:
            start = upcoming(Every.parse(text), timedelta(), now, timezone.zone).start
        except TimeError:
            continue
        rows.append((text, suggest.meaning(words, text, start, now, timezone)))
    return suggest.matching(current, rows)


async def show(interaction: Interaction, actor: Actor) -> None:
    """Show the caller's series, to an admin all, with a button to end each. Without any, show nothing."""
    context, nights, words = interaction.client.context, interaction.client.service(Nights), words_of(interaction)
    found = nights.of("" if actor.is_admin else actor.id)
    if found:
        buttons = [StopButton(key).named(words, series) for key, series in found.items()]
        embed = listed(words, found, context.clock(), nights.zone, viewer=actor.id)
        await answer(interaction, embed=embed, view=view_of(*buttons[:MAX_BUTTONS]))


async def stop_pressed(interaction: Interaction, button: StopButton) -> None:
    """End the series. Its owner may, also from a direct message, and so may an admin."""
    actor = await caller_anywhere(interaction)
    nights, words = interaction.client.service(Nights), words_of(interaction)
    series = nights.of().get(button.series)
    if series is None:
        raise Explain(says("night-ended"))
    if series.owner != actor.id and not actor.is_admin:
        raise Refused(says("night-not-yours"))
    await nights.stop(button.series)
    lines = [words("night-stopped", what=f"**{safe(what(words, series))}**", when=when(words, series.every))]
    view = interaction.client.context.live.view
    for forward in filter(None, map(view.forwards.get, series.forwards) if view else ()):
        if forward.forward.expires_at:
            lines.append(words("night-stays-open", relative=relative(forward.forward.expires_at)))
            break
    await answer(interaction, "\n".join(lines))
