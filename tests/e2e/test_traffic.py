"""/traffic with real traffic: the picture that a phone shows, and its text for screen readers."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageColor

from bot.graphs.draw import HEIGHT, WIDTH
from bot.graphs.picture import DOWN, PLAYERS, UP
from gateway.demo.flow import flowing
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up
from gateway.demo.world import VPS4, World
from gateway.model import Protocol
from tests.e2e.scene import join, told
from tests.fakediscord import Person, Reply

DEVICES = "Choose a device…"
pytestmark = [
    pytest.mark.root,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        not all(folder.stat().st_mode & 0o001 for folder in Path(sys.executable).parents),
        reason="the bot's user cannot start the checkout's Python",
    ),
]


def picture_of(reply: Reply) -> tuple[Image.Image, str]:
    """Return the only picture of an answer, which its embed shows, and the picture's text."""
    (file,) = reply.message.attachments
    assert reply.message.embeds[0]["image"]["url"].endswith(file.filename)
    return Image.open(io.BytesIO(file.data)).convert("RGB"), file.description or ""


def count(image: Image.Image, colour: str) -> int:
    """Return the number of pixels of a colour."""
    wanted = ImageColor.getrgb(colour)
    return sum(number for number, found in image.getcolors(1 << 20) or () if found == wanted)


async def test_the_picture_shows_what_moved_and_says_it(alice: Person, admin: Person, world: World) -> None:
    config = await join(alice, device="pc")
    await alice.slash("forward", port="25565")
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.friend, 25565):
        await tunnel.handshake()
        async with flowing(world.player, VPS4, 25565, Protocol.TCP) as flow:
            await flow.goes_on()
            await told(alice, "1 connection from 1 player")
            await alice.slash("unforward", port="25565")  # before the counters end they are looked at
    reply = await alice.slash("traffic")
    image, text = picture_of(reply)
    assert image.size == (WIDTH, HEIGHT)
    assert len(reply.files["history.png"]) < 200_000
    for colour in (DOWN, UP, PLAYERS):
        assert count(image, colour) > 100, colour
    assert text.startswith("In the last day: ")
    assert "up to 1 player" in text
    week, said = picture_of(await alice.press(reply.button("Week")))
    assert said.startswith("In the last week: ")
    assert week.tobytes() != image.tobytes()
    reply = await admin.slash("peers", member=alice)
    reply = await admin.select(reply.select(DEVICES), reply.select(DEVICES).raw["options"][0]["value"])
    _, said = picture_of(reply)
    # The steps end with the present five minutes, and so a peak may be told of another step a moment later.
    assert said.partition(" The peak")[0] == text.partition(" The peak")[0]
    listed = await admin.press(reply.button("Back"))
    assert listed.message.attachments == [], "a list shows the picture of no device"
