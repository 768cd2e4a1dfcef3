from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.api.contract import Action, ForwardInfo, PeerInfo
from gateway.codec import encode
from gateway.errors import DatabaseDamaged, HostProblem, NotSaved
from gateway.model import Change, Desired, Peer
from gateway.state import store as store_module
from gateway.state.schema import STEPS
from gateway.state.store import Audit, Once, Store
from tests.unit.builders import ADMIN, ALICE, BOB, NOW, forwarded, joined, revoked, suspended

ONCE = Once("0 one", "of all that is asked")


def a_state() -> Desired:
    desired, _ = joined(Desired())
    desired, _ = joined(desired, BOB)
    desired = forwarded(forwarded(desired, "25565"), "27015-27030", BOB, to_port=3000)
    desired = suspended(revoked(desired, ALICE), BOB, is_so=True)
    assert desired.resting
    assert desired.joins
    later = NOW + timedelta(days=1)
    peers = {key: replace(peer, expires_at=later) for key, peer in desired.peers.items()}
    forwards = {key: replace(f, expires_at=later, label="Valheim") for key, f in desired.forwards.items()}
    return replace(desired, peers=peers, forwards=forwards, lan=True, guests={BOB.id: later})


async def save(store: Store, before: Desired, after: Desired) -> None:
    async with store.transaction():
        await store.save(Change.between(before, after))


async def test_what_is_saved_is_loaded_after_a_restart(tmp_path: Path) -> None:
    desired = a_state()
    async with Store.open(tmp_path / "db") as store:
        assert await store.load() == Desired()
        await save(store, Desired(), desired)
    async with Store.open(tmp_path / "db") as store:
        assert await store.load() == desired
        await save(store, desired, Desired(lan=False))
        assert await store.load() == Desired(lan=False)


async def test_a_changed_peer_keeps_its_forwards(tmp_path: Path) -> None:
    desired, peer = joined(Desired())
    desired = forwarded(desired)
    after = replace(desired, peers={peer.id: replace(peer, owner_name="other")})
    async with Store.open(tmp_path / "db") as store:
        await save(store, Desired(), desired)
        await save(store, desired, after)
        assert await store.load() == after


async def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    async with Store.open(tmp_path / "db") as store:
        with pytest.raises(RuntimeError):
            async with store.transaction():
                await store.save(Change.between(Desired(), a_state()))
                await store.audit(Audit(ADMIN, Action.JOIN, "x"), NOW)
                await store.remember(ONCE, {"a": 1}, NOW)
                raise RuntimeError
        assert await store.load() == Desired()
        assert await store.answer(ONCE) is None


async def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    async with Store.open(tmp_path / "db") as store:
        await save(store, Desired(), a_state())
        for path in tmp_path.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


async def test_a_newer_or_broken_database_is_refused_and_not_touched(tmp_path: Path) -> None:
    newer, broken = tmp_path / "newer", tmp_path / "broken"
    with closing(sqlite3.connect(newer)) as db, db:
        db.execute("PRAGMA user_version = 99")
    broken.write_bytes(b"not a database, but long enough to be taken for one" * 10)
    content = broken.read_bytes()
    for path in (newer, broken):
        with pytest.raises(HostProblem, match=r"gateway\.state_dir"):
            async with Store.open(path):
                pass
    assert broken.read_bytes() == content


