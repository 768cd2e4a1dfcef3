"""Game nights: ports that open by themselves, with Discord's events, whatever happens in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.config import Timezone
from bot.core import retention
from bot.nights import nights
from bot.nights.events import missing
from gateway.config import PolicySection
from gateway.model import Duration
from tests.fakediscord import InteractionType, Message, Permission, Person, Reply, button, buttons, state
from tests.fakediscord.state import EventStatus, ScheduledEvent
from tests.joining import join
from tests.unit.bot.core.test_retention import confirmed, forget
from tests.unit.bot.english import words
from tests.unit.bot.patience import PATIENCE_S, until
from tests.unit.bot.world import ADDRESS, World, world
from tests.unit.fakes.host import NOW

Worlds = Callable[..., AbstractAsyncContextManager[World]]
MayMakeEvents = Permission.CREATE_EVENTS | Permission.MANAGE_EVENTS
FRIDAY = datetime(2026, 2, 6, 19, tzinfo=UTC)  # 20:00 in Berlin, in winter; the first Friday after NOW
WEEK, HOUR = timedelta(days=7), timedelta(hours=1)
Clock = Callable[[World, datetime], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return a function that sets the time of gateway, bot and Discord."""

    def set_to(w: World | None, moment: datetime) -> None:
        monkeypatch.setattr(state, "SKEW_S", (moment - datetime.now(UTC)).total_seconds())
        if w:
            w.gate.now = moment
            w.bot.context.live._tell((), is_anew=True)

    set_to(None, NOW)
    return set_to


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Worlds:
    monkeypatch.setattr(nights, "POLL_S", 0.02)
    monkeypatch.setattr(retention, "POLL_S", 0.02)
    return partial(world, tmp_path, monkeypatch, timezone=Timezone.parse("Europe/Berlin"), log_channel="log")


def host(w: World) -> Person:
    w.discord.guild.promote_bot(state.ORDINARY | MayMakeEvents, position=99)
    return w.discord.guild.add_member("anna", roles=["Friends"])


async def begun(w: World, anna: Person, **options: Any) -> Reply:
    """Add a device and a series on it, and return the answer."""
    await join(anna)
    reply = await anna.slash("forward", **{"port": "minecraft", "every": "friday 20:00", "duration": "3h", **options})
    if words("night-has-event") in reply.content:
        await made(w)
    return reply


async def made(w: World) -> None:
    """Wait until each series has its event."""
    await until(lambda: all(series.event for series in w.bot._nights.of().values()))


async def listed(person: Person) -> Message:
    """Return the list of game nights, which follows the answer to /status."""
    reply = await person.slash("status")
    await reply.until(lambda found: len(found.messages) == 2, within=PATIENCE_S)
    return reply.messages[-1]


def events(w: World) -> list[ScheduledEvent]:
    return w.discord.guild.events


def statuses(w: World) -> list[EventStatus]:
    return [event.status for event in events(w)]


def ports(w: World) -> list[str]:
    return [str(forward.ports) for forward in w.gate.forwards()]


async def opened(w: World) -> None:
    await until(lambda: ports(w) == ["25565"])


def guild_of(w: World) -> discord.Guild:
    guild = w.bot.context.guild()
    assert guild
    return guild


async def moves(w: World, address: str) -> None:
    """Let the gateway begin again with another public address."""
    gateway = w.gate.gateway.state
    gateway.surroundings = replace(gateway.surroundings, address=address)
    await w.gate.stop()
    await w.gate.start()


async def has_event(w: World, *expected: EventStatus) -> None:
    await until(lambda: statuses(w) == [*expected])


