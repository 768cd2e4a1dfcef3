"""The lease of a region that two machines have, as one of them sees it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.api.pair import Word

TTL_S = 10.0  # without a renewal, by the reader's own clock
RENEWED_S = 2.0


@dataclass(slots=True)
class Lease:
    """What is known of the lease. Times are the loop's, so no wall clock has to be right.

    Its text is the name of the machine that serves, and the mark that both machines know. A lease that was given back
    has no name. Another revision is a sign of life; one that stays for `TTL_S` is free. It is taken by its revision, so
    that only one machine can.

    A text without the mark is of another region. NATS has no rights for a reply subject, so the server can be made to
    deliver any text here. It says nothing of the lease but the revision.
    """

    own: str
    mark: str = field(default="", repr=False)  # empty while the gateway does not know it
    holder: str | None = None  # None: not known
    revision: int | None = None  # 0 where nothing was ever written; None: not known
    _since: float = 0.0  # when the machine that has it last gave a sign of life

    def begin(self) -> None:
        """Forget it, because what did not change while there was no connection says nothing."""
        self.holder = self.revision = None

    def know(self, mark: str) -> None:
        """Read it anew by the mark that the gateway knows."""
        if mark != self.mark:
            self.mark = mark
            self.begin()

    def see(self, text: str, revision: int, now: float) -> None:
        if revision == self.revision:
            return
        holder, _, mark = text.partition(" ")
        if revision == 0 or (mark and mark == self.mark):
            self.holder, self._since = holder, now
        elif self.revision is None:
            self._since = now
        self.revision = revision

    def text(self, holder: str) -> str:
        return f"{holder} {self.mark}"

    def word(self, now: float) -> Word:
        if self.revision is None or not self.mark:
            return Word.UNKNOWN
        if self.holder == self.own:
            return Word.OWN
        if self.holder == "" or now - self._since > TTL_S:
            return Word.FREE
        return Word.UNKNOWN if self.holder is None else Word.OTHERS

    def next_holder(self, now: float, *, wants: bool) -> str | None:
        """Return the name to write, given whether this machine wants to serve. None: write nothing."""
        match self.word(now):
            case Word.OWN if not wants:
                return ""
            case Word.OWN if now - self._since >= RENEWED_S:
                return self.own
            case Word.FREE if wants:
                return self.own
        return None
