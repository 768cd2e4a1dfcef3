"""The config that a member receives, and its QR code, which a real decoder reads back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.access.delivery import pack, qr_png
from bot.access.purpose import Platform
from gateway.api.contract import PRIVATE_KEY_PLACEHOLDER
from gateway.keys import PrivateKey
from gateway.model import Mode
from tests.codes import read_png
from tests.unit.bot.access.setups import CONFIG, ISSUED
from tests.unit.bot.english import words


@pytest.mark.parametrize("text", [CONFIG, "x", CONFIG * 4, "Gerät = ü\n"])
def test_the_qr_code_is_exactly_the_text(text: str) -> None:
    """A scan returns every byte, including the last newline."""
    assert read_png(qr_png(text)) == text.encode()


def test_a_phones_parcel_holds_one_config_twice() -> None:
    """The file and the QR code are the same finished config, with the private key in its place."""
    key = PrivateKey.generate()
    parcel = pack(ISSUED, Platform.PHONE, key)
    conf, png = parcel.files(words)
    text = conf.fp.read()
    assert (conf.filename, png.filename) == ("gg-pc.conf", "gg-pc.png")
    assert text.decode() == CONFIG.replace(PRIVATE_KEY_PLACEHOLDER, key.reveal())
    assert read_png(png.fp.read()) == text
    assert (conf.description, png.description) == ("WireGuard setup of pc", "QR code with the setup of pc")


@pytest.mark.parametrize("platform", [each for each in Platform if each is not Platform.PHONE])
def test_other_platforms_take_the_file(platform: Platform) -> None:
    """A PC has no camera to point at its own screen."""
    (conf,) = pack(ISSUED, platform, PrivateKey.generate()).files(words)
    assert conf.filename == "gg-pc.conf"


def test_a_member_with_an_own_key_gets_the_placeholder_and_no_qr_code() -> None:
    """A phone cannot fill in the key."""
    parcel = pack(ISSUED, Platform.PHONE, None)
    (conf,) = parcel.files(words)
    assert conf.fp.read().decode() == CONFIG
    assert parcel.lacks_key


def test_a_phone_gets_no_qr_code_of_commands() -> None:
    """Mode linux is made of commands, which no app runs."""
    issued = replace(ISSUED, peer=replace(ISSUED.peer, mode=Mode.LINUX))
    assert pack(issued, Platform.PHONE, PrivateKey.generate()).qr is None


def test_a_parcel_keeps_its_secret() -> None:
    """The parcel's repr, which a log may print, holds neither the key nor the config."""
    key = PrivateKey.generate()
    shown = repr(pack(ISSUED, Platform.PHONE, key))
    assert key.reveal() not in shown
    assert "PrivateKey" not in shown


def test_files_can_be_sent_again() -> None:
    """Sending closes a file, so a direct message after a failed answer gets new ones."""
    parcel = pack(ISSUED, Platform.PHONE, PrivateKey.generate())
    first = [file.fp.read() for file in parcel.files(words)]
    assert [file.fp.read() for file in parcel.files(words)] == first
    assert all(first)
