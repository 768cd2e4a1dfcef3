"""The commands /help, /panel, for admins, and /posts, by which a member switches off the posts about themselves."""

from __future__ import annotations

from bot.core.client import Interaction
from bot.core.interaction import answer, caller, words_of
from bot.core.slash import Callback, choices
from bot.panel import guide
from bot.panel.panel import Panel
from bot.panel.posts import Posts


async def help(interaction: Interaction) -> None:  # noqa: A001 - a command is named like its function
    await guide.show(interaction)


async def panel(interaction: Interaction) -> None:
    await interaction.client.service(Panel).put(interaction)


@choices(state=("on", "off"))
async def posts(interaction: Interaction, state: str) -> None:
    await caller(interaction)
    await interaction.client.service(Posts).switch(interaction.user.id, on=state == "on")
    await answer(interaction, words_of(interaction)("posts-on" if state == "on" else "posts-off"))


COMMANDS: tuple[Callback, ...] = (help, panel, posts)
