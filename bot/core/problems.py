"""Says what does not work on the gateway's machine, as admins read it. Pure."""

from __future__ import annotations

from bot.core.differences import differences
from bot.core.render import code, plain, safe
from bot.core.words import Words
from gateway.model import Difference
from gateway.problem import BLOCKING, Problem, Trouble

MAX_VALUE = 300
# What no player does without, of what a repair may leave as it was. One device or a setting may do without.
_NEEDED = (
    Difference.TABLE,
    Difference.ADDRESS,
    Difference.DOWN,
    Difference.DELETED,
    Difference.KEY,
    Difference.PORT,
    Difference.LINK,
)


def sentence(words: Words, problem: Problem) -> str:
    """Return the problem in the reader's language, in a fleet with its region; of another version's only the code."""
    said = _sentence(words, problem)
    return f"**{safe(problem.region)}**: {said}" if problem.region else said


def _sentence(words: Words, problem: Problem) -> str:
    values = {
        name: differences(words, value) if name == "difference" else safe(value, MAX_VALUE)
        for name, value in problem.values.items()
    }
    try:
        return words(f"problem-{problem.code}", **values)
    except LookupError:
        return words("problem-other", code=code(plain(problem.code)))


def stops_players(problem: Problem) -> bool:
    """Report whether no player can join while the problem is there."""
    left = problem.values.get("difference", "").split(", ") if problem.code == Trouble.LEFT else []
    return problem.code in BLOCKING or any(each.startswith(_NEEDED) for each in left)
