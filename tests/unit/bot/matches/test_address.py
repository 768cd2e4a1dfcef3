"""The one address of a game that players paste."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.games import games
from bot.matches.address import block, inline, pasted
from gateway.api.contract import ForwardInfo
from gateway.model import PortRange, Protocol
from tests.unit.bot.core.test_render import FORWARD
from tests.unit.bot.english import words

VPS, VPS6 = "vps.example.org", "2001:db8::1"


def opened(*ports: str, game: str = "", protocol: Protocol = Protocol.BOTH) -> list[ForwardInfo]:
    found = games.find(game)
    return [
        replace(FORWARD, label=found.name if found else "", ports=parsed, to_port=parsed.first, protocol=protocol)
        for parsed in map(PortRange.parse, ports)
    ]


@pytest.mark.parametrize(
    ("forwards", "text"),
    [
        (opened("25565", game="minecraft"), VPS),
        (opened("25566", game="minecraft"), f"{VPS}:25566"),
        (opened("25565"), f"{VPS}:25565"),
        (opened("34197", game="factorio"), VPS),
        (opened("2456-2458", game="valheim"), f"{VPS}:2456"),
        (opened("7777", "8888", game="satisfactory"), f"{VPS}:7777"),
        (opened("26900", "26900-26903", game="7 days to die"), f"{VPS}:26900"),
        (opened("19132", game="bedrock"), VPS),
    ],
)
def test_a_game_has_one_address(forwards: list[ForwardInfo], text: str) -> None:
    """It names the first port, unless the game's client takes that one by itself."""
    game = games.find(forwards[0].label)
    how = f"\n-# In the game: {words(f'game-join-{game.id}')}" if game else ""
    assert block(words, pasted(VPS, forwards)) == f"```\n{text}\n```{how}"
    assert inline(words, pasted(VPS, forwards)) == f"`{text}`"


def test_a_port_with_a_field_of_its_own_is_told_apart() -> None:
    """Bedrock's client takes no port behind the address."""
    moved = pasted(VPS, opened("19140", game="bedrock"))
    assert block(words, moved) == f"```\n{VPS}\n```\n-# Port: 19140\n-# In the game: *Play* → *Servers* → *Add Server*"
    assert inline(words, moved) == f"`{VPS}` with port 19140"


def test_of_an_unknown_server_every_open_port_is_told() -> None:
    assert block(words, pasted(VPS, opened("27015-27017", "5000", protocol=Protocol.UDP))) == (
        f"```\n{VPS}:27015\n```\n-# Also open: 27016-27017/udp, 5000/udp"
    )


@pytest.mark.parametrize(("srv_port", "text"), [(25570, VPS), (25571, f"{VPS}:25570"), (None, f"{VPS}:25570")])
def test_an_srv_record_spares_players_the_port(srv_port: int | None, text: str) -> None:
    for forwards in (opened("25570", game="minecraft"), opened("25570", protocol=Protocol.TCP)):
        assert pasted(VPS, forwards, srv_port).text == text


def test_an_ipv6_address_keeps_its_port() -> None:
    """Without one, clients take its last group for the port."""
    assert pasted(VPS6, opened("25565", game="minecraft")).text == f"[{VPS6}]:25565"
