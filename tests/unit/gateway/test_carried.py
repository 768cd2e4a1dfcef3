"""The privileged process imports little. tests/net/test_lifetime.py looks at a real one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.carried import surplus

START = """
import sys
before = set(sys.modules)
from gateway.__main__ import main
assert main(["gateway", "--config", sys.argv[1]]) == 78  # right before it would touch the host
print(*(name for name, module in sys.modules.items() if module and name not in before))
"""


def test_the_gateway_imports_what_it_needs_and_no_more(tmp_path: Path) -> None:
    """It imports no discord, aiohttp, qrcode or PIL, nor the code of other commands."""
    config = tmp_path / "config.toml"
    config.write_text('[gateway]\nstate_dir = "/proc/nowhere"\n')
    argv = [sys.executable, "-c", START, str(config)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    imported = done.stdout.split()
    assert "gateway.daemon" in imported
    assert surplus(imported) == set()
    assert not {name for name in imported if name.startswith("bot")} - {"bot", "bot.chosen", "bot.config", "bot.report"}
    rooms = {".".join(name.split(".")[:2]) for name in imported}
    assert not rooms & {"gateway.demo", "gateway.supervisor", "gateway.terminal"}


LACK = """
import sys
sys.modules[sys.argv[1]] = None
from gateway.__main__ import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize(
    ("library", "command"),
    [("dns", "names"), ("prometheus_client", "metrics"), ("nats", "courier"), ("wcwidth", "setup")],
)
def test_a_command_whose_library_another_image_has_says_so_without_a_traceback(library: str, command: str) -> None:
    argv = [sys.executable, "-c", LACK, library, command]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith(f"guildgate: the library {library} is missing here: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_module_of_our_own_that_is_missing_is_a_fault_with_its_traceback() -> None:
    argv = [sys.executable, "-c", LACK, "gateway.names.__main__", "names"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert "Traceback" in done.stderr
