"""What the bot erases: everything of members that the gateway has forgotten, and what is old."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.access import membership
from bot.app import SCHEMA
from bot.core import pace, retention
from bot.log import logbook
from bot.matches import cards
from gateway.api.contract import Actor, AuditEntry
from gateway.api.forgetting import Forget, GetErasures
from gateway.model import Duration
from tests.fakediscord import Person, button
from tests.joining import join, sent
from tests.unit.bot.patience import until
from tests.unit.bot.world import World, world
from tests.unit.fakes.host import NOW

Worlds = Callable[..., AbstractAsyncContextManager[World]]
ROOT = Actor(id="uid:0", name="root", is_admin=True)


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    monkeypatch.setattr(cards, "TICK_S", 0.02)
    for module in (retention, logbook):
        monkeypatch.setattr(module, "POLL_S", 0.02)
    monkeypatch.setattr(pace, "EDIT_S", 0)
    monkeypatch.setattr(membership, "RETRY_S", 0.02)
    return partial(world, tmp_path, monkeypatch, admin_channel="vpn-admins")


def held(w: World, *words: str) -> set[str]:
    """Return the words that the bot's database holds anywhere, also in what it has deleted."""
    raw = b"".join(path.read_bytes() for path in w.section.state_dir.glob("bot.db*"))
    return {word for word in words if word.encode() in raw}


async def rows(w: World, table: str) -> int:
    return int((await w.bot.context.memory.rows(f"SELECT count(*) FROM {table}"))[0][0])


async def forget(w: World, person: Person) -> None:
    """Let root forget a member. The gateway writes it into its audit log, which a test has to."""
    answer = await w.gate.gateway.ask(Forget(actor=ROOT, member=str(person.id)))
    number = len(w.gate.audit) + 1
    w.gate.audit.append(
        AuditEntry(id=number, at=NOW, actor="uid:0", actor_name="root", action="forget", subject=answer.alias)
    )
    # A card whose forward the bot has not seen yet ends once time has passed, which a busy machine may need here.
    w.gate.now += 2 * cards.ARRIVING


async def confirmed(w: World) -> None:
    async def nothing_is_owed() -> bool:
        return not (await w.gate.gateway.ask(GetErasures(actor=ROOT))).erasures

    await until(nothing_is_owed)


async def live(w: World) -> tuple[Person, Person, Person]:
    """Return a member, a stranger and an admin after everything that the bot remembers of them."""
    w.discord.guild.channel("vpn-admins")
    amalthea = w.discord.guild.add_member("amalthea", roles=["Friends"])
    berenike = w.discord.guild.add_member("berenike")
    chrysothemis = w.discord.guild.add_member("chrysothemis", roles=["Admin"])
    await join(amalthea)
    await amalthea.slash("forward", port="25565", announce=True)
    await join(berenike, device="berenikes-tower")
    form = (await chrysothemis.press(button(w.discord.guild.channel("vpn-admins").messages[-1], "Deny"))).modal
    await chrysothemis.submit(form, dict.fromkeys(form.fields, "not today"))
    for _ in range(2):
        await amalthea.slash("lan", state="on")  # refused, which waits for a channel that does not exist
    await chrysothemis.slash("peers", member=amalthea)
    return amalthea, berenike, chrysothemis


def words(*people: Person) -> list[str]:
    names = ("malthea", "erenike", "hrysothemis")
    return [*(str(person.id) for person in people), *(name for name in names if any(name in p.name for p in people))]


async def test_no_byte_of_the_bots_database_holds_a_forgotten_member(worlds: Worlds) -> None:
    """Others stay: the stranger that asked, and the admin that decided."""
    async with worlds(log_channel="vpn-log", absent=("vpn-log",)) as w:
        amalthea, berenike, chrysothemis = await live(w)
        await until(lambda: rows(w, "noted"))
        assert "malthea" in held(w, "malthea")
        await forget(w, amalthea)
        await confirmed(w)
        assert held(w, *words(amalthea)) == set()
        assert held(w, *words(berenike, chrysothemis)) >= {"erenike", "hrysothemis"}
        await forget(w, berenike)
        await forget(w, chrysothemis)
        await confirmed(w)
        assert held(w, *words(amalthea, berenike, chrysothemis), "berenikes-tower") == set()


