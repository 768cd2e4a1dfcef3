"""The demo's prompt: the terminal's commands as slash commands, and commands for what people do at their computers."""

from __future__ import annotations

import asyncio
import inspect
import re
import shlex
import sys
import termios
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from gateway.api.contract import Action, Issued, List, Revoke, Subscription
from gateway.demo.stage import Friend, Stage
from gateway.demo.style import bold, check, cross, dim, qr
from gateway.demo.world import PLAYER4, PLAYER6, VPS4, VPS6
from gateway.errors import BadRequest, GatewayError, NotAllowed, WhichDevice
from gateway.logs import safe
from gateway.model import Mode, PortSpec, Protocol
from gateway.terminal import text as terminal
from gateway.terminal.commands import COMMANDS, Argument, Command

WELCOME = """\
This is a simulated Internet. The real gateway runs on a VPS at 203.0.113.1; Alex and Kim sit at home behind
a carrier's NAT, and a player is at 198.51.100.7. You are Alex. Try this, line by line:

    /join laptop     up     host 25565     /forward 25565     play 25565     /status
    as admin     /revoke alex     play 25565

`help` lists everything, `quit` ends it and leaves nothing behind.
"""
_UNTYPED = {"join": {"device": "pc"}}  # Discord's /join has the same default


class Prompt:
    """The prompt. It sends the terminal's commands as the friend that the user speaks as.

    `_own` holds the commands that exist only here: a method's parameters are the options, its docstring is the help.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.speaker = stage.friends["alex"]
        answered = (command for command in COMMANDS if not issubclass(command.request, Subscription))
        self._slash = {f"/{command.name}": command for command in answered}
        plain = (self.up, self.down, self.host, self.play, self.visit, self.help)
        self._own: dict[str, Callable[..., Awaitable[str]]] = {
            "/leave": self.leave,
            **{command.__name__: command for command in plain},
            "as": self.speak_as,
        }

    async def answer(self, line: str) -> str:
        """Return the text that answers `line`, also for refusals and mistakes."""
        try:
            name, *words = shlex.split(re.sub(r",\s+", ",", line))  # `80, 81` is one option
        except ValueError as error:
            return f"{cross()} {error}"
        slash = self._slash.get(name) or self._slash.get(f"/{name}")
        own = self._own.get(name) or self._own.get(f"/{name}")
        try:
            if slash:
                return await self._ask(slash, _typed(slash.arguments, words, _UNTYPED.get(slash.name, {})))
            if own:
                return await own(**_typed(_arguments(own), words))
        except _Misused as misuse:
            return f"{cross()} Write: {_usage(name, misuse.arguments)}"
        except NotAllowed as refusal:
            return f"{cross()} {safe(str(refusal))} (`as admin` makes you one.)"
        except TimeoutError:
            return f"{cross()} No answer."
        except (GatewayError, OSError, RuntimeError) as refusal:
            return f"{cross()} {safe(_as_typed_here(str(refusal)))}"
        return f"{cross()} There is no command {safe(name)}. Type help."

    async def _ask(self, command: Command[Any], typed: Mapping[str, Any]) -> str:
        answer = await command.ask(self._stage.client, self.speaker.actor, typed)
        if isinstance(answer, Issued):
            return self._delivered(answer)
        text = _as_typed_here(command.render(answer))
        return f"{check()} {text}" if command.request.operation in set(Action) else text

    def _delivered(self, issued: Issued) -> str:
        self.speaker.take(issued)
        code = "" if issued.peer.mode is Mode.LINUX else f"{qr(issued.config)}\n"  # phones cannot use that mode
        return (
            f"{code}{check()} {issued.file_name}, sent to {self.speaker.name} by direct message:\n\n"
            f"{dim(issued.config)}\n`up` brings it up on {self.speaker.name}'s PC."
        )

    async def leave(self, device: str | None = None) -> str:
        """remove your device"""
        listing = await self._stage.client.call(List(actor=self.speaker.actor))
        if device is None and len(listing.peers) > 1:  # because the gateway would remove all of them
            raise WhichDevice(devices=", ".join(peer.device for peer in listing.peers))
        request = Revoke(actor=self.speaker.actor, owner=self.speaker.actor.id, device=device)
        return f"{check()} {terminal.render_revoked(await self._stage.client.call(request))}"

    async def up(self) -> str:
        """your PC takes the newest config"""
        await self.speaker.up()
        said = f"{check()} The tunnel of {self.speaker.name}'s PC has its handshake, "
        if self.speaker.mode is not Mode.FULL:
            return said + "and its other traffic stays at home."
        reached = await self._stage.surf(self.speaker)
        return said + ("and a site on the Internet answers over IPv4 and IPv6." if reached else "but no site answers.")

    async def down(self) -> str:
        """your PC takes the tunnel down"""
        await self.speaker.down()
        return f"{check()} The tunnel of {self.speaker.name}'s PC is down."

    async def host(self, port: str) -> str:
        """your PC hosts a game server, TCP and UDP"""
        server = await self.speaker.host(_one_port(port))
        return f"{check()} {self.speaker.name}'s PC hosts a game server on port {server.port}, at home."

    async def play(self, port: str) -> str:
        """a player on the Internet connects to the VPS's address"""
        number = _one_port(port)
        servers = [server for friend in self._stage.friends.values() for server in friend.servers.values()]
        lines = []
        for public, own in ((VPS4, PLAYER4), (VPS6, PLAYER6)):
            for protocol in Protocol.BOTH.each:
                for server in servers:
                    server.callers.clear()
                player = self._stage.world.player
                ask = player.ask_tcp if protocol is Protocol.TCP else player.ask_udp
                said = f"The player at {own} connects to {public} port {number} over {protocol.upper()}"
                try:
                    await ask(public, number, timeout_s=1)
                except OSError:
                    lines.append(f"{cross()} {said}: nobody answers.")
                    continue
                saw = ", ".join(str(caller.address) for server in servers for caller in server.callers)
                lines.append(f"{check()} {said}: the server answers. It saw {bold(saw)}.")
        return "\n".join(lines)

    async def visit(self, name: str, port: str) -> str:
        """your PC connects to another friend's PC, through the VPN alone"""
        friend, number = self._friend("visit", name), _one_port(port)
        if not friend.vpn_addresses:
            raise BadRequest(field="visit", problem=f"{name}'s PC has no tunnel up")
        lines = []
        for address in friend.vpn_addresses:
            for protocol in Protocol.BOTH.each:
                ask = self.speaker.home.ask_tcp if protocol is Protocol.TCP else self.speaker.home.ask_udp
                said = f"{self.speaker.name}'s PC connects to {address} port {number} over {protocol.upper()}"
                try:
                    await ask(address, number, timeout_s=1)
                except OSError:
                    lines.append(f"{cross()} {said}: nobody answers.")
                else:
                    lines.append(f"{check()} {said}: the server answers.")
        return "\n".join(lines)

    async def speak_as(self, name: str) -> str:
        """be somebody else: alex, kim or admin"""
        self.speaker = self._friend("as", name)
        return f"{check()} You are {name} now."

    def _friend(self, field: str, name: str) -> Friend:
        if name not in self._stage.friends:
            raise BadRequest(field=field, problem=f"there are {', '.join(self._stage.friends)}")
        return self._stage.friends[name]

    async def help(self) -> str:
        """this list"""
        rows = [(_usage(name, command.arguments), command.summary) for name, command in self._slash.items()]
        rows += [(_usage(name, _arguments(own)), inspect.getdoc(own) or "") for name, own in self._own.items()]
        return terminal.table(("COMMAND", "WHAT IT DOES"), [*rows, ("quit", "end the demo")])


