"""Our nftables table in the kernel: loaded whole as text, changed by elements, read back, watched."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import logging
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import nftables

from gateway.errors import PortTaken, apply_failed
from gateway.host.netlink import (
    ACK,
    CREATE,
    EXCL,
    REQUEST,
    NetfilterSocket,
    NetlinkRefused,
    attribute,
    attributes,
    message,
    messages,
    nested,
)
from gateway.network import Network
from gateway.nftables.elements import COOL, COOL_S, MARK, MARK_MASK, MAY_BE_THERE, SETS, TABLE, Delta, Element, Elements
from gateway.nftables.text import Counters, load_script, remove_script
from gateway.nftables.wire import counters, encoder

log = logging.getLogger(__name__)
R = TypeVar("R")

# linux/netfilter/nf_tables.h and nfnetlink.h
_NFT = 10 << 8
_GETSETELEM, _NEWSETELEM, _DELSETELEM = _NFT | 13, _NFT | 12, _NFT | 14
_NEWGEN = _NFT | 15
_BATCH_BEGIN, _BATCH_END = 16, 17
_INET = 1
_GROUP_NFTABLES = 7
_FEW, _MANY = 200, 100
_ELEMENTS_PER_MESSAGE = 400  # one attribute holds at most 64 KiB
_PR_SET_NAME = 15


class Table:
    """All work happens on one thread of its own, named so that the kernel's notices tell our changes from others'."""

    def __init__(self) -> None:
        self._name = f"guildgate-{secrets.token_hex(2)}"
        self._thread = ThreadPoolExecutor(1, initializer=_name_thread, initargs=(self._name,))
        self._cool: dict[tuple[str, Element], float] = {}  # until when, on the monotonic clock
        self._socket: NetfilterSocket
        self._nft: nftables.Nftables

    async def __aenter__(self) -> Table:
        await self._run(self._open)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.shield(self._run(self._socket.close))
        self._thread.shutdown()

    def _open(self) -> None:
        self._socket = NetfilterSocket()
        self._nft = nftables.Nftables()

    async def load(self, network: Network, elements: Elements) -> None:
        """Put the whole table in place in one transaction, carrying on the counts of the one it replaces."""

        def replace_table() -> None:
            counts = {name: self._read_counters(name) for name in ("stat", "shed")}
            later: Elements = {}
            if not counts["stat"]:
                # No flow is let through that a moment without elements could cut, and libnftables is slow with many:
                # a tenth of a second for 500 forwards, in which packets find no table at all.
                later = {
                    name: content
                    for name, content in elements.items()
                    if len(content) > _MANY and "interval" not in SETS[name].flags
                }
            now = elements | {name: {} for name in later}
            self._load(load_script(network, now, counts, self._cooling(elements)))
            self._apply(Delta(add=later, remove={}))

        await self._run(replace_table)

    async def remove(self) -> None:
        await self._run(lambda: self._load(remove_script()))

    async def apply(self, delta: Delta) -> None:
        """One transaction; raise PortTaken when the kernel already has a public port, ApplyFailed otherwise."""
        if delta:
            await self._run(lambda: self._apply(delta))

    async def counters(self, ids: Collection[int]) -> Counters:
        """What each of these forwards let through."""
        keys = [(MARK | forward_id, direction) for forward_id in ids for direction in (0, 1)]
        return await self._run(lambda: self._read_counters("stat", keys))

    async def refused(self, ids: Collection[int]) -> dict[int, int]:
        """New flows to each of these forwards that flood protection turned away."""
        counts = await self._run(lambda: self._read_counters("shed", [(MARK | forward_id,) for forward_id in ids]))
        return {int(key[0]) & ~MARK_MASK: packets for key, (packets, _) in counts.items()}  # type: ignore[arg-type]

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncIterator[str]]:
        """Yield a stream with a reason for each transaction of someone else's that touched our table."""
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()
        with NetfilterSocket([_GROUP_NFTABLES]) as events:
            notices = _Notices(self._name)

            def read() -> None:
                try:
                    while (data := events.receive(wait=False)) is not None:
                        if notices.is_foreign(data):
                            changed.set()
                except OSError as error:
                    if error.errno != errno.ENOBUFS:
                        raise
                    changed.set()  # notices were lost: assume the worst

            async def iterate() -> AsyncIterator[str]:
                while True:
                    await changed.wait()
                    changed.clear()
                    yield "nftables table changed"

            loop.add_reader(events.fileno(), read)
            try:
                yield iterate()
            finally:
                loop.remove_reader(events.fileno())

    async def _run(self, work: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _load(self, script: str) -> None:
        code, _, problem = self._nft.cmd(script)
        if code:
            complaint = str(problem).strip().split("\n", 1)[0]
            if os.strerror(errno.EPERM) in complaint:  # nft_table_lookup() in net/netfilter/nf_tables_api.c
                complaint += f" (another program owns it: `nft list table inet {TABLE}` shows which, stop that)"
            raise apply_failed("loading the nftables table", complaint)

    def _apply(self, delta: Delta) -> None:
        batch = [message(_BATCH_BEGIN, REQUEST, self._socket.next_sequence(), 0, b"", resource=10)]
        for name, content in delta.remove.items():
            if name in COOL:
                # These time out by themselves, and deleting what is gone would fail: add first, then delete.
                batch += self._element_messages(_NEWSETELEM, REQUEST | CREATE, name, content)
            batch += self._element_messages(_DELSETELEM, REQUEST, name, content)
        for name, content in delta.add.items():
            flags = REQUEST | CREATE | (0 if name in MAY_BE_THERE else EXCL)
            batch += self._element_messages(_NEWSETELEM, flags, name, content)
        batch.append(message(_BATCH_END, REQUEST, self._socket.next_sequence(), 0, b"", resource=10))
        try:
            self._socket.transact(b"".join(batch))
        except NetlinkRefused as error:
            if error.errno == errno.EEXIST:
                ports = sorted({key[1] for key in delta.add.get("fwdid", {})}, key=str)
                raise PortTaken(ports=", ".join(map(str, ports)), holder="someone", owner="someone") from error
            raise apply_failed("changing elements of the nftables table", error) from error

        self._note_cool(delta)

    def _note_cool(self, delta: Delta) -> None:
        now = time.monotonic()
        self._cool = {entry: until for entry, until in self._cool.items() if until > now}
        for name in COOL:
            for key in delta.remove.get(name, {}):
                self._cool.pop((name, key), None)
            for key in delta.add.get(name, {}):
                self._cool[name, key] = now + COOL_S

    def _cooling(self, elements: Elements) -> dict[str, dict[Element, int]]:
        """The seconds that ports just closed have to stay cold, whatever became of the table they were noted in."""
        now = time.monotonic()
        found: dict[str, dict[Element, int]] = {name: {} for name in COOL}
        for (name, key), until in self._cool.items():
            if until > now + 1 and key not in elements[COOL[name]]:
                found[name][key] = int(until - now)
        return found

    def _element_messages(self, kind: int, flags: int, name: str, content: dict[Element, Element]) -> list[bytes]:
        spec, with_data = SETS[name], kind == _NEWSETELEM
        encode = encoder(spec, with_data=with_data and bool(spec.data))
        encoded = [encode(key, data) for key, data in content.items()]
        head = attribute(1, f"{TABLE}\0".encode()) + attribute(2, f"{name}\0".encode())
        return [
            message(
                kind,
                flags | ACK,
                self._socket.next_sequence(),
                _INET,
                head + nested(3, *encoded[start : start + _ELEMENTS_PER_MESSAGE]),
            )
            for start in range(0, len(encoded), _ELEMENTS_PER_MESSAGE)
        ]

    def _read_counters(self, name: str, keys: Collection[Element] | None = None) -> Counters:
        """Of the whole set, or at least of `keys`: a few are looked up, so that they cost the same in any set."""
        body = attribute(1, f"{TABLE}\0".encode()) + attribute(2, f"{name}\0".encode())
        if keys is None or len(keys) > _FEW:
            return dict(counters(self._socket.dump(_GETSETELEM, _INET, body)))
        found: dict[Element, tuple[int, int]] = {}
        encode = encoder(SETS[name], with_data=False)
        for key in keys:
            wanted = body + nested(3, encode(key, ()))
            with suppress(NetlinkRefused):  # gone meanwhile
                sequence = self._socket.next_sequence()
                answers = self._socket.transact(message(_GETSETELEM, REQUEST | ACK, sequence, _INET, wanted))
                found.update(counters(answers))
        return found


class _Notices:
    """Reads nftables notices: did a transaction that touched our table come from another thread than ours?

    What a transaction did comes first, dozens of notices to a datagram, which are searched and not parsed, as there may
    be a hundred thousand. A datagram of its own ends it (nf_tables_commit() in net/netfilter/nf_tables_api.c).
    """

    _OURS = attribute(1, f"{TABLE}\0".encode())  # in table, chain, rule, set and element notices alike

    def __init__(self, name: str) -> None:
        self._name = name.encode()
        self._touched = False

    def is_foreign(self, datagram: memoryview) -> bool:
        kind, _, payload = next(messages(datagram))
        if kind != _NEWGEN:
            self._touched = self._touched or self._OURS in bytes(datagram)
            return False
        touched, self._touched = self._touched, False
        comm = attributes(payload[4:]).get(3, b"")  # NFTA_GEN_PROC_NAME
        return touched and bytes(comm).rstrip(b"\0") != self._name


def _name_thread(name: str) -> None:
    """PR_SET_NAME of prctl(2) names the calling thread; the kernel reports it with each nftables transaction."""
    ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)
