"""The demo's prompt: the bot's slash commands, and what people do at their computers."""

from __future__ import annotations

import asyncio
import inspect
import re
import shlex
import sys
import termios
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gateway.api.contract import AddForward, Issued, List, RemoveForward, Revoke, Revoked, SetLan
from gateway.demo.stage import Friend, Stage
from gateway.demo.style import bold, check, cross, dim, qr
from gateway.demo.world import PLAYER4, PLAYER6, VPS4, VPS6
from gateway.errors import BadRequest, GatewayError, NotAllowed, WhichDevice
from gateway.model import Mode, PortSpec, Protocol, parse_ports
from gateway.terminal import text as terminal
from gateway.terminal.commands import owner_id

WELCOME = """\
This is a simulated Internet. The real gateway runs on a VPS at 203.0.113.1; Alex and Kim sit at home behind
a carrier's NAT, and a player is at 198.51.100.7. You are Alex. Try this, line by line:

    /join laptop     up     host 25565     /forward 25565     play 25565     /status
    as admin     /revoke alex     play 25565

`help` lists everything, `quit` ends it and leaves nothing behind.
"""


class Prompt:
    """Every public coroutine is a command, its parameters are the command's options, its docstring is its help."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.speaker = stage.friends["alex"]
        slash = (self.join, self.forward, self.unforward, self.status, self.rotate, self.leave, self.revoke, self.lan)
        plain = (self.up, self.down, self.host, self.play, self.visit)
        self._commands: dict[str, Callable[..., Awaitable[str]]] = {
            **{f"/{command.__name__}": command for command in slash},
            **{command.__name__: command for command in plain},
            "as": self.speak_as,
            "help": self.help,
        }

    async def answer(self, line: str) -> str:
        """What `line` leads to, refusals and mistakes included."""
        try:
            name, *words = shlex.split(re.sub(r",\s+", ",", line))  # several ports are one option
        except ValueError as error:
            return f"{cross()} {error}"
        command = self._commands.get(name) or self._commands.get(f"/{name}")
        if command is None:
            return f"{cross()} There is no command {terminal.safe(name)}. Type help."
        # Options as in Discord: by position, or named as in `protocol:udp`.
        parameters = inspect.signature(command).parameters
        named = dict(word.split(":", 1) for word in words if word.partition(":")[0] in parameters and ":" in word)
        try:
            bound = inspect.signature(command).bind(*(w for w in words if w.partition(":")[0] not in named), **named)
        except TypeError:
            return f"{cross()} Write: {_usage(name, command)}"
        try:
            return await command(*bound.args, **bound.kwargs)
        except NotAllowed as refusal:
            return f"{cross()} {refusal} (`as admin` makes you one.)"
        except TimeoutError:
            return f"{cross()} No answer."
        except (GatewayError, OSError, RuntimeError) as refusal:
            return f"{cross()} {terminal.safe(_as_typed_here(str(refusal)))}"

    async def join(self, device: str = "pc", mode: str = "full") -> str:
        """make a device and get its WireGuard config; mode: full, split or linux"""
        return self._delivered(await self._stage.join(self.speaker, device, _one_of(Mode, "mode", mode)))

    async def rotate(self, device: str | None = None) -> str:
        """new keys for a device, same address and forwards"""
        return self._delivered(await self._stage.rotate(self.speaker, device))

    def _delivered(self, issued: Issued) -> str:
        code = "" if issued.peer.mode is Mode.LINUX else f"{qr(issued.config)}\n"  # no phone could use it
        return (
            f"{code}{check()} {issued.file_name}, sent to {self.speaker.name} by direct message:\n\n"
            f"{dim(issued.config)}\n`up` brings it up on {self.speaker.name}'s PC."
        )

    async def forward(
        self, port: str, protocol: str = "both", to_port: str | None = None, device: str | None = None
    ) -> str:
        """open public ports to your device: 25565, or 2456-2458,27015/udp"""
        request = AddForward(
            actor=self.speaker.actor,
            ports=_ports(port),
            protocol=_one_of(Protocol, "protocol", protocol),
            to_port=_one_port(to_port) if to_port else None,
            device=device,
        )
        opened = await self._stage.client.call(request)
        return f"{check()} {terminal.render_opened(opened).replace('`guildgate unforward', '`/unforward')}"

    async def unforward(self, port: str) -> str:
        """close public ports"""
        closed = await self._stage.client.call(RemoveForward(actor=self.speaker.actor, ports=_ports(port)))
        return "\n".join(f"{check()} Closed {terminal.forward_line(forward)}." for forward in closed.forwards)

    async def status(self) -> str:
        """your devices and live connections; an admin sees all"""
        return terminal.render_status(await self._stage.status(self.speaker)).replace("guildgate join DEVICE", "/join")

    async def leave(self, device: str | None = None) -> str:
        """remove your device"""
        listing = await self._stage.client.call(List(actor=self.speaker.actor))
        if device is None and len(listing.peers) > 1:  # to the gateway it would mean all of them
            raise WhichDevice(devices=", ".join(peer.device for peer in listing.peers))
        request = Revoke(actor=self.speaker.actor, owner=self.speaker.actor.id, device=device)
        return _revoked(await self._stage.client.call(request))

    async def revoke(self, member: str, device: str | None = None) -> str:
        """take a member's access away at once; for admins"""
        if not self.speaker.actor.is_admin:  # the bot's policy: to the gateway, one's own would be fine
            raise NotAllowed
        everyone = await self._stage.client.call(List(actor=self._stage.friends["admin"].actor, everyone=True))
        owner = owner_id(everyone, member)
        return _revoked(await self._stage.client.call(Revoke(actor=self.speaker.actor, owner=owner, device=device)))

    async def lan(self, state: str) -> str:
        """on or off: friends' PCs reach each other, or do not; for admins"""
        if state not in ("on", "off"):
            raise BadRequest(field="state", problem="must be on or off")
        answer = await self._stage.client.call(SetLan(actor=self.speaker.actor, on=state == "on"))
        return f"{check()} {terminal.render_lan(on=answer.on)}"

    async def up(self) -> str:
        """your PC takes the newest config"""
        await self.speaker.up()
        said = f"{check()} The tunnel of {self.speaker.name}'s PC has its handshake, "
        if self.speaker.mode is Mode.LINUX:
            return said + "and its other traffic stays at home. `host` from now on listens on the VPN address only."
        if self.speaker.mode is Mode.SPLIT:
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
        rows = [(_usage(name, command), inspect.getdoc(command) or "") for name, command in self._commands.items()]
        return terminal.table(("COMMAND", "WHAT IT DOES"), [*rows, ("quit", "end the demo")])


