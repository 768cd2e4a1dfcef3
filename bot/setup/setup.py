"""The command /setup. It takes the one-time code of `guildgate setup`, and a form takes the choices.

Each step asks again for *Manage Server* and for the code, because a form can be sent long after it was opened. No code
is told to the log or to the log channel.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Never

import aiosqlite
import discord

from bot import chosen
from bot.chosen import Verdict
from bot.config import BotConfig, Named, Source, Timezone
from bot.core import needs
from bot.core.buttons import Button, Form, selected, typed, view_of
from bot.core.client import Interaction
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES, Explain, answer, call_back, words_of
from bot.core.render import MAX_CONTENT, fit
from bot.core.slash import Callback
from bot.core.words import Words, says
from gateway.errors import ConfigError

log = logging.getLogger(__name__)

OWN = "own"
NAMES = {
    "en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "es-ES": "Español",
    "pt-BR": "Português (Brasil)", "pl": "Polski", "ru": "Русский", "tr": "Türkçe",
}  # fmt: skip
FORM_S = 2.0  # Discord takes a form for 3 seconds
MAX_CODE, MAX_ROLES = 24, 10


@dataclass(frozen=True)
class SetupButton(Button):
    """The button that opens the form."""

    prefix: ClassVar = "setup"


@dataclass(frozen=True)
class SetupForm(Form):
    """The form with the choices."""

    prefix: ClassVar = "setup-form"


class Setup:
    """The service that ends the session once something was chosen; `is_done` tells the process to begin another one."""

    def __init__(self, context: Context, config: BotConfig) -> None:
        self._context, self._config = context, config
        self._chosen = asyncio.Event()
        self._judging = asyncio.Lock()  # two wrong codes at once count as two
        self._typed: dict[int, str] = {}  # the right code by the member's id; a custom_id would stand in the log

    @property
    def is_done(self) -> bool:
        return self._chosen.is_set()

    async def run(self) -> Never:
        await self._chosen.wait()
        await asyncio.shield(self._context.client.close())  # which ends this service on its way
        await asyncio.Event().wait()
        raise AssertionError

    async def begin(self, interaction: Interaction, code: str) -> None:
        """Answer a code with the button that opens the form."""
        async with self._judging:
            await self._check(interaction, code)
        self._typed[interaction.user.id] = code
        words = words_of(interaction)
        button = SetupButton().button(words("setup-form-button"), discord.ButtonStyle.primary)
        await answer(interaction, words("setup-begin"), view=view_of(button))

    async def form(self, interaction: Interaction, button: SetupButton) -> bool:
        """Open the form; report whether that worked. `pressed` says why it did not."""
        words = words_of(interaction)
        try:
            async with asyncio.timeout(FORM_S):
                async with self._judging:
                    await self._check_again(interaction)
                await call_back(lambda: interaction.response.send_modal(self._modal(words)))
        except (Explain, TimeoutError, OSError, aiosqlite.Error, *DISCORD_FAILURES):
            return False
        return True

    async def pressed(self, interaction: Interaction, button: SetupButton) -> None:
        async with self._judging:
            await self._check_again(interaction)
        raise Explain(says("panel-try-again"))

    async def submit(self, interaction: Interaction, form: SetupForm) -> None:
        """Store the choices, and have the process begin again with them."""
        async with self._judging:
            await self._check_again(interaction)
            guild = self._context.guild()
            if guild is None:
                raise Explain(says("discord-failed"))
            found = await self._choices(interaction, guild)
            try:
                after = self._config.with_choices(found)
            except ConfigError as error:
                log.warning("the choices do not fit the configuration: %s", error)
                raise Explain(says("setup-refused", key=error.details["key"])) from None
            await asyncio.to_thread(chosen.settle, self._config.discord.state_dir, found)
        log.info("the bot was set up by %s", interaction.user.id)
        words = words_of(interaction)
        lines = [words("setup-done"), *self._remarks(words, guild, after)]
        try:
            await answer(interaction, fit(words, lines, MAX_CONTENT))
        finally:
            self._chosen.set()

    async def _check_again(self, interaction: Interaction) -> None:
        """Raise like `_check` for what the member typed before."""
        if (code := self._typed.get(interaction.user.id)) is None:
            raise Explain(says("setup-code-over"))
        await self._check(interaction, code)

    async def _check(self, interaction: Interaction, code: str) -> None:
        """Raise `Explain` for a member without *Manage Server*, and for another code than the one that is waiting."""
        if interaction.guild_id != self._context.guild_id:
            raise Explain(says("server-only"))
        if not interaction.permissions.manage_guild:
            raise Explain(says("setup-not-allowed"))
        folder, now = self._config.discord.state_dir, self._context.clock().timestamp()
        verdict = await asyncio.to_thread(chosen.judge, folder, code, now)
        if verdict is not Verdict.RIGHT:
            log.warning("a code for the set-up by %s was refused: %s", interaction.user.id, verdict)
            raise Explain(says(f"setup-code-{verdict}"))

    def _modal(self, words: Words) -> discord.ui.Modal:
        section, directory = self._config.discord, self._context.directory
        known = {
            key: [discord.Object(ident, type=discord.Role) for role in roles if (ident := directory.role(role))]
            for key, roles in (("member_roles", section.member_roles), ("admin_roles", section.admin_roles))
        }
        channel = directory.channel(section.log_channel) if section.log_channel else None
        zones = discord.ui.TextInput[Any](default=str(section.timezone), max_length=64)
        return SetupForm().form(
            words("setup-form-title"),
            members=(words("setup-members-form-label"), _roles(known["member_roles"])),
            admins=(words("setup-admins-form-label"), _roles(known["admin_roles"])),
            channel=(
                words("setup-channel-form-label"),
                discord.ui.ChannelSelect[Any](
                    channel_types=[discord.ChannelType.text],
                    required=False,
                    min_values=0,
                    default_values=[discord.Object(channel, type=discord.abc.GuildChannel)] if channel else [],
                ),
            ),
            zone=(words("setup-zone-form-label"), zones),
            language=(words("setup-language-form-label"), self._languages(words, section.language)),
        )

    def _languages(self, words: Words, present: str) -> discord.ui.Select[Any]:
        own = discord.SelectOption(label=words("setup-language-menu"), value=OWN, default=not present)
        options = [own] + [
            discord.SelectOption(label=NAMES.get(locale, locale), value=locale, default=locale == present)
            for locale in self._context.speech.languages.locales()
        ]
        return discord.ui.Select(options=options[:25])

    async def _choices(self, interaction: Interaction, guild: discord.Guild) -> dict[str, Any]:
        """Return the choices by their keys; raise `Explain` for one that cannot be."""
        members = _real_roles(guild, selected(interaction, "members"))
        admins = _real_roles(guild, selected(interaction, "admins"))
        if any(role.is_default() for role in admins):
            raise Explain(says("setup-everyone-admin"))
        try:
            zone = await asyncio.to_thread(Timezone.parse, typed(interaction, "zone").strip())
        except ValueError:
            raise Explain(says("setup-unknown-zone")) from None
        language = next(iter(selected(interaction, "language")), OWN)
        found: dict[str, Any] = {
            "member_roles": ["@everyone" if role.is_default() else role.id for role in members],
            "admin_roles": [role.id for role in admins],
            "timezone": str(zone),
            "language": "" if language == OWN else language,
        }
        if ids := [int(each) for each in selected(interaction, "channel")]:
            if guild.get_channel(ids[0]) is None:
                raise Explain(says("setup-missing"))
            found |= {"admin_channel": ids[0], "log_channel": ids[0]}
        return found

    def _remarks(self, words: Words, guild: discord.Guild, after: BotConfig) -> Iterator[str]:
        """Yield what config.toml decides instead, and what the bot lacks for the choices."""
        if fixed := [key for key in chosen.KEYS if after.sources.get(key) is Source.FILE]:
            yield words("setup-fixed", keys=", ".join(f"`{key}`" for key in fixed))

        def role_of(configured: int | str) -> int | None:
            return Named.role(configured).id or self._context.directory.role(configured)

        def channel_of(configured: int | str) -> int | None:
            return Named.channel(configured).id or self._context.directory.channel(configured)

        for lack in needs.lacks(after.discord, role_of, channel_of, needs.seen(guild)):
            yield words("setup-lack", problem=needs.describe(words, lack))


def _roles(known: list[discord.Object]) -> discord.ui.RoleSelect[Any]:
    return discord.ui.RoleSelect(min_values=1, max_values=MAX_ROLES, default_values=known[:MAX_ROLES])


def _real_roles(guild: discord.Guild, picked: list[str]) -> list[discord.Role]:
    """Return the roles; raise `Explain` for one that is gone, and for a bot's own, which no member can have."""
    roles = [guild.get_role(int(each)) for each in picked]
    found = [role for role in roles if role]
    if not found or len(found) < len(roles):
        raise Explain(says("setup-missing"))
    if any(role.is_bot_managed() for role in found):
        raise Explain(says("setup-bot-role"))
    return found


async def setup(interaction: Interaction, code: str) -> None:
    await interaction.client.service(Setup).begin(interaction, code)


COMMANDS: tuple[Callback, ...] = (setup,)
