"""The child of nft.py: one call of libnftables for each command that stdin holds, and its outcome to stdout.

It runs from its text alone, so it imports nothing of the project, and little else. Zero bytes separate the commands.
Its arguments are the name of its process and the flags of the output (nftables/libnftables.h).
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable, Iterator

_SET_PDEATHSIG, _SET_NAME, _SIGKILL = 1, 15, 9  # linux/prctl.h, signal.h


def outcomes(flags: int, commands: Iterable[bytes]) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield 0 or 1 for a failure, output and complaint of each command. Raise OSError without libnftables."""
    nft = ctypes.CDLL("libnftables.so.1")
    nft.nft_ctx_new.restype = ctypes.c_void_p
    nft.nft_ctx_get_output_buffer.restype = nft.nft_ctx_get_error_buffer.restype = ctypes.c_char_p
    context = ctypes.c_void_p(nft.nft_ctx_new(0))
    nft.nft_ctx_output_set_flags(context, ctypes.c_uint(flags))
    nft.nft_ctx_buffer_output(context)
    nft.nft_ctx_buffer_error(context)
    for command in commands:
        failed = nft.nft_run_cmd_from_buffer(context, command)
        yield int(failed != 0), nft.nft_ctx_get_output_buffer(context), nft.nft_ctx_get_error_buffer(context)
    nft.nft_ctx_free(context)


def main() -> None:
    name, flags = sys.argv[1:]
    libc = ctypes.CDLL(None)
    libc.prctl(_SET_PDEATHSIG, ctypes.c_ulong(_SIGKILL), 0, 0, 0)  # no change comes after the next gateway's start
    libc.prctl(_SET_NAME, name.encode(), 0, 0, 0)  # the kernel reports it with each transaction
    for code, output, complaint in outcomes(int(flags), sys.stdin.buffer.read().split(b"\0")):
        sys.stdout.buffer.write(b"%d %d %d\n%s%s" % (code, len(output), len(complaint), output, complaint))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
