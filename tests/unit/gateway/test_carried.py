"""The privileged process imports little. tests/net/test_lifetime.py looks at a real one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
