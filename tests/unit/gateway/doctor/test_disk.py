"""The doctor's look at disks, real folders on disks that claim to be full."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway.doctor.disk import disks
from gateway.doctor.finding import Level

MIB = 1 << 20


def fill(monkeypatch: pytest.MonkeyPatch, *, free: int, files: int = 1000) -> None:
    usage = SimpleNamespace(f_bavail=free, f_frsize=1, f_favail=files, f_files=2000)
    monkeypatch.setattr(os, "statvfs", lambda _: usage)


def test_a_disk_that_is_nearly_full_is_named_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(monkeypatch, free=5 * MIB)
    (found,) = disks([tmp_path / "gateway", tmp_path / "bot"], ())
    assert found.level is Level.FAILURE
    assert "has 5 MiB left, and its database may need 64" in found.detail


def test_a_large_database_needs_room_for_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "flows.db").open("wb") as database:
        database.truncate(100 * MIB)
    fill(monkeypatch, free=150 * MIB)
    (found,) = disks([tmp_path], ())
    assert "may need 200" in found.detail


def test_a_disk_without_room_for_a_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(monkeypatch, free=500 * MIB, files=0)
    (found,) = disks([tmp_path], ())
    assert found.detail == f"that of {tmp_path} takes no further file"


def test_the_journal_is_measured(tmp_path: Path) -> None:
    folder = tmp_path / "journal" / "0123"
    folder.mkdir(parents=True)
    with (folder / "system.journal").open("wb") as journal:
        journal.truncate(3 * MIB)
    (found,) = disks([tmp_path / "none" / "yet"], (tmp_path / "missing", tmp_path / "journal"))
    assert found.level is Level.OK
    assert found.detail.endswith("MiB are left for the state; the journal takes 3 MiB")
