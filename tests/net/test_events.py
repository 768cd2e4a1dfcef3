"""The event stream of the shipped gateway, with real tunnels, restarts and watchers that stand still."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.api.contract import Action, Rename
from gateway.api.events import Event, EventKind, News, Snapshot, Watch
from gateway.demo.tunnel import peer_up
from gateway.demo.world import World
from gateway.errors import NotAllowed
from tests.bench.shipped import resident_mib
from tests.net.gateway import ADMIN, ALICE, BOB, Gateway

PATIENCE_S = 60


@dataclass
class Watcher:
    """A client that follows the stream."""

    lines: AsyncIterator[News]
    events: list[Event] = field(default_factory=list)

    async def snapshot(self) -> Snapshot:
        async with asyncio.timeout(PATIENCE_S):
            news = await anext(self.lines)
        assert news.snapshot
        return news.snapshot

    async def until(self, wanted: Callable[[Event], object]) -> Event:
        """Return the first event that is wanted, also of those from before. Keep what comes on the way."""
        seen = 0
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for event in self.events[seen:]:
                    if wanted(event):
                        return event
                seen = len(self.events)
                self.events += (await anext(self.lines)).events

    def kinds(self, *chosen: EventKind) -> list[str]:
        return [event.kind for event in self.events if event.kind in chosen]


@asynccontextmanager
async def watching(gateway: Gateway) -> AsyncIterator[Watcher]:
    async with gateway.client.watch(Watch(actor=ADMIN)) as lines:
        yield Watcher(lines)


def of(kind: EventKind) -> Callable[[Event], bool]:
    return lambda event: event.kind == kind


PRESENCE = EventKind.PEER_CONNECTED, EventKind.PEER_DISCONNECTED


async def test_a_device_that_connects_moves_and_leaves_is_told(idle_gateway: Gateway, world: World) -> None:
    gateway = idle_gateway
    gateway.changed["gateway.state.presence", "CONNECTED_S"] = 5.0
    gateway.changed["gateway.state.presence", "LATE_S"] = 0.5
    await gateway.start()
    async with watching(gateway) as watcher:
        await watcher.snapshot()
        config = await gateway.join()
        async with peer_up(world.friend, config, "ggfriend0") as tunnel:
            since = await tunnel.handshake()
            connected = (await watcher.until(of(EventKind.PEER_CONNECTED))).peer
            assert connected
            assert connected.connected
            assert connected.since
            assert abs((connected.since - since).total_seconds()) < 2
            await tunnel.rebind()
            await world.friend.run("ping", "-c1", "-W1", "10.66.66.1")
            moved = (await watcher.until(of(EventKind.PEER_MOVED))).peer
            assert moved
            assert moved.endpoint != connected.endpoint
        left = (await watcher.until(of(EventKind.PEER_DISCONNECTED))).peer
        assert left
        assert left.since
        assert not left.connected
        assert connected.since <= left.since
        assert watcher.kinds(*PRESENCE) == [EventKind.PEER_CONNECTED, EventKind.PEER_DISCONNECTED]
        (row,) = (await gateway.status()).peers
        assert (row.connected, row.since) == (False, left.since)


@pytest.mark.parametrize("ends_by", ["stop", "kill"])
async def test_a_device_that_outlasts_a_restart_is_not_told_anew(gateway: Gateway, world: World, ends_by: str) -> None:
    config = await gateway.join()
    async with peer_up(world.friend, config, "ggfriend0") as tunnel:
        await tunnel.handshake()
        async with watching(gateway) as watcher:
            (row,) = (await watcher.snapshot()).status.peers
            if not row.connected:
                row = (await watcher.until(of(EventKind.PEER_CONNECTED))).peer or row
        since = (await gateway.status()).peers[0].since
        await (gateway.stop() if ends_by == "stop" else gateway.kill())
        await gateway.start()
        async with watching(gateway) as watcher:
            (row,) = (await watcher.snapshot()).status.peers
            assert (row.connected, row.since) == (True, since)
            for before, after in (("pc", "pc1"), ("pc1", "pc2")):
                await gateway.status()  # for which the gateway looks at the tunnel
                await gateway.client.call(Rename(actor=ALICE, device=before, new_name=after))
            await watcher.until(lambda event: event.peer and event.peer.peer.device == "pc2")
            assert watcher.kinds(*PRESENCE) == []


async def test_a_stop_ends_the_stream(gateway: Gateway) -> None:
    async with watching(gateway) as watcher:
        await watcher.snapshot()
        await gateway.stop()
        async with asyncio.timeout(PATIENCE_S):
            assert [news async for news in watcher.lines if news.events] == []


async def test_members_may_not_watch(gateway: Gateway) -> None:
    with pytest.raises(NotAllowed):
        async with gateway.client.watch(Watch(actor=BOB)) as lines:
            await anext(lines)


async def test_a_repair_is_told_with_its_entry(gateway: Gateway) -> None:
    async with watching(gateway) as watcher:
        newest = (await watcher.snapshot()).newest_entry
        await gateway.nft("delete", "table", "inet", "guildgate")
        event = await watcher.until(lambda event: event.entry and event.entry.action == Action.REPAIR)
        assert event.entry
        assert event.entry.id == newest + 1


@asynccontextmanager
async def the_command(gateway: Gateway, *options: str) -> AsyncIterator[Process]:
    """Run `guildgate watch --json`."""
    # A shell starts what it runs in the background with SIGINT ignored, and that is inherited.
    python = "env", "--default-signal=INT", sys.executable
    words = (*python, "-m", "gateway", "watch", "--json", "--socket", str(gateway.socket), *options)
    process = await asyncio.create_subprocess_exec(*words, stdout=PIPE, stderr=PIPE, limit=1 << 24)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def read(process: Process) -> dict[str, object]:
    assert process.stdout
    async with asyncio.timeout(PATIENCE_S):
        line = await process.stdout.readline()
    assert line, process.stderr and await process.stderr.read()
    found: dict[str, object] = json.loads(line)
    return found


async def test_a_watcher_that_stands_still_holds_nothing_up_and_is_told_the_end(idle_gateway: Gateway) -> None:
    gateway = idle_gateway
    gateway.settings = "[policy]\nchanges_per_minute = 100000"
    gateway.changed["gateway.state.watchers", "MOST_WAITING"] = 50
    await gateway.start()
    await gateway.join()
    async with the_command(gateway) as process:
        assert "snapshot" in await read(process)
        process.send_signal(signal.SIGSTOP)
        names = [f"pc{number}" for number in range(400)]
        for before, after in zip(["pc", *names], names, strict=False):
            await gateway.client.call(Rename(actor=ALICE, device=before, new_name=after))
        process.send_signal(signal.SIGCONT)
        snapshots = 0
        while names[-1] not in json.dumps(found := await read(process)):
            snapshots += "snapshot" in found
        assert snapshots + ("snapshot" in found) == 1


MIRROR = """\
import asyncio, json, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.core.live import Live
from gateway.api.client import GatewayClient
from gateway.api.transport import SocketTransport

