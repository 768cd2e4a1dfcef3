"""The event stream over the kernel's WireGuard and connection tracking, also when the clock is set meanwhile."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import pytest

from gateway.api.contract import Rename
from gateway.api.events import Event, EventKind, News, Watch
from gateway.network import Marks
from gateway.nftables import forwarded
from gateway.state import presence
from gateway.state.playerwatch import PlayerWatch
from gateway.state.repairs import Repairs
from tests.kernel.test_data_path import (
    ALICE,
    PLAYER4,
    PLAYER6,
    VPS4,
    VPS6,
    Player,
    Running,
    Vps,
    connect_device,
    connected,
    echoes,
    served,
    vps,
)
from tests.namespace import eventually, ip

pytestmark = [pytest.mark.kernel, pytest.mark.root, pytest.mark.timeout(540)]
__all__ = ["vps"]

DAY_S = 24 * 60 * 60
ENDS = EventKind.PEER_DISCONNECTED, EventKind.PLAYER_LEFT


@dataclass
class Stream:
    """What a watcher is told."""

    gateway: Running
    lines: AsyncIterator[News]
    events: list[Event] = field(default_factory=list)

    async def until(self, wanted: Callable[[Event], object]) -> Event:
        """Return the first event that is wanted, also of those from before."""
        seen = 0
        async with asyncio.timeout(240):
            while True:
                for event in self.events[seen:]:
                    if wanted(event):
                        return event
                seen = len(self.events)
                self.events += (await anext(self.lines)).events

    async def until_kind(self, kind: EventKind) -> Event:
        return await self.until(lambda event: event.kind == kind)

    async def until_looked(self) -> None:
        """Wait for two looks at the tunnel, and for all that they tell."""
        looks, dump = 0, self.gateway.kernel.wireguard.dump

        async def is_over() -> bool:
            nonlocal looks
            looks += 1
            self.gateway.state.note_endpoints(await dump())
            return looks > 1

        await eventually(is_over, within=60)
        device = f"pc{time.monotonic_ns()}"
        before = next(iter(self.gateway.state.desired.peers.values())).device
        await self.gateway.ask(Rename(actor=ALICE, device=before, new_name=device))
        await self.until(lambda event: event.peer and event.peer.peer.device == device)


@asynccontextmanager
async def watched(gateway: Running) -> AsyncIterator[Stream]:
    """Watch the tunnel, conntrack and what they come to, as the daemon does."""
    host, state = gateway.kernel.host, gateway.state
    players = PlayerWatch(
        lambda: state.desired,
        partial(forwarded.look, Marks()),
        no_forwards_were_used,
        forwarded.settings,
        host.now,
        host.uptime,
        lambda happened: state.live.played(happened, players.count, state.desired),
    )
    async with forwarded.watch_players(Marks()) as notices:
        await players.start()
        works = players.run(notices), Repairs(state).look_at_tunnel()
        tasks = [asyncio.create_task(work) for work in works]
        lines = await gateway.ask(Watch(actor=replace(ALICE, is_admin=True)))
        try:
            assert (await anext(lines)).snapshot
            yield Stream(gateway, lines)
        finally:
            await lines.aclose()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def no_forwards_were_used(slots: object) -> list[int]:
    return []


async def play(player: Player) -> None:
    """Send five packets a second until cancelled, as a game does."""
    while True:
        await player.is_answered()
        await asyncio.sleep(0.2)


@contextmanager
def other_clock(by_s: float) -> Iterator[None]:
    """Set the guest's clock for a while."""
    time.clock_settime(time.CLOCK_REALTIME, time.time() + by_s)
    try:
        yield
    finally:
        time.clock_settime(time.CLOCK_REALTIME, time.time() - by_s)


async def test_devices_and_players_are_told_and_no_clock_ends_them(vps: Vps, monkeypatch: pytest.MonkeyPatch) -> None:
    async with vps.running() as gateway, watched(gateway) as stream, served(vps):
        await connect_device(vps, gateway)
        peer = (await stream.until_kind(EventKind.PEER_CONNECTED)).peer
        assert peer
        assert peer.connected
        assert peer.endpoint
        player = Player(PLAYER6, VPS6)
        await eventually(player.is_answered, within=200)
        playing = asyncio.create_task(play(player))
        async with connected(PLAYER4, VPS4) as connection:
            assert await echoes(connection)
            over_tcp = await stream.until(lambda event: event.player and event.player.protocol == "tcp")
            over_udp = await stream.until(lambda event: event.player and event.player.protocol == "udp")
            assert over_tcp.player
            assert over_udp.player
            assert (str(over_tcp.player.address), str(over_udp.player.address)) == (PLAYER4, PLAYER6)
            if socket.gethostname() == "vm":  # no test sets the clock of a machine that is for something else
                for by_s in (DAY_S, -DAY_S):
                    with other_clock(by_s):
                        await stream.until_looked()
                        assert await echoes(connection)
            assert not [event for event in stream.events if event.kind in ENDS]
        left = await stream.until_kind(EventKind.PLAYER_LEFT)
        assert left.player
        assert left.player.protocol == "tcp"
        playing.cancel()
        await asyncio.wait([playing])
        player.socket.close()
        left = await stream.until(lambda event: event.kind == EventKind.PLAYER_LEFT and event is not left)
        assert left.player
        assert left.player.protocol == "udp"
        monkeypatch.setattr(presence, "CONNECTED_S", 1.0)
        monkeypatch.setattr(presence, "LATE_S", 0.0)
        ip("-n", "home", "link", "set", "wg0", "down")
        gone = (await stream.until_kind(EventKind.PEER_DISCONNECTED)).peer
        assert gone
        assert not gone.connected
        kinds = [event.kind for event in stream.events if event.kind in (EventKind.PEER_CONNECTED, *ENDS)]
        assert kinds == [EventKind.PEER_CONNECTED, EventKind.PLAYER_LEFT, EventKind.PLAYER_LEFT, ENDS[0]]
        await gateway.state.stop()
