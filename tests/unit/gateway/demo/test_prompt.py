"""The demo's prompt knows what the bot knows: commands, options, games, times and words."""

from __future__ import annotations

import inspect
import itertools
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from discord import app_commands

from bot.app import all_commands
from bot.games import games
from gateway.api.client import GatewayClient
from gateway.api.contract import Actor
from gateway.api.transport import SocketTransport
from gateway.demo import message
from gateway.demo.chat import Chat
from gateway.demo.options import options_of
from gateway.demo.prompt import ON_VPS, WELCOME, Prompt
from gateway.demo.slash import LACKS, Command, for_admins, for_members
from gateway.demo.stage import Friend, Stage
from gateway.demo.style import wrapped
from tests.unit.gate import Gate

WORDS = message.english()
BOT = {each.name: each for each in all_commands(WORDS) if isinstance(each, app_commands.Command)}
Ask = Callable[[str], Awaitable[str]]


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gate]:
    made = Gate(tmp_path / "socket")
    await made.start()
    yield made
    await made.close()


@pytest.fixture
def stage(gate: Gate) -> Stage:
    """Return a stage without a world: everything that only asks the gateway works."""
    names = ("admin", "alex", "kim")
    nowhere = cast(Any, None)
    friends = {
        name: Friend(Actor(id=str(number), name=name, is_admin=name == "admin"), nowhere, AsyncExitStack())
        for number, name in enumerate(names, 1)
    }
    return Stage(nowhere, nowhere, GatewayClient(SocketTransport(gate.path)), nowhere, friends, Path("config.toml"))


@pytest.fixture
def prompt(stage: Stage) -> Prompt:
    return Prompt(stage)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the output be a terminal of 80 columns."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((80, 24)))


def commands(stage: Stage) -> dict[str, Command]:
    return for_members(Chat(stage)) | for_admins(Chat(stage))


async def typed(prompt: Prompt, *lines: str) -> str:
    """Type lines and return the last answer."""
    said = ""
    for line in lines:
        said = await prompt.answer(line)
    return said


def test_each_command_and_option_of_the_bot_is_done_or_has_a_reason(stage: Stage) -> None:
    done = commands(stage)
    for name, command in BOT.items():
        if name == "help" or name in LACKS:
            continue
        own, known = done[name], command.callback.__name__
        options = {option.name: option.is_needed for option in options_of(own)}
        lacking = {key.partition(" ")[2] for key in LACKS if key.startswith(f"{known} ")}
        assert options.keys() | lacking == {option.name for option in command.parameters}, name
        assert not options.keys() & lacking
        assert (
            options.items()
            >= {option.name: option.required for option in command.parameters if option.required}.items()
        )


def test_the_prompt_has_no_command_or_reason_that_the_bot_lacks(stage: Stage) -> None:
    """A command that the bot no longer has would be taught to each newcomer."""
    assert commands(stage).keys() <= BOT.keys()
    for key in LACKS:
        command, _, option = key.partition(" ")
        assert not option or option in {each.name for each in BOT[command].parameters}
        assert command in BOT
    admins = {name for name in BOT if WORDS(f"{name}-command").startswith("Admins:")}
    assert for_admins(Chat(stage)).keys() == admins - LACKS.keys()


def test_defaults_are_those_of_the_bot(stage: Stage) -> None:
    for name, own in commands(stage).items():
        theirs = inspect.signature(BOT[name].callback).parameters
        for option in inspect.signature(own).parameters.values():
            assert option.default == theirs[option.name].default, (name, option.name)


@pytest.mark.parametrize("key", LACKS)
async def test_what_the_demo_lacks_is_told_with_its_reason(prompt: Prompt, key: str) -> None:
    command, _, option = key.partition(" ")
    line = f"/{command} 25565 {option}:x" if option else f"/{command}"
    assert LACKS[key] in await prompt.answer(line)
    assert LACKS[key] in await prompt.answer(f"help {command}")
    assert len(re.split(r"[.!?] ", LACKS[key])) <= 2


@pytest.mark.parametrize("part", range(8))
async def test_each_game_opens_by_its_name(prompt: Prompt, gate: Gate, part: int) -> None:
    await prompt.answer("/join pc linux")
    for game, command in zip(games.games()[part::8], itertools.cycle(("forward", "host")), strict=False):
        said = await prompt.answer(f"/{command} port:{game.name}")
        assert f"{game.name}: port" in said or f"{game.name} is open" in said
        assert [forward.spec.ports for forward in gate.forwards()] == [spec.ports for spec in game.ports]
        await prompt.answer("close")


