"""The lock files on other machines: each package has a wheel for aarch64, as it has for x86_64."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Wheels for glibc 2.28 or older; Debian 12 has 2.36.
PLATFORMS = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")
LOCKS = ("requirements.lock", "requirements-gateway.lock", "requirements-bot.lock")


@pytest.mark.long
@pytest.mark.timeout(500)
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_every_package_of_the_locks_has_a_wheel(python: str, machine: str, tmp_path: Path) -> None:
    """pip resolves them by their hashes, and installs nothing."""
    platforms = [f"--platform={name}_{machine}" for name in PLATFORMS]
    for lock in LOCKS:
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--no-deps"),
                *(f"--target={tmp_path}", "--require-hashes", "--only-binary=:all:", "--disable-pip-version-check"),
                *(f"--python-version={python}", "--implementation=cp", *platforms, f"--requirement={ROOT / lock}"),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
