"""Elements of nftables sets on the wire (linux/netfilter/nf_tables.h): written by the ten thousand, and read back."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gateway.netlink import attribute, attributes, each_attribute, nested
from gateway.ruleset import IP4, IP6, NAME, PORT, PROTO, Element, SetSpec

# Components of keys and data: their layout (16: IFNAMSIZ), and what packs into it. Marks are in host order.
_FORMAT = {PROTO: "B3x", PORT: "H2x", IP4: "4s", IP6: "16s", NAME: "16s", "mark": "4s", "ct mark": "4s"}
_FORMAT["ct direction"] = "B3x"
_CONVERT: dict[str, Callable[[Any], Any]] = {
    PROTO: int,
    PORT: int,
    IP4: lambda address: address.packed,
    IP6: lambda address: address.packed,
    NAME: str.encode,
    "mark": struct.Struct("=I").pack,
    "ct mark": struct.Struct("=I").pack,
    "ct direction": int,
}


def counters(payloads: Iterable[memoryview]) -> Iterator[tuple[Element, tuple[int, int]]]:
    """Keys of a set that counts, with (packets, bytes)."""
    for payload in payloads:
        for _, element in each_attribute(attributes(payload)[3]):
            found = attributes(element)
            key = attributes(found[1])[1]  # a mark, and in `stat` a direction padded to four bytes
            (mark,) = struct.unpack_from("=I", key)
            counter = attributes(attributes(found[7])[2])  # NFTA_SET_ELEM_EXPR, its data: bytes, packets
            octets, packets = (struct.unpack(">Q", counter[kind])[0] for kind in (1, 2))
            yield (mark, *key[4:5]), (packets, octets)


def encoder(spec: SetSpec, *, with_data: bool) -> Callable[[Element, Element], bytes]:
    """All elements of a set have one length, so everything around their values is made once."""
    key, data = _layout(spec.key), _layout(spec.data if with_data else ())
    # NFTA_SET_ELEM_KEY and _DATA, in each NFTA_DATA_VALUE, in NFTA_LIST_ELEM
    around_key = nested(1, attribute(1, bytes(key.size)))[: -key.size]
    around_data = nested(2, attribute(1, bytes(data.size)))[: -data.size] if data.size else b""
    size = 4 + len(around_key) + key.size + len(around_data) + data.size
    head = nested(1, bytes(size - 4))[:4] + around_key
    key_parts = [_CONVERT[kind] for kind in spec.key]
    data_parts = [_CONVERT[kind] for kind in spec.data] if with_data else []

    def encode(key_values: Element, data_values: Element) -> bytes:
        found = head + key.pack(*[convert(value) for convert, value in zip(key_parts, key_values, strict=True)])
        if data_parts:
            found += around_data
            found += data.pack(*[convert(value) for convert, value in zip(data_parts, data_values, strict=True)])
        return found

    return encode


def _layout(kinds: tuple[str, ...]) -> struct.Struct:
    """Components one after the other, each padded to four bytes."""
    return struct.Struct(">" + "".join(_FORMAT[kind] for kind in kinds))
