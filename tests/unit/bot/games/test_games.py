"""Games in place of port numbers, and a free port in place of a taken one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.games import games
from bot.panel.lastgame import LastGame
from bot.ports.offer import fits
from bot.ports.opening import OpenButton, Opening
from gateway.api.contract import Actor, AddForward, ForwardInfo
from gateway.config import PolicySection
from gateway.model import Duration, parse_ports
from gateway.state.planner import MAX_NAME
from tests.fakediscord import Person
from tests.joining import join, press_platform
from tests.unit.bot.english import words
from tests.unit.bot.patience import PATIENCE_S
from tests.unit.bot.world import World, world

BEN = Actor(id="1", name="ben")
Worlds = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    return partial(world, tmp_path, monkeypatch)


async def friend(w: World, name: str) -> Person:
    """Add a member with one device."""
    person = w.discord.guild.add_member(name, roles=["Friends"])
    await join(person, device=f"{name}s")
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
        assert "**Minecraft (Java) is open.**" in reply.text
        assert "```\nvps.example.org\n```" in reply.text
        (embed,) = (await anna.slash("status")).embeds
        assert "Minecraft (Java) · **25565** TCP: 1 connection" in embed.fields["🟢 annas"]
        (choice,) = await anna.autocomplete("unforward", focused="port", port="minecraft")
        assert choice.value == "25565/tcp"
        assert choice.name == "Minecraft (Java) · 25565 (TCP) → annas, port 25565"
        assert choice.name in (await anna.slash("unforward", port=choice.value)).content
        assert opened(w) == []


async def test_a_game_with_several_ports_gets_them_all(worlds: Worlds) -> None:
    """Each port has its own protocol, in spite of the option. The button in the answer closes all."""
    async with worlds() as w:
        anna = await friend(w, "anna")
        reply = await anna.slash("forward", port="satisfactory", protocol="udp")
        assert opened(w) == ["annas 7777/both to 7777 (Satisfactory)", "annas 8888/tcp to 8888 (Satisfactory)"]
        assert "**Satisfactory is open.**" in reply.text
        await anna.press(reply.button("Close"))
        assert opened(w) == []


async def test_a_plain_port_has_no_name(worlds: Worlds) -> None:
    """No game is guessed from a number, and the options count."""
    async with worlds() as w:
        anna = await friend(w, "anna")
        reply = await anna.slash("forward", port="25565", protocol="udp", duration="2h")
        assert opened(w) == ["annas 25565/udp to 25565 ()"]
        assert "**Port 25565 is open (UDP).**" in reply.text


async def test_an_unknown_word_is_explained(worlds: Worlds) -> None:
    """The answer says what a port looks like. Nothing is opened, and what was typed has no markup."""
    async with worlds() as w:
        anna = await friend(w, "anna")
        reply = await anna.slash("forward", port="xyzzy")
        assert "is not a port" in reply.content
        assert reply.buttons == []
        meant = await anna.slash("forward", port="**factorio**")
        assert "Did you mean **Factorio**? I don't know `**factorio**`." in meant.content
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
            assert reply.text.startswith(words("forward-already-open"))
            assert "```\nvps.example.org\n```" in reply.text
            assert [button.label for button in reply.buttons] == ["Announce", "Close", "Change…", "Check again"]
        announced = await anna.slash("forward", port="minecraft", announce=True)
        assert "/channels/" in announced.text
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
        assert "```\nvps.example.org:25566\n```" in pressed.text
        assert "Runs on **bens**, port 25565." in pressed.text
        assert pressed.message is reply.message
        assert "Open 25566 instead" not in [found.label for found in reply.buttons]
        (request,) = [r for r in w.gate.asked if isinstance(r, AddForward) and r.request_id and ":" in r.request_id]
        assert (str(request.duration), request.actor.id) == ("2h", str(ben.user.id))


async def test_the_button_keeps_the_request(worlds: Worlds) -> None:
    """It keeps range, protocol, target and device, also with a colon in the device's name."""
    async with worlds() as w:
        anna, ben = await friend(w, "anna"), await friend(w, "ben")
        await join(ben, device="b:o x")
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
                said = (await ben.press(button)).text
                assert "25566" in said or "try again in a minute" in said
        assert len(opened(w)) == 2


