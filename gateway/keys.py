"""Curve25519 key pairs (RFC 7748). The API's client makes a member's private key, which never reaches the gateway."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from typing import Self

from gateway.model import Key

_PRIME = 2**255 - 19  # Curve25519's, by which every public key is reduced


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
        from nacl import bindings  # here, because importing it at the top would delay commands that make no key

        return Key(bindings.crypto_scalarmult_base(self.raw))

    def reveal(self) -> str:
        """Return the key as base64."""
        return base64.b64encode(self.raw).decode()


def is_of_a_private_key(public_key: Key) -> bool:
    """Report whether a private key can have this public key: not a point of low order, and below the prime.

    With a point of low order every exchange gives zeros (RFC 7748, section 6.1), whatever the private key.
    """
    from nacl import bindings  # here for the same reason

    try:
        bindings.crypto_scalarmult(bytes(32), public_key.raw)
    except RuntimeError:  # libsodium refuses such a point
        return False
    return int.from_bytes(public_key.raw, "little") < _PRIME


def new_preshared_key() -> Key:
    """Return 32 random bytes, WireGuard's second secret of a peer (PresharedKey of wg(8))."""
    return Key(secrets.token_bytes(32))
