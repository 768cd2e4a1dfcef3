"""A project's repository with signed releases, made by git and ssh-keygen."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path


class Releases:
    """A clone of `origin` in `folder`, or a repository without a history, in which releases are made."""

    def __init__(self, folder: Path, origin: Path | None = None) -> None:
        self.folder = folder
        if origin:
            self._git("clone", "--quiet", "--no-hardlinks", str(origin), str(folder), here=origin)
        else:
            self._git("init", "--quiet", "--initial-branch=main", str(folder), here=folder.parent)
            (folder / "pyproject.toml").write_text('[project]\nname = "guildgate"\nversion = "0.0.0"\n')
        self.base = self._commit("as it was")

    def key(self, name: str) -> Path:
        """Make a key pair outside the repository, and return the private half's file."""
        path = self.folder.with_name(f"{self.folder.name}-{name}")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path], check=True)
        return path

    def publish(self, version: str, key: Path | None = None, edits: Mapping[str, str] | None = None) -> None:
        """Make a release from the first commit, signed by the key where there is one.

        `edits`: by file, what is written at its end.
        """
        self._git("checkout", "--quiet", "--detach", self.base)
        project = self.folder / "pyproject.toml"
        project.write_text(re.sub('^version = ".*"', f'version = "{version}"', project.read_text(), flags=re.MULTILINE))
        for name, text in (edits or {}).items():
            with (self.folder / name).open("a") as file:
                file.write(text)
        self._commit(f"release {version}")
        self.tag(f"v{version}", key)

    def tag(self, name: str, key: Path | None) -> None:
        """Tag the present commit: signed by the key, or with a message alone."""
        signing = ["-c", "gpg.format=ssh", "-c", f"user.signingKey={key}"] if key else []
        self._git(*signing, "tag", "--sign" if key else "--annotate", "--message", name, name)

    def tag_lightly(self, name: str) -> None:
        """Give the present commit a name, without an object for the tag."""
        self._git("update-ref", f"refs/tags/{name}", "HEAD")

    def put_signature(self, name: str, other: str) -> None:
        """Put the signature of a tag below the content of another one."""
        begin = "-----BEGIN SSH SIGNATURE-----"
        signature = self._git("cat-file", "tag", name).partition(begin)[2]
        self._write_tag(other, self._git("cat-file", "tag", other).partition(begin)[0] + begin + signature)

    def append_to_tag(self, name: str, text: str) -> None:
        self._write_tag(name, self._git("cat-file", "tag", name) + text)

    def _write_tag(self, name: str, content: str) -> None:
        made = self._git("mktag", stdin=content).strip()
        self._git("update-ref", f"refs/tags/{name}", made)

    def rename_tag(self, name: str, other: str) -> None:
        """Show a tag under another name, as a server could."""
        self._git("update-ref", f"refs/tags/{other}", f"refs/tags/{name}")

    def _commit(self, message: str) -> str:
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", "--message", message)
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *argv: str, here: Path | None = None, stdin: str = "") -> str:
        author = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "safe.directory=*")
        environ = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
        command = ["git", *author, *argv]
        done = subprocess.run(
            command, cwd=here or self.folder, env=environ, input=stdin, capture_output=True, text=True
        )
        assert not done.returncode, (command, done.stderr)
        return done.stdout


def signers(*keys: Path) -> str:
    """Return the text of a file with these keys' public halves."""
    return "".join(f'releases@guildgate namespaces="git" {key.with_suffix(".pub").read_text()}' for key in keys)
