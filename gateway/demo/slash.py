"""The bot's slash commands at the demo's prompt: its options, its parsers, its words, and buttons that are typed.

A method is a command, and its parameters are the command's options. `LACKS` says why the demo has not the others.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import TypeVar

import discord

from bot.access import screens
from bot.access.buttons import AddButton, RotateButton, TroubleButton
from bot.access.joining import find_device
from bot.access.purpose import Platform, Purpose, parse_purpose
from bot.access.screens import Parcel
from bot.access.wanted import Wanted
from bot.admin import details, lists
from bot.admin.diagnosis import report
from bot.admin.lists import PER_PAGE, DeviceState
from bot.core import render
from bot.core.interaction import Explain
from bot.core.status import status as status_of
from bot.core.words import says
from bot.games import games
from bot.games.probe import Answer, Outcome
from bot.panel.guide import guide
from bot.ports import answer, flowlist, hops, typed
from bot.ports.hops import Question
from bot.ports.opening import Opening, PortList, whole
from gateway import times
from gateway.api import contract
from gateway.api.connections import GetConnections
from gateway.api.contract import Actor, Issued, Opened, PeerInfo, Request
from gateway.api.diagnosis import Diagnose
from gateway.api.history import GetHistory, Period
from gateway.demo import message
from gateway.demo.stage import Friend, Stage
from gateway.demo.style import dim, qr
from gateway.errors import BadRequest, PortInUse, PortTaken
from gateway.model import Duration, Mode, Protocol, forwards_inside
from gateway.terminal import text as terminal
from gateway.terminal.commands import local_zone

A = TypeVar("A")
E = TypeVar("E", bound=StrEnum)

LACKS: Mapping[str, str] = {
    "panel": "It puts the live message with all matches into a channel, and there is none here. See `/status`.",
    "posts": "It switches the posts about your matches off. There is no channel here that they could go to.",
    "settings": "It shows the roles, channels and languages of your Discord server, and there is none here.",
    "setup": "It chooses roles and channels of your Discord server. `sudo ./run setup` begins that for real.",
    "forward announce": "It posts a card with the address and the players into a channel, and there is none here.",
    "forward every": "It opens the port by itself on each such day. The demo is over by then.",
    "join public_key": "The PCs here need the private key as well, and the bot makes one.",
}
"""Why the demo lacks a command, or an option of a command."""
ADMINS = ("lan", "revoke", "peers", "forwards", "audit", "doctor")


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    press: Callable[[], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command or a button. `buttons` are found by the word that presses them."""

    text: str
    buttons: Mapping[str, Button] = field(default_factory=dict)


