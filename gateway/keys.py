"""Curve25519 key pairs (RFC 7748). The API's client makes a member's private key, which never reaches the gateway."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from typing import Self

from nacl import bindings

from gateway.model import Key


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key: 32 secret bytes. Only `reveal` gives their text."""

    raw: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        return cls(secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read base64 text. Raise ValueError unless it is a WireGuard private key."""
        return cls(Key.parse(text).raw)

    @property
    def public_key(self) -> Key:
        return Key(bindings.crypto_scalarmult_base(self.raw))

    def reveal(self) -> str:
        """Return the key as base64."""
        return base64.b64encode(self.raw).decode()


def new_preshared_key() -> Key:
    """Return 32 random bytes, WireGuard's second secret of a peer (PresharedKey of wg(8))."""
    return Key(secrets.token_bytes(32))