async def test_a_typo_asks_for_the_game_and_a_button_opens_it(prompt: Prompt, gate: Gate) -> None:
    said = await typed(prompt, "/join pc linux", "/forward minecrfat")
    assert "Did you mean Minecraft (Java)? I don't know `minecrfat`." in said
    assert "[minecraft]" in said
    assert "Minecraft (Java) is open." in await prompt.answer("[minecraft]")
    assert [forward.label for forward in gate.forwards()] == ["Minecraft (Java)"]


@pytest.mark.parametrize(
    ("option", "about"),
    [("2h", 2), ("1h30", 1.5), ("until 2am", None), ("friday 20:00", None), ("<t:{tomorrow}:f>", 24), ("forever", 0)],
)
async def test_times_are_typed_as_in_discord(prompt: Prompt, gate: Gate, option: str, about: float | None) -> None:
    option = option.format(tomorrow=int((datetime.now(UTC) + timedelta(days=1)).timestamp()))
    said = await typed(prompt, "as admin", "/join pc linux", f"/forward 25565 duration:{option} protocol:tcp")
    assert "Port 25565 is open (TCP)." in said
    (forward,) = gate.forwards()
    assert (forward.expires_at is None) == (about == 0)
    if about and forward.expires_at:
        hours = (forward.expires_at - forward.created_at) / timedelta(hours=1)
        assert hours == pytest.approx(about, abs=0.1)


async def test_a_time_that_is_none_is_refused_in_the_bots_words(prompt: Prompt) -> None:
    said = await typed(prompt, "/join pc linux", "/forward 25565 duration:until the end")
    assert message.text(WORDS("duration-unreadable"), message.now()) in said


@pytest.mark.parametrize("typed_ports", ["2456-2458, 27015/udp", "2456-2458,27015/udp", '"2456-2458, 27015/udp"'])
async def test_ports_are_typed_as_in_discord(prompt: Prompt, gate: Gate, typed_ports: str) -> None:
    said = await typed(prompt, "/join pc linux", f"/forward {typed_ports}")
    assert "Also open: 2457-2458, 27015/udp" in said
    assert [str(forward.spec) for forward in gate.forwards()] == ["2456-2458", "27015/udp"]
    assert "No one can join any more" in await prompt.answer("/unforward port:2456-2458,27015/udp")
    assert not gate.forwards()


async def test_a_taken_port_offers_the_free_one(prompt: Prompt, gate: Gate) -> None:
    said = await typed(
        prompt, "/join pc linux", "/forward 25565", "as kim", "/join pc linux", "/forward 25565 device:pc"
    )
    assert "25565 is already open for another member. 25566 is free." in said
    assert "[25566] Open 25566 instead".replace(" ", "\u00a0") in said
    await prompt.answer("25566")
    assert [(forward.ports.first, forward.to_port) for forward in gate.forwards()] == [(25565, 25565), (25566, 25565)]


async def test_forward_shows_what_players_still_lack(prompt: Prompt, gate: Gate) -> None:
    said = await typed(prompt, "/join pc linux", "/forward minecraft")
    assert "Players cannot join yet" in said
    assert "❌ Turn on WireGuard on pc." in said
    assert "Live until" not in said
    assert "Players cannot join yet" in await prompt.answer("check")
    assert "Closed." in await prompt.answer("close")
    assert not gate.forwards()


async def test_join_asks_for_the_platform_and_shows_its_steps(prompt: Prompt, stage: Stage) -> None:
    assert "What do you want to add?" in await prompt.answer("/join")
    said = await prompt.answer("windows")
    assert "wireguard-installer.exe" in said
    assert "📎" in said
    assert "PrivateKey" in (stage.friends["alex"].config or "")
    assert "PrivateKey" not in said
    assert "PrivateKey" in await prompt.answer("file")
    assert "█" in await typed(prompt, "/join", "phone")


async def test_a_purpose_that_is_none_is_refused_in_the_bots_words(prompt: Prompt) -> None:
    assert "Choose `hosting`, `everything` or `light`." in await prompt.answer("/join pc fast")


