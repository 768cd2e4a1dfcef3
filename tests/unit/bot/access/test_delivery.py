"""The config that a member receives, and its QR code, which a real decoder reads back."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address

import pytest
import zxingcpp
from PIL import Image

from bot.access.delivery import Parcel, pack, qr_png
from gateway.api.contract import PRIVATE_KEY_PLACEHOLDER, Issued, PeerInfo
from gateway.keys import PrivateKey
from gateway.model import Key, Mode
from tests.unit.bot.english import words

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
    """A scan returns every byte, including the last newline."""
    assert decoded(qr_png(text)) == text.encode()


def test_a_parcel_holds_one_config_twice() -> None:
    """The file and the QR code are the same finished config, with the private key in its place."""
    key = PrivateKey.generate()
    parcel = pack(words, ISSUED, key)
    conf, png = parcel.files()
    text = conf.fp.read()
    assert (conf.filename, png.filename) == ("gg-pc.conf", "gg-pc.png")
    assert text.decode() == CONFIG.replace(PRIVATE_KEY_PLACEHOLDER, key.reveal())
    assert decoded(png.fp.read()) == text


def test_a_member_with_an_own_key_gets_the_placeholder_and_no_qr_code() -> None:
    """The bot cannot complete such a config, so it tells the member how to."""
    parcel = pack(words, ISSUED, None)
    (conf,) = parcel.files()
    assert conf.fp.read().decode() == CONFIG
    assert PRIVATE_KEY_PLACEHOLDER in parcel.headline
    assert "QR" not in read(parcel)


def test_a_parcel_keeps_its_secret() -> None:
    """The parcel's repr, which a log may print, holds neither the key nor the config."""
    key = PrivateKey.generate()
    shown = repr(pack(words, ISSUED, key))
    assert key.reveal() not in shown
    assert "PrivateKey" not in shown


def test_files_can_be_sent_again() -> None:
    """Sending closes a file, so the answer after a failed direct message gets new ones."""
    parcel = pack(words, ISSUED, PrivateKey.generate())
    first = [file.fp.read() for file in parcel.files()]
    assert [file.fp.read() for file in parcel.files()] == first
    assert all(first)


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.SPLIT])
def test_there_are_steps_for_each_platform(mode: Mode) -> None:
    """Each platform has one field of few lines. Phones scan the QR code, the others take the file."""
    fields = steps(parcel_in(mode))
    assert [name.split()[-1] for name in fields] == ["Windows", "macOS", "Linux", "Android", "iOS", "Router"]
    assert all(1 <= len(step.splitlines()) <= (3 if "Linux" in name else 2) for name, step in fields.items())
    for name, step in fields.items():
        assert ("QR code" in step) == (name[2:] in ("Android", "iOS"))
        assert ("gg-pc" if "Linux" in name else "`gg-pc.conf`") in step
    assert "wg-quick up gg-pc`" in fields["🐧 Linux"]
    assert ("Everything behind the router" in fields["📡 Router"]) == (mode is Mode.FULL)


def test_a_machine_without_ipv6_is_led_to_a_config_that_works_there() -> None:
    """With such a config, the steps tell what stays outside of the VPN."""
    assert "`/rotate ipv4_only:True`" in steps(parcel_in(Mode.FULL))["🐧 Linux"]
    without = pack(words, replace(ISSUED, peer=replace(ISSUED.peer, ipv6=None)), PrivateKey.generate())
    assert "ipv4_only" not in read(without)
    assert "IPv6 traffic of the device" in steps(without)["💡 Good to know"]


def test_openresolv_is_only_for_machines_without_systemd_resolved() -> None:
    """Debian's and Ubuntu's apt would remove systemd-resolved for it."""
    step = steps(parcel_in(Mode.FULL))["🐧 Linux"]
    assert step.index("with systemd-resolved") < step.index("else install openresolv")


def test_linux_mode_has_its_own_steps_only() -> None:
    """They name the addresses that a UDP server has to listen on, and there is no QR code."""
    parcel = parcel_in(Mode.LINUX)
    assert len(parcel.files()) == 1
    assert list(steps(parcel)) == ["🐧 Linux", "💡 Good to know"]
    assert "`10.66.66.2` or `fd42:42:42::2`" in read(parcel)


def test_a_config_is_told_to_be_secret_and_how_to_replace_it_and_when_it_ends() -> None:
    """The headline of a device without an end names none."""
    end = datetime(2026, 2, 1, tzinfo=UTC)
    ending = pack(words, replace(ISSUED, peer=replace(ISSUED.peer, expires_at=end)), None).headline
    for headline in (ending, pack(words, ISSUED, None).headline):
        assert "secret" in headline
        assert "/rotate" in headline
    assert f"<t:{end.timestamp():.0f}:f>" in ending
    assert "<t:" not in pack(words, ISSUED, None).headline


def test_the_longest_names_stay_inside_discords_limits() -> None:
    """The names are markdown only, which escaping makes twice as long."""
    peer = replace(ISSUED.peer, device="*" * 48, expires_at=datetime(2026, 2, 1, tzinfo=UTC))
    parcel = pack(words, replace(ISSUED, peer=peer, file_name="gg-abcdefghijkl.conf"), None, welcome="w" * 200)
    assert len(parcel.headline) < 1000  # after closed direct messages, the answer has a text before the headline
    assert len(parcel.steps) < 6000
    assert all(len(step) <= 1024 for step in steps(parcel).values())


def parcel_in(mode: Mode) -> Parcel:
    return pack(words, replace(ISSUED, peer=replace(ISSUED.peer, mode=mode)), PrivateKey.generate())


def steps(parcel: Parcel) -> dict[str, str]:
    return {str(each.name): str(each.value) for each in parcel.steps.fields}


def read(parcel: Parcel) -> str:
    return "\n".join((parcel.headline, *steps(parcel).values()))
