"""What a process gives up for good, as the kernel answers it afterwards."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

_GET_MDWE = 66  # linux/prctl.h
_CHILD = """
import ctypes, mmap
from gateway.host.privilege import limit
limit(())
for prot in (mmap.PROT_WRITE | mmap.PROT_EXEC, mmap.PROT_READ | mmap.PROT_WRITE):
    try:
        mmap.mmap(-1, mmap.PAGESIZE, prot=prot).close()
    except PermissionError:
        print("refused")
    else:
        print("taken")
"""


@pytest.mark.skipif(ctypes.CDLL(None).prctl(_GET_MDWE, 0, 0, 0, 0) < 0, reason="Linux 6.3 has it")
def test_no_memory_is_writable_and_executable() -> None:
    done = subprocess.run([sys.executable, "-c", _CHILD], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["refused", "taken"]
