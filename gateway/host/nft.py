"""Commands of nft(8), which libnftables carries out in a child process.

libnftables reads the rulesets of all programs for nearly every command, and 1.0 crashes on a set or map of one
component that 1.1 wrote. The child keeps that, a hang, and the memory of large tables away from the gateway.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import nftables

from gateway.errors import why
from gateway.host import nftchild
from gateway.host.netlink import NETFILTER, NetlinkSocket, attributes, nfgenmsg

_GETTABLE = 10 << 8 | 1  # linux/netfilter/nf_tables.h
_FAMILIES = {1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}
_TIMEOUT_S = 60  # a table of 10,000 forwards takes a second
# Both now, because the gateway's own user may not reach the checkout later. An open folder needs no way to it.
_SOURCE = Path(nftchild.__file__).read_text()
_PACKAGES = os.open(Path(nftables.__file__).parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
_PYTHON = os.path.realpath(sys.executable)  # without the virtual environment, for the same reason


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer of libnftables. `code` is 0, 1 for a failure, -1 for no answer, and else a crash's negated signal."""

    code: int
    output: str
    complaint: str

    @property
    def crashed(self) -> bool:
        return self.code < -1


def run(*commands: str, json: bool = False, terse: bool = False, name: str = "guildgate") -> list[Outcome]:
    """Carry out the commands one after the other. It blocks. `name` is how the kernel calls the author of changes.

    After a crash the outcomes of that command and of all further ones are the crash.
    """
    requests = [command.encode() for command in commands]
    if not os.access(_PYTHON, os.X_OK, effective_ids=True) or not os.access(os.__file__, os.R_OK, effective_ids=True):
        return _here(json, terse, requests)  # such as an interpreter in root's home
    options = (name, "json" * json, "terse" * terse, f"/proc/self/fd/{_PACKAGES}")
    argv = (_PYTHON, "-I", "-S", "-c", _SOURCE, *options)
    lost = Outcome(-1, "", f"libnftables did not answer within {_TIMEOUT_S} s")
    try:
        given = b"\0".join(requests)
        done = subprocess.run(
            argv, input=given, capture_output=True, timeout=_TIMEOUT_S, check=False, pass_fds=(_PACKAGES,)
        )
        answers, lost = done.stdout, _lost(done)
    except subprocess.TimeoutExpired as expired:
        answers = expired.stdout or b""
    except OSError as error:
        answers, lost = b"", Outcome(-1, "", f"libnftables cannot be asked, because no process starts ({why(error)})")
    found = list(_read(answers))
    return found + [lost] * (len(requests) - len(found))


def crashing_tables(*, json: bool = False, terse: bool = False) -> tuple[list[Outcome], list[str]]:
    """List each table by itself. Return the outcomes, and the tables on which libnftables crashes."""
    ahead, outcomes, crashing = list(_tables()), list[Outcome](), list[str]()
    while ahead:
        found = run(*(f"list table {table}" for table in ahead), json=json, terse=terse)
        answered = [outcome for outcome in found if not outcome.crashed]
        outcomes += answered
        crashing += ahead[len(answered) : len(answered) + 1]
        ahead = ahead[len(answered) + 1 :]
    return outcomes, crashing


def crash_told(reason: str, tables: Sequence[str]) -> str:
    """Return the sentence about a crash: which program wrote what, and what ends it."""
    if not tables:
        return reason
    which = " and ".join(f"table {table}" for table in tables)
    return (
        f"{reason} when it reads {which}; a newer nft, perhaps of a container, wrote that: delete it with the nft that "
        "wrote it, or upgrade the package libnftables1 to 1.1"
    )


def _here(json: bool, terse: bool, requests: list[bytes]) -> list[Outcome]:
    """Call libnftables in this process, where no child can do it."""
    try:
        return [_outcome(*found) for found in nftchild.outcomes(json, terse, requests)]
    except OSError as error:
        return [Outcome(-1, "", f"libnftables cannot be loaded ({error})")] * len(requests)


def _outcome(code: int, output: bytes, complaint: bytes) -> Outcome:
    return Outcome(code, output.decode(errors="replace"), complaint.decode(errors="replace"))


def _lost(done: subprocess.CompletedProcess[bytes]) -> Outcome:
    """Return the outcome of the commands that the child did not answer."""
    if done.returncode < 0:
        with suppress(ValueError):
            name = signal.Signals(-done.returncode).name
            return Outcome(done.returncode, "", f"libnftables of this host crashes ({name})")
    lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
    return Outcome(-1, "", f"libnftables cannot be asked ({lines[-1]})")


def _read(answers: bytes) -> Iterator[Outcome]:
    """Yield the whole answers of the child."""
    while answers:
        head, _, rest = answers.partition(b"\n")
        try:
            code, output, complaint = map(int, head.split())
        except ValueError:
            return
        end = output + complaint
        if min(code, output, complaint) < 0 or len(rest) < end:
            return
        yield _outcome(code, rest[:output], rest[output:end])
        answers = rest[end:]


def _tables() -> Iterator[str]:
    with NetlinkSocket(NETFILTER) as kernel:
        for payload in kernel.dump(_GETTABLE, nfgenmsg(0)):
            family, name = _FAMILIES.get(payload[0]), attributes(payload[4:]).get(1)
            if family and name:
                text = bytes(name).rstrip(b"\0").decode(errors="replace")
                yield f"{family} {text}"
