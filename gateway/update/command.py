"""`guildgate update`, in order: fetch, verify, build, rehearse, switch, and back when the release does not serve."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bot.config
from gateway import config as configuration
from gateway.errors import NotUpdated
from gateway.holder import Held, lock
from gateway.logs import safe
from gateway.update.build import build, check_version, rehearse
from gateway.update.databases import Databases
from gateway.update.repository import SIGNERS, Repository, check_signers, read_source
from gateway.update.runner import Runner, Services, Supervised
from gateway.update.switch import SERVED, Installation, Plan, Settled, serving
from gateway.version import Version, own

EX_TEMPFAIL = 75
_PACKAGE = Path("/usr/lib/guildgate")
_CHECKOUT = ".venv"  # the folder of a checkout's own program
_SERVES_S, _LOOK_S = 60.0, 0.1


@dataclass(frozen=True, slots=True)
class _Place:
    """An installation, what runs it, and what it works with."""

    installation: Installation
    runner: Runner
    config: Path
    gateway: Databases
    bot: Databases

    @property
    def served(self) -> Path:
        return self.gateway.folder / SERVED


def add_command(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `update`, which sets `run(args) -> exit code`."""
    summary = "Update to the newest release, verified by the key that was pinned when guildgate was installed."
    parser = subparsers.add_parser("update", help=summary, description=f"{summary} No match is interrupted.")
    parser.add_argument("release", nargs="?", metavar="VERSION", type=_version, help="not the newest, but this one")
    parser.add_argument("--unsigned", action="store_true", help="take a release whose signature is not known")
    parser.add_argument("--config", type=Path, metavar="FILE")
    parser.add_argument("--checkout", type=Path, metavar="DIR", help=argparse.SUPPRESS)
    parser.add_argument("--settle", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(run=_run)


def _version(text: str) -> Version:
    try:
        return Version.parse(text.removeprefix("v"))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _run(args: argparse.Namespace) -> int:
    try:
        installation, checkout = _installed(args.checkout)
        if args.settle:  # by the plan alone, because the configuration may have become the other version's
            runner = Supervised(installation, checkout) if checkout else Services(installation)
            return _settle(installation, runner)
        place = _place(installation, checkout, args.config)
        installation.root.mkdir(mode=0o755, exist_ok=True)
        with lock(installation.root / ".lock"):
            return _update(place, args.release, verified=not args.unsigned)
    except NotUpdated as error:
        _say(str(error))
    except Held as holder:
        _say(f"another update runs, {holder}")
    return 1


def _installed(checkout: Path | None) -> tuple[Installation, Path | None]:
    if os.geteuid():
        raise NotUpdated(reason="not_root", problem="an update needs root: try it with sudo")
    if checkout:
        return Installation(checkout.resolve() / ".releases"), checkout.resolve()
    prefix = Path(sys.prefix)
    if prefix == _PACKAGE:
        problem = "the Debian package is installed, which apt updates: install the newer package"
        raise NotUpdated(reason="package", problem=problem)
    installation = Installation(prefix.parent)
    if not installation.current:
        raise NotUpdated(reason="nothing", problem="nothing is installed here; `./run update` updates a checkout")
    return installation, None


def _place(installation: Installation, checkout: Path | None, config: Path | None) -> _Place:
    config = config or configuration.default_path() or configuration.DEFAULT_CONFIG
    section = configuration.load(config).gateway
    return _Place(
        installation,
        Supervised(installation, checkout, section.socket) if checkout else Services(installation),
        config,
        Databases(section.state_dir, ("guildgate.db", "flows.db", "history.db")),
        Databases(bot.config.load(config).discord.state_dir, ("bot.db",)),
    )


def choose(releases: Sequence[Version], present: Version, asked: Version | None) -> Version | None:
    """Return the release to update to, or None when the present one is it. Raise NotUpdated for one that is older."""
    if asked and asked not in releases:
        raise NotUpdated(reason="unknown", problem=f"there is no release {asked}")
    wanted = asked or max(releases, default=present)
    if asked and asked < present:
        problem = f"{asked} is older than {present}, which is installed; an update only goes forward"
        raise NotUpdated(reason="older", problem=problem)
    return wanted if wanted > present else None


def _update(place: _Place, asked: Version | None, *, verified: bool) -> int:
    _finish(place)
    if verified:
        check_signers()
    source = read_source()
    repository = Repository(place.installation.root / ".releases.git")
    present = Version.parse(own())
    _say(f"looking for releases in {source}")
    version = choose(repository.fetch(source), present, asked)
    if version is None:
        _say(f"{present} is the newest release")
        return 0
    commit = repository.commit(version, SIGNERS if verified else None)
    _say(f"{version} is signed by a key in {SIGNERS}" if verified else f"the signature of {version} is not checked")
    with _empty(place.installation.root / ".tree") as tree:
        repository.export(commit, tree)
        check_version(tree, version)
        signers = tree / "packaging/release-signers"
        has_other_keys = _keys(signers) not in ([], _keys(SIGNERS))
        name = build(tree, place.installation.root)
    previous = place.installation.current
    if name != previous:
        program = place.installation.root / name / "bin/guildgate"
        rehearse(program, place.config, place.gateway, place.bot)
        _switch(place, name, previous, version, present)
    place.installation.tidy(name, previous)
    _say(f"{version} is installed; {present} stays beside it until the next update")
    if has_other_keys:
        _say(f"this release names other release keys than {SIGNERS}; CONTRIBUTING.md says how keys change")
    return 0


@contextmanager
def _empty(folder: Path) -> Iterator[Path]:
    """Make the folder for the length of the block, also when an interrupted update left it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _keys(path: Path) -> list[str]:
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return []
    return sorted(line for line in lines if line.strip() and not line.startswith("#"))


def _finish(place: _Place) -> None:
    """End an update that was interrupted: well when its version serves, else by going back."""
    installation, runner = place.installation, place.runner
    if not installation.plan:
        return
    if serving(place.served) != installation.current:
        installation.give_up()
    if installation.settle(runner.place) is Settled.BACK:
        _say("an update that was interrupted is taken back")
        if runner.runs() and serving(place.served) != (installation.current or _CHECKOUT):
            runner.force()
    runner.unwatch()


def _switch(place: _Place, name: str, previous: str, version: Version, present: Version) -> None:
    installation, runner = place.installation, place.runner
    is_running = runner.runs()
    with_bot = runner.stop_bot()
    try:
        runner.watch(previous)
        installation.begin(Plan(previous, place.served, (place.gateway, place.bot)))
        runner.place(name)
        installation.lead(name)
        if not is_running:
            _say("the gateway does not run; its next start is the first of the new version")
            return
        runner.restart()
        serves = _wait(lambda: serving(place.served) == name, lambda: not installation.plan or not runner.runs())
        problem = "" if serves else "its gateway did not come to serve"
        problem = problem or (runner.start_bot() if with_bot else "")
        if not problem:
            installation.end()
            runner.unwatch()
            runner.restart_others()
            return
        _go_back(place, name, previous)
    except BaseException:
        if with_bot:
            runner.start_bot()
        raise
    if with_bot:
        runner.start_bot()
    raise NotUpdated(reason="undone", problem=f"{version} is taken back, because {problem}; {present} runs again")


def _go_back(place: _Place, name: str, previous: str) -> None:
    installation, runner = place.installation, place.runner
    is_forced = False
    if installation.plan:  # else a start has gone back by itself
        runner.stop_bot()
        installation.give_up()
        is_forced = not (serving(place.served) == name and runner.runs())
        if not is_forced:
            runner.restart()
    before = previous or _CHECKOUT
    can_wait = runner.force() if is_forced else True
    if not (can_wait and _wait(lambda: not installation.plan and serving(place.served) == before, lambda: False)):
        installation.settle(runner.place)
        runner.force()
    runner.unwatch()
    runner.restart_others()


def _settle(installation: Installation, runner: Runner) -> int:
    """Prepare a start of the gateway, which calls this first. Code 75: start again, because all may be another now."""
    match installation.settle(runner.place):
        case Settled.FIRST:
            return 0
        case Settled.BACK:
            runner.unwatch()
            _say("the version of the update did not come to serve, so the one before runs again")
            return EX_TEMPFAIL
        case _:
            runner.unwatch()
            return 0


def _wait(holds: Callable[[], bool], is_hopeless: Callable[[], bool]) -> bool:
    """Wait until the condition holds. Report whether it does, or is hopeless, or took too long."""
    deadline = time.monotonic() + _SERVES_S
    while not (held := holds()) and not is_hopeless() and time.monotonic() < deadline:
        time.sleep(_LOOK_S)
    return held


def _say(sentence: str) -> None:
    print(f"guildgate: {safe(sentence)}", file=sys.stderr)  # noqa: T201 - the admin reads this line
