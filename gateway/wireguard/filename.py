"""The name of a config's file, which clients take for the tunnel's and Linux for the interface's."""

# ruff: noqa: RUF001 - letters that look alike are the subject

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from itertools import count

from gateway.model import Peer

_PREFIX = "gg-"
_MAX_STEM = 15 - len(_PREFIX)  # bytes of an interface's name on Linux (IFNAMSIZ); WireGuard's apps take no more either
# Letters that Unicode does not take apart into a Latin one and an accent, and umlauts, which become two. For all other
# scripts a library would add a quarter of a megabyte to the gateway's process: their devices' files have the number.
_LATIN = "ä ae ö oe ü ue ß ss æ ae œ oe ø o ł l đ d ð d þ th ı i"
_CYRILLIC = (
    "а a б b в v г g ґ g д d е e ё yo є ye ж zh з z и i і i ї yi й y к k л l м m н n о o п p р r с s т t у u ў u ф f"
    " х kh ц ts ч ch ш sh щ shch ы y э e ю yu я ya"
)
_PAIRS = f"{_LATIN} {_CYRILLIC}".split()
_LETTERS = str.maketrans(dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True)) | dict.fromkeys("'’ъь", ""))


def file_name(peer: Peer, own: Iterable[Peer]) -> str:
    """Name the file, such as `gg-laptop.conf`. `own`: the devices of the peer's owner, whose names are all different.

    The stem has at most 15 characters of a-z, 0-9 and -.
    """
    taken = set[str]()
    for each in sorted({peer, *own}, key=lambda device: device.id):
        stem = _distinct(_latin(each.device)[:_MAX_STEM].rstrip("-") or str(each.id), taken)
        if each.id == peer.id:
            break
        taken.add(stem)
    return f"{_PREFIX}{stem}.conf"


def _latin(name: str) -> str:
    """Write the name in Latin letters, digits and single hyphens: `Müllers Laptop` is `muellers-laptop`."""
    letters = unicodedata.normalize("NFC", name.lower()).translate(_LETTERS)
    plain = "".join(each for each in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(each))
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _distinct(stem: str, taken: Collection[str]) -> str:
    """Return the stem, or it with the first number that makes it another than those `taken`."""
    if stem not in taken:
        return stem
    numbered = (f"{stem[: _MAX_STEM - 1 - len(str(number))].rstrip('-')}-{number}" for number in count(2))
    return next(each for each in numbered if each not in taken)
