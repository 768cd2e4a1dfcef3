"""NATS's keys of users, in its own form of text."""

from __future__ import annotations

import base64

import pytest
from nacl.signing import VerifyKey

from gateway.bus.nkey import UserKey


def test_a_key_is_written_as_it_is_read_and_no_repr_shows_it() -> None:
    key = UserKey.generate()
    text = key.reveal()
    assert text.startswith("SU")
    assert key.public.startswith("U")
    assert UserKey.parse(text) == key
    assert text not in repr(key)


def test_what_a_server_asks_to_sign_is_signed() -> None:
    key = UserKey.generate()
    public = base64.b32decode(key.public)[1:-2]
    VerifyKey(public).verify(b"nonce", base64.b64decode(key.sign("nonce")))


@pytest.mark.parametrize("text", ["", "SU", "S" * 58, "UD" + "A" * 54, "é"])
def test_another_text_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="begins with SU") as refused:
        UserKey.parse(text)
    assert text == "" or f"'{text}'" not in str(refused.value)


def test_a_seed_with_a_mistake_is_refused() -> None:
    text = UserKey.generate().reveal()
    swapped = text[:10] + ("A" if text[10] != "A" else "B") + text[11:]
    with pytest.raises(ValueError, match="begins with SU"):
        UserKey.parse(swapped)
