"""A small real discord.py bot in the test's own process, for the tests of the fake."""

import asyncio
import io
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
from aiohttp.abc import AbstractResolver, ResolveResult
from discord import app_commands

from .server import FakeDiscord

Interaction = discord.Interaction[Any]


class Loopback(AbstractResolver):
    """A resolver that leads every host name to the fake's port, as a hosts file does in a network namespace."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=self._port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        pass


class SampleBot(discord.Client):
    """A bot with commands that do right and wrong things; `refusal` returns the errors that discord.py raised."""

    def __init__(self, fake: FakeDiscord, intents: discord.Intents, *, heartbeat_timeout: float = 60.0) -> None:
        tls = ssl.create_default_context(cafile=fake.ca_file)
        connector = aiohttp.TCPConnector(resolver=Loopback(fake.port), ssl=tls)
        super().__init__(
            intents=intents, connector=connector, guild_ready_timeout=0.05, heartbeat_timeout=heartbeat_timeout
        )
        self.tree = app_commands.CommandTree(self)
        self.tree.error(self._failed)
        self._errors: asyncio.Queue[Exception] = asyncio.Queue()
        self.joined: list[str] = []
        self.home = discord.Object(fake.guild.id)
        commands: list[app_commands.Command[Any, ..., Any] | app_commands.ContextMenu] = [
            *(defer, followups, say, double, late, silent, dm, echo, forward, describe, panel, ask, poke)
        ]
        for command in commands:
            self.tree.add_command(command, guild=self.home)

    async def setup_hook(self) -> None:
        await self.tree.sync(guild=self.home)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        pass  # discord.py would wait five seconds between two IDENTIFYs, which only the real Discord wants

    async def on_member_join(self, member: discord.Member) -> None:
        self.joined.append(member.name)

    async def _failed(self, _: Interaction, error: app_commands.AppCommandError) -> None:
        original = getattr(error, "original", error)
        assert isinstance(original, Exception)
        self._errors.put_nowait(original)

    async def refusal(self) -> int:
        """Wait for the next error of a command, which has to be a refusal by Discord; return its code."""
        async with asyncio.timeout(5):
            error = await self._errors.get()
        assert isinstance(error, discord.HTTPException), repr(error)
        return error.code


@asynccontextmanager
async def running(fake: FakeDiscord, intents: discord.Intents | None = None) -> AsyncIterator[SampleBot]:
    """Run the bot as long as the block; it is ready for commands."""
    bot = SampleBot(fake, intents or discord.Intents(guilds=True))
    async with bot, asyncio.TaskGroup() as tasks:
        running_bot = tasks.create_task(bot.start(fake.token))
        await fake.ready()
        yield bot
        await bot.close()
        await running_bot


@app_commands.command(description="Defers, then edits twice")
async def defer(interaction: Interaction, text: str) -> None:
    await interaction.response.defer(ephemeral=True)
    await interaction.edit_original_response(content="working")
    await interaction.edit_original_response(content=text)


@app_commands.command(description="Defers, then follows up twice")
async def followups(interaction: Interaction) -> None:
    await interaction.response.defer(ephemeral=True)
    await interaction.followup.send("first", embed=discord.Embed(title="One", description="two"))
    await interaction.followup.send("second", ephemeral=True)


@app_commands.command(description="Answers with text, embed, file or files of a given size")
async def say(
    interaction: Interaction,
    content: app_commands.Range[int, 0, 10_000] = 0,
    embed: int = 0,
    file: int = 0,
    files: int = 0,
) -> None:
    parts: dict[str, Any] = {}
    if embed:
        parts["embed"] = discord.Embed(description="x" * embed)
    if file:
        parts["file"] = discord.File(io.BytesIO(b"x" * file), "big.bin")
    if files:
        parts["files"] = [discord.File(io.BytesIO(b"x"), f"{number}.bin") for number in range(files)]
    await interaction.response.send_message("x" * content, **parts)


@app_commands.command(description="Answers twice")
async def double(interaction: Interaction) -> None:
    await interaction.response.send_message("once")
    again = discord.InteractionResponse(interaction)  # a new object, because discord.py itself refuses a second answer
    await again.send_message("twice")


@app_commands.command(description="Answers too late")
async def late(interaction: Interaction, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await interaction.response.send_message("sorry")


@app_commands.command(description="Never answers")
async def silent(interaction: Interaction) -> None:
    pass


@app_commands.command(description="Sends a direct message with a file")
async def dm(interaction: Interaction) -> None:
    await interaction.response.defer(ephemeral=True)
    try:
        await interaction.user.send("for you", file=discord.File(io.BytesIO(bytes(range(256))), "your file.bin"))
    except discord.Forbidden as error:
        await interaction.followup.send(f"closed: {error.code}")
    else:
        await interaction.followup.send("sent")


@app_commands.command(description="Gives an attachment back")
async def echo(interaction: Interaction, file: discord.Attachment) -> None:
    await interaction.response.send_message("here", file=await file.to_file(), ephemeral=True)


@app_commands.command(description="Completes a port")
@app_commands.choices(protocol=[app_commands.Choice(name=name.upper(), value=name) for name in ("tcp", "udp")])
async def forward(interaction: Interaction, port: str, protocol: str = "tcp") -> None:
    await interaction.response.send_message(f"{port}/{protocol}", ephemeral=True)


@forward.autocomplete("port")
async def _complete(_: Interaction, current: str) -> list[app_commands.Choice[str]]:
    ports = [port for port in ("25565", "25575", "80") if port.startswith(current)]
    return [app_commands.Choice(name=f"port {port}", value=port) for port in ports]


@app_commands.command(description="Describes a member")
async def describe(interaction: Interaction, member: discord.Member) -> None:
    roles = ", ".join(role.name for role in member.roles[1:])
    channel = interaction.channel
    assert isinstance(channel, discord.TextChannel)
    await interaction.response.send_message(f"{member.name}: {roles} in {channel.name}", ephemeral=True)


class Panel(discord.ui.View):
    @discord.ui.button(label="Count")
    async def count(self, interaction: Interaction, button: discord.ui.Button["Panel"]) -> None:
        button.label = "Counted"
        button.disabled = True
        await interaction.response.edit_message(content="counted", view=self)

    @discord.ui.button(label="Think")
    async def think(self, interaction: Interaction, _: discord.ui.Button["Panel"]) -> None:
        await interaction.response.defer()
        await interaction.followup.send("thought", ephemeral=True)

    @discord.ui.select(placeholder="Colour", options=[discord.SelectOption(label=name) for name in ("red", "blue")])
    async def colour(self, interaction: Interaction, menu: discord.ui.Select["Panel"]) -> None:
        await interaction.response.send_message(f"chose {menu.values[0]}", ephemeral=True)


@app_commands.command(description="Shows buttons")
async def panel(interaction: Interaction) -> None:
    await interaction.response.send_message("panel", view=Panel())


class Question(discord.ui.Modal, title="Question"):
    device: discord.ui.TextInput["Question"] = discord.ui.TextInput(label="Device", max_length=8)

    async def on_submit(self, interaction: Interaction) -> None:
        await interaction.response.send_message(f"device {self.device.value}", ephemeral=True)


@app_commands.command(description="Opens a modal")
async def ask(interaction: Interaction) -> None:
    await interaction.response.send_modal(Question())


@app_commands.context_menu(name="Poke")
async def poke(interaction: Interaction, member: discord.Member) -> None:
    await interaction.response.send_message(f"poked {member.name}", ephemeral=True)
