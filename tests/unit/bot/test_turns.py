"""Turns of a server's life, in any order, leave the bot as a fresh start would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from bot.access import admission, membership
from bot.core.interaction import access_of
from bot.log import logbook
from tests.fakediscord import Person
from tests.fakediscord.state import Channel
from tests.unit.bot.patience import until
from tests.unit.bot.world import World, world

ROLES, CHANNELS = ("Friends", "Admin", "Guest", "Chess"), ("vpn-log", "vpn-admins", "general")
TURNS = 25


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for service in (admission, logbook):
        monkeypatch.setattr(service, "POLL_S", 0.02)
    for module in (membership, logbook):
        monkeypatch.setattr(module, "RETRY_S", 0.02)


class Life:
    """A server whose turns are drawn by chance; nothing of it is told to the bot but what Discord tells."""

    def __init__(self, w: World, chance: Random) -> None:
        self._w, self._guild, self._chance = w, w.discord.guild, chance
        self._is_out = self._is_away = False

    async def turn(self) -> None:
        turns: dict[str, Callable[[], object]] = {
            "make a role": lambda: self._guild.make_role(self._one(ROLES)),
            "rename a role": lambda: self._guild.rename_role(self._one(ROLES), self._one(ROLES)),
            "delete a role": lambda: self._guild.delete_role(self._one(ROLES)),
            "make a channel": lambda: self._guild.make_channel(self._one(CHANNELS)),
            "rename a channel": lambda: self._guild.rename_channel(self._channel(), self._one(CHANNELS)),
            "delete a channel": lambda: self._guild.delete_channel(self._channel()),
            "outage": self._turn_outage,
            "membership": self._turn_membership,
            "reconnect": self._w.discord.invalidate_session,
            "drop": self._w.discord.drop_websocket,
            "wait": lambda: asyncio.sleep(0.05),
        }
        done = turns[self._chance.choice(list(turns))]()
        if asyncio.iscoroutine(done):
            await done
            await self._w.discord.reconnected()

    async def end(self) -> None:
        """Bring the bot back to a server that is available, and wait until it has taken in every event."""
        if self._is_out:
            self._turn_membership()
        if self._is_away:
            self._turn_outage()
        await self._w.discord.reconnected()
        await self.settled()

    async def settled(self) -> None:
        last = int(self._guild.make_role("Last").id)
        await until(self._w.bot.context.guild)
        await until(lambda: last in self._w.bot.context.directory._role_names)
        await until(lambda: not self._w.bot.context.directory._has_news.is_set())
        await self._w.discord.until(lambda: self._w.discord.commands, "commands")

    def _one(self, names: tuple[str, ...]) -> str:
        return self._chance.choice(names)

    def _channel(self) -> Channel:
        return self._guild.channel(self._one(CHANNELS))

    def _turn_outage(self) -> None:
        if not self._is_out:
            (self._guild.recover if self._is_away else self._guild.outage)()
            self._is_away = not self._is_away

    def _turn_membership(self) -> None:
        if not self._is_away:
            (self._guild.invite_bot if self._is_out else self._guild.remove_bot)()
            self._is_out = not self._is_out


async def state(w: World, people: list[Person]) -> dict[str, object]:
    """Return what the bot knows and decides."""
    context = w.bot.context
    guild = context.guild()
    assert guild
    members = w.discord.guild._state.members
    held = {person.name: [int(role.id) for role in members[person.user.id].roles] for person in people}
    channels = [context.find_channel(name) for name in ("vpn-log", "vpn-admins")]
    return {
        "access": {one.name: await access_of(context, guild, one.id, held[one.name]) for one in people},
        "channels": [channel and channel.id for channel in channels],
        "seen": sorted((each.id, each.name) for each in (*guild.channels, *guild.roles) if each.name != "Last"),
        "findings": {kind: set(found) for kind, found in context.directory._found.items()},
        "commands": sorted(w.discord.commands),
    }


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize("seed", range(6))
async def test_turns_in_any_order_leave_the_bot_as_a_fresh_start_would(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(
        tmp_path,
        monkeypatch,
        guest_roles=("Guest",),
        log_channel="vpn-log",
        admin_channel="vpn-admins",
        absent=("Guest",),
        ready_s=0.1,
    ) as w:
        people = [w.discord.guild.add_member(name, [name]) for name in ROLES]
        life = Life(w, Random(seed))
        await life.settled()
        for _ in range(TURNS):
            await life.turn()
        await life.end()
        before = await state(w, people)
        await w.stop()
        await w.start()
        await life.settled()
        after = await state(w, people)
        assert after == before
