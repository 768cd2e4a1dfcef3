"""The bot's commands for members at the demo's prompt. A method's parameters are the command's options."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial

import discord

from bot.access import screens
from bot.access.buttons import AddButton, RotateButton, TroubleButton
from bot.access.purpose import Platform, Purpose, parse_purpose
from bot.access.screens import Parcel
from bot.access.wanted import Wanted
from bot.admin import lists
from bot.core import render
from bot.core.interaction import Explain
from bot.core.status import status as status_of
from bot.core.words import says
from bot.games.probe import Answer, Outcome
from bot.ports import answer, flowlist, hops, typed
from bot.ports.hops import Question
from bot.ports.opening import Opening, PortList, whole
from gateway import times
from gateway.api import contract
from gateway.api.connections import GetConnections
from gateway.api.contract import Issued, Opened, PeerInfo
from gateway.api.history import GetHistory, Period
from gateway.demo import message
from gateway.demo.chat import Button, Chat, Reply, choice, one_of
from gateway.demo.style import dim, qr
from gateway.devices import pick
from gateway.errors import PortInUse, PortTaken
from gateway.model import Duration, Mode, Protocol, forwards_inside
from gateway.terminal import text as terminal
from gateway.terminal.commands import local_zone


class Members:
    """The commands. They raise GatewayError and `Explain`."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def join(self, device: str = "", mode: str = Purpose.HOSTING, ipv4_only: bool = False) -> Reply:
        try:
            parse_purpose(mode.strip().lower())
        except ValueError:
            raise Explain(says("join-purpose-unknown")) from None
        names = [peer.device for peer in await self._chat.devices()]
        asked = Wanted(device=device, mode=mode.strip().lower(), ipv4_only=ipv4_only).buttons(names)
        if len(asked) == 1:
            return await self._add(asked[0])
        question = screens.question(self._chat.words, asked, names)
        return self._shown(question, {each.platform: partial(self._add, each) for each in asked})

    async def _add(self, asked: AddButton) -> Reply:
        ipv4_only = asked.family == "4"
        issued = await self._chat.stage.join(self._chat.speaker, asked.device, asked.mode, ipv4_only=ipv4_only)
        return self._delivered(issued, asked.platform)

    async def rotate(self, device: str | None = None, ipv4_only: bool | None = None) -> Reply:
        peer = pick(await self._chat.devices(), device)
        platforms = [Platform.LINUX] if peer.mode is Mode.LINUX else [*Platform]
        press = {each: partial(self._rotated, peer.device, ipv4_only, each) for each in platforms}
        if len(press) == 1:
            return await press[Platform.LINUX]()
        asked = [RotateButton(each, "", peer.device) for each in platforms]
        return self._shown(screens.rotation(self._chat.words, peer.device, asked), press)

    async def _rotated(self, device: str, ipv4_only: bool | None, platform: Platform) -> Reply:
        return self._delivered(await self._chat.stage.rotate(self._chat.speaker, device, ipv4_only=ipv4_only), platform)

    def _shown(
        self, question: discord.ui.LayoutView, press: Mapping[Platform, Callable[[], Awaitable[Reply]]]
    ) -> Reply:
        labels = {each: self._chat.words(f"platform-{each}") for each in press}
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
        said.append(message.layout(screens.setup(self._chat.words, parcel, None, can_send=False), message.now()))
        said.append(f"Here `up` does these steps on {self._chat.speaker.name}'s PC.")
        trouble = TroubleButton(platform, issued.peer.mode, "46" if issued.peer.ipv6 else "4")
        buttons = {
            "file": Button(f"show {issued.file_name}", partial(_reply, dim(issued.config.rstrip()))),
            "trouble": Button(
                self._chat.words("setup-trouble-button"),
                partial(self._chat.say, screens.trouble(self._chat.words, trouble)),
            ),
        }
        return Reply("\n".join(said), buttons)

    async def leave(self, device: str | None = None) -> Reply:
        peer = pick(await self._chat.devices(), device)
        request = contract.Revoke(actor=self._chat.me, owner=self._chat.me.id, device=peer.device)
        return await self._chat.say(render.left(self._chat.words, await self._chat.call(request)))

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
            duration=_read_duration(duration) if duration else None,
            only="f" if choice("only", only, ("", "friends")) else "",
            device=(device or "").strip(),
        )
        kind = one_of("protocol", Protocol, protocol)
        try:
            ports, game = typed.ports_and_game(port)
        except typed.Unclear as unclear:
            meant = {each.id: Button(each.name, partial(self._game, wanted, each.id)) for each in unclear.meant}
            return Reply(self._chat.text(unclear.say(self._chat.words)), meant)
        if game:
            return await self._game(wanted, game.id)
        return await self._open(replace(wanted, ports=PortList(tuple(whole(spec, kind) for spec in ports))))

    async def _game(self, wanted: Opening, game: str) -> Reply:
        return await self._open(replace(wanted, game=game))

    async def _open(self, opening: Opening) -> Reply:
        try:
            opened = await self._chat.call(opening.request(self._chat.me))
        except (PortTaken, PortInUse) as error:
            free = error.details.get("free")
            moved = opening.moved(error.details.get("ports"), free)
            if moved is None:
                raise
            instead = Button(self._chat.words("forward-instead-button", port=str(free)), partial(self._open, moved))
            return Reply(self._chat.text(render.refusal(self._chat.words, error)), {str(free): instead})
        proof = await self._proof(opened)
        said = self._chat.text(answer.said_of(self._chat.words, opened, None))
        return Reply(f"{said}\n\n{proof.text}", proof.buttons)

    async def _proof(self, opened: Opened) -> Reply:
        """Say what players still lack, with the buttons that look again and close."""
        ids = tuple(forward.id for forward in opened.forwards)
        status = await self._chat.call(contract.GetStatus(actor=self._chat.me, forwards=ids))
        if len(status.forwards) < len(ids):
            return Reply(self._chat.text(hops.gone(self._chat.words).text))
        device = hops.device_of(status, opened.forwards[0])
        asked = hops.questions(opened.forwards) if device.connected else ()
        answers = {each: await self._asked(device.peer, each) for each in asked}
        proof = hops.seen(self._chat.words, status, status.forwards, answers, message.now())
        *lines, _ = proof.lines  # the last one says until when the message is live, and this text never changes
        said = "\n".join([f"### {proof.title}", *(line.text for line in lines)])
        buttons = {
            "check": Button(self._chat.words("proof-check-button"), partial(self._proof, opened)),
            "close": Button(self._chat.words("card-close-button"), partial(self._close, ids)),
        }
        return Reply(self._chat.text(said), buttons)

    async def _asked(self, peer: PeerInfo, question: Question) -> Answer:
        """Ask a friend's server from the VPS, as far as the demo's servers can be asked: whether one answers."""
        vps = self._chat.stage.world.vps
        ask = vps.ask_tcp if question.is_tcp else vps.ask_udp
        try:
            await ask(peer.ipv4, question.ports.first, timeout_s=1)
        except ConnectionRefusedError:
            return Answer(Outcome.REFUSED)
        except OSError:
            return Answer(Outcome.SILENT)
        return Answer(Outcome.ANSWERED)

    async def _close(self, ids: tuple[int, ...]) -> Reply:
        closed = await self._chat.call(contract.RemoveForward(actor=self._chat.me, ids=ids))
        return await self._chat.say(render.closed(self._chat.words, closed, self._chat.me.id))

    async def unforward(self, port: str) -> Reply:
        request = contract.RemoveForward(actor=self._chat.me, ports=typed.ports(port))
        return await self._chat.say(render.closed(self._chat.words, await self._chat.call(request), self._chat.me.id))

    async def connections(self, port: str = "") -> Reply:
        ids = tuple[int, ...]()
        if port:
            listing = await self._chat.call(contract.List(actor=self._chat.me, everyone=self._chat.me.is_admin))
            inside = (
                forwards_inside(listing.forwards, s.ports, s.protocol or Protocol.BOTH) for s in typed.ports(port)
            )
            ids = tuple(dict.fromkeys(forward.id for found in inside for forward in found))
        found = await self._chat.call(GetConnections(actor=self._chat.me, everyone=self._chat.me.is_admin, ids=ids))
        flows = flowlist.flows_of(found)
        shown = message.embed(
            flowlist.flows(self._chat.words, found, flows, 0, is_admin=self._chat.me.is_admin), message.now()
        )
        return Reply(
            f"{shown}\n{dim('In Discord buttons kick and block. Here an admin types `guildgate kick` or `block`.')}"
        )

    async def rename(self, device: str, new_name: str, member: str | None = None) -> Reply:
        owner = self._chat.member(member).actor.id if member else None
        request = contract.Rename(actor=self._chat.me, device=device, new_name=new_name, owner=owner)
        renamed = await self._chat.call(request)
        names = render.safe(renamed.was), render.safe(renamed.peer.device)
        return await self._chat.say(self._chat.words("rename-done", device=names[0], name=names[1]))

    async def status(self) -> Reply:
        found = await self._chat.stage.status(self._chat.speaker)
        return self._chat.embeds(*status_of(self._chat.words, found, everyone=self._chat.me.is_admin))

    async def traffic(self, member: str | None = None, period: str = Period.DAY) -> Reply:
        owner = self._chat.member(member).actor.id if member else None if self._chat.me.is_admin else self._chat.me.id
        if owner not in (None, self._chat.me.id):
            _ = self._chat.admin
        history = await self._chat.call(
            GetHistory(
                actor=self._chat.me, owner=owner, everyone=owner is None, period=one_of("period", Period, period)
            )
        )
        return Reply(f"{terminal.render_history(history)}\n{dim('In Discord this is a picture.')}")

    async def policy(self) -> Reply:
        return self._chat.embeds(
            lists.policy(self._chat.words, await self._chat.call(contract.GetPolicy(actor=self._chat.me)))
        )


async def _reply(text: str) -> Reply:
    return Reply(text)


def _read_duration(text: str) -> Duration:
    try:
        return times.parse(text, message.now(), local_zone())
    except times.TimeError as error:
        raise Explain(says(f"duration-{error.problem}")) from None
