"""A Discord for tests that an unmodified discord.py connects to. It refuses what the real one refuses.

A violation is a request that a correct bot never makes; a test asserts that there is none. People are the test's side:
a person is a member with a Discord client, and a reply is what the person sees of the bot's answer.

async with FakeDiscord.serve(sock) as discord:
    alice = discord.guild.add_member("alice", roles=["Player"])
    ...  # start the bot, with SSL_CERT_FILE=discord.ca_file and the names of discord.hosts(address)
    await discord.ready()
    reply = await alice.slash("join", device="laptop")
    assert reply.ephemeral
    assert "laptop.conf" in (await alice.dm()).files
    assert discord.violations == []
"""

from .invoking import CannotInvokeError, Upload
from .people import Person
from .reply import Component, Embed, NotAnsweredError, Reply, button, buttons, select
from .server import TOKEN, FakeDiscord
from .state import Choice, Intent, InteractionType, Message, Permission

__all__ = [
    "TOKEN",
    "CannotInvokeError",
    "Choice",
    "Component",
    "Embed",
    "FakeDiscord",
    "Intent",
    "InteractionType",
    "Message",
    "NotAnsweredError",
    "Permission",
    "Person",
    "Reply",
    "Upload",
    "button",
    "buttons",
    "select",
]
