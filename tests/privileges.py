"""What a process may do, as the kernel shows it in /proc."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


@dataclass(frozen=True, slots=True)
class Privileges:
    """The privileges of all threads. `capabilities` are the sets in the order of capabilities(7), a bit each."""

    users: frozenset[int]
    groups: frozenset[int]
    capabilities: tuple[int, ...]
    no_new_privs: bool
    seccomp: int


def privileges(pid: int) -> Privileges:
    """Read the privileges, which are the same for each thread."""
    (found,) = {_of_thread(task) for task in Path(f"/proc/{pid}/task").iterdir()}
    return found


def _of_thread(task: Path) -> Privileges:
    status = dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines() if ":\t" in line)
    return Privileges(
        users=frozenset(map(int, status["Uid"].split())),
        groups=frozenset(map(int, status["Gid"].split() + status["Groups"].split())),
        capabilities=tuple(int(status[name], 16) for name in _SETS),
        no_new_privs=status["NoNewPrivs"] == "1",
        seccomp=int(status["Seccomp"]),
    )


def beside(pid: int, program: str) -> int:
    """Return the process that runs `program` in the network namespace of `pid`."""
    network = Path(f"/proc/{pid}/ns/net").readlink()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            if (process / "comm").read_text() == f"{program}\n" and (process / "ns/net").readlink() == network:
                found.append(int(process.name))
    (only,) = found
    return only
