"""What a courier and its gateway say to each other where two machines have one region and one of them serves."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar

from gateway.api.contract import Request
from gateway.codec import AtMost

LONGEST_PART = 48 * 1024  # characters, because a request has at most 64 KiB
MOST_PARTS = 256  # of a copy, which is more than a message of the bus holds


class Word(StrEnum):
    """What the courier knows of the region's lease, which says which machine serves."""

    OWN = "own"
    OTHERS = "others"  # the other machine renews it
    FREE = "free"
    UNKNOWN = "unknown"  # the bus has nothing that keeps leases yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The answer to Stand."""

    serves: bool  # this machine's gateway has tunnel and forwards up
    wants: bool  # it has the public address, and a state to serve by, so the courier should take the lease
    mark: str = field(repr=False)  # of the lease, which both machines know; empty before the first copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand(Request[Standing]):
    """Hear of the lease, every second while the courier has a bus. For gateway/courier, and for root."""

    operation: ClassVar[str] = "stand"
    word: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The answer to TakeCopy."""

    is_kept: bool  # with the last part: it is newer than what is here, and on the disk now


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeCopy(Request[Taken]):
    """Take a part of a sealed copy of the other machine's state, in their order. For gateway/courier, and for root."""

    operation: ClassVar[str] = "take-copy"
    part: int  # 0 for the first
    parts: int
    text: Annotated[str, AtMost(LONGEST_PART)]  # of the copy's base64
