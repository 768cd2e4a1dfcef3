"""How soon the bot is told of a player that joins, and how soon its messages on Discord show the player.

Discord limits edits, so the bot edits a message at most every `EDIT_S` seconds. That part of the time is the pace. What
is left belongs to the bot and the network.
"""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bot.core.pace import EDIT_S
from gateway.api.events import EventKind
from gateway.demo.flow import flowing
from gateway.demo.namespace import Namespace
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import VPS4
from gateway.model import Protocol
from gateway.state.players import TCP_S, UNASSURED_S
from tests.bench.report import Figure, Target, percentile
from tests.e2e.scene import Scene, join, opened
from tests.fakediscord import FakeDiscord, Message, Person

PORT = 25565
SHOWN, TOLD, TOLD_UDP = 24, 200, 20  # players whose edits are waited for, and further ones over TCP and UDP
PATIENCE_S = 60
# The bot's process writes down when each event arrives.
NOTES = """
import time
from bot.core.live import Live
def take(self, news, take=Live._take):
    at = time.time()
    take(self, news)
    with open({path!r}, "a") as file:
        file.writelines(f"{{at}} {{event.kind}}\\n" for event in news.events)
Live._take = take
"""


@dataclass(slots=True)
class Joins:
    """Times in seconds: a player's first packet, and the event at the bot. One list for each, in the same order."""

    first: list[float]
    told: list[float]

    @property
    def took_ms(self) -> list[float]:
        return [(told - first) * 1e3 for first, told in zip(self.first, self.told, strict=True)]


@dataclass(slots=True)
class Edits:
    """Milliseconds from the event at the bot to the edit that shows it: all of them, and those of the pace."""

    all: list[float]
    paced: list[float]

    @property
    def rest(self) -> list[float]:
        return [whole - paced for whole, paced in zip(self.all, self.paced, strict=True)]


@dataclass(frozen=True, slots=True)
class Notes:
    """What the bot's process wrote down."""

    file: Path

    def times(self, kind: EventKind) -> list[float]:
        lines = [line.split() for line in self.file.read_text().splitlines()]
        return [float(at) for at, noted in lines if noted == kind]

    async def count(self, kind: EventKind, number: int) -> None:
        """Wait until the bot was told of so many."""

        async def is_so() -> bool:
            return len(self.times(kind)) >= number

        await until(is_so, timeout_s=PATIENCE_S)


async def joins() -> tuple[list[Figure], list[Target]]:
    """Measure one match with a card and the live message, with shipped processes and a fake Discord."""
    async with opened() as scene, AsyncExitStack() as match:
        alice, player = scene.member("alice", "Player"), scene.world.player2
        notes, messages = await match.enter_async_context(_hosted(scene, alice))
        shown, over_tcp = await _shown(scene, notes, messages), await _told(player, notes)
        await alice.slash("forward", port=str(PORT), protocol="udp")
        over_udp = await _told_udp(player, notes)
    edits = {name: _edits(message, shown.told) for name, message in messages.items()}
    over_tcp = over_tcp + shown.took_ms
    figures = [
        Figure.of("from a player's connect() to the event at the bot", "ms", over_tcp),
        Figure.of("from a player's first datagram to the event at the bot", "ms", over_udp),
    ]
    late_udp = percentile(over_udp, 99)
    targets = [
        Target("connect() to the event at the bot, 95 of 100", percentile(over_tcp, 95), "ms"),
        Target("connect() to the event at the bot, 99 of 100", percentile(over_tcp, 99), "ms", bound=300),
        Target("of it the wait that tells a player from a query", TCP_S * 1e3, "ms"),
        Target("first datagram to the event at the bot, 99 of 100", late_udp, "ms"),
        Target(f"without that wait, over UDP {UNASSURED_S:g} s", late_udp - UNASSURED_S * 1e3, "ms", bound=300),
    ]
    for name, found in edits.items():
        figures += [
            Figure.of(f"from that event to the edit of {name}", "ms", found.all),
            Figure.of(f"the edit of {name}, without the pace", "ms", found.rest),
        ]
        targets += [
            Target(f"the edit of {name}, 95 of 100", percentile(found.all, 95), "ms"),
            Target(f"of all that time the pace takes, {name}", sum(found.paced) / sum(found.all) * 100, "%"),
            Target(f"the edit of {name} without the pace, 95 of 100", percentile(found.rest, 95), "ms"),
            Target(f"the edit of {name} without the pace, the slowest", max(found.rest), "ms", bound=1000),
        ]
    return figures, targets


