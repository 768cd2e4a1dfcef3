"""Values in, messages out: pure, and inside Discord's limits whatever the values.

Lengths are counted in UTF-16 units, which is never less than any of the ways Discord counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address

import discord

from bot.core import texts
from bot.core.roles import is_id
from gateway.api.contract import (
    Closed,
    ForwardInfo,
    ForwardStatus,
    LanState,
    Opened,
    PeerInfo,
    PeerStatus,
    Revoked,
    Status,
)
from gateway.errors import GatewayError
from gateway.model import Duration, Mode, PortRange

# https://discord.com/developers/docs/resources/message#embed-object-embed-limits
MAX_CONTENT = 2000
MAX_FIELDS = 25
MAX_FIELD_NAME = 256
MAX_FIELD_VALUE = 1024
MAX_DESCRIPTION = 4096
MAX_EMBED = 6000

MAX_CLOSE = 500  # of the command that closes what was opened
MAX_PAGES = 4  # one message each; more would bury the channel
CONNECTED_FOR = timedelta(seconds=180)  # WireGuard's REJECT_AFTER_TIME: an older session carries nothing
# Fine; nothing going on or over; ready and nobody there; somebody should look; gone, cut off or broken.
COLOUR = discord.Colour(0x3BA55D)
COLOUR_IDLE = discord.Colour(0x747F8D)
COLOUR_READY = discord.Colour(0x5865F2)
COLOUR_ATTENTION = discord.Colour(0xFAA61A)
COLOUR_DANGER = discord.Colour(0xED4245)
ONLINE, OFFLINE, SUSPENDED = "🟢", "⚪", "⛔"
_HIDDEN = "•"
# What begins markdown. discord.utils.escape_markdown calls re.sub in a way that Python 3.13 warns about, and leaves
# alone what stands between two links.
_MARKDOWN = re.compile(r"[\\*_~|`\[]|^>(?:>>)?\s|^#{1,3}|^\s*-", re.MULTILINE)


def length(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


def clip(text: str, limit: int) -> str:
    if length(text) <= limit:
        return text
    kept = text[: limit - 1]
    while length(kept) > limit - 1:
        kept = kept[:-1]
    return kept + "…"


def plain(text: str, limit: int = 48) -> str:
    """A name on one line, without control and direction characters, for where Discord renders no markdown."""
    shown = "".join(char for char in " ".join(text.split()) if unicodedata.category(char) not in ("Cc", "Cf", "Cs"))
    return clip(shown, limit) or "?"


def escape(text: str) -> str:
    """Text that looks as it is written, whatever markdown, mention or link it imitates."""
    return _MARKDOWN.sub(r"\\\g<0>", text).replace("<", "\\<").replace("://", ":\\//")


def safe(text: str, limit: int = 48) -> str:
    """A name, fit to stand in a message."""
    return escape(plain(text, limit))


def code(text: str) -> str:
    return "`" + text.replace("`", "'") + "`"


def refusal(error: GatewayError) -> str:
    """What the gateway refused, in the bot's own words, or in the gateway's where it has none."""
    return escape(texts.refusal(error.code, error.details) or str(error))


def no_access(member_roles: Iterable[int | str], *, may_ask: bool = False) -> str:
    """A role's mention is shown as its name."""
    shown = [f"<@&{role}>" if is_id(role) else f"**{safe(str(role))}**" for role in member_roles]
    return texts.no_access(shown, may_ask=may_ask)


def fit(lines: Sequence[str], limit: int) -> str:
    """As many whole lines as `limit` holds, and how many more there are."""
    if sum(map(length, lines)) + len(lines) - 1 <= limit:
        return "\n".join(lines)
    room, kept = limit - length(texts.more_lines(len(lines))), 0
    while (room := room - length(lines[kept]) - 1) >= 0:
        kept += 1
    return "\n".join([*lines[:kept], texts.more_lines(len(lines) - kept)])


def data_size(count: int) -> str:
    """`948 B`, `12.3 kB`, `4.5 GB`: powers of 1000, as games and providers count."""
    size, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while size >= 999.95 and len(units) > 1:
        size /= 1000
        del units[0]
    return f"{size:.0f} B" if units[0] == "B" else f"{size:.1f} {units[0]}"


