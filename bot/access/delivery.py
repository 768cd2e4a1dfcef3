"""Handing a config to its owner: `NAME.conf` and, where it helps, a QR code of the same text, in memory only."""

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

from bot.core import notes, texts
from bot.core.client import Interaction
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES, Explain, answer
from bot.core.render import COLOUR, addresses, code, safe
from gateway.api.client import with_private_key
from gateway.api.contract import Issued
from gateway.keys import PrivateKey
from gateway.model import Key, Mode

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What a member gets for one device."""

    device: str
    file_name: str
    headline: str
    steps: discord.Embed
    ends: str
    config: str = field(repr=False)
    qr: bytes | None = field(repr=False)

    def files(self) -> list[discord.File]:
        """New ones for each try: sending uses a file up."""
        files = [discord.File(io.BytesIO(self.config.encode()), self.file_name)]
        if self.qr is not None:
            files.append(discord.File(io.BytesIO(self.qr), f"{PurePath(self.file_name).stem}.png"))
        return files


def pack(issued: Issued, private_key: PrivateKey | None, welcome: str | None = None) -> Parcel:
    """Without `private_key` (only the member has it) the config keeps its placeholder.

    A QR code is for phones: none without the key, and none of a config that only wg-quick understands. `welcome` is
    said before everything else.
    """
    config = with_private_key(issued, private_key) if private_key else issued.config
    scannable = private_key is not None and issued.peer.mode is not Mode.LINUX
    device, ends = safe(issued.peer.device), _ends(issued.peer.expires_at)
    lacks_key = None if private_key else texts.lacks_key(code(issued.file_name))
    return Parcel(
        device=device,
        file_name=issued.file_name,
        headline="\n".join(filter(None, (welcome, texts.headline(device, ends), lacks_key))),
        steps=_steps(issued, picture=scannable),
        ends=ends,
        config=config,
        qr=qr_png(config) if scannable else None,
    )


def _steps(issued: Issued, *, picture: bool) -> discord.Embed:
    file = issued.file_name
    up = code(f"sudo install -m 600 {file} /etc/wireguard/ && sudo wg-quick up {PurePath(file).stem}")
    embed = discord.Embed(title=texts.STEPS_TITLE, description=texts.INSTALL, colour=COLOUR)
    if issued.peer.mode is Mode.LINUX:
        steps = texts.wg_quick_steps(up, addresses(issued.peer))
    else:
        steps = texts.steps(code(file), up, picture=picture, full=issued.peer.mode is Mode.FULL)
    for platform, step in steps:
        embed.add_field(name=platform, value=step, inline=False)
    return embed.set_footer(text=texts.STEPS_END)


def _ends(at: datetime | None) -> str:
    return texts.device_ends(discord.utils.format_dt(at, "f"), discord.utils.format_dt(at, "R")) if at else ""


def qr_png(text: str) -> bytes:
    qr = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_L, box_size=5, border=4)
    qr.add_data(QRData(text.encode(), mode=MODE_8BIT_BYTE), optimize=0)
    image = io.BytesIO()
    qr.make_image(image_factory=PyPNGImage).save(image)
    return image.getvalue()


def key_pair(own: Key | None) -> tuple[Key, PrivateKey | None]:
    """No private key where a member brought an `own` public one."""
    if own:
        return own, None
    private_key = PrivateKey.generate()
    return private_key.public_key, private_key


async def send(user: discord.abc.Messageable, parcel: Parcel) -> None:
    """By direct message; raise DISCORD_FAILURES."""
    await user.send(parcel.headline, embed=parcel.steps, files=parcel.files())


class Delivery:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._packing = asyncio.Semaphore(1)

    async def pack(self, issued: Issued, private_key: PrivateKey | None, welcome: str | None = None) -> Parcel:
        # A QR code is 50 ms of pure Python: too long for the loop that has to acknowledge others, and several threads
        # at once would keep the interpreter from it as well.
        async with self._packing:
            return await asyncio.to_thread(pack, issued, private_key, welcome)

    async def deliver(self, interaction: Interaction, issued: Issued, private_key: PrivateKey | None) -> None:
        """By direct message, or else in the ephemeral answer; raise `Explain` when neither arrives."""
        parcel = await self.pack(issued, private_key)
        try:
            await send(interaction.user, parcel)
        except DISCORD_FAILURES as error:
            log.info("no direct message to %s: %r", interaction.user.id, error)
        else:
            await answer(interaction, texts.delivered(parcel.device, parcel.ends))
            return
        try:
            await answer(
                interaction, texts.direct_messages_closed(parcel.headline), embed=parcel.steps, files=parcel.files()
            )
        except DISCORD_FAILURES as error:
            log.warning("the config of %s reached %s in no way: %r", issued.peer.device, interaction.user.id, error)
            self._context.note(notes.Undelivered(interaction.user, issued.peer.device))
            raise Explain(texts.not_delivered(parcel.device)) from error
