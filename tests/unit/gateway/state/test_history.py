"""The history: what it keeps of counters that grow and begin anew, for how long, and what it answers."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.contract import Actor, AddForward, Give, RemoveForward, Revoke, Rotate, Status, Suspend
from gateway.api.forgetting import Forget
from gateway.api.history import GetHistory, History, KeepPlaying, Period, Step
from gateway.errors import AdminsOnly, TooManyChanges
from gateway.model import Key, Peer, parse_ports
from gateway.nftables.flow import Tuple
from gateway.state import history
from gateway.state.history import GRAINS, Counter, Recorder, grown, starts
from tests.unit.builders import ADMIN, ALICE, BOB, BOTS_USER, MARKS, key
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import Running, a_join, a_kernel, knock, recording, running

CAROL = Actor(id="carol", name="Carol")
PORT = AddForward(actor=ALICE, ports=parse_ports("25565"))


@dataclass
class Recorded:
    """A gateway with a history, over a kernel whose counters the test sets."""

    path: Path
    kernel: FakeKernel = field(default_factory=a_kernel)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[Running, Recorder]]:
        async with (
            recording(self.kernel) as recorder,
            running(None, self.kernel, recorder=recorder) as gateway,
        ):
            yield gateway, recorder

    @asynccontextmanager
    async def stored(self) -> AsyncIterator[tuple[Running, Recorder]]:
        """Run with files."""
        async with (
            Recorder.open(self.path / "history.db", self.kernel.host.now) as recorder,
            running(self.path / "db", self.kernel, recorder=recorder) as gateway,
        ):
            yield gateway, recorder

    def move(self, public_key: Key, rx: int, tx: int) -> None:
        """Let a device's counters grow, as the packets of a device that is there do."""
        state = self.kernel.wireguard.peers[public_key]
        at = self.kernel.host.now()
        self.kernel.wireguard.seen(
            public_key, rx_bytes=state.rx_bytes + rx, tx_bytes=state.tx_bytes + tx, latest_handshake=at
        )

    def play(self, slot: int, rx: int, tx: int) -> None:
        for name, more in (("stat_original", rx), ("stat_reply", tx)):
            counts = self.kernel.table.counts[name]
            packets, count = counts.get((MARKS.of(slot),), (0, 0))
            counts[MARKS.of(slot),] = (packets + 1, count + more)

    def wait(self, time: timedelta) -> None:
        self.kernel.host.time += time


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    return Recorded(tmp_path)


def peer_of(gateway: Running, device: str = "pc") -> Peer:
    (found,) = [peer for peer in gateway.state.desired.peers.values() if peer.device == device]
    return found


async def asked(gateway: Running, **more: object) -> History:
    answer = await gateway.ask(GetHistory(actor=ALICE, **more) if "actor" not in more else GetHistory(**more))  # type: ignore[arg-type]
    assert isinstance(answer, History)
    return answer


def sums(answer: History) -> tuple[int, int]:
    return answer.total.rx_bytes, answer.total.tx_bytes


async def test_what_devices_move_adds_up_in_each_period(recorded: Recorded) -> None:
    async with recorded.running() as (gateway, recorder):
        await gateway.ask(a_join())
        for _ in range(3):
            recorded.move(peer_of(gateway).public_key, 100, 1000)
            await recorder.sample()
            recorded.wait(timedelta(hours=1))
        for period in Period:
            answer = await asked(gateway, period=period)
            assert sums(answer) == (300, 3000)
        assert [step.rx_bytes for step in (await asked(gateway, period=Period.WEEK)).steps] == [100, 100, 100]
        assert len((await asked(gateway, period=Period.YEAR)).steps) < 3, "days"


async def test_a_restart_of_the_gateway_counts_nothing_twice(recorded: Recorded) -> None:
    async with recorded.stored() as (gateway, recorder):
        await gateway.ask(a_join())
        public_key = peer_of(gateway).public_key
        recorded.move(public_key, 100, 0)
        await recorder.sample()
    recorded.move(public_key, 20, 0)  # while no gateway runs
    async with recorded.stored() as (gateway, recorder):
        await recorder.sample()
        await recorder.sample()
        assert sums(await asked(gateway)) == (120, 0)


