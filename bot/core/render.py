"""Makes messages of values: pure, and within Discord's limits for all values. `words`: the reader's language.

Lengths are counted in UTF-16 units. Discord counts in different ways in different places, and never higher than that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import discord

from bot.core.roles import is_id
from bot.core.words import Words, both, either
from gateway.access import HIDDEN
from gateway.access import masked as masked_address
from gateway.api.contract import (
    Away,
    Closed,
    ForwardInfo,
    ForwardStatus,
    Opened,
    PeerInfo,
    PeerStatus,
    Place,
    Revoked,
    Status,
)
from gateway.errors import GatewayError
from gateway.model import Duration, Mode, PortRange, PortSpec, Protocol

# https://discord.com/developers/docs/resources/message#embed-object-embed-limits
MAX_CONTENT = 2000
MAX_FIELDS = 25
MAX_FIELD_VALUE = 1024

MAX_MOVED = 8  # ports that are listed
COLOUR = discord.Colour(0x3BA55D)  # works, or was added
COLOUR_IDLE = discord.Colour(0x747F8D)  # nothing going on, or over
COLOUR_READY = discord.Colour(0x5865F2)  # ready, without players yet
COLOUR_ATTENTION = discord.Colour(0xFAA61A)  # an admin or the owner should look
COLOUR_DANGER = discord.Colour(0xED4245)  # removed, cut off or broken
ONLINE, OFFLINE, SUSPENDED = "🟢", "⚪", "⛔"
# Details of an error that messages choose by. Others are shown.
CODES_AND_COUNTS = ("rule", "what", "holder", "limit", "older")
# The characters that begin markdown. discord.utils.escape_markdown leaves text between two links unescaped, and calls
# re.sub in a way that Python 3.13 warns about.
_DOMAIN = re.compile(r"\.[^\W\d_]{2,}(?=/)")  # Discord takes discord.gg/… and others for links without a scheme
_MARKDOWN = re.compile(r"[\\*_~|`\[]|^>(?:>>)?\s|^#{1,3}|^\s*-", re.MULTILINE)


def length(text: str) -> int:
    """Return the length in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clip(text: str, limit: int) -> str:
    if length(text) <= limit:
        return text
    kept = text[: limit - 1]
    while length(kept) > limit - 1:
        kept = kept[:-1]
    return kept + "…"


def plain(text: str, limit: int = 48) -> str:
    """Return a name on one line, without control and direction characters; for places without markdown."""
    shown = "".join(char for char in " ".join(text.split()) if unicodedata.category(char) not in ("Cc", "Cf", "Cs"))
    return clip(shown, limit) or "?"


def escape(text: str) -> str:
    """Escape markdown, mentions and links, so that Discord shows the text as it is written."""
    escaped = _MARKDOWN.sub(r"\\\g<0>", text).replace("<", "\\<").replace("://", ":\\//")
    return _DOMAIN.sub(r"\g<0>\\", escaped)


def safe(text: str, limit: int = 48) -> str:
    """Return a name that can stand in a message: plain and escaped."""
    return escape(plain(text, limit))


def in_region(text: str, region: str, show: Callable[[str], str] = safe) -> str:
    """Return what stands for something in a region of a fleet. Without a fleet there is no region to name."""
    return f"{text} · {show(region)}" if region else text


def away(words: Words, regions: Iterable[Away]) -> list[str]:
    """Return a line for each region that does not answer."""
    return [f"🔴 {_away(words, each)}" for each in regions]


def _away(words: Words, away: Away) -> str:
    if away.older:
        return differs(words, away)
    return words("error-region_away", region=safe(away.region), since=relative(away.since))


def differs(words: Words, away: Away) -> str:
    """Say which side has to be updated, of a region and the bot that do not understand each other."""
    return words("error-region_differs", region=safe(away.region), older=away.older)


