"""Instructions of classic BPF, in which socket filters are written (linux/bpf_common.h, linux/filter.h)."""

from __future__ import annotations

import struct

LOAD_BYTE, LOAD_WORD, LOAD_WORD_AT_INDEX = 0x30, 0x20, 0x40
SET, SET_INDEX, TO_INDEX = 0x00, 0x01, 0x07
AND, JUMP_EQUAL, RETURN = 0x54, 0x15, 0x06
ALL = 0xFFFFFFFF
FIND_ATTRIBUTE = 0xFFFFF00C
"""The operand of LOAD_WORD that finds the attribute whose kind is in the index, from the offset that is loaded."""


def words(address: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(address) // 4}I", address)
