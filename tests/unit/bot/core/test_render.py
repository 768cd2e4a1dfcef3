"""Rendered messages: true, readable, and within Discord's limits for all values."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import render
from bot.core.status import MAX_PAGES
from bot.core.status import status as status_of
from bot.matches.address import block, inline, pasted
from gateway.api.contract import (
    Closed,
    ForwardInfo,
    ForwardStatus,
    Opened,
    PeerInfo,
    PeerStatus,
    Revoked,
    Status,
)
from gateway.model import Key, Mode, PortRange, Protocol
from tests.unit.bot.english import words

NOW = datetime(2026, 1, 31, 20, 0, tzinfo=UTC)
PEER = PeerInfo(
    id=1,
    owner="100",
    owner_name="Anna",
    device="pc",
    public_key=Key(bytes(32)),
    ipv4=IPv4Address("10.66.66.2"),
    ipv6=IPv6Address("fd42:42:42::2"),
    mode=Mode.FULL,
    created_at=NOW,
)
FORWARD = ForwardInfo(
    id=1,
    peer_id=1,
    owner="100",
    owner_name="Anna",
    device="pc",
    protocol=Protocol.BOTH,
    ports=PortRange(25565, 25565),
    to_port=25565,
    created_at=NOW,
)
OPENED = Opened(forwards=(FORWARD,), mode=Mode.FULL, public_address="vps.example.org", public_address6=None)
ONLINE = PeerStatus(
    peer=PEER,
    latest_handshake=NOW - timedelta(seconds=30),
    rx_bytes=12_300_000,
    tx_bytes=948,
    endpoint="203.0.113.7:40123",
    connected=True,
    since=NOW - timedelta(minutes=5),
)
PLAYED = ForwardStatus(forward=FORWARD, connections=3, players=2, rx_bytes=1, tx_bytes=2)


def status(*peers: PeerStatus, forwards: tuple[ForwardStatus, ...] = ()) -> Status:
    return Status(
        at=NOW,
        lan=False,
        backend="kernel",
        public_address="vps.example.org",
        public_address6=None,
        listen_port=51820,
        peers=peers,
        forwards=forwards,
    )


def shown(embeds: tuple[discord.Embed, ...]) -> str:
    return "\n".join(str(embed.to_dict()) for embed in embeds)


def assert_within_limits(embed: discord.Embed) -> None:
    parts = [embed.title or "", embed.description or "", embed.footer.text or ""]
    assert render.length(parts[0]) <= 256
    assert render.length(parts[1]) <= 4096
    assert len(embed.fields) <= 25
    for field in embed.fields:
        assert 1 <= render.length(str(field.name)) <= 256
        assert 1 <= render.length(str(field.value)) <= 1024
        parts += [str(field.name), str(field.value)]
    assert 1 <= sum(map(render.length, parts)) <= 6000


names = st.text(min_size=1, max_size=40)
peers = st.builds(
    PeerStatus,
    peer=st.builds(
        replace,
        st.just(PEER),
        owner=st.sampled_from(["100", "200"]),
        owner_name=names,
        device=names,
    ),
    latest_handshake=st.none() | st.just(NOW - timedelta(seconds=5)) | st.just(NOW - timedelta(days=9)),
    rx_bytes=st.integers(0, 2**63),
    tx_bytes=st.integers(0, 2**63),
    endpoint=st.none() | st.sampled_from(["203.0.113.7:1", "[2001:db8::7]:1", "x"]) | st.text(max_size=60),
    connected=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(peers, max_size=60), st.integers(0, 60), st.booleans())
def test_status_fits_into_discord(rows: list[PeerStatus], open_ports: int, everyone: bool) -> None:
    """Discord takes the embeds of any number of devices and ports, with any names."""
    forwards = tuple(
        replace(
            PLAYED,
            forward=replace(
                FORWARD,
                ports=PortRange(2000 + i, 2000 + i),
                to_port=1,
                owner=row.peer.owner,
                device=row.peer.device,
            ),
        )
        for row in rows[:2]
        for i in range(open_ports)
    )
    embeds = status_of(words, status(*rows, forwards=forwards), everyone=everyone)
    assert 1 <= len(embeds) <= MAX_PAGES
    for embed in embeds:
        assert_within_limits(embed)


@pytest.mark.parametrize("count", [1, 23, 24, 25, 49, 1000])
def test_no_device_disappears_silently(count: int) -> None:
    """The shown devices and the number of devices left out add up to all devices."""
    rows = [replace(ONLINE, peer=replace(PEER, device=f"pc{i}")) for i in range(count)]
    embeds = status_of(words, status(*rows), everyone=False)
    titles = [str(field.name) for embed in embeds for field in embed.fields]
    listed = sum("pc" in title for title in titles)
    if listed < count:
        assert words("status-more", count=count - listed) in shown(embeds)
    for embed in embeds:
        assert_within_limits(embed)


def test_a_device_with_many_ports_says_how_many_more() -> None:
    """The lines that do not fit into a field are counted."""
    forwards = tuple(
        replace(PLAYED, forward=replace(FORWARD, ports=PortRange(2000 + i, 2000 + i), to_port=2000 + i))
        for i in range(100)
    )
    (embed,) = status_of(words, status(ONLINE, forwards=forwards), everyone=False)
    value = str(embed.fields[0].value)
    listed = sum(line.startswith("**2") for line in value.splitlines())
    assert value.endswith(words("more-lines", count=100 - listed))


def test_status_tells_what_is_true() -> None:
    """It has the handshake as a Discord time, the device's own traffic, a masked endpoint and live connections."""
    (embed,) = status_of(words, status(ONLINE, forwards=(PLAYED,)), everyone=False)
    text = shown((embed,))
    assert f"<t:{int(NOW.timestamp()) - 30}:R>" in text
    assert "Sent 12.3 MB, received 948 B" in text
    assert "203.0.•.•" in text
    assert "113.7" not in text
    assert "**25565** TCP and UDP: 3 connections from 2 players" in text
    assert "Anna" not in text
    assert "Anna" in shown(status_of(words, status(ONLINE), everyone=True))


