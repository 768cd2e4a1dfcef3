"""The page docs/gallery.md, with the real bot's messages to a fake Discord. `python -m tests.gallery` writes it."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from bot import chosen
from bot.access import shown
from bot.config import PostKind, Source
from bot.core import pace
from bot.graphs.picture import Picture
from bot.graphs.pictures import Pictures
from bot.matches import cards
from bot.panel import course, panel, posts
from bot.ports import proof, reminders
from gateway.api.contract import AuditEntry, ForwardInfo, PeerInfo
from gateway.api.diagnosis import Diagnosis
from gateway.config import PolicySection
from gateway.doctor.checks import judge
from gateway.doctor.facts import BUCKETS, FLOWS
from gateway.model import Difference, Duration
from gateway.nftables.flow import Tuple
from gateway.problem import Problem, Trouble
from gateway.state.history import Moved
from gateway.version import own
from tests.fakediscord import Message, Permission, Person, Reply, button, buttons
from tests.fakediscord.reply import Modal
from tests.fakediscord.state import Channel, Json
from tests.fakediscord.state import shown as shown_to_readers
from tests.joining import PHONE, join, press_platform, sent
from tests.unit.bot.patience import until
from tests.unit.bot.world import World, world
from tests.unit.fakes.host import NOW
from tests.unit.gateway.doctor.test_doctor import RUNNING, facts, section

PAGE = Path(__file__).parents[1] / "docs/gallery.md"
PICTURE = PAGE.parent / "gallery" / "traffic.png"
INTRO = """# What people see

