"""Leads `current` from one version to another, and back when the other does not serve.

An installation is a folder: one folder for each version, and `current`, a link to one of them. An update in progress
is a plan in the folder `.update`. Each start of the gateway asks `settle` first, which the version before carries out:

- the first start copies the databases, which nothing writes at that time;
- a start after one that came to serve ends the update;
- any other start goes back, because the version did not come to serve.

So a kill or a power cut after any step leaves a version that starts. A gateway that serves writes its folder's name
into `served` of its state.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from gateway.update.databases import Databases

SERVED = "served"
_COPIES = "before-update"
_LONGEST = 4096


class Settled(Enum):
    """What a start is to do."""

    NOTHING = auto()  # no update was in progress
    FIRST = auto()  # start what `current` leads to, for the first time
    DONE = auto()  # the update has ended well
    BACK = auto()  # `current` leads to the version before again


@dataclass(frozen=True, slots=True)
class Plan:
    """An update in progress."""

    previous: str
    """The folder of the version before; empty when that was the checkout itself."""
    served: Path
    """The file in which a gateway that serves names its version."""
    databases: tuple[Databases, ...]


class Installation:
    """The versions in a folder. Only root may write there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._folder = root / ".update"

    @property
    def current(self) -> str:
        """Return the folder that `current` leads to; empty without any."""
        try:
            return os.readlink(self.root / "current")
        except FileNotFoundError:
            return ""

    def lead(self, name: str) -> None:
        """Lead `current` to that folder; an empty name takes it away."""
        if name:
            unfinished = self.root / ".current"
            unfinished.unlink(missing_ok=True)
            unfinished.symlink_to(name)
            os.sync()  # the folder's files are on the disk before the link is
            unfinished.replace(self.root / "current")
        else:
            (self.root / "current").unlink(missing_ok=True)
        os.sync()

    def tidy(self, *kept: str) -> None:
        """Delete the folders of all other versions."""
        for path in self.root.iterdir():
            if not path.name.startswith(".") and path.is_dir() and not path.is_symlink() and path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)

    # -- an update in progress

    def begin(self, plan: Plan) -> None:
        """Put the plan on the disk, whole or not at all."""
        unfinished = self.root / ".update.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(0o700)
        databases = [[str(each.folder), list(each.names)] for each in plan.databases]
        content = {"previous": plan.previous, "served": str(plan.served), "databases": databases}
        (unfinished / "plan.json").write_text(json.dumps(content))
        os.sync()
        unfinished.rename(self._folder)
        os.sync()

    @property
    def plan(self) -> Plan | None:
        """Return the update in progress."""
        try:
            content = json.loads((self._folder / "plan.json").read_text())
        except FileNotFoundError:
            return None
        databases = tuple(Databases(Path(folder), tuple(names)) for folder, names in content["databases"])
        return Plan(content["previous"], Path(content["served"]), databases)

    def give_up(self) -> None:
        """Let the next start go back, whatever serves until then."""
        (self._folder / "failed").touch()
        os.sync()

    def settle(self, place: Callable[[str], None]) -> Settled:
        """Decide what a start of the gateway is to do, and prepare it. Raise OSError when that is not possible.

        `place` puts the files of a version that lie elsewhere in their place.
        """
        plan = self.plan
        if plan is None:
            return Settled.NOTHING
        if not (self._folder / "tried").exists() and not (self._folder / "failed").exists():
            try:
                self._prepare(plan)
            except OSError:
                self._go_back(plan, place)
                raise
            return Settled.FIRST
        if not (self._folder / "failed").exists() and serving(plan.served) == self.current:
            self._end(plan)
            return Settled.DONE
        self._go_back(plan, place)
        return Settled.BACK

    def end(self) -> None:
        """End the update, because its version serves."""
        if plan := self.plan:
            self._end(plan)

    def _prepare(self, plan: Plan) -> None:
        for databases in plan.databases:
            if databases.folder.exists():
                databases.copy(_COPIES)
        plan.served.unlink(missing_ok=True)
        os.sync()
        (self._folder / "tried").touch()
        os.sync()

    def _go_back(self, plan: Plan, place: Callable[[str], None]) -> None:
        if (self._folder / "tried").exists():  # before that nothing of the version has run
            for databases in plan.databases:
                if databases.folder.exists():
                    databases.go_back(_COPIES)
            os.sync()
        place(plan.previous)
        self.lead(plan.previous)
        self._end(plan)

    def _end(self, plan: Plan) -> None:
        ended = self.root / ".update.ended"
        shutil.rmtree(ended, ignore_errors=True)
        self._folder.rename(ended)
        os.sync()
        shutil.rmtree(ended, ignore_errors=True)
        for databases in plan.databases:
            if databases.folder.exists():
                databases.remove(_COPIES)


def serving(path: Path) -> str:
    """Return the folder of the version that wrote `path` when it came to serve; empty without any."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    with os.fdopen(file, "rb") as content:
        return Path(content.read(_LONGEST).decode(errors="replace").strip()).name


def note_serving(state_dir: Path, prefix: str) -> None:
    """Write down that the version in the folder `prefix` serves. Raise OSError."""
    unfinished = state_dir / f".{SERVED}.unfinished"
    unfinished.write_text(prefix)
    unfinished.replace(state_dir / SERVED)
