"""What members add a device for, and the mode of the gateway that serves it on the device's platform."""

from __future__ import annotations

from enum import StrEnum

from gateway.model import Mode


class Purpose(StrEnum):
    HOSTING = "hosting"
    """A server on the device sees the players' real addresses."""
    EVERYTHING = "everything"
    """All Internet traffic of the device goes through the VPN."""
    LIGHT = "light"
    """Only the VPN's own traffic does, and a server there does not see the players' addresses."""


class Platform(StrEnum):
    WINDOWS = "windows"
    MAC = "mac"
    LINUX = "linux"
    PHONE = "phone"
    ROUTER = "router"


def mode_for(purpose: Purpose, platform: Platform) -> Mode:
    """Return the mode. Only Linux has a way to answer players through the VPN and send all else from home."""
    match purpose:
        case Purpose.HOSTING:
            return Mode.LINUX if platform is Platform.LINUX else Mode.FULL
        case Purpose.EVERYTHING:
            return Mode.FULL
        case Purpose.LIGHT:
            return Mode.SPLIT


_OLD_WORDS = {
    Mode.FULL: (Purpose.EVERYTHING, None),
    Mode.SPLIT: (Purpose.LIGHT, None),
    Mode.LINUX: (Purpose.HOSTING, Platform.LINUX),
}


def parse_purpose(word: str) -> tuple[Purpose, Platform | None]:
    """Read a purpose, or the name of a mode, which /join took before; raise ValueError.

    Mode linux has a platform as well. Else the platform is None, and still has to be asked for.
    """
    try:
        return Purpose(word), None
    except ValueError:
        return _OLD_WORDS[Mode(word)]
