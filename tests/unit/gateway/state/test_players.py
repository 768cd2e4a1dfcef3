"""The players at forwards, by what conntrack tells of nine games, of lists and of scanners."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, ip_address

import pytest

from gateway.api.events import EventKind, Player
from gateway.model import Protocol
from gateway.nftables.flow import Flow
from gateway.nftables.forwarded import Gone, Seen
from gateway.state.players import (
    IDLE_S,
    LOOK_S,
    TCP_S,
    UNASSURED_S,
    Count,
    Happened,
    Moment,
    Players,
    count_of,
)

FIRST, JOINED, LEFT = EventKind.FIRST_PLAYER, EventKind.PLAYER_JOINED, EventKind.PLAYER_LEFT
TCP, UDP = 6, 17
SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT, CLOSE_WAIT, TIME_WAIT, CLOSE = 1, 2, 3, 4, 5, 7, 8
SLOT, FORWARD = 4, 77
HOME, OTHER = IPv4Address("198.51.100.7"), IPv4Address("198.51.100.207")
BEGAN = datetime(2026, 12, 24, tzinfo=UTC)
TRIP_S = 0.03


@dataclass
class Scene:
    """Time, and conntrack as the gateway hears of it."""

    players: Players = field(default_factory=Players)
    now: float = 0.0
    flows: dict[int, Seen] = field(default_factory=dict)
    spoke_at: dict[int, float] = field(default_factory=dict)
    happened: list[Happened] = field(default_factory=list)
    ids: int = 0

    def __post_init__(self) -> None:
        self.players.keep({SLOT: FORWARD})

    @property
    def moment(self) -> Moment:
        return Moment(self.now, BEGAN + timedelta(seconds=self.now))

    @property
    def count(self) -> tuple[int, int]:
        found = self.players.count(SLOT)
        return found.players, found.connections

    @property
    def kinds(self) -> list[EventKind]:
        return [each.kind for each in self.happened if each.kind is not EventKind.COUNTED]

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while (due := self.players.due) is not None and due <= end:
            self.now = max(self.now, due)
            self.players.pass_time(self.moment)
            self.happened += self.players.take()
        self.now = end

    def tell(self, flow: Seen) -> None:
        self.flows[flow.id] = flow
        self.spoke_at[flow.id] = self.now
        self.players.notice(flow, self.moment)
        self.happened += self.players.take()

    def flow(
        self, protocol: int, port: int, source: IPv4Address = HOME, state: int | None = None, slot: int = SLOT
    ) -> int:
        """Begin one, with a packet that is not answered yet."""
        self.ids += 1
        left = 30 if protocol == UDP else 120
        self.tell(Seen(self.ids, slot, protocol, source, 40000 + self.ids, port, False, False, state, left))
        return self.ids

    def change(self, key: int, state: int | None = None, *, is_assured: bool = False, left: int = 30) -> None:
        was = self.flows[key]
        assured = is_assured or was.is_assured
        self.tell(
            Seen(key, was.slot, was.protocol, was.source, was.source_port, was.port, True, assured, state, left_s=left)
        )

    def connect(self, port: int, source: IPv4Address = HOME, trip_s: float = TRIP_S) -> int:
        key = self.flow(TCP, port, source, SYN_SENT)
        self.pass_time(trip_s / 2)
        self.change(key, SYN_RECV)
        self.pass_time(trip_s / 2)
        self.change(key, ESTABLISHED)
        return key

    def close(self, key: int) -> None:
        self.change(key, FIN_WAIT)
        self.change(key, TIME_WAIT)

    def ask(self, port: int, source: IPv4Address = HOME) -> int:
        """Send a question over UDP, which is answered."""
        key = self.flow(UDP, port, source)
        self.pass_time(TRIP_S)
        self.change(key)
        return key

    def play(self, port: int, source: IPv4Address = HOME) -> int:
        """Begin to send all the time over UDP."""
        key = self.ask(port, source)
        self.pass_time(UNASSURED_S)
        self.change(key, is_assured=True, left=120)
        return key

    def end(self, key: int, rx_bytes: int | None = None, tx_bytes: int | None = None) -> None:
        self.flows.pop(key, None)
        self.players.notice(Gone(key, rx_bytes, tx_bytes), self.moment)
        self.happened += self.players.take()

    def look(self, *, idle_s: dict[int, float] | None = None, is_first: bool = False) -> None:
        """Look at all flows that are answered. `idle_s` are the silent ones."""
        self.players.begin_look()
        for key, seen in self.flows.items():
            if seen.is_answered:
                self.players.looked_at(seen, (idle_s or {}).get(key, 0.0), self.moment, is_first=is_first)
        for key in self.players.ids:
            if key not in self.flows:
                self.players.not_found(key, self.moment)
        self.players.end_look()
        self.happened += self.players.take()


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.mark.parametrize("port", [25565, 7777, 3979], ids=["Minecraft Java", "Terraria", "OpenTTD"])
def test_a_game_over_tcp_is_a_player_as_long_as_its_connection(scene: Scene, port: int) -> None:
    key = scene.connect(port)
    assert scene.count == (0, 1)
    scene.pass_time(0.3 - TRIP_S)
    assert scene.count == (1, 1)
    scene.pass_time(600)
    scene.close(key)
    assert scene.count == (0, 0)
    assert scene.kinds == [FIRST, JOINED, LEFT]
    left = next(each.player for each in scene.happened if each.kind is LEFT)
    assert left == Player(
        protocol=Protocol.TCP,
        address=HOME,
        port=40001,
        since=BEGAN,
        until=BEGAN + timedelta(seconds=600.3),
    )


@pytest.mark.parametrize(
    "port", [19132, 2456, 27015, 34197, 16261], ids=["Minecraft Bedrock", "Valheim", "CS2", "Factorio", "Zomboid"]
)
def test_a_game_over_udp_is_a_player_until_20_seconds_of_silence(scene: Scene, port: int) -> None:
    key = scene.play(port)
    assert scene.count == (1, 1)
    assert scene.players.unheard == {key}
    for _ in range(30):
        scene.pass_time(LOOK_S)
        scene.look()
    assert scene.kinds == [FIRST, JOINED]
    for silent in range(0, 24, 4):
        scene.pass_time(LOOK_S)
        scene.look(idle_s={key: silent})
    assert silent >= IDLE_S
    assert scene.count == (0, 0)
    assert scene.kinds[2:] == [LEFT]
    assert scene.players.unheard == {key}, "it may go on in the same flow, without a notice"
    scene.look()
    assert scene.kinds[3:] == [JOINED]
    scene.end(key)
    assert scene.kinds[4:] == [LEFT]
    assert not scene.players.unheard


def test_satisfactory_is_one_player_over_tcp_and_udp_of_one_port(scene: Scene) -> None:
    scene.connect(7777)
    scene.play(7777)
    key = scene.connect(8888)
    scene.pass_time(5)
    assert scene.count == (1, 3)
    scene.close(key)
    assert scene.count == (1, 2)


def test_a_game_with_a_query_port_is_one_player(scene: Scene) -> None:
    """Valheim and Zomboid have two, and Steam may ask at length."""
    game, query = scene.play(2456), scene.play(2457)
    assert scene.count == (1, 2)
    scene.end(game)
    assert scene.count == (1, 1)
    scene.end(query)
    assert scene.kinds == [FIRST, JOINED, LEFT]


def test_two_friends_behind_one_nat_are_two_with_all_their_ports(scene: Scene) -> None:
    first = [scene.play(port) for port in (27015, 27016)]
    second = [scene.play(port) for port in (27016, 27015)]
    assert scene.count == (2, 4)
    for key in first:
        scene.end(key)
    assert scene.count == (1, 2)
    for key in second:
        scene.end(key)
    assert scene.kinds == [
        FIRST,
        JOINED,
        JOINED,
        LEFT,
        LEFT,
    ]


def test_what_two_friends_leave_in_part_is_one_player(scene: Scene) -> None:
    """Whose query port is whose cannot be seen."""
    games = [scene.play(27015), scene.play(27015)]
    queries = [scene.play(27016), scene.play(27016)]
    assert scene.count == (2, 4)
    scene.end(games[0])
    scene.end(queries[1])
    assert scene.count == (1, 2)


def test_friends_at_two_addresses_are_two(scene: Scene) -> None:
    scene.play(19132)
    scene.play(19132, OTHER)
    assert scene.count == (2, 2)
    assert {each.address for each in scene.players.players(SLOT)} == {HOME, OTHER}


@pytest.mark.parametrize("trip_s", [0.001, 0.03, 0.2, 0.6])
def test_a_status_question_of_minecraft_is_no_player(scene: Scene, trip_s: float) -> None:
    """It takes two round trips after the handshake, however long these are."""
    key = scene.connect(25565, trip_s=trip_s)
    scene.pass_time(2.2 * trip_s)
    scene.close(key)
    scene.pass_time(10)
    assert scene.kinds == []
    assert scene.count == (0, 0)


def test_a_connection_that_is_open_for_three_round_trips_is_a_player(scene: Scene) -> None:
    scene.connect(25565, trip_s=0.6)
    scene.pass_time(1.7)
    assert scene.count == (0, 1)
    scene.pass_time(0.2)
    assert scene.count == (1, 1)


def test_a_query_over_udp_is_a_connection_for_as_long_as_conntrack_keeps_it(scene: Scene) -> None:
    scene.ask(27015)
    assert scene.count == (0, 1)
    assert not scene.players.unheard, "no look is needed for it"
    scene.pass_time(30 + UNASSURED_S)
    assert scene.count == (0, 0)
    assert scene.kinds == []


def test_a_question_without_an_answer_is_nothing(scene: Scene) -> None:
    scene.flow(UDP, 27015)
    scene.flow(TCP, 25565, state=SYN_SENT)
    scene.pass_time(5)
    assert scene.count == (0, 0)
    assert scene.happened == []


def test_a_scanner_with_pauses_is_no_player(scene: Scene) -> None:
    key = scene.ask(27015)
    scene.pass_time(15)
    scene.change(key, is_assured=True, left=120)
    for idle_s in (3, 7, 11, 0, 4, 8):
        scene.pass_time(LOOK_S)
        scene.look(idle_s={key: idle_s})
    assert scene.count == (0, 1)
    assert scene.kinds == []


def test_a_player_whose_first_packets_had_a_pause_is_one_after_two_looks(scene: Scene) -> None:
    key = scene.ask(27015)
    scene.pass_time(15)
    scene.change(key, is_assured=True, left=120)
    for _ in range(2):
        scene.pass_time(LOOK_S)
        scene.look()
    assert scene.kinds == [FIRST, JOINED]


def test_players_from_before_are_there_at_the_first_look_and_did_not_join(scene: Scene) -> None:
    """The gateway starts again in the middle of a match."""
    for key, protocol in enumerate((TCP, UDP), start=1):
        state = ESTABLISHED if protocol == TCP else None
        scene.flows[key] = Seen(key, SLOT, protocol, HOME, 40000 + key, 25565, True, True, state, 119)
    scene.look(is_first=True)
    assert scene.count == (1, 2)
    assert scene.kinds == []
    scene.end(1)
    scene.end(2)
    assert scene.kinds == [LEFT]
    scene.play(25565)
    assert scene.kinds[1:] == [JOINED], "the first player was one from before"


def test_a_look_is_needed_for_flows_from_before_only_where_no_notice_tells_of_them(scene: Scene) -> None:
    scene.flows[1] = Seen(1, SLOT, TCP, HOME, 40000, 25565, True, True, ESTABLISHED, 400_000)
    scene.look(is_first=True)
    assert not scene.players.unheard
    scene.players.tells_of_old_flows = False
    scene.look()
    assert scene.players.unheard == {1}
    scene.change(1, ESTABLISHED)
    assert not scene.players.unheard, "a notice told of it after all"


def test_a_look_finds_what_notices_left_out(scene: Scene) -> None:
    gone, stays = scene.connect(25565), scene.connect(25565, OTHER)
    scene.pass_time(1)
    del scene.flows[gone]
    scene.flows[9] = Seen(9, SLOT, TCP, HOME, 5, 25565, True, True, ESTABLISHED, 400_000)
    scene.look()
    scene.pass_time(TCP_S)
    assert scene.count == (2, 2)
    assert scene.kinds == [
        FIRST,
        JOINED,
        JOINED,
        LEFT,
        JOINED,
    ]
    assert stays in scene.players.ids


def test_a_notice_during_a_look_is_newer_than_the_look(scene: Scene) -> None:
    old = scene.connect(25565)
    scene.pass_time(1)
    was = scene.flows[old]
    scene.players.begin_look()
    scene.end(old)
    new = scene.connect(25565, OTHER)
    scene.players.looked_at(was, 0.0, scene.moment, is_first=False)
    scene.players.not_found(new, scene.moment)
    scene.players.end_look()
    assert scene.players.ids == [new]
    assert scene.count == (0, 1)


def test_bytes_of_all_flows_of_a_player_are_told_at_the_end(scene: Scene) -> None:
    game, query = scene.play(2456), scene.play(2457)
    scene.end(query, 10, 1)
    scene.end(game, 500, 7000)
    left = next(each.player for each in scene.happened if each.kind is LEFT)
    assert left
    assert (left.rx_bytes, left.tx_bytes) == (510, 7001)


def test_flows_of_a_closed_forward_are_forgotten_and_the_slots_next_forward_begins_with_none(scene: Scene) -> None:
    key = scene.connect(25565)
    scene.pass_time(1)
    scene.happened.clear()
    scene.players.keep({SLOT: FORWARD + 1})
    assert scene.count == (0, 0)
    scene.end(key)
    assert scene.happened == []
    scene.connect(25565)
    scene.pass_time(1)
    assert [each.forward for each in scene.happened if each.kind is FIRST] == [FORWARD + 1]


def test_flows_of_no_forward_are_passed_over(scene: Scene) -> None:
    scene.flow(UDP, 25565, slot=SLOT + 1)
    assert scene.players.ids == []


def test_counts_are_told_once_for_all_that_happened_together(scene: Scene) -> None:
    for number in range(100):
        scene.players.notice(
            Seen(number, SLOT, TCP, ip_address(number + 1), 5, 25565, True, True, ESTABLISHED), scene.moment
        )
    assert scene.players.take() == [Happened(EventKind.COUNTED, FORWARD)]
    assert scene.players.count(SLOT) == Count(connections=100)


def test_one_look_alone_counts_by_the_same_ports() -> None:
    """No gateway runs, so nothing is known of how long flows have been open."""

    def flow(protocol: int, port: int, source: IPv4Address = HOME, *, is_begun_inside: bool = False) -> Flow:
        return Flow(SLOT, protocol, source, 5, port, is_begun_inside)

    friends = [flow(UDP, 27015), flow(UDP, 27015), flow(UDP, 27016), flow(TCP, 27015), flow(UDP, 27015, OTHER)]
    assert count_of([*friends, flow(UDP, 27015, is_begun_inside=True)]) == Count(5, 3)
    assert count_of([]) == Count()


def test_a_flow_lasts_since_its_first_notice_or_the_first_look_at_it_whatever_the_clock_says(scene: Scene) -> None:
    """The host notes no times, as is usual; where it does, they are told instead."""
    told = scene.connect(25565)
    scene.pass_time(60 - scene.now)
    scene.look(is_first=True)
    noted = Seen(90, SLOT, TCP, OTHER, 6, 25565, True, True, ESTABLISHED, since=BEGAN - timedelta(hours=3))
    found = Seen(91, SLOT, TCP, OTHER, 7, 25565, True, True, ESTABLISHED)
    scene.flows |= {90: noted, 91: found}
    scene.look()
    scene.pass_time(30)
    an_hour = timedelta(hours=1)  # by which the clock was set
    assert scene.players.since(SLOT, Moment(scene.now, BEGAN + an_hour + timedelta(seconds=90))) == {
        (TCP, HOME, scene.flows[told].source_port, 25565): BEGAN + an_hour,
        (TCP, OTHER, 6, 25565): BEGAN - timedelta(hours=3),
        (TCP, OTHER, 7, 25565): BEGAN + an_hour + timedelta(seconds=60),
    }
    scene.end(told)
    assert len(scene.players.since(SLOT, scene.moment)) == 2
    assert scene.players.since(SLOT + 1, scene.moment) == {}