async def test_the_database_itself_refuses_what_must_not_be(tmp_path: Path) -> None:
    desired, _ = joined(Desired())
    async with Store.open(tmp_path / "db") as store:
        await save(store, Desired(), forwarded(desired))
    rest = "NULL, NULL, '' FROM peers"
    refused = (
        f"INSERT INTO peers SELECT 7, owner, '', device, 'k', 'p', '10.0.0.9', NULL, 'full', '', {rest}",
        f"INSERT INTO peers SELECT 7, owner, '', 'two', public_key, '', '10.0.0.9', NULL, '', '', {rest}",
        f"INSERT INTO peers SELECT 7, owner, '', 'other', 'k', 'p', ipv4, NULL, 'full', '', {rest}",
        "INSERT INTO forwards VALUES (7, 99, 'tcp', 1, 1, 1, '', NULL, '', 7, 0, NULL)",
        "INSERT INTO forwards VALUES (7, 1, 'sctp', 1, 1, 1, '', NULL, '', 7, 0, NULL)",
        "INSERT INTO forwards VALUES (7, 1, 'tcp', 5, 4, 1, '', NULL, '', 7, 0, NULL)",
        "INSERT INTO forwards VALUES (7, 1, 'tcp', 5, 5, 1, '', NULL, '', 1, 0, NULL)",
    )
    with closing(sqlite3.connect(tmp_path / "db")) as db:
        db.execute("PRAGMA foreign_keys = ON")
        for statement in refused:
            with pytest.raises(sqlite3.IntegrityError), db:
                db.execute(statement)


async def test_the_audit_log_gives_back_what_it_was_about(tmp_path: Path) -> None:
    """An entry of another version, whose values cannot be read any more, still has its subject."""
    _, peer = joined(Desired())
    info = PeerInfo.of(peer)
    async with Store.open(tmp_path / "db") as store:
        async with store.transaction():
            await store.audit(Audit(ADMIN, Action.SUSPEND, "1/pc", {"peers": encode((info,)), "reason": "left"}), NOW)
            await store.audit(Audit(ADMIN, Action.JOIN, "1/pc", {"peers": [{"id": 1, "unheard": "of"}]}), NOW)
            await store.audit(Audit(ADMIN, Action.LAN, "on"), NOW)
        lan, old, suspended = await store.audit_page(None, 10)
    assert (suspended.peers, suspended.reason) == ((info,), "left")
    assert (old.subject, old.peers) == ("1/pc", ())
    assert (lan.subject, lan.forwards, lan.reason) == ("on", (), "")


async def test_an_entry_from_before_forwards_knew_their_device_is_still_read(tmp_path: Path) -> None:
    desired, peer = joined(Desired())
    (forward,) = forwarded(desired).forwards.values()
    kept = encode(ForwardInfo.of(forward, peer))
    assert kept.pop("peer_id") == peer.id
    async with Store.open(tmp_path / "db") as store:
        async with store.transaction():
            await store.audit(Audit(ADMIN, Action.UNFORWARD, "25565", {"forwards": [kept]}), NOW)
        (entry,) = await store.audit_page(None, 10)
    assert entry.forwards == (replace(ForwardInfo.of(forward, peer), peer_id=0),)


async def test_of_the_audit_log_the_newest_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "KEEP_AUDIT", 3)
    async with Store.open(tmp_path / "db") as store:
        for number in range(5):
            async with store.transaction():
                await store.audit(Audit(ADMIN, Action.JOIN, str(number)), NOW)
        newest = await store.audit_page(None, 10)
        assert [entry.subject for entry in newest] == ["4", "3", "2"]
        assert await store.audit_page(newest[0].id, 1) == newest[1:2], "a page begins after the entry before it"


async def test_the_audit_log_is_bounded_in_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest entry that is kept may begin before the limit."""
    monkeypatch.setattr(store_module, "KEEP_AUDIT_BYTES", 25_000)
    async with Store.open(tmp_path / "db") as store:
        for length in (*[10_000] * 5, 10):
            async with store.transaction():
                await store.audit(Audit(ADMIN, Action.SUSPEND, "x" * length, {"reason": "left"}), NOW)
        assert [len(entry.subject) for entry in await store.audit_page(None, 10)] == [10, *[10_000] * 3]


async def test_the_answers_are_bounded_in_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer about a thousand devices is long, and may be asked for again and again."""
    monkeypatch.setattr(store_module, "KEEP_ANSWERS_BYTES", 25_000)
    many = [Once(str(number), "of all that is asked") for number in range(6)]
    async with Store.open(tmp_path / "db") as store:
        for once in many:
            async with store.transaction():
                await store.remember(once, "x" * 10_000, NOW)
        assert [once.id for once in many if await store.answer(once)] == ["3", "4", "5"]


