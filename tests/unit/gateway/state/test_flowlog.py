"""The flow log: what it keeps of a device's flows, for how long, how much, and what it answers."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import aiosqlite
import pytest

from gateway import sqlite
from gateway.api.holders import FindHolders, LoggedFlow
from gateway.model import Desired, Protocol
from gateway.nftables.flow import Tuple
from gateway.nftables.notices import Begun, Ended, Lost, Notice
from gateway.state import flowlog
from gateway.state.flowlog import FlowLog
from tests.unit.builders import ADMIN, ALICE, BOB, NOW, joined

HERE, SITE, HERE6, SITE6 = "203.0.113.1", "192.0.2.9", "2001:db8:1::1", "2001:db8:9::1"
ALICES, ALICES6, BOBS = "10.66.66.2", "fd42:42:42::2", "10.66.66.3"
UDP, TCP, ICMP = 17, 6, 1


@dataclass
class Conntrack:
    """The time, the devices, and what conntrack has."""

    now: datetime = NOW
    desired: Desired = field(default_factory=lambda: joined(joined(Desired())[0], BOB)[0])
    live: list[Begun] = field(default_factory=list)

    async def dump(self) -> Iterable[Begun]:
        return self.live


async def no_notices() -> AsyncIterator[Notice]:
    return
    yield


@asynccontextmanager
async def opened(path: Path, conntrack: Conntrack, days: int = 7) -> AsyncIterator[FlowLog]:
    async with FlowLog.open(
        path / "flows.db",
        timedelta(days=days),
        lambda: conntrack.now,
        lambda: conntrack.desired.peers,
        no_notices(),
        conntrack.dump,
    ) as made:
        yield made


def begun(
    number: int,
    source: str = ALICES,
    port: int = 40000,
    *,
    target: str = SITE,
    target_port: int = 443,
    outside: str = HERE,
    outside_port: int | None = None,
    protocol: int = TCP,
) -> Begun:
    leaves = outside_port or port
    return Begun(
        number,
        Tuple(protocol, ip_address(source), port, ip_address(target), target_port),
        Tuple(protocol, ip_address(target), target_port, ip_address(outside), leaves),
    )


def at(moment: datetime, port: int = 40000, **more: object) -> FindHolders:
    return replace(FindHolders(actor=ADMIN, port=port, at=moment), **more)  # type: ignore[arg-type]


async def found(log: FlowLog, request: FindHolders) -> list[tuple[str, str]]:
    return [(flow.owner_name, f"{flow.target}") for flow in await log.holders(request)]


async def test_a_port_leads_to_the_device_that_had_it_then(tmp_path: Path) -> None:
    conntrack = Conntrack()
    async with opened(tmp_path, conntrack) as log:
        log._note(begun(1, outside_port=61234))
        conntrack.now += timedelta(minutes=30)
        log._note(Ended(1))
        conntrack.now += timedelta(minutes=30)
        log._note(begun(2, BOBS, outside_port=61234, target="192.0.2.77"))
        (first,) = await log.holders(at(NOW + timedelta(minutes=20), 61234))
        assert first == LoggedFlow(
            owner=ALICE.id,
            owner_name=ALICE.name,
            device="pc",
            protocol=Protocol.TCP,
            began=NOW,
            ended=NOW + timedelta(minutes=30),
            port=40000,
            outside=ip_address(HERE),
            outside_port=61234,
            target=ip_address(SITE),
            target_port=443,
        )
        assert await found(log, at(NOW + timedelta(minutes=31), 61234)) == [("alice", SITE)], "clocks differ"
        assert await found(log, at(NOW + timedelta(minutes=45), 61234)) == []
        assert await found(log, at(NOW + timedelta(days=2), 61234)) == [("bob", "192.0.2.77")], "it is open still"
        assert await found(log, at(NOW - timedelta(minutes=5), 61234)) == []


async def test_a_batch_that_the_database_refuses_is_written_with_the_next(tmp_path: Path) -> None:
    """Flows would be missing that an answer to a complaint needs, and nothing would say so."""
    conntrack = Conntrack()
    async with opened(tmp_path, conntrack) as log:
        log._note(begun(1))
        log._note(begun(2, port=40002))
        log._note(Ended(2))
        await log._db.execute("PRAGMA busy_timeout=0")
        with closing(sqlite3.connect(tmp_path / "flows.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(aiosqlite.OperationalError):
                await log._write()
            log._note(Ended(1))
        await log._write()
        await log._compare()
        await log._write()
        for port in (40000, 40002):
            (flow,) = await log.holders(at(NOW, port))
            assert flow.ended == NOW


async def test_protocol_and_address_narrow_it(tmp_path: Path) -> None:
    async with opened(tmp_path, Conntrack()) as log:
        log._note(begun(1, protocol=UDP))
        log._note(begun(2, BOBS))
        log._note(begun(3, ALICES6, target=SITE6, outside=HERE6))
        assert len(await log.holders(at(NOW))) == 3
        assert await found(log, at(NOW, protocol=Protocol.UDP)) == [("alice", SITE)]
        assert await found(log, at(NOW, address=ip_address(HERE6))) == [("alice", SITE6)]


async def test_only_what_a_device_sends_out_is_logged(tmp_path: Path) -> None:
    """A flow to another device or to the gateway's host is not, and neither is a ping."""
    async with opened(tmp_path, Conntrack()) as log:
        log._note(begun(1, "10.66.66.99"))
        log._note(begun(2, target=BOBS, outside=ALICES))
        log._note(begun(3, protocol=ICMP))
        await log._write()
        assert list(await log._db.execute_fetchall("SELECT * FROM flows")) == []


