"""The backups that the gateway makes by itself, and how many of them stay.

They hold the gateway's state and settings. The bot's memory belongs to another user, so only
`guildgate backup` has it.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.backup import sealed
from gateway.backup.collect import collect, write_new
from gateway.config import BackupSection, Config
from gateway.errors import GatewayError, why
from gateway.host.host import Host
from gateway.model import Off
from gateway.problem import Problem, Trouble
from gateway.state.problems import Problems

log = logging.getLogger(__name__)

START_S = 60.0  # after the start, so that a gateway that starts again and again makes none
AGAIN_S = 300.0  # after a failure
LOOK_S = 600.0  # at most between two looks at the clock, which may be set
_NAME = "guildgate-%Y%m%dT%H%M%SZ.tar.gz"
_SEALED = ".age"


def made_at(path: Path) -> datetime | None:
    """Return when the backup with this name was made; None for another file."""
    try:
        return datetime.strptime(path.name.removesuffix(_SEALED), _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None


def made(folder: Path) -> dict[Path, datetime]:
    """Return the automatic backups in the folder, the newest first. Raise OSError."""
    found = {path: at for path in folder.iterdir() if (at := made_at(path))} if folder.exists() else {}
    return dict(sorted(found.items(), key=lambda item: item[1], reverse=True))


def warm_up(section: BackupSection) -> None:
    """Import what is otherwise imported on first use. Raise ConfigError for a mistyped recipient."""
    if section.recipient:
        sealed.seal_to(b"", section.recipient)


class Automatic:
    """The task that makes them. `settings` is the text of config.toml."""

    def __init__(self, config: Config, settings: bytes | None, host: Host, problems: Problems) -> None:
        self._section, self._folder, self._state_dir = config.backup, config.backups, config.gateway.state_dir
        self._settings = settings
        self._now = host.now
        self._problems = problems

    async def keep_making(self) -> None:
        """Make one whenever the newest is old enough, until cancelled."""
        if isinstance(self._section.every, Off) or self._section.every.length is None:
            self._problems.clear(Trouble.BACKUP)
            return
        await asyncio.sleep(START_S)
        while True:
            try:
                wait_s = await self._make_when_due(self._section.every.length)
            except (GatewayError, OSError) as error:
                reason = f"{self._folder}: {why(error)}" if isinstance(error, OSError) else str(error)
                self._problems.report(Problem(code=Trouble.BACKUP, values={"reason": reason}))
                wait_s = AGAIN_S
            await asyncio.sleep(wait_s)

    async def _make_when_due(self, every: timedelta) -> float:
        now = self._now()
        newest = next(iter((await asyncio.to_thread(made, self._folder)).values()), None)
        # One from the future is of a clock that has been set back since.
        if newest is None or not timedelta() <= now - newest < every:
            await asyncio.to_thread(make, self._folder, self._state_dir, self._settings, self._section.recipient, now)
            await asyncio.to_thread(rotate, self._folder, self._section.keep)
            newest = now
        self._problems.clear(Trouble.BACKUP)
        return min(LOOK_S, max(1.0, (newest + every - now).total_seconds()))


def make(folder: Path, state_dir: Path, settings: bytes | None, recipient: str, now: datetime) -> Path:
    """Make one. Raise HostProblem, ConfigError or OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = collect(state_dir, settings, None, now).to_tar()
    path = folder / (now.astimezone(UTC).strftime(_NAME) + (_SEALED if recipient else ""))
    write_new(path, sealed.seal_to(content, recipient) if recipient else content)
    log.info("made the backup %s", path)
    return path


def rotate(folder: Path, keep: int) -> None:
    """Delete all automatic backups but the newest. Raise OSError."""
    for path in list(made(folder))[keep:]:
        path.unlink()
