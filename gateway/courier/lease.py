"""The lease of a region that two machines have, as one of them sees it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.api.pair import Word

TTL_S = 10.0  # without a renewal, by the reader's own clock
RENEWED_S = 2.0


@dataclass(slots=True)
class Lease:
    """What is known of the lease. Times are the loop's, so no wall clock has to be right.

    Its text is the name of the machine that serves, and is empty when that machine has given it back. Another revision
    is a sign of life; one that stays for `TTL_S` is free. It is taken by its revision, so that only one machine can.
    """

    own: str
    holder: str = ""
    revision: int | None = None  # 0 where nothing was ever written; None: not known
    _since: float = 0.0  # when this revision was first seen

    def begin(self) -> None:
        """Forget it, because what did not change while there was no connection says nothing."""
        self.revision = None

    def see(self, holder: str, revision: int, now: float) -> None:
        if revision != self.revision:
            self.holder, self.revision, self._since = holder, revision, now

    def word(self, now: float) -> Word:
        if self.revision is None:
            return Word.UNKNOWN
        if self.holder == self.own:
            return Word.OWN
        return Word.FREE if not self.holder or now - self._since > TTL_S else Word.OTHERS

    def next_text(self, now: float, *, wants: bool) -> str | None:
        """Return what to write, given whether this machine wants to serve. None: nothing."""
        match self.word(now):
            case Word.OWN if not wants:
                return ""
            case Word.OWN if now - self._since >= RENEWED_S:
                return self.own
            case Word.FREE if wants:
                return self.own
        return None