async def test_a_flow_that_began_and_ended_at_once_is_one_row(tmp_path: Path) -> None:
    """An id of conntrack is used again, and only the flow that had it then ends."""
    conntrack = Conntrack()
    async with opened(tmp_path, conntrack) as log:
        for notice in (begun(1), Ended(1), begun(1, BOBS), Ended(77)):
            log._note(notice)
        await log._write()
        rows = await log._db.execute_fetchall("SELECT peer, ended IS NULL FROM flows")
        assert sorted(map(tuple, rows)) == [(1, 0), (2, 1)]


async def test_the_log_outlives_a_restart_and_is_for_its_owner_only(tmp_path: Path) -> None:
    conntrack = Conntrack()
    async with opened(tmp_path, conntrack) as log:
        log._note(begun(1))
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    async with opened(tmp_path, conntrack) as log:
        assert await found(log, at(NOW)) == [("alice", SITE)]


async def test_what_was_missed_is_made_up_for(tmp_path: Path) -> None:
    """Notices are lost in a crash, and when too many wait: conntrack tells which flows there are."""
    conntrack = Conntrack()
    async with opened(tmp_path, conntrack) as log:
        log._note(begun(1))
        log._note(begun(2, port=40002))
        await log._write()
        conntrack.now += timedelta(hours=1)
        conntrack.live = [begun(2, port=40002), begun(3, BOBS, port=40003)]
        log._note(Lost())
        await log._compare()
        await log._write()
        assert [flow.ended for flow in await log.holders(at(NOW))] == [conntrack.now]
        assert [flow.ended for flow in await log.holders(at(NOW, 40002))] == [None]
        assert [flow.began for flow in await log.holders(at(conntrack.now, 40003))] == [conntrack.now]


async def test_a_flow_is_kept_as_long_as_the_policy_says(tmp_path: Path) -> None:
    conntrack = Conntrack()
    async with opened(tmp_path, conntrack, days=7) as log:
        log._note(begun(1))
        await log._write()
        conntrack.now += timedelta(days=6)
        log._note(begun(2, BOBS))
        await log._write()
        await log.prune()
        assert len(await log.holders(at(conntrack.now))) == 2
        conntrack.now += timedelta(days=2)
        await log.prune()
        assert await found(log, at(conntrack.now)) == [("bob", SITE)]
        assert list(await log._db.execute_fetchall("SELECT owner_name FROM devices")) == [("bob",)]
        conntrack.now += timedelta(days=9)
        await log.prune()
        assert list(await log._db.execute_fetchall("SELECT * FROM flows")) == []