Every message below was said by the bot to the fake Discord of the tests; `python -m tests.gallery` writes this page
again, and a test says when it is out of date. The bar of an embed is the square before its title, buttons and menus
stand in brackets, and times are shown as Discord would at that moment.
"""
CHANNELS: dict[str, Any] = {"admin_channel": "vpn-admins", "log_channel": "vpn-log", "posts_channel": "posts"}
SOURCES = {
    **dict.fromkeys(chosen.KEYS, Source.CHOSEN),
    "posts_channel": Source.FILE,
    "timezone": Source.FILE,
}
BARS = {0x3BA55D: "🟩", 0x747F8D: "⬜", 0xFAA61A: "🟧", 0xED4245: "🟥", 0x5865F2: "🟦"}
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
_ROW, _BUTTON, _LINK, _SECTION, _PICTURES, _FILE, _SEPARATOR, _CONTAINER = 1, 2, 5, 9, 12, 13, 14, 17


@dataclass
class Gallery:
    """The page so far. It shows names of people and roles for their ids, as Discord does."""

    world: World
    names: dict[str, str] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    lines: list[str] = field(default_factory=lambda: [INTRO])

    def person(self, name: str, *roles: str) -> Person:
        person = self.world.discord.guild.add_member(name, roles)
        self.people[name] = person
        self.names[str(person.id)] = f"@{name}"
        for role in roles:
            self.names[self.world.discord.guild.role(role).id] = f"@{role}"
        return person

    def chapter(self, title: str) -> None:
        self.lines += [f"## {title}", ""]

    def says(self, text: str) -> None:
        self.lines += [text, ""]

    def reply(self, person: Person, reply: Reply) -> Reply:
        for message in reply.messages:
            direct = f"direct message to {person.name}" if message.channel.recipient else "everybody sees this"
            self.message(message, f"only {person.name} sees this" if message.ephemeral else direct)
        return reply

    def message(self, message: Message, where: str) -> Message:
        content = self._read(message.content)
        shown = [f"**guildgate** · *{where}*", *([""] if content else []), *content]
        for embed in message.embeds:
            shown += ["", *(f"> {line}" for line in self._embed(embed))]
        pictures = [
            str(embed["image"]["url"]).removeprefix("attachment://") for embed in message.embeds if embed.get("image")
        ]
        is_layout = any(component["type"] == _CONTAINER for component in message.components)
        for attachment in () if is_layout else message.attachments:  # a layout shows its files by itself
            if attachment.filename in pictures:
                if PICTURE.read_bytes() != attachment.data:
                    PICTURE.write_bytes(attachment.data)
                shown += ["", f'<img src="gallery/traffic.png" width="390" alt="{attachment.description}">', ""]
            else:
                shown.append(f"📎 `{attachment.filename}`")
        for component in message.components:
            shown += self._container(component) if component["type"] == _CONTAINER else filter(None, [_row(component)])
        self.lines += [*(f"> {line}  ".rstrip() + ("  " if line.strip("> ") else "") for line in shown), ""]
        return message

    def form(self, form: Modal) -> None:
        self.lines += [f"The button opens the form **{form.title}**:", "", *(f"- {label}" for label in form.fields), ""]

    def choices(self, typed: str, shown: list[str]) -> None:
        self.lines += [f"While `{typed}` is typed, Discord offers:", "", *(f"- {name}" for name in shown), ""]

    def _embed(self, embed: Json) -> list[str]:
        bar = BARS.get(embed.get("color") or 0, "▪️")
        lines = [f"{bar} **{' '.join(self._read(embed.get('title') or ''))}**".replace(" ****", "")]
        lines += self._read(embed.get("description") or "")
        for item in embed.get("fields") or []:
            lines += ["", f"**{' '.join(self._read(item['name']))}**", *self._read(item["value"])]
        if footer := embed.get("footer", {}).get("text"):
            lines += ["", f"<sub>{footer}</sub>"]
        return lines

    def _container(self, container: Json) -> list[str]:
        lines = [BARS.get(container.get("accent_color") or 0, "▪️")]
        for item in container["components"]:
            lines += self._block(item)
        return ["", *(f"> {line}" for line in lines), ""]

    def _block(self, item: Json) -> list[str]:
        match item["type"]:
            case t if t == _SEPARATOR:
                return ["———"]
            case t if t == _ROW:
                return [_row(item)]
            case t if t == _SECTION:
                *lines, last = [line for text in item["components"] for line in self._read(text["content"])]
                return [*lines, f"{last} {_row(item['accessory'])}"]
            case t if t == _FILE:
                return [f"📎 `{item['file']['url'].rpartition('/')[2]}`"]
            case t if t == _PICTURES:
                return [f"🖼️ *{each['description']}*" for each in item["items"]]
        return self._read(item["content"])

    def _read(self, text: str) -> list[str]:
        text = re.sub(r"<t:(\d+)(?::(\w))?>", lambda found: _time(self.world.gate.now, int(found[1]), found[2]), text)
        text = shown_to_readers(text)
        text = re.sub(r"<[@#][!&]?(\d+)>", lambda found: self.names.get(found[1], "@somebody"), text)
        text = re.sub(r"https://discord\.com/channels/[\d/]+", "https://discord.com/channels/…", text)
        text = re.sub(r"^-# (.*)", r"<sub>\1</sub>", text, flags=re.MULTILINE)
        return re.sub(r"^#+ (.*)", r"**\1**", text, flags=re.MULTILINE).split("\n") if text else []


def _row(row: Json) -> str:
    """Return `[ Approve ] [ Deny ]`, or a menu."""
    shown = []
    for item in row.get("components", [row]):
        label = item.get("label") or item.get("placeholder") or item.get("emoji", {}).get("name", "")
        if item["type"] != _BUTTON:
            shown.append(f"`[ {label} ▾ ]`")
        else:
            shown.append(f"~~`[ {label} ]`~~" if item.get("disabled") else f"`[ {label} ]`")
    return " ".join(shown)


def _time(now: datetime, unix: int, style: str | None) -> str:
    moment = datetime.fromtimestamp(unix, UTC)
    if abs(moment - now) > timedelta(days=60):
        return "*long ago*" if style == "R" else "*some day*"
    if style != "R":
        return f"*{moment:%d %B %Y %H:%M}*"
    seconds = int((moment - now).total_seconds())
    unit, size = next(((unit, size) for unit, size in _UNITS if abs(seconds) >= size), ("second", 1))
    count = round(abs(seconds) / size)
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"*in {words}*" if seconds > 0 else f"*{words} ago*"


async def paint(w: World) -> str:
    """Play the stories one after the other. Return the page."""
    w.gate.handshake = None
    friends = w.discord.guild.role("Friends")
    w.discord.guild.promote_bot(int(Permission.MANAGE_ROLES), position=2)
    requests, log, general = (w.discord.guild.channel(name) for name in ("vpn-admins", "vpn-log", "general"))
    gallery = Gallery(w, names={friends.id: "@Friends"})
    gallery.names |= {w.discord.guild.channel(name).id: f"#{name}" for name in CHANNELS.values()}
    stories = (
        *(_asking, _joining, _hosting, _taken, _live, _match, _night, _connections, _traffic, _time_is_up),
        *(_help, _admins, _doctor, _refusals),
    )
    for story in stories:
        await story(gallery, requests, general)
    gallery.chapter("The log channel")
    await _log(gallery, log)
    # What comes first for a server is played last, because the bot begins another session after it.
    beginning = replace(gallery, lines=[])
    await _set_up(beginning, requests)
    gallery.lines[1:1] = beginning.lines
    return "\n".join(gallery.lines).rstrip() + "\n"


async def _set_up(gallery: Gallery, requests: Channel) -> None:
    gallery.chapter("Set-up")
    w, code = gallery.world, "ABCDE-FGHJK"
    w.discord.guild.role("Owner", Permission.MANAGE_GUILD)
    owner = gallery.person("olga", "Owner")
    chosen.open_ticket(w.section.state_dir, code, w.gate.now.timestamp())
    gallery.says(f"`guildgate setup` printed a code. olga types `/setup code:{code}`:")
    begun = gallery.reply(owner, await owner.slash("setup", code=code))
    form = (await owner.press(begun.buttons[0])).modal
    gallery.form(form)
    ids = [[w.discord.guild.role(name).id] for name in ("Friends", "Admin")]
    answers = (*ids, [requests.id], "Europe/Berlin", "en")
    gallery.says("Once it is sent:")
    gallery.reply(owner, await owner.submit(form, dict(zip(form.fields, answers, strict=True))))
    await until(w.bot.is_closed)


async def _asking(gallery: Gallery, requests: Channel, general: Channel) -> None:
    gallery.chapter("Someone new asks for access")
    boss, mia, tom = gallery.person("boss", "Admin"), gallery.person("mia"), gallery.person("tom")
    gallery.says("mia, who has no role yet, types `/join`:")
    gallery.reply(mia, await join(mia))
    gallery.says("In the admins' channel:")
    request = gallery.message(requests.messages[-1], "#vpn-admins")
    gallery.says("boss presses *Approve*. The request says so from then on:")
    answer = await boss.press(button(request, "Approve"))
    welcome = await mia.dm()
    await gallery.world.discord.until(lambda: not request.components, "decided")
    gallery.message(request, "#vpn-admins")
    gallery.reply(boss, answer)
    gallery.says("mia gets a direct message:")
    gallery.message(welcome, "direct message to mia")
    await join(tom, device="laptop")
    gallery.says("Another one, from tom, is denied with a reason, which he reads in a direct message:")
    form = await boss.press(button(requests.messages[-1], "Deny"))
    await boss.submit(form.modal, {next(iter(form.modal.fields)): "Come to voice chat first, we don't know you yet."})
    gallery.message(await tom.dm(), "direct message to tom")


async def _joining(gallery: Gallery, requests: Channel, general: Channel) -> None:
    gallery.chapter("A device")
    anna = gallery.person("anna", "Friends")
    gallery.says("anna types `/join`:")
    asked = gallery.reply(anna, await anna.slash("join"))
    gallery.says("She presses *Windows PC*. The same message:")
    setup = gallery.reply(anna, await press_platform(anna, asked))
    gallery.says("She presses *It doesn't work*:")
    gallery.reply(anna, await anna.press(setup.button("It doesn't work")))
    gallery.world.gate.handshake = timedelta(seconds=5)
    await _changes(gallery, setup.message)
    gallery.says("She imports the file and activates it. The same message, a few seconds later:")
    gallery.reply(anna, setup)
    gallery.world.gate.handshake = None
    gallery.says("She adds her phone: `/join` again, and then *Phone*:")
    again = gallery.reply(anna, await anna.slash("join"))
    phone = gallery.reply(anna, await press_platform(anna, again, PHONE))
    gallery.says("She presses *Send to my DMs*. The answer, and the direct message:")
    gallery.message(await sent(anna, phone), "direct message to anna")
    gallery.reply(anna, phone)
    await anna.slash("leave", device="phone")
    bert = gallery.person("bert", "Friends")
    for platform in ("Mac", "Linux", "Router"):
        gallery.says(f"bert presses *{platform}*:")
        gallery.reply(bert, await join(bert, platform))
        await bert.slash("leave")
    gallery.says("A Linux server that only hosts, `/join device:server mode:linux`, is asked no platform:")
    gallery.reply(bert, await bert.slash("join", device="server", mode="linux"))
    gallery.says("bert types `/rotate device:pc`:")
    await bert.slash("leave")
    await join(bert)
    gallery.reply(bert, await bert.slash("rotate"))
    gallery.world.gate.handshake = timedelta(seconds=20)


async def _hosting(gallery: Gallery, requests: Channel, general: Channel) -> None:
    gallery.chapter("Hosting a match")
    w, anna = gallery.world, gallery.person("carla", "Friends")
    w.gate.handshake = None
    await join(anna)
    offered = await anna.autocomplete("forward", focused="port", port="va")
    gallery.choices("/forward port:va", [choice.name for choice in offered])
    w.gate.players["25565"] = 0
    gallery.says("carla types `/forward minecraft` while her tunnel is still off:")
    reply = await anna.slash("forward", port="minecraft")
    await reply.until(lambda answer: "❌" in answer.text)
    gallery.reply(anna, reply)
    gallery.says("She switches it on. The same answer, a few seconds later:")
    before = reply.text
    w.gate.handshake = timedelta(seconds=20)
    await reply.until(lambda answer: answer.text != before)
    gallery.reply(anna, reply)


async def _taken(gallery: Gallery, requests: Channel, general: Channel) -> None:
    gallery.chapter("Someone has that port")
    dora = gallery.person("dora", "Friends")
    await join(dora)
    gallery.says("dora types `/forward minecraft` as well:")
    gallery.reply(dora, await dora.slash("forward", port="minecraft"))


async def _live(gallery: Gallery, requests: Channel, general: Channel) -> None:
    gallery.chapter("The live message")
    w, boss, ida, karl = gallery.world, *(gallery.person(name, "Friends") for name in ("hugo", "ida", "karl"))
    w.discord.guild.set_roles(boss, ["Admin"])
    games = w.discord.guild.channel("game-night")
    gallery.says("hugo, an admin, types `/panel` in #game-night, and pins what comes:")
    gallery.reply(boss, await boss.slash("panel", in_channel=games))
    await _shows(w, games.messages[-1], "does not answer")  # the game has been asked
    await _shows(w, games.messages[-1], "4 of 4 devices")  # the bot has heard of dora's
    live = gallery.message(games.messages[-1], "#game-night")
    gallery.says("Members host games, and friends play. Nobody types anything for this message:")
    usual, w.gate.handshake = w.gate.handshake, timedelta()
    w.gate.players |= {"27015": 4, "8123": 0, "25600": 0}
    for person, port, seen in ((ida, "27015/udp", "**4**"), (karl, "8123", "Karl")):
        await join(person)
        await person.slash("forward", port=port)
        await _shows(w, live, seen)
        await _minutes_pass(w, 20)
    for players in (5, 9, 2, 2, 6):
        w.gate.players["27015"] = players
        await _shows(w, live, f"**{players}**")
        await _minutes_pass(w, 15)
    await _shows(w, live, course.picture(w.bot._panel._courses[0]))
    gallery.message(live, "#game-night")
    gallery.says("karl presses *Help*:")
    gallery.reply(karl, await karl.press(button(live, "Help")))
    gallery.says("He presses *Devices*, which is for admins:")
    gallery.reply(karl, await karl.press(button(live, "Devices")))
    gallery.says("His PC goes to sleep:")
    w.gate.handshake = timedelta(minutes=10)
    await _shows(w, live, "PC offline")
    gallery.message(live, "#game-night")
    gallery.says("With `posts_channel` in the configuration, the bot also posts this there, without a notification:")
    channel = w.discord.guild.channel("posts")
    gallery.message(channel.messages[0], "#posts")
    stories = w.bot._posts._stories
    await until(lambda: any(PostKind.OFFLINE in story.since for story in (stories._stories or {}).values()))
    w.gate.now += timedelta(minutes=1)
    await until(lambda: "went offline" in channel.messages[-1].content)
    gallery.message(channel.messages[-1], "#posts")
    for person in (ida, karl):
        await person.slash("leave")
    w.gate.now, w.gate.handshake = NOW, usual


async def _match(gallery: Gallery, requests: Channel, general: Channel) -> None:
    gallery.chapter("A match card")
    w, emil = gallery.world, gallery.person("emil", "Friends")
    await join(emil)
    w.gate.players["2456-2458"] = 0
    gallery.says("emil types `/forward valheim announce:True`, and everybody in the channel sees:")
    await emil.slash("forward", port="valheim", announce=True, in_channel=general)
    card = general.messages[-1]
    await w.discord.until(lambda: "🟡" in card.text, "the card says that the server does not answer")
    gallery.message(card, "#general")
    w.gate.players["2456-2458"] = 4
    await w.discord.until(lambda: "4 players" in card.text, "the card shows the players")
    gallery.says("Players come:")
    gallery.message(card, "#general")
    w.gate.now += timedelta(hours=2, minutes=35)
    (posted,) = w.bot._cards._posted.values()
    await w.discord.until(lambda: posted.card.seen_at == w.gate.now, "the card is looked at")
    await emil.slash("unforward", port="2456-2458")
    # A look while the port is being closed may see it open without players, and edit the card once more.
    await w.discord.until(lambda: not buttons(card), "the card ends")
    gallery.says("In the end:")
    gallery.message(card, "#general")
    w.gate.now = NOW


async def _night(gallery: Gallery, requests: Channel, general: Channel) -> None:
    gallery.chapter("A game night")
    emil = gallery.people["emil"]
    gallery.says("emil types `/forward factorio every:friday 20:00 duration:3h`:")
    gallery.reply(emil, await emil.slash("forward", port="factorio", every="friday 20:00", duration="3h"))


async def _connections(gallery: Gallery, requests: Channel, general: Channel) -> None:
    gallery.chapter("Connections")
    w, ines = gallery.world, gallery.person("ines", "Friends")
    w.gate.is_quiet = True
    conntrack = w.gate.kernel.conntrack
    conntrack.entries.clear()
    await join(ines)
    await ines.slash("forward", port="4242", protocol="udp")
    for number, player in enumerate(("198.51.100.7", "203.0.113.66", "2001:db8:4::7")):
        here = ip_address("203.0.113.1" if "." in player else "2001:db8:1::1")
        conntrack.arrive(Tuple(17, ip_address(player), 40000 + number, here, 4242))
    gallery.says("ines types `/connections`:")
    reply = gallery.reply(ines, await ines.slash("connections"))
    gallery.says("She chooses one from the menu:")
    menu = reply.select()
    flow = gallery.reply(ines, await ines.select(menu, menu.raw["options"][1]["value"]))
    gallery.says("She presses *Block*:")
    blocked = gallery.reply(ines, await ines.press(flow.button("Block")))
    gallery.says("What is blocked stands under *Blocked and let in*, and is taken back by its menu:")
    gallery.reply(ines, await ines.press(blocked.button("Blocked and let in (1)")))
    w.gate.is_quiet = False


async def _traffic(gallery: Gallery, requests: Channel, general: Channel) -> None:
    gallery.chapter("Traffic")
    w, jule = gallery.world, gallery.person("jule", "Friends")
    await join(jule, device="tower")
    await jule.slash("forward", port="7777", protocol="udp")
    device, forward = (
        w.gate.device("tower"),
        next(each for each in w.gate.desired.forwards.values() if each.ports.first == 7777),
    )
    for back in range(40, 4, -1):  # quarters of an hour: a match in the afternoon, and one in the evening
        at, players = int((NOW - timedelta(minutes=15 * back)).timestamp()), _players(back)
        of_device = Moved(40_000 + players * 2_000_000, 90_000 + players * 9_000_000, online_s=900)
        of_port = Moved(players * 1_900_000, players * 8_500_000, players, 900 * bool(players))
        moved = {(device.owner, (device.id, 0)): of_device, (device.owner, (device.id, forward.id)): of_port}
        await w.gate.recorder._insert(at, moved, {}, set())
    gallery.says("jule types `/traffic`:")
    reply = gallery.reply(jule, await jule.slash("traffic"))
    gallery.says("She presses *Show my match nights*:")
    gallery.reply(jule, await jule.press(reply.button("Show my match nights")))
    await jule.slash("leave", device="tower")


def _players(back: int) -> int:
    if 28 < back < 36:
        return 2
    return (1, 3, 4, 4, 5, 5, 4, 3, 3, 2, 1, 1)[20 - back] if 8 < back <= 20 else 0


async def _time_is_up(gallery: Gallery, requests: Channel, general: Channel) -> None:
    gallery.chapter("Time")
    w, finn = gallery.world, gallery.person("finn", "Friends")
    await join(finn)
    gallery.says("finn types `/forward 7777 duration:12m`, and shortly before its end:")
    await finn.slash("forward", port="7777", duration="12m")
    w.gate.now = NOW + timedelta(minutes=7)
    reminder = gallery.message(await finn.dm(), "direct message to finn")
    gallery.says("He presses *Extend*:")
    gallery.reply(finn, await finn.press(button(reminder, "Extend")))
    w.gate.now = NOW
    gallery.says("He types `/forward minecraft every:friday 20:00 duration:3h`, and later ends the series:")
    begun = gallery.reply(finn, await finn.slash("forward", port="minecraft", every="friday 20:00", duration="3h"))
    log = w.discord.guild.channel(CHANNELS["log_channel"])
    await w.discord.until(lambda: any("Create Events" in each.text for each in log.messages), "the note about events")
    gallery.reply(finn, await finn.press(button(begun.messages[0], "Stop the series")))


async def _help(gallery: Gallery, requests: Channel, general: Channel) -> None:
    gallery.chapter("Help")
    lena = gallery.person("lena", "Friends")
    gallery.says("lena, who has no device yet, types `/help`:")
    gallery.reply(lena, await lena.slash("help"))


async def _admins(gallery: Gallery, requests: Channel, general: Channel) -> None:
    gallery.chapter("For admins")
    w, boss = gallery.world, gallery.person("berta", "Admin")
    gustav = gallery.person("gustav", "Friends")
    await join(gustav)
    await gustav.slash("forward", port="factorio")
    gallery.says("`/peers`:")
    peers = gallery.reply(boss, await boss.slash("peers"))
    gallery.says("One of them is chosen from the menu:")
    menu = peers.select()
    gallery.reply(boss, await boss.select(menu, menu.raw["options"][0]["value"]))
    gallery.says("`/forwards`:")
    gallery.reply(boss, await boss.slash("forwards"))
    gallery.says("`/revoke` says what will go:")
    asked = gallery.reply(boss, await boss.slash("revoke", member=gustav))
    gallery.reply(boss, await boss.press(asked.button("Revoke")))
    gallery.says("`/policy`, for everybody:")
    w.gate.policy = PolicySection(longest_forward=Duration(timedelta(days=7)))
    gallery.reply(boss, await boss.slash("policy"))
    gallery.says("`/status`, for carla:")
    carla = gallery.people["carla"]
    gallery.reply(carla, await carla.slash("status"))
    gallery.says("`/settings`:")
    gallery.reply(boss, await boss.slash("settings"))


async def _doctor(gallery: Gallery, requests: Channel, general: Channel) -> None:
    """Let the gateway's checks judge a server with some faults."""
    boss = gallery.people["berta"]
    late = Problem(code=Trouble.TRAFFIC, values={"share": "80", "limit": "2 TB"})
    faults = facts(
        is_timed=False,
        sysctls={**facts().sysctls, FLOWS: "16384", BUCKETS: "16384"},
        udp_ports={"IPv4": frozenset({51820}), "IPv6": frozenset()},
        status=replace(RUNNING, listen_port=0, problems=(late,)),
    )
    gallery.world.gate.forged = Diagnosis(findings=tuple(judge(faults, section())), version=own())
    gallery.says("`/doctor`:")
    gallery.reply(boss, await boss.slash("doctor"))
    gallery.world.gate.forged = None


