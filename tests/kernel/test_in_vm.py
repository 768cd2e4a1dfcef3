"""The tests marked `kernel`, run once on a Debian kernel in QEMU."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests import vm


@pytest.mark.skipif(not shutil.which("qemu-system-x86_64"), reason="needs qemu-system-x86 and kmod")
@pytest.mark.timeout(1260)
@pytest.mark.parametrize(
    ("tests", "kernels", "option"),
    [
        ("kernel", vm.KERNELS, ""),
        pytest.param("kernel", vm.KERNELS[1:], "", marks=pytest.mark.long),
        pytest.param("without_ipv6", vm.KERNELS, "ipv6.disable=1", marks=pytest.mark.long),
    ],
    ids=["newest", "own", "without_ipv6"],
)
def test_all_kernel_tests_pass_in_the_guest(tmp_path: Path, tests: str, kernels: tuple[str, ...], option: str) -> None:
    """Inside the guest every kernel test passes; none is skipped there, and there are some."""
    command = [sys.executable, "-m", "pytest", "-m", tests, "-p", "no:cacheprovider", "--junitxml=/vm/report.xml"]
    try:
        status = vm.run([*command, "tests/kernel"], share=tmp_path, timeout_s=1200, kernels=kernels, option=option)
    except vm.NoKernel as reason:
        pytest.skip(str(reason))
    assert status == 0
    (suite,) = ET.parse(tmp_path / "report.xml").getroot()
    assert int(suite.attrib["tests"]) > 0
    assert int(suite.attrib["skipped"]) == 0


def test_where_no_kernel_can_be_had_one_line_says_why(tmp_path: Path) -> None:
    """There is no apt and the cache is empty, as on a system that is not Debian."""
    environment = {"PATH": str(tmp_path), "GUILDGATE_VM_CACHE": str(tmp_path / "cache")}
    done = subprocess.run([sys.executable, "-m", "tests.vm"], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (vm.VM_FAILED, "")
    (line,) = done.stderr.splitlines()
    assert "apt knows neither linux-image-6.12-amd64 nor linux-image-amd64" in line
