"""A kernel in memory behind the gateway's four protocols, which can refuse any of its effects.

It is as strict as the real one where the gateway depends on it. A public port is given once, and a transaction happens
as a whole or not at all. An address leads to one WireGuard peer, and a missing element cannot be removed.
"""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
from pathlib import Path
from typing import Any

from gateway.config import Backend, Config
from gateway.errors import ApplyFailed, ConfigError, PortTaken
from gateway.host.sysctl import BOOT_ID, RESERVED_PORTS, format_ports, parse_ports
from gateway.host.uplink import Line
from gateway.keys import PrivateKey
from gateway.model import Forward, Key, Listening, PortRange, Protocol
from gateway.network import Network
from gateway.nftables.elements import (
    COOL,
    MARK,
    MARK_MASK,
    MAY_BE_THERE,
    SETS,
    Counters,
    Delta,
    Element,
    Elements,
    Part,
)
from gateway.nftables.flow import Address, Entry, Flow, Tuple
from gateway.state.kernel import Kernel
from gateway.state.store import STEPS
from gateway.wireguard.device import DeviceState, PeerState, WgPeer

NOW = datetime(2026, 1, 31, 20, 0, tzinfo=UTC)
FILLED = {name for name, spec in SETS.items() if "dynamic" not in spec.flags and name not in COOL}
"""The sets whose content follows from the desired state. The others' content follows from packets and time as well."""


