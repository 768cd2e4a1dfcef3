"""Elements of nftables sets as netlink attributes (linux/netfilter/nf_tables.h), written by the ten thousand."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from gateway.host.netlink import attribute, attributes, each_attribute, nested, parser
from gateway.nftables.elements import DIRECTION, IP4, IP6, MARKED, NAME, PORT, PROTO, Counters, Element, SetSpec

# The layout of each component type (16 is IFNAMSIZ), and what makes the value that is packed. Marks are in host order.
_FORMAT = {PROTO: "B3x", PORT: "H2x", IP4: "4s", IP6: "16s", NAME: "16s", MARKED: "4s", DIRECTION: "B3x"}
_MARK = struct.Struct("=I")
_CONVERT: dict[str, Callable[[Any], Any]] = {
    IP4: lambda address: address.packed,
    IP6: lambda address: address.packed,
    NAME: str.encode,
    MARKED: _MARK.pack,
}
_READ: dict[str, Callable[[Any], Any]] = {
    IP4: IPv4Address,
    IP6: IPv6Address,
    NAME: lambda name: name.rstrip(b"\0").decode(),
    MARKED: lambda mark: _MARK.unpack(mark)[0],
}


@parser
def counters(payloads: Iterable[memoryview]) -> Counters:
    """Return (packets, bytes) of each key of a set that counts."""
    found: dict[Element, tuple[int, int]] = {}
    for payload in payloads:
        for _, element in each_attribute(attributes(payload[4:])[3]):
            parts = attributes(element)
            key = attributes(parts[1])[1]  # a mark, and in `stat` a direction that is padded to 4 bytes
            (mark,) = struct.unpack_from("=I", key)
            counter = attributes(attributes(parts[7])[2])  # NFTA_SET_ELEM_EXPR, its data: bytes, packets
            octets, packets = (struct.unpack(">Q", counter[kind])[0] for kind in (1, 2))
            found[mark, *key[4:5]] = packets, octets
    return found


def encoder(spec: SetSpec, *, with_data: bool) -> Callable[[Element, Element], bytes]:
    """Return a function that encodes elements of this set. All have one length, so their headers are made only once."""
    data_kinds = spec.data if with_data else ()
    key_size, data_size = _size(spec.key), _size(data_kinds)
    # NFTA_SET_ELEM_KEY and _DATA, in each NFTA_DATA_VALUE, in NFTA_LIST_ELEM
    around_key = nested(1, attribute(1, bytes(key_size)))[:-key_size]
    around_data = nested(2, attribute(1, bytes(data_size)))[:-data_size] if data_kinds else b""
    head = nested(1, bytes(len(around_key) + key_size + len(around_data) + data_size))[:4] + around_key
    pack_key, pack_data = packer(spec.key), packer(data_kinds)
    return lambda key, data: head + pack_key(key) + around_data + pack_data(data if data_kinds else ())


def packer(kinds: tuple[str, ...]) -> Callable[[Element], bytes]:
    """Return a function that packs keys or data as the kernel has them."""
    pack, converts = struct.Struct(_layout(kinds)).pack, [_CONVERT.get(kind) for kind in kinds]
    if not any(converts):
        return lambda values: pack(*values)
    return lambda values: pack(*[make(value) if make else value for make, value in zip(converts, values, strict=True)])


@parser
def elements_in(payloads: Iterable[memoryview], spec: SetSpec) -> dict[bytes, bytes]:
    """Return the packed data of each packed key. The set has no timeouts, so its elements have one length."""
    found: dict[bytes, bytes] = {}
    # Behind the headers of NFTA_LIST_ELEM, of NFTA_SET_ELEM_KEY and _DATA, and in each of NFTA_DATA_VALUE
    layout = f"4s8x{_size(spec.key)}s"
    layout += f"8x{_size(spec.data)}s" if spec.data else "0s"
    for payload in payloads:
        listed = attributes(payload[4:]).get(3, b"")
        if not listed:
            continue
        (length,) = struct.unpack_from("=H", listed)
        rows = list(struct.iter_unpack(f"={layout}{length - struct.calcsize('=' + layout)}x", listed))
        if len({head for head, _, _ in rows}) != 1:
            raise ValueError("elements of several lengths")
        found.update((key, data) for _, key, data in rows)
    return found


def unpacker(kinds: tuple[str, ...]) -> Callable[[bytes], Element]:
    """Return the inverse of `packer`."""
    unpack, reads = struct.Struct(_layout(kinds)).unpack, [_READ.get(kind, int) for kind in kinds]
    return lambda packed: tuple(read(value) for read, value in zip(reads, unpack(packed), strict=True))


def _layout(kinds: tuple[str, ...]) -> str:
    """Join the components' layouts, each padded to 4 bytes."""
    return ">" + "".join(_FORMAT[kind] for kind in kinds)


def _size(kinds: tuple[str, ...]) -> int:
    return struct.calcsize(_layout(kinds))
