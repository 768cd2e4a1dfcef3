"""Decisions on members: whether a member is cut off, and which devices are void. Forms are as in contract.py.

A decision is a level and no step: it says what holds from its time on, and the newest one of an owner holds. It may be
told again at any time, in any order, and after the gateway has lost it, because only a newer one changes anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from gateway.api.contract import Id, PeerInfo, Reason, Request
from gateway.model import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The answer to Decide."""

    held: Decision  # the newest one on the owner, which is another one when that is newer
    peers: tuple[PeerInfo, ...] = ()  # the devices that it cut off, let back in or removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide(Request[Decided]):
    """Tell a decision on a member. For admins.

    One that was told before changes nothing, however long ago that was.
    """

    operation: ClassVar[str] = "decide"
    decision: Id  # the decision's own id, which no other one has
    at: datetime  # when it was made
    owner: Id  # the member's id
    suspended: bool  # the member is cut off, and gets no device
    revoked_before: datetime | None = None  # devices that were made before are removed
    reason: Reason = ""  # for the audit log


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """The answer to GetDecisions."""

    decisions: tuple[Decision, ...]  # the newest one on each member


@dataclass(frozen=True, slots=True, kw_only=True)
class GetDecisions(Request[Decisions]):
    """Return which decisions hold. For admins."""

    operation: ClassVar[str] = "decisions"


class Outcome(StrEnum):
    """What became of a decision that the courier read in the fleet's log. It is the whole answer to the courier."""

    TAKEN = "taken"
    """It holds, or a newer one does."""
    LATER = "later"
    """The gateway can take none just now."""
    REFUSED = "refused"
    """It will never be taken."""
