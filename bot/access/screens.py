"""The messages that lead from /join to a connected device, one platform each. Pure.

A screen shows what its platform needs, in few words. What may go wrong is behind *It doesn't work*.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Any

import discord

from bot.access.buttons import (
    AddButton,
    AddInButton,
    HostButton,
    NewSetupButton,
    RotateButton,
    RotateInButton,
    SendButton,
    TroubleButton,
)
from bot.access.purpose import Platform
from bot.core.buttons import layout_of
from bot.core.render import COLOUR, COLOUR_IDLE, COLOUR_READY, code, in_region, plain, relative, safe
from bot.core.words import Words, both
from gateway.api.contract import PRIVATE_KEY_PLACEHOLDER, PeerInfo
from gateway.model import Mode

Item = discord.ui.Item[Any]
Face = Callable[[Words], discord.ui.LayoutView]
"""A message whose language is not known yet."""

ICONS = {
    Platform.WINDOWS: "💻",
    Platform.MAC: "💻",
    Platform.LINUX: "🐧",
    Platform.PHONE: "📱",
    Platform.ROUTER: "📡",
}
WINDOWS = "https://download.wireguard.com/windows-client/wireguard-installer.exe"
MAC = "https://apps.apple.com/app/wireguard/id1451685025"
IPHONE = "https://apps.apple.com/app/wireguard/id1441195209"
ANDROID = "https://play.google.com/store/apps/details?id=com.wireguard.android"
LINUX = "https://www.wireguard.com/install/"
INSTALLERS = {Platform.WINDOWS: WINDOWS, Platform.MAC: MAC, Platform.LINUX: LINUX}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What a screen brings: the config of one device for one platform."""

    peer: PeerInfo
    platform: Platform
    file_name: str
    config: str = field(repr=False)
    """The text of the file, with the private key if the bot has it."""
    qr: bytes | None = field(repr=False)
    """The QR code as PNG, for phones."""

    @property
    def lacks_key(self) -> bool:
        """Report whether the member has to put the private key into the file."""
        return PRIVATE_KEY_PLACEHOLDER in self.config

    @property
    def qr_name(self) -> str:
        return f"{self.tunnel}.png"

    def files(self, words: Words) -> list[discord.File]:
        """Return new file objects, because sending one closes it."""
        device = plain(self.peer.device)
        config, about = io.BytesIO(self.config.encode()), words("setup-file-alt", device=device)
        files = [discord.File(config, self.file_name, description=about)]
        if self.qr is not None:
            about = words("setup-qr-alt", device=device)
            files.append(discord.File(io.BytesIO(self.qr), self.qr_name, description=about))
        return files

    @property
    def tunnel(self) -> str:
        """Return the name of the tunnel on the device, and of its interface."""
        return PurePath(self.file_name).stem


def question(
    words: Words, buttons: Sequence[AddButton | AddInButton], names: Iterable[str], welcome: str | None = None
) -> discord.ui.LayoutView:
    """Ask what is added. `names`: the devices that the member has; `welcome`: a line before the question."""
    shown = [*filter(None, (welcome, words("join-question")))]
    if have := [f"**{safe(name)}**" for name in names]:
        shown.append(words("join-have", devices=both(words, have), device=safe(buttons[0].device)))
    return _container(COLOUR_READY, _text(*shown), discord.ui.ActionRow(*(each.item(words) for each in buttons)))


def rotation(words: Words, device: str, buttons: Sequence[RotateButton | RotateInButton]) -> discord.ui.LayoutView:
    """Ask what the device is that gets new keys."""
    shown = words("rotate-question", device=safe(device))
    return _container(COLOUR_READY, _text(shown), discord.ui.ActionRow(*(each.item(words) for each in buttons)))


def setup(words: Words, parcel: Parcel, until: datetime | None, *, can_send: bool) -> discord.ui.LayoutView:
    """Show the steps and the file. `until`: the time at which the message loses the file in any case.

    `can_send`: with the button that sends all by direct message.
    """
    peer, platform = parcel.peer, parcel.platform
    title = in_region(words("setup-title", icon=ICONS[platform], device=safe(peer.device)), peer.region)
    below: list[Item] = [TroubleButton(platform, peer.mode, "46" if peer.ipv6 else "4").item(words)]
    if can_send:
        below.append(SendButton(platform, peer.id).item(words))
    return _container(
        COLOUR_READY,
        _text(title),
        *_install(words, parcel),
        _text(*_steps(words, parcel)),
        *_files(words, parcel),
        _text(*_notes(words, parcel, until)),
        discord.ui.ActionRow(*below),
    )


def _install(words: Words, parcel: Parcel) -> Iterator[Item]:
    """Yield the first step, with the installer's link beside it."""
    if parcel.platform is Platform.ROUTER:
        return  # it has WireGuard already, or never will
    step, get = discord.ui.TextDisplay[Any](words("setup-install")), words("setup-get-button")
    if parcel.platform is Platform.PHONE:
        yield step
        links = (words("setup-iphone-button"), IPHONE), (words("setup-android-button"), ANDROID)
        yield discord.ui.ActionRow(*(discord.ui.Button(label=label, url=url) for label, url in links))
    else:
        yield discord.ui.Section(step, accessory=discord.ui.Button(label=get, url=INSTALLERS[parcel.platform]))


