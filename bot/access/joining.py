"""Adds a device for the caller, or asks the admins for access: for /join and for the live message."""

from __future__ import annotations

from bot.access.admission import Admission
from bot.access.delivery import Delivery, key_pair
from bot.core.client import Interaction
from bot.core.interaction import Explain, NoAccess, answer, call, caller_with_access, refused
from bot.core.roles import Access
from bot.core.words import Say
from gateway.api.contract import Join
from gateway.errors import PeerExists
from gateway.model import Key, Mode

DEFAULT_DEVICE = "pc"


async def add_device(
    interaction: Interaction,
    device: str,
    mode: Mode = Mode.FULL,
    own_key: Key | None = None,
    *,
    ipv4_only: bool = False,
) -> None:
    """Make the device and deliver its config. A caller without access gets the answer to a request for it."""
    admission, delivery = interaction.client.service(Admission), interaction.client.service(Delivery)
    try:
        actor, access = await caller_with_access(interaction)
    except NoAccess:
        await answer(interaction, await admission.ask(interaction, device, mode, own_key, ipv4_only=ipv4_only))
        return
    key, private_key = key_pair(own_key)
    request = Join(
        actor=actor,
        device=device,
        mode=mode,
        ipv4_only=ipv4_only,
        public_key=key,
        guest_for=interaction.client.context.section.guest_duration if access is Access.GUEST else None,
    )
    try:
        issued = await call(interaction, request)
    except PeerExists as error:
        raise Explain(_another_device(refused(error))) from error
    await admission.got_access(interaction.user.id)
    await delivery.deliver(interaction, issued, private_key)


def _another_device(problem: Say) -> Say:
    return lambda words: f"{problem(words)} {words('join-another-device')}"
