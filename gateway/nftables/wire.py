"""Elements of nftables sets as netlink attributes (linux/netfilter/nf_tables.h), written by the ten thousand."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from gateway.host.netlink import attribute, attributes, nested, parser
from gateway.nftables.elements import IP4, IP6, MARKED, NAME, PORT, PROTO, Counters, Element, SetSpec

# The layout of each component type (16 is IFNAMSIZ), and what makes the value that is packed. Marks are in host order.
_FORMAT = {PROTO: "B3x", PORT: "H2x", IP4: "4s", IP6: "16s", NAME: "16s", MARKED: "4s"}
_MARK = struct.Struct("=I")
_KEY_AT = 12  # behind the headers of NFTA_LIST_ELEM, NFTA_SET_ELEM_KEY and NFTA_DATA_VALUE
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
def counters(payloads: Iterable[memoryview], spec: SetSpec) -> Counters:
    """Return (packets, bytes) of each element of a set that counts."""
    size = _size(spec.key)
    read = unpacker(spec.key)
    found: dict[Element, tuple[int, int]] = {}
    for listed in filter(None, map(_listed, payloads)):
        (length,) = struct.unpack_from("=H", listed)
        # Behind NFTA_EXPR_NAME, and the headers of NFTA_EXPR_DATA and NFTA_COUNTER_BYTES
        at = bytes(listed[:length]).index(b"counter\0") + 16
        counts = _rows(listed, f">{at}xQ4xQ{length - at - 20}x")
        if spec.key == (MARKED,):  # which all sets with thousands of elements that packets count in have
            keys: Iterable[Element] = _rows(listed, f"={_KEY_AT}xI{length - _KEY_AT - 4}x")
        else:
            keys = (read(key) for (key,) in _rows(listed, f"={_KEY_AT}x{size}s{length - _KEY_AT - size}x"))
        found.update({key: (packets, octets) for key, (octets, packets) in zip(keys, counts, strict=True)})
    return found


@parser
def elements_in(payloads: Iterable[memoryview], spec: SetSpec) -> dict[bytes, bytes]:
    """Return the packed data of each packed key."""
    found: dict[bytes, bytes] = {}
    layout = f"={_KEY_AT}x{_size(spec.key)}s" + (f"8x{_size(spec.data)}s" if spec.data else "0s")
    for listed in filter(None, map(_listed, payloads)):
        (length,) = struct.unpack_from("=H", listed)
        found.update(_rows(listed, f"{layout}{length - struct.calcsize(layout)}x"))
    return found


def _listed(payload: memoryview) -> memoryview:
    """Return NFTA_SET_ELEM_LIST_ELEMENTS of a message, which an empty set does not have."""
    return attributes(payload[4:]).get(3, payload[:0])


def _rows(listed: memoryview, layout: str) -> Iterator[tuple[Any, ...]]:
    """Unpack elements, which all have one length in a set without timeouts. Raise ValueError where they do not."""
    size = struct.calcsize(layout)
    if len({head for (head,) in struct.iter_unpack(f"4s{size - 4}x", listed)}) > 1:
        raise ValueError("elements of several lengths")
    return struct.iter_unpack(layout, listed)


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


def with_count(element: bytes, packets: int, octets: int) -> bytes:
    """Return an encoded element that counts on from there."""
    count = attribute(1, struct.pack(">Q", octets)) + attribute(2, struct.pack(">Q", packets))
    expression = nested(7, attribute(1, b"counter\0") + nested(2, count))  # NFTA_SET_ELEM_EXPR
    return nested(1, element[4:] + expression)


def packer(kinds: tuple[str, ...]) -> Callable[[Element], bytes]:
    """Return a function that packs keys or data as the kernel has them."""
    pack, converts = struct.Struct(_layout(kinds)).pack, [_CONVERT.get(kind) for kind in kinds]
    first, *others = converts or [None]
    if not first and not any(others):
        return lambda values: pack(*values)
    if first and not any(others):  # an address or a mark before numbers, which nearly all are
        return lambda values: pack(first(values[0]), *values[1:])
    return lambda values: pack(*[make(value) if make else value for make, value in zip(converts, values, strict=True)])


def unpacker(kinds: tuple[str, ...]) -> Callable[[bytes], Element]:
    """Return the inverse of `packer`."""
    unpack, reads = struct.Struct(_layout(kinds)).unpack, [_READ.get(kind, int) for kind in kinds]
    return lambda packed: tuple(read(value) for read, value in zip(reads, unpack(packed), strict=True))


def _layout(kinds: tuple[str, ...]) -> str:
    """Join the components' layouts, each padded to 4 bytes."""
    return ">" + "".join(_FORMAT[kind] for kind in kinds)


def _size(kinds: tuple[str, ...]) -> int:
    return struct.calcsize(_layout(kinds))
