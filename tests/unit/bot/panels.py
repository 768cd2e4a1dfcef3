"""Reading a proof, the embed below the answer of /forward."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bot.core.posting import texts
from bot.games import probe
from bot.ports import proof
from bot.ports.proof import Proofs
from tests.fakediscord import Person, Reply
from tests.fakediscord.components import TEXT_DISPLAY
from tests.fakediscord.state import shown, walk
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


@dataclass(frozen=True, slots=True)
class Panel:
    """A proof as a reader sees it."""

    title: str
    description: str
    colour: int


def panel(reply: Reply) -> Panel:
    (container,) = reply.message.components
    said = [shown(each["content"]) for each in walk(reply.message.components) if each["type"] == TEXT_DISPLAY]
    (begin,) = [index for index, text in enumerate(said) if text.startswith("### ")]
    return Panel(said[begin].removeprefix("### "), "\n".join(said[begin + 1 :]), container["accent_color"])


def lines(reply: Reply) -> list[str]:
    """Return the lines about hops, and the last one. What follows a hop in small print is left out."""
    *hops, last = panel(reply).description.splitlines()
    return [*(line for line in hops if not line.startswith("-# ")), last]


def icons(reply: Reply) -> str:
    return "".join(line[0] for line in lines(reply)[:-1])


async def becomes(reply: Reply, hops: str, *words: str) -> list[str]:
    """Wait until the proof shows these icons, from top to bottom, and these words; return its lines."""

    def holds(one: Reply) -> bool:
        is_proof = any("### " in text for text in texts(one.message.components))
        return is_proof and icons(one) == hops and all(word in panel(one).description for word in words)

    await reply.until(holds)
    return lines(reply)


class Looks:
    done: Callable[[], int] = int


async def has_looked(w: World) -> None:
    """Wait until a proof knows what the gateway counts now."""
    await w.told()
    await again(Looks.done)
