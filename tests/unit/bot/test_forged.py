"""Interactions that no client of Discord sends: each is answered, none breaks the bot or makes it hang."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ports import proof
from tests.fakediscord import InteractionType, Message, Person
from tests.joining import join
from tests.unit.bot.english import words
from tests.unit.bot.patience import PATIENCE_S
from tests.unit.bot.test_buttons import POSTED
from tests.unit.bot.world import world

BUG = words("bug", number="#").partition("#")[0]
STRING, INTEGER, MENU, FORM_ROW, LABEL, INPUT = 3, 4, 3, 1, 18, 4

NUMBERS = st.sampled_from(["", "0", "1", "-1", "1.5", " 1", "1_0", "\u0661", str(2**63 - 1), str(2**63), "9" * 40])
WORDS = st.sampled_from(
    [
        *(
            "peers",
            "forwards",
            "audit",
            "connected",
            "next",
            "back",
            "show",
            "revoke",
            "sure",
            "keep",
            "extend",
            "close",
        ),
        *("cancel", "both", "tcp", "forever", "1h", "pc", "25565", "25565/udp", "9-1", "minecraft", "1,2,3", "1,,2"),
    ]
)
PARTS = NUMBERS | st.builds("{}-{}".format, NUMBERS, NUMBERS) | WORDS | st.text(max_size=20)


def spoilt(posted: str, value: str) -> Iterator[str]:
    """Yield custom_ids like this one of the bot's, each with this value instead of one of its own."""
    parts = posted.split(":")
    for index in range(str(getattr(POSTED[posted], "prefix", "")).count(":") + 1, len(parts)):
        yield ":".join([*parts[:index], value, *parts[index + 1 :]])[:100]


ABSURD = ("", "-1", "1_0", "9" * 25, str(2**63), "9-1", "1-99999999999999999999", "0-9223372036854775807", "1,,2", "x")
ABSURD_IDS = sorted({each for posted in POSTED for value in ABSURD for each in spoilt(posted, value)})
ABSURD_IDS.append(f"revoke:revoke:0123456789ab::{'9' * 25}")
CUSTOM_IDS = st.text(min_size=1, max_size=100) | st.builds(
    lambda posted, value: next(spoilt(posted, value)), st.sampled_from(sorted(POSTED)), PARTS
)
INPUTS = st.fixed_dictionaries(
    {"type": st.just(INPUT)}, optional={"custom_id": st.just("reason") | PARTS, "value": st.text() | st.none()}
)
FORMS = st.lists(
    st.fixed_dictionaries({"type": st.just(FORM_ROW)}, optional={"components": st.lists(INPUTS, max_size=3)})
    | st.fixed_dictionaries({"type": st.just(LABEL)}, optional={"component": INPUTS | st.none()}),
    max_size=5,
)
TEXTS = st.text(max_size=100) | st.lists(PARTS, max_size=1500).map(",".join)
OPTIONS: dict[str, dict[str, st.SearchStrategy[str] | st.SearchStrategy[int]]] = {
    "join": {"device": TEXTS, "mode": TEXTS, "public_key": TEXTS},
    "forward": {
        "port": TEXTS,
        "protocol": TEXTS,
        "device": TEXTS,
        "duration": TEXTS,
        "every": TEXTS,
        "to_port": st.integers(),
    },
    "unforward": {"port": TEXTS},
    "leave": {"device": TEXTS},
    "rotate": {"device": TEXTS},
    "rename": {"device": TEXTS, "new_name": TEXTS},
    "lan": {"state": TEXTS},
    "peers": {"state": TEXTS},
    "forwards": {"port": TEXTS},
}
COMPLETED = [
    ("leave", "device"),
    ("forward", "port"),
    ("forward", "duration"),
    ("forward", "every"),
    ("unforward", "port"),
    ("forwards", "port"),
]


@dataclass
class Scene:
    """An admin and a stranger, and a message with components that only the admin sees."""

    admin: Person
    stranger: Person
    message: Message
    guild: int


@pytest.fixture
async def scene(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Scene]:
    """Check at the end that the bot still works and that nothing broke in it."""
    monkeypatch.setattr(proof, "POLL_S", 1000)
    async with world(tmp_path, monkeypatch, admin_channel="vpn-admins", log_channel="vpn-log") as w:
        for name in ("vpn-admins", "vpn-log"):
            w.discord.guild.channel(name)
        admin, stranger = w.discord.guild.add_member("boss", ["Admin"]), w.discord.guild.add_member("eve")
        await join(admin)
        await admin.slash("forward", port="25565,27015")
        yield Scene(admin, stranger, (await admin.slash("peers")).message, w.discord.guild.id)
        assert (await admin.slash("policy")).embeds
    during = caplog.get_records("call")
    assert [record.getMessage() for record in during if record.levelno >= logging.ERROR] == []


async def for_all(examples: st.SearchStrategy[Any], check: Callable[[Any], Awaitable[None]], *, times: int = 1) -> None:
    """Check examples one after the other in this loop. Hypothesis is not asynchronous, so it runs in a thread."""
    loop = asyncio.get_running_loop()

    @settings(settings.default)
    @given(examples)
    def run(example: Any) -> None:
        asyncio.run_coroutine_threadsafe(_awaited(check(example)), loop).result(PATIENCE_S)

    await asyncio.to_thread(run)