class _Misused(Exception):
    """A line has too few or too many options."""

    def __init__(self, arguments: Sequence[Argument]) -> None:
        super().__init__()
        self.arguments = arguments


def _typed(
    arguments: Sequence[Argument], words: Sequence[str], untyped: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the typed values by the arguments' names. Words count by position or by name, as in `protocol:udp`.

    `untyped` has defaults. Raise _Misused for too few or too many words.
    """
    known = {argument.name: argument for argument in arguments}
    named = dict(word.split(":", 1) for word in words if ":" in word and word.partition(":")[0] in known)
    places = (name for name in known if name not in named)
    unnamed = [word for word in words if word.partition(":")[0] not in named]
    named |= dict(zip(places, unnamed, strict=False))
    is_surplus = len(named) < len(words)
    named = {**(untyped or {}), **named}
    if is_surplus or any(argument.is_needed and argument.name not in named for argument in arguments):
        raise _Misused(arguments)
    return {name: _parsed(known[name], word) for name, word in named.items()}


def _parsed(argument: Argument, word: str) -> Any:
    try:
        return argument.parse(word)
    except ValueError as error:
        raise BadRequest(field=argument.name, problem=str(error)) from None


def _arguments(own: Callable[..., Awaitable[str]]) -> Sequence[Argument]:
    parameters = inspect.signature(own).parameters.values()
    return [Argument(p.name, "", nargs=None if p.default is p.empty else "?") for p in parameters]


def _usage(name: str, arguments: Iterable[Argument]) -> str:
    return " ".join([name, *(a.name.upper() if a.is_needed else f"[{a.name}]" for a in arguments)])


def _as_typed_here(text: str) -> str:
    """Return the text with its commands as this prompt names them: /join, or `/join pc` with options."""
    return re.sub(r"`guildgate (\w+)`", r"/\1", text).replace("`guildgate ", "`/")


def _one_port(text: str) -> int:
    try:
        return PortSpec.parse(text).ports.first
    except ValueError as error:
        raise BadRequest(field=text, problem=str(error)) from None


async def converse(stage: Stage) -> int:
    """Answer lines from standard input, a terminal or a pipe, until `quit` or the end. Return the exit code."""
    prompt = Prompt(stage)
    print(WELCOME)
    with _terminal_as_found():
        while (line := await _read_line(f"{prompt.speaker.name}> ")) is not None:
            if line.strip() in ("quit", "exit"):
                break
            if line.strip():
                print(await prompt.answer(line), end="\n\n")
    return 0


@contextmanager
def _terminal_as_found() -> Iterator[None]:
    """Restore the terminal's settings, because Ctrl-C leaves a thread in readline that switched echo off."""
    if not sys.stdin.isatty():
        yield
        return
    import readline  # noqa: F401 - input() uses it once it is there

    before = termios.tcgetattr(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


async def _read_line(prompt: str) -> str | None:
    """Return one line, or None at the end. A cancelled call leaves its thread waiting for the line."""
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str | None] = loop.create_future()

    def read() -> None:
        try:
            text = input(prompt)
        except EOFError:
            text = None
        else:
            if not sys.stdin.isatty():
                print(text)  # so that the log of a piped session reads like a session
        loop.call_soon_threadsafe(line.set_result, text)

    threading.Thread(target=read, daemon=True).start()
    return await line