async def main():
    live = Live(GatewayClient(SocketTransport(Path(sys.argv[1]))), lambda: datetime.now(UTC))
    follower, running = live.follow(), asyncio.create_task(live.run())
    while True:
        turn = await follower.next()
        devices = [row.peer.device for row in live.view.peers.values()] if live.view else None
        print(json.dumps({"anew": turn.is_anew, "devices": devices}), flush=True)

asyncio.run(main())
"""


async def test_the_bots_mirror_that_stands_still_for_half_a_minute_begins_anew_and_costs_no_memory(
    idle_gateway: Gateway, world: World
) -> None:
    """The gateway ends the stream of a watcher that takes nothing, and keeps a bounded number of events until then."""
    gateway = idle_gateway
    gateway.settings = "[policy]\nchanges_per_minute = 100000\nforwards_per_member = 200\nports_per_member = 200"
    gateway.shorten("gateway.api.connection", "_TAKEN_S", 5)
    await gateway.start()
    await gateway.join()
    await gateway.forward(",".join(str(port) for port in range(2000, 2200, 2)))
    number, name = 0, "pc"

    async def rename() -> None:
        nonlocal number, name
        number, before = number + 1, name
        name = f"pc{number}"
        await gateway.client.call(Rename(actor=ALICE, device=before, new_name=name))

    for _ in range(20):  # what a process takes for the first of each
        await rename()
    python = sys.executable, "-c", MIRROR, str(gateway.socket)
    process = await asyncio.create_subprocess_exec(*python, stdout=PIPE, stderr=PIPE, limit=1 << 24)
    try:
        while (await read(process))["devices"] != [name]:
            pass
        before = resident_mib(gateway)
        process.send_signal(signal.SIGSTOP)
        async with asyncio.timeout(10 * PATIENCE_S):
            while number < 320 or world.vps.call(lambda: callers(gateway.socket)):
                await rename()
        assert resident_mib(gateway) - before < 6, "300 times 100 events are twice as much"
        process.send_signal(signal.SIGCONT)
        lines = [await read(process)]
        while lines[-1]["devices"] != [name]:
            lines.append(await read(process))
        assert any(line["anew"] for line in lines)
    finally:
        process.kill()
        await process.communicate()


def callers(path: Path) -> int:
    """Return how many connections the socket at this path has accepted and holds."""
    rows = [row.split() for row in Path("/proc/thread-self/net/unix").read_text().splitlines()]
    return sum(row[5] == "03" and row[-1] == str(path) for row in rows)  # SS_CONNECTED of linux/net.h


async def test_ctrl_c_ends_the_command_without_a_word(gateway: Gateway) -> None:
    async with the_command(gateway) as process:
        assert "snapshot" in await read(process)
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE_S):
            _, stderr = await process.communicate()
        assert (process.returncode, stderr) == (130, b"")
