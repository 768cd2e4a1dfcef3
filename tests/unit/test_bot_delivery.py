"""What a member receives: the config and a QR code that a real decoder reads back."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address

import pytest
import zxingcpp
from PIL import Image

from bot.delivery import pack, qr_png
from gateway.contract import PRIVATE_KEY_PLACEHOLDER, Issued, PeerInfo
from gateway.keys import PrivateKey
from gateway.model import Key, Mode

CONFIG = f"""[Interface]
PrivateKey = {PRIVATE_KEY_PLACEHOLDER}
Address = 10.66.66.2/32, fd42:42:42::2/128
DNS = 1.1.1.1, 9.9.9.9
MTU = 1420

[Peer]
PublicKey = {Key(bytes(range(32)))}
PresharedKey = {Key(bytes(range(32, 64)))}
AllowedIPs = 0.0.0.0/0, ::/0
Endpoint = vps.example.org:51820
PersistentKeepalive = 25
"""
ISSUED = Issued(
    peer=PeerInfo(
        id=1,
        owner="100",
        owner_name="Anna",
        device="pc",
        public_key=Key(bytes(32)),
        ipv4=IPv4Address("10.66.66.2"),
        ipv6=IPv6Address("fd42:42:42::2"),
        mode=Mode.FULL,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    ),
    file_name="gg-pc.conf",
    config=CONFIG,
)


def decoded(png: bytes) -> bytes:
    (barcode,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))
    return barcode.bytes


@pytest.mark.parametrize("text", [CONFIG, "x", CONFIG * 4, "Gerät = ü\n"])
def test_the_qr_code_is_exactly_the_text(text: str) -> None:
    """Scanning gives every byte, the last newline included."""
    assert decoded(qr_png(text)) == text.encode()


def test_a_parcel_holds_one_config_twice() -> None:
    """The file and the QR code are the same finished config, with the private key in its place."""
    key = PrivateKey.generate()
    parcel = pack(ISSUED, key)
    conf, png = parcel.files()
    text = conf.fp.read()
    assert (conf.filename, png.filename) == ("gg-pc.conf", "gg-pc.png")
    assert text.decode() == CONFIG.replace(PRIVATE_KEY_PLACEHOLDER, key.reveal())
    assert decoded(png.fp.read()) == text


def test_a_member_with_an_own_key_gets_the_placeholder_and_no_qr_code() -> None:
    """The bot cannot finish that config, and says what to do with it."""
    parcel = pack(ISSUED, None)
    (conf,) = parcel.files()
    assert conf.fp.read().decode() == CONFIG
    assert PRIVATE_KEY_PLACEHOLDER in parcel.instructions
    assert "QR" not in parcel.instructions


def test_a_parcel_keeps_its_secret() -> None:
    """Neither the key nor its config shows in what a log would print."""
    key = PrivateKey.generate()
    shown = repr(pack(ISSUED, key))
    assert key.reveal() not in shown
    assert "PrivateKey" not in shown


def test_files_can_be_sent_again() -> None:
    """Sending uses a file up; the ephemeral answer after a closed direct message gets whole ones."""
    parcel = pack(ISSUED, PrivateKey.generate())
    first = [file.fp.read() for file in parcel.files()]
    assert [file.fp.read() for file in parcel.files()] == first
    assert all(first)


def test_there_are_three_lines_of_what_to_do() -> None:
    """Both kinds of config come with a headline and three numbered steps."""
    for key in (PrivateKey.generate(), None):
        headline, *steps = pack(ISSUED, key).instructions.splitlines()
        assert "pc" in headline
        assert [step[:2] for step in steps] == ["1.", "2.", "3."]
