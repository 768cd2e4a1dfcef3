"""Requests that a bot signs, and answers that this bot alone can read. A courier carries both and can change neither.

A signed request is a line of ASCII with the request's body below:

    guildgate-request-1 BOT REGION OPERATION REQUEST_ID NONCE AT DIGEST SIGNATURE

`DIGEST` is that of the body, so the signature stands for all of it. An answer is a box (X25519, XSalsa20, Poly1305)
between the bot and the gateway, as base64. It begins with the digest of the request's line and the answer's number. So
no answer can stand for another one, and none can be left out.

An entry of the log is a decision on a member for all regions, with a line above that begins with another word:

    guildgate-decision-1 BOT DIGEST SIGNATURE
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Self

from nacl import utils
from nacl.encoding import RawEncoder
from nacl.exceptions import CryptoError
from nacl.hash import blake2b
from nacl.public import Box, PublicKey
from nacl.public import PrivateKey as BoxKey
from nacl.signing import SigningKey, VerifyKey

from gateway.errors import NotAuthentic, NotSigned
from gateway.keys import PrivateKey
from gateway.model import Key

SIGNED, SIGNED_WATCH = "signed", "signed-watch"  # the operations on the socket, of a call and of a subscription
LOGGED = "logged"  # the same for an entry of the log
OLDEST = timedelta(minutes=2)  # a signature is good for so long
AHEAD = timedelta(seconds=10)  # by so much the bot's clock may be before the gateway's
NO_ID = "-"  # instead of a request id; only subscriptions have none

_REQUEST, _DECISION, _ANSWER = "guildgate-request-1", "guildgate-decision-1", b"guildgate-answer-1"
_LINE = re.compile(
    rf"(?P<signed>{_REQUEST} (?P<bot>[0-9a-f]{{16}}) (?P<region>[a-z0-9-]{{1,16}}) (?P<operation>[a-z_-]{{1,32}})"
    r" (?P<request_id>[!-~]{1,32}) (?P<nonce>[0-9a-f]{16}) (?P<at>[0-9]{1,16}) (?P<digest>[0-9a-f]{64}))"
    r" (?P<signature>[0-9a-f]{128})",
    re.ASCII,
)
_ENTRY = re.compile(
    rf"(?P<signed>{_DECISION} (?P<bot>[0-9a-f]{{16}}) (?P<digest>[0-9a-f]{{64}})) (?P<signature>[0-9a-f]{{128}})",
    re.ASCII,
)
_LONGEST_LINE = 400
_NUMBER_BYTES = 8
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class BotKey:
    """The one secret of a bot, 32 bytes. What it signs by and what it reads answers by are made of it."""

    raw: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        return cls(utils.random(32))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read base64 text. Raise ValueError, which does not quote it."""
        return cls(_bytes(text, 32))

    def reveal(self) -> str:
        """Return the key as base64."""
        return base64.b64encode(self.raw).decode()

    @property
    def public(self) -> Bot:
        return Bot(bytes(self.signing.verify_key), bytes(self.reading.public_key))

    @property
    def signing(self) -> SigningKey:
        return SigningKey(self._half(b"guildgate-sign"))

    @property
    def reading(self) -> BoxKey:
        return BoxKey(self._half(b"guildgate-read"))

    def entry(self, decision: bytes) -> bytes:
        """Sign a decision for the log. It is good at any time and in every region, because the newest one holds."""
        line = f"{_DECISION} {self.public.id} {sha256(decision).hexdigest()}"
        return _signed(self.signing, line) + b"\n" + decision

    def _half(self, purpose: bytes) -> bytes:
        """Return a key for one purpose, because one key for two algorithms may weaken both."""
        return blake2b(b"", digest_size=32, key=self.raw, person=purpose, encoder=RawEncoder)


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot as gateways know it: what its signatures are verified by, and what answers are sealed for."""

    verify: bytes
    seal: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read base64 text. Raise ValueError."""
        raw = _bytes(text, 64)
        return cls(raw[:32], raw[32:])

    def __str__(self) -> str:
        return base64.b64encode(self.verify + self.seal).decode()

    @property
    def id(self) -> str:
        """Return the name that signed requests have for this bot."""
        return sha256(self.verify + self.seal).hexdigest()[:16]


def _signed(key: SigningKey, line: str) -> bytes:
    return f"{line} {key.sign(line.encode()).signature.hex()}".encode()


def _bytes(text: str, length: int) -> bytes:
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:  # also of what is not ASCII
        raw = b""
    if len(raw) != length:
        raise ValueError(f"must be {length} bytes as base64") from None
    return raw


