"""The nft(8) of another Debian, in a folder: `python -m tests.debian` fetches it while there is a network.

Tests run it by chroot(8) in a network namespace where this machine's nft runs as well. Its packages are unpacked below
the cache, ~/.cache/guildgate-debian or $GUILDGATE_DEBIAN_CACHE, some 18 MB for each release, and none is installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SUITES = {"bookworm": "1.0.6", "trixie": "1.1.3"}  # with the version of nft
_APT = ("apt-get", "-qq", "-o", "APT::Sandbox::User=root", "-o", "Debug::NoLocking=1")


class NoDebian(Exception):
    """This system's package archive has no such release, or cannot be reached."""


def nft(suite: str) -> tuple[str, ...]:
    """Return the command that runs nft of the release. Raise NoDebian where it cannot be had."""
    root = _cache() / suite
    if not (root / "usr/sbin/nft").exists():
        _fill(suite, root)
    return "chroot", str(root), "/usr/sbin/nft"


def _cache() -> Path:
    return Path(os.environ.get("GUILDGATE_DEBIAN_CACHE") or Path.home() / ".cache/guildgate-debian").resolve()


def _fill(suite: str, root: Path) -> None:
    """Unpack the package with all that it depends on, because apt is told that nothing is installed."""
    _cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_cache()) as name:
        folder = Path(name)
        for place in ("lists/partial", "archives/partial", "root"):
            (folder / place).mkdir(parents=True)
        (folder / "status").touch()
        (folder / "sources").write_text(f"deb [signed-by={_keyring()}] {_mirror()} {suite} main\n")
        places = {
            "Dir::Etc::SourceList": "sources",
            "Dir::Etc::SourceParts": "none",
            "Dir::State::Lists": "lists",
            "Dir::State::status": "status",
            "Dir::Cache::Archives": "archives",
            "Dir::Cache::pkgcache": "pkgcache",
            "Dir::Cache::srcpkgcache": "srcpkgcache",
        }
        options = [text for key, place in places.items() for text in ("-o", f"{key}={folder / place}")]
        _run(*_APT, *options, "update")
        _run(*_APT, *options, "install", "--download-only", "--no-install-recommends", "--yes", "nftables")
        # Debian 13 has all of it below /usr, and the links that lead there come first.
        for place in ("bin", "sbin", "lib", "lib64"):
            (folder / "root/usr" / place).mkdir(parents=True)
            (folder / "root" / place).symlink_to(f"usr/{place}")
        for package in (folder / "archives").glob("*.deb"):
            files = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, stdout=subprocess.PIPE).stdout
            _run("tar", "--extract", "--keep-directory-symlink", "--directory", str(folder / "root"), text=files)
        shutil.rmtree(root, ignore_errors=True)
        (folder / "root").rename(root)


def _mirror() -> str:
    """Return the mirror of Debian that this machine has, because it may reach no other."""
    for path in (*sorted(Path("/etc/apt").glob("sources.list.d/*")), Path("/etc/apt/sources.list")):
        lines = path.read_text() if path.is_file() else ""
        if found := re.search(r"^(?:URIs:|deb(?: \[.*\])?) *(\S+/debian/?)(?: |$)", lines, re.M):
            return found[1]
    raise NoDebian("apt knows no mirror of Debian")


def _keyring() -> Path:
    keyring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    if not keyring.exists():
        raise NoDebian("the package debian-archive-keyring is missing")
    return keyring


def _run(*command: str, text: bytes | None = None) -> None:
    try:
        subprocess.run(command, input=text, capture_output=True, check=True)
    except OSError as error:
        raise NoDebian(f"{command[0]}: {error.strerror}") from error
    except subprocess.CalledProcessError as error:
        raise NoDebian(" ".join(error.stderr.decode(errors="replace").split())) from error


def main() -> int:
    for suite in SUITES:
        try:
            nft(suite)
        except NoDebian as reason:
            print(f"debian: no nft of {suite}: {reason}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
