"""A copy: what another machine needs to go on as the region's gateway, sealed for that machine alone. Pure.

It is a backup's archive in a box (X25519, XSalsa20, Poly1305) between the region's gateway and the other machine. So
no server of the bus can read one or make one.

Its number grows (state/copies.py), and lies inside the box. So an old one is known when it is brought again. So does
the key of the machine that made it, by which that machine knows its own: brought back, it would undo what came since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from nacl.exceptions import CryptoError
from nacl.public import Box, PublicKey
from nacl.public import PrivateKey as BoxKey

from gateway.backup.archive import DATABASE, TRUST, Backup
from gateway.errors import BadBackup, WrongSecret
from gateway.keys import PrivateKey
from gateway.model import Key
from gateway.state.schema import STEPS

NAME = "the copy"  # in sentences about it
_BEGINS, _NUMBER_BYTES, _KEY_BYTES = b"guildgate-copy-1", 8, 32
_QUICK = 1  # gzip's level, because a copy is made after each change; keys do not get smaller anyway


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy as it is inside the box. `content` holds a gateway's database and keys, and its config.toml to compare."""

    number: int
    content: Backup = field(repr=False)
    maker: Key  # the public half of the key in fleet.key of /etc on the machine that made it


def seal(copy: Copy, secret: PrivateKey, to: Key) -> bytes:
    """Seal it with the region's key for the owner of `to`."""
    number = copy.number.to_bytes(_NUMBER_BYTES, "big")
    box = Box(BoxKey(secret.raw), PublicKey(to.raw))
    return bytes(box.encrypt(_BEGINS + number + copy.maker.raw + copy.content.to_tar(_QUICK)))


def unseal(sealed: bytes, secrets: Iterable[PrivateKey], by: Key) -> Copy:
    """Open a copy for any of these keys by the region with the public key `by`. Raise WrongSecret or BadBackup."""
    for secret in secrets:
        try:
            plain = Box(BoxKey(secret.raw), PublicKey(by.raw)).decrypt(sealed)
        except (CryptoError, ValueError):
            continue
        return _read(plain)
    raise WrongSecret(file=NAME, kind="key")


def _read(plain: bytes) -> Copy:
    middle = len(_BEGINS) + _NUMBER_BYTES
    head = middle + _KEY_BYTES
    if not plain.startswith(_BEGINS) or len(plain) < head:
        raise BadBackup(file=NAME, problem="is of another version of guildgate")
    content = Backup.from_tar(plain[head:], NAME, {DATABASE: len(STEPS)})
    if TRUST not in content.files:
        raise BadBackup(file=NAME, problem="is not whole: it lacks the key of the fleet")
    return Copy(int.from_bytes(plain[len(_BEGINS) : middle], "big"), content, Key(plain[middle:head]))