class Effects:
    """The effects asked of the kernel: they are counted, and refused where a test chose so."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._numbers: set[int] = set()
        self._names: Counter[str] = Counter()
        self._last: int | None = None
        self._error: Exception | None = None

    def refuse(self, *what: int | str, error: Exception | None = None) -> None:
        """Refuse effects by their number from now on (1 is the next), or the next one of a name.

        Raise `error`, or the effect's usual one.
        """
        self._numbers |= {len(self.asked) + each for each in what if isinstance(each, int)}
        self._names.update(each for each in what if isinstance(each, str))
        self._error = error

    def die(self, after: int) -> None:
        """Refuse every effect after so many more, as for a process that is killed then."""
        self._last = len(self.asked) + after

    def calm(self) -> None:
        """Refuse nothing any more."""
        self._numbers, self._names, self._last, self._error = set(), Counter(), None, None

    def take(self, name: str, usual: Exception) -> None:
        """Record an effect that is about to happen. Raise instead when it is refused."""
        self.asked.append(name)
        number = len(self.asked)
        by_name = self._names[name] > 0
        self._names[name] -= by_name
        if by_name or number in self._numbers or (self._last is not None and number > self._last):
            raise self._error or usual


class FakeDatabase:
    """A real SQLite connection without aiosqlite's thread.

    It is in memory without a path. Its statements can be refused, and so can a commit that has something to commit.
    """

    def __init__(self, path: Path | None, effects: Effects) -> None:
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        if not self._db.execute("SELECT * FROM sqlite_schema").fetchall():
            for step in STEPS:
                self._db.executescript(step)
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA synchronous = OFF")  # because no test outlives the machine
        self._effects = effects

    def close(self) -> None:
        self._db.close()

    def replace(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Replace the table's rows by these."""
        with self._db:
            self._db.execute(f"DELETE FROM {table}")
            if rows:
                self._db.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)

    async def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        self._take(sql)
        await asyncio.sleep(0)  # because other tasks get their turn while a disk works
        return self._db.execute(sql, values)

    async def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> sqlite3.Cursor:
        self._take(sql)
        return self._db.executemany(sql, rows)

    async def execute_fetchall(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        self._take(sql)
        return self._db.execute(sql, values).fetchall()

    async def commit(self) -> None:
        if self._db.in_transaction:
            self._take("COMMIT")
            await asyncio.sleep(0)
        self._db.commit()

    async def rollback(self) -> None:
        self._db.rollback()

    def _take(self, sql: str) -> None:
        name = " ".join(sql.split()[:3])
        self._effects.take(f"database: {name}", sqlite3.OperationalError("database or disk is full"))


def failed() -> ApplyFailed:
    return ApplyFailed(log_id="0123abcd")


@dataclass
class Link:
    """A network interface. One of WireGuard has a device."""

    addresses: set[IPv4Interface | IPv6Interface] = field(default_factory=set)
    mtu: int = 1500
    is_up: bool = True
    device: DeviceState | None = None


class FakeHost:
    """A host. `sockets` are the ports that programs listen on, `names` the DNS names with their addresses."""

    def __init__(self, effects: Effects) -> None:
        self._effects = effects
        self.time = NOW
        outer: set[IPv4Interface | IPv6Interface] = {
            IPv4Interface("203.0.113.1/24"),
            IPv6Interface("2001:db8:1::1/64"),
            IPv6Interface("fe80::1/64"),
        }
        self.links = {
            "lo": Link({IPv4Interface("127.0.0.1/8"), IPv6Interface("::1/128")}),
            "eth0": Link(outer),
        }
        self.default: str | None = "eth0"
        self.names: dict[str, tuple[IPv4Address, ...]] = {}
        self.sockets: set[tuple[Protocol, int]] = set()
        self.sysctl = {
            BOOT_ID: "a boot",
            RESERVED_PORTS: "",
            "net/ipv4/ip_forward": "0",
            "net/ipv6/conf/eth0/accept_ra": "1",
            "net/ipv6/conf/all/forwarding": "0",
        }

    def now(self) -> datetime:
        return self.time

    @property
    def reserved(self) -> set[int]:
        return parse_ports(self.sysctl[RESERVED_PORTS])

    async def default_route_interface(self) -> str | None:
        self._effects.take("host.default_route_interface", OSError("refused"))
        return self.default

    async def line(self, interface: str) -> Line:
        self._effects.take("host.line", OSError("refused"))
        link = self.links.get(interface)
        found = [each.ip for each in sorted(link.addresses, key=str)] if link else []
        ipv6 = (ip for ip in found if isinstance(ip, IPv6Address) and not ip.is_link_local)
        return Line(
            interface=interface,
            exists=link is not None,
            ipv4=tuple(ip for ip in found if isinstance(ip, IPv4Address)),
            ipv6=tuple(ipv6),
        )

    async def addresses(self) -> dict[Address, str]:
        self._effects.take("host.addresses", OSError("refused"))
        return {each.ip: name for name, link in self.links.items() for each in link.addresses}

    async def resolve(self, name: str) -> tuple[IPv4Address, ...]:
        self._effects.take("host.resolve", OSError("refused"))
        if name not in self.names:
            raise OSError("unknown")
        return self.names[name]

    async def configure(self, interface: str, addresses: Iterable[IPv4Interface | IPv6Interface], mtu: int) -> None:
        self._effects.take("host.configure", failed())
        if interface not in self.links:
            raise failed()
        link, wanted = self.links[interface], set(addresses)
        link.mtu = mtu
        for stray in {each for each in link.addresses - wanted if not each.is_link_local}:
            self._effects.take("host.configure: remove an address", failed())
            link.addresses.remove(stray)
        for missing in wanted - link.addresses:
            self._effects.take("host.configure: add an address", failed())
            link.addresses.add(missing)
        self._effects.take("host.configure: set up", failed())
        link.is_up = True

    async def is_configured(self, interface: str, addresses: Iterable[IPv4Interface | IPv6Interface], mtu: int) -> bool:
        self._effects.take("host.is_configured", OSError("refused"))
        link = self.links.get(interface)
        return link is not None and link.mtu == mtu and link.is_up and set(addresses) <= link.addresses

    async def settings(self, names: Iterable[str]) -> dict[str, str | None]:
        """Return settings. They are never refused, because every process may read them."""
        return {name: self.sysctl.get(name) for name in names}

    async def change_settings(self, settings: Mapping[str, str]) -> None:
        for name, value in settings.items():
            self._effects.take(f"host.change_settings: {name}", ConfigError(key=name, problem="is read-only"))
            self.sysctl[name] = format_ports(parse_ports(value)) if name == RESERVED_PORTS else value

    async def listening(self) -> Listening:
        self._effects.take("host.listening", OSError("refused"))
        sockets = set(self.sockets)

        def listening(protocol: Protocol, ports: PortRange) -> bool:
            return any(used in protocol.each and port in ports for used, port in sockets)

        return listening


class FakeWireGuard:
    """The device of one of the host's links. Like the kernel's, it ignores a peer with its own key."""

    kind = Backend.KERNEL

    def __init__(self, effects: Effects, links: dict[str, Link], interface: str, port: int, own_key: Key) -> None:
        self._effects = effects
        self._links = links
        self._interface = interface
        self._port = port
        self._own_key = own_key

    @property
    def peers(self) -> Mapping[Key, PeerState]:
        return self._device().peers

    def seen(self, public_key: Key, **what: object) -> None:
        """Record what the device learns from packets: an endpoint, a handshake, counts."""
        self._put({**self.peers, public_key: replace(self.peers[public_key], **what)})  # type: ignore[arg-type]

    async def up(self) -> None:
        self._effects.take("wireguard.up", ConfigError(key="gateway.listen_port", problem="is used by another program"))
        link = self._links.setdefault(self._interface, Link(mtu=1420, is_up=False, device=DeviceState()))
        assert link.device is not None
        self._effects.take("wireguard.up: set key and port", failed())
        link.device = replace(link.device, public_key=self._own_key, listen_port=self._port)

    async def apply(self, add: Iterable[WgPeer], remove: Iterable[Key]) -> None:
        """Change one peer after the other, up to the first that is refused."""
        for key in remove:
            self._effects.take("wireguard.apply: remove", failed())
            self._put({known: peer for known, peer in self.peers.items() if known != key})
        for peer in add:
            self._effects.take("wireguard.apply: add", failed())
            self._add(peer)

    def _add(self, wanted: WgPeer) -> None:
        if wanted.public_key == self._own_key:
            return
        taken = set(wanted.allowed_ips)
        others = {
            key: replace(peer, allowed_ips=tuple(ip for ip in peer.allowed_ips if ip not in taken))
            for key, peer in self.peers.items()
        }
        known = others.get(wanted.public_key, PeerState(public_key=wanted.public_key))
        now = replace(
            known,
            preshared_key=wanted.preshared_key,
            allowed_ips=wanted.allowed_ips,
            endpoint=wanted.endpoint or known.endpoint,
        )
        self._put({**others, wanted.public_key: now})

    async def dump(self) -> DeviceState:
        self._effects.take("wireguard.dump", failed())
        return self._device()

    async def down(self) -> None:
        self._effects.take("wireguard.down", failed())
        self._links.pop(self._interface, None)

    def _device(self) -> DeviceState:
        link = self._links.get(self._interface)
        if link is None or link.device is None:
            raise failed()
        return link.device

    def _put(self, peers: Mapping[Key, PeerState]) -> None:
        device = self._device()
        self._links[self._interface].device = replace(device, peers=peers)


def transact(content: Elements, delta: Delta) -> Elements:
    """Return the content after a transaction.

    Raise FileExistsError or FileNotFoundError where the kernel would refuse it.
    """
    after = {name: dict(found) for name, found in content.items()}
    for name, gone in delta.remove.items():
        for key in gone:
            if name not in COOL and key not in after[name]:
                raise FileNotFoundError(f"{key} is not in {name}")
            after[name].pop(key, None)
    for name, come in delta.add.items():
        for key, data in come.items():
            if key in after[name] and name not in MAY_BE_THERE:
                raise FileExistsError(f"{key} is in {name} already")
            after[name][key] = data
    return after


class FakeTable:
    """A table. `content` has the elements by set, or is None without a table. `counts` are by set and element."""

    def __init__(self, effects: Effects) -> None:
        self._effects = effects
        self.content: Elements | None = None
        self.counts: dict[str, dict[Element, tuple[int, int]]] = {"stat": {}, "shed": {}}

    async def load(self, network: Network, elements: Elements) -> None:
        self._effects.take("table.load", failed())
        cold: Elements = {name: (self.content or {}).get(name, {}) for name in COOL}
        warm: Elements = {name: {k: () for k in cold[name] if k not in elements[COOL[name]]} for name in COOL}
        self.content = {**{name: {} for name in SETS}, **warm}
        self._effects.take("table.load: elements", failed())
        self.content = {**elements, **warm}
        self._forget_counts()

    async def remove(self) -> None:
        self._effects.take("table.remove", failed())
        self.content = None
        self._forget_counts()

    async def apply(self, delta: Delta) -> None:
        if not delta:
            return
        self._effects.take("table.apply", failed())
        if self.content is None:
            raise failed()
        try:
            self.content = transact(self.content, delta)
        except FileNotFoundError:
            raise failed() from None
        except FileExistsError:
            raise PortTaken(ports="", owner="someone", free=None, hint="Try another one.") from None
        self._forget_counts()

    def _forget_counts(self) -> None:
        content = self.content or {}
        for name, counts in self.counts.items():
            self.counts[name] = {key: count for key, count in counts.items() if key in content.get(name, ())}

    async def counters(self, ids: Collection[int]) -> Counters:
        self._effects.take("table.counters", failed())
        wanted = {(MARK | each, direction) for each in ids for direction in (0, 1)}
        return {key: count for key, count in self.counts["stat"].items() if key in wanted}

    async def refused(self, ids: Collection[int]) -> dict[int, int]:
        self._effects.take("table.refused", failed())
        counts = self.counts["shed"]
        return {each: counts[MARK | each,][0] for each in ids if (MARK | each,) in counts}


class FakeConntrack:
    def __init__(self, effects: Effects, table: FakeTable) -> None:
        self._effects = effects
        self._table = table
        self._numbers = itertools.count(1)
        self.entries: list[Entry] = []
        self.asked: list[list[int]] = []  # the ids of each call

    def arrive(self, packet: Tuple) -> Entry:
        """Begin a flow from outside at the public address. The table says whether it leads to a peer."""
        protocol, source, source_port = packet.protocol, packet.source, packet.source_port
        content = self._table.content or {}
        key: Element = (protocol, packet.destination_port)
        target: Element = content.get(f"fwd{source.version}", {}).get(key, ())
        mark = content["fwdid"][key][0] if target else 0
        address, port = target or (packet.destination, packet.destination_port)
        return self.note(packet, Tuple(protocol, _address(address), _int(port), source, source_port), _int(mark))

    def note(self, original: Tuple, reply: Tuple, mark: int = 0, *, is_established: bool = False) -> Entry:
        """Add a flow as it is."""
        entry = Entry(original, reply, mark, is_established, next(self._numbers).to_bytes(4, "big"))
        self.entries.append(entry)
        return entry

    async def flows(self, ids: Collection[int]) -> dict[int, list[Flow]]:
        self._effects.take("conntrack.flows", OSError("refused"))
        self.asked.append(list(ids))
        found: dict[int, list[Flow]] = {each: [] for each in ids}
        for entry in self.entries:
            if entry.mark & MARK_MASK == MARK and entry.mark & ~MARK_MASK in found:
                flow = _flow(entry)
                found[flow.forward_id].append(flow)
        return found

    async def flush_forwards(self, forwards: Iterable[Forward]) -> None:
        for forward in forwards:
            self._effects.take("conntrack.flush_forwards", OSError("refused"))
            self.entries = [entry for entry in self.entries if entry.mark != MARK | forward.id]

    async def flush_addresses(self, addresses: Iterable[Address]) -> None:
        for address in addresses:
            self._effects.take("conntrack.flush_addresses", OSError("refused"))
            self.entries = [entry for entry in self.entries if address not in _addresses(entry)]

    async def is_free_of(self, ports: AbstractSet[int]) -> bool:
        """Report False where it cannot look; it is never refused."""
        return not any(ports & _ports(entry) for entry in self.entries)

    async def flush_chosen(self, chosen: Callable[[Entry], bool], ports: AbstractSet[int] | None) -> None:
        for entry in list(self.entries):
            if (ports is None or ports & _ports(entry)) and chosen(entry):
                self._effects.take("conntrack.flush_chosen", OSError("refused"))
                self.entries.remove(entry)


def _flow(entry: Entry) -> Flow:
    original, forward_id = entry.original, entry.mark & ~MARK_MASK
    if entry.reply.source != original.destination:
        return Flow(forward_id, original.protocol, original.source, original.source_port)
    return Flow(forward_id, original.protocol, original.destination, original.destination_port)


def _addresses(entry: Entry) -> set[Address]:
    return {entry.original.source, entry.original.destination, entry.reply.source}


def _ports(entry: Entry) -> set[int]:
    sides = (entry.original, entry.reply)
    return {port for side in sides for port in (side.source_port, side.destination_port)}


def _address(part: Part) -> Address:
    assert isinstance(part, IPv4Address | IPv6Address)
    return part


def _int(part: Part) -> int:
    assert isinstance(part, int)
    return part


@dataclass(frozen=True, slots=True)
class FakeKernel(Kernel):
    wireguard: FakeWireGuard
    table: FakeTable
    conntrack: FakeConntrack
    host: FakeHost
    effects: Effects

    @classmethod
    def of(cls, config: Config, private_key: PrivateKey) -> FakeKernel:
        effects, section = Effects(), config.gateway
        host, table = FakeHost(effects), FakeTable(effects)
        own_key = private_key.public_key
        wireguard = FakeWireGuard(effects, host.links, section.interface, section.listen_port, own_key)
        return cls(wireguard, table, FakeConntrack(effects, table), host, effects)
