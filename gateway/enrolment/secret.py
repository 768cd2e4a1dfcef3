"""The one secret of a place, and the keys that are made of it, each for one purpose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl import utils
from nacl.encoding import RawEncoder
from nacl.hash import blake2b

from gateway.bus.nkey import UserKey
from gateway.keys import PrivateKey

LENGTH = 32


@dataclass(frozen=True, slots=True)
class Secret:
    """The secret of a region or of the bot."""

    raw: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        return cls(utils.random(LENGTH))

    @property
    def nkey(self) -> UserKey:
        """Return the key that the bus lets in."""
        return UserKey(self._half(b"guildgate-nkey"))

    @property
    def answering(self) -> PrivateKey:
        """Return the key that a gateway seals its answers by."""
        return PrivateKey(self._half(b"guildgate-answer"))

    @property
    def tls(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._half(b"guildgate-tls"))

    def _half(self, purpose: bytes) -> bytes:
        return blake2b(b"", digest_size=LENGTH, key=self.raw, person=purpose, encoder=RawEncoder)