async def test_one_taken_port_of_a_game_moves_and_the_server_stays(worlds: Worlds) -> None:
    """The refusal names the port and the one that leads to it instead. Another taken port moves with the next press."""
    async with worlds() as w:
        anna, ben = await friend(w, "anna"), await friend(w, "ben")
        await anna.slash("forward", port="28017/udp")
        reply = await ben.slash("forward", port="rust", duration="2h", only="friends", announce=True)
        assert reply.content.endswith("Your server stays on 28017: I lead 28018 to it.")
        assert "28017" in reply.content.splitlines()[0]
        button = reply.button("Open 28018 instead")
        await anna.slash("forward", port="28015/udp")
        await ben.press(button)
        assert reply.content.endswith("Your server stays on 28015: I lead 28016 to it.")
        await ben.press(reply.button("Open 28016 instead"))
        assert opened(w)[2:] == ["bens 28016/udp to 28015 (Rust)", "bens 28018/udp to 28017 (Rust)"]
        *_, last = w.gate.desired.forwards.values()
        assert last.access.friends_only
        assert "/channels/" in reply.text, "announced"
        assert "vps.example.org:28016" in reply.text


async def test_a_game_that_moved_is_hosted_again_where_it_was(worlds: Worlds) -> None:
    async with worlds() as w:
        anna, ben = await friend(w, "anna"), await friend(w, "ben")
        await anna.slash("forward", port="28017/udp")
        reply = await ben.slash("forward", port="rust")
        await ben.press(reply.button("Open 28018 instead"))
        again = LastGame.of([ForwardInfo.of(f, w.gate.desired.peers[2]) for f in w.gate.desired.forwards.values()][1:])
        assert again.request(Actor(id="1", name="ben"), "pc").to_ports == (28015, 28017)


async def test_a_typo_of_a_game_is_one_press_away_from_the_meant_one(worlds: Worlds) -> None:
    """The other options go along. What is like no game gets the sentence alone."""
    async with worlds() as w:
        anna = await friend(w, "anna")
        reply = await anna.slash("forward", port="minecrfat", duration="2h")
        assert "Did you mean **Minecraft (Java)**" in reply.content
        assert "minecrfat" in reply.content
        pressed = await anna.press(reply.button("Minecraft (Java)"))
        assert pressed.message is reply.message
        assert opened(w) == ["annas 25565/tcp to 25565 (Minecraft (Java))"]
        (request,) = [each for each in w.gate.asked if isinstance(each, AddForward)]
        assert str(request.duration) == "2h"
        assert (await anna.slash("forward", port="zzzzqqq")).buttons == []


