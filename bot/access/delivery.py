"""Delivers a config to its owner: `NAME.conf` and, for phones, a QR code of the same text. Both stay in memory."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import ParamSpec

import discord
import qrcode
from qrcode.image.pure import PyPNGImage
from qrcode.util import MODE_8BIT_BYTE, QRData

from bot.access import screens
from bot.access.buttons import SendButton
from bot.access.purpose import Platform
from bot.access.screens import Parcel
from bot.access.shown import ShownConfigs
from bot.core import notes
from bot.core.client import Interaction
from bot.core.context import Context
from bot.core.interaction import DISCORD_FAILURES, Explain, call, caller_anywhere, show, words_of
from bot.core.posting import nonce_of, send_once
from bot.core.render import safe
from bot.core.words import Words, says
from gateway.api.client import with_private_key
from gateway.api.contract import PRIVATE_KEY_PLACEHOLDER, Issued, List, PeerInfo
from gateway.keys import PrivateKey
from gateway.model import Key, Mode

P = ParamSpec("P")
log = logging.getLogger(__name__)

READ_S = 10.0  # for a file of a few hundred bytes


def pack(issued: Issued, platform: Platform, private_key: PrivateKey | None) -> Parcel:
    """Make the parcel of an issued config.

    `private_key` is None when the member made the key: then the config keeps its placeholder.
    """
    config = with_private_key(issued, private_key) if private_key else issued.config
    return wrap(issued.peer, platform, issued.file_name, config)


def wrap(peer: PeerInfo, platform: Platform, file_name: str, config: str) -> Parcel:
    """Make the parcel of a config's final text.

    A phone gets a QR code that it can use: a code has no place to fill in a key, and the app runs no commands, of which
    mode linux is made.
    """
    is_scannable = platform is Platform.PHONE and peer.mode is not Mode.LINUX and PRIVATE_KEY_PLACEHOLDER not in config
    qr = qr_png(config) if is_scannable else None
    return Parcel(peer=peer, platform=platform, file_name=file_name, config=config, qr=qr)


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


class Delivery:
    """Shows configs to their owners."""

    def __init__(self, context: Context, shown: ShownConfigs) -> None:
        self._context, self._shown = context, shown
        self._packing = asyncio.Semaphore(1)

    async def deliver(
        self, interaction: Interaction, platform: Platform, issued: Issued, private_key: PrivateKey | None
    ) -> None:
        """Show the config where the answer belongs, or else send it by direct message.

        Raise `Explain` when neither arrives.
        """
        words, user = words_of(interaction), interaction.user
        # A direct message can be edited for ever, and an answer in the server for some minutes.
        is_direct = interaction.guild_id is None
        parcel = await self._pack(pack, issued, platform, private_key)
        until = self._shown.until(is_answer=not is_direct)
        layout = screens.setup(words, parcel, until, can_send=not is_direct)
        try:
            answer = await show(interaction, layout, lambda: parcel.files(words))
        except DISCORD_FAILURES as error:
            log.warning("no answer to %s: %r", user.id, error)
            await self._send_at_last(interaction, parcel)
            return
        message = interaction.message if is_direct and interaction.message else answer
        await self._shown.add(message, user.id, parcel.peer, until)

    async def send_pressed(self, interaction: Interaction, pressed: SendButton) -> None:
        """Move the setup of the pressed button's message into a direct message.

        The bot keeps no config, so it reads the one in the message.
        """
        actor = await caller_anywhere(interaction)
        words, message = words_of(interaction), interaction.message
        file = next(_files(message.components), None) if message else None
        peers = (await call(interaction, List(actor=actor), about=pressed.peer)).peers
        peer = next((each for each in peers if each.id == pressed.peer and each.owner == actor.id), None)
        if not file or not file.name or not message or not peer:
            raise Explain(says("setup-not-there"))
        try:
            async with asyncio.timeout(READ_S):
                config = (await self._context.client.http.get_from_cdn(file.media.url)).decode()
            parcel = await self._pack(wrap, peer, pressed.platform, file.name, config)
            await self._send(words, interaction.user, parcel, after=interaction.id)
        except DISCORD_FAILURES as error:
            log.info("no direct message to %s: %r", interaction.user.id, error)
            raise Explain(says("setup-not-sent")) from error
        await show(interaction, screens.sent(words))
        self._shown.forget_answer(message.id)

    async def _send(self, words: Words, user: discord.User | discord.Member, parcel: Parcel, *, after: int) -> None:
        """Send the parcel by direct message; raise DISCORD_FAILURES. `after`: the id of the interaction that asked."""
        until = self._shown.until()
        view = screens.setup(words, parcel, until, can_send=False)
        nonce = nonce_of("config", parcel.peer.id, str(parcel.peer.public_key))
        message = await send_once(
            self._context, user, nonce, lambda: {"view": view, "files": parcel.files(words)}, after=after
        )
        await self._shown.add(message, user.id, parcel.peer, until)

    async def _send_at_last(self, interaction: Interaction, parcel: Parcel) -> None:
        user, device = interaction.user, parcel.peer.device
        try:
            await self._send(words_of(interaction), user, parcel, after=interaction.id)
        except DISCORD_FAILURES as error:
            log.warning("the config of %s reached %s in no way: %r", device, user.id, error)
            self._context.note(notes.Undelivered(user, device))
            raise Explain(says("setup-undelivered", device=safe(device))) from error

    async def _pack(self, make: Callable[P, Parcel], *values: P.args, **named: P.kwargs) -> Parcel:
        """Make a parcel in a thread.

        A QR code takes 50 ms of pure Python, and the loop has to acknowledge other interactions. Several threads at
        once would slow the loop too, because they share the interpreter's lock.
        """
        async with self._packing:
            return await asyncio.to_thread(make, *values, **named)


def _files(components: Sequence[discord.Component]) -> Iterator[discord.FileComponent]:
    """Yield the files that a layout shows."""
    for each in components:
        if isinstance(each, discord.FileComponent):
            yield each
        elif isinstance(each, discord.Container):
            yield from _files(each.children)
