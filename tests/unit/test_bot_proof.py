"""What /forward shows below its answer: hop by hop, what of the way to the server is true."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import hops, probe, proof, texts
from bot.games import Query, QueryKind
from bot.hops import Question, questions
from bot.probe import Answer, Outcome
from bot.proof import CheckButton
from bot.render import COLOUR, COLOUR_IDLE
from gateway.contract import ForwardInfo, ForwardStatus, Opened
from gateway.model import Mode, PortRange, Protocol
from tests.fakediscord import Embed, Person, Reply
from tests.unit import gameservers
from tests.unit.bot_world import ADDRESS, NOW, World, world
from tests.unit.test_bot_render import FORWARD, ONLINE, assert_within_limits, status

Worlds = Callable[..., AbstractAsyncContextManager[World]]
PATIENCE_S = 5


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    monkeypatch.setattr(proof, "POLL_S", 0.02)
    monkeypatch.setattr(proof, "APART_S", 0.01)
    monkeypatch.setattr(proof, "BELIEVED_S", 0.1)
    monkeypatch.setattr(probe, "TIMEOUT_S", 0.3)
    return partial(world, tmp_path, monkeypatch)


async def friend(w: World, name: str = "anna") -> Person:
    """A member with one device, whose ports nobody has found yet."""
    person = w.discord.guild.add_member(name, roles=["Friends"])
    await person.slash("join")
    return person


def nobody_plays(w: World, *ports: str) -> None:
    w.gate.players |= dict.fromkeys(ports, 0)


def panel(reply: Reply) -> Embed:
    (embed,) = reply.embeds
    return embed


def lines(reply: Reply) -> list[str]:
    return panel(reply).description.splitlines()


def icons(reply: Reply) -> str:
    return "".join(line[0] for line in lines(reply)[:-1])


async def becomes(reply: Reply, shown: str, *words: str) -> list[str]:
    """Wait for these icons, top to bottom, and words."""
    await reply.until(
        lambda one: icons(one) == shown and all(word in panel(one).description for word in words), PATIENCE_S
    )
    return lines(reply)


def edits(w: World) -> int:
    return sum(one.method == "PATCH" and one.path.endswith("@original") for one in w.discord.exchanges)


async def has_looked(w: World, times: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while w.gate.looks < times:
            await asyncio.sleep(0.01)


@asynccontextmanager
async def listening(port: int) -> AsyncIterator[None]:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", port)
    async with server:
        yield


async def test_each_missing_hop_comes_with_the_one_thing_to_do(worlds: Worlds) -> None:
    """From a port that is open to players who play, while nobody types anything more."""
    async with worlds() as w:
        anna, port = await friend(w), gameservers.unused(socket.SOCK_STREAM)
        nobody_plays(w, "25565")
        w.gate.handshake = None
        reply = await anna.slash("forward", port="25565/tcp", to_port=port)
        assert f"`{ADDRESS}:25565`" in reply.content
        _, tunnel, server, player, _ = await becomes(reply, "✅❌⏳⏳", "never")
        assert tunnel == "❌ **Start WireGuard on pc.** It has never been connected."
        assert (server, player) == ("⏳ Server on pc", "⏳ First player")
        assert panel(reply).title == texts.PROOF_MISSING
        assert panel(reply).colour == COLOUR_IDLE.value

        w.gate.handshake = timedelta(minutes=4)
        seen = int((NOW - timedelta(minutes=4)).timestamp())
        await becomes(reply, "✅❌⏳⏳", f"It was last connected <t:{seen}:R>")

        w.gate.handshake = timedelta(seconds=179)
        _, _, server, player, _ = await becomes(reply, "✅✅❌⏳")
        assert server == f"❌ **Start the server on pc.** Nothing listens on port {port}."
        assert player == "⏳ First player"

        async with listening(port):
            _, _, server, player, _ = await becomes(reply, "✅✅✅⏳")
            assert server == "✅ The server on pc answers"
            assert f"**Give players `{ADDRESS}:25565`.** Nobody has knocked yet." in player
            assert "open port 25565 (TCP) in the firewall" in player
            assert panel(reply).title == texts.PROOF_READY

            w.gate.players["25565"] = 3
            *_, player, _ = await becomes(reply, "✅✅✅✅")
            assert player == "✅ 3 connections from 3 players"
            assert panel(reply).title == texts.PROOF_DONE
            assert panel(reply).colour == COLOUR.value

            w.gate.players["25565"] = 4
            await becomes(reply, "✅✅✅✅", "4 players")
        await becomes(reply, "✅✅❌✅")
        assert reply.ephemeral


async def test_the_game_itself_is_asked(worlds: Worlds) -> None:
    """Minecraft tells who plays; no TCP port of a game that tells by UDP is tried."""
    async with worlds() as w:
        anna = await friend(w)
        async with gameservers.streams(gameservers.status(gameservers.minecraft(2, 20))) as port:
            reply = await anna.slash("forward", port="minecraft", to_port=port)
            await becomes(reply, "✅✅✅✅", "The server on pc answers: 2 of 20 playing")
        async with gameservers.datagrams(gameservers.a2s(5, 10)) as port:
            reply = await anna.slash("forward", port="valheim", to_port=port - 1)
            await becomes(reply, "✅✅✅✅", "5 of 10 playing")
            nobody_plays(w, "2456-2458")
        await becomes(reply, "✅✅❌⏳", f"Nothing listens on port {port}.")


async def test_a_game_that_nobody_named_is_asked_on_its_usual_port(worlds: Worlds) -> None:
    """When nothing answers there, it may be another one: that is no failure."""
    async with worlds() as w:
        anna = await friend(w)
        nobody_plays(w, "2456-2458")
        reply = await anna.slash("forward", port="2456-2458/udp")
        *_, server, _, _ = await becomes(reply, "✅✅❔⏳")
        assert "cannot be asked from here (UDP)" in server
        async with gameservers.datagrams(gameservers.a2s(5, 10), 2457):
            await becomes(reply, "✅✅✅⏳", "5 of 10 playing")
        nobody_plays(w, "27015")
        reply = await anna.slash("forward", port="27015")
        await becomes(reply, "✅✅❔⏳", "Nothing listens on TCP port 27015")
        async with gameservers.datagrams(gameservers.a2s(1, 4), 27015):
            await becomes(reply, "✅✅✅⏳", "1 of 4 playing")


async def test_a_silent_machine_may_have_a_firewall(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await friend(w)
        nobody_plays(w, "19132")
        async with gameservers.datagrams(lambda _: []) as port:
            reply = await anna.slash("forward", port="bedrock", to_port=port)
            *_, server, _, _ = await becomes(reply, "✅✅❌⏳")
            assert server == (
                "❌ **Start the server on pc, and allow it in that machine's firewall.** "
                f"Nothing answers on port {port}."
            )
            w.gate.players["19132"] = 1
            await becomes(reply, "✅✅✅✅", "The server on pc answers")


async def test_what_cannot_be_asked_is_no_failure(worlds: Worlds) -> None:
    """A UDP server of no known game; that a player gets answers proves it after all."""
    async with worlds() as w:
        anna = await friend(w)
        nobody_plays(w, "7000", "7001")
        reply = await anna.slash("forward", port="7000/udp, 7001/udp")
        *_, server, player, _ = await becomes(reply, "✅✅❔⏳")
        assert server == "❔ The server on pc cannot be asked from here (UDP). Make sure that it runs."
        assert "Give players" in player
        assert "ports 7000, 7001 (UDP)" in player
        assert panel(reply).title == texts.PROOF_UNKNOWN
        w.gate.players["7001"] = 1
        await becomes(reply, "✅✅✅✅")


async def test_a_port_of_both_protocols_is_asked_by_tcp_and_not_taken_for_closed(worlds: Worlds) -> None:
    """Its server may speak UDP only, so this is no failure, but very likely what is missing."""
    async with worlds() as w:
        anna, port = await friend(w), gameservers.unused(socket.SOCK_STREAM)
        nobody_plays(w, "25565")
        reply = await anna.slash("forward", port="25565", to_port=port)
        *_, server, player, _ = await becomes(reply, "✅✅❔⏳")
        assert server == (
            f"❔ **Start the server on pc.** Nothing listens on TCP port {port}. "
            "A server for UDP cannot be asked from here."
        )
        assert player == "⏳ First player"
        w.gate.players["25565"] = 2
        await becomes(reply, "✅✅✅✅")


async def test_a_server_that_answers_is_not_asked_again_at_every_look(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may write a line about each question."""
    monkeypatch.setattr(proof, "BELIEVED_S", 60)
    asked: list[bytes] = []

    def server(request: bytes) -> list[bytes]:
        asked.append(request)
        return list(gameservers.bedrock(1)(request))

    async with worlds() as w, gameservers.datagrams(server) as port:
        reply = await (await friend(w)).slash("forward", port="bedrock", to_port=port)
        await becomes(reply, "✅✅✅✅")
        await has_looked(w, w.gate.looks + 5)
        assert len(asked) == 1


