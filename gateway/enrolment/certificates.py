"""The fleet's own certificate authority. Its certificates do not end, because a place is let in by its nkey as well.

Each names its key and its issuer's, as RFC 5280 (4.2.1.1, 4.2.1.2) demands. Python 3.13 refuses others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# A clock that is wrong at the first start refuses none of them. The end is that of RFC 5280, 4.1.2.5, for no end.
_FROM, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

_SIGNS = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority: its certificate, and its key, which never leaves the bot's host."""

    certificate: x509.Certificate
    key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def generate(cls, common_name: str = "guildgate fleet") -> Authority:
        key, name = Ed25519PrivateKey.generate(), _name(common_name)
        made = _builder(name, name, key.public_key())
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        return cls(made.add_extension(_SIGNS, critical=True).sign(key, None), key)

    @classmethod
    def load(cls, certificate: str, key: str) -> Authority:
        """Read both as PEM. Raise ValueError."""
        loaded = serialization.load_pem_private_key(key.encode(), None)
        if not isinstance(loaded, Ed25519PrivateKey):
            raise ValueError("must be an Ed25519 key")
        return cls(x509.load_pem_x509_certificate(certificate.encode()), loaded)

    def client(self, name: str, key: Ed25519PublicKey) -> x509.Certificate:
        """Certify a client of the bus."""
        return self._issue(_builder(_name(name), self.certificate.subject, key), ExtendedKeyUsageOID.CLIENT_AUTH)

    def server(self, hosts: Iterable[str], key: Ed25519PublicKey, *, calls: bool = False) -> x509.Certificate:
        """Certify a server that is found under these names and addresses. `calls`: it calls others as well."""
        made = _builder(_name("guildgate bus"), self.certificate.subject, key)
        made = made.add_extension(x509.SubjectAlternativeName(map(_host, hosts)), critical=False)
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, *([ExtendedKeyUsageOID.CLIENT_AUTH] if calls else [])]
        return self._issue(made, *usages)

    def _issue(self, made: x509.CertificateBuilder, *usages: x509.ObjectIdentifier) -> x509.Certificate:
        made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        made = made.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        return made.add_extension(issuer, critical=False).sign(self.key, None)


def _builder(subject: x509.Name, issuer: x509.Name, key: Ed25519PublicKey) -> x509.CertificateBuilder:
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    made = made.serial_number(x509.random_serial_number()).not_valid_before(_FROM).not_valid_after(_UNTIL)
    return made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def pem(made: x509.Certificate) -> str:
    return made.public_bytes(serialization.Encoding.PEM).decode()


def key_pem(key: Ed25519PrivateKey) -> str:
    """Return the key as PEM, which is a secret."""
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
