"""Takes devices away from a member. An admin sees first what would go and confirms it; only what was shown goes.

The seal is a hash of the shown ids. The button holds it, so a click notices that devices or ports have changed since.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import discord

from bot.access.decisions import Decisions
from bot.access.grants import is_granted, withdraw
from bot.admin import details
from bot.core import render
from bot.core.buttons import Button, view_of
from bot.core.client import Interaction
from bot.core.interaction import Explain, answer, call, caller, edit, words_of
from bot.core.render import safe
from bot.core.roles import Access, Reason, is_id
from bot.core.words import Words, says
from gateway.api.contract import Actor, ForwardStatus, GetStatus, PeerStatus, Revoke, Status
from gateway.devices import is_named
from gateway.errors import NoDevices, PeerUnknown, RegionAway, WhichRegion

RevokeAction = Literal["revoke", "cancel"]


@dataclass(frozen=True)
class RevokeButton(Button):
    """A button of the confirmation. `peer_id` None: all devices of the owner.

    `owner` is last, because an owner that an admin made up may contain a colon. It has at most 32 characters.
    """

    prefix: ClassVar = "revoke"
    action: RevokeAction
    seal: str
    peer_id: int | None
    owner: str


@dataclass(frozen=True, slots=True)
class Doomed:
    """What would go: one device or all devices of an owner, with their forwards."""

    peers: tuple[PeerStatus, ...]
    forwards: tuple[ForwardStatus, ...]

    @classmethod
    def of(cls, status: Status, owner: str, peer_id: int | None) -> Doomed:
        peers = tuple(row for row in status.peers if row.peer.owner == owner and peer_id in (None, row.peer.id))
        ids = {row.peer.id for row in peers}
        return cls(peers, tuple(row for row in status.forwards if row.forward.peer_id in ids))

    @property
    def seal(self) -> str:
        """Return a hash of the ids of the devices and forwards."""
        ids = sorted(row.peer.id for row in self.peers), sorted(row.forward.id for row in self.forwards)
        return hashlib.blake2s(repr(ids).encode(), digest_size=6).hexdigest()


async def ask_about(interaction: Interaction, member: discord.abc.User, device: str | None) -> None:
    """Answer with what `/revoke` would take away, and the buttons that confirm or cancel it.

    A member without devices may still have a grant, which is withdrawn without a confirmation. Nothing shows what a
    member has in a region that is away, and that goes later, unless it is one device.
    """
    status = await _look(interaction, await caller(interaction, Access.ADMIN))
    own = [row.peer for row in status.peers if row.peer.owner == str(member.id)]
    if not own and status.away and not device:
        words = words_of(interaction)
        text = "\n".join((words("revoke-unseen", member=safe(member.display_name)), *render.away(words, status.away)))
        await answer(interaction, text, view=_view(words, str(member.id), None, Doomed((), ()).seal))
        return
    named = [peer.id for peer in own if device and is_named(peer, device)]
    if device and not named and status.away:
        missed = status.away[0]
        raise RegionAway(region=missed.region, since=int(missed.since.timestamp()))
    if not own:
        memory = interaction.client.context.memory
        if not await is_granted(memory, member.id):
            raise Explain(says("revoke-nothing", member=safe(member.display_name)))
        await withdraw(memory, member.id)
        raise Explain(says("revoke-access", member=safe(member.display_name)))
    if device and not named:
        raise PeerUnknown(device=device)
    if len(named) > 1:
        raise WhichRegion(name=device, regions=", ".join(peer.region for peer in own if peer.id in named))
    await _ask(interaction, status, str(member.id), named[0] if named else None)


async def ask_about_device(interaction: Interaction, peer_id: int) -> None:
    """Answer as `ask_about` does, for a device that was picked from a list."""
    status = await _look(interaction, await caller(interaction, Access.ADMIN), peer_id)
    owners = [row.peer.owner for row in status.peers if row.peer.id == peer_id]
    if not owners:
        raise Explain(says("revoke-device-gone"))
    await _ask(interaction, status, owners[0], peer_id)


async def _ask(interaction: Interaction, status: Status, owner: str, peer_id: int | None) -> None:
    doomed = Doomed.of(status, owner, peer_id)
    words = words_of(interaction)
    embed = details.confirmation(words, doomed.peers, doomed.forwards, status.at)
    await answer(interaction, embed=embed, view=_view(words, owner, peer_id, doomed.seal))


async def _look(interaction: Interaction, actor: Actor, peer_id: int | None = None) -> Status:
    """Return what all members have; with the id of a device, only what its region has."""
    return await call(interaction, GetStatus(actor=actor, everyone=True), about=peer_id)


def _view(words: Words, owner: str, peer_id: int | None, seal: str) -> discord.ui.View:
    styles = {"revoke": discord.ButtonStyle.danger, "cancel": discord.ButtonStyle.secondary}
    return view_of(
        *(
            RevokeButton(action, seal, peer_id, owner).button(words(f"revoke-{action}-button"), styles[action])
            for action in get_args(RevokeAction)
        )
    )


async def pressed(interaction: Interaction, button: RevokeButton) -> None:
    """Cancel, or revoke what was shown; when it has changed since, show it anew and ask again."""
    words = words_of(interaction)
    if button.action == "cancel":
        await edit(interaction, content=words("revoke-cancelled"), embed=None, view=None)
        return
    actor = await caller(interaction, Access.ADMIN)
    status = await _look(interaction, actor, button.peer_id)
    doomed = Doomed.of(status, button.owner, button.peer_id)
    if doomed.peers and doomed.seal != button.seal:
        await edit(
            interaction,
            content=words("revoke-changed"),
            embed=details.confirmation(words, doomed.peers, doomed.forwards, status.at),
            view=_view(words, button.owner, button.peer_id, doomed.seal),
        )
        return
    said = words("revoke-device-gone" if button.peer_id else "revoke-devices-gone")
    if button.peer_id is None and is_id(button.owner):
        await withdraw(interaction.client.context.memory, int(button.owner))
    if doomed.peers:
        ids = tuple(row.peer.id for row in doomed.peers)
        try:
            revoked = await call(interaction, Revoke(actor=actor, owner=button.owner, ids=ids))
            said = render.revoked(words, revoked, doomed.peers[0].peer.owner_name)
        except NoDevices:
            pass  # another admin revoked them in between
    if button.peer_id is None and is_id(button.owner):
        unseen = not doomed.peers and status.away
        said = "\n".join(["" if unseen else said, *await _everywhere(interaction, words, int(button.owner))]).lstrip()
    await edit(interaction, content=said, embed=None, view=None)


async def _everywhere(interaction: Interaction, words: Words, owner: int) -> list[str]:
    """Let all devices of the owner be void in every region, and say where they are; nothing with one gateway.

    A gateway that is restored from an older backup removes them again.
    """
    decisions = interaction.client.service(Decisions)
    await decisions.revoke(owner, Reason.REVOKED)
    if len(decisions.regions) == 1:
        return []
    spread = await decisions.told(owner)
    return render.cut_off_in(words, spread.done, spread.away)