async def looked(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait until both loops have looked at a series twice."""
    looks, each = Counter[str](), nights.Nights._each

    async def counted(self: nights.Nights, loop: str, *rest: Any) -> None:
        await each(self, loop, *rest)
        looks[loop] += 1

    monkeypatch.setattr(nights.Nights, "_each", counted)
    for loop in ("open", "show"):
        await w.stir(partial(looks.__getitem__, loop))


async def test_a_night_opens_and_closes_by_itself_with_its_event(worlds: Worlds, clock: Clock) -> None:
    async with worlds() as w:
        anna = host(w)
        reply = await begun(w, anna)
        assert "opens by itself every Friday at 20:00 (Europe/Berlin), for 3 hours" in reply.content
        assert f"<t:{FRIDAY.timestamp():.0f}:f>" in reply.content
        assert words("night-has-event") in reply.content
        await has_event(w, EventStatus.SCHEDULED)
        (event,) = events(w)
        assert (event.name, event.location) == ("Minecraft (Java) with Anna", ADDRESS)
        assert (event.start, event.end) == (FRIDAY, FRIDAY + 3 * HOUR)
        assert ports(w) == []
        clock(w, FRIDAY)
        await opened(w)
        (forward,) = w.gate.forwards()
        assert forward.expires_at == FRIDAY + 3 * HOUR
        await has_event(w, EventStatus.ACTIVE)
        clock(w, FRIDAY + 3 * HOUR)
        await w.gate.gateway.operations.changes.expire()
        await has_event(w, EventStatus.COMPLETED, EventStatus.SCHEDULED)
        assert ports(w) == []
        assert events(w)[1].start == FRIDAY + WEEK


async def test_a_night_is_at_the_same_time_by_the_clock_when_the_clocks_change(worlds: Worlds, clock: Clock) -> None:
    """The week after the last Sunday of March, 20:00 in Berlin is an hour earlier by UTC."""
    async with worlds() as w:
        clock(w, datetime(2026, 3, 27, 23, tzinfo=UTC))
        anna = host(w)
        await begun(w, anna)
        summer = datetime(2026, 4, 3, 18, tzinfo=UTC)
        await has_event(w, EventStatus.SCHEDULED)
        assert events(w)[0].start == summer
        clock(w, summer - timedelta(seconds=1))
        assert ports(w) == []
        clock(w, summer)
        await opened(w)


async def test_a_bot_that_was_away_opens_late_and_closes_on_time(worlds: Worlds, clock: Clock) -> None:
    async with worlds() as w:
        await begun(w, host(w))
        await has_event(w, EventStatus.SCHEDULED)
        await w.stop()
        clock(w, FRIDAY + HOUR)
        await w.start()
        await opened(w)
        assert w.gate.forwards()[0].expires_at == FRIDAY + 3 * HOUR
        await has_event(w, EventStatus.ACTIVE)
        await w.stop()
        clock(w, FRIDAY + 5 * HOUR)
        await w.gate.gateway.operations.changes.expire()
        await w.start()
        await has_event(w, EventStatus.COMPLETED, EventStatus.SCHEDULED)
        assert ports(w) == []


async def test_a_night_that_passed_while_the_bot_was_away_is_over(
    worlds: Worlds, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with worlds() as w:
        await begun(w, host(w))
        await has_event(w, EventStatus.SCHEDULED)
        await w.stop()
        clock(w, FRIDAY + 4 * HOUR)
        await w.start()
        await until(lambda: events(w)[-1].start == FRIDAY + WEEK)
        await looked(w, monkeypatch)
        assert ports(w) == []


async def test_a_gateway_that_is_away_at_the_begin_opens_the_port_when_it_is_back(worlds: Worlds, clock: Clock) -> None:
    async with worlds() as w:
        await begun(w, host(w))
        await w.gate.stop()
        await until(lambda: w.bot.context.live.view is None)
        clock(w, FRIDAY + timedelta(minutes=1))
        await w.gate.start()
        await opened(w)


async def test_without_the_permissions_the_port_opens_and_the_admins_are_told(worlds: Worlds, clock: Clock) -> None:
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        reply = await begun(w, anna)
        assert words("night-has-event") not in reply.content
        told = words("log-no-events", count=2, permissions="**Create Events** and **Manage Events**")
        await until(lambda: any(told in message.text for message in w.discord.guild.channel("log").messages))
        clock(w, FRIDAY)
        await opened(w)
        assert events(w) == []
        notes = [message for message in w.discord.guild.channel("log").messages if told in message.text]
        assert len(notes) == 1


async def test_permissions_that_arrive_during_a_night_give_it_its_event(worlds: Worlds, clock: Clock) -> None:
    """The event starts late, because Discord takes none in the past, and ends with the night."""
    async with worlds() as w:
        await begun(w, w.discord.guild.add_member("anna", roles=["Friends"]))
        clock(w, FRIDAY)
        await opened(w)
        late = FRIDAY + HOUR
        clock(w, late)
        w.discord.guild.promote_bot(state.ORDINARY | MayMakeEvents, position=99)
        await has_event(w, EventStatus.ACTIVE)
        (event,) = events(w)
        assert late < event.start < late + timedelta(minutes=1)
        assert event.end == FRIDAY + 3 * HOUR
        clock(w, event.end)
        await w.gate.gateway.operations.changes.expire()
        await has_event(w, EventStatus.COMPLETED, EventStatus.SCHEDULED)


@pytest.mark.parametrize("is_on", [False, True])
async def test_an_event_follows_the_address_of_the_server(worlds: Worlds, clock: Clock, is_on: bool) -> None:
    """It is the same event, so members that pressed *Interested* stay with it."""
    async with worlds() as w:
        await begun(w, host(w))
        if is_on:
            clock(w, FRIDAY)
            await opened(w)
            await has_event(w, EventStatus.ACTIVE)
        (event,) = events(w)
        await moves(w, "new.example.org")
        await until(lambda: event.location == "new.example.org")
        assert events(w) == [event]


async def test_an_event_that_may_not_be_changed_follows_once_it_may(worlds: Worlds, clock: Clock) -> None:
    async with worlds() as w:
        await begun(w, host(w))
        (event,) = events(w)
        w.discord.guild.promote_bot(state.ORDINARY, position=99)
        await until(lambda: bool(missing(guild_of(w))))
        await moves(w, "new.example.org")
        told = words("log-no-events", count=2, permissions="**Create Events** and **Manage Events**")
        await until(lambda: any(told in message.text for message in w.discord.guild.channel("log").messages))
        assert event.location == ADDRESS
        w.discord.guild.promote_bot(state.ORDINARY | MayMakeEvents, position=99)
        await until(lambda: event.location == "new.example.org")


async def test_a_deleted_event_is_not_made_again_and_the_port_opens_all_the_same(worlds: Worlds, clock: Clock) -> None:
    """The next night has an event again."""
    async with worlds() as w:
        await begun(w, host(w))
        await has_event(w, EventStatus.SCHEDULED)
        w.discord.guild.delete_event(events(w)[0])
        clock(w, FRIDAY)
        await opened(w)
        assert events(w) == []
        clock(w, FRIDAY + 3 * HOUR)
        await w.gate.gateway.operations.changes.expire()
        await has_event(w, EventStatus.SCHEDULED)
        assert events(w)[0].start == FRIDAY + WEEK


async def test_an_event_whose_answer_was_lost_is_found_again(worlds: Worlds, clock: Clock) -> None:
    async with worlds() as w:
        anna = host(w)
        await join(anna)
        w.discord.fail_next("POST", "/guilds/*/scheduled-events", None, lost=True)
        assert words("night-has-event") in (await anna.slash("forward", port="2000", every="friday 20:00")).content
        await has_event(w, EventStatus.SCHEDULED)
        clock(w, NOW + timedelta(minutes=2))
        await made(w)
        assert len(events(w)) == 1


async def test_the_owner_of_a_port_that_is_taken_is_told_once_and_it_opens_when_it_is_free(
    worlds: Worlds, clock: Clock
) -> None:
    async with worlds() as w:
        anna = host(w)
        await begun(w, anna)
        bob = w.discord.guild.add_member("bob", roles=["Friends"])
        await join(bob)
        await bob.slash("forward", port="25565", duration="forever")
        clock(w, FRIDAY)
        message = await anna.dm()
        assert message.content.startswith("**Minecraft (Java)** did not open for your game night. 25565 is")
        assert [found.label for found in buttons(message)] == [words("night-stop-button")]
        clock(w, FRIDAY + timedelta(minutes=2))
        await bob.slash("unforward", port="25565")
        clock(w, FRIDAY + timedelta(minutes=4))
        await until(lambda: [forward.owner_name for forward in w.gate.forwards()] == ["Anna"])
        assert anna.unread == []
        await has_event(w, EventStatus.ACTIVE)


async def test_a_port_that_its_owner_opened_before_counts_as_opened(worlds: Worlds, clock: Clock) -> None:
    async with worlds() as w:
        anna = host(w)
        await begun(w, anna)
        await anna.slash("forward", port="minecraft", duration="forever")
        clock(w, FRIDAY)
        await has_event(w, EventStatus.ACTIVE)
        assert len(w.gate.forwards()) == 1
        assert anna.unread == []


async def test_a_port_that_its_owner_closes_stays_closed_and_its_event_ends(
    worlds: Worlds, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with worlds() as w:
        anna = host(w)
        await begun(w, anna)
        await has_event(w, EventStatus.SCHEDULED)
        clock(w, FRIDAY)
        await opened(w)
        await has_event(w, EventStatus.ACTIVE)
        await w.told()
        clock(w, FRIDAY + HOUR)
        await anna.slash("unforward", port="25565")
        await has_event(w, EventStatus.COMPLETED, EventStatus.SCHEDULED)
        await looked(w, monkeypatch)
        assert ports(w) == []


async def test_a_suspended_owner_opens_nothing_and_has_no_event_until_access_is_back(
    worlds: Worlds, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with worlds() as w:
        anna = host(w)
        await begun(w, anna)
        await has_event(w, EventStatus.SCHEDULED)
        w.discord.guild.set_roles(anna, [])
        await until(lambda: events(w) == [])
        clock(w, FRIDAY)
        await looked(w, monkeypatch)
        assert ports(w) == []
        w.discord.guild.set_roles(anna, ["Friends"])
        await opened(w)


async def test_a_series_whose_device_is_gone_is_over_and_its_owner_is_told(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = host(w)
        await begun(w, anna)
        await has_event(w, EventStatus.SCHEDULED)
        await anna.slash("leave")
        message = await anna.dm()
        assert "Your game night **Minecraft (Java)**, every Friday at 20:00, is over" in message.content
        assert "**pc** is gone" in message.content
        await until(lambda: not w.bot._nights.of())
        assert events(w) == []


async def test_a_renamed_device_still_has_its_night(worlds: Worlds, clock: Clock) -> None:
    async with worlds() as w:
        anna = host(w)
        await begun(w, anna)
        await anna.slash("rename", device="pc", new_name="tower")
        clock(w, FRIDAY)
        await opened(w)
        assert w.gate.forwards()[0].device == "tower"


async def test_status_shows_the_nights_and_stops_one(worlds: Worlds, clock: Clock) -> None:
    """What is open stays open until its end."""
    async with worlds() as w:
        anna = host(w)
        await begun(w, anna)
        clock(w, FRIDAY)
        await opened(w)
        await has_event(w, EventStatus.ACTIVE)
        await w.told()
        shown = await listed(anna)
        assert "every Friday at 20:00" in shown.text
        stopped = await anna.press(button(shown, "Stop Minecraft (Java)"))
        assert stopped.content.startswith("Stopped. **Minecraft (Java)** no longer opens every Friday at 20:00.")
        assert "It is open now" in stopped.content
        await has_event(w, EventStatus.COMPLETED)
        await until(lambda: not w.bot._nights._store.series)
        assert ports(w) == ["25565"]
        again = await anna.press(button(shown, "Stop Minecraft (Java)"))
        assert again.content == words("night-ended")
        assert not any("every Friday" in message.text for message in (await anna.slash("status")).messages)


async def test_another_member_cannot_stop_a_series_and_an_admin_can(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = host(w)
        await begun(w, anna)
        root = w.discord.guild.add_member("root", roles=["Admin"])
        shown = await listed(root)
        assert "(Anna)" in shown.text
        bob = w.discord.guild.add_member("bob", roles=["Friends"])
        pressed = button(shown, "Stop Minecraft (Java)")
        data = {"component_type": 2, "custom_id": pressed.custom_id, "id": 1}
        forged = await bob.forge(InteractionType.COMPONENT, data, message=shown)
        assert forged.content == words("night-not-yours")
        assert len(w.bot._nights.of()) == 1
        await root.press(pressed)
        await until(lambda: not w.bot._nights.of())


async def test_a_card_is_posted_on_each_night_of_an_announced_series(worlds: Worlds, clock: Clock) -> None:
    async with worlds() as w:
        anna = host(w)
        channel = w.discord.guild.channel("games")
        await begun(w, anna)
        reply = await anna.slash(
            "forward", in_channel=channel, port="8123", every="friday 20:00", duration="3h", announce=True
        )
        assert "opens by itself" in reply.content
        await made(w)
        assert channel.messages == []
        clock(w, FRIDAY)
        await until(lambda: len(channel.messages) == 1)
        assert "8123" in channel.messages[0].text


async def test_what_could_never_open_is_refused_at_once(worlds: Worlds) -> None:
    async with worlds() as w:
        w.gate.policy = PolicySection(longest_forward=Duration(5 * HOUR), forward_duration=Duration(5 * HOUR))
        anna = host(w)
        assert "/join" in (await anna.slash("forward", port="25565", every="friday 20:00")).content
        await join(anna)
        refusals: list[tuple[dict[str, Any], str]] = [
            ({"every": "soon"}, words("night-unreadable")),
            ({"duration": "forever"}, words("night-how-long", duration="20 hours")),
            ({"duration": "21h"}, words("night-how-long", duration="20 hours")),
            ({"duration": "soon"}, words("duration-unreadable")),
            ({"duration": "6h"}, "Up to 5h"),
            ({"device": "laptop"}, "laptop"),
            ({"port": "22"}, "Port 22 can't be opened"),
        ]
        for options, said in refusals:
            asked: dict[str, Any] = {"port": "25565", "every": "friday 20:00", **options}
            assert said in (await anna.slash("forward", **asked)).content
        assert w.bot._nights.of() == {}


async def test_a_member_has_a_few_series_at_most(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = host(w)
        await begun(w, anna)
        for port in range(2000, 2004):
            assert "opens by itself" in (await anna.slash("forward", port=str(port), every="day 20:00")).content
        assert words("night-too-many", count=5) == (await anna.slash("forward", port="3000", every="day 20:00")).content


async def test_until_counts_from_the_begin_of_the_night(worlds: Worlds, clock: Clock) -> None:
    async with worlds() as w:
        anna = host(w)
        assert "for 5 hours 30 minutes" in (await begun(w, anna, duration="until 1:30am")).content


async def test_schedules_are_suggested_with_their_next_night(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = host(w)
        offered = await anna.autocomplete("forward", focused="every", port="25565", every="wed")
        assert [choice.name for choice in offered] == ["wed 20:00 · Wed 20:00 (Europe/Berlin), in 3 d 23 h"]
        assert len(await anna.autocomplete("forward", focused="every", port="25565")) == 4


async def test_a_forgotten_member_has_no_series_left(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = host(w)
        await begun(w, anna)
        await has_event(w, EventStatus.SCHEDULED)
        await forget(w, anna)
        await confirmed(w)
        assert await w.bot.context.memory.rows("SELECT * FROM nights") == []
        await until(lambda: events(w) == [])


async def test_a_discord_that_hangs_holds_up_no_port(worlds: Worlds, clock: Clock) -> None:
    async with worlds() as w:
        await begun(w, host(w))
        w.discord.fail_next("GET", "/guilds/*/scheduled-events*", 503, times=100)
        clock(w, FRIDAY)
        await opened(w)