def _as_typed_here(sentence: str) -> str:
    """Sentences are written for the terminal."""
    return re.sub(r"`guildgate (\w+)`", r"/\1", sentence)


def _usage(name: str, command: Callable[..., Awaitable[str]]) -> str:
    parameters = inspect.signature(command).parameters.values()
    return " ".join([name, *(p.name.upper() if p.default is p.empty else f"[{p.name}]" for p in parameters)])


def _ports(text: str) -> tuple[PortSpec, ...]:
    try:
        return parse_ports(text)
    except ValueError as error:
        raise BadRequest(field=text, problem=str(error)) from None


def _one_port(text: str) -> int:
    return _ports(text)[0].ports.first


def _one_of(kind: Any, option: str, text: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise BadRequest(field=option, problem=f"must be {', '.join(kind)}") from None


def _revoked(revoked: Revoked) -> str:
    lines = [f"{check()} {peer.device} of {peer.owner_name} is gone." for peer in revoked.peers]
    return "\n".join(lines + [f"{check()} Closed {terminal.forward_line(forward)}." for forward in revoked.forwards])


async def converse(stage: Stage) -> int:
    """Answer lines from standard input, a terminal or a pipe, until `quit` or its end."""
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
    """Ctrl-C leaves a thread in readline, which would leave the terminal without echo."""
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
    """One line, or None at the end; the thread that waits for it may be left waiting when we are cancelled."""
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