async def test_counters_that_begin_anew_go_on_counting(recorded: Recorded) -> None:
    async with recorded.running() as (gateway, recorder):
        await gateway.ask(a_join())
        public_key = peer_of(gateway).public_key
        recorded.move(public_key, 1000, 500)
        await recorder.sample()
        recorded.kernel.wireguard.seen(public_key, rx_bytes=30, tx_bytes=10)  # as after a restart of the host
        await recorder.sample()
        assert sums(await asked(gateway)) == (1030, 510)


async def test_new_keys_lose_nothing_that_moved_with_the_old_ones(recorded: Recorded) -> None:
    async with recorded.running() as (gateway, recorder):
        await gateway.ask(a_join())
        recorded.move(peer_of(gateway).public_key, 1000, 0)
        await gateway.ask(Rotate(actor=ALICE, public_key=key()))  # no sample in between
        recorded.move(peer_of(gateway).public_key, 5000, 0)  # more than before, so its size does not tell
        await recorder.sample()
        assert sums(await asked(gateway)) == (6000, 0)


async def test_what_is_gone_keeps_its_sums_for_its_owner(recorded: Recorded) -> None:
    async with recorded.running() as (gateway, recorder):
        await gateway.ask(a_join())
        opened = await gateway.ask(PORT)
        (forward,) = gateway.state.desired.forwards.values()
        recorded.move(peer_of(gateway).public_key, 700, 0)
        recorded.play(forward.slot, 50, 60)
        await gateway.ask(RemoveForward(actor=ALICE, ids=(forward.id,)))
        await gateway.ask(Revoke(actor=ALICE))
        await recorder.sample()
        assert sums(await asked(gateway)) == (700, 0)
        assert sums(await asked(gateway, forward=opened.forwards[0].id)) == (50, 60)
        assert sums(await asked(gateway, actor=BOB)) == (0, 0)


async def test_a_suspended_device_that_comes_back_is_counted_on(recorded: Recorded) -> None:
    async with recorded.running() as (gateway, recorder):
        await gateway.ask(a_join())
        recorded.move(peer_of(gateway).public_key, 700, 0)
        for is_suspended in (True, False):
            await gateway.ask(Suspend(actor=ADMIN, owner=ALICE.id, suspended=is_suspended))
            await recorder.sample()
        recorded.move(peer_of(gateway).public_key, 900, 0)
        await recorder.sample()
        assert sums(await asked(gateway)) == (1600, 0)


async def test_players_and_presence_are_kept(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "SAMPLE_S", 0.01)
    async with recorded.running() as (gateway, recorder):
        await gateway.ask(a_join())
        await gateway.ask(PORT)
        recorded.move(peer_of(gateway).public_key, 1, 1)
        knock(gateway, 25565)
        await recorder.sample()
        recorder._sampled_at = -1e9  # long ago, as after a suspension of the host: at most two samples count
        monkeypatch.setattr(history, "SAMPLE_S", 30.0)
        await recorder.sample()
        total = (await asked(gateway)).total
        assert (total.players, total.played_s, total.online_s) == (1, 60, 60)


