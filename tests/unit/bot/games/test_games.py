"""Games in place of port numbers, and a free port in place of a taken one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path

import discord
import pytest

from bot.core import render
from bot.core.buttons import MAX_CUSTOM_ID
from bot.games import games
from bot.ports.offer import OpenInstead
from gateway.api.contract import Actor, AddForward
from gateway.config import PolicySection
from gateway.model import Duration, parse_ports
from gateway.state.planner import MAX_NAME
from tests.fakediscord import Person
from tests.unit.bot.english import words
from tests.unit.bot.patience import PATIENCE_S
from tests.unit.bot.world import World, world

Worlds = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    return partial(world, tmp_path, monkeypatch)


async def friend(w: World, name: str) -> Person:
    """Add a member with one device."""
    person = w.discord.guild.add_member(name, roles=["Friends"])
    await person.slash("join", device=f"{name}s")
    return person


def opened(w: World) -> list[str]:
    """Return the forwards as `pc 25565/tcp to 25565 (Minecraft (Java))`."""
    return [
        f"{w.gate.desired.peers[f.peer_id].device} {f.ports}/{f.protocol} to {f.to_port} ({f.label})"
        for f in w.gate.desired.forwards.values()
    ]


def test_there_are_many_games_and_each_name_means_one() -> None:
    """Members type ids, names and aliases into the same option."""
    assert len(games.games()) >= 40
    words = Counter(key for game in games.games() for key in {games._key(word) for word in game.all_names})
    assert [word for word, count in words.items() if count > 1] == []
    assert not any(game.id != game.id.lower() or " " in game.id for game in games.games())


@pytest.mark.parametrize("game", games.games(), ids=lambda game: game.id)
def test_a_game_can_be_opened_by_a_member_and_has_a_source_of_its_ports(game: games.Game) -> None:
    """The default policy allows its ports, no name of it is a port, and its query port is one of its ports."""
    policy = PolicySection()
    assert len(game.ports) <= policy.forwards_per_member
    assert sum(len(spec.ports) for spec in game.ports) <= policy.ports_per_member
    for spec in game.ports:
        assert policy.forward_ports.first <= spec.ports.first <= spec.ports.last <= policy.forward_ports.last
        assert not any(
            spec.ports.overlaps(o.ports) for o in game.ports if o is not spec and o.protocol is spec.protocol
        )
    for word in game.all_names:
        with pytest.raises(ValueError):
            parse_ports(word)
    if game.query:
        assert any(game.query.port in s.ports and s.protocol in (None, game.query.protocol) for s in game.ports)
    assert game.source.startswith("https://")
    assert len(game.name) <= MAX_NAME


@pytest.mark.parametrize(
    ("word", "ports"),
    {
        "minecraft": "25565/tcp",
        "Minecraft (Java)": "25565/tcp",
        "bedrock": "19132/udp",
        "valheim": "2456-2458/udp",
        "terraria": "7777/tcp",
        "factorio": "34197/udp",
        "palworld": "8211/udp",
        "CS2": "27015",
        "ark": "7777-7778/udp,27015/udp",
        "satisfactory": "7777,8888/tcp",
        "zomboid": "16261-16262/udp",
        "7 days to die": "26900/tcp,26900-26903/udp",
        "rust": "28015/udp,28017/udp",
        "enshrouded": "15636-15637/udp",
    }.items(),
)
def test_well_known_games_are_found_by_the_names_that_players_use(word: str, ports: str) -> None:
    game = games.find(word)
    assert game
    assert ",".join(map(str, game.ports)) == ports


def test_spelling_that_leaves_no_doubt_is_understood() -> None:
    """Case, spaces and punctuation do not matter. No game is guessed from anything else."""
    for word in ("garrysmod", "Garry’s Mod", "GMOD", "counter strike 2", "project_zomboid"):  # noqa: RUF001
        assert games.find(word), word
    for word in ("", "**minecraft**", "mine", "minecraft!"):
        assert games.find(word) is None, word


def test_games_that_begin_with_the_typed_text_are_suggested_first() -> None:
    """Games that contain it follow. Empty text suggests the most played first, and a number the games on that port."""
    assert [game.id for game in games.suggest("forest")] == ["the-forest", "sons-of-the-forest"]
    assert [game.id for game in games.suggest("Mine")][:2] == ["minecraft", "minecraft-bedrock"]
    assert games.suggest("") == games.games()
    assert [game.id for game in games.suggest("2556")] == ["minecraft"]
    assert games.suggest("no such game") == ()


def test_a_near_miss_is_recognised() -> None:
    """It is a typing mistake or the begin of a name; at most three games are named."""
    assert [game.id for game in games.similar("valhiem")] == ["valheim"]
    assert [game.id for game in games.similar("minecarft")] == ["minecraft"]
    assert "minecraft" in [game.id for game in games.similar("mine")]
    assert len(games.similar("a")) == 3
    assert games.similar("xyzzy") == games.similar("  ") == ()


async def test_a_game_is_opened_by_its_name(worlds: Worlds) -> None:
    """The answer, the status and the suggestions name the game."""
    async with worlds() as w:
        anna = await friend(w, "anna")
        reply = await anna.slash("forward", port="Minecraft")
        assert opened(w) == ["annas 25565/tcp to 25565 (Minecraft (Java))"]
        assert "**Minecraft (Java): port 25565 is open (TCP).**" in reply.content
        assert "```\nvps.example.org\n```" in reply.content
        (embed,) = (await anna.slash("status")).embeds
        assert "Minecraft (Java) · **25565** TCP: 1 connection" in embed.fields["🟢 annas"]
        (choice,) = await anna.autocomplete("unforward", focused="port", port="minecraft")
        assert choice.value == "25565/tcp"
        assert choice.name == "Minecraft (Java) · 25565 (TCP) → annas, port 25565"
        assert choice.name in (await anna.slash("unforward", port=choice.value)).content
        assert opened(w) == []


async def test_a_game_with_several_ports_gets_them_all(worlds: Worlds) -> None:
    """Each port has its own protocol, in spite of the option. The command in the answer closes all."""
    async with worlds() as w:
        anna = await friend(w, "anna")
        reply = await anna.slash("forward", port="satisfactory", protocol="udp")
        assert opened(w) == ["annas 7777/both to 7777 (Satisfactory)", "annas 8888/tcp to 8888 (Satisfactory)"]
        assert "**Satisfactory is open.**" in reply.content
        assert "`/unforward port:7777,8888/tcp`" in reply.content


async def test_a_plain_port_has_no_name(worlds: Worlds) -> None:
    """No game is guessed from a number, and the options count."""
    async with worlds() as w:
        anna = await friend(w, "anna")
        reply = await anna.slash("forward", port="25565", protocol="udp", duration="2h")
        assert opened(w) == ["annas 25565/udp to 25565 ()"]
        assert "**Port 25565 is open (UDP).**" in reply.content


@pytest.mark.parametrize(
    ("typed", "asked"),
    {"valhiem": "Did you mean Valheim?", "**factorio**": r"\*\*factorio\*\* is not a port", "xyzzy": ""}.items(),
)
async def test_an_unknown_word_is_explained(worlds: Worlds, typed: str, asked: str) -> None:
    """The answer says what a port looks like, and names the game that was probably meant. Nothing is opened."""
    async with worlds() as w:
        anna = await friend(w, "anna")
        reply = await anna.slash("forward", port=typed)
        assert "is not a port. Write one like 25565" in reply.content
        assert asked in reply.content
        assert ("Did you mean" in reply.content) is (typed != "xyzzy")
        assert opened(w) == []


async def test_a_game_whose_usual_port_the_gateway_keeps_is_opened_on_another(worlds: Worlds) -> None:
    """The server on the device stays at its usual port, unless the member names one."""
    async with worlds() as w:
        anna, ben = await friend(w, "anna"), await friend(w, "ben")
        await anna.slash("forward", port="mumble")
        assert opened(w) == ["annas 54738/both to 64738 (Mumble)"]
        await anna.slash("unforward", port="54738")
        await ben.slash("forward", port="murmur", to_port=5000)
        assert opened(w) == ["bens 54738/both to 5000 (Mumble)"]


async def test_games_are_suggested_while_typing(worlds: Worlds) -> None:
    """Empty text suggests the most played, and every suggestion can be used as a port."""
    async with worlds() as w:
        anna = await friend(w, "anna")
        choices = await anna.autocomplete("forward", focused="port")
        assert len(choices) == 25
        assert choices[0].name == "Minecraft (Java) — 25565/tcp"
        choices = await anna.autocomplete("forward", focused="port", port="valh")
        assert [choice.name for choice in choices] == ["Valheim — 2456-2458/udp"]
        await anna.slash("forward", port=str(choices[0].value))
        assert opened(w) == ["annas 2456-2458/udp to 2456 (Valheim)"]


async def test_a_port_that_the_caller_has_open_is_shown_and_not_refused(worlds: Worlds) -> None:
    """It is suggested first, and asking for it again shows the same answer. With other options it counts as taken."""
    async with worlds() as w:
        anna = await friend(w, "anna")
        await anna.slash("forward", port="minecraft")
        first, *_ = await anna.autocomplete("forward", focused="port", port="255")
        assert first.value == "25565/tcp"
        assert first.name == "✅ Minecraft (Java) · 25565 (TCP) → annas, port 25565"
        for typed in ("minecraft", str(first.value)):
            reply = await anna.slash("forward", port=typed)
            assert reply.content.startswith(words("forward-already-open"))
            assert "```\nvps.example.org\n```" in reply.content
            assert [button.label for button in reply.buttons] == ["Check again", "Announce"]
        announced = await anna.slash("forward", port="minecraft", announce=True)
        assert "/channels/" in announced.content
        for options in ({"to_port": 25566}, {"protocol": "both"}):
            reply = await anna.slash("forward", port="25565", **options)
            assert reply.content == "25565 is already open for you. 25566 is free."
        assert opened(w) == ["annas 25565/tcp to 25565 (Minecraft (Java))"]


async def test_a_number_is_suggested_with_its_neighbours(worlds: Worlds) -> None:
    """The member's own open ports are left out. Ports of other members are suggested, which keeps them secret."""
    async with worlds() as w:
        anna, ben = await friend(w, "anna"), await friend(w, "ben")
        await anna.slash("forward", port="25566")
        choices = {
            choice.value: choice.name for choice in await anna.autocomplete("forward", focused="port", port="25565")
        }
        assert choices == {
            "25565": "Port 25565",
            "25567": "Port 25567",
            "25568": "Port 25568",
            "minecraft": "Minecraft (Java) — 25565/tcp",
        }
        assert "25566" in [choice.value for choice in await ben.autocomplete("forward", focused="port", port="25565")]
        edge = await anna.autocomplete("forward", focused="port", port="65534-65535/udp")
        assert [choice.value for choice in edge] == ["65534-65535/udp"]


