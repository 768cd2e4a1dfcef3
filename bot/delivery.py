"""Handing a config to its owner: `NAME.conf` and, where it helps, a QR code of the same text, in memory only."""

from __future__ import annotations

import asyncio
import io
import logging
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

import discord
import qrcode
from qrcode.image.pure import PyPNGImage
from qrcode.util import MODE_8BIT_BYTE, QRData

from bot import texts
from bot.interaction import DISCORD_FAILURES, Explain, answer
from bot.render import addresses, code, safe
from gateway.client import with_private_key
from gateway.contract import Issued
from gateway.keys import PrivateKey
from gateway.model import Mode

if TYPE_CHECKING:
    from bot.interaction import Interaction

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What a member gets for one device."""

    device: str
    file_name: str
    instructions: str
    config: str = field(repr=False)
    qr: bytes | None = field(repr=False)

    def files(self) -> list[discord.File]:
        """New ones for each try: sending uses a file up."""
        files = [discord.File(io.BytesIO(self.config.encode()), self.file_name)]
        if self.qr is not None:
            files.append(discord.File(io.BytesIO(self.qr), f"{PurePath(self.file_name).stem}.png"))
        return files


def pack(issued: Issued, private_key: PrivateKey | None) -> Parcel:
    """Without `private_key` (only the member has it) the config keeps its placeholder.

    A QR code is for phones: none without the key, and none of a config that only wg-quick understands.
    """
    config = with_private_key(issued, private_key) if private_key else issued.config
    scannable = private_key is not None and issued.peer.mode is not Mode.LINUX
    return Parcel(
        device=issued.peer.device,
        file_name=issued.file_name,
        instructions=_instructions(issued, own_key=private_key is None),
        config=config,
        qr=qr_png(config) if scannable else None,
    )


def _instructions(issued: Issued, *, own_key: bool) -> str:
    device, file = safe(issued.peer.device), issued.file_name
    if issued.peer.mode is not Mode.LINUX:
        return texts.instructions(device, code(file), own_key=own_key)
    up = code(f"sudo install -m 600 {file} /etc/wireguard/ && sudo wg-quick up {PurePath(file).stem}")
    return texts.linux_instructions(device, code(file), up, addresses(issued.peer), own_key=own_key)


def qr_png(text: str) -> bytes:
    qr = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_L, box_size=5, border=4)
    qr.add_data(QRData(text.encode(), mode=MODE_8BIT_BYTE), optimize=0)
    image = io.BytesIO()
    qr.make_image(image_factory=PyPNGImage).save(image)
    return image.getvalue()


async def deliver(interaction: Interaction, issued: Issued, private_key: PrivateKey | None) -> None:
    """By direct message, or else in the ephemeral answer; raise `Explain` when neither arrives."""
    # A QR code is 50 ms of pure Python: too long for the loop that has to acknowledge others, and several threads
    # at once would keep the interpreter from it as well.
    async with interaction.client.packing:
        parcel = await asyncio.to_thread(pack, issued, private_key)
    try:
        await interaction.user.send(parcel.instructions, files=parcel.files())
    except DISCORD_FAILURES as error:
        log.info("no direct message to %s: %r", interaction.user.id, error)
    else:
        await answer(interaction, texts.delivered(safe(parcel.device)))
        return
    try:
        await answer(interaction, texts.direct_messages_closed(parcel.instructions), files=parcel.files())
    except DISCORD_FAILURES as error:
        log.warning("the config of %s reached %s in no way: %r", parcel.device, interaction.user.id, error)
        raise Explain(texts.not_delivered(safe(parcel.device))) from error