def public_addresses(status: Status, *, ipv6: bool = True) -> list[str]:
    """Return what players type, in a fleet with the region of each."""
    places = status.places or (status,)
    return [
        in_region(code(address), place.region if isinstance(place, Place) else "")
        for place in places
        for address in (place.public_address, place.public_address6 if ipv6 else None)
        if address
    ]


def code(text: str) -> str:
    return "`" + text.replace("`", "'") + "`"


def refusal(words: Words, error: GatewayError) -> str:
    """Say what the gateway refused by the message for its code; without one, by the gateway's English sentence."""
    values: dict[str, str | int] = {
        name: value if name in CODES_AND_COUNTS else escape(str(value)) for name, value in error.details.items()
    }
    if isinstance(since := error.details.get("since"), int):
        with suppress(ValueError, OverflowError, OSError):  # a gateway elsewhere may say any number
            values["since"] = relative(datetime.fromtimestamp(since, UTC))
    free = error.details.get("free")
    values["hint"] = words("hint-free", free=escape(str(free))) if free else words("hint-none")
    try:
        if "rule" in values:
            values["rule"] = words(f"rule-{values['rule']}", value=values.get("value", ""))
        return words(f"error-{error.code}", **values)
    except LookupError:
        return escape(str(error))


def no_access(words: Words, member_roles: Iterable[int | str], *, may_ask: bool = False) -> str:
    """Say which roles give access; Discord shows the mention of a role as its name. Before the set-up none does."""
    shown = [f"<@&{role}>" if is_id(role) else f"**{safe(str(role))}**" for role in member_roles]
    if not shown:
        return words("no-access-yet")
    return words("no-access-ask" if may_ask else "no-access", roles=either(words, shown))


def fit(words: Words, lines: Sequence[str], limit: int) -> str:
    """Return as many whole lines as `limit` holds, and a line that counts the rest."""
    if sum(map(length, lines)) + len(lines) - 1 <= limit:
        return "\n".join(lines)
    room, kept = limit - length(words("more-lines", count=len(lines))), 0
    while (room := room - length(lines[kept]) - 1) >= 0:
        kept += 1
    return "\n".join([*lines[:kept], words("more-lines", count=len(lines) - kept)])


def data_size(count: int) -> str:
    """Return bytes as `948 B`, `12.3 kB` or `4.5 GB`: in powers of 1000, as games and providers count."""
    size, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while size >= 999.95 and len(units) > 1:
        size /= 1000
        del units[0]
    return f"{size:.0f} B" if units[0] == "B" else f"{size:.1f} {units[0]}"


def masked(endpoint: str) -> str:
    """Return the begin of an endpoint's address, as `203.0.•.•` or `2001:db8:•`: enough to recognise a network by."""
    host = endpoint.rpartition(":")[0].strip("[]").partition("%")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return HIDDEN
    return masked_address(address)


def port(words: Words, ports: PortRange | PortSpec) -> str:
    """Return `port 25565` or `ports 2456-2458`."""
    return words("port", ports=str(ports), count=_count(ports))


def protocol(words: Words, protocol: Protocol) -> str:
    return words(f"protocol-{protocol}")


def reach(words: Words, address: str, ports: PortRange) -> str:
    """Return the address that players type."""
    if len(ports) > 1:
        return words("reach-range", address=code(address), ports=str(ports), count=len(ports))
    return code(f"[{address}]:{ports}" if ":" in address else f"{address}:{ports}")


def opened(words: Words, answer: Opened, address: str, address6: str | None) -> str:
    """Return the answer to /forward, about one forward or several. All of them lead to one device.

    `address`: the lines that players paste. `address6`: the address of players with IPv6, if there is one.
    """
    lines = (
        in_region(_head(words, answer.forwards), answer.forwards[0].region),
        address,
        words("forward-opened-ipv6", address=address6) if address6 else None,
        *_targets(words, answer.forwards),
        closes(words, answer.forwards),
        _note(words, answer.mode),
        _friends_only(words, answer),
    )
    return "\n".join(filter(None, lines))