def masked(endpoint: str) -> str:
    """Of `address:port` enough to tell one's own networks apart: `203.0.•.•`, `2001:db8:•`."""
    host = endpoint.rpartition(":")[0].strip("[]").partition("%")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return _HIDDEN
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if isinstance(address, IPv4Address):
        return ".".join([*str(address).split(".")[:2], _HIDDEN, _HIDDEN])
    return ":".join([*(f"{int(group, 16):x}" for group in address.exploded.split(":")[:2]), _HIDDEN])


def reach(address: str, ports: PortRange) -> str:
    """What players type."""
    if len(ports) > 1:
        return texts.address_and_ports(code(address), str(ports))
    return code(f"[{address}]:{ports}" if ":" in address else f"{address}:{ports}")


def opened(answer: Opened) -> str:
    """With several ports, which all lead to the same ones of one device, a list between a headline and the rest."""
    close = code(f"/unforward port:{','.join(str(forward.spec) for forward in answer.forwards)}")
    note = texts.MODE_NOTES.get(answer.mode)
    if len(answer.forwards) == 1:
        (forward,) = answer.forwards
        text = texts.opened(
            _label(forward),
            str(forward.ports),
            texts.PROTOCOLS[forward.protocol],
            reach(answer.public_address, forward.ports),
            reach(answer.public_address6, forward.ports) if answer.public_address6 else None,
            texts.target(safe(forward.device), str(forward.to_ports)),
            close,
        )
        return "\n".join(filter(None, (text, closes(answer.forwards), note)))
    address6 = code(answer.public_address6) if answer.public_address6 else None
    head = texts.opened_several(_label(answer.forwards[0]), safe(answer.forwards[0].device))
    lines = [
        texts.opened_line(reach(answer.public_address, forward.ports), texts.PROTOCOLS[forward.protocol])
        for forward in answer.forwards
    ]
    # Half a command would close something else.
    end = texts.opened_end(address6, close if length(close) <= MAX_CLOSE else None)
    rest = "\n".join(filter(None, (end, closes(answer.forwards), note)))
    return "\n".join((head, fit(lines, MAX_CONTENT - length(head) - length(rest) - 2), rest))


def closes(forwards: Sequence[ForwardInfo]) -> str | None:
    """What was opened or extended together ends together."""
    end = forwards[0].expires_at
    if end is None:
        return None
    return texts.closes(len(forwards), discord.utils.format_dt(end, "f"), discord.utils.format_dt(end, "R"))


def reminder(forwards: Sequence[ForwardInfo]) -> str:
    end = forwards[0].expires_at
    assert end
    head = texts.reminder(len(forwards), discord.utils.format_dt(end, "R"))
    return fit([head, *forward_lines(forwards)], MAX_CONTENT)


def extended(forwards: Sequence[ForwardInfo], *, again: bool = False) -> str:
    """`again`: somebody wanted to who was not the first."""
    end = closes(forwards) or texts.NEVER_CLOSES
    head = texts.extended(again=again)
    return "\n".join((fit([head, *forward_lines(forwards)], MAX_CONTENT - length(end) - 1), end))


def duration(asked: Duration) -> str:
    if asked.length is None:
        return texts.FOREVER
    hours, rest = divmod(asked.length.seconds, 3600)
    return texts.length(asked.length.days, hours, *divmod(rest, 60))


def lan(answer: LanState) -> str:
    return texts.lan(on=answer.on)


def closed(answer: Closed, viewer: str) -> str:
    lines = [
        line if forward.owner == viewer else texts.whose(line, safe(forward.owner_name))
        for forward, line in zip(answer.forwards, forward_lines(answer.forwards), strict=True)
    ]
    return fit([texts.closed(len(lines)), *lines], MAX_CONTENT)


def left(answer: Revoked) -> str:
    return fit([*(texts.left(safe(peer.device)) for peer in answer.peers), *_closed_with(answer)], MAX_CONTENT)


def revoked(answer: Revoked, member: str) -> str:
    """`member` is a name as it came from Discord."""
    devices = [f"- {safe(peer.device)}" for peer in answer.peers]
    return fit([texts.revoked(safe(member), len(devices)), *devices, *_closed_with(answer)], MAX_CONTENT)


def forward_choice(forward: ForwardInfo) -> str:
    """One of the caller's forwards as a suggestion, without markdown."""
    return _forward(forward, plain)


