"""The services of systemd that setup starts: those of the package, or those that this checkout installs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from gateway.errors import HostProblem

_SYSTEMD = Path("/run/systemd/system")  # sd_booted(3)
_INSTALLED, _PACKAGED = Path("/etc/systemd/system"), Path("/lib/systemd/system")
_GATEWAY, _BOT = "guildgate-gateway.service", "guildgate-bot.service"
_UNITS = (_GATEWAY, "guildgate-bot.path", _BOT)


def are_possible() -> bool:
    """Report whether systemd runs here and has the services, or this checkout can install them."""
    return _SYSTEMD.is_dir() and bool(_program() or (_INSTALLED / _GATEWAY).exists() or _are_packaged())


def start() -> None:
    """Start both, or install them first. A gateway that runs keeps tunnel and forwards up. Raise HostProblem."""
    if (program := _program()) and not _are_complete():
        _run(program, "install")
        return
    _run("systemctl", "enable", "--quiet", *_UNITS)
    _run("systemctl", "reload-or-restart", _GATEWAY)
    _run("systemctl", "restart", *_UNITS[1:])


def has_bot_failed() -> bool:
    """Report whether the bot has ended with what another start does not mend."""
    return _succeeds("systemctl", "is-failed", "--quiet", _BOT)


def _program() -> str | None:
    """Return `./run` of the checkout that this process was started by."""
    return os.environ.get("GUILDGATE_RUN")


def _are_packaged() -> bool:
    return (_PACKAGED / _GATEWAY).exists()


def _are_complete() -> bool:
    """Report whether no installation was interrupted. Installing enables the units once all else is in place."""
    return _are_packaged() or all(_succeeds("systemctl", "is-enabled", "--quiet", unit) for unit in _UNITS)


def _succeeds(*argv: str) -> bool:
    return subprocess.run(argv, check=False).returncode == 0


def _run(*argv: str) -> None:
    if not _succeeds(*argv):
        raise HostProblem(key="setup", problem=f"{' '.join(argv)} failed. Correct that, then run setup again")
