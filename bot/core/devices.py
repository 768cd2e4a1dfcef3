"""The caller's own devices."""

from __future__ import annotations

from bot.core.client import Interaction
from bot.core.interaction import call
from gateway.api.contract import Actor, List, PeerInfo
from gateway.devices import is_named, pick
from gateway.errors import WhichRegion


async def own_devices(interaction: Interaction, actor: Actor, *, region: str = "") -> tuple[PeerInfo, ...]:
    return (await call(interaction, List(actor=actor), region=region)).peers


async def own_device(interaction: Interaction, actor: Actor, device: str | None, *, region: str = "") -> PeerInfo:
    """Return the device of this name, or the only one; raise GatewayError as the gateway does.

    Raise WhichRegion when several regions have one of this name.
    """
    own = await own_devices(interaction, actor, region=region)
    if device is None and len({each.device.casefold() for each in own}) == 1:
        device = own[0].device
    found = pick(own, device)
    places = [each.region for each in own if is_named(each, found.device)]
    if len(places) > 1:
        raise WhichRegion(name=found.device, regions=", ".join(places))
    return found