async def test_a_device_that_fills_the_log_drops_its_own_flows_and_no_other_devices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flowlog, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr(flowlog, "PRUNED_AT_ONCE", 500)
    async with opened(tmp_path, Conntrack()) as log:
        log._note(begun(1, BOBS))
        for number in range(2, 30_000):
            log._note(begun(number, port=1000 + number))
            if number % 5000 == 0:
                await log._write()
                await log.prune()
        await log._write()
        await log.prune()
        assert await sqlite.used_bytes(log._db) <= 1 << 20
        assert await found(log, at(NOW)) == [("bob", SITE)]
        assert await found(log, at(NOW, 1000 + 29_999)) == [("alice", SITE)]
        assert await found(log, at(NOW, 1002)) == []


async def test_a_flood_of_flows_takes_no_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flowlog, "MOST_WAITING", 10)
    async with opened(tmp_path, Conntrack()) as log:
        for number in range(1000):
            log._note(begun(number))
        assert (len(log._begun), log._lost) == (10, 990)


async def test_a_forgotten_member_is_in_no_byte_of_the_file(tmp_path: Path) -> None:
    conntrack = Conntrack()
    conntrack.desired, _ = joined(conntrack.desired, replace(ALICE, id="271828182845904523", name="Dora"), "doras")
    async with opened(tmp_path, conntrack) as log:
        log._note(begun(1, "10.66.66.4"))
        log._note(begun(2, BOBS))
        await log._write()

        def held() -> set[bytes]:
            raw = b"".join(file.read_bytes() for file in tmp_path.iterdir())
            return {word for word in (b"271828182845904523", b"Dora", b"bob") if word in raw}

        assert held() == {b"271828182845904523", b"Dora", b"bob"}
        await log.forget("271828182845904523")
        assert held() == {b"bob"}
        assert await found(log, at(NOW)) == [("bob", SITE)]


async def test_a_database_that_fails_is_told_once_and_logging_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path, Conntrack()) as log:
        await log._db.execute("ALTER TABLE devices RENAME TO gone")
        log._note(begun(1))
        await log._try("writing the flow log", log._write)
        assert "writing the flow log failed" in caplog.text
        await log._db.execute("ALTER TABLE gone RENAME TO devices")
        log._note(begun(2, BOBS))
        assert sorted(await found(log, at(NOW))) == [("alice", SITE), ("bob", SITE)]


@pytest.mark.parametrize("rubbish", [b"", b"rubbish" * 1000])
async def test_a_damaged_log_is_put_aside_and_begun_anew(
    tmp_path: Path, rubbish: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """A log that the gateway can do without must not stop it. What is aside stays no longer than its flows would."""
    conntrack, aside = Conntrack(), tmp_path / "flows.db.damaged"
    (tmp_path / "flows.db").write_bytes(rubbish)
    os.utime(tmp_path / "flows.db", (NOW.timestamp(), NOW.timestamp()))
    async with opened(tmp_path, conntrack) as log:
        assert "the flow log begins anew" in caplog.text
        assert aside.read_bytes() == rubbish
        log._note(begun(1))
        await log._write()
        assert await found(log, at(NOW)) == [("alice", SITE)]
        conntrack.now += timedelta(days=7)
        await log.prune()
        assert aside.exists()
        conntrack.now += timedelta(minutes=1)
        await log.prune()
        assert not aside.exists()


async def test_a_forgotten_member_is_in_no_damaged_log(tmp_path: Path) -> None:
    (tmp_path / "flows.db").write_bytes(b"rubbish")
    async with opened(tmp_path, Conntrack()) as log:
        await log.forget(ALICE.id)
    assert [path.name for path in tmp_path.iterdir()] == ["flows.db"]
