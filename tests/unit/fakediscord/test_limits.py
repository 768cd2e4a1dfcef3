"""The limits of the fake Discord: a form at the limit passes, and one over it is refused with the place."""

from typing import Any

import pytest

from tests.fakediscord.commands import choices_problems, command_problems, registration_problems
from tests.fakediscord.components import component_problems, modal_problems
from tests.fakediscord.limits import is_empty, message_problems, missing_references

Json = dict[str, Any]


def _embed(**parts: Any) -> Json:
    return {"embeds": [parts]}


def _buttons(count: int, **parts: Any) -> list[Json]:
    return [{"type": 2, "style": 1, "label": "b", "custom_id": f"id{n}", **parts} for n in range(count)]


def _row(*items: Json) -> Json:
    return {"type": 1, "components": list(items)}


def _menu(options: int) -> Json:
    entries = [{"label": f"l{n}", "value": f"v{n}"} for n in range(options)]
    return {"type": 3, "custom_id": "menu", "options": entries}


def _field(name: int, value: int) -> Json:
    return {"name": "n" * name, "value": "v" * value}


@pytest.mark.parametrize(
    ("fits", "exceeds", "place"),
    [
        ({"content": "x" * 2000}, {"content": "x" * 2001}, "content"),
        ({"embeds": [{"title": "t"}] * 10}, {"embeds": [{"title": "t"}] * 11}, "embeds"),
        (_embed(title="x" * 256), _embed(title="x" * 257), "embeds.0.title"),
        (_embed(description="x" * 4096), _embed(description="x" * 4097), "embeds.0.description"),
        (_embed(fields=[_field(1, 1)] * 25), _embed(fields=[_field(1, 1)] * 26), "embeds.0.fields"),
        (_embed(fields=[_field(256, 1)]), _embed(fields=[_field(257, 1)]), "embeds.0.fields.0.name"),
        (_embed(fields=[_field(1, 1024)]), _embed(fields=[_field(1, 1025)]), "embeds.0.fields.0.value"),
        (_embed(fields=[_field(1, 1)]), _embed(fields=[_field(1, 0)]), "embeds.0.fields.0.value"),
        (
            _embed(fields=[{"name": "n", "value": "v"}]),
            _embed(fields=[{"name": " ", "value": "v"}]),
            "embeds.0.fields.0.name",
        ),
        (_embed(footer={"text": "x" * 2048}), _embed(footer={"text": "x" * 2049}), "embeds.0.footer.text"),
        (_embed(author={"name": "x" * 256}), _embed(author={"name": "x" * 257}), "embeds.0.author.name"),
        ({"embeds": [{"description": "x" * 3000}] * 2}, {"embeds": [{"description": "x" * 3001}] * 2}, "embeds"),
        (_embed(title="t", url="https://x.y"), _embed(title="t", url="ftp://x.y"), "embeds.0.url"),
        (
            {"content": "x", "allowed_mentions": {"parse": ["users"]}},
            {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
            "allowed_mentions.parse",
        ),
        ({"flags": 1 << 15, "components": []}, {"flags": 1 << 15, "content": "x"}, "content"),
    ],
)
def test_message_limits(fits: Json, exceeds: Json, place: str) -> None:
    """A message at its limit passes; one over it has a problem at exactly that place."""
    assert message_problems(fits) == []
    assert [".".join(map(str, problem.path)) for problem in message_problems(exceeds)] == [place]


@pytest.mark.parametrize(
    ("fits", "exceeds", "place"),
    [
        ([_row(button) for button in _buttons(5)], [_row(button) for button in _buttons(6)], "components"),
        ([_row(*_buttons(5))], [_row(*_buttons(6))], "components.0.components"),
        ([_row(*_buttons(2))], [_row(*_buttons(2, custom_id="same"))], "components"),
        (
            [_row(*_buttons(1, label="x" * 80))],
            [_row(*_buttons(1, label="x" * 81))],
            "components.0.components.0.label",
        ),
        (
            [_row(*_buttons(1, custom_id="x" * 100))],
            [_row(*_buttons(1, custom_id="x" * 101))],
            "components.0.components.0.custom_id",
        ),
        ([_row(*_buttons(1))], [_row(*_buttons(1, url="https://x.y"))], "components.0.components.0.url"),
        ([_row(_menu(25))], [_row(_menu(26))], "components.0.components.0.options"),
        ([_row(_menu(1))], [_row(_menu(1), *_buttons(1))], "components.0.components"),
        ([_row(*_buttons(1))], _buttons(1), "components.0.type"),
    ],
)
def test_component_limits(fits: list[Json], exceeds: list[Json], place: str) -> None:
    """Rows, buttons and menus at their limit pass; over it the problem names the place."""
    assert component_problems(fits) == []
    assert ".".join(map(str, component_problems(exceeds)[0].path)) == place


def test_modal_limits() -> None:
    """A modal has a title of at most 45 characters and one to five fields; a label has at most 45 characters."""
    field = {"type": 4, "style": 1, "custom_id": "f", "label": "L"}
    modal = {"title": "x" * 45, "custom_id": "m", "components": [_row(field)]}
    assert modal_problems(modal) == []
    too_much: list[Json] = [
        {"title": "x" * 46},
        {"components": []},
        {"components": [_row(field | {"custom_id": f"f{n}"}) for n in range(6)]},
        {"components": [_row(field | {"label": "x" * 46})]},
        {"components": [_row(field | {"max_length": 4001})]},
        {"components": [_row(*_buttons(1, label="b"))]},
    ]
    for wrong in too_much:
        assert modal_problems(modal | wrong), wrong


def test_completion_limits() -> None:
    """An autocompletion offers at most 25 choices of 1 to 100 characters, of the option's type."""
    text, whole = {"type": 3}, {"type": 4}
    assert choices_problems([{"name": "n" * 100, "value": "v" * 100}] * 25, text, ()) == []
    assert choices_problems([{"name": "n", "value": 1}], whole, ()) == []
    refused: list[tuple[list[Json], Json]] = [
        ([{"name": "n", "value": "v"}] * 26, text),
        ([{"name": "", "value": "v"}], text),
        ([{"name": "n" * 101, "value": "v"}], text),
        ([{"name": "n", "value": "v" * 101}], text),
        ([{"name": "n", "value": 1}], text),
        ([{"name": "n", "value": "1"}], whole),
    ]
    for choices, option in refused:
        assert choices_problems(choices, option, ()), choices


def test_command_limits() -> None:
    """Names and descriptions have their length, names are unique, a command has at most 8000 characters."""
    command: Json = {"name": "n" * 32, "description": "d" * 100}
    assert command_problems(command) == []
    assert registration_problems([command, {"name": "N" * 32, "type": 2}]) == []
    choices = [{"name": f"{n:03}" + "n" * 90, "value": f"{n:03}" + "v" * 90} for n in range(25)]
    large = [{"type": 3, "name": f"o{n}", "description": "d", "choices": choices} for n in range(2)]
    for wrong in (
        {"name": "n" * 33},
        {"name": "two words"},
        {"description": "d" * 101},
        {"options": [{"type": 12, "name": "o", "description": "d"}]},
        {"options": [{"type": 4, "name": "o", "description": "d", "min_length": 1}]},
        {"options": [{"type": 3, "name": "o", "description": "d", "min_value": 1}]},
        {"options": [{"type": 3, "name": "o", "description": "d"}] * 2},
        {"options": large},
    ):
        assert command_problems(command | wrong), wrong
    assert registration_problems([command, command])


def test_emptiness_and_lost_images() -> None:
    """Blank text and empty embeds are an empty message; an image without its file is found."""
    assert is_empty({"content": " \n", "embeds": [{}]})
    assert not is_empty({"embeds": [{"title": "t"}]})
    assert not is_empty({"attachments": ["qr.png"]})
    embed = {"image": {"url": "attachment://qr.png"}}
    assert missing_references([embed], ["qr.png"]) == []
    assert missing_references([embed], []) == ["qr.png"]
