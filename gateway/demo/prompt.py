"""The demo's prompt: what people type in Discord, what they do at their PCs, and what the admin types on the VPS."""

from __future__ import annotations

import asyncio
import inspect
import re
import shlex
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.core import render
from bot.core.interaction import Explain
from bot.panel.guide import guide
from bot.ports import typed
from gateway.demo.chat import Button, Chat, Reply
from gateway.demo.options import Misused, NotHere, options_of, read, usage
from gateway.demo.slash import LACKS, for_admins, for_members
from gateway.demo.stage import Stage
from gateway.demo.style import bold, check, cross, dim, rows, wrapped
from gateway.demo.world import PLAYER4, PLAYER6, VPS4, VPS6
from gateway.errors import BadRequest, GatewayError, NotAllowed
from gateway.logs import safe
from gateway.model import Mode, PortSpec, Protocol
from gateway.terminal.commands import COMMANDS

WELCOME = """\
This is a simulated Internet. The real gateway runs on a VPS at 203.0.113.1,
Alex and Kim sit at home behind a carrier's NAT, a player is at 198.51.100.7.
There is no Discord: you type what people type and press there. You are Alex.

  /join               add a PC; the answer has buttons
  windows             press one of them
  up                  switch WireGuard on, at Alex's
  start minecraft     start a server there
  /forward minecraft  open its port on the VPS
  play minecraft      let a player on the Internet connect
  as admin            be the admin from now on
  /revoke alex        take Alex off the VPN; it asks first
  revoke              press its button, then `play minecraft` again

`help` explains all commands. Ctrl-D ends the demo and leaves nothing behind.
"""
ON_VPS = {command.name for command in COMMANDS} | {"doctor"}
NO_BREAK = "\u00a0"
MOST_PORTS = 16  # of a game server


