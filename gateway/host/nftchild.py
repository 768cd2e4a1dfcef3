"""The child of nft.py: one call of libnftables for each command that stdin holds, and its outcome to stdout.

It runs from its text alone, so it imports nothing of the project. Zero bytes separate the commands. Its arguments are
the name of its process, `json` and `terse` or empty words, and the folder of the package nftables.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable, Iterator

_SET_PDEATHSIG, _SET_NAME, _SIGKILL = 1, 15, 9  # linux/prctl.h, signal.h


def outcomes(json: bool, terse: bool, commands: Iterable[bytes]) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield 0 or 1 for a failure, output and complaint of each command. Raise OSError without libnftables."""
    from nftables import Nftables  # here, because `main` says first where it is

    nft = Nftables()
    nft.set_json_output(json)
    nft.set_terse_output(terse)
    for command in commands:
        failed, output, complaint = nft.cmd(command)
        yield int(failed != 0), output, complaint


def main() -> None:
    name, json, terse, packages = sys.argv[1:]
    sys.path.append(packages)
    libc = ctypes.CDLL(None)
    libc.prctl(_SET_PDEATHSIG, ctypes.c_ulong(_SIGKILL), 0, 0, 0)  # no change comes after the next gateway's start
    libc.prctl(_SET_NAME, name.encode(), 0, 0, 0)  # the kernel reports it with each transaction
    for code, output, complaint in outcomes(bool(json), bool(terse), sys.stdin.buffer.read().split(b"\0")):
        sys.stdout.buffer.write(b"%d %d %d\n%s%s" % (code, len(output), len(complaint), output, complaint))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