async def _refusals(gallery: Gallery, requests: Channel, general: Channel) -> None:
    gallery.chapter("What goes wrong")
    w, hanna = gallery.world, gallery.person("hanna", "Friends")
    for words, command, options in (
        ("`/forward 25565` before `/join`", "forward", {"port": "25565"}),
        ("`/forward minecrfat`", "forward", {"port": "minecrfat"}),
        ("`/forward 51820`", "forward", {"port": "51820"}),
        ("`/revoke`, by a member", "revoke", {"member": hanna}),
    ):
        gallery.says(f"{words}:")
        gallery.reply(hanna, await hanna.slash(command, **options))
        if not any(peer.owner == str(hanna.id) for peer in w.gate.desired.peers.values()):
            await join(hanna)
    await w.gate.stop()
    gallery.says("`/status` while the gateway is down:")
    gallery.reply(hanna, await hanna.slash("status"))
    await w.gate.start()


async def _log(gallery: Gallery, log: Channel) -> None:
    """Set the audit log, because the gateway of this page keeps none."""
    w = gallery.world
    desired = w.gate.desired
    forward = next(iter(desired.forwards.values()))
    peer = desired.peers[forward.peer_id]
    infos = {"peers": (PeerInfo.of(peer),), "forwards": (ForwardInfo.of(forward, peer),)}
    subject = f"{peer.owner}/{peer.device}"
    shown = sum(len(message.embeds) for message in log.messages)
    for action, who, more in (
        ("join", peer.owner, {"peers": infos["peers"]}),
        ("forward", peer.owner, infos),
        ("expire", "gateway", {"forwards": infos["forwards"]}),
        ("suspend", "bot", {"peers": infos["peers"], "reason": "lost the role"}),
        ("repair", "gateway", {}),
    ):
        entry = AuditEntry(
            id=len(w.gate.audit) + 1,
            at=NOW,
            actor=who,
            actor_name=peer.owner_name if who == peer.owner else who,
            action=action,
            subject=Difference.TABLE if action == "repair" else subject,
            uid=None if who == "gateway" else 997,
            **more,
        )
        w.gate.audit.append(entry)
    await w.discord.until(
        lambda: sum(len(message.embeds) for message in log.messages) >= shown + len(w.gate.audit), "the log"
    )
    # The number of entries in a message is a matter of timing.
    together = replace(log.messages[0], embeds=[embed for message in log.messages for embed in message.embeds])
    gallery.message(together, "#vpn-log")


