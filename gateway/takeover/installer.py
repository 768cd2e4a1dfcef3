"""The database of wg_gaming_installer, read as values. It is opened for reading only.

The program writes it as `server_conf.db` beside WireGuard's files. Each device of it sends everything, and each forward
is for TCP and UDP.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from ipaddress import IPv4Interface, IPv6Interface
from pathlib import Path
from typing import TypeVar

from gateway.errors import CannotImport, why
from gateway.keys import PrivateKey
from gateway.model import Key, PortRange, Protocol
from gateway.takeover.found import Found, FoundDevice, FoundForward, FoundServer, Note

T = TypeVar("T")

DATABASE = "server_conf.db"
_SERVER = "SELECT wg_name, ipv4, ipv6, listen_port, private_key FROM server_wg_config"
_PEERS = "SELECT name, ipv4, ipv6, public_key, preshared_key, forward_ports FROM peer_config ORDER BY id"


def read(path: Path) -> Found:
    """Read the database, or the one in that folder. Raise CannotImport."""
    path = path / DATABASE if path.is_dir() else path
    with _opened(path) as db:
        servers, peers = list(db.execute(_SERVER)), list(db.execute(_PEERS))
    if not servers:
        raise CannotImport(where=path.name, problem="it has no server, because the installation was not finished")
    interface, ipv4, ipv6, listen_port, private_key = servers[0]
    server = _Row(f"{path.name}, the server")
    found = FoundServer(
        private_key=server.value("private_key", PrivateKey.parse, private_key),
        interface=server.value("wg_name", _text, interface),
        listen_port=server.value("listen_port", _port, listen_port),
        address4=server.value("ipv4", IPv4Interface, ipv4),
        address6=server.value("ipv6", IPv6Interface, ipv6) if ipv6 else None,
    )
    devices: list[FoundDevice] = []
    forwards: list[FoundForward] = []
    for number, (name, ipv4, ipv6, public_key, preshared_key, ports) in enumerate(peers, 1):
        row = _Row(f"{path.name}, peer {number}")
        device = FoundDevice(
            where=row.where,
            name=row.value("name", _text, name),
            public_key=row.value("public_key", Key.parse, public_key),
            preshared_key=row.value("preshared_key", Key.parse, preshared_key) if preshared_key else None,
            ipv4=row.value("ipv4", IPv4Interface, ipv4).ip,
            ipv6=row.value("ipv6", IPv6Interface, ipv6).ip if ipv6 else None,
        )
        devices.append(device)
        forwards += [
            FoundForward(where=row.where, protocol=Protocol.BOTH, ports=each, to=device.ipv4, to_port=each.first)
            for each in row.value("forward_ports", _ports, ports or "")
        ]
    left = Note(
        path.name, "the devices' private keys: the gateway keeps none, and `guildgate rotate` makes a new config"
    )
    return Found(source=path.name, server=found, devices=tuple(devices), forwards=tuple(forwards), left=(left,))


class _Row:
    def __init__(self, where: str) -> None:
        self.where = where

    def value(self, column: str, read: Callable[[str], T], value: object) -> T:
        """Return the column's value. Raise CannotImport, without the value, which may be a key."""
        try:
            if not isinstance(value, str | int):
                raise ValueError
            return read(str(value))
        except ValueError:
            raise CannotImport(
                where=self.where, problem=f"{column} has a value that the program does not write"
            ) from None


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        path.open("rb").close()
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            yield db
    except OSError as error:
        raise CannotImport(where=str(path), problem=f"it cannot be read ({why(error)})") from error
    except sqlite3.Error as error:
        problem = f"it is no database of wg_gaming_installer, or one of another version ({error})"
        raise CannotImport(where=str(path), problem=problem) from error


def _text(text: str) -> str:
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ValueError
    return int(text)


def _ports(text: str) -> list[PortRange]:
    return [PortRange.parse(each) for each in text.split(",") if each.strip()]
