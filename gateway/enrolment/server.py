"""What nats-server runs by on the bot's host: the clients that are let in, what each may do, and the disk."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gateway.bus import subjects
from gateway.config import BusServer
from gateway.enrolment.ledger import Ledger

MAX_PAYLOAD = 8 << 20  # bytes; a snapshot of a large gateway has 5 MB
_STORE = 1 << 30  # bytes on the disk, at most


@dataclass(frozen=True, slots=True)
class Places:
    """Where the server's files lie. `store` is the server's own, the rest it only reads."""

    folder: Path
    store: Path

    @property
    def config(self) -> Path:
        return self.folder / "server.json"

    @property
    def certificate(self) -> Path:
        return self.folder / "server.crt"

    @property
    def key(self) -> Path:
        return self.folder / "server.key"

    @property
    def ca(self) -> Path:
        return self.folder / "ca.crt"

    @property
    def pid(self) -> Path:
        return self.store / "nats-server.pid"


def configuration(ledger: Ledger, servers: Iterable[BusServer], places: Places) -> str:
    """Return the configuration as JSON, which nats-server reads as its own form. It holds no secret."""
    users = [{"nkey": ledger.bot_nkey, "permissions": subjects.of_bot()}]
    users += [{"nkey": each.nkey, "permissions": subjects.of_gateway(each.name)} for each in ledger.regions]
    (port, *_) = {_split(server)[1] for server in servers}
    made = {
        "server_name": "guildgate",
        "listen": f"0.0.0.0:{port}",
        "max_payload": MAX_PAYLOAD,
        # A dead link is noticed within 15 s, and not after minutes.
        "ping_interval": "5s",
        "ping_max": 2,
        "tls": {
            "cert_file": str(places.certificate),
            "key_file": str(places.key),
            "ca_file": str(places.ca),
            "verify": True,
            "timeout": 5,
            "min_version": "1.3",
        },
        # Otherwise an acknowledged decision may be lost with the power.
        "jetstream": {"store_dir": str(places.store), "max_file_store": _STORE, "sync_interval": "always"},
        "authorization": {"users": users},
        "pid_file": str(places.pid),
    }
    return json.dumps(made, indent=1) + "\n"


def hosts(servers: Iterable[BusServer]) -> list[str]:
    """Return the names and addresses that clients find the server under."""
    return list(dict.fromkeys(_split(server)[0] for server in servers))


def _split(server: BusServer) -> tuple[str, int]:
    host, _, port = server.text.partition("://")[2].rpartition(":")
    return host.strip("[]"), int(port)


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
