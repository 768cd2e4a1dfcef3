"""Which of an owner's devices is meant. The bot decides it as the gateway does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from gateway.errors import NoDevices, PeerUnknown, WhichDevice


class Device(Protocol):
    @property
    def device(self) -> str:
        """Return the device's name."""


D = TypeVar("D", bound=Device)


def pick(own: Sequence[D], device: str | None) -> D:
    """Return the device of that name, or the only one when `device` is None.

    Raise NoDevices, WhichDevice or PeerUnknown. Names are compared without case.
    """
    if device is None:
        if not own:
            raise NoDevices
        if len(own) > 1:
            raise WhichDevice(devices=", ".join(sorted(each.device for each in own)))
        return own[0]
    for each in own:
        if is_named(each, device):
            return each
    raise PeerUnknown(device=device)


def is_named(device: Device, name: str) -> bool:
    """Report whether a device has the name that was typed."""
    return device.device.casefold() == name.strip().casefold()