async def test_a_bot_that_was_away_forgets_when_it_comes_back(worlds: Worlds) -> None:
    async with worlds(log_channel="vpn-log", absent=("vpn-log",)) as w:
        people = await live(w)
        await w.stop()
        for person in people:
            await forget(w, person)
        assert (await w.gate.gateway.ask(GetErasures(actor=ROOT))).erasures
        await w.start()
        await confirmed(w)
        assert held(w, *words(*people)) == set()


async def test_a_card_ends_before_its_host_is_forgotten(worlds: Worlds) -> None:
    """Discord refuses edits for a while. Until the card shows the end, the gateway asks on."""
    async with worlds() as w:
        amalthea, *_ = await live(w)
        w.discord.fail_next("PATCH", "/channels/*/messages/*", None, times=1000)
        await forget(w, amalthea)
        (failure,) = w.discord._backend.faults.failures
        await until(lambda: failure.times < 998)
        assert (await w.gate.gateway.ask(GetErasures(actor=ROOT))).erasures
        failure.times = 0
        await confirmed(w)
        assert await rows(w, "cards") == 0


async def test_a_config_leaves_its_message_before_its_reader_is_forgotten(worlds: Worlds) -> None:
    """Discord refuses the edit for a while. Until the message is without it, the gateway asks on."""
    async with worlds() as w:
        w.gate.handshake = None
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        message = await sent(anna, await join(anna))
        w.discord.fail_next("PATCH", f"{anna.dm_route}/*", None, times=1000)
        await forget(w, anna)
        (failure,) = w.discord._backend.faults.failures
        await until(lambda: failure.times < 998)
        assert (await w.gate.gateway.ask(GetErasures(actor=ROOT))).erasures
        failure.times = 0
        await confirmed(w)
        assert not message.files
        assert await rows(w, "shown") == 0


async def test_a_forgotten_member_is_remembered_anew_by_what_comes_later(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await anna.slash("policy")
        await forget(w, anna)
        await confirmed(w)
        assert await rows(w, "locales") == 0
        await anna.slash("policy")
        assert await rows(w, "locales") == 1


async def test_a_silent_members_language_is_forgotten_in_time(worlds: Worlds) -> None:
    async with worlds(kept_for=Duration.parse("30d")) as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await anna.slash("policy")
        assert await rows(w, "locales") == 1
        w.gate.now = w.bot.context.clock() + timedelta(days=365 * 30)

        async def is_forgotten() -> bool:
            return await rows(w, "locales") == 0

        await until(is_forgotten)


def test_every_table_is_erased_or_holds_no_member() -> None:
    """A new table about members has a keeper, which `Retention` asks."""
    erased = {  # with the words of SECURITY.md
        "cards": "match cards",
        "confirmed": "decisions",
        "decisions": "decisions",
        "grants": "access without a role",
        "locales": "language",
        "noted": "notes for the log channel",
        "requests": "requests for access",
        "shown": "which messages show a config",
        "hosted": "the last game that was hosted",
        "unposted": "the wish that no post tells about oneself",
        "nights": "game nights",
    }
    of_no_member = {
        "reminded": "ids of forwards",
        "moved": "ids of devices",
        "told": "a number of the audit log",
        "told_in": "the same for each region",
        "named": "roles and channels",
        "misnamed": "roles and channels",
        "logins": "times",
        "panel": "ids of a channel, a message and forwards",
        "sqlite_sequence": "the greatest id of a game night",
        "versions": "what the admins were told of versions",
    }
    with closing(sqlite3.connect(":memory:")) as db:
        for step in SCHEMA:
            db.executescript(step)
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert tables == erased.keys() | of_no_member.keys()
    listed = Path("SECURITY.md").read_text().partition("## Personal data")[2]
    assert [words for words in erased.values() if words not in listed] == []