async def _awaited(work: Awaitable[None]) -> None:
    await work


def is_answer(text: str) -> bool:
    return bool(text) and BUG not in text


async def test_every_value_of_a_custom_id_may_be_absurd(scene: Scene, pytestconfig: pytest.Config) -> None:
    """A third of the absurd values for each, or all of them in ./test --all."""
    for custom_id in ABSURD_IDS[:: 1 if pytestconfig.getoption("all") else 3]:
        data = {"component_type": MENU, "custom_id": custom_id, "values": [custom_id.rpartition(":")[2]]}
        reply = await scene.admin.forge(InteractionType.COMPONENT, data, message=scene.message)
        assert reply.interaction.modal or is_answer(reply.text), custom_id


async def test_any_custom_id_is_answered(scene: Scene) -> None:
    """It may be a button's or a menu's, and any member's."""

    async def check(example: tuple[str, list[str], bool]) -> None:
        custom_id, values, by_stranger = example
        data = {"component_type": MENU, "custom_id": custom_id, "values": values}
        person = scene.stranger if by_stranger else scene.admin
        reply = await person.forge(InteractionType.COMPONENT, data, message=scene.message)
        assert reply.interaction.modal or is_answer(reply.text)

    await for_all(st.tuples(CUSTOM_IDS, st.lists(PARTS, max_size=3), st.booleans()), check)


async def test_any_form_is_answered(scene: Scene) -> None:
    async def check(example: tuple[str, list[dict[str, Any]]]) -> None:
        custom_id, parts = example
        data = {"custom_id": custom_id, "components": parts}
        reply = await scene.admin.forge(InteractionType.MODAL_SUBMIT, data, message=scene.message)
        assert is_answer(reply.text)

    await for_all(st.tuples(st.just("access:reason:1") | CUSTOM_IDS, FORMS), check)


async def test_any_option_of_a_command_is_answered(scene: Scene) -> None:
    def command(name: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
        return st.tuples(st.just(name), st.fixed_dictionaries({}, optional=OPTIONS[name]))

    async def check(example: tuple[str, dict[str, Any]]) -> None:
        name, options = example
        given_options = [
            {"name": key, "type": INTEGER if isinstance(value, int) else STRING, "value": value}
            for key, value in options.items()
        ]
        data = {"id": "1", "name": name, "type": 1, "guild_id": str(scene.guild), "options": given_options}
        assert is_answer((await scene.admin.forge(InteractionType.COMMAND, data)).text)

    await for_all(st.one_of(*map(command, OPTIONS)), check)


async def test_any_text_gets_suggestions_that_discord_takes(scene: Scene) -> None:
    async def check(example: tuple[tuple[str, str], str]) -> None:
        (command, option), text = example
        options: dict[str, Any] = {option: text}
        assert len(await scene.admin.autocomplete(command, focused=option, **options)) <= 25

    await for_all(st.tuples(st.sampled_from(COMPLETED), TEXTS), check)


async def test_a_form_without_its_inputs_denies_nothing(scene: Scene) -> None:
    await join(scene.stranger)
    for parts in ([], [{"type": FORM_ROW, "components": []}], [{"type": LABEL}], [{"type": LABEL, "component": None}]):
        data = {"custom_id": "access:reason:1", "components": parts}
        reply = await scene.admin.forge(InteractionType.MODAL_SUBMIT, data, message=scene.message)
        assert reply.content == words("outdated-pressed")
    assert scene.stranger.unread == []


async def test_no_press_by_others_changes_or_shows_what_a_member_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each component of each message, with the id of what a member has in each place of an id."""
    monkeypatch.setattr(proof, "POLL_S", 1000)
    async with world(tmp_path, monkeypatch, admin_channel="vpn-admins") as w:
        w.discord.guild.channel("vpn-admins")
        anna, ben = (w.discord.guild.add_member(name, ["Friends"]) for name in ("anna", "ben"))
        eve = w.discord.guild.add_member("eve")
        await join(anna, device="annas-pc")
        await anna.slash("forward", port="25565")
        message = (await anna.slash("status")).message
        (device,) = w.gate.desired.peers.values()
        before = w.gate.desired
        ids = {each for posted in POSTED for each in spoilt(posted, "1")}
        for custom_id, person in product(sorted(ids), (ben, eve)):
            data = {"component_type": MENU, "custom_id": custom_id, "values": ["1"]}
            reply = await person.forge(InteractionType.COMPONENT, data, message=message)
            shown = f"{reply.text} {[each.description for each in reply.embeds]}"
            assert str(device.ipv4) not in shown, custom_id
            assert str(device.public_key) not in shown, custom_id
        after = w.gate.desired
        assert after.peers[device.id] == device
        assert [each for each in after.forwards.values() if each.peer_id == device.id] == [*before.forwards.values()]
        assert after.lan == before.lan
        assert {peer.owner for peer in after.peers.values()} <= {str(anna.id), str(ben.id)}
