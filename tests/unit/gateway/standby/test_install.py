"""A copy put in place: whole after a crash at any point, and only where it is newer than what is there."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import wraps
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from gateway.backup.archive import DATABASE, KEY, TRUST, Backup, Manifest
from gateway.errors import HostProblem
from gateway.model import Change, Desired
from gateway.standby.copy import Copy
from gateway.standby.install import finish, give_up, install, is_newer, was_last
from gateway.standby.making import condensed
from gateway.state.copies import first_of
from gateway.state.schema import GIVEN_UP, TERM, TERM_BEFORE
from gateway.state.store import Store
from tests.unit.builders import ALICE, BOB, NOW, joined
from tests.unit.gateway.api.signing import EU


class Killed(BaseException):
    """The process ends here."""


_EFFECTS = ("mkdir", "rmdir", "rename", "link", "unlink", "fsync", "open")


@contextmanager
def dying(at: int) -> Iterator[list[str]]:
    """Die before the effect of that number. Yield the effects so far."""
    seen: list[str] = []

    def watched(name: str, effect: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(effect)
        def call(*values: Any, **named: Any) -> Any:
            if len(seen) == at:
                raise Killed
            seen.append(name)
            return effect(*values, **named)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in _EFFECTS:
            patch.setattr(os, name, watched(name, getattr(os, name)))
        yield seen


async def a_database(folder: Path, owner: object, **notes: str) -> None:
    desired, _ = joined(Desired(), owner)  # type: ignore[arg-type]
    async with Store.open(folder / DATABASE) as store, store.transaction():
        await store.save(Change.between(Desired(), desired))
        for name, value in notes.items():
            await store.set_note(name, value)


async def a_copy(folder: Path, number: int = first_of(3) + 1) -> Copy:
    folder.mkdir(exist_ok=True)
    await a_database(folder, BOB, **{TERM: str(number >> 32)})
    files = {DATABASE: condensed(folder / DATABASE), KEY: b"new key\n", TRUST: b"new trust\n"}
    return Copy(number, Backup(Manifest(version="1", made_at=NOW, devices=1, forwards=0), files), EU.public_key)


async def a_state(folder: Path, **notes: str) -> Path:
    folder.mkdir()
    await a_database(folder, ALICE, **notes)
    (folder / KEY).write_bytes(b"old key\n")
    (folder / TRUST).write_bytes(b"old trust\n")
    (folder / "history.db").write_bytes(b"of this machine")
    return folder


def found(folder: Path) -> tuple[str, bytes, bytes]:
    with closing(sqlite3.connect(folder / DATABASE)) as db:
        ((owner, _),) = db.execute("SELECT owner, owner_name FROM peers").fetchall()  # the second is in no index
    return owner, (folder / KEY).read_bytes(), (folder / TRUST).read_bytes()


OLD, NEW = (ALICE.id, b"old key\n", b"old trust\n"), (BOB.id, b"new key\n", b"new trust\n")


async def test_a_crash_at_any_point_leaves_the_old_state_or_the_copy(tmp_path: Path) -> None:
    copy, model = await a_copy(tmp_path / "other"), await a_state(tmp_path / "model")
    leave_a_log(model / DATABASE)
    outcomes = []
    for at in count():
        folder = Path(shutil.copytree(model, tmp_path / str(at)))
        is_done = False
        with dying(at), suppress(Killed):
            install(copy, folder)
            is_done = True
        for again in range(0 if is_done else 3):  # and again while it is finished
            with dying(again), suppress(Killed):
                finish(folder)
        finish(folder)
        outcomes.append(found(folder) == NEW)
        assert outcomes[-1] or found(folder) == OLD
        assert (folder / "history.db").read_bytes() == b"of this machine"
        install(copy, folder)  # what is left of the attempt is in no way
        assert found(folder) == NEW
        if is_done:
            break
    assert outcomes == sorted(outcomes)  # from one point on it is the copy
    assert (outcomes[0], outcomes[-1]) == (False, True)
    assert len(outcomes) > 15


def leave_a_log(database: Path) -> None:
    """Leave a log of writes beside the database, as a gateway does that was killed."""
    log = database.with_name(f"{database.name}-wal")
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA wal_autocheckpoint = 0")
        with db:
            db.execute("UPDATE peers SET owner_name = 'in the log'")
        content = log.read_bytes()
    log.write_bytes(content)


async def test_it_comes_into_an_empty_folder_with_files_that_only_their_owner_reads(tmp_path: Path) -> None:
    copy, folder = await a_copy(tmp_path / "other"), tmp_path / "state"
    folder.mkdir()
    install(copy, folder)
    assert found(folder) == NEW
    assert {path.name for path in folder.iterdir()} == {DATABASE, KEY, TRUST}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


async def test_a_disk_that_takes_nothing_is_a_problem_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, folder = await a_copy(tmp_path / "other"), await a_state(tmp_path / "state")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(HostProblem, match="takes no copy"):
        install(copy, folder)
    assert found(folder) == OLD


@pytest.mark.parametrize(
    ("notes", "number", "is_so"),
    [
        ({}, first_of(1) + 1, True),  # a standby that was never active
        ({TERM: "3"}, first_of(3) + 7, True),  # installed already, and not begun
        ({TERM: "4"}, first_of(3) + 7, False),  # it began after that copy
        ({TERM: "4"}, first_of(5) + 1, True),  # the other one has gone on since
        ({TERM: "4", GIVEN_UP: "1"}, first_of(4) + 1, True),
        ({TERM: "4", TERM_BEFORE: "2", GIVEN_UP: "1"}, first_of(3) + 1, True),  # made since, by a clock that is behind
        ({TERM: "4", TERM_BEFORE: "2", GIVEN_UP: "1"}, first_of(2) + 7, False),  # of the term that it went on from
    ],
)
async def test_a_copy_counts_only_when_it_is_newer_than_the_own_state(
    tmp_path: Path, notes: dict[str, str], number: int, is_so: bool
) -> None:
    folder = await a_state(tmp_path / "state", **notes)
    assert is_newer(await a_copy(tmp_path / "other", number), folder) == is_so


async def test_any_copy_is_newer_than_nothing_and_than_a_state_that_was_given_up(tmp_path: Path) -> None:
    copy = await a_copy(tmp_path / "other", first_of(1) + 1)
    assert is_newer(copy, tmp_path)
    give_up(tmp_path)  # there is nothing to give up
    folder = await a_state(tmp_path / "state", **{TERM: "9"})
    assert (is_newer(copy, folder), was_last(folder), was_last(tmp_path)) == (False, True, False)
    for _ in range(2):
        give_up(folder)
        assert (is_newer(copy, folder), was_last(folder)) == (True, False)
    install(copy, folder)
    async with Store.open(folder / DATABASE) as store:
        assert await store.note(GIVEN_UP) is None


async def test_a_damaged_database_is_a_problem_with_its_path(tmp_path: Path) -> None:
    copy = await a_copy(tmp_path / "other")
    (tmp_path / DATABASE).write_bytes(b"nothing of SQLite's" * 100)
    for work in (lambda: is_newer(copy, tmp_path), lambda: give_up(tmp_path)):
        with pytest.raises(HostProblem, match=DATABASE):
            work()
