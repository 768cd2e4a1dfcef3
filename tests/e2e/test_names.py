"""A match card that shows a name without a port, by all three processes that `guildgate up` runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.demo.tunnel import until
from gateway.demo.world import SITE4
from tests.e2e.scene import Scene, join
from tests.e2e.supervised import BOT, GATEWAY, NAMES, supervised
from tests.e2e.test_cards import becomes
from tests.e2e.test_privilege import NET_ADMIN, of_user
from tests.fakediscord import FakeDiscord, Person
from tests.lab import ETC_NETNS
from tests.net.nameserver import NameServer, needs_knot, tsig_key
from tests.privileges import privileges
from tests.unit.bot.matches.faces import face_of

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]

NAME = "play.example.org"


def with_name(config: str, folder: Path) -> str:
    secret = folder / "dns"
    secret.touch(mode=0o600)
    secret.write_text(tsig_key())
    names = f'[names]\nkind = "rfc2136"\nserver = "{SITE4}"\nzone = "example.org"\nsecret_file = "{secret}"\n'
    return config.replace("[gateway]\n", f'[gateway]\npublic_address = "{NAME}"\n') + names


@needs_knot
async def test_players_of_minecraft_read_a_name_without_a_port_on_the_card(
    scene: Scene, discord: FakeDiscord, alice: Person, tmp_path: Path
) -> None:
    """Each of the three processes keeps its own privileges, and the port is back on the card with another forward."""
    server = NameServer(scene.world, tmp_path / "knot")
    resolver = ETC_NETNS / scene.world.vps.name / "resolv.conf"
    resolver.write_text(f"nameserver {SITE4}\noptions timeout:1 attempts:1\n")
    try:
        async with server.serving(), supervised(scene, discord, with_name) as up:

            async def is_kept() -> bool:
                return bool(server.ask(NAME, "A"))

            await until(is_kept, timeout_s=60)
            ours = {name: privileges(pid) for name, pid in up.children().items()}
            assert ours == {"gateway": of_user(GATEWAY, NET_ADMIN), "bot": of_user(BOT, 0), "names": of_user(NAMES, 0)}
            assert f"Endpoint = {NAME}:51820" in await join(alice)
            channel = discord.guild.channel("general")
            reply = await alice.slash("forward", port="25570/tcp", to_port=25565)
            await alice.press((await alice.press(reply.button("Announce"))).button("Announce anyway"))
            message = channel.messages[-1]
            await becomes(discord, message, f"```\n{NAME}\n```")
            await alice.slash("forward", port="25565/tcp")
            face = await becomes(discord, message, f"```\n{NAME}:25570\n```")
            assert face == face_of(message.components)
            await up.service.stop()
            assert up.service.complaints() == []
    finally:
        resolver.unlink()
