"""The secret of the DNS: a TSIG key, or the URL by which a provider takes an address. No repr shows either."""

from __future__ import annotations

import binascii
import os
import re
import stat
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from gateway.config import NamesKind, NamesSection, bad, unreadable

ALGORITHMS = ("hmac-sha256", "hmac-sha512", "hmac-sha384", "hmac-sha224", "hmac-sha1", "hmac-md5")
KEY = "names.secret_file"
# As tsig-keygen, ddns-confgen and rndc-confgen write it.
_STATEMENT = re.compile(r'key\s+"?([^"\s{;]+)"?\s*\{([^}]*)\}\s*;?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TsigKey:
    """A key that the zone's name server knows as well."""

    name: str
    algorithm: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Template:
    """The URL with {name}, {ip} and {ip6} where the values go. It holds a token or a password."""

    url: str = field(repr=False)


def path_of(section: NamesSection, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the file that the secret is read from: systemd's credential `dns`, or else `secret_file`."""
    if folder := environ.get("CREDENTIALS_DIRECTORY"):
        credential = Path(folder, "dns")
        if credential.exists():
            return credential
    return section.secret_file


def is_exposed(path: Path) -> bool:
    """Report whether every user of this host may read the file."""
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def read(section: NamesSection, environ: Mapping[str, str] = os.environ) -> TsigKey | Template:
    """Return the secret of the configured kind. Raise ConfigError, whose text holds nothing of the file's content."""
    path = path_of(section, environ)
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        raise bad(KEY, f"{path} {unreadable(error, 'write the secret into it')}") from None
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", "//"))]
    if not lines:
        raise bad(KEY, f"{path} is empty")
    problem = f"{path} must hold "
    if section.kind is NamesKind.URL:
        if len(lines) > 1 or not _is_template(lines[0]):
            raise bad(KEY, problem + "one URL that begins with https://, with {name}, {ip} and {ip6} where they go")
        return Template(lines[0])
    key = _key("\n".join(lines))
    if key is None:
        raise bad(KEY, problem + "a TSIG key: what tsig-keygen writes, or name:algorithm:secret in one line")
    if key.algorithm not in ALGORITHMS:
        raise bad(KEY, problem + f"a key for one of {', '.join(ALGORITHMS)}")
    return key


def _is_template(line: str) -> bool:
    try:
        found = urlsplit(line)
        return found.scheme == "https" and bool(found.hostname) and found.port != 0 and line.split() == [line]
    except ValueError:
        return False


def _key(text: str) -> TsigKey | None:
    """Return the key in one of its forms, or None."""
    if statement := _STATEMENT.fullmatch(text):
        name, body = statement.groups()
        values = dict(re.findall(r'(algorithm|secret)\s+"?([^"\s;]+)"?\s*;', body, re.IGNORECASE))
        parts = [name, values.get("algorithm", ""), values.get("secret", "")]
    else:
        parts = text.split(":")
        if len(parts) == 3 and parts[0].lower() in ALGORITHMS:  # as nsupdate -y takes it
            parts = [parts[1], parts[0], parts[2]]
    if len(parts) != 3 or not all(parts) or any(part.split() != [part] for part in parts):
        return None
    name, algorithm, secret = parts
    try:
        return TsigKey(name, algorithm.lower().rstrip("."), b64decode(secret, validate=True))
    except binascii.Error:
        return None
