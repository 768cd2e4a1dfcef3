"""Copies made of a gateway that runs. Its changes wait only while the database is read."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.backup.archive import CONFIG, DATABASE, KEY, TRUST, Backup, Manifest
from gateway.errors import HostProblem
from gateway.keys import PrivateKey
from gateway.model import Key
from gateway.standby.copy import Copy, seal
from gateway.state.schema import OF_THE_HOST
from gateway.trust import GatewayTrust
from gateway.version import own

_KEPT_BYTES = 256 << 10  # of the newest audit entries and of the newest answers; the rest of them only grows


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes copies of the gateway with this state. `settings` is its config.toml's text.

    `standby_key` is this machine's own, where it was enrolled as a standby.
    """

    state_dir: Path
    private_key: PrivateKey
    trust: GatewayTrust
    settings: bytes
    standby_key: Key | None
    at_rest: Callable[[], AbstractAsyncContextManager[None]]
    now: Callable[[], datetime]

    async def make(self, number: int, key: Key) -> bytes:
        """Return a sealed copy for the standby with this key. Raise HostProblem."""
        async with self.at_rest():
            database = await asyncio.to_thread(condensed, self.state_dir / DATABASE)
        return await asyncio.to_thread(self._sealed, number, key, database)

    def _sealed(self, number: int, key: Key, database: bytes) -> bytes:
        files = {
            DATABASE: database,
            KEY: f"{self.private_key.reveal()}\n".encode(),
            TRUST: self.trust.reveal().encode(),
            CONFIG: self.settings,
        }
        devices, forwards = _counted(database)
        manifest = Manifest(version=own(), made_at=self.now(), devices=devices, forwards=forwards)
        # The one that was active first knows the region's key alone.
        to = self.trust.key.public_key if key == self.standby_key else key
        maker = self.standby_key or self.trust.key.public_key
        return seal(Copy(number, Backup(manifest, files), maker), self.trust.key, to)


def condensed(path: Path) -> bytes:
    """Return the database as of one moment, without what is about this machine. Raise HostProblem.

    Of the audit log and of the remembered answers it has the newest. Nothing that was deleted is in it.
    """
    try:
        with closing(sqlite3.connect(":memory:", uri=True, isolation_level=None)) as db:
            db.execute("ATTACH ? AS whole", (f"{path.as_uri()}?mode=ro",))
            db.execute("BEGIN")
            ((version,),) = db.execute("PRAGMA whole.user_version").fetchall()
            found = db.execute("SELECT type, name, sql FROM whole.sqlite_schema WHERE sql IS NOT NULL").fetchall()
            for name, sql in ((name, sql) for kind, name, sql in found if kind == "table"):
                db.execute(sql)
                db.execute(f"INSERT INTO main.{name} SELECT * FROM whole.{name} {_chosen(name)}")  # noqa: S608
            for sql in (sql for kind, _, sql in found if kind != "table"):
                db.execute(sql)
            db.execute(f"PRAGMA main.user_version = {version}")
            db.execute("COMMIT")
            return bytes(db.serialize())
    except sqlite3.Error as error:
        raise HostProblem(key=str(path), problem=f"cannot be copied: {error}") from error


def _chosen(table: str) -> str:
    if table in ("audit", "requests"):
        return f"WHERE total > (SELECT max(total) FROM whole.{table}) - {_KEPT_BYTES} ORDER BY total"  # noqa: S608
    return f"WHERE name NOT IN {OF_THE_HOST}" if table == "notes" else ""


def _counted(database: bytes) -> list[int]:
    """Return how many devices and forwards it holds."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(database)
        return [db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("peers", "forwards")]  # noqa: S608
