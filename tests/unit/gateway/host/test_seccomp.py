"""The filter of system calls, installed in processes of their own."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import subprocess
import sys

import pytest

from gateway.host import seccomp

COLUMN = ["x86_64", "aarch64"].index(os.uname().machine)
INSTALLED = """
import ctypes, errno, os, socket, subprocess, sys, threading
from gateway.host import seccomp
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert seccomp.install() == ""
def call(number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments or [-1] * 6))
    return ctypes.get_errno() if result < 0 else 0
"""


def inside(program: str) -> str:
    """Run the program in a process with the filter, and return what it prints."""
    done = subprocess.run([sys.executable, "-c", INSTALLED + program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_each_call_of_the_list_is_refused_and_no_other() -> None:
    numbers = [numbers[COLUMN] for numbers in seccomp.REFUSED.values() if numbers[COLUMN] is not None]
    refused = inside(f"print([number for number in {numbers} if call(number) == errno.EPERM])")
    assert refused == str(numbers)
    getpid = [39, 172][COLUMN]
    assert inside(f"print(call({getpid}))") == "0"


@pytest.mark.parametrize(
    "name",
    [
        *("acct", "chroot", "fanotify_init", "fsconfig", "fsmount", "fsopen", "fspick", "mount", "mount_setattr"),
        *("move_mount", "open_by_handle_at", "open_tree", "pidfd_getfd", "process_madvise", "process_vm_readv"),
        *("process_vm_writev", "ptrace", "setns", "swapoff", "swapon", "umount2", "unshare"),
    ],
)
def test_a_number_belongs_to_its_name(name: str) -> None:
    """libc has functions for some of these calls. Refused is what libc calls by that name."""
    assert name in seccomp.REFUSED
    if not hasattr(ctypes.CDLL(None), name):
        pytest.skip("this libc has no function for it")
    assert inside(f"print(libc.{name}(0, 0, 0, 0, 0, 0), ctypes.get_errno())") == f"-1 {errno.EPERM}"


def test_processes_and_threads_can_be_made_and_new_namespaces_cannot() -> None:
    assert (
        inside(
            """
thread = threading.Thread(target=lambda: None)
thread.start()
thread.join()
print(subprocess.run(["true"]).returncode, call(56 if os.uname().machine == "x86_64" else 220, 0x10000000, 0, 0, 0, 0))
"""
        )
        == f"0 {errno.EPERM}"
    )


@pytest.mark.parametrize("family", [socket.AF_PACKET, socket.AF_VSOCK, socket.AF_ALG])
def test_other_families_of_sockets_are_refused(family: int) -> None:
    code = "\ntry:\n    socket.socket({}, socket.SOCK_DGRAM)\nexcept OSError as error:\n    print(error.errno)"
    assert inside(code.format(int(family))) == str(errno.EAFNOSUPPORT)


def test_the_families_in_use_are_not() -> None:
    made = "; ".join(f"socket.socket({int(family)}, socket.SOCK_DGRAM).close()" for family in seccomp.FAMILIES)
    assert inside(f"{made}; print('made')") == "made"


def test_a_machine_that_is_not_known_gets_no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "", "", "", "riscv64")))
    assert seccomp.install() == "there is none for riscv64"
