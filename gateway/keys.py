"""Curve25519 key pairs. A member's private key is made by the client of the API and never reaches the gateway."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from typing import Self

from nacl import bindings

from gateway.model import Key


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """32 secret bytes; `reveal` is the only way to their text."""

    raw: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        return cls(secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise ValueError unless `text` is a WireGuard private key."""
        return cls(Key.parse(text).raw)

    @property
    def public_key(self) -> Key:
        return Key(bindings.crypto_scalarmult_base(self.raw))

    def reveal(self) -> str:
        return base64.b64encode(self.raw).decode()


def new_preshared_key() -> Key:
    return Key(secrets.token_bytes(32))
