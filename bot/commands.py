"""The slash commands: each turns what was typed into one request and its answer into one message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import app_commands
from discord.app_commands import Choice, Range

from bot.access.delivery import deliver, key_pair
from bot.core import render, texts
from bot.core.interaction import Explain, NoAccess, answer, who, who_with_access
from bot.core.render import escape, plain, refusal
from bot.core.roles import Access
from bot.games import games
from bot.ports.duration import parse as parse_duration
from bot.ports.offer import open_ports
from bot.ports.suggest import durations, openable, own_devices, own_forwards
from gateway.api.contract import Actor, AddForward, GetStatus, Join, List, RemoveForward, Revoke, Rotate, SetLan
from gateway.errors import BadPorts, BadRequest, NoDevices, PeerExists, WhichDevice
from gateway.keys import PrivateKey
from gateway.model import Duration, Key, Mode, PortSpec, Protocol, parse_ports

if TYPE_CHECKING:
    from bot.core.interaction import Interaction

DEFAULT_DEVICE = "pc"


@app_commands.command(description=texts.JOIN)
@app_commands.describe(device=texts.JOIN_DEVICE, mode=texts.JOIN_MODE, public_key=texts.JOIN_PUBLIC_KEY)
@app_commands.choices(mode=[Choice(name=texts.MODES[mode], value=mode) for mode in Mode])
async def join(
    interaction: Interaction,
    device: str = DEFAULT_DEVICE,
    mode: str = Mode.FULL,
    public_key: str | None = None,
) -> None:
    own_key = None if public_key is None else _key(public_key)
    admission = interaction.client.admission
    try:
        actor, access = await who_with_access(interaction)
    except NoAccess:
        await answer(interaction, await admission.ask(interaction, device, Mode(mode), own_key))
        return
    key, private_key = key_pair(own_key)
    duration = interaction.client.section.guest_duration if access is Access.GUEST else None
    try:
        issued = await interaction.client.gateway.call(
            Join(actor=actor, device=device, mode=Mode(mode), public_key=key, duration=duration)
        )
    except PeerExists as error:
        raise Explain(texts.another_device(refusal(error))) from error
    await admission.is_in(interaction.user.id)
    await deliver(interaction, issued, private_key)


@app_commands.command(description=texts.ROTATE)
@app_commands.describe(device=texts.ROTATE_DEVICE)
@app_commands.autocomplete(device=own_devices)
async def rotate(interaction: Interaction, device: str | None = None) -> None:
    actor = await who(interaction)
    private_key = PrivateKey.generate()
    issued = await interaction.client.gateway.call(
        Rotate(actor=actor, device=device, public_key=private_key.public_key)
    )
    await deliver(interaction, issued, private_key)


@app_commands.command(description=texts.LEAVE)
@app_commands.describe(device=texts.LEAVE_DEVICE)
@app_commands.autocomplete(device=own_devices)
async def leave(interaction: Interaction, device: str | None = None) -> None:
    actor = await who(interaction)
    # To the gateway no device means all of them, which nobody means who has two and types /leave.
    device = device or await _only_device(interaction, actor)
    revoked = await interaction.client.gateway.call(Revoke(actor=actor, owner=actor.id, device=device))
    await answer(interaction, render.left(revoked))


@app_commands.command(description=texts.FORWARD)
@app_commands.describe(
    port=texts.FORWARD_PORT,
    protocol=texts.FORWARD_PROTOCOL,
    to_port=texts.FORWARD_TO_PORT,
    device=texts.FORWARD_DEVICE,
    duration=texts.FORWARD_DURATION,
    announce=texts.FORWARD_ANNOUNCE,
)
@app_commands.choices(
    protocol=[Choice(name=texts.PROTOCOLS[p], value=p) for p in (Protocol.BOTH, Protocol.TCP, Protocol.UDP)]
)
@app_commands.autocomplete(port=openable, device=own_devices, duration=durations)
async def forward(
    interaction: Interaction,
    port: str,
    protocol: str = Protocol.BOTH,
    to_port: Range[int, 1, 65535] | None = None,
    device: str | None = None,
    duration: str | None = None,
    announce: bool = False,
) -> None:
    actor = await who(interaction)
    game = games.find(port)
    request = AddForward(
        actor=actor,
        ports=game.ports if game else _ports_or_game(port),
        protocol=Protocol.BOTH if game else Protocol(protocol),  # a game's ports know theirs
        label=game.name if game else "",
        to_port=to_port,
        device=device,
        duration=_duration(interaction, duration) if duration else None,
    )
    await open_ports(interaction, request, announce=announce)


@app_commands.command(description=texts.UNFORWARD)
@app_commands.describe(port=texts.UNFORWARD_PORT)
@app_commands.autocomplete(port=own_forwards)
async def unforward(interaction: Interaction, port: str) -> None:
    actor = await who(interaction)
    closed = await interaction.client.gateway.call(RemoveForward(actor=actor, ports=_ports(port)))
    await answer(interaction, render.closed(closed, actor.id))


@app_commands.command(description=texts.LAN)
@app_commands.describe(state=texts.LAN_STATE)
@app_commands.choices(state=[Choice(name=name, value=value) for value, name in texts.LAN_STATES.items()])
async def lan(interaction: Interaction, state: str) -> None:
    actor = await who(interaction, Access.ADMIN)
    request = SetLan(actor=actor, on=state == "on")
    await answer(interaction, render.lan(await interaction.client.gateway.call(request)))


@app_commands.command(description=texts.STATUS)
async def status(interaction: Interaction) -> None:
    await show_status(interaction, await who(interaction))


async def show_status(interaction: Interaction, actor: Actor) -> None:
    answered = await interaction.client.gateway.call(GetStatus(actor=actor, everyone=actor.is_admin))
    for embed in render.status(answered, everyone=actor.is_admin):
        await answer(interaction, embed=embed)


COMMANDS: tuple[app_commands.Command[Any, Any, Any], ...] = (
    join,
    forward,
    unforward,
    leave,
    rotate,
    lan,
    status,
)


def _key(text: str) -> Key:
    try:
        return Key.parse(text)
    except ValueError as error:
        raise BadRequest(field="public_key", rule="key", problem=str(error)) from None


def _ports(text: str) -> tuple[PortSpec, ...]:
    try:
        return parse_ports(text)
    except ValueError:
        raise BadPorts(text=plain(text)) from None


def one_port(text: str) -> PortSpec:
    """Raise `BadPorts` when that is something else, or several."""
    specs = _ports_or_game(text)
    if len(specs) > 1:
        raise BadPorts(text=plain(text))
    return specs[0]


def _ports_or_game(text: str) -> tuple[PortSpec, ...]:
    try:
        return _ports(text)
    except BadPorts as error:
        meant = [escape(game.name) for game in games.similar(text)]
        if not meant:
            raise
        raise Explain(f"{refusal(error)} {texts.did_you_mean(meant)}") from error


def _duration(interaction: Interaction, text: str) -> Duration:
    client = interaction.client
    try:
        return parse_duration(text, client.clock(), client.section.timezone.zone)
    except ValueError as error:
        raise Explain(str(error)) from None


async def _only_device(interaction: Interaction, actor: Actor) -> str:
    devices = [peer.device for peer in (await interaction.client.gateway.call(List(actor=actor))).peers]
    if not devices:
        raise NoDevices
    if len(devices) > 1:
        raise WhichDevice(devices=", ".join(devices))
    return devices[0]