def _steps(words: Words, parcel: Parcel) -> Iterator[str]:
    file, tunnel = code(parcel.file_name), code(parcel.tunnel)
    if parcel.lacks_key:
        yield words("setup-lacks-key", file=file, placeholder=PRIVATE_KEY_PLACEHOLDER)
    match parcel.platform:
        case Platform.PHONE if parcel.qr is None:
            yield words("setup-phone-import", file=file)
            yield words("setup-phone-allow", tunnel=tunnel)
        case Platform.PHONE:
            yield words("setup-phone-scan")
            yield words("setup-phone-allow", tunnel=tunnel)
        case Platform.LINUX:
            yield words("setup-linux-save", command=code(f"sudo install -m 600 {parcel.file_name} /etc/wireguard/"))
            yield words("setup-linux-start", command=code(f"sudo wg-quick up {parcel.tunnel}"))
        case Platform.ROUTER:
            yield words("setup-router-open")
            yield words("setup-router-import", file=file)
            yield words("setup-router-ports")
        case Platform.MAC:
            yield words("setup-import", file=file)
            yield words("setup-mac-allow")
        case Platform.WINDOWS:
            yield words("setup-import", file=file)
            yield words("setup-activate")


def _files(words: Words, parcel: Parcel) -> Iterator[Item]:
    if parcel.qr is not None:
        about = words("setup-qr-alt", device=plain(parcel.peer.device))
        yield discord.ui.MediaGallery(discord.MediaGalleryItem(f"attachment://{parcel.qr_name}", description=about))
    yield discord.ui.File(f"attachment://{parcel.file_name}")


def _notes(words: Words, parcel: Parcel, until: datetime | None) -> Iterator[str]:
    peer, platform = parcel.peer, parcel.platform
    yield _mode(words, peer, platform)
    if platform is Platform.WINDOWS:
        yield words("setup-windows-firewall")
        if peer.mode is Mode.FULL:
            yield words("setup-windows-block")
    private = words("setup-private-until", relative=relative(until)) if until else words("setup-private")
    ends = words("setup-ends", relative=relative(peer.expires_at)) if peer.expires_at else None
    yield " ".join(filter(None, (private, ends)))


def _mode(words: Words, peer: PeerInfo, platform: Platform) -> str:
    """Say what of the device's traffic goes through the VPN."""
    match peer.mode:
        case Mode.FULL:
            return words("setup-full", platform=platform.value, family="both" if peer.ipv6 else "ipv4")
        case Mode.SPLIT:
            return words("setup-split")
        case Mode.LINUX:
            return words("setup-linux")


def trouble(words: Words, pressed: TroubleButton) -> str:
    """Say what may be wrong."""
    shown = [words("trouble-waiting")]
    match pressed.platform:
        case Platform.WINDOWS:
            shown.append(words("trouble-windows-firewall"))
            if pressed.mode is Mode.FULL:
                shown.append(words("trouble-windows-block"))
        case Platform.LINUX:
            if pressed.mode is Mode.FULL:
                shown.append(words("trouble-linux-resolver"))
            if pressed.mode is Mode.LINUX:
                shown += [words("trouble-linux-manager"), words("trouble-linux-silent"), words("trouble-linux-list")]
            if pressed.family == "46":
                shown.append(words("trouble-linux-ipv6"))
        case Platform.PHONE:
            shown.append(words("trouble-phone-screen"))
        case Platform.ROUTER:
            shown.append(words("trouble-router"))
        case Platform.MAC:
            pass
    if pressed.mode is Mode.FULL and pressed.family == "4":
        shown.append(words("trouble-ipv4"))
    return "\n".join([*shown, words("trouble-file"), words("trouble-admin")])


def connected(device: str) -> Face:
    """Return what a setup becomes when its device connects."""
    return lambda words: _notice(COLOUR, words("setup-connected", device=safe(device)), HostButton().item(words))


def taken_out(device: str) -> Face:
    """Return what a setup becomes when its time is over, or when the device has a newer one."""
    return lambda words: _notice(
        COLOUR_IDLE, words("setup-taken-out", device=safe(device)), NewSetupButton(device).item(words)
    )


def gone(device: str) -> Face:
    """Return what the setup of a removed device becomes."""
    return lambda words: _notice(COLOUR_IDLE, words("setup-gone", device=safe(device)))


def sent(words: Words) -> discord.ui.LayoutView:
    """Return what a setup becomes once it is in the direct messages."""
    return _notice(COLOUR_IDLE, words("setup-sent"))


def _notice(colour: discord.Colour, text: str, *buttons: Item) -> discord.ui.LayoutView:
    return _container(colour, _text(text), *([discord.ui.ActionRow(*buttons)] if buttons else ()))


def _container(colour: discord.Colour, *items: Item) -> discord.ui.LayoutView:
    return layout_of(discord.ui.Container(*items, accent_colour=colour))


def _text(*lines: str) -> discord.ui.TextDisplay[Any]:
    return discord.ui.TextDisplay("\n".join(lines))