async def test_a_page_of_the_audit_log_is_bounded_in_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next page goes on where it ended, and an entry that is longer than a page is a page."""
    monkeypatch.setattr(store_module, "AUDIT_PAGE_BYTES", 5_000)
    lengths, before, found = [10, 20_000, 3_000, 1_000, 1_000, 20_000], None, list[int]()
    async with Store.open(tmp_path / "db") as store:
        for length in lengths:
            async with store.transaction():
                await store.audit(Audit(ADMIN, Action.LAN, "x" * length), NOW)
        while page := await store.audit_page(before, 10):
            assert sum(len(entry.subject) for entry in page[:-1]) < 5_000
            found += [len(entry.subject) for entry in page]
            before = page[-1].id
    assert found == lengths[::-1]


async def test_an_audit_log_from_before_its_bytes_were_counted_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "KEEP_AUDIT_BYTES", 25_000)
    with closing(sqlite3.connect(tmp_path / "db")) as db, db:
        for step in STEPS[:3]:
            db.executescript(step)
        db.execute("PRAGMA user_version = 3")
        columns = "at, actor, actor_name, action, subject, detail"
        rows = [(NOW.isoformat(), "1", "a", "lan", "x" * 10_000, "{}")] * 5
        db.executemany(f"INSERT INTO audit ({columns}) VALUES (?,?,?,?,?,?)", rows)
    async with Store.open(tmp_path / "db") as store:
        assert len(await store.audit_page(None, 10)) == 5
        async with store.transaction():
            await store.audit(Audit(ADMIN, Action.LAN, "on"), NOW)
        assert len(await store.audit_page(None, 10)) == 4


def key_bytes(folder: Path, peer: Peer) -> list[str]:
    """Return the files that hold a peer's preshared key."""
    return [path.name for path in folder.iterdir() if str(peer.preshared_key).encode() in path.read_bytes()]


async def test_a_deleted_key_is_nowhere_in_the_files(tmp_path: Path) -> None:
    desired, peer = joined(Desired())
    async with Store.open(tmp_path / "db") as store:
        await save(store, Desired(), desired)
        assert key_bytes(tmp_path, peer)
        await save(store, desired, revoked(desired))
        await store.checkpoint()
        assert key_bytes(tmp_path, peer) == []


