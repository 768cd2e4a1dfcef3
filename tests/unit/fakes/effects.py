"""What a fake of the kernel is asked for, numbered, and refused where a test says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from gateway.errors import ApplyFailed


class Effects:
    """The effects asked of the kernel: they are counted, and refused where a test chose so.

    `look` is called before each of them. A copy by pickle has forgotten all of it.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.look: Callable[[], None] = _look_away
        self._numbers: set[int] = set()
        self._names: Counter[str] = Counter()
        self._last: int | None = None
        self._error: Exception | None = None

    def refuse(self, *what: int | str, error: Exception | None = None) -> None:
        """Refuse effects by their number from now on (1 is the next), or the next one of a name.

        Raise `error`, or the effect's usual one.
        """
        self._numbers |= {len(self.asked) + each for each in what if isinstance(each, int)}
        self._names.update(each for each in what if isinstance(each, str))
        self._error = error

    def die(self, after: int) -> None:
        """Refuse every effect after so many more, as for a process that is killed then."""
        self._last = len(self.asked) + after

    def calm(self) -> None:
        """Refuse nothing any more."""
        self._numbers, self._names, self._last, self._error = set(), Counter(), None, None

    def take(self, name: str, usual: Exception) -> None:
        """Record an effect that is about to happen. Raise instead when it is refused."""
        self.look()
        self.asked.append(name)
        number = len(self.asked)
        by_name = self._names[name] > 0
        self._names[name] -= by_name
        if by_name or number in self._numbers or (self._last is not None and number > self._last):
            raise self._error or usual

    def __reduce__(self) -> tuple[type[Effects], tuple[()]]:
        return Effects, ()


def _look_away() -> None:
    pass


def failed() -> ApplyFailed:
    return ApplyFailed(log_id="0123abcd")
