"""The names of configs' files, which become names of tunnels and interfaces."""

# ruff: noqa: RUF001 - letters that look alike are the subject

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wireguard.filename import file_name
from tests.unit.gateway.wireguard.test_clientconf import PEER


def name(device: str) -> str:
    peer = replace(PEER, id=7, device=device)
    return file_name(peer, [peer]).removesuffix(".conf")


def names(*devices: str) -> list[str]:
    own = [replace(PEER, id=ident, device=device) for ident, device in enumerate(devices, 1)]
    return [file_name(peer, reversed(own)).removesuffix(".conf") for peer in own]


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        ("pc", "gg-pc"),
        ("Müllers Laptop", "gg-muellers-lap"),
        ("Straße ÄÖÜ", "gg-strasse-aeoe"),
        ("Anna's PC", "gg-annas-pc"),
        ("Żółw łódź", "gg-zolw-lodz"),
        ("Bilgisayarım İŞ", "gg-bilgisayarim"),
        ("Écran d’été", "gg-ecran-dete"),
        ("São João", "gg-sao-joao"),
        ("Ноутбук Объект", "gg-noutbuk-obek"),
        ("Комп'ютер", "gg-kompyuter"),
        ("ＰＣ №①", "gg-pc-no1"),
        ("🎮 PC_2!", "gg-pc-2"),
        ("ゲーム機", "gg-7"),
        ("…", "gg-7"),
    ],
)
def test_a_name_is_written_in_letters_that_every_client_takes(device: str, expected: str) -> None:
    assert name(device) == name(unicodedata.normalize("NFD", device)) == expected


def test_the_files_of_one_owner_have_different_names() -> None:
    """The older device keeps the plain name, also when the devices come in another order."""
    assert names("PC 1", "pc_1", "pc-1-2", "PC!1") == ["gg-pc-1", "gg-pc-1-2", "gg-pc-1-2-2", "gg-pc-1-3"]
    assert names("Laptop von Anna Meier", "Laptop von Anna Müller") == ["gg-laptop-von-a", "gg-laptop-von-2"]
    assert names("2", "田") == ["gg-2", "gg-2-2"]


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=20), max_size=12))
def test_any_names_are_valid_and_different(devices: list[str]) -> None:
    found = names(*devices)
    assert len(set(found)) == len(devices)
    assert all(re.fullmatch(r"gg-[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", each) for each in found)
