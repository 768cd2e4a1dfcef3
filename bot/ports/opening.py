"""What a member asks to open: short enough for the custom_id of a button or menu that asks for it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

import discord

from bot.core import render
from bot.core.buttons import Button, Component
from bot.core.words import Words
from bot.games import games
from bot.games.games import Game
from gateway.api.contract import Actor, AddForward
from gateway.model import Duration, PortRange, PortSpec, Protocol, parse_ports

MAX_ROWS = 25  # of a menu
MAX_LABEL = 80  # of a button, and so of a menu's line


@dataclass(frozen=True, slots=True)
class PortList:
    """Public ports; the text is that of `parse_ports`, without spaces."""

    specs: tuple[PortSpec, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        return cls(parse_ports(text))

    def __str__(self) -> str:
        return ",".join(map(str, self.specs))


@dataclass(frozen=True)
class Opening:
    """The request, without its member. The device is last, because its name may contain colons."""

    ports: PortList | None = None
    """None: those of the game."""
    to_ports: tuple[int, ...] | None = None
    """The device's first port for each of `ports`, or one for one of them. None: those of the game, or the public."""
    duration: Duration | None = None
    announce: Literal["", "a"] = ""
    """`a`: with a match card. One letter, because a custom_id is short."""
    only: Literal["", "f"] = ""
    """`f`: only friends may connect."""
    game: str = ""
    """The id of a game; empty without one."""
    device: str = ""
    """The device's name; empty when the member named none."""

    @classmethod
    def of(cls, request: AddForward, *, announce: bool = False) -> Opening:
        game = games.find(request.label)
        asked = cls(
            ports=PortList(tuple(whole(spec, request.protocol) for spec in request.ports)),
            to_ports=request.to_ports or (None if request.to_port is None else (request.to_port,)),
            duration=request.duration,
            announce="a" if announce else "",
            only="f" if request.friends_only else "",
            game=game.id if game else "",
            device=(request.device or "").strip(),
        )
        usual = replace(asked, ports=None, to_ports=None)
        return usual if usual.all_ports == asked.all_ports and usual.targets == asked.targets else asked

    @property
    def found_game(self) -> Game | None:
        return games.find(self.game) if self.game else None

    @property
    def all_ports(self) -> tuple[PortSpec, ...]:
        if self.ports:
            return self.ports.specs
        game = self.found_game
        return game.ports if game else ()

    @property
    def targets(self) -> tuple[int, ...]:
        """Return the device's first port for each of the ports, or what was asked if that does not fit."""
        game = self.found_game
        if self.to_ports is None and game and game.to_port:
            return (game.to_port,)
        return self.to_ports or tuple(spec.ports.first for spec in self.all_ports)

    def request(self, actor: Actor, request_id: str | None = None) -> AddForward:
        game, targets = self.found_game, self.targets
        return AddForward(
            actor=actor,
            request_id=request_id,
            ports=self.all_ports,
            to_port=targets[0] if len(targets) == 1 else None,
            to_ports=targets if len(targets) > 1 else (),
            duration=self.duration,
            label=game.name if game else "",
            device=self.device or None,
            friends_only=self.only == "f",
        )

    def moved(self, taken: object, free: object) -> Opening | None:
        """Return the opening with free ports in the place of taken ones; None where the gateway named none.

        The device's ports stay, because its server listens there.
        """
        places = [index for index, spec in enumerate(self.all_ports) if str(spec.ports) == taken]
        if len(places) != 1 or not isinstance(free, str) or len(self.targets) != len(self.all_ports):
            return None
        specs = list(self.all_ports)
        specs[places[0]] = replace(specs[places[0]], ports=PortRange.parse(free))
        return replace(self, ports=PortList(tuple(specs)), to_ports=self.targets)


def whole(spec: PortSpec, protocol: Protocol) -> PortSpec:
    """Return the ports with the protocol that the request has for those without one."""
    return PortSpec(spec.ports, spec.protocol or (None if protocol is Protocol.BOTH else protocol))


@dataclass(frozen=True)
class OpenButton(Button):
    """Opens ports that the message proposes."""

    prefix: ClassVar = "opening"
    opening: Opening

    def item(self, label: str) -> discord.ui.Button[Any]:
        return self.button(render.plain(label, MAX_LABEL), discord.ButtonStyle.primary)


@dataclass(frozen=True)
class AddDeviceButton(Button):
    """Adds the device that a member has not."""

    prefix: ClassVar = "opening-add"

    def item(self, words: Words) -> discord.ui.Button[Any]:
        return self.button(words("panel-add-button"), discord.ButtonStyle.primary)


@dataclass(frozen=True)
class DeviceMenu(Component):
    """Asks for the device that the ports lead to, by its id."""

    prefix: ClassVar = "opening-on"
    opening: Opening


@dataclass(frozen=True)
class CloseMenu(Component):
    """Asks at the limit what to close, by the id of the first of the forwards that were opened together."""

    prefix: ClassVar = "opening-for"
    opening: Opening


def menu(component: Component, hint: str, rows: Sequence[tuple[int, str]]) -> discord.ui.Select[Any]:
    """Return a menu of (id, label)."""
    options = [
        discord.SelectOption(label=render.plain(label, MAX_LABEL), value=str(number))
        for number, label in rows[:MAX_ROWS]
    ]
    return discord.ui.Select(custom_id=component.custom_id, placeholder=hint, options=options)
