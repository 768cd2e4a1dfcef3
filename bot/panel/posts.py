"""Posts what happens in matches to `posts_channel`, without a notification and without a ping.

A member can switch off the posts about their own matches; the table `unposted` holds these members.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Never

import aiosqlite

from bot.config import PostKind
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES
from bot.core.live import Follower
from bot.core.posting import nonce_of, send_once
from bot.core.render import plain, relative, safe
from bot.core.service import finish, repeat
from bot.core.words import Words
from bot.panel.face import MAX_NAME, address_of, title
from bot.panel.overview import Overview
from bot.panel.stories import Post, Stories
from bot.panel.watch import Watch

log = logging.getLogger(__name__)

LOOK_S = 1.0  # between two looks, however much happens
TICK_S = 5.0  # between two looks when nothing happens: a post is due a minute after its event
SCHEMA = """
CREATE TABLE unposted (member INTEGER PRIMARY KEY) STRICT;
"""


def sentence(words: Words, post: Post, overview: Overview) -> str:
    match = post.match
    host, game = safe(match.host_name, MAX_NAME), title(words, match)
    match post.kind:
        case PostKind.HOSTING:
            return words("post-hosting", host=host, game=game, address=address_of(words, match, overview))
        case PostKind.FIRST_PLAYER:
            return words("post-first-player", host=host, game=game)
        case PostKind.OFFLINE:
            return words("post-offline", host=host, game=game, players=post.players, since=relative(post.since))
        case PostKind.SILENT:
            return words("post-silent", host=host, game=game, since=relative(post.since))


class Posts:
    """The service of the posts."""

    def __init__(self, context: Context, watch: Watch) -> None:
        self._context, self._watch = context, watch
        self._stories = Stories()

    async def run(self) -> Never:
        if self._context.section.posts_channel is None:
            await asyncio.Event().wait()
        self._watch.begin()
        follower = self._watch.follow()
        await repeat(lambda: self._look(follower), "posting", otherwise_s=TICK_S)

    async def _look(self, follower: Follower) -> float:
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK_S):
                await follower.next()
        overview = await self._watch.overview()
        if overview and not overview.away_since:
            for post in self._stories.look(overview.matches, self._context.clock()):
                if post.kind in self._context.section.posts and await self.is_wanted(post.match.host):
                    await finish(self._post(post, overview))
        return LOOK_S

    async def _post(self, post: Post, overview: Overview) -> None:
        """Post once, or not at all: a post that is late tells nothing new."""
        channel = self._context.find_channel(self._context.section.posts_channel)
        if channel is None:
            log.warning("no post about %s: the channel is not there", plain(post.match.host_name))
            return
        said = sentence(self._context.speech.server(), post, overview)
        nonce = nonce_of("post", post.kind, post.match.id, int(post.since.timestamp()))
        try:
            await send_once(self._context, channel, nonce, lambda: {"content": said, "silent": True})
        except DISCORD_FAILURES as error:
            log.warning("no post in channel %s: %r", channel.id, error)

    # -- the members' own switch

    async def is_wanted(self, member: str) -> bool:
        """Report whether the member has left the posts on; a database that fails is only logged."""
        try:
            return not await self._context.memory.rows("SELECT 1 FROM unposted WHERE member = ?", (member,))
        except aiosqlite.Error as error:
            log.warning("nothing is posted about %s: %s", member, error)
            return False

    async def switch(self, member: int, *, on: bool) -> None:
        """Let posts be about the member's matches, or not. Raise aiosqlite.Error."""
        if on:
            await self._context.memory.write("DELETE FROM unposted WHERE member = ?", (member,))
        else:
            await self._context.memory.write("INSERT OR IGNORE INTO unposted VALUES (?)", (member,))

    # -- for Retention

    async def members(self) -> Iterable[tuple[str, str]]:
        return [(str(member), "") for (member,) in await self._context.memory.rows("SELECT member FROM unposted")]

    async def forget(self, member: str, names: Collection[str]) -> bool:
        await self._context.memory.write("DELETE FROM unposted WHERE member = ?", (member,))
        return True
