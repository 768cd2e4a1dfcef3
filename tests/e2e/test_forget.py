"""A member is forgotten by gateway and bot, while both run and while the bot is away."""

from __future__ import annotations

import pytest

from gateway.api.forgetting import Forget, GetErasures
from gateway.demo.tunnel import until
from tests.e2e.scene import ROOT, Scene, join, said
from tests.fakediscord import Person

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]


def held(scene: Scene, *words: str) -> set[str]:
    """Return the words that any file of either process holds, whole or deleted."""
    folders = [scene.socket.parents[1] / name for name in ("state", "bot")]
    raw = b"".join(file.read_bytes() for folder in folders for file in folder.iterdir() if file.is_file())
    return {word for word in words if word.encode() in raw}


async def forgotten(scene: Scene, person: Person) -> None:
    """Have a member forgotten, and wait for the bot's confirmation."""
    await scene.api.call(Forget(actor=ROOT, member=str(person.id)))

    async def is_confirmed() -> bool:
        return not (await scene.api.call(GetErasures(actor=ROOT))).erasures

    await until(is_confirmed, timeout_s=60)


@pytest.mark.parametrize("away", [False, True], ids=["both run", "the bot is away"])
async def test_no_file_holds_a_forgotten_member(scene: Scene, admin: Person, away: bool) -> None:
    member = scene.member(f"philomena{away}", "Player")
    await join(member, device="menas-tower")
    await member.slash("forward", port="25565")
    assert "menas-tower" in said(await admin.slash("peers", member=member))
    traces = (str(member.id), "hilomena", "menas-tower")
    assert held(scene, *traces) == set(traces)
    if away:
        await scene.bot.stop()
        await scene.api.call(Forget(actor=ROOT, member=str(member.id)))
        await scene.start_bot()
    await forgotten(scene, member)
    assert held(scene, *traces) == set()
    assert "forgotten-" in said(await admin.slash("audit"))
