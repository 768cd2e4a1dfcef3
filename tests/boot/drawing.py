"""A picture of /traffic, as the bot draws it under the restrictions that it runs with."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from gateway.demo.tunnel import until
from tests.fakediscord import Person

_PNG = b"\x89PNG\r\n\x1a\n"


async def gets_a_picture(person: Person, history: Callable[[], Awaitable[str]]) -> None:
    """Check that /traffic brings a picture, once the gateway's history has something. It looks once a minute."""

    async def has_traffic() -> bool:
        return bool(re.search(r"^RX .*\| [1-9]", await history(), re.MULTILINE))

    await until(has_traffic, timeout_s=150)
    reply = await person.slash("traffic")
    await reply.until(lambda answer: bool(answer.embeds), within=60)
    assert reply.files.get("history.png", b"").startswith(_PNG), reply.text
