"""Lines about the gateway's events. Pure. Names that members chose are made harmless."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from gateway.api.contract import ForwardStatus, PeerStatus
from gateway.api.events import Event, News, Player, Snapshot
from gateway.codec import to_json
from gateway.logs import safe
from gateway.terminal.text import forward_line, size

_WIDTH = 18  # of the longest kind


def render_news(news: News) -> str:
    """Return a line for each event; none for a sign of life."""
    return "\n".join(_lines(news))


def json_lines(news: News) -> Iterator[str]:
    """Yield the same as JSON documents: an event, or `{"snapshot": ...}`."""
    if news.snapshot:
        yield to_json({"snapshot": news.snapshot})
    yield from map(to_json, news.events)


def _lines(news: News) -> Iterator[str]:
    if news.snapshot:
        yield _line(news.snapshot.status.at, "now", _summary(news.snapshot))
        for problem in news.snapshot.status.problems:
            yield _line(news.snapshot.status.at, "problem", str(problem))
    for event in news.events:
        yield _line(event.at, event.kind, _about(event))


def _line(at: datetime, kind: str, what: str) -> str:
    return safe(f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC  {kind:{_WIDTH}}  {what}").rstrip()


def _summary(snapshot: Snapshot) -> str:
    peers, forwards = snapshot.status.peers, snapshot.status.forwards
    connected, players = sum(row.connected for row in peers), sum(row.players for row in forwards)
    return f"devices {len(peers)}, connected {connected}, forwards {len(forwards)}, players {players}"


def _about(event: Event) -> str:
    parts = []
    if event.peer:
        parts.append(_peer(event.peer))
    if event.player:
        parts.append(_player(event.player))
    if event.forward:
        parts.append(_forward(event.forward))
    if event.entry:
        parts.append(f"{event.entry.id}: {event.entry.actor_name}, {event.entry.action} {event.entry.subject}")
    if event.problem:
        parts.append(str(event.problem))
    if event.gateway:
        parts.append(f"{event.gateway.public_address}, LAN mode {'on' if event.gateway.lan else 'off'}")
    if event.traffic:
        parts.append(f"from devices {size(int(event.traffic.rx))}/s, to devices {size(int(event.traffic.tx))}/s")
    if event.guests is not None:
        parts.append(f"{len(event.guests)}")
    return ", ".join(parts)


def _peer(row: PeerStatus) -> str:
    place = f" at {row.endpoint}" if row.connected and row.endpoint else ""
    return f"{row.peer.device} of {row.peer.owner_name}{place}"


def _forward(row: ForwardStatus) -> str:
    return f"{forward_line(row.forward)}, players {row.players}"


def _player(player: Player) -> str:
    place = f"{player.address}:{player.port}" if player.address.version == 4 else f"[{player.address}]:{player.port}"
    said = f"{place}/{player.protocol}"
    if player.until:
        said += f" after {int((player.until - player.since).total_seconds())} s"
    if player.rx_bytes is not None and player.tx_bytes is not None:
        said += f" with {size(player.rx_bytes)} sent and {size(player.tx_bytes)} received"
    return said
