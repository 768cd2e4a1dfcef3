"""What a member wants to add, and the buttons that ask for the rest. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.access.buttons import AddButton, AddInButton
from bot.access.purpose import Platform, Purpose, mode_for, parse_purpose
from bot.core.buttons import MAX_CUSTOM_ID
from bot.core.render import length
from gateway.errors import BadRequest
from gateway.model import Key

MAX_DEVICE = 32  # the longest name that the gateway takes
NAMES = {
    Platform.WINDOWS: "pc",
    Platform.MAC: "mac",
    Platform.LINUX: "pc",
    Platform.PHONE: "phone",
    Platform.ROUTER: "router",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The options of /join."""

    device: str = ""
    """The device's name; empty when the platform is to name it."""
    mode: str = Purpose.HOSTING
    """A purpose, or the name of a mode; raises ValueError in `buttons` when it is neither."""
    key: Key | None = None
    """The member's own public key; None: the bot makes the pair."""
    ipv4_only: bool = False
    region: str = ""
    """Where it is added, in a fleet; empty for the member's usual region."""

    def choices(self, taken: Collection[str]) -> Sequence[AddButton | AddInButton]:
        """Return the buttons below, which add the device in its region when one is wanted."""
        adding = self.buttons(taken)
        return [AddInButton(self.region, each) for each in adding] if self.region else adding

    def buttons(self, taken: Collection[str]) -> list[AddButton]:
        """Return a button for each platform that is still to be chosen from: one when there is no choice.

        `taken`: the names of the member's devices. Raise BadRequest for a name that no device can have.
        """
        purpose, only = parse_purpose(self.mode)
        device = self.device.strip()
        made = [
            AddButton(
                platform,
                mode_for(purpose, platform),
                "4" if self.ipv4_only else "46",
                self.key,
                free_name(device or NAMES[platform], taken),
            )
            for platform in ([only] if only else Platform)
        ]
        if not device.isprintable() or len(device) > MAX_DEVICE or (self.device and not device):
            raise BadRequest(field="device", rule="name", value=MAX_DEVICE)
        longest = [AddInButton(self.region, each) for each in made] if self.region else made
        if any(length(each.custom_id) > MAX_CUSTOM_ID for each in longest):  # emoji beside a key, which is most of it
            raise BadRequest(field="device", rule="name", value=MAX_DEVICE // 2)
        return made


def free_name(wanted: str, taken: Collection[str]) -> str:
    """Return the name, with a number behind it when a device has it already."""
    names, name, number = {each.casefold() for each in taken}, wanted, 1
    while name.casefold() in names:
        number += 1
        name = f"{wanted[: MAX_DEVICE - len(str(number))]}{number}"
    return name
