"""The database of wg_gaming_installer, as that program wrote it, and damaged ones."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from gateway.errors import CannotImport
from gateway.model import PortRange, Protocol
from gateway.takeover.installer import read
from tests.unit.gateway.takeover.files import FILES

FOLDER = FILES / "wg_gaming_installer"


def test_a_database_of_the_program_is_read_whole() -> None:
    result = read(FOLDER)
    server = result.server
    assert (server.interface, server.listen_port, str(server.address4), str(server.address6)) == (
        "wg0",
        51822,
        "10.66.66.1/24",
        "fd42:42:42::1/120",
    )
    assert f"PublicKey = {server.private_key.public_key}" in (FOLDER / "alice.conf").read_text()
    assert [(device.name, str(device.ipv4), str(device.ipv6)) for device in result.devices] == [
        ("alice", "10.66.66.2", "fd42:42:42::2"),
        ("bob", "10.66.66.3", "fd42:42:42::3"),
        ("carol", "10.66.66.4", "fd42:42:42::10"),
    ]
    assert [(each.ports, str(each.to), each.protocol) for each in result.forwards] == [
        (PortRange(25565, 25565), "10.66.66.2", Protocol.BOTH),
        (PortRange(27015, 27030), "10.66.66.2", Protocol.BOTH),
        (PortRange(443, 443), "10.66.66.4", Protocol.BOTH),
        (PortRange(2456, 2458), "10.66.66.4", Protocol.BOTH),
    ]


def test_reading_changes_no_file(tmp_path: Path) -> None:
    path = Path(shutil.copy(FOLDER / "server_conf.db", tmp_path))
    before = path.read_bytes()
    read(path)
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (before, [path])


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM server_wg_config", "it has no server"),
        ("DROP TABLE peer_config", "one of another version"),
        ("UPDATE server_wg_config SET private_key = 'secret'", "the server: private_key has a value"),
        ("UPDATE peer_config SET public_key = NULL WHERE name = 'bob'", "peer 2: public_key has a value"),
        ("UPDATE peer_config SET forward_ports = '80-x' WHERE name = 'bob'", "peer 2: forward_ports has a value"),
        ("UPDATE peer_config SET ipv4 = x'00' WHERE name = 'bob'", "peer 2: ipv4 has a value"),
    ],
)
def test_what_the_program_does_not_write_is_refused(tmp_path: Path, statement: str, said: str) -> None:
    path = Path(shutil.copy(FOLDER / "server_conf.db", tmp_path))
    with sqlite3.connect(path) as db:
        db.execute(statement)
    db.close()
    with pytest.raises(CannotImport) as error:
        read(path)
    assert said in str(error.value)
    assert "secret" not in str(error.value)


def test_no_database_and_another_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotImport, match="no such file"):
        read(tmp_path / "nothing.db")
    other = tmp_path / "other.db"
    other.write_text("text" * 1000)
    with pytest.raises(CannotImport, match="no database of wg_gaming_installer"):
        read(other)