@pytest.mark.parametrize("connected", [True, False])
def test_a_status_says_whether_a_device_is_connected(connected: bool) -> None:
    peer = replace(ONLINE, connected=connected)
    assert ("Not connected" in shown(status_of(words, status(peer), everyone=False))) is not connected


def test_a_device_without_a_handshake_is_told_what_to_do() -> None:
    """Never connected is not the same as disconnected."""
    peer = replace(ONLINE, latest_handshake=None, endpoint=None)
    assert words("status-never") in shown(status_of(words, status(peer), everyone=False))


def test_equal_device_names_of_two_members_keep_their_ports_apart() -> None:
    """A port is listed under its owner's device only."""
    other = replace(ONLINE, peer=replace(PEER, id=2, owner="200", owner_name="Ben"))
    (embed,) = status_of(words, status(ONLINE, other, forwards=(PLAYED,)), everyone=True)
    anna, ben = embed.fields
    assert "25565" in str(anna.value)
    assert "25565" not in str(ben.value)


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("203.0.113.7:51820", "203.0.•.•"),
        ("[2001:db8:1:2::5]:51820", "2001:db8:•"),
        ("[::ffff:203.0.113.7]:51820", "203.0.•.•"),
        ("[fe80::1%eth0]:51820", "fe80:0:•"),
        ("nonsense", "•"),
        ("", "•"),
    ],
)
def test_endpoints_are_masked(endpoint: str, expected: str) -> None:
    """The rest of the address does not identify a household."""
    assert render.masked(endpoint) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 B"),
        (948, "948 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (12_345, "12.3 kB"),
        (999_999, "1.0 MB"),
        (4_500_000_000, "4.5 GB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_sizes_read_well(count: int, expected: str) -> None:
    """They have one decimal and the largest unit that keeps the number above one."""
    assert render.data_size(count) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Anna", "Anna"),
        ("my_pc_2", r"my\_pc\_2"),
        ("**bold**", r"\*\*bold\*\*"),
        ("[a](b) ~~x~~ [c](d)", r"\[a](b) \~\~x\~\~ \[c](d)"),
        ("# big", r"\# big"),
        ("> quote", r"\> quote"),
        ("- item", r"\- item"),
        ("<@100>", r"\<@100>"),
        ("a\nb\tc", "a b c"),
        ("\u202ecp", "cp"),
        ("\u200b", "?"),
        ("https://x.example/a_b", r"https:\//x.example\/a\_b"),
    ],
)
def test_names_are_shown_as_they_are(name: str, expected: str) -> None:
    """A name is one line and cannot turn into formatting, a mention or a link."""
    assert render.safe(name) == expected


@given(st.text(max_size=300), st.integers(1, 100))
def test_clip_keeps_the_limit(text: str, limit: int) -> None:
    """A text that fits is unchanged; a longer one ends in an ellipsis."""
    clipped = render.clip(text, limit)
    assert render.length(clipped) <= limit
    assert clipped == text or clipped.endswith("…")


@given(st.lists(st.text(alphabet="ab😀", max_size=40), min_size=1, max_size=60), st.integers(20, 200))
def test_fit_counts_what_it_leaves_out(lines: list[str], limit: int) -> None:
    """The kept lines are whole and in order, and the rest is counted."""
    text = render.fit(words, lines, limit)
    assert render.length(text) <= limit
    if text != "\n".join(lines):
        kept = len(text.split("\n")) - 1
        assert text.split("\n") == [*lines[:kept], words("more-lines", count=len(lines) - kept)]


