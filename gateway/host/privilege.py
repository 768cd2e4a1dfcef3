"""What a process may do, given up for good: its user, capabilities, new ones by execve(2), and system calls.

Only the calling thread gives up, and its later threads and children. So this comes before any other thread.
Sources: capabilities(7), credentials(7), prctl(2); linux/capability.h, linux/prctl.h.
"""

from __future__ import annotations

import ctypes
import os
import pwd
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from threading import active_count

from gateway.errors import ConfigError, HostProblem
from gateway.host import seccomp

_LIBC = ctypes.CDLL(None, use_errno=True)
# linux/prctl.h
_SET_PDEATHSIG, _SET_KEEPCAPS, _CAPBSET_READ, _CAPBSET_DROP, _SET_NO_NEW_PRIVS = 1, 8, 23, 24, 38
_CAP_AMBIENT, _AMBIENT_RAISE, _AMBIENT_CLEAR_ALL = 47, 2, 4
_SET_MDWE, _REFUSE_EXEC_GAIN = 65, 1
_CAPABILITY_VERSION_3 = 0x20080522


class Capability(IntEnum):
    """The capabilities that some process here keeps (linux/capability.h)."""

    CHOWN = 0
    DAC_OVERRIDE = 1
    KILL = 5
    SETGID = 6
    SETUID = 7
    SETPCAP = 8
    NET_BIND_SERVICE = 10
    NET_ADMIN = 12
    NET_RAW = 13


@dataclass(frozen=True, slots=True)
class User:
    """A user to become. `name` is its number when it has no name."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...] = ()

    def __str__(self) -> str:
        return self.name


def find(name: str) -> User:
    """Return the system user. Raise KeyError without one."""
    entry = pwd.getpwnam(name)
    return User(name, entry.pw_uid, entry.pw_gid, tuple(os.getgrouplist(name, entry.pw_gid)))


def owner(path: Path) -> User:
    """Return the path's owner, by its number. Raise OSError."""
    found = path.stat()
    return User(str(found.st_uid), found.st_uid, found.st_gid)


def become(user: User) -> None:
    """Take the user's ids. Capabilities stay permitted until `limit`. Raise OSError."""
    os.setgroups(user.groups)
    _prctl(_SET_KEEPCAPS, 1)
    os.setresgid(user.gid, user.gid, user.gid)
    os.setresuid(user.uid, user.uid, user.uid)
    _prctl(_SET_KEEPCAPS, 0)


def give_up_all(name: str | None) -> list[str]:
    """Become the system user `name` for good; None keeps the present one. Keep no capability of either.

    Return what could not be given up. Raise ConfigError when there is no such user, HostProblem when only root could
    become it.
    """
    if name is not None:
        try:
            user = find(name)
        except KeyError:
            raise ConfigError(key="--user", problem=f"there is no system user {name}") from None
        if os.getuid() != user.uid:
            try:
                become(user)
            except PermissionError as error:
                raise HostProblem(key="--user", problem=f"only root can become {name}") from error
    return limit(())


@contextmanager
def acting_as(user: User) -> Iterator[None]:
    """Have the user's rights on files, without a capability, until the end of the block. Root alone can."""
    groups, group = os.getgroups(), os.getegid()
    os.setgroups(user.groups)
    try:
        os.setegid(user.gid)
        os.seteuid(user.uid)
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


@contextmanager
def acting_as_owner(folder: Path) -> Iterator[None]:
    """Have the rights of the folder's owner until the end of the block, because root would follow links of that user.

    Another user than root keeps its own. Raise OSError.
    """
    user = owner(folder)
    with acting_as(user) if os.geteuid() == 0 and user.uid != 0 else nullcontext():
        yield


def become_owner(path: Path) -> None:
    """Take the ids of the path's owner for good, and keep no capability; of use to root alone. Raise OSError."""
    if os.geteuid() == 0 and (user := owner(path)).uid != 0:
        become(user)
        limit(())


def signal_at_parents_end(number: int) -> None:
    """Send this signal to this process when its parent ends, until the next change of user or capabilities."""
    _prctl(_SET_PDEATHSIG, number)


def limit(keep: Iterable[Capability], *, with_children: bool = False) -> list[str]:
    """Keep only these of the present capabilities, and make children keep them too or have none.

    A child of root has them in any case. Also give up gaining privileges by execve(2), the system calls that seccomp.py
    refuses, and writable memory that can be executed, where the kernel knows how. Return what could not be given up.
    """
    _, permitted, inheritable = _capabilities()
    kept = sum(1 << number for number in set(keep)) & permitted
    problems = [f"those of {others} threads, because they run already"] if (others := active_count() - 1) else []
    _set_capabilities(permitted, permitted, inheritable)  # because becoming another user made none effective
    try:
        for number in range(64):
            if not kept >> number & 1 and _LIBC.prctl(_CAPBSET_READ, ctypes.c_ulong(number)) == 1:
                _prctl(_CAPBSET_DROP, number)
    except PermissionError:
        problems.append("the bounding set of capabilities, because CAP_SETPCAP is missing")
    _set_capabilities(kept, kept, kept if with_children else 0)
    _prctl(_CAP_AMBIENT, _AMBIENT_CLEAR_ALL)
    for number in range(64):
        if with_children and kept >> number & 1:
            _prctl(_CAP_AMBIENT, _AMBIENT_RAISE, number)
    _prctl(_SET_NO_NEW_PRIVS, 1)
    if problem := seccomp.install():
        problems.append(f"dangerous system calls, because a filter is refused ({problem})")
    with suppress(OSError):  # Linux 6.3 has it
        _prctl(_SET_MDWE, _REFUSE_EXEC_GAIN)
    return problems


def _capabilities() -> tuple[int, int, int]:
    """Return the effective, the permitted and the inheritable ones, a bit each."""
    header, data = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    _check(_LIBC.capget(header, data))
    effective, permitted, inheritable = (low | high << 32 for low, high in zip(data[:3], data[3:], strict=True))
    return effective, permitted, inheritable


def _set_capabilities(effective: int, permitted: int, inheritable: int) -> None:
    """Set them, unless they are so: a service may have its capabilities by systemd, and no right to call capset(2)."""
    sets = (effective, permitted, inheritable)
    if sets == _capabilities():
        return
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)(*(bits & 0xFFFFFFFF for bits in sets), *(bits >> 32 for bits in sets))
    _check(_LIBC.capset(header, data))


def _prctl(option: int, first: int = 0, second: int = 0) -> int:
    return _check(_LIBC.prctl(option, *map(ctypes.c_ulong, (first, second, 0, 0))))


def _check(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
