"""A filter of system calls: a process refuses itself those that it never makes and that exploits are made of.

It lists what is refused, because a list of what is allowed would differ for each version of Python, Go and libc. Most
of it needs no capability, so giving up capabilities does not close it. Children inherit the filter.
Sources: seccomp(2), bpf(4); linux/seccomp.h, linux/filter.h, linux/audit.h, asm/unistd_64.h, asm-generic/unistd.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.errors import why

_LIBC = ctypes.CDLL(None, use_errno=True)

# The numbers on x86_64 and aarch64. None: that machine has no such call.
REFUSED: dict[str, tuple[int, int | None]] = {
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    # mounts and namespaces; a new user namespace would hand out every capability inside
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "setns": (308, 268),
    "unshare": (272, 97),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    # large parts of the kernel that need no privilege
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # the machine as a whole
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "syslog": (103, 116),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "uselib": (134, None),
}
FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)
NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET

# linux/filter.h: load a word; jump if equal, if at least, if a bit is set; return
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data; both machines are little endian
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_X32 = 0x40000000  # numbers of x86_64's second set of calls begin here
_SET_MODE_FILTER, _SPEC_ALLOW = 1, 1 << 2


@dataclass(frozen=True, slots=True)
class _Machine:
    """A machine's AUDIT_ARCH, its column in REFUSED, and the numbers of the calls that are looked at closely."""

    arch: int
    column: int
    seccomp: int
    socket: int
    clone: int
    clone3: int = 435


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 0, seccomp=317, socket=41, clone=56),
    "aarch64": _Machine(0xC00000B7, 1, seccomp=277, socket=198, clone=220),
}


def install() -> str:
    """Install the filter for this thread and its children, for good. Return why that fails, or nothing.

    It needs no_new_privs or CAP_SYS_ADMIN.
    """
    machine = _MACHINES.get(os.uname().machine) if struct.calcsize("P") == 8 else None
    if machine is None:
        return f"there is none for {os.uname().machine}"
    instructions = list(_program(machine))
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)
    program = struct.pack("@HP", len(instructions), ctypes.addressof(kept := ctypes.create_string_buffer(code)))
    # With SPEC_ALLOW, because kernels before 5.16 slow every filtered process down otherwise (spec_store_bypass).
    arguments = map(ctypes.c_ulong, (machine.seccomp, _SET_MODE_FILTER, _SPEC_ALLOW))
    failed = _LIBC.syscall(*arguments, program)
    del kept
    return why(ctypes.get_errno()) if failed else ""


def _program(machine: _Machine) -> Iterator[tuple[int, int, int, int]]:
    """Yield (code, jump if true, jump if false, operand). A jump skips that many instructions."""
    yield _LOAD, 0, 0, _ARCH
    yield _EQUAL, 1, 0, machine.arch
    yield _RETURN, 0, 0, _KILL  # a program for another machine has other numbers
    yield _LOAD, 0, 0, _NUMBER
    yield _AT_LEAST, 0, 1, _X32
    yield _RETURN, 0, 0, _ERRNO | errno.ENOSYS
    # Its flags lie in memory, which a filter cannot read. libc falls back to clone.
    yield _EQUAL, 0, 1, machine.clone3
    yield _RETURN, 0, 0, _ERRNO | errno.ENOSYS
    for numbers in REFUSED.values():
        if (number := numbers[machine.column]) is not None:
            yield _EQUAL, 0, 1, number
            yield _RETURN, 0, 0, _ERRNO | errno.EPERM
    yield _EQUAL, 0, 4, machine.clone
    yield _LOAD, 0, 0, _ARGUMENT
    yield _ANY_BIT, 0, 1, NEW_NAMESPACES
    yield _RETURN, 0, 0, _ERRNO | errno.EPERM
    yield _RETURN, 0, 0, _ALLOW
    yield _EQUAL, 1, 0, machine.socket
    yield _RETURN, 0, 0, _ALLOW
    yield _LOAD, 0, 0, _ARGUMENT
    for family in FAMILIES:
        yield _EQUAL, 0, 1, family
        yield _RETURN, 0, 0, _ALLOW
    yield _RETURN, 0, 0, _ERRNO | errno.EAFNOSUPPORT
