"""The questions to a server, and proofs of all answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.posting import components_of
from bot.games.games import Query
from bot.games.probe import Answer, Outcome
from bot.games.queries.kinds import QueryKind
from bot.ports import hops
from bot.ports.answer import Said, layout
from bot.ports.hops import Question, questions
from gateway.api.contract import ForwardInfo, ForwardStatus, Opened
from gateway.model import Mode, PortRange, Protocol
from gateway.problem import Problem, Trouble
from tests.fakediscord.components import component_problems
from tests.unit.bot.core.test_render import FORWARD, ONLINE, status
from tests.unit.bot.english import words
from tests.unit.fakes.host import NOW

ROW = ForwardStatus(forward=FORWARD, connections=0, players=0, rx_bytes=0, tx_bytes=0)
NAMES = st.text(min_size=1, max_size=48)


@given(
    device=NAMES,
    ports=st.lists(st.integers(1, 65535), min_size=1, max_size=200),
    outcome=st.sampled_from(Outcome),
    players=st.none() | st.integers(0, 2**31 - 1),
    connections=st.integers(0, 10**9),
)
def test_a_proof_is_within_discords_limits(
    device: str, ports: list[int], outcome: Outcome, players: int | None, connections: int
) -> None:
    """This holds for all names and any number of ports."""
    rows = [
        replace(ROW, forward=replace(FORWARD, device=device, ports=PortRange(p, p), to_port=p), connections=connections)
        for p in ports
    ]
    here = status(replace(ONLINE, peer=replace(ONLINE.peer, device=device)), forwards=tuple(rows))
    answers = {question: Answer(outcome, players, players) for question in questions([row.forward for row in rows])}
    opened = Opened(
        forwards=tuple(row.forward for row in rows), mode=Mode.FULL, public_address="x" * 253, public_address6=None
    )
    for made in (hops.seen(words, here, rows, answers, NOW), hops.begun(words, opened, NOW)):
        shown = components_of(layout(words, Said(ids=range(1, 9), note="x" * 2000, opened=opened), None, made))
        assert component_problems(shown, layout=True) == []
        assert "@" not in made.text.replace("\\@", "") or "@" in device


STOPPED = Problem(code=Trouble.FIREWALL, values={"program": "Docker", "chains": "chain FORWARD of table ip filter"})
ANSWERED = Answer(Outcome.ANSWERED, None, None)


def proof(*problems: Problem, connections: int = 0) -> tuple[str, str]:
    """Return title and text of the proof of a port whose server answers."""
    row = replace(ROW, connections=connections, players=connections)
    here = replace(status(ONLINE, forwards=(row,)), problems=problems)
    made = hops.seen(words, here, [row], dict.fromkeys(questions([row.forward]), ANSWERED), NOW)
    return made.title, made.text


def test_players_are_not_awaited_while_a_firewall_stops_them() -> None:
    """The problem is named with the person that ends it; a connection of a player proves it wrong."""
    assert proof()[0] == words("proof-ready-title")
    title, text = proof(STOPPED)
    assert title == words("proof-missing-title")
    assert "❌ **Ask an admin to let players through.** Docker on the VPS stops players" in text
    assert proof(STOPPED, connections=1)[0] == words("proof-done-title")
    assert proof(Problem(code=Trouble.OFFLOAD, values=STOPPED.values))[0] == words("proof-ready-title")


@pytest.mark.parametrize(
    ("left", "is_ready"),
    [
        ("nftables table changed", False),
        ("WireGuard's peer 10.66.66.5, the link wg0", False),
        ("WireGuard's peer 10.66.66.5", True),
        ("net.ipv4.ip_local_reserved_ports", True),
    ],
)
def test_players_are_not_awaited_while_a_repair_is_owed_that_they_need(left: str, is_ready: bool) -> None:
    title, _ = proof(Problem(code=Trouble.LEFT, values={"difference": left}))
    assert title == words("proof-ready-title" if is_ready else "proof-missing-title")


@pytest.mark.parametrize(
    ("label", "outcome", "icon", "message"),
    [
        ("Minecraft (Java)", Outcome.FROZEN, "❌", "proof-server-frozen"),
        ("Minecraft (Java)", Outcome.ANSWERED, "✅", "proof-answers"),
        ("Terraria", Outcome.CONNECTED, "✅", "proof-takes"),
        ("", Outcome.CONNECTED, "✅", "proof-takes"),
        ("Minecraft (Java)", Outcome.SILENT, "❌", "proof-server-silent"),
    ],
)
def test_a_server_that_takes_connections_is_not_said_to_answer(
    label: str, outcome: Outcome, icon: str, message: str
) -> None:
    """A game that can be asked and says nothing does not answer; of any other, only the connection is known."""
    row = replace(ROW, forward=replace(FORWARD, label=label, protocol=Protocol.TCP))
    answers = dict.fromkeys(questions([row.forward]), Answer(outcome))
    made = hops.seen(words, status(ONLINE, forwards=(row,)), [row], answers, NOW)
    device, ports = FORWARD.device, words("port", ports="25565", count=1)
    assert f"{icon} {words(message, device=device, ports=ports)}" in made.text


def test_the_version_of_the_server_is_said_without_markdown() -> None:
    """A friend needs the same one. The device may have written anything."""
    row = replace(ROW, forward=replace(FORWARD, label="Minecraft (Java)"))
    answers = dict.fromkeys(questions([row.forward]), Answer(Outcome.ANSWERED, 3, 20, "1.21.5 **@everyone**"))
    made = hops.seen(words, status(ONLINE, forwards=(row,)), [row], answers, NOW)
    assert "3 of 20 playing, version 1.21.5 \\*\\*@everyone" in made.text


def test_a_game_is_asked_once_for_all_its_forwards() -> None:
    """A range is tried on its first ports, and a UDP port of no game cannot be asked."""
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
    # These are the usual ports of games, opened by number.
    assert questions([opened("2456-2458", udp), opened("27015", both), opened("25565", both)]) == (
        Question(port(2457), valheim, connects=False, is_sure=False),
        Question(port(27015), steam, connects=True, is_sure=False),
        Question(port(25565), java, connects=True, is_sure=False),
    )


def test_a_device_that_is_away_is_said_to_have_been_there_until_the_bot_stops_looking() -> None:
    """What was missing then may be mended without a trace, so the last proof says it no more."""
    away = replace(ONLINE, connected=False)
    seen_at = f"<t:{int((NOW - timedelta(seconds=30)).timestamp())}:R>"
    now = hops.seen(words, status(away, forwards=(ROW,)), [ROW], {}, NOW)
    assert f"❌ **Turn on WireGuard on pc.** Last seen {seen_at}." in now.text
    last = hops.seen(words, status(away, forwards=(ROW,)), [ROW], {}, None)
    assert last.title == words("proof-over-title")
    assert "❌" not in last.text
