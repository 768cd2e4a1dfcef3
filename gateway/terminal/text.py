"""Text for a terminal: answers of the API, tables, QR codes. Pure. Names that members chose are made harmless."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from itertools import repeat

from gateway.api.connections import Chosen
from gateway.api.contract import (
    AuditPage,
    Closed,
    Extended,
    ForwardInfo,
    GuestState,
    Issued,
    LanState,
    Listing,
    Opened,
    PolicyInfo,
    Revoked,
    Status,
    Suspended,
)
from gateway.api.forgetting import Forgotten
from gateway.api.history import History, Period
from gateway.api.holders import HeldForward, Holders, LoggedFlow
from gateway.logs import safe
from gateway.model import Mode, Off

_MODE_NOTES = {
    Mode.SPLIT: "The server there sees the gateway's address, not the players'.",
    Mode.LINUX: "A server there listens on all addresses or on the device's VPN address, not on the LAN's only.",
}
_SUSPENDED = "suspended"
_BLACK_ON_WHITE, _RESET = "\x1b[38;5;16;48;5;231m", "\x1b[0m"


def width(text: str) -> int:
    """Return the columns of a terminal that `safe` text takes: two for 田, none for a combining accent."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth  # here, because importing it at the top would delay every other command

    return int(wcswidth(text))


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return lines with aligned columns, two spaces apart. A column of numbers only is aligned right."""
    columns = map(_column, head, zip(*rows, strict=True) if rows else repeat(()))
    return "\n".join("  ".join(line).rstrip() for line in zip(*columns, strict=True))


def _column(head: str, cells: Sequence[object]) -> list[str]:
    """Return the head and the cells as text, filled with spaces to one width."""
    texts = [head, *map(str, cells)]
    if not all(map(str.isprintable, texts)):
        texts = list(map(safe, texts))
    if cells and all(isinstance(cell, int) for cell in cells):
        return list(map(str.rjust, texts, repeat(max(map(len, texts)))))
    widths = list(map(len if all(map(str.isascii, texts)) else width, texts))
    most = max(widths)
    return [text + " " * (most - taken) for text, taken in zip(texts, widths, strict=True)]


def age(then: datetime | None, now: datetime) -> str:
    """Return the time between both in its largest unit: `12 s`, `3 min`, `5 h`, `2 d`; `never` without `then`."""
    if then is None:
        return "never"
    seconds = max(0, int((now - then).total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def size(count: int) -> str:
    """Return a number of bytes in binary units, as wg(8) shows them."""
    if count < 1024:
        return f"{count} B"
    value, unit = count / 1024, "KiB"
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        if value < 999.95 or unit == "TiB":
            break
        value /= 1024
    return f"{value:.1f} {unit}"


def qr(text: str) -> list[str]:
    """Return the QR code as lines of half blocks. Escape sequences make it black on white in every terminal."""
    import qrcode  # here, because importing it at the top would delay every other command

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_L, border=4)
    code.add_data(text)
    code.make(fit=True)
    dark = code.get_matrix()
    dark += [[False] * len(dark)] * (len(dark) % 2)
    halves = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    return [
        _BLACK_ON_WHITE + "".join(halves[pair] for pair in zip(upper, lower, strict=True)) + _RESET
        for upper, lower in zip(dark[::2], dark[1::2], strict=True)
    ]


def qr_width(lines: Sequence[str]) -> int:
    return len(lines[0]) - len(_BLACK_ON_WHITE) - len(_RESET)


def forward_line(forward: ForwardInfo) -> str:
    return safe(f"{forward.ports} ({_protocols(forward)}) to {forward.device} of {forward.owner_name}")


def _protocols(forward: ForwardInfo) -> str:
    return "+".join(forward.protocol.each)


def render_opened(opened: Opened) -> str:
    reach = []
    for forward in opened.forwards:
        addresses = [f"{opened.public_address}:{forward.ports}"]
        if opened.public_address6:
            addresses.append(f"[{opened.public_address6}]:{forward.ports}")
        reach.append(f"{' or '.join(addresses)} ({_protocols(forward)})")
    close = f"`guildgate unforward {','.join(str(forward.spec) for forward in opened.forwards)}`"
    first = opened.forwards[0]
    device = safe(f"{first.device} of {first.owner_name}")
    if len(reach) == 1:
        ports = "ports" if len(first.ports) > 1 else "port"
        lines = [
            f"Players connect to {reach[0]}.",
            f"It leads to {ports} {first.to_ports} of {device}.",
            f"Close it with {close}.",
        ]
    else:
        moved = ", ".join(f"{f.ports} to {f.to_ports}" for f in opened.forwards if f.to_port != f.ports.first)
        lines = [
            "Players connect to",
            *(f"  {line}" for line in reach),
            f"They lead to the same ports of {device}{f', but {moved}' if moved else ''}.",
            f"Close them with {close}.",
        ]
    lines.append(_end(first.expires_at))
    if note := _MODE_NOTES.get(opened.mode):
        lines.append(note)
    return "\n".join(lines)


def render_led(chosen: Chosen) -> str:
    return "\n".join(f"{forward_line(each)} leads to {each.to_ports} there now." for each in chosen.forwards)


def render_issued(issued: Issued) -> str:
    return issued.config.rstrip("\n")


def render_closed(closed: Closed) -> str:
    return "\n".join(f"Closed {forward_line(forward)}." for forward in closed.forwards)


def render_revoked(revoked: Revoked) -> str:
    lines = [f"Revoked {safe(f'{peer.device} of {peer.owner_name}')}, {peer.ipv4}." for peer in revoked.peers]
    return "\n".join(lines + [f"Closed {forward_line(forward)}." for forward in revoked.forwards])


def _end(end: datetime | None) -> str:
    return f"It ends at {_minute(end)}." if end else "It stays until it is closed."


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def render_extended(extended: Extended) -> str:
    return "\n".join(f"{forward_line(forward)}: {_end(forward.expires_at)}" for forward in extended.forwards)


def render_suspended(changed: Suspended, *, suspended: bool) -> str:
    if not changed.peers:
        return "No device changed" + (", and none can be added." if suspended else ": none was cut off.")
    done = "Cut off" if suspended else "Let back in"
    return "\n".join(f"{done}: {safe(f'{peer.device} of {peer.owner_name}')}." for peer in changed.peers)


def render_guest(changed: GuestState) -> str:
    if not changed.peers:
        return "Noted. No device's end changed."
    return "\n".join(
        f"{safe(f'{peer.device} of {peer.owner_name}')} {_until(peer.expires_at)}." for peer in changed.peers
    )


def _until(end: datetime | None) -> str:
    return f"ends at {_minute(end)}" if end else "does not end"


def render_forgotten(forgotten: Forgotten) -> str:
    return "\n".join(
        (
            f"Removed devices: {forgotten.devices}. Closed forwards: {forgotten.forwards}.",
            f"The audit log calls the member {forgotten.alias} from now on.",
            "The bot erases what it stores itself: within seconds, or when it is started next.",
            "Discord keeps its messages, and the system its journal and backups. SECURITY.md lists them.",
        )
    )


def render_holders(holders: Holders) -> str:
    """Return a table of the forwards and one of the flows, or a sentence without any."""
    parts = []
    if holders.forwards:
        head = "OWNER", "ID", "DEVICE", "PORTS", "OPENED", "CLOSED"
        parts.append("Forwarded then:\n" + table(head, list(map(_held, holders.forwards))))
    if holders.flows:
        columns = "OWNER", "ID", "DEVICE", "FROM", "TO", "BEGAN", "ENDED"
        parts.append("Begun by devices:\n" + table(columns, list(map(_logged, holders.flows))))
    if not parts:
        parts.append("No forward and no logged flow had that port then.")
    if isinstance(holders.flow_log_for, Off):
        parts.append("What devices begin is not logged: flow_log_for in [policy] is empty.")
    return "\n\n".join(parts)


def _held(held: HeldForward) -> tuple[object, ...]:
    forward = held.forward
    ports = f"{forward.ports}/{_protocols(forward)}"
    return forward.owner_name, forward.owner, forward.device, ports, *_span(forward.created_at, held.closed_at)


def _logged(flow: LoggedFlow) -> tuple[object, ...]:
    outside = f"{_place(flow.outside, flow.outside_port)}/{flow.protocol}"
    target = _place(flow.target, flow.target_port)
    return flow.owner_name, flow.owner, flow.device, outside, target, *_span(flow.began, flow.ended)


def _span(begin: datetime, end: datetime | None) -> tuple[str, str]:
    return _second(begin), _second(end) if end else "-"


def _place(address: IPv4Address | IPv6Address, port: int) -> str:
    return f"{address}:{port}" if address.version == 4 else f"[{address}]:{port}"


def _second(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def render_audit(page: AuditPage) -> str:
    """Return a table of the entries. `--before` takes its numbers. BY is the system user that asked on the socket."""
    if not page.entries:
        return "No entries."
    return table(
        ("NUMBER", "AT", "WHO", "ID", "BY", "ACTION", "WHAT"),
        [
            (
                entry.id,
                _minute(entry.at),
                entry.actor_name,
                entry.actor,
                entry.asked_by or "-",
                entry.action,
                entry.subject,
            )
            for entry in page.entries
        ],
    )


def render_policy(policy: PolicyInfo) -> str:
    return table(("KEY", "VALUE"), [(field.name, getattr(policy, field.name)) for field in dataclasses.fields(policy)])


def render_lan(lan: LanState) -> str:
    reach = "on: devices reach" if lan.on else "off: devices do not reach"
    return f"LAN mode is {reach} each other by their VPN addresses."


def render_peers(listing: Listing, now: datetime) -> str:
    if not listing.peers:
        return "No devices yet. `guildgate join DEVICE` makes one."
    ports = defaultdict[int, list[str]](list)
    for forward in listing.forwards:
        ports[forward.peer_id].append(f"{forward.ports}/{_protocols(forward)}")
    return table(
        ("OWNER", "ID", "DEVICE", "IPV4", "IPV6", "MODE", "SINCE", "STATE", "FORWARDS"),
        [
            (
                peer.owner_name,
                peer.owner,
                peer.device,
                peer.ipv4,
                peer.ipv6 or "-",
                peer.mode,
                age(peer.created_at, now),
                _SUSPENDED if peer.suspended_at else "-",
                ", ".join(ports[peer.id]) or "-",
            )
            for peer in listing.peers
        ],
    )


_BLOCKS = " ▁▂▃▄▅▆▇█"
_LENGTHS = {
    Period.DAY: timedelta(minutes=30),
    Period.WEEK: timedelta(hours=3),
    Period.MONTH: timedelta(hours=12),
    Period.YEAR: timedelta(days=7),
}


def blocks(values: Sequence[float]) -> str:
    """Return a block character for each value, the highest for the largest one. Only nothing is a space."""
    most = max(values, default=0)
    return "".join(_BLOCKS[max(1, round(8 * value / most))] if value else " " for value in values)


def render_history(history: History) -> str:
    """Return a line of blocks for each number, with its sum or its most. RX is what devices or players sent."""
    length = _LENGTHS[history.period]
    steps, total = history.in_steps_of(length), history.total
    rows = (
        ("RX", blocks([each.rx_bytes for each in steps]), size(total.rx_bytes)),
        ("TX", blocks([each.tx_bytes for each in steps]), size(total.tx_bytes)),
        ("PLAYERS", blocks([each.players for each in steps]), f"at most {total.players}"),
        ("ONLINE", blocks([each.online_s for each in steps]), f"{total.online_s / 3600:.1f} hours"),
    )
    hours = f"{length // timedelta(hours=1)} hours" if length >= timedelta(hours=1) else "half an hour"
    head = f"The last {history.period}, until {_minute(history.until)}. A block is {hours}."
    return "\n".join([head, *(f"{name:8}|{line}| {said}" for name, line, said in rows)])


def render_status(status: Status) -> str:
    """Return a table of devices, the latest handshake first, and one of forwards by port.

    RX is what the device or the players sent. REFUSED counts new flows that flood protection turned away.
    """
    public = ", ".join(filter(None, (status.public_address, status.public_address6)))
    parts = [f"Gateway {public}, WireGuard port {status.listen_port}/udp, {status.backend} backend."]
    if status.srv_port:
        parts[0] += f"\nPlayers of Minecraft (Java) reach port {status.srv_port} by the name alone."
    if status.lan:
        parts[0] += f"\n{render_lan(LanState(on=True))}"
    parts += [f"Problem: {safe(str(problem))}" for problem in status.problems]
    if status.peers:
        newest_first = sorted(
            status.peers,
            key=lambda p: p.latest_handshake or datetime.min.replace(tzinfo=UTC),
            reverse=True,
        )
        parts.append(
            table(
                ("OWNER", "DEVICE", "ADDRESS", "HANDSHAKE", "RX", "TX", "ENDPOINT"),
                [
                    (
                        p.peer.owner_name,
                        p.peer.device,
                        p.peer.ipv4,
                        _SUSPENDED if p.peer.suspended_at else age(p.latest_handshake, status.at),
                        size(p.rx_bytes),
                        size(p.tx_bytes),
                        p.endpoint or "-",
                    )
                    for p in newest_first
                ],
            )
        )
    else:
        parts.append("No devices yet. `guildgate join DEVICE` makes one.")
    if status.forwards:
        parts.append(
            table(
                ("PORTS", "PROTOCOL", "OWNER", "DEVICE", "TO", "CONNECTIONS", "PLAYERS", "REFUSED", "RX", "TX"),
                [
                    (
                        f.forward.ports,
                        _protocols(f.forward),
                        f.forward.owner_name,
                        f.forward.device,
                        f.forward.to_ports,
                        f.connections,
                        f.players,
                        f.refused,
                        size(f.rx_bytes),
                        size(f.tx_bytes),
                    )
                    for f in sorted(status.forwards, key=lambda f: (f.forward.ports, f.forward.protocol))
                ],
            )
        )
    return "\n\n".join(parts)