async def test_a_reader_delays_no_change_and_the_key_goes_when_it_is_done(tmp_path: Path) -> None:
    """A backup that reads the database would hold up everything for seconds, and keep the key all the same."""
    desired, peer = joined(Desired())
    async with Store.open(tmp_path / "db") as store:
        await save(store, Desired(), desired)
        with closing(sqlite3.connect(tmp_path / "db", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM peers").fetchone()
            await save(store, desired, revoked(desired))
            assert await store.checkpoint() is False
            assert key_bytes(tmp_path, peer)
        assert await store.checkpoint() is True
        assert key_bytes(tmp_path, peer) == []


@pytest.mark.parametrize("version", range(3, len(STEPS)))
async def test_a_database_of_an_older_version_keeps_what_it_holds(tmp_path: Path, version: int) -> None:
    """It has devices, one of them suspended, with ports that stay closed for a while and what was done."""
    desired, database = a_state(), tmp_path / "db"
    assert any(peer.suspended_at for peer in desired.peers.values())
    assert desired.closed
    async with Store.open(tmp_path / "new") as store:
        await save(store, Desired(), desired)
        async with store.transaction():
            await store.audit(Audit(ADMIN, Action.LAN, "on"), NOW)
    with closing(sqlite3.connect(database)) as db, db:
        for step in STEPS[:version]:
            db.executescript(step)
        db.execute(f"PRAGMA user_version = {version}")
        db.execute("ATTACH ? AS new", (str(tmp_path / "new"),))
        for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            columns = ", ".join(name for _, name, *_ in db.execute(f"PRAGMA main.table_info({table})"))
            db.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}")
    async with Store.open(database) as store:
        found = await store.load()
        assert (found.peers, found.forwards, found.closed) == (desired.peers, desired.forwards, desired.closed)
        assert found.resting.keys() == desired.resting.keys()
        assert (found.lan, found.next_forward_id) == (True, desired.next_forward_id)
        assert [entry.subject for entry in await store.audit_page(None, 10)] == ["on"]
        await save(store, found, Desired(lan=False))
        assert await store.load() == Desired(lan=False)


async def test_an_older_database_loses_the_keys_that_it_had_deleted_or_stored_in_answers(tmp_path: Path) -> None:
    _, peer = joined(Desired())
    with closing(sqlite3.connect(tmp_path / "db")) as db, db:
        db.execute("PRAGMA secure_delete = OFF")
        for step in STEPS[:3]:
            db.executescript(step)
        db.execute("PRAGMA user_version = 3")
        row = (NOW.isoformat(), str(peer.preshared_key) * 100)
        db.execute("INSERT INTO requests VALUES ('join 1 a', ?, ?)", row)
        db.execute("INSERT INTO requests VALUES ('join 1 b', ?, ?)", row)
        db.execute("DELETE FROM requests WHERE id = 'join 1 a'")
    assert key_bytes(tmp_path, peer)
    async with Store.open(tmp_path / "db"):
        assert key_bytes(tmp_path, peer) == []


async def test_whatever_is_asked_of_a_database_that_refuses_is_one_error(tmp_path: Path) -> None:
    async with Store.open(tmp_path / "db") as store:
        with closing(sqlite3.connect(tmp_path / "db")) as db, db:
            for table in ("peers", "forwards", "resting", "joins", "guests", "closed", "audit", "requests", "notes"):
                db.execute(f"DROP TABLE {table}")
        for work in (
            store.load(),
            store.save(Change.between(Desired(), a_state())),
            store.audit(Audit(ADMIN, Action.JOIN, "1/pc"), NOW),
            store.audit_page(None, 10),
            store.answer(ONCE),
            store.remember(ONCE, {}, NOW),
            store.note("lan"),
            store.set_note("lan", "on"),
        ):
            with pytest.raises(NotSaved):
                await work


async def test_a_value_that_the_gateway_never_wrote_is_damage(tmp_path: Path) -> None:
    """SQLite has no checksums, so it does not see a byte that changed inside a row."""
    async with Store.open(tmp_path / "db") as store:
        await save(store, Desired(), a_state())
        await store._do("UPDATE peers SET ipv4 = '10.66.6x.2'")
        with pytest.raises(DatabaseDamaged):
            await store.load()


async def test_damage_that_is_found_while_it_runs_is_said_with_its_cure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Store.open(tmp_path / "db") as store:
        await save(store, Desired(), a_state())
        await store.checkpoint()
        (tmp_path / "db").write_bytes(b"rubbish " * 10_000)
        await store._db.execute("PRAGMA shrink_memory")
        with pytest.raises(DatabaseDamaged) as raised:
            async with store.transaction():
                await store.audit(Audit(ADMIN, Action.LAN, "on"), NOW)
    assert f"[{raised.value.details['log_id']}] the database in gateway.state_dir is damaged" in caplog.text
    assert "put a backup in its place" in caplog.text


async def test_what_another_version_did_is_read_by_its_own_word(tmp_path: Path) -> None:
    async with Store.open(tmp_path / "db") as store:
        async with store.transaction():
            await store.audit(Audit(ADMIN, Action.JOIN, "x"), NOW)
            await store._do("UPDATE audit SET action = 'dance'")
        assert [entry.action for entry in await store.audit_page(None, 10)] == ["dance"]
