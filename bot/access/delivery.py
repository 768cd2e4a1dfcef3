"""Delivers a config to its owner: `NAME.conf` and, for phones, a QR code of the same text. Both stay in memory."""

from __future__ import annotations

import asyncio
import io
import logging
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath

import discord
import qrcode
from qrcode.image.pure import PyPNGImage
from qrcode.util import MODE_8BIT_BYTE, QRData

from bot.access.shown import ShownConfigs
from bot.core import notes
from bot.core.client import Interaction
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES, Explain, answer, words_of
from bot.core.posting import nonce_of, send_once
from bot.core.render import COLOUR, addresses, code, moment, relative, safe
from bot.core.words import Words, either, says
from gateway.api.client import with_private_key
from gateway.api.contract import PRIVATE_KEY_PLACEHOLDER, Issued, PeerInfo
from gateway.keys import PrivateKey
from gateway.model import Key, Mode

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """The message that brings a member the config of one device."""

    peer: PeerInfo
    device: str
    """The device's name, escaped."""
    file_name: str
    headline: str
    steps: discord.Embed
    """How to set the device up."""
    ends: str
    """A sentence about the device's end; empty when it has none."""
    config: str = field(repr=False)
    """The text of the file, with the private key if the bot has it."""
    qr: bytes | None = field(repr=False)
    """The QR code as PNG."""

    def files(self) -> list[discord.File]:
        """Return new file objects, because sending one closes it."""
        files = [discord.File(io.BytesIO(self.config.encode()), self.file_name)]
        if self.qr is not None:
            files.append(discord.File(io.BytesIO(self.qr), f"{PurePath(self.file_name).stem}.png"))
        return files


def pack(words: Words, issued: Issued, private_key: PrivateKey | None, welcome: str | None = None) -> Parcel:
    """Make the parcel of an issued config; `welcome` becomes the first line of its headline.

    `private_key` is None when the member made the key: then the config keeps its placeholder. It has no QR code then,
    because a phone cannot fill in the key. Nor has a config of mode linux, which only wg-quick understands.
    """
    config = with_private_key(issued, private_key) if private_key else issued.config
    scannable = private_key is not None and issued.peer.mode is not Mode.LINUX
    device, ends = safe(issued.peer.device), _ends(words, issued.peer.expires_at)
    first = " ".join(filter(None, (words("setup-headline", device=device), ends)))
    lacks_key = words("setup-lacks-key", file=code(issued.file_name), placeholder=PRIVATE_KEY_PLACEHOLDER)
    head = (welcome, first, words("setup-secret"), None if private_key else lacks_key)
    return Parcel(
        peer=issued.peer,
        device=device,
        file_name=issued.file_name,
        headline="\n".join(filter(None, head)),
        steps=_steps(words, issued, picture=scannable),
        ends=ends,
        config=config,
        qr=qr_png(config) if scannable else None,
    )


def _steps(words: Words, issued: Issued, *, picture: bool) -> discord.Embed:
    """Return the steps for each platform. `picture`: the parcel has a QR code."""
    file, full = code(issued.file_name), issued.peer.mode is Mode.FULL
    embed = discord.Embed(title=words("setup-title"), description=words("setup-install"), colour=COLOUR)

    def step(platform: str, *lines: str) -> None:
        embed.add_field(name=platform, value="\n".join(lines), inline=False)

    name = issued.file_name
    up = code(f"sudo install -m 600 {name} /etc/wireguard/ && sudo wg-quick up {PurePath(name).stem}")
    has_ipv6 = issued.peer.ipv6 is not None
    linux = [words("setup-linux-resolver" if full else "setup-linux"), up]
    if has_ipv6:
        linux.append(words("setup-linux-ipv6"))
    if issued.peer.mode is Mode.LINUX:
        step(words("setup-linux-field"), *linux)
        reached = either(words, addresses(issued.peer))
        step(words("setup-note-field"), words("setup-note"), words("setup-note-udp", addresses=reached))
    else:
        desktop = words("setup-desktop", file=file)
        step(words("setup-windows-field"), desktop)
        step(words("setup-macos-field"), desktop)
        step(words("setup-linux-field"), *linux)
        android, ios = words("setup-android-file", file=file), words("setup-ios-file", file=file)
        if picture:
            step(words("setup-android-field"), words("setup-android-scan"), words("setup-no-screen", instead=android))
            step(words("setup-ios-field"), words("setup-ios-scan"), words("setup-no-screen", instead=ios))
        else:
            step(words("setup-android-field"), android)
            step(words("setup-ios-field"), ios)
        router = words("setup-router", file=file)
        everything = f"{router} {words('setup-router-full')}" if full else router
        step(words("setup-router-field"), everything, words("setup-router-ports"))
        if full and not has_ipv6:
            step(words("setup-note-field"), words("setup-ipv4-only"))
    return embed.set_footer(text=words("setup-footer"))


