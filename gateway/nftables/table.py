"""Our nftables table in the kernel. It is loaded whole as text, changed by elements, read back and watched."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import logging
import os
import secrets
import struct
import time
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from typing import TypeVar

from gateway.errors import GatewayError, HostProblem, PortTaken, apply_failed
from gateway.host import bpf, nft
from gateway.host.netlink import (
    ACK,
    CREATE,
    EXCL,
    NETFILTER,
    Message,
    NetlinkRefused,
    NetlinkSocket,
    attributes,
    each_message,
    nested,
    nfgenmsg,
    string,
    watch,
)
from gateway.model import Difference
from gateway.network import Marks, Network
from gateway.nftables.elements import (
    COOL,
    COOL_S,
    COUNTED,
    MAY_BE_THERE,
    SETS,
    STAT,
    TABLE,
    WATCHED,
    Counters,
    Delta,
    Element,
    Elements,
)
from gateway.nftables.live import LiveTable, fingerprint, set_name
from gateway.nftables.text import load_script, refresh_script, remove_script
from gateway.nftables.wire import counters, encoder, with_count

log = logging.getLogger(__name__)
R = TypeVar("R")

# linux/netfilter/nf_tables.h and nfnetlink.h
_NFT = 10 << 8
_GETSETELEM, _NEWSETELEM, _DELSETELEM = _NFT | 13, _NFT | 12, _NFT | 14
_NEWGEN, _GETGEN = _NFT | 15, _NFT | 16
_BATCH_BEGIN, _BATCH_END, _SUBSYSTEM = 16, 17, 10
_PROC_NAME = 3  # an attribute of _NEWGEN
_INET = 1
_GROUP_NFTABLES = 7
_FEW, _MANY = 200, 100
_ELEMENTS_PER_MESSAGE = 400  # because one attribute holds at most 64 KiB
_TWINS = dict(zip((*STAT, *WATCHED), (*WATCHED, *STAT), strict=True))  # a forward counts in one of both
_BUFFER = 64 << 20  # bytes; all elements may change in one datagram, which causes a notice for each
_PR_SET_NAME = 15
# What an unprivileged container cannot do itself.
_LARGER = "it is too large for the queues: raise net.core.wmem_max and rmem_max on the host"
# An autoload that finds no modprobe looks like a kernel that lacks the module (nfnetlink.c, af_netlink.c).
_NO_TABLES = (
    "this kernel has no nf_tables, or cannot load them; install kmod and the kernel's modules, and run "
    "`modprobe nf_tables` on the host"
)
_PROBLEMS = {
    errno.EPERM: (
        "it may not change this host's network; run it as root or with CAP_NET_ADMIN, which a rootless container "
        "does not have on the host"
    ),
    errno.EPROTONOSUPPORT: _NO_TABLES,
    errno.EAFNOSUPPORT: _NO_TABLES,
    errno.EINVAL: _NO_TABLES,
}


class KernelTable:
    """The protocol of elements.py on the running kernel.

    All work happens on one thread. Its name, which the child that loads the table has too, tells our changes in the
    kernel's notices from other programs'.
    """

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._name = f"guildgate-{secrets.token_hex(2)}"
        self._thread = ThreadPoolExecutor(1, initializer=_name_thread, initargs=(self._name,))
        self._cool: dict[tuple[str, Element], float] = {}  # when it ends, by the monotonic clock
        self._socket: NetlinkSocket
        self._live: LiveTable

    async def __aenter__(self) -> KernelTable:
        await self._run(self._open)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.shield(self._run(self._socket.close))
        self._thread.shutdown()

    def _open(self) -> None:
        """Open both ways to the kernel. Raise HostProblem when it has no nf_tables, or we may not use them."""
        try:
            self._socket = NetlinkSocket(NETFILTER, buffer=_BUFFER)
            self._socket.request(Message(_GETGEN, 0, nfgenmsg(0)))
        except OSError as error:
            if error.errno in _PROBLEMS:  # what else is wrong, such as a missing module, the first load says
                raise HostProblem(key="the gateway cannot start", problem=_PROBLEMS[error.errno]) from error
            if not isinstance(error, NetlinkRefused):
                raise
        self._live = LiveTable(self._socket)

    async def load(self, network: Network, elements: Elements, *, counts_go_on: bool = True) -> None:
        """Put the whole table in place, and carry on its counts unless its marks were others.

        A table that was loaded with the same rules is corrected, because libnftables takes seconds for many elements:
        all rules are written anew, and elements where they differ. Any other one is replaced in one transaction.
        """
        mark = fingerprint(network)

        def load() -> None:
            if self._live.is_marked(mark):
                try:
                    self._load(refresh_script(network, elements, self._cooling(elements)))
                    self._apply(self._live.difference(elements))
                except (NetlinkRefused, GatewayError) as error:
                    log.warning("the table cannot be corrected, so it is replaced: %s", error)
                else:
                    return
            replace_table()

        def replace_table() -> None:
            counts = {name: self._read_counters(name) if counts_go_on else {} for name in COUNTED}
            for name, other in _TWINS.items():
                counts[name] = {**counts[other], **counts[name]}
            later: Elements = {}
            if not self._live.is_there():
                # There are no flows that a moment without elements could cut. Many elements make libnftables slow, and
                # packets find no table meanwhile: 0.1 s for 500 forwards.
                later = {
                    name: content
                    for name, content in elements.items()
                    if len(content) > _MANY and "interval" not in SETS[name].flags
                }
            now = elements | {name: {} for name in later}
            self._load(load_script(network, now, counts, self._cooling(elements), comment=mark))
            self._apply(Delta(add=later, remove={}))

        await self._run(load)

    async def remove(self) -> None:
        await self._run(lambda: self._load(remove_script()))

    async def apply(self, delta: Delta) -> None:
        """Change elements in one transaction. Raise PortTaken when a public port is there already, else ApplyFailed."""
        if delta:
            await self._run(lambda: self._apply(delta))

    async def amend(self, delta: Delta) -> None:
        """Change elements as far as they are not so yet, in a table that other programs may have changed."""
        await self._run(lambda: self._apply(self._live.rest_of(delta)))

    async def is_there(self) -> bool:
        return await self._run(self._live.is_there)

    async def counters(self, slots: Collection[int]) -> Counters:
        """Count what the forwards in these slots let through."""
        keys: dict[Element, int] = {(self._marks.of(slot),): slot for slot in slots}

        def read() -> list[Counters]:
            both = [self._read_counters(name, keys) for name in STAT]
            left = {key: slot for key, slot in keys.items() if key not in both[0]}
            return both + [self._read_counters(name, left) for name in WATCHED if left]

        found = await self._run(read)
        ways = ((way % 2, key, count) for way, each in enumerate(found) for key, count in each.items())
        return {(keys[key], way): count for way, key, count in ways if key in keys}

    async def hits(self, keys: Mapping[str, Collection[Element]]) -> dict[str, Counters]:
        """Count the packets that rules about players dropped, by set and element."""
        return await self._run(lambda: {name: self._read_counters(name, some) for name, some in keys.items()})

    async def refused(self, slots: Collection[int]) -> dict[int, int]:
        """Count the new flows to the forwards in these slots that flood protection turned away, by slot."""
        keys: dict[Element, int] = {(self._marks.of(slot),): slot for slot in slots}
        counts = await self._run(lambda: self._read_counters("shed", keys))
        return {keys[key]: packets for key, (packets, _) in counts.items() if key in keys}

    def watch(self) -> AbstractAsyncContextManager[AsyncGenerator[str, None]]:
        """Open a stream with a reason for each transaction of another program that touched our table."""
        return watch(NETFILTER, [_GROUP_NFTABLES], _Notices(self._name).read, buffer=_BUFFER)

    def watch_others(self) -> AbstractAsyncContextManager[AsyncGenerator[None, None]]:
        """Open a stream of the transactions of other programs, whatever they changed. The kernel drops the rest."""
        return watch(NETFILTER, [_GROUP_NFTABLES], partial(_of_others, self._name.encode()), program=_ENDS)

    async def _run(self, work: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _load(self, script: str) -> None:
        (outcome,) = nft.run(script, name=self._name)
        if outcome.code:
            complaint = outcome.complaint.strip().split("\n", 1)[0]
            if outcome.crashed:
                complaint = nft.crash_told(complaint, nft.crashing_tables(terse=True)[1])
            if os.strerror(errno.EPERM) in complaint:  # nft_table_lookup() in net/netfilter/nf_tables_api.c
                complaint += f" (another program owns it: `nft list table inet {TABLE}` shows which, stop that)"
            if os.strerror(errno.EMSGSIZE) in complaint:
                complaint += f" ({_LARGER})"
            raise apply_failed("loading the nftables table", complaint)

    def _apply(self, delta: Delta) -> None:
        batch = [Message(_BATCH_BEGIN, 0, nfgenmsg(0, _SUBSYSTEM))]
        for name, content in delta.remove.items():
            if name in COOL:
                # Add first, because these time out by themselves and deleting a missing one fails.
                batch += _element_messages(_NEWSETELEM, CREATE, name, content)
            batch += _element_messages(_DELSETELEM, 0, name, content)
        for name, content in delta.add.items():
            flags = CREATE if name in MAY_BE_THERE else CREATE | EXCL
            batch += _element_messages(_NEWSETELEM, flags, name, content, self._counts_before(name, delta))
        batch.append(Message(_BATCH_END, 0, nfgenmsg(0, _SUBSYSTEM)))
        try:
            self._socket.request(*batch)
        except NetlinkRefused as error:
            if error.errno == errno.EEXIST:
                ports = sorted({key[1] for key in delta.add.get("fwdid", {})}, key=str)
                raise PortTaken(ports=", ".join(map(str, ports)), holder="someone", owner="someone") from error
            raise apply_failed("changing elements of the nftables table", error) from error
        except OSError as error:
            problem = _LARGER if error.errno in (errno.EMSGSIZE, errno.ENOBUFS) else error
            raise apply_failed("changing elements of the nftables table", problem) from error

        self._note_cool(delta)

    def _counts_before(self, name: str, delta: Delta) -> Counters:
        """Return what forwards have counted in the other pair of sets, which they come from."""
        other = _TWINS.get(name)
        moved = delta.remove.get(other, {}).keys() & delta.add[name].keys() if other else set()
        return self._read_counters(other, moved) if other and moved else {}

    def _note_cool(self, delta: Delta) -> None:
        now = time.monotonic()
        self._cool = {entry: until for entry, until in self._cool.items() if until > now}
        for name in COOL:
            for key in delta.remove.get(name, {}):
                self._cool.pop((name, key), None)
            for key in delta.add.get(name, {}):
                self._cool[name, key] = now + COOL_S

    def _cooling(self, elements: Elements) -> dict[str, dict[Element, int]]:
        """Return for how many seconds more each closed port stays cold, also when the table was deleted meanwhile."""
        now = time.monotonic()
        found: dict[str, dict[Element, int]] = {name: {} for name in COOL}
        for (name, key), until in self._cool.items():
            if until > now + 1 and key not in elements[COOL[name]]:
                found[name][key] = int(until - now)
        return found

    def _read_counters(self, name: str, keys: Collection[Element] | None = None) -> Counters:
        """Read at least the counters of `keys`. A few keys are looked up, which costs the same in a set of any size."""
        body = nfgenmsg(_INET) + set_name(name)
        if keys is None or len(keys) > _FEW:
            try:
                return counters(self._socket.dump(_GETSETELEM, body), SETS[name])
            except NetlinkRefused as error:
                if error.errno != errno.ENOENT:  # there is no table yet
                    raise
                return {}
        found: dict[Element, tuple[int, int]] = {}
        encode = encoder(SETS[name], with_data=False)
        for key in keys:
            with suppress(NetlinkRefused):  # deleted meanwhile
                answers = self._socket.request(Message(_GETSETELEM, ACK, body + nested(3, encode(key, ()))))
                found.update(counters(answers, SETS[name]))
        return found


def _element_messages(
    kind: int, flags: int, name: str, content: dict[Element, Element], counts: Counters | None = None
) -> list[Message]:
    spec, with_data = SETS[name], kind == _NEWSETELEM
    encode = encoder(spec, with_data=with_data and bool(spec.data))
    encoded = [encode(key, data) for key, data in content.items()]
    if counts:
        both = zip(content, encoded, strict=True)
        encoded = [with_count(element, *counts[key]) if key in counts else element for key, element in both]
    head = nfgenmsg(_INET) + set_name(name)
    return [
        Message(kind, flags | ACK, head + nested(3, *encoded[start : start + _ELEMENTS_PER_MESSAGE]))
        for start in range(0, len(encoded), _ELEMENTS_PER_MESSAGE)
    ]


class _Notices:
    """A reader of nftables notices, which finds transactions of other threads that touched our table.

    A transaction's notices come first, dozens in a datagram. There may be 100,000, so they are searched and not parsed.
    A datagram of its own ends the transaction (nf_tables_commit() in net/netfilter/nf_tables_api.c).
    """

    _OURS = string(1, TABLE)  # in table, chain, rule, set and element notices alike

    def __init__(self, name: str) -> None:
        self._name = name.encode()
        self._touched = False

    def read(self, datagram: memoryview | None) -> Iterator[str]:
        if datagram is None:  # the lost notices may have been about our table
            self._touched = False
            yield Difference.TABLE
            return
        kind, _, payload = next(each_message(datagram), (0, 0, datagram[:0]))
        if kind != _NEWGEN:
            self._touched = self._touched or self._OURS in bytes(datagram)
            return
        touched, self._touched = self._touched, False
        comm = attributes(payload[4:]).get(_PROC_NAME, b"")
        if touched and bytes(comm).rstrip(b"\0") != self._name:
            yield Difference.TABLE


def _of_others(name: bytes, datagram: memoryview | None) -> Iterator[None]:
    """Yield once for a transaction of a program with another name, and for notices that were lost."""
    if datagram is None:
        yield None
        return
    for _, _, payload in each_message(datagram):
        if bytes(attributes(payload[4:]).get(_PROC_NAME, b"")).rstrip(b"\0") != name:
            yield None


# The ends of transactions alone, by the kind in the message's header.
_LOW, _HIGH = struct.pack("=H", _NEWGEN)
_ENDS = (
    (bpf.LOAD_BYTE, 0, 0, 4),
    (bpf.JUMP_EQUAL, 0, 3, _LOW),
    (bpf.LOAD_BYTE, 0, 0, 5),
    (bpf.JUMP_EQUAL, 0, 1, _HIGH),
    (bpf.RETURN, 0, 0, bpf.ALL),
    (bpf.RETURN, 0, 0, 0),
)


def _name_thread(name: str) -> None:
    """Name the calling thread (PR_SET_NAME of prctl(2)). The kernel reports the name with each transaction."""
    ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)
