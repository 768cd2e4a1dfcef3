"""Discord's ordinary rate limits, in a time that passes faster: https://discord.com/developers/docs/topics/rate-limits"""

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from . import state
from .state import Json

# (method, path, requests, seconds): Discord tells limits only in headers; these are those it is known to send.
_KNOWN = [
    ("POST", r"/channels/\d+/messages", 5, 5.0),
    ("PATCH", r"/channels/\d+/messages/\d+", 5, 5.0),
    ("DELETE", r"/channels/\d+/messages/\d+", 5, 1.0),
    ("*", r"/webhooks/.*", 5, 2.0),
    ("PUT", r"/guilds/\d+/members/\d+/roles/\d+", 10, 10.0),
    ("*", r"/.*", 50, 1.0),
]
# The parts of a path that have buckets of their own. All other ids of a route share one.
_MAJOR = re.compile(r"/(?:channels/\d+|guilds/\d+|webhooks/\d+/[\w-]+)")
_ID = re.compile(r"(?<=/)(\d+|[\w-]{64})(?=/|$)")
_GLOBAL, _GLOBAL_S = 50, 1.0
# Interactions are not bound to the global limit.
_FREE = re.compile(r"/(interactions|webhooks)/|/gateway")


@dataclass(slots=True)
class _Window:
    ends: float = 0.0
    used: int = 0

    def take(self, limit: int, seconds: float, now: float) -> bool:
        """Count one request, and report whether the limit still allows it."""
        if now >= self.ends:
            self.ends, self.used = now + seconds, 0
        self.used += 1
        return self.used <= limit


@dataclass(frozen=True, slots=True)
class Taken:
    """One request counted: the headers of its answer, and the body of a 429, or None."""

    headers: dict[str, str]
    refusal: Json | None


class Buckets:
    """Counts requests. `pace`: a second of Discord's takes this many seconds."""

    def __init__(self, pace: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._pace = pace
        self._clock = clock
        self._windows: dict[str, _Window] = {}

    def take(self, method: str, path: str) -> Taken:
        now = self._clock()
        limit, seconds = next(
            (limit, seconds)
            for verb, pattern, limit, seconds in _KNOWN
            if verb in ("*", method) and re.fullmatch(pattern, path)
        )
        route, major = f"{method} {_ID.sub('{id}', path)}", _MAJOR.match(path)
        window = self._windows.setdefault(f"{route} {major[0] if major else ''}", _Window())
        allowed = window.take(limit, seconds * self._pace, now)
        everywhere = _FREE.match(path) or self._whole_bot.take(_GLOBAL, _GLOBAL_S * self._pace, now)
        left = (window if everywhere else self._whole_bot).ends - now
        headers = {
            "X-RateLimit-Bucket": hashlib.sha256(route.encode()).hexdigest()[:16],
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(limit - window.used, 0)),
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Reset": f"{state.now().timestamp() + left:.3f}",
        }
        if allowed and everywhere:
            return Taken(headers, None)
        body = {"message": "You are being rate limited.", "retry_after": left, "global": not everywhere}
        headers |= {"Retry-After": f"{left:.3f}", "X-RateLimit-Scope": "user" if everywhere else "global"}
        return Taken(headers, body)

    @property
    def _whole_bot(self) -> _Window:
        return self._windows.setdefault("global", _Window())
