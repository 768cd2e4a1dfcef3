"""Elements of nftables sets as netlink attributes (linux/netfilter/nf_tables.h), written by the ten thousand."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import Any

from gateway.host.netlink import attribute, attributes, each_attribute, nested, parser
from gateway.nftables.elements import DIRECTION, IP4, IP6, MARKED, NAME, PORT, PROTO, Counters, Element, SetSpec

# The layout of each component type (16 is IFNAMSIZ), and the value that is packed. Marks are in host order.
_FORMAT = {PROTO: "B3x", PORT: "H2x", IP4: "4s", IP6: "16s", NAME: "16s", MARKED: "4s", DIRECTION: "B3x"}
_CONVERT: dict[str, Callable[[Any], Any]] = {
    PROTO: int,
    PORT: int,
    IP4: lambda address: address.packed,
    IP6: lambda address: address.packed,
    NAME: str.encode,
    MARKED: struct.Struct("=I").pack,
    DIRECTION: int,
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
    key, data = _layout(spec.key), _layout(data_kinds)
    # NFTA_SET_ELEM_KEY and _DATA, in each NFTA_DATA_VALUE, in NFTA_LIST_ELEM
    around_key = nested(1, attribute(1, bytes(struct.calcsize(key))))[: -struct.calcsize(key)]
    around_data = nested(2, attribute(1, bytes(struct.calcsize(data))))[: -struct.calcsize(data)] if data_kinds else b""
    size = len(around_key) + struct.calcsize(key) + len(around_data) + struct.calcsize(data)
    head = nested(1, bytes(size))[:4] + around_key
    pack = struct.Struct(f">{len(head)}s{key[1:]}{len(around_data)}s{data[1:]}").pack
    key_parts, data_parts = [_CONVERT[kind] for kind in spec.key], [_CONVERT[kind] for kind in data_kinds]

    def encode(key_values: Element, data_values: Element) -> bytes:
        return pack(head, *map(_call, key_parts, key_values), around_data, *map(_call, data_parts, data_values))

    return encode


def _call(convert: Callable[[Any], Any], value: Any) -> Any:
    return convert(value)


def _layout(kinds: tuple[str, ...]) -> str:
    """Join the components' layouts, each padded to 4 bytes."""
    return ">" + "".join(_FORMAT[kind] for kind in kinds)
