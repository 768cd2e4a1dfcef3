"""The slash commands: each turns the typed options into one request, and the gateway's answer into one message."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Range

from bot.access.joining import add_device, new_setup, purposes
from bot.access.purpose import Purpose, parse_purpose
from bot.access.wanted import Wanted
from bot.admin import lists
from bot.admin.pages import Spot, open_book
from bot.core import render
from bot.core.client import Interaction
from bot.core.devices import own_device
from bot.core.interaction import Explain, NoRole, answer, call, caller, words_of
from bot.core.roles import Access
from bot.core.slash import Callback, choices, option
from bot.core.status import status as status_of
from bot.core.words import says
from bot.graphs.traffic import open_traffic
from bot.nights import commands as nights
from bot.panel import commands as panel
from bot.ports import suggest, typed
from bot.ports.connections import ConnectionLists
from bot.ports.offer import Offers
from bot.ports.opening import Opening
from gateway.api import contract
from gateway.api.contract import Actor
from gateway.api.history import Period
from gateway.errors import BadRequest
from gateway.model import Key, Protocol
from gateway.version import own


@app_commands.autocomplete(mode=purposes, region=suggest.regions)
async def join(
    interaction: Interaction,
    device: str = "",
    mode: str = Purpose.HOSTING,
    public_key: str | None = None,
    ipv4_only: bool = False,
    region: str = "",
) -> None:
    own_key = None if public_key is None else _key(public_key)
    wanted = Wanted(device=device, mode=_purpose(mode), key=own_key, ipv4_only=ipv4_only, region=region)
    await add_device(interaction, wanted)


@app_commands.autocomplete(device=suggest.own_devices, region=suggest.regions)
async def rotate(
    interaction: Interaction, device: str | None = None, ipv4_only: bool | None = None, region: str = ""
) -> None:
    await new_setup(interaction, device, ipv4_only=ipv4_only, region=region)


@app_commands.autocomplete(device=suggest.own_devices, region=suggest.regions)
async def leave(interaction: Interaction, device: str | None = None, region: str = "") -> None:
    actor = await caller(interaction)
    # `Revoke` without a device takes all devices. A member with two devices means one by /leave.
    device = device or (await own_device(interaction, actor, None, region=region)).device
    revoked = await call(interaction, contract.Revoke(actor=actor, owner=actor.id, device=device), region=region)
    await answer(interaction, render.left(words_of(interaction), revoked))


@choices(protocol=(Protocol.BOTH, Protocol.TCP, Protocol.UDP), only=("friends",))
@app_commands.autocomplete(port=suggest.openable, device=suggest.own_devices)
@app_commands.autocomplete(duration=suggest.durations, every=nights.schedules, region=suggest.regions)
async def forward(
    interaction: Interaction,
    port: str,
    protocol: str = Protocol.BOTH,
    to_port: Range[int, 1, 65535] | None = None,
    device: str | None = None,
    duration: str | None = None,
    announce: bool = False,
    only: str = "",
    every: str | None = None,
    region: str = "",
) -> None:
    if region:
        region = interaction.client.context.gateway.named(region)
        device = (await own_device(interaction, await caller(interaction), device or None, region=region)).device
    wanted = Opening(
        to_ports=None if to_port is None else (to_port,),
        duration=typed.duration(interaction, duration) if duration and not every else None,
        announce="a" if announce else "",
        only="f" if only == "friends" else "",
        device=(device or "").strip(),
    )
    if every:
        await nights.begin(interaction, port, wanted, option(Protocol, protocol), every, duration, region)
        return
    offers = interaction.client.service(Offers)
    await offers.open_typed(interaction, port, wanted, option(Protocol, protocol), region=region)


@app_commands.autocomplete(port=suggest.own_forwards, region=suggest.regions)
async def unforward(interaction: Interaction, port: str, region: str = "") -> None:
    actor = await caller(interaction)
    closed = await call(interaction, contract.RemoveForward(actor=actor, ports=typed.ports(port)), region=region)
    await answer(interaction, render.closed(words_of(interaction), closed, actor.id))


@app_commands.autocomplete(port=suggest.forwards)
async def connections(interaction: Interaction, port: str = "") -> None:
    await interaction.client.service(ConnectionLists).open(interaction, typed.ports(port) if port else ())


@choices(state=("on", "off"))
async def lan(interaction: Interaction, state: str) -> None:
    actor, words = await caller(interaction, Access.ADMIN), words_of(interaction)
    switched = await call(interaction, contract.SetLan(actor=actor, on=state == "on"))
    missed = render.away(words, interaction.client.context.gateway.away())
    await answer(interaction, "\n".join((words("lan-on" if switched.on else "lan-off"), *missed)))


async def status(interaction: Interaction) -> None:
    await _show_status(interaction, await caller(interaction))


@choices(period=Period)
async def traffic(interaction: Interaction, member: discord.User | None = None, period: str = Period.DAY) -> None:
    actor = await caller(interaction, Access.ADMIN if member and member != interaction.user else Access.GUEST)
    everyone_or_own = "" if actor.is_admin else actor.id
    owner = str(member.id) if member else everyone_or_own
    await open_traffic(interaction, actor, owner, option(Period, period))


async def policy(interaction: Interaction) -> None:
    """Show the policy of each region, and one that holds in all of them once."""
    actor, gateway = await caller(interaction), interaction.client.context.gateway
    away = {each.region for each in gateway.away()}
    regions = [region for region in gateway.regions if region not in away] or [""]
    found = {region: await call(interaction, contract.GetPolicy(actor=actor), region=region) for region in regions}
    for limits in dict.fromkeys(found.values()):
        where = ", ".join(region for region, theirs in found.items() if theirs == limits)
        is_one = len(set(found.values())) == 1
        await answer(interaction, embed=lists.policy(words_of(interaction), limits, "" if is_one else where))


async def members_devices(interaction: Interaction, member: discord.User) -> None:
    actor = await caller(interaction)
    if actor.is_admin:
        await open_book(interaction, Spot("peers", str(member.id)))
    elif member == interaction.user:
        await _show_status(interaction, actor)
    else:
        raise NoRole(says("list-not-yours"))


async def _show_status(interaction: Interaction, actor: Actor) -> None:
    answered = await call(interaction, contract.GetStatus(actor=actor, everyone=actor.is_admin))
    version = own() if actor.is_admin else ""
    for embed in status_of(words_of(interaction), answered, everyone=actor.is_admin, version=version):
        await answer(interaction, embed=embed)
    await nights.show(interaction, actor)


@app_commands.autocomplete(device=suggest.devices, region=suggest.regions)
async def rename(
    interaction: Interaction, device: str, new_name: str, member: discord.User | None = None, region: str = ""
) -> None:
    actor = await caller(interaction, Access.ADMIN if member and member != interaction.user else Access.GUEST)
    owner = str(member.id) if member else None
    request = contract.Rename(actor=actor, device=device, new_name=new_name, owner=owner)
    renamed = await call(interaction, request, region=region)
    names = render.safe(renamed.was), render.safe(renamed.peer.device)
    await answer(interaction, words_of(interaction)("rename-done", device=names[0], name=names[1]))


COMMANDS: tuple[Callback, ...] = (
    *(join, forward, unforward, connections, leave, rotate, rename, lan, status, traffic, policy),
    *panel.COMMANDS,
)
ALSO: dict[str, Callback] = {"host": forward}
"""Second names of commands."""
MENUS: dict[str, Callback] = {"devices-menu-command": members_devices}


def _purpose(text: str) -> str:
    """Read a purpose, or the name of a mode; raise `Explain` for anything else."""
    word = text.strip().lower()
    try:
        parse_purpose(word)
    except ValueError:
        raise Explain(says("join-purpose-unknown")) from None
    return word


def _key(text: str) -> Key:
    try:
        return Key.parse(text)
    except ValueError:
        raise BadRequest(field="public_key", rule="key") from None
