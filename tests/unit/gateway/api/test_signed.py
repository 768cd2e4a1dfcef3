"""What a bot signs and a gateway seals, and what becomes of it in the hands of others."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.api.signed import AHEAD, OLDEST, REASONS, Bot, BotKey, Signed
from gateway.errors import NotAuthentic, NotSigned
from gateway.keys import PrivateKey
from tests.unit.builders import NOW
from tests.unit.gateway.api.signing import BODY, BOT, EU, STRANGER, US, sealer, signatures

ENVELOPE = sealer().wrap("forward", BODY, NOW).envelope
SECOND = timedelta(seconds=1)


def reason_of(envelope: bytes) -> str:
    """Return why the gateway of eu refuses the envelope."""
    with pytest.raises(NotSigned) as refused:
        signatures().admit(envelope, NOW)
    assert refused.value.details["reason"] in REASONS
    return str(refused.value.details["reason"])


def reason_of_answer(answer: bytes) -> str:
    with pytest.raises(NotAuthentic) as refused:
        sealer().wrap("list", BODY, NOW).opened(answer)
    return str(refused.value.details["reason"])


def test_a_gateway_reads_what_the_bot_has_signed() -> None:
    signed = signatures().admit(ENVELOPE, NOW)
    assert (signed.bot, signed.region, signed.operation) == (BOT.public, "eu", "forward")
    assert (signed.request_id, signed.at, signed.body) == ("4711", NOW, BODY)


@given(st.binary(max_size=200))
def test_any_body_comes_through_as_it_is(text: bytes) -> None:
    body = json.dumps({"request_id": "1", "name": "Zoë\n", "text": text.hex()}, ensure_ascii=False).encode()
    assert signatures().admit(sealer().wrap("rename", body, NOW).envelope, NOW).body == body


@given(st.integers(0, len(ENVELOPE) - 1), st.integers(0, 255))
def test_no_byte_of_a_signed_request_can_be_another_one(place: int, byte: int) -> None:
    forged = ENVELOPE[:place] + bytes([byte]) + ENVELOPE[place + 1 :]
    if forged != ENVELOPE:
        assert reason_of(forged) in ("cut", "unknown", "forged", "body")


@given(st.integers(0, len(ENVELOPE) - 1))
def test_a_request_that_is_cut_anywhere_is_refused(length: int) -> None:
    assert reason_of(ENVELOPE[:length]) in ("cut", "body")


@given(st.binary(max_size=600))
@example(ENVELOPE.replace(b" ", b"  ", 1))
@example(ENVELOPE.replace(b"\n", b"\n\n", 1))
@example(b"\n" + ENVELOPE)
@example(b"\xff" * 500)
def test_what_no_bot_has_signed_is_refused(envelope: bytes) -> None:
    assert reason_of(envelope) in ("cut", "body")


def test_two_requests_cannot_be_mixed() -> None:
    one, two = (sealer().wrap("suspend", BODY.replace(b"alice", name), NOW).envelope for name in (b"alice", b"bobby"))
    line, _, body = one.partition(b"\n")
    other_line, _, other_body = two.partition(b"\n")
    assert reason_of(line + b"\n" + other_body) == reason_of(other_line + b"\n" + body) == "body"
    fields, others = line.split(), other_line.split()
    for place in range(1, len(fields)):
        mixed = b" ".join([*fields[:place], *others[place:]])
        if mixed not in (line, other_line):
            assert reason_of(mixed + b"\n" + other_body) == "forged"


def test_a_request_for_another_operation_or_region_needs_another_signature() -> None:
    assert reason_of(ENVELOPE.replace(b" forward ", b" suspend ")) == "forged"
    assert reason_of(ENVELOPE.replace(b" eu ", b" us ")) == "forged"
    assert reason_of(ENVELOPE.replace(b" 4711 ", b" 4712 ")) == "forged"


def test_another_regions_request_is_refused() -> None:
    assert reason_of(sealer("us", US).wrap("forward", BODY, NOW).envelope) == "region"


def test_a_bot_that_the_gateway_does_not_know_is_refused_also_under_a_known_name() -> None:
    envelope = sealer(bot=STRANGER).wrap("forward", BODY, NOW).envelope
    assert reason_of(envelope) == "unknown"
    assert reason_of(envelope.replace(STRANGER.public.id.encode(), BOT.public.id.encode())) == "forged"


def test_a_gateway_may_know_several_bots() -> None:
    gateway = signatures("eu", EU, BOT, STRANGER)
    for bot in (BOT, STRANGER):
        asked = sealer(bot=bot).wrap("forward", BODY, NOW)
        signed = gateway.admit(asked.envelope, NOW)
        assert signed.bot == bot.public
        assert asked.opened(signed.sealed(b"yes")) == b"yes"


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (OLDEST, ""),
        (OLDEST + SECOND, "old"),
        (timedelta(minutes=31), "old"),
        (timedelta(days=4000), "old"),
        (-AHEAD, ""),
        (-AHEAD - SECOND, "future"),
        (timedelta(days=-4000), "future"),
    ],
)
def test_a_signature_is_good_for_two_minutes(age: timedelta, reason: str) -> None:
    envelope = sealer().wrap("forward", BODY, NOW - age).envelope
    if reason:
        assert reason_of(envelope) == reason
    else:
        assert signatures().admit(envelope, NOW).at == NOW - age


def test_a_time_that_no_calendar_has_is_the_future() -> None:
    digest = sha256(BODY).hexdigest()
    text = f"guildgate-request-1 {BOT.public.id} eu forward 4711 {'0' * 16} {'9' * 16} {digest}"
    signature = BOT.signing.sign(text.encode()).signature.hex()
    assert reason_of(f"{text} {signature}\n".encode() + BODY) == "future"


@pytest.mark.parametrize("later", [0, 1, 60, 119, 121, 31 * 60, 24 * 3600])
def test_a_request_is_taken_once(later: int) -> None:
    gateway = signatures()
    gateway.admit(ENVELOPE, NOW)
    with pytest.raises(NotSigned) as refused:
        gateway.admit(ENVELOPE, NOW + later * SECOND)
    assert refused.value.details["reason"] == ("replayed" if later <= 120 else "old")


@settings(max_examples=settings().max_examples // 5)
@given(st.lists(st.integers(0, 400), min_size=2, max_size=6))
def test_a_request_is_taken_once_however_many_others_come_between(moments: list[int]) -> None:
    """Each comes again at every later moment."""
    gateway, before = signatures(), list[bytes]()
    for moment in sorted(moments):
        now = NOW + moment * SECOND
        for each in before:
            with pytest.raises(NotSigned):
                gateway.admit(each, now)
        fresh = [sealer().wrap("list", BODY, now + ahead).envelope for ahead in (AHEAD, timedelta(), -OLDEST / 2)]
        for each in fresh:
            gateway.admit(each, now)
        before += fresh


def test_a_clock_that_is_set_back_makes_no_old_request_a_new_one() -> None:
    gateway = signatures()
    gateway.admit(ENVELOPE, NOW)
    for minutes in range(5, 60, 5):
        gateway.admit(sealer().wrap("list", BODY, NOW + minutes * 60 * SECOND).envelope, NOW + minutes * 60 * SECOND)
    with pytest.raises(NotSigned) as refused:
        gateway.admit(ENVELOPE, NOW)
    assert refused.value.details["reason"] == "old"


def test_what_is_remembered_of_requests_is_forgotten_with_time() -> None:
    gateway = signatures()
    for number in range(200):
        now = NOW + number * 2 * SECOND
        gateway.admit(sealer().wrap("list", BODY, now).envelope, now)
    assert sum(map(len, gateway._seen._halves)) < 150


def test_the_same_request_can_be_signed_again() -> None:
    """Each try of a call that breaks off is a request of its own, with the same id."""
    gateway, one = signatures(), sealer()
    assert [gateway.admit(one.wrap("join", BODY, NOW).envelope, NOW).request_id for _ in range(3)] == ["4711"] * 3


@given(st.binary(max_size=300))
def test_the_bot_alone_reads_the_answer(answer: bytes) -> None:
    asked = sealer().wrap("join", BODY, NOW)
    sealed = signatures().admit(asked.envelope, NOW).sealed(answer)
    assert not answer or len(answer) < 4 or (answer not in sealed and base64.b64encode(answer)[:-4] not in sealed)
    assert asked.opened(sealed) == answer


@given(st.data())
def test_no_character_of_an_answer_can_be_another_one(data: st.DataObject) -> None:
    asked = sealer().wrap("join", BODY, NOW)
    sealed = signatures().admit(asked.envelope, NOW).sealed(b'{"config": "secret"}')
    place = data.draw(st.integers(0, len(sealed) - 1))
    forged = sealed[:place] + bytes([data.draw(st.integers(0, 255))]) + sealed[place + 1 :]
    if forged != sealed:
        with pytest.raises(NotAuthentic):
            asked.opened(forged)


def test_bits_that_stand_for_nothing_are_as_they_were_written() -> None:
    """The last character of base64 may have such bits."""
    asked = sealer().wrap("join", BODY, NOW)
    signed = signatures().admit(asked.envelope, NOW)
    sealed = next(text for size in range(3) if (text := signed.sealed(b"x" * size)).endswith(b"=="))
    forged = sealed[:-3] + bytes([sealed[-3] + 1]) + sealed[-2:]
    assert base64.b64decode(forged) == base64.b64decode(sealed)
    with pytest.raises(NotAuthentic) as refused:
        asked.opened(forged)
    assert refused.value.details["reason"] == "forged"


def test_another_bot_and_another_gateway_read_no_answer() -> None:
    asked = sealer().wrap("join", BODY, NOW)
    sealed = signatures().admit(asked.envelope, NOW).sealed(b"secret")
    for other in (sealer(bot=STRANGER), sealer(key=US), sealer("us", US, STRANGER)):
        with pytest.raises(NotAuthentic):
            other.wrap("join", BODY, NOW).opened(sealed)


def test_another_regions_gateway_cannot_answer() -> None:
    """It knows the bot's public key, the request, and all that its own region was ever asked."""
    asked = sealer("us", US).wrap("list", BODY, NOW)
    taken_over = signatures("us", EU)  # a gateway of eu that pretends to be that of us
    with pytest.raises(NotAuthentic):
        asked.opened(taken_over.admit(asked.envelope, NOW).sealed(b"{}"))


