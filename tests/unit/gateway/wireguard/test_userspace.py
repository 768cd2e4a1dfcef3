"""Both backends' answers: wireguard-go's text and the kernel's netlink attributes."""

from __future__ import annotations

import asyncio
import errno
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ApplyFailed
from gateway.host.netlink import attribute, attributes, each_attribute
from gateway.keys import PrivateKey
from gateway.model import Key
from gateway.wireguard import kernel, userspace
from gateway.wireguard.device import DeviceState, PeerState, WgPeer

keys = st.binary(min_size=32, max_size=32).filter(any).map(Key)
networks = st.one_of(
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(lambda n: IPv4Network(n, strict=False)),
    st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 128)).map(lambda n: IPv6Network(n, strict=False)),
)
ports = st.integers(1, 65535)
endpoints = st.one_of(
    st.builds("{}:{}".format, st.ip_addresses(v=4), ports), st.builds("[{}]:{}".format, st.ip_addresses(v=6), ports)
)
handshakes = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
peer_states = st.builds(
    PeerState,
    public_key=keys,
    preshared_key=st.none() | keys,
    allowed_ips=st.lists(networks, max_size=4).map(tuple),
    endpoint=st.none() | endpoints,
    latest_handshake=st.none() | handshakes,
    rx_bytes=st.integers(0, 2**64 - 1),
    tx_bytes=st.integers(0, 2**64 - 1),
)
peers = st.lists(peer_states, max_size=4).map(lambda states: {state.public_key: state for state in states})


def close(left: DeviceState, right: DeviceState) -> bool:
    """Report whether both are equal, with handshakes to the microsecond that a float of seconds may be off."""
    for one, other in zip(left.peers.values(), right.peers.values(), strict=True):
        times = [peer.latest_handshake for peer in (one, other)]
        if times != [None, None]:
            assert times[0] is not None
            assert times[1] is not None
            assert abs(times[0] - times[1]) <= timedelta(microseconds=1)
    return _timeless(left) == _timeless(right)


def some(peers: Mapping[Key, PeerState]) -> list[set[Key]]:
    """Return choices of peers, with the last one and without it, and with one that is not there."""
    present = list(peers)
    return [set(), set(present[::2]), set(present[1::2]), {Key(b"x" * 32), *present}]


def without_others(device: DeviceState, only: set[Key]) -> DeviceState:
    return replace(device, peers={key: peer for key, peer in device.peers.items() if key in only})


def _timeless(state: DeviceState) -> DeviceState:
    return replace(state, peers={k: replace(p, latest_handshake=None) for k, p in state.peers.items()})


def since_epoch(moment: datetime | None) -> tuple[int, int]:
    """Return whole seconds and nanoseconds, exactly."""
    if moment is None:
        return 0, 0
    span = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return span.days * 86400 + span.seconds, span.microseconds * 1000


def as_text(private_key: PrivateKey | None, listen_port: int, peers: list[PeerState]) -> str:
    lines = [f"private_key={private_key.raw.hex()}"] if private_key else []
    lines += [f"listen_port={listen_port}"] if listen_port else []
    for peer in peers:
        seconds, nanoseconds = since_epoch(peer.latest_handshake)
        lines.append(f"public_key={peer.public_key.raw.hex()}")
        lines.append(f"preshared_key={peer.preshared_key.raw.hex() if peer.preshared_key else '00' * 32}")
        lines.append("protocol_version=1")
        lines += [f"endpoint={peer.endpoint}"] if peer.endpoint else []
        lines += [f"last_handshake_time_sec={seconds}", f"last_handshake_time_nsec={nanoseconds}"]
        lines += [f"tx_bytes={peer.tx_bytes}", f"rx_bytes={peer.rx_bytes}", "persistent_keepalive_interval=0"]
        lines += [f"allowed_ip={network}" for network in peer.allowed_ips]
    return "".join(f"{line}\n" for line in (*lines, "errno=0", ""))


@given(st.none() | keys.map(lambda key: PrivateKey(key.raw)), st.integers(0, 65535), peers)
def test_the_answer_of_wireguard_go_is_read_whole(
    private_key: PrivateKey | None, listen_port: int, peers: dict[Key, PeerState]
) -> None:
    """Any device is read back from its get=1 text."""
    public_key = private_key.public_key if private_key else None
    device = DeviceState(public_key=public_key, listen_port=listen_port, peers=peers)
    answer = as_text(private_key, listen_port, list(peers.values())).encode()
    assert close(userspace.parse(answer), device)
    for only in some(peers):
        assert close(userspace.parse(answer, only), without_others(device, only))


def test_an_errno_of_wireguard_go_is_an_oserror() -> None:
    """`errno=-22` ends a refused request; it is raised as EINVAL."""
    with pytest.raises(OSError, match="Invalid argument") as refusal:
        userspace.lines_of(b"errno=-22\n\n")
    assert refusal.value.errno == errno.EINVAL


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\n\n",
        b"hello\n\n",
        b"private_key=00\n\n",
        b"errno=\n\n",
        b"errno=x\n\n",
        b"errno=" + b"9" * 5000,
        b"\xff\n\n",
    ],
)
def test_what_is_no_answer_is_a_protocol_error(answer: bytes) -> None:
    """Another program on that socket is an OSError, not a crash and not an empty device."""
    with pytest.raises(OSError, match="not an answer") as refusal:
        userspace.lines_of(answer)
    assert refusal.value.errno == errno.EPROTO