async def test_without_a_device_the_answer_adds_one_and_then_opens(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        reply = await anna.slash("forward", port="minecraft")
        assert reply.content == words("forward-no-device")
        added = await press_platform(anna, await anna.press(reply.button(words("panel-add-button"))))
        assert added.message is not reply.message
        await anna.press(reply.button(words("forward-again-button")))
        assert opened(w) == ["pc 25565/tcp to 25565 (Minecraft (Java))"]
        assert "```\nvps.example.org\n```" in reply.text


async def test_with_several_devices_a_menu_asks_which(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await friend(w, "anna")
        await join(anna, device="box")
        reply = await anna.slash("forward", port="25565", protocol="tcp", to_port=80)
        assert reply.content == words("forward-which-device")
        menu = reply.select()
        assert [option["label"] for option in menu.raw["options"]] == ["annas", "box"]
        chosen = await anna.select(menu, menu.raw["options"][1]["value"])
        assert chosen.message is reply.message
        assert opened(w) == ["box 25565/tcp to 80 ()"]


async def test_at_the_limit_a_menu_closes_something_and_opens_the_game(worlds: Worlds) -> None:
    """A game's ports close together. More than fits at all, and what an admin may change, get no menu."""
    async with worlds() as w:
        w.gate.policy = PolicySection(forwards_per_member=3)
        anna = await friend(w, "anna")
        await anna.slash("forward", port="rust")
        w.gate.now += timedelta(seconds=1)
        await anna.slash("forward", port="8080")
        reply = await anna.slash("forward", port="minecraft")
        menu = reply.select()
        assert [option["label"].split(" ")[0] for option in menu.raw["options"]] == ["Rust", "8080"]
        await anna.select(menu, menu.raw["options"][0]["value"])
        assert opened(w) == ["annas 8080/both to 8080 ()", "annas 25565/tcp to 25565 (Minecraft (Java))"]
        assert "```\nvps.example.org\n```" in reply.text
        beyond = await anna.slash("forward", port="1111,2222,3333,4444")
        assert beyond.components == []


@pytest.mark.parametrize("game", games.games(), ids=lambda game: game.id)
def test_a_button_opens_what_the_command_would(game: games.Game) -> None:
    """Also with the longest options."""
    request = Opening(game=game.id, duration=Duration(None), announce="a", only="f", device="living-room").request(BEN)
    assert [str(spec) for spec in request.ports] == [str(spec) for spec in game.ports]
    button = OpenButton(Opening.of(request, announce=True))
    assert button.opening.request(BEN) == request
    for spec in game.ports:
        moved = Opening.of(request, announce=True).moved(str(spec.ports), str(spec.ports.moved_to(60000)))
        alike = [each for each in game.ports if each.ports == spec.ports]
        if (game.to_port and len(game.ports) > 1) or len(alike) > 1:
            assert moved is None
            continue
        assert moved
        assert fits(OpenButton(moved))
        again = moved.request(BEN)
        assert sorted(str(each.ports) for each in again.ports)[-1:] >= [str(spec.ports.moved_to(60000))]
        kept = again.to_ports or (again.to_port,)
        assert kept == (game.to_port,) if game.to_port else kept == tuple(each.ports.first for each in game.ports)


def test_no_button_rather_than_one_that_discord_refuses() -> None:
    """There is none without a free port, for two that are alike, or with a device name too long for a custom_id."""
    opening = Opening.of(AddForward(actor=BEN, ports=parse_ports("7777,8888/tcp"), device="pc"))
    assert opening.moved("7777", None) is None
    assert opening.moved("9999", "61000") is None
    twins = Opening.of(AddForward(actor=BEN, ports=parse_ports("7777/tcp,7777/udp")))
    assert twins.moved("7777", "61000") is None
    moved = opening.moved("8888", "61000")
    assert moved
    assert fits(OpenButton(moved))
    assert not fits(OpenButton(replace(moved, device="🎮" * MAX_NAME * 2)))


def test_the_most_played_games_say_how_they_are_hosted_and_joined() -> None:
    """A line on a phone has room for some forty characters, and none needs more than two."""
    guided = [game for game in games.games() if game.has_guide]
    assert games.games()[:15] == tuple(guided)
    for game in guided:
        for line in (words(f"game-host-{game.id}", port="25565"), words(f"game-join-{game.id}")):
            assert len(line) <= 80, line


async def test_host_is_forward_by_another_name(worlds: Worlds) -> None:
    """It suggests the same, and opens the same."""
    async with worlds() as w:
        anna = await friend(w, "anna")
        assert (await anna.autocomplete("host", focused="port", port="valh"))[0].value == "valheim"
        reply = await anna.slash("host", port="valheim", duration="2h")
        assert opened(w) == ["annas 2456-2458/udp to 2456 (Valheim)"]
        assert words("game-join-valheim") in reply.text
