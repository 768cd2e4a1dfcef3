"""The line between two hosts: what it carries, and what becomes of one that is not whole."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.signed import BotKey
from gateway.config import BusServer
from gateway.enrolment import line
from gateway.enrolment.certificates import Authority, pem
from gateway.enrolment.line import Invitation
from gateway.enrolment.secret import Secret
from gateway.errors import HostProblem
from tests.unit.builders import key

AUTHORITY = Authority.generate()
SECRET = Secret(b"s" * 32)
INVITATION = Invitation(
    region="us-east",
    number=7,
    servers=(BusServer.parse("tls://bus.example.org:4222"), BusServer.parse("tls://[2001:db8::1]:4222")),
    subnet4=IPv4Network("10.66.7.0/24"),
    subnet6=IPv6Network("fd42:42:7::/64"),
    bots=(BotKey.generate().public, BotKey.generate().public),
    ca=pem(AUTHORITY.certificate),
    certificate=pem(AUTHORITY.client("us-east", SECRET.tls.public_key())),
    secret=SECRET,
)
LINE = INVITATION.reveal()


def refusal(text: str) -> str:
    with pytest.raises(HostProblem) as refused:
        line.read(text)
    assert SECRET.raw.hex() not in str(refused.value)
    return str(refused.value)


def test_a_line_says_what_the_other_host_has_to_know() -> None:
    assert line.read(LINE) == INVITATION
    assert line.read(f"  {LINE[:80]}\n {LINE[80:]}\r\n") == INVITATION


def test_a_line_for_a_second_machine_says_by_which_key_the_region_is_known() -> None:
    second = replace(INVITATION, of=key())
    assert line.read(second.reveal()) == second
    assert (INVITATION.client, second.client) == ("us-east", "us-east_standby")
    assert len(second.reveal()) < 4000


def test_a_line_can_be_pasted_into_a_terminal() -> None:
    """A terminal hands over 4095 characters of a line at most (termios(3))."""
    assert len(LINE) < 4000
    assert LINE.isascii()
    assert " " not in LINE


@given(st.integers(0, len(LINE) - 1))
def test_a_line_that_is_cut_is_told_from_one_that_is_wrong(length: int) -> None:
    assert "copy all of it" in refusal(LINE[:length]) or "begins with guildgate-enrol" in refusal(LINE[:length])


@given(st.text(max_size=60))
def test_what_is_no_line_is_refused(text: str) -> None:
    refusal(text)
    refusal(f"guildgate-enrol-1-{text}")


def test_a_line_of_another_version_says_so() -> None:
    packed = "e30"
    assert "another version" in refusal(f"guildgate-enrol-1-{packed}-{line._check(packed)}")


def test_a_secret_stands_in_no_repr_and_makes_keys_that_differ() -> None:
    assert SECRET.raw.hex() not in repr(INVITATION)
    assert repr(SECRET.raw) not in repr(INVITATION)
    keys = {SECRET.raw, SECRET.answering.raw, SECRET.tls.private_bytes_raw(), SECRET.nkey.raw}
    assert len(keys) == 4
    assert not keys & {Secret(b"t" * 32).nkey.raw, Secret(b"t" * 32).answering.raw}
