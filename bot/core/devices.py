"""The caller's own devices."""

from __future__ import annotations

from bot.core.client import Interaction
from bot.core.interaction import call
from gateway.api.contract import Actor, List, PeerInfo
from gateway.devices import pick


async def own_devices(interaction: Interaction, actor: Actor, *, region: str = "") -> tuple[PeerInfo, ...]:
    return (await call(interaction, List(actor=actor), region=region)).peers


async def own_device(interaction: Interaction, actor: Actor, device: str | None, *, region: str = "") -> PeerInfo:
    """Return the device of this name, or the only one; raise GatewayError as the gateway does."""
    return pick(await own_devices(interaction, actor, region=region), device)
