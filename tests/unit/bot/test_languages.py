"""A second language, which is one more file, and the language of each message in Discord."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.access import admission
from bot.core.words import Languages
from bot.ports import reminders
from tests.fakediscord import button
from tests.joining import join
from tests.unit.bot.english import words
from tests.unit.bot.world import World, world
from tests.unit.fakes.host import NOW

POLISH = """
join-command-name = dołącz
join-command = Dodaj urządzenie do VPN
request-ran-out = Prośba wygasła. Użyj `/join` jeszcze raz; `/status pc:x` pokazuje /24.
lan-choice-state-on = wł.
devices-menu-command = Urządzenia VPN
status-none = Nie masz jeszcze urządzenia.
request-title = Ktoś prosi o dostęp
request-approve-button = Zatwierdź
request-asked = Zapytałem administratorów.
request-welcome = Jesteś w środku!
request-let-in = **{ $member }** jest w środku.
admins-only = Tylko dla administratorów.
unforward-done = { $count ->
    [one] Zamknięty port:
    [few] Zamknięte { $count } porty:
   *[many] Zamkniętych { $count } portów:
}
reminder = { $count ->
    [one] Twój port zamknie się { $relative }:
    [few] { $count } twoje porty zamkną się { $relative }:
   *[many] { $count } twoich portów zamknie się { $relative }:
}
"""


@pytest.fixture
async def w(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr(admission, "POLL_S", 0.02)
    monkeypatch.setattr(reminders, "POLL_S", 0.02)
    folder = tmp_path / "locales"
    folder.mkdir()
    for name, text in (("en", (Path(admission.__file__).parents[1] / "locales/en.ftl").read_text()), ("pl", POLISH)):
        (folder / f"{name}.ftl").write_text(text)
    languages = Languages.load(folder)
    async with world(tmp_path, monkeypatch, languages=languages, admin_channel="admins", log_channel="log") as made:
        for channel in ("admins", "log"):
            made.discord.guild.channel(channel)
        made.discord.guild.role("Friends")
        yield made


async def test_commands_are_described_in_english_and_in_the_other_language(w: World) -> None:
    join, lan, devices = (w.discord.registered(name) for name in ("join", "lan", words("devices-menu-command")))
    assert join["description"] == words("join-command")
    assert join["description_localizations"] == {"pl": "Dodaj urządzenie do VPN"}
    assert join["name_localizations"] == {"pl": "dołącz"}
    (state,) = lan["options"]
    assert {one["name"]: one.get("name_localizations") for one in state["choices"]} == {
        words("lan-choice-state-on"): {"pl": "wł."},
        words("lan-choice-state-off"): None,
    }
    assert devices["name_localizations"] == {"pl": "Urządzenia VPN"}


async def test_a_sentence_names_a_command_as_its_language_does(w: World) -> None:
    """The catalogue writes the English name, also in a sentence that the language lacks and English says."""
    polish = w.bot.context.speech.languages.of("pl")
    assert polish("request-ran-out") == "Prośba wygasła. Użyj `/dołącz` jeszcze raz; `/status pc:x` pokazuje /24."
    assert "`/dołącz`" in polish("error-no_devices")


async def test_the_name_of_a_command_can_be_tapped_in_each_language(w: World) -> None:
    anna = w.discord.guild.add_member("anna", roles=["Friends"])
    anna.speaks("pl")
    await w.discord.until(lambda: bool(w.bot.context.command_ids), "the commands are registered")
    (message,) = (await anna.slash("rotate")).messages
    assert re.search(r"</dołącz:\d+>", message.content)


async def test_an_answer_that_only_the_caller_sees_is_in_the_callers_language(w: World) -> None:
    anna = w.discord.guild.add_member("anna", roles=["Friends"])
    anna.speaks("pl")
    assert (await anna.slash("status")).text == "Nie masz jeszcze urządzenia."
    ben = w.discord.guild.add_member("ben", roles=["Friends"])
    assert (await ben.slash("status")).text == words("status-none")


async def test_plural_forms_are_those_of_the_language(w: World) -> None:
    anna = w.discord.guild.add_member("anna", roles=["Friends"])
    anna.speaks("pl")
    await join(anna)
    for ports, said in (("2000", "Zamknięty port:"), ("2000,2001", "Zamknięte 2 porty:")):
        await anna.slash("forward", port=ports)
        assert (await anna.slash("unforward", port=ports)).content.startswith(said)


async def test_a_message_in_a_channel_is_in_the_servers_language(w: World) -> None:
    """The member that caused it and the admin are each answered in their own language."""
    w.discord.guild.speaks("pl")
    mia, boss = w.discord.guild.add_member("mia"), w.discord.guild.add_member("boss", roles=["Admin"])
    assert (await join(mia)).content == words("request-asked")
    (request,) = w.discord.guild.channel("admins").messages
    assert request.embeds[0]["title"] == "Ktoś prosi o dostęp"
    answer = await boss.press(button(request, "Zatwierdź"))
    assert answer.content.startswith(words("request-let-in", member="Mia"))


async def test_a_refusal_is_told_to_the_caller_and_in_the_log_in_two_languages(w: World) -> None:
    anna, channel = w.discord.guild.add_member("anna", roles=["Friends"]), w.discord.guild.channel("log")
    anna.speaks("pl")
    assert (await anna.slash("audit")).content == "Tylko dla administratorów."
    await w.discord.until(lambda: bool(channel.messages), "the log channel is written to")
    (embed,) = channel.messages[0].embeds
    who = f"<@{anna.id}> (Anna)"
    assert embed["description"] == words("log-turned-away", member=who, command="`/audit`")


async def test_a_direct_message_is_in_the_language_of_the_members_last_interaction(w: World) -> None:
    """The bot was restarted since, and the admin that causes the message has another language."""
    mia, boss = w.discord.guild.add_member("mia"), w.discord.guild.add_member("boss", roles=["Admin"])
    await join(mia)
    mia.speaks("pl")
    assert (await join(mia)).content.startswith(words("request-waiting", since="")[:9])
    await w.stop()
    await w.start()
    (request,) = w.discord.guild.channel("admins").messages
    await boss.press(button(request, "Approve"))
    assert (await mia.dm()).text.startswith("Jesteś w środku!")


async def test_a_reminder_is_in_the_members_language(w: World) -> None:
    anna = w.discord.guild.add_member("anna", roles=["Friends"])
    anna.speaks("pl")
    await join(anna)
    await anna.slash("forward", port="2000,2001", duration="12m")
    w.gate.now = NOW + timedelta(minutes=7)
    assert (await anna.dm()).content.startswith("2 twoje porty zamkną się")


async def test_a_direct_message_to_a_member_without_an_interaction_is_in_the_servers_language(w: World) -> None:
    speech = w.bot.context.speech
    assert (await speech.member(1)).locale == "en"
    w.discord.guild.speaks("pl")
    await w.discord.guild.add_member("ben").slash(
        "status"
    )  # events are in order, so the bot knows the server's language then
    assert (await speech.member(1)).locale == "pl"


async def test_a_language_is_stored_only_when_it_changes(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    memory, written = w.bot.context.memory, list[object]()
    write = memory.write

    async def count(statement: str, values: tuple[object, ...] = ()) -> int:
        changed = await write(statement, values)
        if "locales" in statement:
            written.append((values[1], changed))
        return changed

    monkeypatch.setattr(memory, "write", count)
    anna = w.discord.guild.add_member("anna", roles=["Friends"])
    for locale in ("en-US", "en-US", "pl", "pl"):
        anna.speaks(locale)
        await anna.slash("status")
    assert written == [("en-US", 1), ("pl", 1)]


async def test_an_unknown_language_is_answered_in_english(w: World) -> None:
    anna = w.discord.guild.add_member("anna", roles=["Friends"])
    anna.speaks("ja")
    assert (await anna.slash("status")).text == words("status-none")
