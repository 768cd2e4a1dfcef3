"""The form of *Change…* below the answer of /forward, and the menu of *Other port…*."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from gateway.api.contract import ExtendForward
from gateway.api.target import SetToPort
from gateway.model import Forward
from tests.fakediscord import InteractionType
from tests.fakediscord.components import BUTTON
from tests.joining import join
from tests.unit.bot.english import words
from tests.unit.bot.panels import becomes, friend, hurry, without_players
from tests.unit.bot.world import World, world

Worlds = Callable[..., AbstractAsyncContextManager[World]]
PORT, WHICH, DEVICE, TIME = (
    words(f"{name}-form-label") for name in ("proof-other-port", "change-which", "change-device", "change-time")
)


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    hurry(monkeypatch)
    return partial(world, tmp_path, monkeypatch)


def forwards(w: World) -> list[Forward]:
    return sorted(w.gate.desired.forwards.values(), key=lambda forward: forward.id)


async def test_what_is_filled_in_is_changed_and_the_answer_shows_it(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await friend(w)
        await join(anna, device="laptop")
        reply = await anna.slash("forward", port="25565/tcp", device="pc")
        await w.told()
        asked = await anna.press(reply.button("Change…"))
        assert [*asked.modal.fields] == [PORT, DEVICE, TIME]
        assert asked.modal.fields[PORT]["placeholder"] == "25565"
        assert asked.modal.fields[DEVICE]["placeholder"] == "pc"
        await anna.submit(asked.modal, {PORT: "25570", DEVICE: "laptop", TIME: "2h"})
        (forward,) = forwards(w)
        assert (forward.id, forward.to_port) == (1, 25570)
        assert forward.peer_id == w.gate.device("laptop").id
        assert forward.expires_at == w.gate.now + timedelta(hours=2)
        await reply.until(lambda answer: "Runs on **laptop**, port 25570" in answer.text)


async def test_what_is_left_empty_stays(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await friend(w)
        reply = await anna.slash("forward", port="25565/tcp", duration="forever")
        await w.told()
        (before,) = forwards(w)
        form = (await anna.press(reply.button("Change…"))).modal
        assert [*form.fields] == [PORT, TIME], "there is one device"
        await anna.submit(form, {})
        assert forwards(w) == [before]
        assert not [each for each in w.gate.asked if isinstance(each, SetToPort | ExtendForward)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [({PORT: "many"}, words("proof-other-port-bad")), ({PORT: "80", TIME: "soon"}, words("duration-unreadable"))],
)
async def test_a_form_that_cannot_be_read_changes_nothing(worlds: Worlds, typed: dict[str, str], said: str) -> None:
    async with worlds() as w:
        anna = await friend(w)
        reply = await anna.slash("forward", port="25565/tcp")
        before = forwards(w)
        form = (await anna.press(reply.button("Change…"))).modal
        assert (await anna.submit(form, typed)).content.endswith(said)
        assert forwards(w) == before


async def test_of_several_ports_a_menu_asks_for_the_one_to_lead_elsewhere(worlds: Worlds) -> None:
    """The time is that of all of them, because they are one game."""
    async with worlds() as w:
        anna = await friend(w)
        reply = await anna.slash("forward", port="28015/tcp, 28017/tcp")
        await w.told()
        form = (await anna.press(reply.button("Change…"))).modal
        _, second = (option["value"] for option in form.fields[WHICH]["options"])
        assert [option["label"] for option in form.fields[WHICH]["options"]] == ["28015/tcp", "28017/tcp"]
        await anna.submit(form, {WHICH: second, PORT: "28018", TIME: "2h"})
        assert [forward.to_port for forward in forwards(w)] == [28015, 28018]
        assert {forward.expires_at for forward in forwards(w)} == {w.gate.now + timedelta(hours=2)}


async def test_the_missing_server_of_several_ports_is_led_to_by_the_same_menu(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await friend(w)
        without_players(w, "28015", "28017")
        reply = await anna.slash("forward", port="28015/tcp, 28017/tcp")
        await becomes(reply, "✅✅❌⏳")
        form = (await anna.press(reply.button("Other port…"))).modal
        assert [*form.fields] == [WHICH, PORT]
        await anna.submit(form, {PORT: "28020"})
        assert [forward.to_port for forward in forwards(w)] == [28020, 28017], "the first one is chosen already"


async def test_a_foreign_form_shows_and_changes_nothing_of_another_member(worlds: Worlds) -> None:
    async with worlds() as w:
        anna, ben = await friend(w), await friend(w, "ben")
        await join(anna, device="laptop")
        reply = await anna.slash("forward", port="25565/tcp", device="pc")
        await w.told()
        pressed = {"component_type": BUTTON, "custom_id": reply.button("Change…").custom_id}
        form = (await ben.forge(InteractionType.COMPONENT, pressed, message=reply.message)).modal
        assert [*form.fields] == [PORT, TIME]
        assert form.fields[PORT]["placeholder"] == "25565"
        before = forwards(w)
        assert "Ask an admin" in (await ben.submit(form, {PORT: "80"})).content
        assert forwards(w) == before
