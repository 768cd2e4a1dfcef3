"""The bot's slash commands that the demo's prompt takes, and why it does not take the others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from gateway.demo.admins import Admins
from gateway.demo.chat import Chat, Reply
from gateway.demo.members import Members

Command = Callable[..., Awaitable[Reply]]

LACKS: Mapping[str, str] = {
    "panel": "It puts the live message with all matches into a channel, and there is none here. See `/status`.",
    "posts": "It switches the posts about your matches off. There is no channel here that they could go to.",
    "settings": "It shows the roles, channels and languages of your Discord server, and there is none here.",
    "setup": "It chooses roles and channels of your Discord server. `sudo ./run setup` begins that for real.",
    "forward announce": "It posts a card with the address and the players into a channel, and there is none here.",
    "forward every": "It opens the port by itself on each such day. The demo is over by then.",
    "join public_key": "The PCs here need the private key as well, and the bot makes one.",
}
"""Why the demo lacks a command, or an option of a command."""


def for_members(chat: Chat) -> dict[str, Command]:
    """Return the commands for members by their names, in the order in which a newcomer needs them."""
    do = Members(chat)
    first: dict[str, Command] = {"join": do.join, "forward": do.forward, "host": do.forward, "status": do.status}
    others = (do.unforward, do.connections, do.rotate, do.rename, do.leave, do.traffic, do.policy)
    return {**first, **{each.__name__: each for each in others}}


def for_admins(chat: Chat) -> dict[str, Command]:
    """Return the commands for admins by their names."""
    do = Admins(chat)
    return {each.__name__: each for each in (do.peers, do.forwards, do.revoke, do.audit, do.doctor, do.lan)}