class Slash:
    """The commands, sent as the friend that the user speaks as. They raise GatewayError and Explain."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.speaker = stage.friends["alex"]
        self.words = message.english()
        members = (self.join, self.forward, self.unforward, self.connections, self.leave, self.rotate, self.rename)
        admins = (self.lan, self.revoke, self.peers, self.forwards, self.audit, self.doctor)
        each = (*members, self.status, self.traffic, self.policy, *admins)
        self.commands: dict[str, Callable[..., Awaitable[Reply]]] = {one.__name__: one for one in each}
        self.commands["host"] = self.forward

    @property
    def _me(self) -> Actor:
        return self.speaker.actor

    @property
    def _admin(self) -> Actor:
        if not self._me.is_admin:
            raise Explain(says("admins-only"))
        return self._me

    async def join(self, device: str = "", mode: str = Purpose.HOSTING, ipv4_only: bool = False) -> Reply:
        try:
            parse_purpose(mode.strip().lower())
        except ValueError:
            raise Explain(says("join-purpose-unknown")) from None
        names = [peer.device for peer in await self._own()]
        asked = Wanted(device=device, mode=mode.strip().lower(), ipv4_only=ipv4_only).buttons(names)
        if len(asked) == 1:
            return await self._add(asked[0])
        question = screens.question(self.words, asked, names)
        return self._shown(question, {each.platform: partial(self._add, each) for each in asked})

    async def _add(self, asked: AddButton) -> Reply:
        ipv4_only = asked.family == "4"
        issued = await self._stage.join(self.speaker, asked.device, asked.mode, ipv4_only=ipv4_only)
        return self._delivered(issued, asked.platform)

    async def rotate(self, device: str | None = None, ipv4_only: bool | None = None) -> Reply:
        peer = find_device(await self._own(), device)
        platforms = [Platform.LINUX] if peer.mode is Mode.LINUX else [*Platform]
        press = {each: partial(self._rotated, peer.device, ipv4_only, each) for each in platforms}
        if len(press) == 1:
            return await press[Platform.LINUX]()
        asked = [RotateButton(each, "", peer.device) for each in platforms]
        return self._shown(screens.rotation(self.words, peer.device, asked), press)

    async def _rotated(self, device: str, ipv4_only: bool | None, platform: Platform) -> Reply:
        return self._delivered(await self._stage.rotate(self.speaker, device, ipv4_only=ipv4_only), platform)

    def _shown(
        self, question: discord.ui.LayoutView, press: Mapping[Platform, Callable[[], Awaitable[Reply]]]
    ) -> Reply:
        labels = {each: self.words(f"platform-{each}") for each in press}
        buttons = {each.value: Button(labels[each], act) for each, act in press.items()}
        return Reply(message.layout(question, message.now()), buttons)

    def _delivered(self, issued: Issued, platform: Platform) -> Reply:
        is_scannable = platform is Platform.PHONE and issued.peer.mode is not Mode.LINUX
        parcel = Parcel(
            peer=issued.peer,
            platform=platform,
            file_name=issued.file_name,
            config=issued.config,
            qr=b"" if is_scannable else None,
        )
        said = [qr(issued.config)] if is_scannable else []
        said.append(message.layout(screens.setup(self.words, parcel, None, can_send=False), message.now()))
        said.append(f"Here `up` does these steps at {self.speaker.name}'s, with this file.")
        trouble = TroubleButton(platform, issued.peer.mode, "46" if issued.peer.ipv6 else "4")
        buttons = {
            "file": Button(f"show {issued.file_name}", partial(_reply, dim(issued.config.rstrip()))),
            "trouble": Button(
                self.words("setup-trouble-button"), partial(self._say, screens.trouble(self.words, trouble))
            ),
        }
        return Reply("\n".join(said), buttons)

    async def leave(self, device: str | None = None) -> Reply:
        peer = find_device(await self._own(), device)
        request = contract.Revoke(actor=self._me, owner=self._me.id, device=peer.device)
        return await self._say(render.left(self.words, await self._call(request)))

    async def forward(
        self,
        port: str,
        protocol: str = Protocol.BOTH,
        to_port: int | None = None,
        device: str | None = None,
        duration: str | None = None,
        only: str = "",
    ) -> Reply:
        wanted = Opening(
            to_ports=None if to_port is None else (to_port,),
            duration=self._duration(duration) if duration else None,
            only="f" if _choice("only", only, ("", "friends")) else "",
            device=(device or "").strip(),
        )
        kind = _one_of("protocol", Protocol, protocol)
        try:
            ports, game = typed.ports_and_game(port)
        except typed.Unclear as unclear:
            meant = {each.id: Button(each.name, partial(self._game, wanted, each.id)) for each in unclear.meant}
            return Reply(self._text(unclear.say(self.words)), meant)
        if game:
            return await self._game(wanted, game.id)
        return await self._open(replace(wanted, ports=PortList(tuple(whole(spec, kind) for spec in ports))))

    async def _game(self, wanted: Opening, game: str) -> Reply:
        return await self._open(replace(wanted, game=game))

    async def _open(self, opening: Opening) -> Reply:
        try:
            opened = await self._call(opening.request(self._me))
        except (PortTaken, PortInUse) as error:
            free = error.details.get("free")
            moved = opening.moved(error.details.get("ports"), free)
            if moved is None:
                raise
            instead = Button(self.words("forward-instead-button", port=str(free)), partial(self._open, moved))
            return Reply(self._text(render.refusal(self.words, error)), {str(free): instead})
        proof = await self._proof(opened)
        said = self._text(answer.said_of(self.words, opened, None))
        return Reply(f"{said}\n\n{proof.text}", proof.buttons)

    async def _proof(self, opened: Opened) -> Reply:
        """Say what players still lack, with the buttons that look again and close."""
        ids = tuple(forward.id for forward in opened.forwards)
        status = await self._call(contract.GetStatus(actor=self._me, forwards=ids))
        if len(status.forwards) < len(ids):
            return Reply(self._text(hops.gone(self.words).text))
        device = hops.device_of(status, opened.forwards[0])
        asked = hops.questions(opened.forwards) if device.connected else ()
        answers = {each: await self._asked(device.peer, each) for each in asked}
        proof = hops.seen(self.words, status, status.forwards, answers, message.now())
        *lines, _ = proof.lines  # the last one says until when the message is live, and this text never changes
        said = "\n".join([f"### {proof.title}", *(line.text for line in lines)])
        buttons = {
            "check": Button(self.words("proof-check-button"), partial(self._proof, opened)),
            "close": Button(self.words("card-close-button"), partial(self._close, ids)),
        }
        return Reply(self._text(said), buttons)

    async def _asked(self, peer: PeerInfo, question: Question) -> Answer:
        """Ask a friend's server from the VPS, as far as the demo's servers can be asked: whether one answers."""
        vps = self._stage.world.vps
        ask = vps.ask_tcp if question.is_tcp else vps.ask_udp
        try:
            await ask(peer.ipv4, question.ports.first, timeout_s=1)
        except ConnectionRefusedError:
            return Answer(Outcome.REFUSED)
        except OSError:
            return Answer(Outcome.SILENT)
        return Answer(Outcome.ANSWERED)

    async def _close(self, ids: tuple[int, ...]) -> Reply:
        closed = await self._call(contract.RemoveForward(actor=self._me, ids=ids))
        return await self._say(render.closed(self.words, closed, self._me.id))

    async def unforward(self, port: str) -> Reply:
        request = contract.RemoveForward(actor=self._me, ports=typed.ports(port))
        return await self._say(render.closed(self.words, await self._call(request), self._me.id))

    async def connections(self, port: str = "") -> Reply:
        ids = tuple[int, ...]()
        if port:
            listing = await self._call(contract.List(actor=self._me, everyone=self._me.is_admin))
            inside = (
                forwards_inside(listing.forwards, s.ports, s.protocol or Protocol.BOTH) for s in typed.ports(port)
            )
            ids = tuple(dict.fromkeys(forward.id for found in inside for forward in found))
        found = await self._call(GetConnections(actor=self._me, everyone=self._me.is_admin, ids=ids))
        flows = flowlist.flows_of(found)
        shown = message.embed(flowlist.flows(self.words, found, flows, 0, is_admin=self._me.is_admin), message.now())
        return Reply(
            f"{shown}\n{dim('In Discord buttons kick and block. Here an admin types `guildgate kick` or `block`.')}"
        )

    async def rename(self, device: str, new_name: str, member: str | None = None) -> Reply:
        owner = self._member(member).actor.id if member else None
        request = contract.Rename(actor=self._me, device=device, new_name=new_name, owner=owner)
        renamed = await self._call(request)
        names = render.safe(renamed.was), render.safe(renamed.peer.device)
        return await self._say(self.words("rename-done", device=names[0], name=names[1]))

    async def lan(self, state: str) -> Reply:
        wanted = _choice("state", state, ("on", "off")) == "on"
        switched = await self._call(contract.SetLan(actor=self._admin, on=wanted))
        return await self._say(self.words("lan-on" if switched.on else "lan-off"))

    async def status(self) -> Reply:
        found = await self._stage.status(self.speaker)
        return self._embeds(*status_of(self.words, found, everyone=self._me.is_admin))

    async def traffic(self, member: str | None = None, period: str = Period.DAY) -> Reply:
        owner = self._member(member).actor.id if member else None if self._me.is_admin else self._me.id
        if owner not in (None, self._me.id):
            _ = self._admin
        history = await self._call(
            GetHistory(actor=self._me, owner=owner, everyone=owner is None, period=_one_of("period", Period, period))
        )
        return Reply(f"{terminal.render_history(history)}\n{dim('In Discord this is a picture.')}")

    async def policy(self) -> Reply:
        return self._embeds(lists.policy(self.words, await self._call(contract.GetPolicy(actor=self._me))))

    async def revoke(self, member: str, device: str | None = None) -> Reply:
        owner = self._member(member).actor
        status = await self._call(contract.GetStatus(actor=self._admin, everyone=True))
        own = [row for row in status.peers if row.peer.owner == owner.id]
        if not own:
            raise Explain(says("revoke-nothing", member=owner.name))
        meant = find_device([row.peer for row in own], device) if device else None
        doomed = [row for row in own if meant in (None, row.peer)]
        ids = tuple(row.peer.id for row in doomed)
        closing = [row for row in status.forwards if row.forward.peer_id in ids]
        buttons = {
            "revoke": Button(self.words("revoke-revoke-button"), partial(self._revoke, owner, ids)),
            "cancel": Button(self.words("revoke-cancel-button"), partial(self._say, self.words("revoke-cancelled"))),
        }
        asked = details.confirmation(self.words, doomed, closing, status.at)
        return Reply(message.embed(asked, message.now()), buttons)

    async def _revoke(self, owner: Actor, ids: tuple[int, ...]) -> Reply:
        revoked = await self._call(contract.Revoke(actor=self._admin, owner=owner.id, ids=ids))
        return await self._say(render.revoked(self.words, revoked, owner.name))

    async def peers(self, member: str | None = None, state: str = "") -> Reply:
        owner = self._member(member).actor.id if member else None
        only = _one_of("state", DeviceState, state) if state else ""
        status = await self._call(contract.GetStatus(actor=self._admin, everyone=True))
        return self._embeds(lists.peers(self.words, status, owner, 0, only).embed)

    async def forwards(self, member: str | None = None, port: str = "") -> Reply:
        owner, game = self._member(member).actor.id if member else None, games.find(port)
        only = game.id if game else str(typed.one_port(port)) if port else ""
        status = await self._call(contract.GetStatus(actor=self._admin, everyone=True))
        return self._embeds(lists.forwards(self.words, status, owner, 0, only).embed)

    async def audit(self) -> Reply:
        page = await self._call(contract.GetAudit(actor=self._admin, limit=PER_PAGE))
        newest = page.entries[0].id if page.entries else 0
        return self._embeds(lists.audit(self.words, page.entries, newest).embed)

    async def doctor(self) -> Reply:
        found = await self._call(Diagnose(actor=self._admin))
        return self._embeds(report(self.words, found.findings, ()))

    async def guide(self) -> str:
        """Return what the bot's /help says."""
        has_device = bool(await self._own())
        return self._text(guide(self.words, has_device=has_device, is_admin=self._me.is_admin))

    async def _call(self, request: Request[A]) -> A:
        return await self._stage.client.call(request)

    async def _own(self) -> Sequence[PeerInfo]:
        return (await self._call(contract.List(actor=self._me))).peers

    def _member(self, name: str) -> Friend:
        return self._stage.friend("member", name.removeprefix("@"))

    def _duration(self, text: str) -> Duration:
        try:
            return times.parse(text, message.now(), local_zone())
        except times.TimeError as error:
            raise Explain(says(f"duration-{error.problem}")) from None

    def _embeds(self, *shown: discord.Embed) -> Reply:
        return Reply("\n\n".join(message.embed(each, message.now()) for each in shown))

    def _text(self, said: str) -> str:
        return message.text(said, message.now())

    async def _say(self, said: str) -> Reply:
        return Reply(self._text(said))


async def _reply(text: str) -> Reply:
    return Reply(text)


def _choice(option: str, text: str, values: Sequence[str]) -> str:
    """Return the value, which Discord offers in a menu; raise BadRequest for another."""
    if text not in values:
        raise BadRequest(field=option, problem=f"must be {' or '.join(filter(None, values))}")
    return text


def _one_of(option: str, kind: type[E], text: str) -> E:
    return kind(_choice(option, text, [*kind]))
