"""Reading a proof, the embed below the answer of /forward."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.games import probe
from bot.ports import proof
from bot.ports.proof import Proofs
from tests.fakediscord import Embed, Person, Reply
from tests.joining import join
from tests.unit.bot.patience import again, counted
from tests.unit.bot.world import World


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "POLL_S", 0.02)
    monkeypatch.setattr(proof, "CALM_S", 0)
    monkeypatch.setattr(proof, "BELIEVED_S", 0.1)
    monkeypatch.setattr(probe, "TIMEOUT_S", 0.3)
    monkeypatch.setattr(Looks, "done", counted(monkeypatch, Proofs, "_ask_all"))


async def friend(w: World, name: str = "anna") -> Person:
    """Add a member with one device."""
    person = w.discord.guild.add_member(name, roles=["Friends"])
    await join(person)
    return person


def without_players(w: World, *ports: str) -> None:
    w.gate.players |= dict.fromkeys(ports, 0)


def panel(reply: Reply) -> Embed:
    (embed,) = reply.embeds
    return embed


def lines(reply: Reply) -> list[str]:
    return panel(reply).description.splitlines()


def icons(reply: Reply) -> str:
    return "".join(line[0] for line in lines(reply)[:-1])


async def becomes(reply: Reply, shown: str, *words: str) -> list[str]:
    """Wait until the proof shows these icons, from top to bottom, and these words; return its lines."""
    await reply.until(lambda one: icons(one) == shown and all(word in panel(one).description for word in words))
    return lines(reply)


class Looks:
    done: Callable[[], int] = int


async def has_looked(w: World) -> None:
    """Wait until a proof knows what the gateway counts now."""
    await w.told()
    await again(Looks.done)
