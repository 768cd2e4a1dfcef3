"""Copies for a standby: what is in one, which machine opens it, and which one is kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing, nullcontext
from pathlib import Path

import pytest

from gateway.api.contract import Action
from gateway.backup.archive import CONFIG, DATABASE, KEY, TRUST, Backup, Manifest
from gateway.errors import BadBackup, HostProblem, NewerBackup, WrongSecret
from gateway.keys import PrivateKey
from gateway.model import Change, Desired
from gateway.standby.copy import Copy, seal, unseal
from gateway.standby.kept import Kept
from gateway.standby.making import Maker, condensed
from gateway.state.schema import STEPS
from gateway.state.store import ITSELF, Audit, Once, Store
from gateway.trust import GatewayTrust
from tests.unit.builders import BOB, NOW, forwarded, joined
from tests.unit.gateway.api.signing import BOT, EU, US

STANDBY, OTHER = PrivateKey(b"s" * 32), PrivateKey(b"o" * 32)
WIREGUARD = PrivateKey(b"w" * 32)
TRUSTED = GatewayTrust(region="eu", number=1, key=EU, bots=(BOT.public,))
FILES = {DATABASE: b"SQLite format 3\0" + bytes(84), KEY: b"key\n", TRUST: b"{}\n"}


def sealed(
    number: int = 1, secret: PrivateKey = EU, to: PrivateKey = STANDBY, files: Mapping[str, bytes] = FILES
) -> bytes:
    manifest = Manifest(version="1.0.0", made_at=NOW, devices=0, forwards=0)
    return seal(Copy(number, Backup(manifest, files), EU.public_key), secret, to.public_key)


async def a_state(folder: Path) -> Path:
    """Write a database with two devices and a port, a long past, and notes about this machine."""
    desired = forwarded(joined(joined(Desired())[0], BOB)[0], "25565")
    async with Store.open(folder / DATABASE) as store:
        async with store.transaction():
            await store.save(Change.between(Desired(), desired))
            for name in ("sysctl", "lan"):
                await store.set_note(name, "on")
        for number in range(30):
            async with store.transaction():
                await store.audit(Audit(ITSELF, Action.REPAIR, f"{number} " + "x" * 20_000), NOW)
                await store.remember(Once(f"0 {number}", "digest"), "y" * 20_000, NOW)
    return folder / DATABASE


def maker(folder: Path, standby_key: PrivateKey | None = None) -> Maker:
    own = standby_key.public_key if standby_key else None
    return Maker(folder, WIREGUARD, TRUSTED, b"[gateway]\n", own, nullcontext, lambda: NOW)


async def test_the_standby_alone_opens_a_copy_and_knows_that_the_region_made_it() -> None:
    opened = unseal(sealed(7), [OTHER, STANDBY], EU.public_key)
    assert (opened.number, opened.content.files) == (7, FILES)
    for secrets, by in (([OTHER], EU), ([], EU), ([STANDBY], US)):
        with pytest.raises(WrongSecret):
            unseal(sealed(7), secrets, by.public_key)


async def test_a_copy_that_another_made_or_changed_is_refused() -> None:
    whole = sealed()
    for forged in (sealed(secret=US), whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1]), b"", b"x" * 100):
        with pytest.raises(WrongSecret):
            unseal(forged, [STANDBY], EU.public_key)


async def test_a_copy_of_a_newer_gateway_says_which_version_reads_it() -> None:
    newer = bytearray(FILES[DATABASE])
    newer[60:64] = (len(STEPS) + 1).to_bytes(4, "big")
    with pytest.raises(NewerBackup, match=r"1\.0\.0"):
        unseal(sealed(files={**FILES, DATABASE: bytes(newer)}), [STANDBY], EU.public_key)


async def test_a_copy_without_the_key_of_the_fleet_is_refused() -> None:
    """A gateway without it would answer no request of the bot."""
    with pytest.raises(BadBackup, match="lacks the key of the fleet"):
        unseal(sealed(files={DATABASE: FILES[DATABASE], KEY: FILES[KEY]}), [STANDBY], EU.public_key)


async def test_what_is_kept_is_newer_than_what_was_kept(tmp_path: Path) -> None:
    kept = Kept(tmp_path, [STANDBY], EU.public_key, STANDBY.public_key)
    assert kept.newest() is None
    for number, is_kept in ((5, True), (5, False), (4, False), (6, True), (5, False)):
        assert (kept.keep(sealed(number)) is not None) == is_kept
    again = Kept(tmp_path, [STANDBY], EU.public_key, STANDBY.public_key)  # after a restart
    newest = again.newest()
    assert newest
    assert newest.number == 6
    assert again.keep(sealed(5)) is None
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert FILES[KEY] not in file.read_bytes()


async def test_a_forged_copy_does_not_take_the_place_of_a_true_one(tmp_path: Path) -> None:
    kept = Kept(tmp_path, [STANDBY], EU.public_key, STANDBY.public_key)
    kept.keep(sealed(5))
    with pytest.raises(WrongSecret):
        kept.keep(sealed(9, secret=US))
    newest = kept.newest()
    assert newest
    assert newest.number == 5


async def test_what_another_standby_kept_here_counts_for_nothing(tmp_path: Path) -> None:
    Kept(tmp_path, [OTHER], EU.public_key, OTHER.public_key).keep(sealed(9, to=OTHER))
    kept = Kept(tmp_path, [STANDBY], EU.public_key, STANDBY.public_key)
    assert kept.newest() is None
    assert kept.keep(sealed(5))


async def test_a_copy_has_all_that_a_gateway_needs_and_the_newest_of_the_past(tmp_path: Path) -> None:
    database = await a_state(tmp_path)
    opened = unseal(await maker(tmp_path).make(3, STANDBY.public_key), [STANDBY], EU.public_key)
    assert opened.number == 3
    files = opened.content.files
    assert PrivateKey.parse(files[KEY].decode()) == WIREGUARD
    assert files[TRUST].decode() == TRUSTED.reveal()
    assert files[CONFIG] == b"[gateway]\n"
    assert (opened.content.manifest.devices, opened.content.manifest.forwards) == (2, 1)
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / DATABASE).write_bytes(files[DATABASE])
    async with Store.open(database) as here, Store.open(tmp_path / "there" / DATABASE) as there:
        assert await there.load() == await here.load()
        assert await there.newest_entry() == await here.newest_entry() == 30
        assert (await there.note("lan"), await there.note("sysctl")) == ("on", None)
        assert await there.answer(Once("0 29", "digest"))
        assert 10 <= len(await there.audit_page(None, 100)) < 20


async def test_what_was_deleted_is_not_in_a_copy(tmp_path: Path) -> None:
    database = await a_state(tmp_path)
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("PRAGMA secure_delete = OFF")
        db.execute("INSERT INTO notes VALUES ('secret', 'hunter2hunter2')")
        db.commit()
        db.execute("DELETE FROM notes WHERE name = 'secret'")
    assert b"hunter2" not in condensed(database)


async def test_a_database_that_is_not_there_is_a_problem_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(HostProblem, match=r"missing\.db"):
        condensed(tmp_path / "missing.db")


async def test_the_machine_that_was_the_standby_copies_for_the_one_that_was_active(tmp_path: Path) -> None:
    """Its database names its own key, because it was copied. The other machine has the region's key."""
    await a_state(tmp_path)
    made = await maker(tmp_path, standby_key=STANDBY).make(1, STANDBY.public_key)
    assert unseal(made, [EU], EU.public_key).number == 1
    assert unseal(await maker(tmp_path, standby_key=STANDBY).make(2, OTHER.public_key), [OTHER], EU.public_key)


async def test_a_copy_names_the_machine_that_made_it(tmp_path: Path) -> None:
    await a_state(tmp_path)
    for own, expected in ((None, EU), (STANDBY, STANDBY)):
        made = await maker(tmp_path, standby_key=own).make(1, OTHER.public_key)
        assert unseal(made, [OTHER], EU.public_key).maker == expected.public_key