class Sealer:
    """The bot's end of one region: it signs requests, and reads answers."""

    def __init__(self, key: BotKey, region: str, gateway: Key) -> None:
        """Take the bot's key, and the region's name and public key."""
        self._bot = key.public.id
        self._region = region
        self._signing = key.signing
        self._box = Box(key.reading, PublicKey(gateway.raw))

    def wrap(self, operation: str, body: bytes, now: datetime) -> Asked:
        """Sign a request. Each call makes another one, also of the same body."""
        request_id = json.loads(body).get("request_id") or NO_ID
        at = (now - _EPOCH) // _MICROSECOND
        nonce, digest = utils.random(8).hex(), sha256(body).hexdigest()
        signed = f"{_REQUEST} {self._bot} {self._region} {operation} {request_id} {nonce} {at} {digest}"
        line = _signed(self._signing, signed)
        return Asked(line + b"\n" + body, _Answers(self._box, line))


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was signed, and what reads its answers."""

    envelope: bytes = field(repr=False)
    _answers: _Answers = field(repr=False)

    def opened(self, answer: bytes) -> bytes:
        """Return the next answer. Raise NotAuthentic when it is another one, or did not come from the gateway."""
        return self._answers.opened(answer)


class _Answers:
    """The answers to one request, in their order, at either end."""

    def __init__(self, box: Box, line: bytes) -> None:
        self._box = box
        self._about = _ANSWER + sha256(line).digest()
        self._number = 0

    def _next(self) -> bytes:
        number = self._number.to_bytes(_NUMBER_BYTES, "big")
        self._number += 1
        return self._about + number

    def sealed(self, answer: bytes) -> bytes:
        return base64.b64encode(self._box.encrypt(self._next() + answer))

    def opened(self, answer: bytes) -> bytes:
        try:
            box = base64.b64decode(answer, validate=True)
            if base64.b64encode(box) != answer:  # a last character may have bits that stand for nothing
                raise ValueError
            plain = self._box.decrypt(box)
        except (ValueError, CryptoError):
            raise NotAuthentic(reason=_refusal(answer)) from None
        begins = self._next()
        if not plain.startswith(begins):
            raise NotAuthentic(reason="mixed")
        return plain[len(begins) :]


def _refusal(answer: bytes) -> str:
    """Return why a gateway says that it refused. Any courier could say so, so this is a hint and no answer."""
    try:
        reason = json.loads(answer)["error"]["details"]["reason"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return "forged"
    return reason if reason in REASONS else "forged"


REASONS = ("cut", "unknown", "forged", "body", "region", "old", "future", "replayed")
"""Why a signed request is refused. NotSigned carries one of these."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as a bot has signed it."""

    bot: Bot
    region: str
    operation: str
    request_id: str
    nonce: str
    at: datetime
    body: bytes = field(repr=False)
    _answers: _Answers = field(repr=False)

    def sealed(self, answer: bytes) -> bytes:
        """Return the next answer, for the bot's eyes only."""
        return self._answers.sealed(answer)


class Signatures:
    """The gateway's end: it knows its region and the bots, and takes each signed request once."""

    def __init__(self, region: str, key: PrivateKey, bots: tuple[Bot, ...]) -> None:
        self._region = region
        secret = BoxKey(key.raw)
        self._bots = {bot.id: (bot, VerifyKey(bot.verify), Box(secret, PublicKey(bot.seal))) for bot in bots}
        self._seen = _Seen()

    def admit(self, envelope: bytes, now: datetime) -> Signed:
        """Return what a bot has signed for this region, just now and never before. Raise NotSigned."""
        found, body = self._verified(_LINE, envelope)
        bot, _, box = self._bots[found["bot"]]
        answers = _Answers(box, found[0].encode())
        at = _EPOCH + int(found["at"]) * _MICROSECOND
        asked = found["region"], found["operation"], found["request_id"], found["nonce"]
        signed = Signed(bot, *asked, at, body, answers)
        if signed.region != self._region:
            raise NotSigned(reason="region")
        self._seen.judge(signed, now)
        return signed

    def decision(self, entry: bytes) -> bytes:
        """Return the decision in an entry of the log, which may be old and here again. Raise NotSigned."""
        return self._verified(_ENTRY, entry)[1]

    def _verified(self, form: re.Pattern[str], envelope: bytes) -> tuple[re.Match[str], bytes]:
        """Return the line and the body of what a bot has signed in this form. Raise NotSigned."""
        line, _, body = envelope.partition(b"\n")
        found = form.fullmatch(line[: _LONGEST_LINE + 1].decode("ascii", "replace"))
        if not found:
            raise NotSigned(reason="cut")
        if found["bot"] not in self._bots:
            raise NotSigned(reason="unknown")
        _, key, _ = self._bots[found["bot"]]
        try:
            key.verify(found["signed"].encode(), bytes.fromhex(found["signature"]))
        except CryptoError:
            raise NotSigned(reason="forged") from None
        if sha256(body).hexdigest() != found["digest"]:
            raise NotSigned(reason="body")
        return found, body


class _Seen:
    """The signed requests that came lately, because each is taken once.

    They are kept in two halves, and the older half is forgotten when all of it is too old anyway.
    """

    def __init__(self) -> None:
        self._newest = _EPOCH  # the latest time in a request so far
        self._began = _EPOCH
        self._halves: tuple[set[tuple[str, str]], set[tuple[str, str]]] = set(), set()

    def judge(self, signed: Signed, now: datetime) -> None:
        """Raise NotSigned for a request that is too old, from the future, or was here before."""
        if signed.at > now + AHEAD:
            raise NotSigned(reason="future")
        # A clock that is set back makes no old request a new one.
        if signed.at < max(now, self._newest - AHEAD) - OLDEST:
            raise NotSigned(reason="old")
        if not timedelta() <= now - self._began <= OLDEST + AHEAD:
            self._began = now
            self._halves = set(), self._halves[0]
        which = signed.bot.id, signed.nonce
        if any(which in half for half in self._halves):
            raise NotSigned(reason="replayed")
        self._halves[0].add(which)
        self._newest = max(self._newest, signed.at)