async def _shows(w: World, message: Message, text: str) -> None:
    await w.discord.until(lambda: text in message.text, text)


async def _minutes_pass(w: World, minutes: int) -> None:
    """Move the clock on, and wait until the live message has looked."""
    w.gate.now += timedelta(minutes=minutes)
    slot = course.slot_of(w.gate.now)
    await until(lambda: all(one.samples[-1].slot == slot for one in w.bot._panel._courses))


async def _changes(gallery: Gallery, message: Message) -> None:
    before = message.text
    await gallery.world.discord.until(lambda: message.text != before, "the card changes")


async def _drawn_before(_: Pictures, picture: Picture) -> bytes:
    """Return the page's picture, because a test has no time to draw one."""
    return PICTURE.read_bytes()


async def page(*, draws: bool = False) -> str:
    """Return the page. `draws`: its picture is drawn anew, and not the one that lies beside it."""
    with tempfile.TemporaryDirectory(prefix="guildgate-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(cards, "TICK_S", 0.05)
        patch.setattr(pace, "EDIT_S", 0)
        for module in (panel, posts):
            patch.setattr(module, "LOOK_S", 0)
            patch.setattr(module, "TICK_S", 0.05)
        patch.setattr(proof, "POLL_S", 0.2)
        patch.setattr(reminders, "POLL_S", 0.05)
        patch.setattr(shown, "POLL_S", 0.05)
        if not draws:
            patch.setattr(Pictures, "_draw", _drawn_before)
        async with world(Path(folder), patch, sources=SOURCES, **CHANNELS) as made:
            return await paint(made)


if __name__ == "__main__":
    PAGE.write_text(asyncio.run(page(draws=True)))
    print(f"wrote {PAGE.relative_to(Path.cwd())}", file=sys.stderr)
