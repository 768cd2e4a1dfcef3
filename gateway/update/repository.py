"""A bare clone that holds the tags of releases, and the check of their signatures.

Nothing of a release runs here: git stores it, and ssh-keygen checks it against the pinned keys.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from gateway.errors import NotUpdated, why
from gateway.logs import safe
from gateway.update.programs import run
from gateway.version import RELEASE_SOURCE, Version, released

SIGNERS = Path("/etc/guildgate/release-signers")
_FETCH_S = 300.0
_SSH = "-----BEGIN SSH SIGNATURE-----"
_NAMES = re.compile(r"object (?P<commit>[0-9a-f]{40,64})\ntype (?P<type>\w+)\ntag (?P<tag>\S+)\n")
# Only what is fetched over a connection that a stranger cannot change, or from this machine.
_ALLOWED = "https", "ssh", "file"
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "fetch.fsckObjects=true",
    "protocol.allow=never",
    *(f"protocol.{name}.allow=always" for name in _ALLOWED),
    "gpg.format=ssh",
    "gpg.ssh.program=ssh-keygen",
    # git chooses the program by the signature, so that a key of root's own keyring would do.
    "gpg.program=false",
    "gpg.openpgp.program=false",
    "gpg.x509.program=false",
)


def read_source(path: Path = RELEASE_SOURCE) -> str:
    """Return the address of the repository with the releases. Raise NotUpdated when none is known, or an odd one."""
    source = _text(path).strip()
    if not source:
        problem = f"{path} names no repository; write the address of the project's repository into it"
        raise NotUpdated(reason="no_source", problem=problem)
    is_address = urlsplit(source).scheme in _ALLOWED or source.startswith("/")
    if not is_address and not re.fullmatch(r"[\w.-]+@[\w.-]+:\S+", source):
        problem = f"{path} must hold an address with https://, ssh:// or file://, and not {safe(source)}"
        raise NotUpdated(reason="no_source", problem=problem)
    return source


def check_signers(path: Path = SIGNERS) -> None:
    """Raise NotUpdated when no key is pinned, or when another user than root could pin one."""
    if not any(line.strip() and not line.startswith("#") for line in _text(path).splitlines()):
        problem = f"no release key is pinned in {path}, so no release can be verified; docs/operations.md says more"
        raise NotUpdated(reason="no_key", problem=problem)
    found = path.stat()
    if found.st_uid not in (0, os.geteuid()) or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        problem = f"others than root may write {path}, so its keys prove nothing: chown root {path}; chmod 644 {path}"
        raise NotUpdated(reason="no_key", problem=problem)


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise NotUpdated(reason="unreadable", problem=f"{path} cannot be read ({why(error)})") from error


class Repository:
    """A bare clone in `folder`, which is made on first use. Raise NotUpdated for what git refuses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for program, package in (("git", "git"), ("ssh-keygen", "openssh-client")):
            if not shutil.which(program):
                raise NotUpdated(reason="no_program", problem=f"{program} is missing: apt-get install {package}")
        self._git("init", "--quiet", "--bare", str(folder), has_folder=False)

    def fetch(self, source: str) -> list[Version]:
        """Make the tags those of the source, and return the releases, the newest first."""
        self._git("fetch", "--quiet", "--force", "--prune", "--no-tags", "--", source, "+refs/tags/v*:refs/tags/v*")
        return released(self._git("for-each-ref", "--format=%(refname:strip=2)", "refs/tags").split())

    def commit(self, version: Version, signers: Path | None) -> str:
        """Return the commit of the release's tag, once a key of `signers` is known to have signed it; None: any tag.

        The tag has to name itself, because a server could show an older tag under a newer name.
        """
        tag = version.tag
        is_object = self._git("cat-file", "-t", f"refs/tags/{tag}").strip() == "tag"
        content = self._git("cat-file", "tag", f"refs/tags/{tag}") if is_object else ""
        named = _NAMES.match(content)
        if is_object and not (named and named["tag"] == tag and named["type"] == "commit"):
            problem = f"the tag {tag} is another tag under this name, so it is refused"
            raise NotUpdated(reason="another_tag", problem=problem)
        if signers is None:
            return self._git("rev-parse", "--verify", f"refs/tags/{tag}^{{commit}}").strip()
        if not named or _SSH not in content:
            problem = f"the tag {tag} is not signed, so it is refused; --unsigned takes it all the same"
            raise NotUpdated(reason="unsigned", problem=problem)
        try:
            self._git("-c", f"gpg.ssh.allowedSignersFile={signers}", "verify-tag", f"refs/tags/{tag}")
        except NotUpdated as error:
            problem = f"the tag {tag} is not signed by a key in {signers}, so it is refused"
            raise NotUpdated(reason="wrong_key", problem=problem) from error
        return named["commit"]

    def export(self, commit: str, folder: Path) -> None:
        """Write the commit's files into the folder, which must be empty."""
        index = {"GIT_INDEX_FILE": str(self._folder / "index.export")}
        self._git("read-tree", commit, environ=index)
        self._git(f"--work-tree={folder}", "checkout-index", "--all", environ=index)

    def _git(self, *argv: str, has_folder: bool = True, environ: Mapping[str, str] | None = None) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        own = {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes", "LC_ALL": "C"}
        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        here = [f"--git-dir={self._folder}"] if has_folder else []
        environ = {**kept, **own, **(environ or {})}
        done = run("git", *here, *settings, *argv, environ=environ, timeout_s=_FETCH_S)
        if done.code:
            command = next(word for word in argv if not word.startswith("-") and "=" not in word)
            raise NotUpdated(reason="git", problem=f"git {command} failed: {done.said}")
        return done.out