async def test_how_long_a_member_plays_is_kept_from_when_they_ask_until_they_do_not(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also through a restart. Others' play is not kept."""
    monkeypatch.setattr(history, "SAMPLE_S", 30.0)

    async def a_minute(recorder: Recorder) -> None:
        recorder._sampled_at = -1e9
        await recorder.sample()

    async with recorded.stored() as (gateway, recorder):
        await gateway.ask(a_join())
        await gateway.ask(PORT)
        for actor, device in ((BOB, "tower"), (CAROL, "laptop")):
            await gateway.ask(a_join(actor=actor, device=device))
            plays(gateway, peer_of(gateway, device).ipv4)
        await a_minute(recorder)
        await gateway.ask(KeepPlaying(actor=BOB, keep=True))
        await a_minute(recorder)
    async with recorded.stored() as (gateway, recorder):
        await a_minute(recorder)
        for period in Period:
            found = await asked(gateway, actor=BOB, period=period)
            assert (found.keeps_playing, found.total.playing_s, found.total.played_s) == (True, 120, 0)
        assert (await asked(gateway)).total.playing_s == 0
        assert (await asked(gateway)).total.played_s > 0
        assert CAROL.id not in {owner for (owner, (peer, _)) in recorder._series if peer == 0}
        for keep in (False, True):
            await gateway.ask(KeepPlaying(actor=BOB, keep=keep))
        found = await asked(gateway, actor=BOB)
        assert (found.keeps_playing, found.total.playing_s) == (True, 0), "what was kept is deleted"


def plays(gateway: Running, source: IPv4Address) -> None:
    gateway.kernel.conntrack.arrive(Tuple(17, source, 4000, IPv4Address("203.0.113.1"), 25565))


async def test_a_device_from_before_the_history_begins_with_what_it_moves_then(recorded: Recorded) -> None:
    async with running(recorded.path / "db", recorded.kernel) as gateway:
        await gateway.ask(a_join())
        recorded.move(peer_of(gateway).public_key, 10**12, 0)
    recorded.wait(timedelta(hours=1))
    async with recorded.stored() as (gateway, recorder):
        await recorder.sample()
        recorded.move(peer_of(gateway).public_key, 5, 0)
        await recorder.sample()
        assert sums(await asked(gateway)) == (5, 0)


async def test_a_given_device_leaves_its_past_with_its_owner(recorded: Recorded) -> None:
    async with recorded.running() as (gateway, recorder):
        await gateway.ask(a_join())
        recorded.move(peer_of(gateway).public_key, 100, 0)
        await recorder.sample()
        await gateway.ask(Give(actor=ADMIN, owner=ALICE.id, device="pc", to=BOB.id))
        recorded.move(peer_of(gateway).public_key, 7, 0)
        await recorder.sample()
        assert sums(await asked(gateway)) == (100, 0)
        assert sums(await asked(gateway, actor=BOB)) == (7, 0)


async def test_members_see_what_is_theirs_and_admins_see_everything(recorded: Recorded) -> None:
    async with recorded.running() as (gateway, recorder):
        await gateway.ask(a_join())
        await gateway.ask(a_join(actor=BOB, device="tower"))
        recorded.move(peer_of(gateway).public_key, 100, 0)
        recorded.move(peer_of(gateway, "tower").public_key, 7, 0)
        await recorder.sample()
        assert sums(await asked(gateway, actor=ADMIN, everyone=True)) == (107, 0)
        assert sums(await asked(gateway, actor=ADMIN, owner=BOB.id)) == (7, 0)
        assert sums(await asked(gateway, actor=ADMIN, device=peer_of(gateway).id)) == (100, 0)
        assert sums(await asked(gateway, actor=ADMIN)) == (0, 0), "an admin's own"
        assert sums(await asked(gateway, actor=BOB, device=peer_of(gateway).id)) == (0, 0)
        for more in ({"everyone": True}, {"owner": ALICE.id}):
            with pytest.raises(AdminsOnly):
                await asked(gateway, actor=BOB, **more)


async def test_a_forgotten_member_is_in_no_file(recorded: Recorded) -> None:
    someone = Actor(id="123456789012345678", name="carol")
    async with recorded.stored() as (gateway, recorder):
        await gateway.ask(a_join())
        await gateway.ask(a_join(actor=someone, device="laptop"))
        for device in ("pc", "laptop"):
            recorded.move(peer_of(gateway, device).public_key, 100, 0)
        await recorder.sample()
        recorded.move(peer_of(gateway, "laptop").public_key, 100, 0)
        assert someone.id.encode() in stored(recorded.path)
        await gateway.ask(Forget(actor=ADMIN, member=someone.id))
        await recorder.sample()
        assert someone.id.encode() not in stored(recorded.path)
        assert sums(await asked(gateway)) == (100, 0)


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("history.db*"))


