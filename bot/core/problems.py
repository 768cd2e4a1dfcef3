"""Says what does not work on the gateway's machine, as admins read it. Pure."""

from __future__ import annotations

from bot.core.differences import differences
from bot.core.render import code, plain, safe
from bot.core.words import Words
from gateway.problem import Problem

MAX_VALUE = 300


def sentence(words: Words, problem: Problem) -> str:
    """Return the problem in the reader's language; of another version's only the code."""
    values = {
        name: differences(words, value) if name == "difference" else safe(value, MAX_VALUE)
        for name, value in problem.values.items()
    }
    try:
        return words(f"problem-{problem.code}", **values)
    except LookupError:
        return words("problem-other", code=code(plain(problem.code)))
