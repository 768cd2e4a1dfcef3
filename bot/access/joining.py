"""Adds devices and gives them new keys: for /join, for /rotate, and for the buttons that do the same.

Both ask for the platform first. Nothing is made or ended before the answer.
"""

from __future__ import annotations

from dataclasses import replace

from discord.app_commands import Choice

from bot.access import screens
from bot.access.admission import Admission
from bot.access.buttons import (
    AddButton,
    AddInButton,
    Family,
    NewSetupButton,
    RotateButton,
    RotateInButton,
    TroubleButton,
)
from bot.access.delivery import Delivery, key_pair
from bot.access.membership import Membership
from bot.access.purpose import Platform, Purpose
from bot.access.wanted import Wanted, free_name
from bot.core.buttons import view_of
from bot.core.client import Interaction
from bot.core.devices import own_device, own_devices
from bot.core.interaction import NoAccess, access_anywhere, answer, call, caller_anywhere, refused, show, words_of
from bot.core.render import safe
from bot.core.roles import Access
from gateway.api.contract import Issued, Join, Rotate
from gateway.errors import OwnerSuspended, PeerExists, SetUpElsewhere
from gateway.model import Key, Mode

FAMILIES: dict[bool | None, Family] = {None: "", True: "4", False: "46"}


async def purposes(interaction: Interaction, current: str) -> list[Choice[str]]:
    """Suggest what a device may be for. The names of modes, which /join took before, may be typed as well."""
    words = words_of(interaction)
    named = [Choice(name=words(f"purpose-{purpose}"), value=purpose.value) for purpose in Purpose]
    return [each for each in named if current.strip().casefold() in each.name.casefold()] or named


async def add_device(interaction: Interaction, wanted: Wanted | None = None) -> None:
    """Ask what is added. A caller without access gets the answer to a request for it."""
    wanted = wanted or Wanted()
    try:
        actor = await caller_anywhere(interaction)
    except NoAccess:
        wanted = _placed(interaction, wanted)
        wanted.buttons(())  # refuses a name that no device can have
        await answer(interaction, await interaction.client.service(Admission).ask(interaction, wanted))
        return
    names = [peer.device for peer in await own_devices(interaction, actor)]
    buttons = _placed(interaction, wanted).choices(names)
    if len(buttons) == 1:
        only = buttons[0]
        await (add_in(interaction, only) if isinstance(only, AddInButton) else add(interaction, only))
    else:
        await show(interaction, screens.question(words_of(interaction), buttons, names))


def _placed(interaction: Interaction, wanted: Wanted) -> Wanted:
    """Return it with the region's name as it is written. Raise RegionUnknown and RegionAway."""
    if not wanted.region:
        return wanted
    return replace(wanted, region=interaction.client.context.gateway.named(wanted.region))


async def add(interaction: Interaction, pressed: AddButton) -> None:
    """Make the device in the member's usual region, and show its setup for the platform."""
    await _add(interaction, pressed, "")


async def add_in(interaction: Interaction, pressed: AddInButton) -> None:
    await _add(interaction, pressed.add, pressed.region)


async def _add(interaction: Interaction, pressed: AddButton, region: str) -> None:
    actor, access = await access_anywhere(interaction)
    key, private_key = key_pair(pressed.key)
    request = Join(
        actor=actor,
        device=pressed.device,
        mode=pressed.mode,
        ipv4_only=pressed.family == "4",
        public_key=key,
        guest_for=interaction.client.context.section.guest_duration if access is Access.GUEST else None,
    )
    try:
        usual = interaction.client.context.gateway.usual(actor.id)
        issued = await call(interaction, request, region=region or usual)
    except OwnerSuspended:
        interaction.client.service(Membership).doubt(interaction.user.id)  # because the caller has access
        raise
    except PeerExists as error:
        names = [peer.device for peer in await own_devices(interaction, actor)]
        words, free = words_of(interaction), replace(pressed, device=free_name(pressed.device, names))
        said = f"{refused(error)(words)} {words('join-free', device=safe(free.device))}"
        again = AddInButton(region, free) if region else free
        await answer(interaction, said, view=view_of(again.free_item(words)))
        return
    check_key(issued, key)
    await interaction.client.service(Admission).got_access(interaction.user.id)
    await interaction.client.service(Delivery).deliver(interaction, pressed.platform, issued, private_key)


async def new_setup(
    interaction: Interaction, device: str | None, *, ipv4_only: bool | None = None, region: str = ""
) -> None:
    """Ask what the device is that gets new keys. A device of mode linux can be one thing only."""
    actor = await caller_anywhere(interaction)
    peer = await own_device(interaction, actor, device, region=region)
    platforms = [Platform.LINUX] if peer.mode is Mode.LINUX else Platform
    asked = [RotateButton(platform, FAMILIES[ipv4_only], peer.device) for platform in platforms]
    if len(asked) == 1:
        await _rotate(interaction, asked[0], peer.region)
        return
    buttons = [RotateInButton(peer.region, each) for each in asked] if peer.region else asked
    await show(interaction, screens.rotation(words_of(interaction), peer.device, buttons))


async def new_setup_pressed(interaction: Interaction, pressed: NewSetupButton) -> None:
    await new_setup(interaction, pressed.device)


async def rotate(interaction: Interaction, pressed: RotateButton) -> None:
    """Give the device new keys, and show its new setup for the platform."""
    await _rotate(interaction, pressed, "")


async def rotate_in(interaction: Interaction, pressed: RotateInButton) -> None:
    await _rotate(interaction, pressed.rotate, pressed.region)


async def _rotate(interaction: Interaction, pressed: RotateButton, region: str) -> None:
    actor = await caller_anywhere(interaction)
    key, private_key = key_pair(None)
    ipv4_only = next(value for value, family in FAMILIES.items() if family == pressed.family)
    request = Rotate(actor=actor, device=pressed.device, ipv4_only=ipv4_only, public_key=key)
    issued = await call(interaction, request, region=region)
    check_key(issued, key)
    await interaction.client.service(Delivery).deliver(interaction, pressed.platform, issued, private_key)


def check_key(issued: Issued, key: Key) -> None:
    """Raise SetUpElsewhere when the config is for another key, because it would be sent with a wrong private one.

    That is so when another bot has handled the same interaction, and the gateway gives both one answer.
    """
    if issued.peer.public_key != key:
        raise SetUpElsewhere(device=issued.peer.device)


async def help_pressed(interaction: Interaction, pressed: TroubleButton) -> None:
    await answer(interaction, screens.trouble(words_of(interaction), pressed))