async def test_no_address_is_kept(recorded: Recorded) -> None:
    async with recorded.stored() as (gateway, recorder):
        await gateway.ask(a_join())
        await gateway.ask(KeepPlaying(actor=ALICE, keep=True))
        await gateway.ask(PORT)
        recorded.kernel.wireguard.seen(peer_of(gateway).public_key, endpoint="198.51.100.7:4000")
        recorded.move(peer_of(gateway).public_key, 100, 0)
        entry = knock(gateway, 25565)
        await recorder.sample()
        raw = stored(recorded.path)
        for address in ("198.51.100.7", str(entry.original.source), str(peer_of(gateway).ipv4)):
            assert address.encode() not in raw
        assert entry.original.source.packed not in raw


async def test_nothing_is_written_while_nothing_moves(recorded: Recorded) -> None:
    async with recorded.stored() as (gateway, recorder):
        await gateway.ask(a_join())
        await recorder.sample()
        before = stored(recorded.path)
        await recorder.sample()
        assert stored(recorded.path) == before


async def test_each_grain_is_kept_for_its_time(recorded: Recorded) -> None:
    async with recorded.stored() as (gateway, recorder):
        await gateway.ask(a_join())
        recorded.move(peer_of(gateway).public_key, 100, 0)
        await recorder.sample()
        left = []
        for days in (0, 2, 40, 400):
            recorded.kernel.host.time += timedelta(days=days)
            await recorder.prune()
            with closing(sqlite3.connect(recorded.path / "history.db")) as db:
                left.append({grain for (grain,) in db.execute("SELECT grain FROM samples")})
        assert left == [{300, 3600, 86400}, {3600, 86400}, {86400}, set()]
        assert ALICE.id not in {owner for owner, _ in recorder._series}