def _head(words: Words, forwards: Sequence[ForwardInfo]) -> str:
    first, label = forwards[0], _label(forwards[0])
    if label:
        return words("forward-opened-game", game=label)
    if len(forwards) > 1:
        return words("forward-opened-several")
    kind, count = protocol(words, first.protocol), len(first.ports)
    return words("forward-opened", ports=str(first.ports), protocol=kind, count=count)


def _targets(words: Words, forwards: Sequence[ForwardInfo]) -> Iterator[str]:
    """Say where the forwards lead to."""
    first = forwards[0]
    device = safe(first.device)
    if len(forwards) == 1:
        yield words("forward-opened-target", ports=str(first.to_ports), device=device, count=len(first.ports))
    else:
        yield words("forward-opened-several-keep", device=device)
        moved = [f"{each.ports} → {each.to_ports}" for each in forwards if each.to_port != each.ports.first]
        if moved:
            shown = ", ".join(moved[:MAX_MOVED])
            yield words(
                "forward-opened-several-moved", device=device, ports=f"{shown} …" if len(moved) > MAX_MOVED else shown
            )


def _note(words: Words, mode: Mode) -> str | None:
    """Say what is special about a server on a device of this mode."""
    match mode:
        case Mode.SPLIT:
            return words("forward-note-split")
        case Mode.LINUX:
            return words("forward-note-linux")
    return None


def _friends_only(words: Words, answer: Opened) -> str | None:
    return words("forward-friends-only") if answer.forwards[0].friends_only else None


def closes(words: Words, forwards: Sequence[ForwardInfo]) -> str | None:
    """Say when these forwards close; one time for all, because forwards opened or extended together end together."""
    end = forwards[0].expires_at
    return words("forward-closes", time=moment(end), relative=relative(end)) if end else None


def reminder(words: Words, forwards: Sequence[ForwardInfo]) -> str:
    end = forwards[0].expires_at
    assert end
    head = words("reminder", count=len(forwards), relative=relative(end))
    return fit(words, [head, *forward_lines(words, forwards)], MAX_CONTENT)


def extended(words: Words, forwards: Sequence[ForwardInfo], *, again: bool = False) -> str:
    """Say until when the forwards are open now. `again`: another click or command had moved their end before."""
    end = closes(words, forwards) or words("forward-never-closes")
    head = words("extended-already" if again else "extended")
    return "\n".join((fit(words, [head, *forward_lines(words, forwards)], MAX_CONTENT - length(end) - 1), end))


def duration(words: Words, asked: Duration) -> str:
    """Return a duration as `1 day 2 hours`, without parts that are zero."""
    if asked.length is None:
        return words("forever")
    hours, rest = divmod(asked.length.seconds, 3600)
    days, (minutes, seconds) = asked.length.days, divmod(rest, 60)
    parts = (
        (days, words("days", count=days)),
        (hours, words("hours", count=hours)),
        (minutes, words("minutes", count=minutes)),
        (seconds, words("seconds", count=seconds)),
    )
    return " ".join(part for count, part in parts if count)


