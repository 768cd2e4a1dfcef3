"""The limits of the fake Discord: a form at the limit passes, and one over it is refused with the place."""

from typing import Any

import pytest

from tests.fakediscord.commands import choices_problems, command_problems, registration_problems
from tests.fakediscord.components import component_problems, modal_problems
from tests.fakediscord.limits import is_empty, message_problems, missing_references

Json = dict[str, Any]
URL = "https://example.org/"


def _embed(**parts: Any) -> Json:
    return {"embeds": [parts]}


def _buttons(count: int, **parts: Any) -> list[Json]:
    return [{"type": 2, "style": 1, "label": "b", "custom_id": f"id{n}", **parts} for n in range(count)]


def _row(*items: Json) -> Json:
    return {"type": 1, "components": list(items)}


def _menu(options: int, *, defaults: int = 0, **parts: Any) -> Json:
    entries = [{"label": f"l{n}", "value": f"v{n}", "default": n < defaults} for n in range(options)]
    return {"type": 3, "custom_id": "menu", "options": entries, **parts}


def _roles(defaults: int) -> Json:
    return {
        "type": 6,
        "custom_id": "roles",
        "default_values": [{"id": str(n), "type": "role"} for n in range(defaults)],
    }


def _link(url: str) -> Json:
    return {"type": 2, "style": 5, "label": "open", "url": url}


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
        ({"flags": 1 << 15, "components": []}, {"flags": 1 << 15, "poll": {"question": {}}}, "poll"),
        (
            _embed(timestamp="2026-11-29T20:00:00.000Z"),
            _embed(timestamp="29.11.2026 20:00"),
            "embeds.0.timestamp",
        ),
        (_embed(url=URL.ljust(2048, "x")), _embed(url=URL.ljust(2049, "x")), "embeds.0.url"),
        (
            _embed(author={"name": "n", "url": URL}),
            _embed(author={"name": "n", "url": "mailto:x@y"}),
            "embeds.0.author.url",
        ),
        (
            _embed(author={"name": "n", "icon_url": "attachment://a.png"}),
            _embed(author={"name": "n", "icon_url": "a.png"}),
            "embeds.0.author.icon_url",
        ),
        (
            _embed(footer={"text": "t", "icon_url": URL}),
            _embed(footer={"text": "t", "icon_url": "file://x"}),
            "embeds.0.footer.icon_url",
        ),
        (_embed(image={"url": "attachment://a.png"}), _embed(image={"url": "discord://x"}), "embeds.0.image.url"),
        ({"nonce": "n" * 25}, {"nonce": "n" * 26}, "nonce"),
        ({"nonce": "n", "enforce_nonce": True}, {"enforce_nonce": True}, "nonce"),
        (
            {"attachments": [{"id": 0, "description": "d" * 1024}]},
            {"attachments": [{"id": 0, "description": "d" * 1025}]},
            "attachments.0.description",
        ),
        (
            {"allowed_mentions": {"users": ["1"] * 100}},
            {"allowed_mentions": {"users": ["1"] * 101}},
            "allowed_mentions.users",
        ),
        (
            {"allowed_mentions": {"roles": ["1"] * 100}},
            {"allowed_mentions": {"roles": ["1"] * 101}},
            "allowed_mentions.roles",
        ),
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
        (
            [_row(*_buttons(1, emoji={"name": "🎮"}))],
            [_row(*_buttons(1, emoji={"animated": False}))],
            "components.0.components.0.emoji.name",
        ),
        (
            [_row(*_buttons(1, disabled=True))],
            [_row(*_buttons(1, disabled="yes"))],
            "components.0.components.0.disabled",
        ),
        ([_row(_link("discord://-/apps"))], [_row(_link("steam://connect/x"))], "components.0.components.0.url"),
        ([_row(_link(URL.ljust(512, "x")))], [_row(_link(URL.ljust(513, "x")))], "components.0.components.0.url"),
        ([{"id": 1, **_row(*_buttons(1, id=2))}], [{"id": 1, **_row(*_buttons(1, id=1))}], "components"),
        (
            [_row(_menu(3, min_values=2, max_values=2))],
            [_row(_menu(3, min_values=3, max_values=2))],
            "components.0.components.0.min_values",
        ),
        (
            [_row(_menu(3, defaults=2, max_values=2))],
            [_row(_menu(3, defaults=2))],
            "components.0.components.0.options",
        ),
        ([_row(_roles(1))], [_row(_roles(2))], "components.0.components.0.default_values"),
    ],
)
def test_component_limits(fits: list[Json], exceeds: list[Json], place: str) -> None:
    """Rows, buttons and menus at their limit pass; over it the problem names the place."""
    assert component_problems(fits) == []
    assert ".".join(map(str, component_problems(exceeds)[0].path)) == place


