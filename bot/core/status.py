"""The answer to /status: values in, embeds out, pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import discord

from bot.core import problems
from bot.core.render import (
    COLOUR,
    COLOUR_DANGER,
    COLOUR_IDLE,
    MAX_FIELD_VALUE,
    MAX_FIELDS,
    OFFLINE,
    ONLINE,
    addresses,
    away,
    clip,
    code,
    connection,
    device_title,
    fit,
    in_region,
    labelled,
    length,
    live,
    protocol,
    public_addresses,
    relative,
    safe,
)
from bot.core.words import Words, both, either
from gateway.api.contract import ForwardStatus, PeerStatus, Place, Status
from gateway.model import Mode

# https://discord.com/developers/docs/resources/message#embed-object-embed-limits
MAX_FIELD_NAME = 256
MAX_DESCRIPTION = 4096
MAX_EMBED = 6000
MAX_PAGES = 4  # one message each; more would bury the channel


def status(words: Words, answer: Status, *, everyone: bool, version: str = "") -> tuple[discord.Embed, ...]:
    """Return one embed for each message, with the devices sorted by owner and name.

    `everyone`: the devices have several owners, so each is shown with its owner. `version` is the bot's, which is told
    when the gateway has another.
    """
    peers = sorted(answer.peers, key=lambda p: (p.peer.owner_name.casefold(), p.peer.owner, p.peer.device.casefold()))
    wrong = [words("status-problem", problem=problems.sentence(words, each)) for each in answer.problems]
    wrong += away(words, answer.away)
    for place in answer.places or (answer,) if version else ():
        if version != place.version:
            differ = words("versions-differ", bot=code(version), gateway=code(safe(place.version or "?")))
            said = words("status-problem", problem=differ)
            wrong.append(in_region(said, place.region if isinstance(place, Place) else ""))
    if not peers:
        nothing = words("status-none-at-all" if everyone else "status-none")
        lines = fit(words, [*wrong, nothing], MAX_DESCRIPTION)
        return (discord.Embed(description=lines, colour=COLOUR_DANGER if wrong else COLOUR_IDLE),)
    forwards: dict[int, list[ForwardStatus]] = {}
    for row in sorted(answer.forwards, key=lambda row: (row.forward.ports, row.forward.protocol)):
        forwards.setdefault(row.forward.peer_id, []).append(row)
    connected = sum(peer.connected for peer in peers)
    return _pages(
        words("status-everyone-title" if everyone else "status-title"),
        fit(words, [*wrong, _intro(words, answer, connected)], MAX_DESCRIPTION),
        [_device(words, peer, forwards.get(peer.peer.id, []), answer, everyone=everyone) for peer in peers],
        COLOUR_DANGER if wrong else COLOUR if connected else COLOUR_IDLE,
        lambda count: words("status-more", count=count),
    )


def _intro(words: Words, answer: Status, connected: int) -> str:
    players = words("status-no-ports")
    if answer.forwards:
        players = words("status-address", address=either(words, public_addresses(answer)))
    first = f"{words('status-connected', connected=connected, devices=len(answer.peers))} {players}"
    return f"{first}\n{words('status-lan')}" if answer.lan else first


def _device(
    words: Words, peer: PeerStatus, forwards: Iterable[ForwardStatus], answer: Status, *, everyone: bool
) -> tuple[str, str]:
    online = peer.connected
    name = device_title(
        ONLINE if online else OFFLINE, safe(peer.peer.device), safe(peer.peer.owner_name) if everyone else None
    )
    lines = connection(words, peer, online=online) or [words("status-never")]
    if answer.lan or peer.peer.mode is Mode.LINUX:
        lines.append(words("status-vpn-address", addresses=both(words, addresses(peer.peer))))
    lines += [_forward_status(words, row) for row in forwards]
    return in_region(name, peer.peer.region), fit(words, lines, MAX_FIELD_VALUE)


def _forward_status(words: Words, row: ForwardStatus) -> str:
    forward = row.forward
    target = f" → {forward.to_ports}" if forward.to_port != forward.ports.first else ""
    end = f" · {words('ends', relative=relative(forward.expires_at))}" if forward.expires_at else ""
    what = f"{labelled(forward)}**{forward.ports}** {protocol(words, forward.protocol)}"
    return f"{what}{target}: {live(words, row)}{end}"


def _pages(
    title: str,
    intro: str,
    fields: Sequence[tuple[str, str]],
    colour: discord.Colour,
    more: Callable[[int], str],
) -> tuple[discord.Embed, ...]:
    """Spread the fields over at most `MAX_PAGES` embeds. `more` says how many fields are left out at the end."""
    first = discord.Embed(title=title, description=clip(intro, MAX_DESCRIPTION), colour=colour)
    made, room = [first], MAX_EMBED - length(str(first.title)) - length(str(first.description))
    for index, field in enumerate(fields):
        name, value = clip(field[0], MAX_FIELD_NAME), clip(field[1], MAX_FIELD_VALUE)
        needed = length(name) + length(value)
        # Room for the sentence of `more`, which takes the place of the field that does not fit on the last page.
        reserve = length(more(len(fields))) + 1
        full = needed + reserve > room or len(made[-1].fields) == MAX_FIELDS - 1
        if full and len(made) == MAX_PAGES:
            made[-1].add_field(name="…", value=more(len(fields) - index), inline=False)
            break
        if full:
            made.append(discord.Embed(colour=colour))
            room = MAX_EMBED
        made[-1].add_field(name=name, value=value, inline=False)
        room -= needed
    return tuple(made)