def short_length(words: Words, length: timedelta) -> str:
    """Return a length as `5 h 20 min`, or `3 d 2 h` from a day on, rounded down."""
    minutes = int(length.total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = ((days, "days"), (hours, "hours"), (0 if days else minutes, "minutes"))
    shown = [words(f"short-{unit}", count=count) for count, unit in parts if count]
    return " ".join(shown) or words("short-minutes", count=1)


def closed(words: Words, answer: Closed, viewer: str) -> str:
    lines = [
        line if forward.owner == viewer else f"{line} ({safe(forward.owner_name)})"
        for forward, line in zip(answer.forwards, forward_lines(words, answer.forwards), strict=True)
    ]
    return fit(words, [words("unforward-done", count=len(lines)), *lines], MAX_CONTENT)


def left(words: Words, answer: Revoked) -> str:
    devices = [in_region(words("leave-done", device=safe(peer.device)), peer.region) for peer in answer.peers]
    return fit(words, [*devices, *_closed_with(words, answer)], MAX_CONTENT)


def revoked(words: Words, answer: Revoked, member: str) -> str:
    """Say what a revocation took away. `member`: the name as Discord sent it."""
    head = words("revoke-done", member=safe(member), count=len(answer.peers))
    devices = [in_region(f"- {safe(peer.device)}", peer.region) for peer in answer.peers]
    return fit(words, [head, *devices, *_closed_with(words, answer)], MAX_CONTENT)


def cut_off_in(words: Words, done: Sequence[str], away: Sequence[tuple[str, datetime]]) -> list[str]:
    """Say in which regions a member is cut off, and which ones are away, each since a time."""
    lines = [words("cut-off-in", regions=both(words, list(done)))] if done else []
    return [*lines, *(words("cut-off-later", region=region, time=moment(since)) for region, since in away)]


def forward_choice(words: Words, forward: ForwardInfo) -> str:
    """Return a forward as the text of a suggestion, without markdown."""
    return _forward(words, forward, plain)


def addresses(peer: PeerInfo) -> list[str]:
    return [code(str(address)) for address in (peer.ipv4, peer.ipv6) if address]


def moment(at: datetime) -> str:
    """Return a time that Discord shows in the reader's time zone."""
    return discord.utils.format_dt(at, "f")


def relative(at: datetime) -> str:
    """Return a time that Discord shows as its distance from now, such as `in 2 hours`."""
    return discord.utils.format_dt(at, "R")


def device_title(icon: str, device: str, owner: str | None) -> str:
    return f"{icon} {device} · {owner}" if owner else f"{icon} {device}"


def connection(words: Words, peer: PeerStatus, *, online: bool) -> list[str]:
    """Return the lines of a device's last handshake and traffic; none when it was never connected."""
    if peer.latest_handshake is None:
        return []
    handshake = relative(peer.latest_handshake)
    if not online:
        line = words("status-away", handshake=handshake)
    elif peer.endpoint:
        line = words("status-handshake-from", endpoint=masked(peer.endpoint), handshake=handshake)
    else:
        line = words("status-handshake", handshake=handshake)
    return [line, traffic(words, peer)]


def traffic(words: Words, peer: PeerStatus) -> str:
    """Return a device's traffic as the device sees it: the bytes that the gateway received are those it sent."""
    return words("status-traffic", sent=data_size(peer.rx_bytes), received=data_size(peer.tx_bytes))


def live(words: Words, row: ForwardStatus) -> str:
    """Say how many players are connected to a forward now, and how many were refused."""
    shown = connections(words, row.connections, row.players)
    return words("live-refused", live=shown, refused=row.refused) if row.refused else shown


def connections(words: Words, count: int, players: int) -> str:
    return words("live", connections=count, players=players) if count else words("live-none")


def _closed_with(words: Words, answer: Revoked) -> list[str]:
    forwards = answer.forwards
    return [words("revoke-ports", count=len(forwards)), *forward_lines(words, forwards)] if forwards else []


def forward_lines(words: Words, forwards: Iterable[ForwardInfo]) -> list[str]:
    return [f"- {_forward(words, forward, safe)}" for forward in forwards]


def _forward(words: Words, forward: ForwardInfo, show: Callable[[str], str]) -> str:
    what = f"{labelled(forward, show)}{forward.ports} ({protocol(words, forward.protocol)})"
    return in_region(f"{what} → {show(forward.device)}, {port(words, forward.to_ports)}", forward.region, show)


def labelled(forward: ForwardInfo, show: Callable[[str], str] = safe) -> str:
    """Return the begin of a forward's line: its game, or nothing."""
    return f"{show(forward.label)} · " if forward.label else ""


def _label(forward: ForwardInfo) -> str | None:
    return safe(forward.label) if forward.label else None


def _count(ports: PortRange | PortSpec) -> int:
    return len(ports.ports if isinstance(ports, PortSpec) else ports)
