"""The files of a fleet in a backup: what lets this host in, and on the bot's host what all regions were made of.

What nats-server runs by is not among them, because it follows from the ledger and the configuration.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from gateway.backup.archive import BUS, LEDGER, TRUST, Backup
from gateway.config import FleetSection
from gateway.errors import BadBackup, HostProblem, why

BOTS_USER = "guildgate"  # as ./run, the package and packaging/sysusers.conf make it
_COURIERS_USER, _ROOT = f"{BOTS_USER}-courier", "root"


def files_of(section: FleetSection) -> dict[str, bytes]:
    """Read those that are there. Raise HostProblem."""
    return {name: read(path) for name, (path, _) in _places(section, "").items() if path.exists()}


def _places(section: FleetSection, gateways_user: str) -> Mapping[str, tuple[Path, str]]:
    """Return where each file lies, and the system user that reads it."""
    if section.region:
        return {BUS: (section.bus_file, _COURIERS_USER), TRUST: (section.key_file, gateways_user)}
    return {BUS: (section.bus_file, BOTS_USER), TRUST: (section.key_file, BOTS_USER), LEDGER: (section.ledger, _ROOT)}


def to_place(
    backup: Backup, section: FleetSection | None, gateways_user: str, file: str, *, replace: bool
) -> list[tuple[Path, str, bytes]]:
    """Return path, reader and content of each file to write. They fit the configuration `section`, or there are none.

    Raise BadBackup about `file`, or HostProblem when another fleet's are there.
    """
    if section is None or BUS not in backup.files:
        return []
    own = section.region or "bot"
    try:
        client = str(json.loads(backup.files[BUS])["client"])
    except (LookupError, ValueError, TypeError, RecursionError):
        raise BadBackup(file=file, problem=f"is damaged: its {BUS} cannot be read") from None
    if client != own:
        raise BadBackup(file=file, problem=f"is of {client[:16]!r} in a fleet, and [fleet] here is of {own!r}")
    found = []
    for name, (path, user) in _places(section, gateways_user).items():
        if name not in backup.files:
            raise BadBackup(file=file, problem=f"is damaged: it has a {BUS} and lacks {name}")
        present = read(path) if path.exists() else None
        if present not in (None, backup.files[name]) and not replace:
            problem = "is of another fleet. --replace puts it aside. Nothing was changed"
            raise HostProblem(key=str(path), problem=problem)
        if present != backup.files[name]:
            found.append((path, user, backup.files[name]))
    return found


def read(path: Path) -> bytes:
    """Return the file's content. Raise HostProblem."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise HostProblem(key=str(path), problem=f"cannot be read ({why(error)})") from error