async def test_games_are_suggested_without_a_gateway(worlds: Worlds) -> None:
    """The bot itself knows them."""
    async with worlds() as w:
        anna = await friend(w, "anna")
        await w.gate.stop()
        choices = await anna.autocomplete("forward", focused="port", port="25565")
        assert choices[-1].value == "minecraft"


async def test_a_taken_port_is_one_press_away_from_a_free_one(worlds: Worlds) -> None:
    """The holder's name stays hidden, and the free port leads to the target of the taken one."""
    async with worlds() as w:
        anna, ben = await friend(w, "anna"), await friend(w, "ben")
        await anna.slash("forward", port="25565")
        reply = await ben.slash("forward", port="minecraft", duration="2h")
        assert reply.ephemeral
        assert reply.content == "25565 is already open for another member. 25566 is free."
        pressed = await ben.press(reply.button("Open 25566 instead"))
        assert opened(w)[1:] == ["bens 25566/tcp to 25565 (Minecraft (Java))"]
        assert "```\nvps.example.org:25566\n```" in pressed.content
        assert "Runs on **bens**, port 25565." in pressed.content
        assert pressed.message is reply.message
        assert "Open 25566 instead" not in [found.label for found in reply.buttons]
        (request,) = [r for r in w.gate.asked if isinstance(r, AddForward) and r.request_id and ":" in r.request_id]
        assert (str(request.duration), request.actor.id) == ("2h", str(ben.user.id))