@asynccontextmanager
async def _hosted(scene: Scene, alice: Person) -> AsyncIterator[tuple[Notes, dict[str, Message]]]:
    """Yield the notes, and the messages that show a match: its card and the live message."""
    notes = Notes(scene.bot.log.with_name("events"))
    notes.file.touch()
    notes.file.chmod(0o666)  # because the bot is a user of its own
    await scene.bot.stop()
    scene.bot.prelude = NOTES.format(path=str(notes.file))
    await scene.start_bot()
    admin = scene.member("admin", "Admin")
    general, games = (scene.discord.guild.channel(name) for name in ("general", "games"))
    config = await join(alice)
    reply = await alice.slash("forward", port="minecraft")
    await alice.press((await alice.press(reply.button("Announce"))).button("Announce anyway"))
    await admin.slash("panel", in_channel=games)
    messages = {"the match card": general.messages[-1], "the live message": games.messages[-1]}
    async with peer_up(scene.world.friend, config, "friend0") as tunnel, hosting(scene.world.friend, PORT):
        await tunnel.handshake()
        await notes.count(EventKind.PEER_CONNECTED, 1)
        yield notes, messages


async def _shown(scene: Scene, notes: Notes, messages: dict[str, Message]) -> Joins:
    """Let one player after the other join and stay, at any time between two edits, until both messages show each."""
    random, first = Random(1), list[float]()
    async with AsyncExitStack() as players:
        for number in range(1, SHOWN + 1):
            await asyncio.sleep(random.uniform(0, 1.5 * EDIT_S))
            began, connection = await _connected(scene.world.player)
            players.enter_context(closing(connection))
            first.append(began)
            for message in messages.values():
                await _shows(scene.discord, message, number)
    await notes.count(EventKind.PLAYER_LEFT, SHOWN)
    return Joins(first, notes.times(EventKind.PLAYER_JOINED))


async def _told(player: Namespace, notes: Notes) -> list[float]:
    """Let one player after the other join over TCP and leave."""
    found, before = Joins([], []), len(notes.times(EventKind.PLAYER_JOINED))
    for number in range(before + 1, before + TOLD + 1):
        began, connection = await _connected(player)
        with closing(connection):
            found.first.append(began)
            await notes.count(EventKind.PLAYER_JOINED, number)
        await notes.count(EventKind.PLAYER_LEFT, number)
    found.told = notes.times(EventKind.PLAYER_JOINED)[before:]
    return found.took_ms


async def _told_udp(player: Namespace, notes: Notes) -> list[float]:
    """Let one player after the other join over UDP. Each has a port of its own, so none waits for the last one."""
    found, before = Joins([], []), len(notes.times(EventKind.PLAYER_JOINED))
    for number in range(before + 1, before + TOLD_UDP + 1):
        found.first.append(time.time())
        async with flowing(player, VPS4, PORT, Protocol.UDP):
            await notes.count(EventKind.PLAYER_JOINED, number)
    found.told = notes.times(EventKind.PLAYER_JOINED)[before:]
    return found.took_ms


async def _connected(player: Namespace) -> tuple[float, socket.socket]:
    """Return the time of the first packet, and the connection."""
    made = player.socket(socket.AF_INET, socket.SOCK_STREAM)
    began = time.time()
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.get_running_loop().sock_connect(made, (str(VPS4), PORT))
    return began, made


def _edits(message: Message, told: Sequence[float]) -> Edits:
    """Find the edit that shows each player. `told`: when the bot was told of the first one, the second, and so on."""
    states = [*message.history, message]
    found = Edits([], [])
    for number, event in enumerate(told, 1):
        at = next(index for index, state in enumerate(states) if _players(state) >= number)
        allowed, edited = _edited(states[at - 1]) + EDIT_S, _edited(states[at])
        found.all.append((edited - event) * 1e3)
        found.paced.append(max(0.0, min(allowed, edited) - event) * 1e3)
    return found


async def _shows(discord: FakeDiscord, message: Message, players: int) -> None:
    await discord.until(lambda: _players(message) >= players, f"{players} players", within=PATIENCE_S)


def _edited(state: Message) -> float:
    return (state.edited or state.created).timestamp()


def _players(state: Message) -> int:
    """Return the players that a message shows."""
    found = re.search(r"\b(\d+)\W* players?\b", state.text)
    return int(found[1]) if found else 0