@pytest.mark.parametrize(
    "line",
    [
        "last_handshake_time_sec=99999999999999",
        "last_handshake_time_sec=99999999999999999999999999",
        "rx_bytes=36893488147419103232",
        "rx_bytes=-1",
        "tx_bytes=" + "9" * 5000,
        "preshared_key=00ff",
        "endpoint=somewhere:5",
        "endpoint=198.51.100.7:65536",
        "allowed_ip=10.66.66.2/33",
        "allowed_ip=10.66.66.2/24",
    ],
)
def test_a_value_that_cannot_be_is_a_protocol_error(line: str) -> None:
    """It is an error that the gateway knows, and none that ends it."""
    with pytest.raises(OSError, match="not an answer") as refusal:
        userspace.parse(f"public_key={'ab' * 32}\n{line}\nerrno=0\n\n".encode())
    assert refusal.value.errno == errno.EPROTO


async def test_an_answer_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that writes without end takes memory only up to the limit."""
    monkeypatch.setattr(userspace, "_SOCKETS", tmp_path)
    monkeypatch.setattr(userspace, "_LONGEST", 1 << 20)

    async def write_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while True:
                writer.write(b"public_key=" + b"ab" * 5000)
                await writer.drain()
        writer.close()

    async with await asyncio.start_unix_server(write_on, tmp_path / "wg9.sock"):
        device = userspace.UserspaceWireGuard("wg9", 51820, PrivateKey(b"k" * 32))
        with pytest.raises(ApplyFailed):
            await device.dump()


def allowed_ip(network: IPv4Network | IPv6Network) -> bytes:
    family = struct.pack("=H", 2 if network.version == 4 else 10)
    entry = attribute(1, family) + attribute(2, network.network_address.packed)
    return attribute(0x8000, entry + attribute(3, bytes([network.prefixlen])))


def sockaddr(endpoint: str) -> bytes:
    host, _, port = endpoint.rpartition(":")
    if host.startswith("["):
        return struct.pack("=H", 10) + struct.pack("!HI16sI", int(port), 0, IPv6Address(host[1:-1]).packed, 0)
    return struct.pack("=H", 2) + struct.pack("!H4s8x", int(port), IPv4Address(host).packed)


def whole_peer(peer: PeerState, allowed_ips: list[IPv4Network | IPv6Network]) -> bytes:
    psk = peer.preshared_key.raw if peer.preshared_key else bytes(32)
    fields = attribute(1, peer.public_key.raw) + attribute(2, psk) + attribute(5, struct.pack("=H", 0))
    if peer.endpoint:
        fields += attribute(4, sockaddr(peer.endpoint))
    fields += attribute(6, struct.pack("=qq", *since_epoch(peer.latest_handshake)))
    fields += attribute(7, struct.pack("=Q", peer.rx_bytes)) + attribute(8, struct.pack("=Q", peer.tx_bytes))
    return attribute(0x8000, fields + attribute(0x8009, b"".join(map(allowed_ip, allowed_ips))))


def continued_peer(peer: PeerState, allowed_ips: list[IPv4Network | IPv6Network]) -> bytes:
    ips = attribute(0x8009, b"".join(map(allowed_ip, allowed_ips)))
    return attribute(0x8000, attribute(1, peer.public_key.raw) + ips)


@given(st.none() | keys, st.integers(0, 65535), peers, st.integers(0, 4))
def test_the_kernels_dump_is_read_whole_wherever_it_is_split(
    public_key: Key | None, listen_port: int, peers: dict[Key, PeerState], cut: int
) -> None:
    """Every peer begins in one message and goes on in the next with its key and the rest of its allowed_ips."""
    device = attribute(2, b"wg0\0") + attribute(6, struct.pack("=H", listen_port)) + attribute(7, bytes(4))
    if public_key:
        device += attribute(3, bytes(32)) + attribute(4, public_key.raw)
    messages = [device]
    for peer in peers.values():
        first, rest = list(peer.allowed_ips[:cut]), list(peer.allowed_ips[cut:])
        messages[-1] += attribute(0x8008, whole_peer(peer, first))
        messages.append(attribute(0x8008, continued_peer(peer, rest)))
    whole = DeviceState(public_key=public_key, listen_port=listen_port, peers=peers)
    assert close(kernel.parse(messages), whole)
    for only in some(peers):
        assert close(kernel.parse(messages, only), without_others(whole, only))


wg_peers = st.builds(WgPeer, keys, keys, st.lists(networks, max_size=4).map(tuple), st.none() | endpoints)


@given(wg_peers)
def test_a_peer_is_written_as_the_kernel_shows_it(peer: WgPeer) -> None:
    """What is sent to add a peer, read as a part of a dump, is that peer; its flag says to replace its allowed_ips."""
    ((_, sent),) = each_attribute(kernel._added(peer))
    assert attributes(sent)[3] == struct.pack("=I", 2)
    shown = attribute(6, bytes(16)) + attribute(7, bytes(8)) + attribute(8, bytes(8))
    assert parse_one(attribute(0x8000, sent + shown)) == PeerState(
        public_key=peer.public_key,
        preshared_key=peer.preshared_key,
        allowed_ips=peer.allowed_ips,
        endpoint=peer.endpoint,
    )


def parse_one(entry: bytes) -> PeerState:
    device = kernel.parse([attribute(6, bytes(2)) + attribute(0x8008, entry)])
    return next(iter(device.peers.values()))
