"""The content of a backup: a tar archive of few files with fixed names. Pure.

`tar` and `sqlite3` open it without guildgate.
"""

from __future__ import annotations

import io
import json
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from gateway.codec import DecodeError, decode, encode
from gateway.errors import BadBackup, NewerBackup

FORMAT = 1
DATABASE, KEY, BOT_DATABASE, CONFIG = "guildgate.db", "private_key", "bot.db", "config.toml"
HISTORY, CHOICES = "history.db", "chosen.json"
BUS, TRUST, LEDGER = "bus.key", "fleet.key", "ledger.json"  # copies for a standby have TRUST as well
FLEET = (BUS, TRUST, LEDGER)
NAMES = (DATABASE, KEY, BOT_DATABASE, CHOICES, HISTORY, CONFIG, *FLEET)
GZIP = b"\x1f\x8b"
LARGEST = 1 << 29  # bytes of all files together; the audit log alone may hold 64 MiB
_MANIFEST = "manifest.json"
_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself."""

    format: int = FORMAT
    version: str  # of the guildgate that made it
    made_at: datetime
    devices: int
    forwards: int


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup. `files` are among NAMES; only a fleet's bot may have no gateway, with its database and key."""

    manifest: Manifest
    files: Mapping[str, bytes] = field(repr=False)

    def to_tar(self, level: int = 9) -> bytes:
        """Return the archive. `level` is gzip's, of which 1 is the quickest."""
        manifest = json.dumps(encode(self.manifest), indent=1).encode()
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz", compresslevel=level) as tar:
            for name, content in {_MANIFEST: manifest, **self.files}.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode, entry.mtime = len(content), 0o600, int(self.manifest.made_at.timestamp())
                tar.addfile(entry, io.BytesIO(content))
        return out.getvalue()

    @classmethod
    def from_tar(cls, raw: bytes, file: str, newest: Mapping[str, int]) -> Self:
        """Read it. `newest` are the versions of the databases that this program knows, by name.

        Raise BadBackup or NewerBackup about `file`.
        """
        try:
            files = _unpacked(_inflated(raw))
        except (tarfile.TarError, zlib.error, EOFError, UnicodeError) as error:
            raise BadBackup(file=file, problem=f"is damaged ({error})") from error
        except ValueError as error:
            raise BadBackup(file=file, problem=str(error)) from error
        manifest = _manifest(files.pop(_MANIFEST, b""), file)
        missing = [name for name in (DATABASE, KEY) if name not in files]
        if missing and not (len(missing) == 2 and LEDGER in files):
            raise BadBackup(file=file, problem=f"is no backup of guildgate: it lacks {missing[0]}")
        for name, version in newest.items():
            if name not in files:
                continue
            if not files[name].startswith(_SQLITE):
                raise BadBackup(file=file, problem=f"is damaged: its {name} is no database")
            if schema_of(files[name]) > version:
                raise NewerBackup(file=file, what=f"a {name}", version=manifest.version)
        return cls(manifest, files)


def schema_of(database: bytes) -> int:
    """Return the user_version of a database, as its header has it (https://sqlite.org/fileformat.html, 1.3)."""
    return int.from_bytes(database[60:64], "big")


def _inflated(raw: bytes) -> bytes:
    """Decompress it, within bounds. Raise ValueError or zlib.error."""
    if not raw.startswith(GZIP):
        raise ValueError("is no backup of guildgate")
    stream = zlib.decompressobj(wbits=31)
    tar = stream.decompress(raw, LARGEST)
    if stream.unconsumed_tail:
        raise ValueError(f"is no backup of guildgate: it holds more than {LARGEST >> 20} MiB")
    if not stream.eof:
        raise ValueError("is damaged: it ends too early")
    return tar


def _unpacked(tar: bytes) -> dict[str, bytes]:
    """Return the files by name. No other name is looked at, so none can lead out of the folder. Raise ValueError."""
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive:
        for entry in archive:
            # A hole in a file takes no byte of the archive, and would take any number in memory.
            content = archive.extractfile(entry) if entry.isreg() and not entry.issparse() else None
            if content is None or entry.name in files or entry.name not in (_MANIFEST, *NAMES):
                raise ValueError(f"is no backup of guildgate: it holds {entry.name[:100]!r}")
            files[entry.name] = content.read()
            if len(files[entry.name]) != entry.size:
                raise ValueError("is damaged: it ends too early")
    return files


def _manifest(raw: bytes, file: str) -> Manifest:
    """Read the manifest. A newer format may have other fields."""
    try:
        document = json.loads(raw)
        if isinstance(document, dict) and isinstance(document.get("format"), int) and document["format"] > FORMAT:
            version = str(document.get("version", "?"))[:20]
            raise NewerBackup(file=file, what="a format", version=version)
        return decode(Manifest, document)
    except (DecodeError, ValueError, RecursionError) as error:
        raise BadBackup(file=file, problem="is no backup of guildgate: it has no manifest") from error
