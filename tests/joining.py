"""Adding a device as a member does: the command, and the button of its platform."""

from __future__ import annotations

from typing import Any

from tests.fakediscord import Message, Person, Reply

WINDOWS, LINUX, PHONE = "Windows PC", "Linux", "Phone"


async def join(person: Person, platform: str = WINDOWS, **options: Any) -> Reply:
    """Type /join and press the platform; return the answer, which is the setup.

    It is the answer to /join where that asks for no platform, for example to a person without access.
    """
    return await press_platform(person, await person.slash("join", **options), platform)


async def rotate(person: Person, platform: str = WINDOWS, **options: Any) -> Reply:
    """Type /rotate and press the platform; return the answer, which is the new setup."""
    return await press_platform(person, await person.slash("rotate", **options), platform)


async def press_platform(person: Person, asked: Reply, platform: str = WINDOWS) -> Reply:
    found = [each for each in asked.buttons if each.label == platform]
    return await person.press(found[0]) if found else asked


async def sent(person: Person, setup: Reply) -> Message:
    """Press the button that sends the setup by direct message; return that message."""
    await person.press(setup.button("Send to my DMs"))
    return await person.dm()
