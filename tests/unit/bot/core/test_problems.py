"""What does not work on the gateway's machine, as admins read it."""

from __future__ import annotations

import string

import pytest

from bot.core.problems import sentence
from bot.core.status import status
from bot.log.entries import COLOURS, of_audit
from gateway.api.contract import Action, AuditEntry, Status
from gateway.model import Duration
from gateway.problem import SENTENCES, Problem, Trouble
from tests.unit.bot.english import words
from tests.unit.builders import NOW

LEFT = Problem(code=Trouble.LEFT, values={"difference": "WireGuard's port"})


@pytest.mark.parametrize("trouble", Trouble)
def test_discord_and_the_terminal_say_a_problem_with_the_same_values(trouble: Trouble) -> None:
    named = {name for _, name, _, _ in string.Formatter().parse(SENTENCES[trouble]) if name}
    problem = Problem(code=trouble, values={name: f"value of {name}" for name in named})
    for said in (str(problem), sentence(words, problem)):
        assert all(value in said for value in problem.values.values())
    assert sentence(words, problem) != sentence(words, Problem(code="new"))
    assert "?" not in str(problem)


def test_a_problem_of_another_version_is_told_by_its_code() -> None:
    assert "`new_one`" in sentence(words, Problem(code="new_one", values={"a": "b"}))
    assert "`left`" in sentence(words, Problem(code=Trouble.LEFT, values={"other": "b"}))
    assert str(Problem(code="new_one", values={"a": "b"})) == "new_one, b"


@pytest.mark.parametrize("action", [Action.PROBLEM, Action.SOLVED])
def test_the_log_channel_says_a_problem_when_it_begins_and_when_it_ends(action: Action) -> None:
    entry = AuditEntry(
        id=1, at=NOW, actor="gateway", actor_name="gateway", action=action, subject=str(LEFT), problem=LEFT
    )
    embed = of_audit(words, entry, Duration(None))
    assert embed.description == sentence(words, LEFT)
    assert embed.colour == COLOURS[action]


def test_status_says_the_problems_first_also_without_devices() -> None:
    answer = Status(
        at=NOW,
        lan=False,
        backend="kernel",
        public_address="203.0.113.1",
        public_address6=None,
        listen_port=51820,
        peers=(),
        forwards=(),
        problems=(LEFT,),
    )
    (embed,) = status(words, answer, everyone=True)
    assert str(embed.description).startswith(words("status-problem", problem=sentence(words, LEFT)))