async def test_the_button_keeps_the_request(worlds: Worlds) -> None:
    """It keeps range, protocol, target and device, also with a colon in the device's name."""
    async with worlds() as w:
        anna, ben = await friend(w, "anna"), await friend(w, "ben")
        await ben.slash("join", device="b:o x")
        await anna.slash("forward", port="27015-27016")
        reply = await ben.slash("forward", port="27015-27016", protocol="udp", to_port=7000, device="b:o x")
        await ben.press(reply.button("Open 27017-27018 instead"))
        assert opened(w)[1:] == ["b:o x 27017-27018/udp to 7000 ()"]


async def test_the_button_may_find_its_port_taken_too(worlds: Worlds) -> None:
    """The same message then offers the next free port."""
    async with worlds() as w:
        anna, ben = await friend(w, "anna"), await friend(w, "ben")
        await anna.slash("forward", port="25565")
        reply = await ben.slash("forward", port="25565")
        button = reply.button("Open 25566 instead")
        await anna.slash("forward", port="25566")
        again = await ben.press(button)
        assert "25566 is already open for another member" in again.content
        await ben.press(again.button("Open 25567 instead"))
        assert opened(w)[2:] == ["bens 25567/both to 25565 ()"]


async def test_a_press_that_fails_is_explained_and_can_be_repeated(worlds: Worlds) -> None:
    """The button stays for the next press. Right after the role is back, the device may still be suspended."""
    async with worlds() as w:
        anna, ben = await friend(w, "anna"), await friend(w, "ben")
        await anna.slash("forward", port="25565")
        reply = await ben.slash("forward", port="25565")
        button = reply.button("Open 25566 instead")
        w.discord.guild.set_roles(ben, [])
        assert "only for people with the role" in (await ben.press(button)).content
        assert len(opened(w)) == 1
        w.discord.guild.set_roles(ben, ["Friends"])
        async with asyncio.timeout(PATIENCE_S):
            while len(opened(w)) == 1:
                said = (await ben.press(button)).content
                assert "25566" in said or "try again in a minute" in said
        assert len(opened(w)) == 2