async def test_rotate_gives_a_new_key(prompt: Prompt, stage: Stage) -> None:
    await typed(prompt, "/join pc light", "linux")
    before = stage.friends["alex"].config
    await typed(prompt, "/rotate", "linux")
    assert stage.friends["alex"].config not in (None, before)


async def test_revoke_shows_first_what_would_go(prompt: Prompt, gate: Gate) -> None:
    said = await typed(prompt, "/join pc linux", "/forward 25565", "as admin", "/revoke alex")
    assert "Revoke 1 device of alex?" in said
    assert "@alex" in said
    assert "It also closes 1 port." in said
    assert gate.desired.peers
    assert "Removed 1 device of alex." in await prompt.answer("revoke")
    assert not gate.desired.peers


async def test_the_button_of_one_person_is_not_pressed_by_another(prompt: Prompt) -> None:
    said = await typed(prompt, "/join pc linux", "as admin", "/revoke alex", "as kim", "revoke")
    assert "Write: /revoke member [device]" in said


@pytest.mark.parametrize("name", ["lan", "revoke", "peers", "forwards", "audit", "doctor"])
async def test_what_only_admins_may_do_is_refused_to_others(prompt: Prompt, name: str) -> None:
    line = {"lan": "/lan on", "revoke": "/revoke kim"}.get(name, f"/{name}")
    assert "only admins can do that" in await prompt.answer(line)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/status", "You have no device on the VPN yet. Type `/join` to add one."),
        ("/forward 25565", "Add your PC first: `/join`"),
        ("/forward 70000", "70000 is not a port."),
        ("/forward", "Write: /forward port [protocol] [to_port] [device] [duration] [only]"),
        ("/forward 25565 protocol:sctp", "must be tcp, udp, both"),
        ("/leave", "Add your PC first: `/join`"),
        ("/policy", "What you may do here"),
        ("/connections", "No one is connected."),
        ("/traffic", "PLAYERS"),
        ("up", "there is no config yet"),
        ("guildgate status", "`as admin`"),
        ("dance", "There is no command dance. Type help."),
        ('/join "x', "No closing quotation"),
        ("/up now later", "Write: /up"),
    ],
)
async def test_each_line_is_answered_with_a_sentence(prompt: Prompt, line: str, answer: str) -> None:
    assert answer in await prompt.answer(line)


async def test_only_commands_of_the_gateway_run_on_the_vps(prompt: Prompt) -> None:
    """The others would change this machine, and not the simulated one."""
    assert not ON_VPS & {"setup", "update", "up", "gateway", "bot", "demo", "backup", "import"}
    said = await typed(prompt, "as admin", "guildgate update")
    assert "After guildgate comes one of" in said


@pytest.mark.usefixtures("narrow")
async def test_help_says_the_same_in_three_ways_and_fits_80_columns(prompt: Prompt) -> None:
    said = await prompt.answer("help")
    assert said == await prompt.answer("/help") == await prompt.answer("?")
    plain = re.sub(r"\x1b\[\d*m", "", said)
    assert max(map(len, plain.split("\n"))) <= 80
    for name in BOT:
        assert f"/{name}" in plain
    for name in ("up", "down", "start game", "play game", "visit name port", "as name", "Ctrl-C", "quit"):
        assert f"\n  {name}" in plain
    assert plain.startswith(
        message.text(WORDS("help-join"), message.now()).partition("\n")[0].replace("\x1b[1m", "")[:11]
    )


@pytest.mark.usefixtures("narrow")
async def test_help_of_a_command_has_the_bots_texts_of_its_options(prompt: Prompt) -> None:
    said = re.sub(r"\s+", " ", re.sub(r"\x1b\[\d*m", "", await prompt.answer("help /host")))
    assert WORDS("host-command") in said
    assert f"duration {WORDS('forward-option-duration')}" in said
    assert f"every Not in this demo. {LACKS['forward every']}" in said


@pytest.mark.usefixtures("narrow")
def test_lines_break_between_words_and_keep_their_indent() -> None:
    broken = wrapped(f"✅ {'word ' * 30}").split("\n")
    assert len(broken) == 2
    assert broken[1].startswith("   word")
    assert all(len(line) <= 80 for line in wrapped(WELCOME).split("\n"))


def test_lines_stay_whole_in_a_pipe() -> None:
    assert wrapped("word " * 100) == "word " * 100