def status(answer: Status, *, everyone: bool) -> tuple[discord.Embed, ...]:
    """One embed per message, devices in the order of their owners' and own names."""
    peers = sorted(answer.peers, key=lambda p: (p.peer.owner_name.casefold(), p.peer.owner, p.peer.device.casefold()))
    if not peers:
        nothing = texts.NO_DEVICES_AT_ALL if everyone else texts.NO_DEVICES
        return (discord.Embed(description=nothing, colour=COLOUR_IDLE),)
    forwards: dict[int, list[ForwardStatus]] = {}
    for row in sorted(answer.forwards, key=lambda row: (row.forward.ports, row.forward.protocol)):
        forwards.setdefault(row.forward.peer_id, []).append(row)
    connected = sum(is_connected(peer, answer.at) for peer in peers)
    address6 = code(answer.public_address6) if answer.public_address6 else None
    return pages(
        texts.ALL_DEVICES if everyone else texts.YOUR_DEVICES,
        texts.status_intro(
            connected, len(peers), code(answer.public_address), address6, ports=bool(forwards), lan=answer.lan
        ),
        [_device(peer, forwards.get(peer.peer.id, []), answer, everyone=everyone) for peer in peers],
        COLOUR if connected else COLOUR_IDLE,
        texts.more_devices,
    )


def is_connected(peer: PeerStatus, at: datetime) -> bool:
    return peer.latest_handshake is not None and at - peer.latest_handshake < CONNECTED_FOR


def pages(
    title: str,
    intro: str,
    fields: Sequence[tuple[str, str]],
    colour: discord.Colour,
    more: Callable[[int], str],
) -> tuple[discord.Embed, ...]:
    """Embeds for one message each; `more` words how many fields found no place on the last of `MAX_PAGES`."""
    first = discord.Embed(title=clip(title, 256), description=clip(intro, MAX_DESCRIPTION), colour=colour)
    made, room = [first], MAX_EMBED - length(str(first.title)) - length(str(first.description))
    for index, field in enumerate(fields):
        name, value = clip(field[0], MAX_FIELD_NAME), clip(field[1], MAX_FIELD_VALUE)
        needed = length(name) + length(value)
        # Kept free on every page for what `more` says, which comes in the last field's place.
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


def addresses(peer: PeerInfo) -> list[str]:
    return [code(str(address)) for address in (peer.ipv4, peer.ipv6) if address]


def _device(peer: PeerStatus, forwards: Iterable[ForwardStatus], answer: Status, *, everyone: bool) -> tuple[str, str]:
    online = is_connected(peer, answer.at)
    name = texts.device_title(
        ONLINE if online else OFFLINE, safe(peer.peer.device), safe(peer.peer.owner_name) if everyone else None
    )
    if peer.latest_handshake is None:
        lines = [texts.NEVER_CONNECTED]
    else:
        handshake = discord.utils.format_dt(peer.latest_handshake, "R")
        endpoint = masked(peer.endpoint) if peer.endpoint else None
        lines = [
            texts.connected(handshake, endpoint) if online else texts.not_connected(handshake),
            texts.traffic(data_size(peer.rx_bytes), data_size(peer.tx_bytes)),
        ]
    if answer.lan or peer.peer.mode is Mode.LINUX:
        lines.append(texts.vpn_addresses(addresses(peer.peer)))
    lines += [_forward_status(row) for row in forwards]
    return name, fit(lines, MAX_FIELD_VALUE)


def _forward_status(row: ForwardStatus) -> str:
    forward = row.forward
    return texts.forward_status(
        _label(forward),
        str(forward.ports),
        texts.PROTOCOLS[forward.protocol],
        str(forward.to_ports) if forward.to_port != forward.ports.first else None,
        row.connections,
        row.players,
        row.refused,
        discord.utils.format_dt(forward.expires_at, "R") if forward.expires_at else None,
    )


def _closed_with(answer: Revoked) -> list[str]:
    return [texts.closed_with_it(len(answer.forwards)), *forward_lines(answer.forwards)] if answer.forwards else []


def forward_lines(forwards: Iterable[ForwardInfo]) -> list[str]:
    return [f"- {_forward(forward, safe)}" for forward in forwards]


def _forward(forward: ForwardInfo, show: Callable[[str], str]) -> str:
    return texts.forward_of(
        _label(forward, show),
        str(forward.ports),
        texts.PROTOCOLS[forward.protocol],
        show(forward.device),
        str(forward.to_ports),
    )


def _label(forward: ForwardInfo, show: Callable[[str], str] = safe) -> str | None:
    return show(forward.label) if forward.label else None
