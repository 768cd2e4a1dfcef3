"""Tells the admins, once each, that bot and gateway are of different versions, and that there is a newer release.

The table `versions` holds what was told last, and when the bot last looked for a release.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Never

import aiohttp

from bot.core.context import Context
from bot.core.notes import HalvesDiffer, NewRelease
from bot.core.service import repeat
from bot.log.releases import tags
from gateway.version import RELEASE_SOURCE, Version, own, released

log = logging.getLogger(__name__)

SCHEME = "https://"
LOOK_S = 60.0
EVERY = timedelta(days=1)
SCHEMA = "CREATE TABLE versions (what TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
# A server with as many tags as fit into this is no repository of ours.
_LONGEST = 4 << 20
_TIMEOUT = aiohttp.ClientTimeout(total=60)


class Versions:
    """The service. `source` is the file that names the repository with the releases."""

    def __init__(self, context: Context, source: Path = RELEASE_SOURCE) -> None:
        self._context, self._source = context, source
        self._differed: dict[str, str] = {}  # by region, the gateway's version at the last look if it was another one

    async def run(self) -> Never:
        async with asyncio.TaskGroup() as tasks:
            if self._context.section.release_notices:
                tasks.create_task(repeat(self.look, "looking for a newer release", otherwise_s=LOOK_S))
            await asyncio.sleep(LOOK_S)  # an update starts the gateway first
            await repeat(self.compare, "comparing the versions", otherwise_s=LOOK_S)

    async def compare(self) -> float:
        """Look at the gateway's version. Another one is told when two looks have found it."""
        for view in (await self._context.live.there()).each:
            await self._compare(view.region, view.own.version or "unknown")
        return LOOK_S

    async def _compare(self, region: str, theirs: str) -> None:
        differed, self._differed[region] = self._differed.get(region), theirs
        what = f"halves {region}".strip()
        if theirs == own():
            await self._remember(what, "")
        elif differed == theirs and await self._is_news(what, f"{own()} {theirs}"):
            self._context.note(HalvesDiffer(own(), theirs, region))

    async def look(self) -> float:
        """Look for a newer release, once a day however often the bot is started."""
        now = self._context.clock()
        looked = datetime.fromisoformat(await self._told("looked") or "0001-01-01T00:00+00:00")
        if timedelta() <= now - looked < EVERY:
            return LOOK_S
        await self._remember("looked", now.isoformat())
        newest = await self._newest()
        if newest and newest > Version.parse(own()) and await self._is_news("release", str(newest)):
            self._context.note(NewRelease(str(newest), own()))
        return LOOK_S

    async def _newest(self) -> Version | None:
        if not (source := await asyncio.to_thread(self._address)):
            return None
        try:
            return max(released(tags(await _advertised(source))), default=None)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            log.info("no releases were found at %s: %s", source, " ".join(str(error).split()) or type(error).__name__)
            return None

    def _address(self) -> str:
        """Return the repository's address, when it can be asked by HTTPS."""
        try:
            address = self._source.read_text().strip()
        except (OSError, ValueError):
            return ""
        return address if address.startswith(SCHEME) else ""

    async def _is_news(self, what: str, value: str) -> bool:
        """Report whether this is told for the first time, and remember it."""
        is_news = await self._told(what) != value
        await self._remember(what, value)
        return is_news

    async def _told(self, what: str) -> str:
        rows = await self._context.memory.rows("SELECT value FROM versions WHERE what = ?", (what,))
        return str(rows[0][0]) if rows else ""

    async def _remember(self, what: str, value: str) -> None:
        if await self._told(what) != value:
            await self._context.memory.write("INSERT OR REPLACE INTO versions VALUES (?, ?)", (what, value))


async def _advertised(source: str) -> bytes:
    """Ask the repository's server for its tags. It learns this host's address, and nothing else of it."""
    headers = {"User-Agent": "guildgate"}
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(headers=headers, cookie_jar=jar, timeout=_TIMEOUT) as session:
        parameters = {"service": "git-upload-pack"}
        async with session.get(f"{source.rstrip('/')}/info/refs", params=parameters) as response:
            response.raise_for_status()
            found = bytearray()
            async for chunk in response.content.iter_any():
                found += chunk
                if len(found) > _LONGEST:
                    raise ValueError("the answer is too long")
            return bytes(found)
