from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.enrolment.certificates import Authority, key_pem, pem

HOST = "bus.example.org"


def end(side: ssl._SSLMethod, authority: Authority, folder: Path, name: str) -> ssl.SSLContext:
    """Return one end of mutual TLS, as strict as Python 3.13 is by itself."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key()
    made = authority.server([name], public) if side is ssl.PROTOCOL_TLS_SERVER else authority.client(name, public)
    file = folder / f"{side.name}.pem"
    file.write_text(pem(made) + key_pem(key))
    context = ssl.SSLContext(side)
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_verify_locations(cadata=pem(authority.certificate))
    context.load_cert_chain(file)
    return context


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext) -> None:
    """Let both ends talk to each other until both are content. Raise ssl.SSLError."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(down, up, server_hostname=HOST), server.wrap_bio(up, down, server_side=True)]
    for _ in range(3):
        for each in ends:
            try:
                each.do_handshake()
            except ssl.SSLWantReadError:
                continue


def test_both_ends_take_each_others_certificates_as_strictly_as_rfc_5280(tmp_path: Path) -> None:
    """Python 3.13 demands that each certificate names its issuer's key."""
    authority = Authority.generate()
    server = end(ssl.PROTOCOL_TLS_SERVER, authority, tmp_path, HOST)
    shake_hands(server, end(ssl.PROTOCOL_TLS_CLIENT, authority, tmp_path, "eu"))


def test_a_certificate_of_another_fleet_is_refused(tmp_path: Path) -> None:
    server = end(ssl.PROTOCOL_TLS_SERVER, Authority.generate(), tmp_path, HOST)
    with pytest.raises(ssl.SSLError):
        shake_hands(server, end(ssl.PROTOCOL_TLS_CLIENT, Authority.generate(), tmp_path, "eu"))
