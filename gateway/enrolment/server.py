"""What nats-server runs by: the clients that are let in, what each may do, the disk, and the other servers.

The first of `servers` in [fleet] is on the bot's host. From three on, each is a server of its own, and they are a
cluster, whose connections have certificates of an authority of their own. Fewer are names of the one server.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gateway.bus import subjects
from gateway.config import BusServer
from gateway.enrolment.certificates import key_pem, pem
from gateway.enrolment.ledger import Ledger
from gateway.enrolment.secret import Secret

MAX_PAYLOAD = 8 << 20  # bytes; a snapshot of a large gateway has 5 MB
_STORE = 1 << 30  # bytes on the disk, at most
_CLUSTER = 3  # servers; two would have no majority without one of them
_ROUTES = 2000  # from the port of clients to the one of other servers: 4222 and 6222, as NATS has them


@dataclass(frozen=True, slots=True)
class Places:
    """Where the server's files lie. `store` is the server's own, the rest it only reads."""

    folder: Path
    store: Path

    @property
    def config(self) -> Path:
        return self.folder / "server.json"

    @property
    def pid(self) -> Path:
        return self.store / "nats-server.pid"


@dataclass(frozen=True, slots=True)
class File:
    """A file of the server's folder. One with a secret is the server's own user's alone."""

    name: str
    content: str
    is_secret: bool = False


def is_cluster(servers: Sequence[BusServer]) -> bool:
    return len(servers) >= _CLUSTER


def files_of(ledger: Ledger, servers: Sequence[BusServer], own: BusServer, places: Places) -> Iterator[File]:
    """Yield all files of one of the servers, with new keys. The configuration is the last."""
    key, hosts = Secret.generate().tls, _hosts([own] if is_cluster(servers) else servers)
    yield File("ca.crt", ledger.ca)
    yield File("server.key", key_pem(key), is_secret=True)
    yield File("server.crt", pem(ledger.authority.server(hosts, key.public_key())))
    if is_cluster(servers):
        key = Secret.generate().tls
        yield File("routes-ca.crt", ledger.routes_ca)
        yield File("routes.key", key_pem(key), is_secret=True)
        yield File("routes.crt", pem(ledger.routes.server(hosts, key.public_key(), calls=True)))
    yield File(places.config.name, configuration(ledger, servers, own, places))


def configuration(ledger: Ledger, servers: Sequence[BusServer], own: BusServer, places: Places) -> str:
    """Return the configuration as JSON, which nats-server reads as its own form. It holds no secret."""
    users: list[dict[str, object]] = [{"nkey": ledger.bot_nkey, "permissions": subjects.of_bot()}]
    for each in ledger.regions:
        users.append({"nkey": each.nkey, "permissions": subjects.of_gateway(each.name)})
        if each.standby:
            rights = subjects.of_gateway(each.name, subjects.standby(each.name))
            users.append({"nkey": each.standby, "permissions": rights})
    host, port = _split(own)
    made: dict[str, object] = {
        "server_name": "guildgate" if own == servers[0] else f"guildgate-{host}-{port}",
        "listen": f"0.0.0.0:{port}",
        "max_payload": MAX_PAYLOAD,
        # A dead link is noticed within 15 s, and not after minutes.
        "ping_interval": "5s",
        "ping_max": 2,
        "tls": _tls(places, "server", "ca.crt"),
        # Otherwise an acknowledged decision may be lost with the power.
        "jetstream": {"store_dir": str(places.store), "max_file_store": _STORE, "sync_interval": "always"},
        "authorization": {"users": users},
        "pid_file": str(places.pid),
    }
    if is_cluster(servers):
        made["cluster"] = {
            "name": "guildgate",
            "listen": f"0.0.0.0:{_route(port)}",
            "routes": [f"nats-route://{_at(each)}" for each in servers if each != own],
            "no_advertise": True,
            "tls": _tls(places, "routes", "routes-ca.crt"),
        }
    return json.dumps(made, indent=1) + "\n"


def _tls(places: Places, name: str, authority: str) -> dict[str, object]:
    return {
        "cert_file": str(places.folder / f"{name}.crt"),
        "key_file": str(places.folder / f"{name}.key"),
        "ca_file": str(places.folder / authority),
        "verify": True,
        "timeout": 5,
        "min_version": "1.3",
    }


def _hosts(servers: Sequence[BusServer]) -> list[str]:
    """Return the names and addresses that the server is found under."""
    return list(dict.fromkeys(_split(server)[0].strip("[]") for server in servers))


def _at(server: BusServer) -> str:
    """Return where a server takes other servers."""
    host, port = _split(server)
    return f"{host}:{_route(port)}"


def _route(port: int) -> int:
    return port + _ROUTES if port + _ROUTES < 1 << 16 else port - _ROUTES


def _split(server: BusServer) -> tuple[str, int]:
    """Return the host, with brackets around an IPv6 address, and the port."""
    host, _, port = server.text.partition("://")[2].rpartition(":")
    return host, int(port)


def find(servers: Sequence[BusServer], text: str) -> BusServer | None:
    """Return the server that is meant by its text, its host, or host and port."""
    found = [
        each for each in servers if text in (each.text, each.text.partition("://")[2], _split(each)[0].strip("[]"))
    ]
    return found[0] if len(found) == 1 else None


def process(places: Places) -> int | None:
    """Return the process of the server that runs by these files, if any."""
    with suppress(OSError, ValueError):
        number = int(places.pid.read_text())
        if Path(f"/proc/{number}/comm").read_text().strip() == "nats-server":  # and no other that has its number now
            return number
    return None


def reload(places: Places) -> bool:
    """Have the server read its configuration again. Report whether one runs."""
    if (number := process(places)) is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGHUP)
        return True
    return False