def _ends(words: Words, at: datetime | None) -> str:
    return words("setup-ends", time=moment(at), relative=relative(at)) if at else ""


def qr_png(text: str) -> bytes:
    qr = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_L, box_size=5, border=4)
    qr.add_data(QRData(text.encode(), mode=MODE_8BIT_BYTE), optimize=0)
    image = io.BytesIO()
    qr.make_image(image_factory=PyPNGImage).save(image)
    return image.getvalue()


def key_pair(own: Key | None) -> tuple[Key, PrivateKey | None]:
    """Return a public key and its private one: a new pair, or a member's `own` public key and None."""
    if own:
        return own, None
    private_key = PrivateKey.generate()
    return private_key.public_key, private_key


def shown_until(words: Words, parcel: Parcel, until: datetime | None) -> str:
    """Say when the message loses its config."""
    if until is None:
        return words("setup-shown", device=parcel.device)
    return words("setup-shown-until", device=parcel.device, relative=relative(until))


class Delivery:
    """Packs and sends configs."""

    def __init__(self, context: Context, shown: ShownConfigs) -> None:
        self._context, self._shown = context, shown
        self._packing = asyncio.Semaphore(1)

    async def pack(
        self, words: Words, issued: Issued, private_key: PrivateKey | None, welcome: str | None = None
    ) -> Parcel:
        """Run the function `pack` in a thread.

        A QR code takes 50 ms of pure Python, and the loop has to acknowledge other interactions. Several threads at
        once would slow the loop too, because they share the interpreter's lock.
        """
        async with self._packing:
            return await asyncio.to_thread(pack, words, issued, private_key, welcome)

    async def send(self, words: Words, user: discord.User | discord.Member, parcel: Parcel, *, after: int) -> None:
        """Send the parcel by direct message; raise DISCORD_FAILURES. `after`: the id of the interaction that asked."""
        until = self._shown.until()
        content = f"{parcel.headline}\n{shown_until(words, parcel, until)}"
        nonce = nonce_of("config", parcel.peer.id, str(parcel.peer.public_key))
        message = await send_once(
            self._context,
            user,
            nonce,
            lambda: {"content": content, "embed": parcel.steps, "files": parcel.files()},
            after=after,
        )
        await self._shown.add(message, user.id, parcel.peer, until)

    async def deliver(self, interaction: Interaction, issued: Issued, private_key: PrivateKey | None) -> None:
        """Send the config by direct message, or else as the answer that only the caller sees.

        Raise `Explain` when neither arrives.
        """
        words = words_of(interaction)
        parcel = await self.pack(words, issued, private_key)
        try:
            await self.send(words, interaction.user, parcel, after=interaction.id)
        except DISCORD_FAILURES as error:
            log.info("no direct message to %s: %r", interaction.user.id, error)
        else:
            sent = words("setup-sent", device=parcel.device)
            await answer(interaction, f"{sent} {parcel.ends}".rstrip())
            return
        try:
            until = self._shown.until(is_answer=True)
            content = f"{words('setup-here')}\n\n{parcel.headline}\n{shown_until(words, parcel, until)}"
            message = await answer(interaction, content, embed=parcel.steps, files=parcel.files)
            await self._shown.add(message, interaction.user.id, parcel.peer, until)
        except DISCORD_FAILURES as error:
            log.warning("the config of %s reached %s in no way: %r", issued.peer.device, interaction.user.id, error)
            self._context.note(notes.Undelivered(interaction.user, issued.peer.device))
            raise Explain(says("setup-undelivered", device=parcel.device)) from error
