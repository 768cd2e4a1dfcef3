"""Builds a verified release in a folder of its own, and tries its migrations on copies of the databases."""

from __future__ import annotations

import tomllib
from pathlib import Path

from gateway.errors import NotUpdated
from gateway.logs import safe
from gateway.update.databases import Databases
from gateway.update.programs import run
from gateway.version import Version

_COPIES = "rehearsal"


def check_version(tree: Path, version: Version) -> None:
    """Raise NotUpdated when the release says another version of itself than its tag."""
    try:
        said = tomllib.loads((tree / "pyproject.toml").read_text())["project"]["version"]
    except (OSError, ValueError, KeyError):
        said = "none"
    if said != str(version):
        problem = f"the release {version.tag} says that it is version {safe(str(said))}, so it is refused"
        raise NotUpdated(reason="another_version", problem=problem)


def build(tree: Path, root: Path) -> str:
    """Return the name of the folder in `root` that holds the release with all its packages, by the lock's hashes."""
    done = run(tree / "packaging/install", "--place", root, shows_complaints=True)
    if done.code:
        raise NotUpdated(reason="build", problem="the release could not be built, for the reason above")
    return done.out.split()[-1]


def rehearse(program: Path, config: Path, gateway: Databases, bot: Databases) -> None:
    """Let each half read its configuration and migrate copies of its databases. Raise NotUpdated when one cannot."""
    for half, databases in (("gateway", gateway), ("bot", bot)):
        if not databases.folder.exists():
            continue
        try:
            copies = databases.copy(_COPIES)
            done = run(program, half, "--config", config, "--rehearse", copies)
        except OSError as error:
            raise NotUpdated(reason="copy", problem=safe(str(error))) from error
        finally:
            databases.remove(_COPIES)
        if done.code:
            problem = f"the new {half} cannot work with this configuration and its databases: {done.said}"
            raise NotUpdated(reason="rehearsal", problem=problem)