def test_an_answer_to_one_request_is_none_to_another() -> None:
    gateway, one = signatures(), sealer()
    asked, other = (one.wrap("list", BODY, NOW) for _ in range(2))
    answer = gateway.admit(asked.envelope, NOW).sealed(b"{}")
    with pytest.raises(NotAuthentic, match="mixed"):
        other.opened(answer)


@pytest.mark.parametrize("order", [(1,), (0, 2), (0, 0), (0, 2, 1), (1, 0)])
def test_no_answer_of_a_subscription_can_be_withheld_repeated_or_swapped(order: tuple[int, ...]) -> None:
    asked = sealer().wrap("watch", BODY, NOW)
    signed = signatures().admit(asked.envelope, NOW)
    lines = [signed.sealed(b"%d" % number) for number in range(3)]
    with pytest.raises(NotAuthentic, match="mixed"):
        for number in order:
            asked.opened(lines[number])


def test_answers_in_their_order_are_read() -> None:
    asked = sealer().wrap("watch", BODY, NOW)
    signed = signatures().admit(asked.envelope, NOW)
    assert [asked.opened(signed.sealed(b"%d" % number)) for number in range(300)] == [b"%d" % n for n in range(300)]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "forged"),
        (b"{}", "forged"),
        (b'{"error": {"code": "not_signed", "details": {"reason": "old"}}}', "old"),
        (b'{"error": {"code": "not_signed", "details": {"reason": "send money"}}}', "forged"),
        (b'{"error": 7}', "forged"),
        (b"[" * 5000, "forged"),
    ],
)
def test_an_answer_in_plain_is_none_but_may_hint_at_the_cause(answer: bytes, reason: str) -> None:
    assert reason_of_answer(answer) == reason


