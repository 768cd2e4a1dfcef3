"""NATS's keys of users (nkeys): Ed25519 by libsodium, in NATS's own form of text.

Its package for that has no wheel, and is a few lines of base32 around libsodium.
"""

from __future__ import annotations

import base64
import secrets
from binascii import crc_hqx
from dataclasses import dataclass, field
from typing import Self

from nacl.signing import SigningKey

_SEED, _USER = 18 << 3, 20 << 3  # what the text begins with: SU for a seed, U for a public key
_HEAD = bytes([_SEED | _USER >> 5, (_USER & 31) << 3])


@dataclass(frozen=True, slots=True)
class UserKey:
    """A user's secret, 32 bytes. Only `reveal` gives its text."""

    raw: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        return cls(secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a seed. Raise ValueError, which does not quote it."""
        try:
            raw = base64.b32decode(text + "=" * (-len(text) % 8))
        except ValueError:
            raw = b""
        if len(raw) != 36 or raw[:2] != _HEAD or raw != _summed(raw[:-2]):
            raise ValueError("must be a user's seed of NATS, which begins with SU")
        return cls(raw[2:-2])

    def reveal(self) -> str:
        """Return the seed as text."""
        return _text(_HEAD + self.raw)

    @property
    def public(self) -> str:
        """Return what servers know the user by."""
        return _text(bytes([_USER]) + bytes(SigningKey(self.raw).verify_key))

    def sign(self, nonce: str) -> bytes:
        """Return the signature of what a server asks to sign, as base64."""
        return base64.b64encode(SigningKey(self.raw).sign(nonce.encode()).signature)


def _text(raw: bytes) -> str:
    return base64.b32encode(_summed(raw)).decode().rstrip("=")


def _summed(raw: bytes) -> bytes:
    return raw + crc_hqx(raw, 0).to_bytes(2, "little")
