"""The channel that a match is announced in, and what the bot lacks there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bot.core.client import Interaction
from bot.core.interaction import Explain
from bot.core.render import code
from bot.core.words import Say, both, says
from gateway.api.contract import ForwardInfo

PERMISSIONS = ("view_channel", "send_messages", "send_messages_in_threads")
"""The permissions that a card may need, as discord.py names them. A layout needs no *Embed Links*: it has no embeds."""


@dataclass(frozen=True, slots=True)
class Place:
    channel: int
    """The channel's id."""
    needed: tuple[str, ...]
    """The permissions that the bot needs there."""
    granted: discord.Permissions
    """What the bot may do there. The value 0: that is not known, and Discord's answer to the post shows it."""

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(name for name in self.needed if not getattr(self.granted, name)) if self.granted.value else ()

    def refusal(self, missing: Sequence[str]) -> Say:
        return lambda words: words(
            "card-cannot-announce",
            channel=f"<#{self.channel}>",
            count=len(missing),
            permissions=both(words, [f"**{words(f'permission-{name}')}**" for name in missing]),
        )


def place_of(interaction: Interaction, forwards: Sequence[ForwardInfo]) -> Place:
    """Return where these forwards are announced: in the interaction's channel, and from direct messages elsewhere.

    A direct message has one reader, so the card goes to the channel of the posts about matches. Raise `Explain` with
    what to do when there is none.
    """
    view, send, send_in_threads = PERMISSIONS
    if interaction.guild_id is not None:
        assert interaction.channel_id
        sends = send_in_threads if isinstance(interaction.channel, discord.Thread) else send
        return Place(interaction.channel_id, (view, sends), interaction.app_permissions)
    context = interaction.client.context
    channel, guild = context.find_channel(context.section.posts_channel), context.guild()
    if channel is None:
        raise Explain(says("card-not-here", command=code(_command(forwards))))
    known = guild and guild.get_channel(channel.id)
    granted = known.permissions_for(guild.me) if guild and known else discord.Permissions.none()
    return Place(channel.id, (view, send), granted)


def _command(forwards: Sequence[ForwardInfo]) -> str:
    """Return the command that announces these forwards in the channel it is typed in, because they are open already."""
    first, *others = forwards
    target = [] if others or first.to_port == first.ports.first else [f"to_port:{first.to_port}"]
    ports = f"port:{','.join(str(forward.spec) for forward in forwards)}"
    region = [f"region:{first.region}"] if first.region else []
    return " ".join(("/forward", ports, *target, f"device:{first.device}", *region, "announce:True"))
