"""What lets a client in: a file with its secrets, which `guildgate fleet add` and `guildgate enrol` write."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.codec import DecodeError, decode, to_json
from gateway.config import FleetSection, bad, unreadable

_KEY = "fleet.bus_file"
_CREDENTIAL = "bus"  # of systemd


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A client's name and secrets."""

    client: str  # `bot`, or the region
    seed: str = field(repr=False)  # an nkey of NATS
    ca: str = ""  # PEM; servers have a certificate by it
    certificate: str = ""  # PEM; the client's own
    certificate_key: str = field(default="", repr=False)  # PEM

    def reveal(self) -> str:
        """Return the file's content."""
        return to_json(self) + "\n"

    def tls(self) -> ssl.SSLContext | None:
        """Return what a server is verified by, and shown. None where the client has no certificates."""
        if not self.ca:
            return None
        context = ssl.create_default_context(cadata=self.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        if self.certificate:
            with _in_memory(self.certificate + self.certificate_key) as path:
                context.load_cert_chain(path)
        return context


def path_of(section: FleetSection, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the file that the secrets are read from: systemd's credential `bus`, or else `bus_file`."""
    if folder := environ.get("CREDENTIALS_DIRECTORY"):
        credential = Path(folder, _CREDENTIAL)
        if credential.exists():
            return credential
    return section.bus_file


def read(section: FleetSection, *clients: str, environ: Mapping[str, str] = os.environ) -> Access:
    """Return the secrets of one of these clients. Raise ConfigError, which quotes nothing of the file."""
    path = path_of(section, environ)
    try:
        text = path.read_text("ascii")
    except (OSError, ValueError) as error:
        raise bad(_KEY, f"{path} {unreadable(error, 'enrol this host')}") from None
    try:
        found = decode(Access, json.loads(text))
        found.tls()
    except (DecodeError, ValueError, RecursionError, ssl.SSLError):
        raise bad(_KEY, f"{path} is not as it was written; enrol this host again") from None
    if found.client not in clients:
        raise bad(_KEY, f"{path} belongs to another place of the fleet; enrol this host again")
    return found


@contextmanager
def _in_memory(text: str) -> Iterator[str]:
    """Yield the path of a file that no disk holds, because ssl reads keys by their path."""
    number = os.memfd_create("certificate")
    try:
        os.write(number, text.encode())
        yield f"/proc/self/fd/{number}"
    finally:
        os.close(number)