TEXT = {"type": 10, "content": "text"}
THUMBNAIL = {"type": 11, "media": {"url": "attachment://a.png"}}


def _section(*texts: Json, accessory: Json = THUMBNAIL) -> Json:
    return {"type": 9, "components": list(texts), "accessory": accessory}


@pytest.mark.parametrize(
    ("fits", "exceeds", "place"),
    [
        (TEXT, {"type": 99}, "components.0.type"),
        (TEXT, {"type": 2, "style": 1, "label": "b", "custom_id": "b"}, "components.0.type"),
        (TEXT, {"type": 10, "content": ""}, "components.0.content"),
        (_section(TEXT), _section(THUMBNAIL), "components.0.components.0.type"),
        (_section(TEXT, TEXT, TEXT), _section(TEXT, TEXT, TEXT, TEXT), "components.0.components"),
        (_section(TEXT, accessory=_link(URL)), _section(TEXT, accessory=TEXT), "components.0.accessory.type"),
        (
            {"type": 17, "components": [_section(TEXT)]},
            {"type": 17, "components": [{"type": 17, "components": [TEXT]}]},
            "components.0.components.0.type",
        ),
        ({"type": 17, "components": [TEXT]}, {"type": 17, "components": []}, "components.0.components"),
        (
            {"type": 12, "items": [{"media": {"url": URL}}] * 10},
            {"type": 12, "items": [{"media": {"url": URL}}] * 11},
            "components.0.items",
        ),
        (
            {"type": 12, "items": [{"media": {"url": URL}, "description": "d" * 1024}]},
            {"type": 12, "items": [{"media": {"url": URL}, "description": "d" * 1025}]},
            "components.0.items.0.description",
        ),
        ({"type": 13, "file": {"url": "attachment://a"}}, {"type": 13, "file": {"url": URL}}, "components.0.file.url"),
        ({"type": 14, "spacing": 2}, {"type": 14, "spacing": 3}, "components.0.spacing"),
        (_row(*_buttons(1)), _row(TEXT), "components.0.components.0.type"),
    ],
)
def test_layout_limits(fits: Json, exceeds: Json, place: str) -> None:
    """In a message with IS_COMPONENTS_V2 each component stands only where it may."""
    assert component_problems([fits], layout=True) == []
    assert ".".join(map(str, component_problems([exceeds], layout=True)[0].path)) == place


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
        {"components": [_row(field | {"min_length": 3, "max_length": 2})]},
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
    refused: tuple[Json, ...] = (
        {"name": "n" * 33},
        {"name": "two words"},
        {"description": "d" * 101},
        {"options": [{"type": 12, "name": "o", "description": "d"}]},
        {"options": [{"type": 4, "name": "o", "description": "d", "min_length": 1}]},
        {"options": [{"type": 3, "name": "o", "description": "d", "min_value": 1}]},
        {"options": [{"type": 3, "name": "o", "description": "d"}] * 2},
        {"options": large},
        {"options": [{"type": 3, "name": "o", "description": "d", "min_length": 3, "max_length": 2}]},
        {"options": [{"type": 4, "name": "o", "description": "d", "min_value": 3, "max_value": 2}]},
        {"name_localizations": {"de-DE": "name"}},
        {"name_localizations": {"de": "Name"}},
        {"description_localizations": {"de": "d" * 101}},
        {"default_member_permissions": "8 or so"},
        {"contexts": [3]},
        {"contexts": [0, 0]},
        {"integration_types": [2]},
        {"integration_types": []},
    )
    for wrong in refused:
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