def test_the_answer_about_an_opened_port_tells_its_address() -> None:
    """It has the address as players type it, and the target."""
    text = render.opened(words, OPENED, "`vps.example.org:25565`", None)
    assert "`vps.example.org:25565`" in text
    assert "Runs on **pc**, port 25565." in text
    assert "gateway's address" not in text


def test_an_opened_range_keeps_its_shift() -> None:
    """The public range and the range on the device are both named."""
    forward = replace(FORWARD, ports=PortRange(27015, 27030), to_port=28015)
    text = render.opened(words, replace(OPENED, forwards=(forward,)), "", None)
    assert "Ports 27015-27030 are open" in text
    assert "Runs on **pc**, ports 28015-28030" in text


def test_ipv6_is_offered_where_there_is_some() -> None:
    assert "Players with IPv6 may also use `[2001:db8::1]:25565`" in render.opened(
        words, OPENED, "", "`[2001:db8::1]:25565`"
    )


def test_the_answer_for_split_mode_tells_which_addresses_the_server_sees() -> None:
    """A server in split mode sees every player as the gateway, which surprises its owner."""
    assert words("forward-note-split") in render.opened(words, replace(OPENED, mode=Mode.SPLIT), "", None)


def test_closing_names_the_owner_only_to_another_member() -> None:
    """An admin that closes a member's ports reads the member's name."""
    answer = Closed(forwards=(FORWARD,))
    assert "Anna" not in render.closed(words, answer, "100")
    assert "Anna" in render.closed(words, answer, "999")


@pytest.mark.parametrize("count", [2, 10, 50, 400])
@pytest.mark.parametrize("mode", list(Mode))
def test_many_opened_ports_fit_into_a_message(count: int, mode: Mode) -> None:
    """The ports in small print are cut."""
    forwards = tuple(
        replace(FORWARD, device="*" * 32, protocol=Protocol.UDP, ports=PortRange(2000 + 9 * i, 2001 + 9 * i))
        for i in range(count)
    )
    opened = replace(OPENED, forwards=forwards, mode=mode)
    address6 = inline(words, pasted("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", forwards))
    text = render.opened(words, opened, block(words, pasted("x" * 253, forwards)), address6)
    assert render.length(text) <= render.MAX_CONTENT
    assert (" …\n" in text) is (count > 8)
    note = "" if mode is Mode.FULL else words(f"forward-note-{mode}")
    assert text.endswith(note)


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (0, None),
        (1, "; 1 attempt blocked (flood protection)"),
        (1_234_567, "; 1,234,567 attempts blocked (flood protection)"),
    ],
)
def test_status_tells_what_flood_protection_did(refused: int, said: str | None) -> None:
    """The attempts that it turned away are counted, and not mentioned when there are none."""
    (embed,) = status_of(words, status(ONLINE, forwards=(replace(PLAYED, refused=refused),)), everyone=False)
    line = str(embed.fields[0].value).splitlines()[-1]
    assert line == "**25565** TCP and UDP: 3 connections from 2 players" + (said or "")


def test_a_linux_device_is_shown_with_the_address_its_servers_need() -> None:
    """The owner of a device in another mode has no use for its VPN address."""
    linux = replace(ONLINE, peer=replace(PEER, mode=Mode.LINUX))
    assert "VPN address `10.66.66.2` and `fd42:42:42::2`" in shown(status_of(words, status(linux), everyone=False))
    assert "VPN address" not in shown(status_of(words, status(ONLINE), everyone=False))


@pytest.mark.parametrize("count", [1, 3, 500])
def test_lists_of_removed_devices_and_ports_fit_into_a_message(count: int) -> None:
    """The message about a revocation of any size can be sent, and tells the number of devices."""
    answer = Revoked(
        peers=tuple(replace(PEER, device="d" * 32) for _ in range(count)),
        forwards=tuple(replace(FORWARD, device="d" * 32) for _ in range(count)),
    )
    for text in (
        render.revoked(words, answer, "Anna"),
        render.left(words, answer),
        render.closed(words, Closed(forwards=answer.forwards), "1"),
    ):
        assert render.length(text) <= render.MAX_CONTENT
    assert f"{count} device" in render.revoked(words, answer, "Anna")


@pytest.mark.parametrize(
    "link",
    [
        "discord.gg/abc",
        "DISCORD.GG/abc",
        "https://discord.gg/abc",
        "discord.com/invite/abc",
        "discordapp.com/invite/abc",
        "discord.new/abc",
        "www.example.org/?a=b",
    ],
)
def test_a_name_is_no_link_and_no_invitation(link: str) -> None:
    """Discord takes some addresses for links without a scheme. It does not show a backslash before punctuation."""
    shown = render.safe(f"join {link}")
    assert not re.search(r"\w\.\w+/|://", shown)
    assert re.sub(r"\\([^0-9A-Za-z\s])", r"\1", shown) == f"join {link}"


def test_numbers_with_a_slash_are_no_link() -> None:
    assert render.escape("10.66.66.0/24") == "10.66.66.0/24"
