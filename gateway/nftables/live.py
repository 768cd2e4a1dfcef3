"""Our table as it is in the kernel, read to correct it where it differs from what should be."""

from __future__ import annotations

import errno
import re
from hashlib import sha256

from gateway.host.netlink import (
    ACK,
    Message,
    NetlinkRefused,
    NetlinkSocket,
    attributes,
    nfgenmsg,
    only,
    parser,
    string,
)
from gateway.network import Network
from gateway.nftables.elements import SETS, TABLE, Content, Delta, Elements
from gateway.nftables.text import load_script
from gateway.nftables.wire import elements_in, packer, unpacker

# linux/netfilter/nf_tables.h and nfnetlink.h
_NFT = 10 << 8
_GETTABLE, _GETCHAIN, _GETSETELEM = _NFT | 1, _NFT | 4, _NFT | 13
_TABLE_NAME, _TABLE_FLAGS, _TABLE_USERDATA, _CHAIN_TABLE, _CHAIN_NAME = 1, 2, 6, 1, 3
_INET = 1
# The sets that only we fill. Others have elements of packets, timeouts, or intervals, which text.py writes.
_FILLED = {name: spec for name, spec in SETS.items() if "flags" not in spec.flags}


def fingerprint(network: Network) -> str:
    """Return a text that stands for the rules and the declarations of sets, for the comment of a table with these.

    It ends with the number of chains, because another program may add one that drops everything.
    """
    script = load_script(network, {name: {} for name in SETS})
    chains = len(re.findall(r"^\tchain ", script, re.MULTILINE))
    return f"{sha256(script.encode()).hexdigest()[:32]} {chains}"


def set_name(name: str) -> bytes:
    return string(1, TABLE) + string(2, name)


class LiveTable:
    """The table, read through the socket of its owner."""

    def __init__(self, netlink: NetlinkSocket) -> None:
        self._netlink = netlink

    def is_marked(self, mark: str) -> bool:
        """Report whether the table is there with this fingerprint, and has no more chains and no fewer."""
        try:
            table = self._table()
            is_awake = not any(table.get(_TABLE_FLAGS, b""))  # dormant tables see no packets
            found = bytes(table.get(_TABLE_USERDATA, b"")).endswith(mark.encode() + b"\0")
            return is_awake and found and self._chains() == int(mark.split()[1])
        except NetlinkRefused:  # it is not there, or cannot be read
            return False

    def is_there(self) -> bool:
        try:
            self._table()
        except NetlinkRefused as error:
            return error.errno != errno.ENOENT
        return True

    @parser
    def _table(self) -> dict[int, memoryview]:
        body = nfgenmsg(_INET) + string(_TABLE_NAME, TABLE)
        return attributes(only(self._netlink.request(Message(_GETTABLE, ACK, body)))[4:])

    @parser
    def _chains(self) -> int:
        ours = string(_CHAIN_TABLE, TABLE)
        return sum(bytes(payload[4:]).startswith(ours) for payload in self._netlink.dump(_GETCHAIN, nfgenmsg(_INET)))

    def difference(self, wanted: Elements) -> Delta:
        """Return what turns the elements of the sets that only we fill into the wanted ones."""
        add: Elements = {}
        remove: Elements = {}
        for name in _FILLED:
            gone, come = self._difference(name, wanted[name])
            if gone:
                remove[name] = gone
            if come:
                add[name] = come
        return Delta(add, remove)

    def _difference(self, name: str, wanted: Content) -> tuple[Content, Content]:
        spec = SETS[name]
        pack_key, pack_data = packer(spec.key), packer(spec.data)
        should = {pack_key(key): pack_data(data) for key, data in wanted.items()}
        found = self._elements(name)
        if found == should:
            return {}, {}
        read_key, read_data = unpacker(spec.key), unpacker(spec.data)
        gone = {read_key(key): read_data(data) for key, data in found.items() if should.get(key) != data}
        both = zip(wanted.items(), should.items(), strict=True)
        return gone, {item: content for (item, content), (key, data) in both if found.get(key) != data}

    def rest_of(self, delta: Delta) -> Delta:
        """Return the part of a change that is not so yet, in the sets that only we fill."""
        add, remove = dict(delta.add), dict(delta.remove)
        for name in _FILLED.keys() & (add.keys() | remove.keys()):
            gone, come, found = remove.get(name, {}), add.get(name, {}), self._elements(name)
            pack, read = packer(SETS[name].key), unpacker(SETS[name].data)
            there = {key: read(found[packed]) for key in gone | come if (packed := pack(key)) in found}
            remove[name] = {key: data for key, data in there.items() if come.get(key) != data}
            add[name] = {key: data for key, data in come.items() if there.get(key) != data}
        return Delta(add, remove)

    def _elements(self, name: str) -> dict[bytes, bytes]:
        return elements_in(self._netlink.dump(_GETSETELEM, nfgenmsg(_INET) + set_name(name)), SETS[name])
