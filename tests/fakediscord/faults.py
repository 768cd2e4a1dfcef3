"""Faults that a test switches on: errors of Discord, lost connections, rate limits."""

import time
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(slots=True)
class Failure:
    """Fail the next `times` matching requests. `status` None: cut the connection instead of answering.

    `lost`: the request is carried out, and only its answer is lost. `page`: the answer is a page of what stands before
    Discord.
    """

    method: str
    pattern: str
    status: int | None
    times: int
    lost: bool = False
    page: bool = False

    def matches(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in ("*", method) and fnmatchcase(path, self.pattern)


@dataclass(slots=True)
class RateLimit:
    """Refuse the next `times` matching requests with 429; a request repeated before `retry_after` seconds is early."""

    method: str
    pattern: str
    retry_after: float
    times: int
    everywhere: bool
    cloudflare: bool = False  # an HTML page without Discord's headers, as for an IP address that asks too often
    closed_until: float = 0.0

    def matches(self, method: str, path: str) -> bool:
        if self.times <= 0 and time.monotonic() >= self.closed_until:
            return False
        return self.method in ("*", method) and fnmatchcase(path, self.pattern)


@dataclass(slots=True)
class Faults:
    failures: list[Failure] = field(default_factory=list)
    limits: list[RateLimit] = field(default_factory=list)

    def failure(self, method: str, path: str) -> Failure | None:
        """Take the failure meant for this request, if any."""
        for failure in self.failures:
            if failure.matches(method, path):
                failure.times -= 1
                return failure
        return None

    def limit(self, method: str, path: str) -> tuple[RateLimit, bool] | None:
        """Return the rate limit that refuses this request, if any, and whether the request is early."""
        now = time.monotonic()
        for limit in self.limits:
            if limit.matches(method, path):
                early = now < limit.closed_until
                if not early:
                    limit.times -= 1
                    limit.closed_until = now + limit.retry_after
                return limit, early
        return None