async def test_its_size_has_a_limit_and_the_finest_goes_first(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with recorded.running() as (gateway, recorder):
        await gateway.ask(a_join())
        recorded.move(peer_of(gateway).public_key, 1, 1)
        await recorder.sample()
        at = int(recorded.kernel.host.now().timestamp())
        rows = [(1, 300, at - 300 * n, 1, 1, 0, 0, 0) for n in range(1, 280)]
        await recorder._db.execute("BEGIN")
        await recorder._db.executemany("INSERT INTO samples VALUES (?,?,?,?,?,?,?,?)", rows)
        await recorder._db.commit()
        monkeypatch.setattr(history, "MOST_BYTES", 28_672)
        await recorder.prune()
        assert sums(await asked(gateway, period=Period.YEAR)) == (1, 1)
        assert len((await asked(gateway)).steps) < 280


async def test_what_holds_no_samples_has_no_end_of_the_pruning(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is too large for another reason once ended the gateway, and each one after it."""
    async with recorded.running() as (gateway, recorder):
        await gateway.ask(KeepPlaying(actor=ALICE, keep=True))
        monkeypatch.setattr(history, "MOST_BYTES", 1)
        await recorder.prune()


async def test_a_taken_over_bot_fills_no_history_with_members_and_has_it_written_anew_at_a_pace(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with recorded.running() as (gateway, _):
        for _ in range(60):
            for keep in (True, False):
                await gateway.ask(KeepPlaying(actor=ALICE, keep=keep), BOTS_USER)
        with pytest.raises(TooManyChanges):
            await gateway.ask(KeepPlaying(actor=ALICE, keep=True), BOTS_USER)
        await gateway.ask(KeepPlaying(actor=ALICE, keep=False), BOTS_USER)
        recorded.wait(timedelta(minutes=1))
        monkeypatch.setattr(history, "MOST_KEEPING", 1)
        kept = [(await gateway.ask(KeepPlaying(actor=one, keep=True), BOTS_USER)).kept for one in (ALICE, BOB, ALICE)]
        assert kept == [True, False, True]


@pytest.mark.parametrize("rubbish", [b"", b"no database" * 1000])
async def test_a_damaged_one_is_put_aside_and_begun_anew(recorded: Recorded, rubbish: bytes) -> None:
    (recorded.path / "history.db").write_bytes(rubbish)
    async with recorded.stored() as (gateway, recorder):
        await gateway.ask(a_join())
        recorded.move(peer_of(gateway).public_key, 5, 5)
        await recorder.sample()
        assert sums(await asked(gateway)) == (5, 5)
        assert (recorded.path / "history.db.damaged").read_bytes() == rubbish
        await gateway.ask(Forget(actor=ADMIN, member=ALICE.id))
        assert not (recorded.path / "history.db.damaged").exists()


counters = st.builds(Counter, st.integers(0, 10**15), st.integers(0, 10**15), st.sampled_from(["", "a key"]))


@given(counters, counters)
def test_no_counter_ever_moves_less_than_nothing_or_more_than_it_shows(before: Counter, now: Counter) -> None:
    rx, tx = grown(before, now)
    assert 0 <= rx <= now.rx
    assert 0 <= tx <= now.tx


@given(st.lists(st.tuples(st.integers(10**9, 2 * 10**9), st.integers(0, 10**9)), max_size=30))
def test_each_grain_has_the_same_sum(moved: list[tuple[int, int]]) -> None:
    by_grain: dict[int, dict[int, int]] = {grain: {} for grain in GRAINS}
    for at, count in moved:
        for grain, start in starts(at):
            assert start <= at < start + grain
            by_grain[grain][start] = by_grain[grain].get(start, 0) + count
    assert {sum(steps.values()) for steps in by_grain.values()} == {sum(count for _, count in moved)}


def some_steps(period: Period) -> st.SearchStrategy[list[tuple[int, int]]]:
    most = period.length // period.step
    return st.lists(st.tuples(st.integers(0, most - 1), st.integers(1, 10**9)), max_size=20)


@st.composite
def histories(draw: st.DrawFn) -> History:
    period = draw(st.sampled_from(list(Period)))
    until = datetime.fromtimestamp(draw(st.integers(10**9, 4 * 10**9)), UTC)
    epoch = datetime.fromtimestamp(0, UTC)
    last = epoch + period.step * ((until - epoch) // period.step)
    steps = dict(draw(some_steps(period)))
    found = (
        Step(at=last - period.step * back, rx_bytes=count, tx_bytes=2 * count, players=count % 7, online_s=back)
        for back, count in sorted(steps.items(), reverse=True)
    )
    return History(period=period, until=until, step_s=int(period.step.total_seconds()), steps=tuple(found))


@given(histories(), st.integers(1, 100))
def test_coarser_steps_have_the_same_sums_and_cover_the_period(given_: History, factor: int) -> None:
    length = given_.period.step * factor
    steps = given_.in_steps_of(length)
    assert len(steps) == -(-given_.period.length // length)
    assert all(after.at - before.at == length for before, after in pairwise(steps))
    assert steps[-1].at <= given_.until < steps[-1].at + length
    joined = replace(given_, steps=steps).total
    assert replace(joined, at=given_.total.at) == given_.total


async def test_a_change_waits_no_longer_than_its_last_look_may_take(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A WireGuard that does not answer keeps nothing open that an admin takes away."""
    monkeypatch.setattr(history, "LAST_LOOK_S", 0.01)
    async with recorded.running() as (gateway, _):
        await gateway.ask(a_join())

        async def never(*_: object) -> Status:
            await asyncio.Event().wait()
            raise AssertionError

        monkeypatch.setattr(gateway.operations.looks, "_look", never)
        await gateway.ask(Revoke(actor=ALICE))
        assert not gateway.state.desired.peers