class Prompt:
    """The prompt. It knows the bot's slash commands, the buttons of the last answer, and commands of its own.

    `_own` holds the commands that exist only here: a method's parameters are the options, its docstring is the help.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._chat = Chat(stage)
        self._members, self._admins = for_members(self._chat), for_admins(self._chat)
        self._slash = self._members | self._admins
        self._buttons: Mapping[str, Button] = {}
        self._has_pressed = False
        plain = (self.up, self.down, self.start, self.play, self.visit)
        self._own: dict[str, Callable[..., Awaitable[str]]] = {each.__name__: each for each in plain}
        self._own["as"] = self.speak_as

    @property
    def name(self) -> str:
        """Return the name of the friend that the user speaks as."""
        return self._chat.speaker.name

    async def answer(self, line: str) -> str:
        """Return the text that answers `line`, also for refusals and mistakes."""
        try:
            return wrapped(await self._answer(line.strip()))
        except Misused as misuse:
            said = f"Write: {misuse}"
        except NotHere as lack:
            said = f"Not in this demo. {lack}"
        except Explain as refusal:
            said = self._chat.text(refusal.say(self._chat.words))
        except NotAllowed as refusal:
            said = f"{self._refusal(refusal)} (`as admin` makes you one.)"
        except GatewayError as refusal:
            said = self._refusal(refusal)
        except TimeoutError:
            said = "No answer."
        except (OSError, RuntimeError, ValueError) as refusal:
            said = safe(str(refusal))
        return wrapped(f"{cross()} {said}")

    def _refusal(self, error: GatewayError) -> str:
        return self._chat.text(render.refusal(self._chat.words, error))

    async def _answer(self, line: str) -> str:
        if button := self._buttons.get(line.casefold().strip("[]")):
            self._has_pressed = True
            return self._replied(await button.press())
        name, *words = _split(line)
        plain = name.removeprefix("/")
        if plain in ("help", "?"):
            return await self._explain(words[0].removeprefix("/")) if words else await self._list()
        if name == "guildgate":
            return await self._on_vps(words)
        own, slash = self._own.get(plain), self._slash.get(plain)
        if own:
            return await own(**read(name, own, words, {}))
        if plain in LACKS:
            raise NotHere(LACKS[plain])
        if slash:
            return self._replied(await slash(**read(f"/{plain}", slash, words, self._lacking(plain))))
        raise ValueError(f"There is no command {name}. Type help.")

    def _replied(self, reply: Reply) -> str:
        self._buttons = reply.buttons or self._buttons
        if not reply.buttons:
            return reply.text
        shown = (f"[{word}] {button.label}".replace(" ", NO_BREAK) for word, button in reply.buttons.items())
        row = bold("   ".join(shown))
        how = "" if self._has_pressed else f"\n{dim('To press a button, type its word.')}"
        return f"{reply.text}\n\n{row}{how}"

    async def up(self) -> str:
        """switch WireGuard on at your PC, with the newest setup file"""
        friend = self._chat.speaker
        await friend.up()
        await self._stage.hears_of(friend)
        said = f"{check()} {self.name}'s PC is connected"
        if friend.mode is not Mode.FULL:
            return f"{said}. Its other traffic stays at home."
        reached = await self._stage.surf(friend)
        return said + (", and reaches the Internet through the VPS." if reached else ", but no site answers.")

    async def down(self) -> str:
        """switch it off"""
        await self._chat.speaker.down()
        return f"{check()} WireGuard is off at {self.name}'s PC."

    async def start(self, game: str) -> str:
        """start a game's server on your PC: a game or its port"""
        specs, found = typed.ports_and_game(game)
        first = found.to_port if found and found.to_port else specs[0].ports.first
        shift = first - specs[0].ports.first
        ports = [port + shift for spec in specs for port in range(spec.ports.first, spec.ports.last + 1)]
        if len(ports) > MOST_PORTS:
            raise BadRequest(field="game", problem=f"has more than {MOST_PORTS} ports")
        for port in ports:
            await self._chat.speaker.host(port)
        shown = ", ".join(map(str, ports))
        return f"{check()} A server runs on {self.name}'s PC, at home, on port {shown}."

    async def play(self, game: str) -> str:
        """let a player on the Internet connect to the VPS: a game or a public port"""
        (spec, *_), _ = typed.ports_and_game(game)
        number, protocols = spec.ports.first, (spec.protocol or Protocol.BOTH).each
        servers = [server for friend in self._stage.friends.values() for server in friend.servers.values()]
        lines = []
        for public, own in ((VPS4, PLAYER4), (VPS6, PLAYER6)):
            for protocol in protocols:
                for server in servers:
                    server.callers.clear()
                player = self._stage.world.player
                ask = player.ask_tcp if protocol is Protocol.TCP else player.ask_udp
                said = f"The player at {own} connects to {public} port {number} over {protocol.upper()}"
                try:
                    await ask(public, number, timeout_s=1)
                except OSError:
                    lines.append(f"{cross()} {said}: nothing answers.")
                    continue
                saw = ", ".join(str(caller.address) for server in servers for caller in server.callers)
                lines.append(f"{check()} {said}: the server answers. It saw {bold(saw)}.")
        return "\n".join(lines)

    async def visit(self, name: str, port: str) -> str:
        """connect from your PC to another friend's, through the VPN alone"""
        friend, number = self._stage.friend("visit", name), _one_port(port)
        if not friend.vpn_addresses:
            raise BadRequest(field="visit", problem=f"{name}'s PC is not on the VPN")
        lines = []
        for address in friend.vpn_addresses:
            for protocol in Protocol.BOTH.each:
                home = self._chat.speaker.home
                ask = home.ask_tcp if protocol is Protocol.TCP else home.ask_udp
                said = f"{self.name}'s PC connects to {address} port {number} over {protocol.upper()}"
                try:
                    await ask(address, number, timeout_s=1)
                except OSError:
                    lines.append(f"{cross()} {said}: nothing answers.")
                else:
                    lines.append(f"{check()} {said}: the server answers.")
        return "\n".join(lines)

    async def speak_as(self, name: str) -> str:
        """be another person: alex, kim or admin"""
        self._chat.speaker = self._stage.friend("as", name)
        self._buttons = {}
        return f"{check()} You are {name} now."

    async def _on_vps(self, words: Sequence[str]) -> str:
        """Run the real command on the VPS, which writes to the terminal itself until it ends."""
        if not self._chat.speaker.actor.is_admin:
            raise ValueError("Only the admin has the VPS's terminal. `as admin` makes you one.")
        if not words or words[0] not in ON_VPS:
            raise ValueError(f"After guildgate comes one of: {', '.join(sorted(ON_VPS))}.")
        sys.stdout.flush()
        command = (sys.executable, "-P", "-m", "gateway", *words, "--config", str(self._stage.config))
        running = self._stage.world.vps.running(*command, stdin=asyncio.subprocess.DEVNULL, process_group=0)
        async with running as process:
            await process.wait()
        return ""

    async def _list(self) -> str:
        """Say what there is: the bot's own words first, and then each command with its place."""
        own = {usage(name, each): inspect.getdoc(each) or "" for name, each in self._own.items()}
        talking = own.pop("as name")
        groups = {
            "What friends type in Discord": self._described(*self._members, "help"),
            "What only admins can type there": self._described(*self._admins),
            "What happens outside Discord": own,
            "In this demo": {
                "as name": talking,
                "guildgate …": "a command of the VPS's terminal, such as `guildgate status` (for the admin)",
                "help command": "the options of a command, such as `help forward`",
                "Ctrl-C": "clears the line, or ends a command that runs",
                "quit, Ctrl-D": "ends the demo and leaves nothing behind",
            },
            "Not in this demo, and each says why": {", ".join(f"/{name}" for name in LACKS if " " not in name): ""},
        }
        has_device, is_admin = bool(await self._chat.devices()), self._chat.me.is_admin
        parts = [self._chat.text(guide(self._chat.words, has_device=has_device, is_admin=is_admin))]
        parts += [f"{bold(title)}\n{rows(named)}" for title, named in groups.items()]
        return "\n\n".join(parts)

    def _described(self, *names: str) -> dict[str, str]:
        return {f"/{name}": self._chat.words(f"{name}-command") for name in names}

    async def _explain(self, name: str) -> str:
        """Say what one command does, with the bot's texts for its options."""
        if name in LACKS:
            raise NotHere(LACKS[name])
        if own := self._own.get(name):
            return f"{bold(usage(name, own))}\n{inspect.getdoc(own)}"
        slash, words = self._slash.get(name), self._chat.words
        if slash is None:
            raise ValueError(f"There is no command {name}. Type help.")
        texts = f"{slash.__name__}-option-"
        named = {option.name: words(f"{texts}{option.name}") for option in options_of(slash)}
        named |= {option: f"Not in this demo. {why}" for option, why in self._lacking(name).items()}
        return f"{bold(usage(f'/{name}', slash))}\n{words(f'{name}-command')}\n{rows(named)}"

    def _lacking(self, name: str) -> dict[str, str]:
        """Return the options of the bot's command that the demo lacks, with the reason for each."""
        name = self._slash[name].__name__
        return {key.partition(" ")[2]: why for key, why in LACKS.items() if key.startswith(f"{name} ")}


def _split(line: str) -> list[str]:
    """Return the words of a line, with `80, 81` as one. Only double quotes count, because names have apostrophes.

    Raise ValueError for a quotation without an end.
    """
    words = shlex.shlex(re.sub(r",\s+", ",", line), posix=True)
    words.whitespace_split, words.quotes, words.escape, words.commenters = True, '"', "", ""
    return list(words)


def _one_port(text: str) -> int:
    try:
        return PortSpec.parse(text).ports.first
    except ValueError as error:
        raise BadRequest(field=text, problem=str(error)) from None
