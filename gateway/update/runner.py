"""What runs an installation: services of systemd, or `./run` in a terminal. A restart leaves the data path up."""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from gateway import holder
from gateway.errors import NotUpdated
from gateway.update.programs import ask, run
from gateway.update.switch import Installation

GATEWAY, BOT = "guildgate-gateway.service", "guildgate-bot.service"
_TIMER = "guildgate-bot.timer"
_SUPERVISOR = "gateway.supervisor"
_UNITS = Path("/etc/systemd/system")
_TMPFILES = Path("/etc/tmpfiles.d/guildgate.conf")
# The bot's word that Discord is away, or refuses the token (sysexits.h), which another version cannot mend.
_NOT_ITS_FAULT = (os.EX_UNAVAILABLE, os.EX_NOPERM)
_LOOKED_AT_S, _LOOK_S, _LOOKS = 5.0, 0.25, 4


class Runner(Protocol):
    """What an update asks of the one or the other."""

    def place(self, name: str) -> None:
        """Put the files of a version that lie elsewhere, such as its units, in their place."""

    def watch(self, name: str) -> None:
        """Let each start of the gateway be preceded by `settle` of that version's program."""

    def unwatch(self) -> None:
        """Let the gateway start without that again."""

    def runs(self) -> bool:
        """Report whether a gateway runs, or is being started again."""

    def restart(self) -> None:
        """Start the gateway anew; the one that runs ends in order."""

    def force(self) -> bool:
        """Start the gateway anew, whatever has become of the one before. Report whether that can be awaited."""

    def restart_others(self) -> None:
        """Start what serves neither members nor players anew, where it is started alone."""

    def stop_bot(self) -> bool:
        """Stop the bot where it is stopped alone, and report whether it ran."""

    def start_bot(self) -> str:
        """Start it again, and return what was wrong with that."""


class Services:
    """The two services of systemd."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._drop_in = _UNITS / f"{GATEWAY}.d/update.conf"
        self._failed_before = 0  # the code by which the bot of the version before has ended

    def place(self, name: str) -> None:
        files = self._installation.root / name / "files"
        units, present = _units(files), _units(_UNITS)
        for unit in present - units:
            run("systemctl", "disable", "--now", "--quiet", unit)
            (_UNITS / unit).unlink()
        for unit in units:
            shutil.copyfile(files / unit, _UNITS / unit)
        ask("systemd-sysusers", str(files / "sysusers.conf"))
        shutil.copyfile(files / "tmpfiles.conf", _TMPFILES)
        ask("systemd-tmpfiles", "--create", str(_TMPFILES))
        self._reload()
        for unit in units - present:
            if "[Install]" in (files / unit).read_text():
                ask("systemctl", "enable", "--quiet", unit)

    def watch(self, name: str) -> None:
        self._drop_in.parent.mkdir(exist_ok=True)
        program = self._installation.root / name / "bin/guildgate"
        # `+` is for root; without a limit, because databases are copied.
        text = f"[Service]\nExecStartPre=+{program} update --settle\nTimeoutStartSec=180\n"
        self._drop_in.write_text(text)
        self._reload()

    def unwatch(self) -> None:
        self._drop_in.unlink(missing_ok=True)
        with suppress(OSError):
            self._drop_in.parent.rmdir()
        self._reload()

    def runs(self) -> bool:
        for _ in range(_LOOKS):  # because between an end and the next start it is failed for a moment
            if _show(GATEWAY, "ActiveState") in ("active", "activating", "reloading", "deactivating"):
                return True
            time.sleep(_LOOK_S)
        return False

    def restart(self) -> None:
        ask("systemctl", "reload", GATEWAY)

    def force(self) -> bool:
        # By SIGKILL, because a program that does not start may not stop either; systemd starts it again.
        run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", GATEWAY)
        if not self.runs():
            run("systemctl", "start", "--no-block", GATEWAY)
        return True

    def stop_bot(self) -> bool:
        waits = _show(_TIMER, "ActiveState") == "active"  # for another try, after it was turned away
        ran = waits or _show(BOT, "ActiveState") in ("active", "activating")
        self._failed_before = self._failed_before or _failure()
        ask("systemctl", "stop", BOT)
        return ran

    def start_bot(self) -> str:
        try:
            ask("systemctl", "start", BOT)
        except NotUpdated as error:
            return str(error)
        deadline = time.monotonic() + _LOOKED_AT_S
        while time.monotonic() < deadline:
            if code := _failure():
                return "" if code in (*_NOT_ITS_FAULT, self._failed_before) else f"the bot ended with code {code}"
            time.sleep(_LOOK_S)
        return ""

    def restart_others(self) -> None:
        for unit in sorted(_units(_UNITS) - {GATEWAY, BOT}):
            if run("systemctl", "is-enabled", unit).out.strip() == "enabled":
                run("systemctl", "restart", "--no-block", unit)  # its conditions decide whether it has work

    def _reload(self) -> None:
        ask("systemctl", "daemon-reload")


class Supervised:
    """`./run` in a terminal. Its supervisor starts anew by SIGUSR1, with the bot and from the program of then."""

    def __init__(self, installation: Installation, checkout: Path, socket: Path | None = None) -> None:
        self._installation, self._checkout = installation, checkout
        found = _parent(holder.listener(socket)) if socket else 0
        self._supervisor = found if _SUPERVISOR in _command(found) else 0

    def place(self, name: str) -> None:
        pass  # all of a version lies in its folder

    def watch(self, name: str) -> None:
        venv = self._installation.root / name if name else self._checkout / ".venv"
        link = self._installation.root / ".settle"  # which ./run calls
        link.unlink(missing_ok=True)
        link.symlink_to(venv / "bin/guildgate")

    def unwatch(self) -> None:
        (self._installation.root / ".settle").unlink(missing_ok=True)

    def runs(self) -> bool:
        return bool(_command(self._supervisor))  # a process keeps its number when it becomes ./run, and back

    def restart(self) -> None:
        if _SUPERVISOR in _command(self._supervisor):
            os.kill(self._supervisor, signal.SIGUSR1)

    def force(self) -> bool:
        self.restart()
        return self.runs()

    def restart_others(self) -> None:
        pass

    def stop_bot(self) -> bool:
        return False

    def start_bot(self) -> str:
        return ""


def _parent(pid: int) -> int:
    """Return the process that started this one; 0 when that is not known."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def _command(pid: int) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
    return []


def _units(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("guildgate-*") if path.suffix in (".path", ".service", ".timer")}


def _failure() -> int:
    """Return the code by which the bot has ended, 0 when it runs or was stopped."""
    if _show(BOT, "SubState") in ("auto-restart", "failed"):
        return int(_show(BOT, "ExecMainStatus") or 0)
    return 0


def _show(unit: str, name: str) -> str:
    return ask("systemctl", "show", "--property", name, "--value", unit).strip()
