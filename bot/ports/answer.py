"""The answer of /forward as a layout: the address, the proof with its buttons, and what else to press. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import discord

from bot.core import render
from bot.core.buttons import Button, layout_of
from bot.core.render import clip, length
from bot.core.words import Words
from bot.matches.address import block, inline, pasted
from bot.matches.buttons import AnnounceButton, CloseButton
from bot.ports.change import ChangeButton
from bot.ports.hops import Cure, Line, Proof, device_of
from bot.ports.otherport import HowButton, OtherPortButton
from gateway.api.contract import ForwardStatus, Opened, Status

MAX_TEXT = 3900  # https://docs.discord.com/developers/components/reference: 4000 in all texts of a message
MAX_LINE = 900
MAX_SAID = 1800
Item = discord.ui.Item[Any]


@dataclass(frozen=True)
class CheckButton(Button):
    prefix: ClassVar = "proof"
    ids: range

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("proof-check-button"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What stands around the proof."""

    ids: range
    """The ids of the forwards."""
    note: str = ""
    """A line above the rest, about what the command did besides."""
    is_announced: bool = False
    """The command has posted the match card."""
    opened: Opened | None = None
    """The forwards as the gateway told them last; None when it has not told of them, or they are closed."""


def layout(words: Words, around: Said, srv_port: int | None, proof: Proof) -> discord.ui.LayoutView:
    opened = around.opened
    said = clip("\n".join(filter(None, (around.note, said_of(words, opened, srv_port) if opened else ""))), MAX_SAID)
    shown: list[Item] = [discord.ui.TextDisplay(said), discord.ui.Separator()] if said else []
    head = f"### {proof.title}"
    shown += [discord.ui.TextDisplay(head), *_lines(words, around, proof.lines, MAX_TEXT - length(said) - length(head))]
    row = [AnnounceButton(around.ids).item(words)] if opened and not around.is_announced else []
    row += [CloseButton(around.ids).item(words), ChangeButton(around.ids).item(words)] if opened else []
    shown.append(discord.ui.ActionRow(*row, CheckButton(around.ids).item(words)))
    return layout_of(discord.ui.Container(*shown, accent_colour=proof.colour))


def _lines(words: Words, around: Said, lines: Sequence[Line], room: int) -> Iterator[Item]:
    """Yield the lines, those without a button together. Each takes its part of `room`, and the last one most."""
    together: list[str] = []
    for line in lines:
        text = clip(line.text, min(MAX_LINE, max(room // 2, 1)))
        room -= length(text) + 1
        if line.beside is None:
            together.append(text)
            continue
        if together:
            yield discord.ui.TextDisplay("\n".join(together))
        together = []
        beside = HowButton() if line.beside is Cure.HOW else OtherPortButton(around.ids)
        yield discord.ui.Section(text, accessory=beside.item(words))
    if together:
        yield discord.ui.TextDisplay("\n".join(together))


def said_of(words: Words, opened: Opened, srv_port: int | None) -> str:
    """Return the sentences about what is open, with the address to paste."""
    address = block(words, pasted(opened.public_address, opened.forwards, srv_port))
    address6 = opened.public_address6
    return render.opened(words, opened, address, inline(words, pasted(address6, opened.forwards)) if address6 else None)


def opened_of(status: Status, rows: Sequence[ForwardStatus]) -> Opened:
    """Return what is open, as the answer to the request told it, by what the gateway tells now."""
    peer = device_of(status, rows[0].forward).peer
    return Opened(
        forwards=tuple(row.forward for row in rows),
        mode=peer.mode,
        public_address=status.public_address,
        public_address6=status.public_address6 if peer.ipv6 else None,
    )
