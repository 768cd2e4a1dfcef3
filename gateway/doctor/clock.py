"""Whether a time server keeps the clock, as the kernel knows it: adjtimex(2)."""

from __future__ import annotations

import ctypes

_UNSYNCHRONISED = 0x40  # STA_UNSYNC of linux/timex.h


class _Timex(ctypes.Structure):
    """The head of struct timex. With `modes` 0 nothing is set."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def is_synchronised() -> bool:
    """Report it; where the kernel does not tell, as in some sandboxes, suppose so."""
    found = _Timex()
    told = ctypes.CDLL(None).adjtimex(ctypes.byref(found))
    return told < 0 or not found.status & _UNSYNCHRONISED