async def test_several_taken_ports_get_the_sentence_alone(worlds: Worlds) -> None:
    """They belong together, so a game with one of its ports moved would not work."""
    async with worlds() as w:
        anna, ben = await friend(w, "anna"), await friend(w, "ben")
        await anna.slash("forward", port="7777")
        reply = await ben.slash("forward", port="satisfactory")
        assert "7777 is already open for another member" in reply.content
        assert reply.buttons == []


def test_no_button_rather_than_one_that_discord_refuses() -> None:
    """There is none without a free port, for several ports, or with a device name too long for a custom_id."""
    request = AddForward(
        actor=Actor(id="1", name="ben"),
        ports=parse_ports("65533-65535/udp"),
        device="x" * MAX_NAME,
        duration=Duration.parse("999999s"),
        label=max(games.games(), key=lambda game: len(game.id)).name,
    )
    button = OpenInstead.of(request, "61000-61002")
    assert button
    assert render.length(button.custom_id) <= MAX_CUSTOM_ID
    assert OpenInstead.of(request, None) is None
    assert OpenInstead.of(replace(request, device="🎮" * MAX_NAME), "61000-61002") is None
    assert OpenInstead.of(replace(request, ports=parse_ports("7777,8888/tcp")), "61000") is None
    assert len(words("forward-instead-button", port="61000-61002")) <= 80
    assert button.item(words).style is discord.ButtonStyle.primary