def test_a_decision_of_the_log_is_read_at_any_time_again_and_in_every_region() -> None:
    entry = BOT.entry(BODY)
    for each in (signatures(), signatures("us", US)):
        assert [each.decision(entry) for _ in range(2)] == [BODY, BODY]


def test_a_decision_is_no_request_and_a_request_no_decision() -> None:
    assert reason_of(BOT.entry(BODY)) == "cut"
    with pytest.raises(NotSigned) as refused:
        signatures().decision(ENVELOPE)
    assert refused.value.details["reason"] == "cut"


@given(st.integers(0, len(BOT.entry(BODY)) - 1), st.integers(0, 255))
def test_no_byte_of_a_decision_can_be_another_one(place: int, byte: int) -> None:
    entry = BOT.entry(BODY)
    forged = entry[:place] + bytes([byte]) + entry[place + 1 :]
    if forged != entry:
        with pytest.raises(NotSigned) as refused:
            signatures().decision(forged)
        assert refused.value.details["reason"] in ("cut", "unknown", "forged", "body")


def test_keys_read_what_they_write_and_show_no_secret() -> None:
    key = BotKey.generate()
    assert BotKey.parse(key.reveal()) == key != BotKey.generate()
    assert Bot.parse(str(key.public)) == key.public
    signed = signatures().admit(ENVELOPE, NOW)
    shown = f"{key!r} {key} {signed!r} {sealer().wrap('join', BODY, NOW)!r} {PrivateKey(key.raw)!r}"
    assert key.reveal() not in shown
    assert repr(key.raw) not in shown
    assert "alice" not in shown
    assert isinstance(signed, Signed)


@pytest.mark.parametrize("text", ["", "A" * 43, "A" * 44, "ä" * 44, "A" * 88 + "=="])
def test_a_text_that_is_no_key_is_refused_and_not_quoted(text: str) -> None:
    for kind in (BotKey, Bot):
        with pytest.raises(ValueError, match="bytes as base64") as refused:
            kind.parse(text)
        assert not text or text not in str(refused.value)


def test_a_key_for_signing_is_none_for_reading() -> None:
    assert bytes(BOT.signing) != bytes(BOT.reading) != BOT.raw != bytes(BOT.signing)