async def test_several_ports_are_one_panel_that_names_the_one_that_fails(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await friend(w)
        up, down = gameservers.unused(socket.SOCK_STREAM), gameservers.unused(socket.SOCK_STREAM)
        nobody_plays(w, str(up), str(down))
        async with listening(up):
            reply = await anna.slash("forward", port=f"{up}/tcp, {down}/tcp")
            first, _, server, *_ = await becomes(reply, "✅✅❌⏳")
            assert first == f"✅ Ports {up}, {down} open on the gateway"
            assert server.endswith(f"Nothing listens on port {down}.")
            async with listening(down):
                *_, player, _ = await becomes(reply, "✅✅✅⏳")
                assert f"**Give players `{ADDRESS}`.**" in player


async def test_what_is_certain_to_be_missing_is_named_first(worlds: Worlds) -> None:
    """The first port might be meant for UDP."""
    async with worlds() as w:
        anna = await friend(w)
        ports = sorted(gameservers.unused(socket.SOCK_STREAM) for _ in range(2))
        nobody_plays(w, *map(str, ports))
        reply = await anna.slash("forward", port=f"{ports[0]}, {ports[1]}/tcp")
        await becomes(reply, "✅✅❌⏳", f"Nothing listens on port {ports[1]}.")


async def test_after_a_minute_it_stops_until_somebody_presses(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """The button outlives the bot."""
    monkeypatch.setattr(proof, "WATCH_S", 0.2)
    async with worlds() as w:
        anna = await friend(w)
        nobody_plays(w, "25565")
        w.gate.handshake = None
        reply = await anna.slash("forward", port="25565")
        await becomes(reply, "✅❌⏳⏳", "stopped looking")
        w.gate.handshake = timedelta()
        before, looks = reply.text, w.gate.looks
        await w.stop()
        await w.start()
        assert (reply.text, w.gate.looks) == (before, looks)
        monkeypatch.setattr(proof, "WATCH_S", 60)
        pressed = await anna.press(reply.button("Check again"))
        assert pressed.message is reply.message
        assert lines(pressed)[-1] == f"-# I keep this up to date until <t:{int(NOW.timestamp()) + 60}:T>."
        await becomes(reply, "✅✅❔⏳")
        assert f"`{ADDRESS}:25565`" in reply.content
        assert [found.label for found in reply.buttons] == ["Check again", "Announce"]


async def test_what_was_closed_meanwhile_is_said_to_be_closed(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it looks, and when it is asked again."""
    async with worlds() as w:
        anna = await friend(w)
        reply = await anna.slash("forward", port="25565")
        await becomes(reply, "✅✅✅✅")
        await anna.slash("unforward", port="25565")
        await reply.until(lambda one: panel(one).title == texts.PROOF_GONE)
        assert panel(await anna.press(reply.button("Check again"))).description == texts.HAS_ENDED


async def test_nobody_looks_at_somebody_elses_ports(worlds: Worlds) -> None:
    """Not even with a button that was made up; an admin may."""
    async with worlds() as w:
        anna, ben = await friend(w), w.discord.guild.add_member("ben", roles=["Friends"])
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        await anna.slash("forward", port="25565")
        for person, title in ((ben, texts.PROOF_GONE), (boss, texts.PROOF_DONE)):
            await person.slash("join")
            mine = await person.slash("forward", port="25570")
            found = mine.button("Check again")
            found.raw["custom_id"] = CheckButton(range(1, 2)).item.custom_id
            pressed = await person.press(found)
            await pressed.until(lambda one, title=title: panel(one).title == title)  # type: ignore[misc]
            await person.slash("unforward", port="25570")


async def test_a_suspended_device_is_told_to_be_so(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await friend(w)
        reply = await anna.slash("forward", port="25565")
        await becomes(reply, "✅✅✅✅")
        peer = w.gate.device("pc")
        w.gate.handshake = None
        w.gate.players["25565"] = 0
        w.gate.desired = replace(w.gate.desired, peers={peer.id: replace(peer, suspended_at=w.gate.now)})
        first, *_ = await becomes(reply, "❌⏳⏳⏳")
        assert "Ask an admin to let pc back in" in first


async def test_a_gateway_that_is_away_is_shown_as_that_and_awaited(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await friend(w)
        reply = await anna.slash("forward", port="25565")
        await becomes(reply, "✅✅✅✅")
        await w.gate.stop()
        (first, _) = await becomes(reply, "❔")
        assert "The gateway does not answer" in first
        await w.gate.start()
        await becomes(reply, "✅✅✅✅")


async def test_the_free_port_is_proven_as_well(worlds: Worlds) -> None:
    async with worlds() as w:
        anna, ben = await friend(w), w.discord.guild.add_member("ben", roles=["Friends"])
        await ben.slash("join", device="laptop")
        await anna.slash("forward", port="25565")
        reply = await ben.slash("forward", port="25565")
        assert reply.embeds == []
        await ben.press(reply.button("Open 25566 instead"))
        first, *_ = await becomes(reply, "✅✅✅✅")
        assert first == "✅ Port 25566 open on the gateway"


async def test_only_what_changed_is_edited(worlds: Worlds) -> None:
    async with worlds() as w:
        reply = await (await friend(w)).slash("forward", port="25565")
        await becomes(reply, "✅✅✅✅")
        count, looks = edits(w), w.gate.looks
        await has_looked(w, looks + 5)
        assert edits(w) == count


async def test_an_answer_that_can_no_longer_be_edited_is_left(worlds: Worlds, caplog: pytest.LogCaptureFixture) -> None:
    """A line in the log and nothing else; others are shown what they wait for."""
    async with worlds() as w:
        anna, ben = await friend(w), await friend(w, "ben")
        nobody_plays(w, "25565")
        gone, other = await anna.slash("forward", port="25565"), await ben.slash("forward", port="25570")
        await becomes(gone, "✅✅❔⏳")
        gone.expire()
        with caplog.at_level(logging.INFO, "bot.proof"):
            w.gate.players["25565"] = 1
            w.gate.players["25570"] = 7
            await becomes(other, "✅✅✅✅", "7 players")
            await w.discord.until(
                lambda: "bot.proof" in {record.name for record in caplog.records}, PATIENCE_S, "a line"
            )
        assert [record.levelname for record in caplog.records if record.name == "bot.proof"] == ["INFO"]
        assert gone.message.embeds != other.message.embeds
        w.discord.violations.clear()


async def test_a_bot_that_is_told_to_stop_waits_for_no_proof(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in the middle of a probe either."""
    monkeypatch.setattr(probe, "TIMEOUT_S", 60)
    async with worlds() as w, gameservers.datagrams(lambda _: []) as port:
        await (await friend(w)).slash("forward", port="bedrock", to_port=port)
        await has_looked(w, 1)
        async with asyncio.timeout(2):
            await w.stop()
        await w.start()


async def test_many_who_watch_are_one_who_asks(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "POLL_S", 60)
    monkeypatch.setattr(proof, "APART_S", 0.5)
    async with worlds() as w:
        people = [await friend(w, f"friend{number}") for number in range(12)]
        looks = w.gate.looks
        replies = await asyncio.gather(
            *(person.slash("forward", port=str(26000 + number)) for number, person in enumerate(people))
        )
        for reply in replies:
            await becomes(reply, "✅✅✅✅")
        assert 1 <= w.gate.looks - looks <= 4


ROW = ForwardStatus(forward=FORWARD, connections=0, players=0, rx_bytes=0, tx_bytes=0)
NAMES = st.text(min_size=1, max_size=48)


@given(
    device=NAMES,
    ports=st.lists(st.integers(1, 65535), min_size=1, max_size=200),
    outcome=st.sampled_from(Outcome),
    players=st.none() | st.integers(0, 2**31 - 1),
    connections=st.integers(0, 10**9),
)
def test_a_panel_is_within_discords_limits(
    device: str, ports: list[int], outcome: Outcome, players: int | None, connections: int
) -> None:
    """Whatever the names and however many ports."""
    rows = [
        replace(ROW, forward=replace(FORWARD, device=device, ports=PortRange(p, p), to_port=p), connections=connections)
        for p in ports
    ]
    here = status(replace(ONLINE, peer=replace(ONLINE.peer, device=device)), forwards=tuple(rows))
    answers = {question: Answer(outcome, players, players) for question in questions([row.forward for row in rows])}
    opened = Opened(
        forwards=tuple(row.forward for row in rows), mode=Mode.FULL, public_address="x" * 253, public_address6=None
    )
    for embed in (hops.seen(here, rows, answers, NOW), hops.begun(opened, NOW)):
        assert_within_limits(embed)
        assert "@" not in (embed.description or "").replace("\\@", "") or "@" in device


def test_a_game_is_asked_once_and_what_cannot_be_asked_is_not() -> None:
    """All forwards of a game stand behind its query; a range is tried where a server would listen."""
    tcp, udp = Protocol.TCP, Protocol.UDP

    def opened(ports: str, protocol: Protocol, label: str = "") -> ForwardInfo:
        wanted = PortRange.parse(ports)
        return replace(FORWARD, ports=wanted, to_port=wanted.first, protocol=protocol, label=label)

    seven, both = "7 Days to Die", Protocol.BOTH
    valheim, steam, java = Query(QueryKind.A2S, 2457), Query(QueryKind.A2S, 27015), Query(QueryKind.MINECRAFT, 25565)

    def port(number: int) -> PortRange:
        return PortRange(number, number)

    assert questions([opened("26900", tcp, seven), opened("26900-26903", udp, seven)]) == (
        Question(port(26901), Query(QueryKind.A2S, 26901), connects=False, is_sure=True),
    )
    assert questions([opened("7000-7100", tcp), opened("8000", both), opened("9000", udp)]) == (
        Question(PortRange(7000, 7002), None, connects=True, is_sure=True),
        Question(port(8000), None, connects=True, is_sure=False),
    )
    # Nobody named a game, but these are its ports.
    assert questions([opened("2456-2458", udp), opened("27015", both), opened("25565", both)]) == (
        Question(port(2457), valheim, connects=False, is_sure=False),
        Question(port(27015), steam, connects=True, is_sure=False),
        Question(port(25565), java, connects=False, is_sure=False),
    )


def test_a_longest_button_is_within_discords_limits() -> None:
    """100 characters of custom_id."""
    assert len(CheckButton(range(10**8, 2 * 10**8)).item.custom_id or "") <= 100
