"""What a standby is given: sealed copies of a running gateway. `gateway/standby` makes and opens them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from gateway.api.contract import Request, Subscription
from gateway.model import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """One copy. Only the standby can read it."""

    number: int  # grows with each copy; the one inside counts
    sealed: str  # base64


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow(Subscription[Copied]):
    """Give a copy at once and after each change, while a standby is allowed. For gateway/courier, and for root."""

    operation: ClassVar[str] = "follow"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandbyState:
    """The answer to GetStandby and SetStandby."""

    key: Key | None  # the standby that is allowed; None: there are no copies
    followers: int  # connections that copies go to
    number: int  # the newest copy's; 0 before the first one since the start
    made_at: datetime | None  # when the newest copy was made


@dataclass(frozen=True, slots=True, kw_only=True)
class GetStandby(Request[StandbyState]):
    """Return what standby there is. For root."""

    operation: ClassVar[str] = "standby"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStandby(Request[StandbyState]):
    """Let the owner of a key read all that a gateway needs, its private key too; None ends that. For root."""

    operation: ClassVar[str] = "set-standby"
    key: Key | None  # X25519, which `guildgate enrol` prints on the standby
