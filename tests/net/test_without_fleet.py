"""Without `[fleet]` there is no bus: neither process imports its library, which may be missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HIDDEN = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("nats", "nkeys", "cryptography"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Hidden())
"""
GATEWAY = """
from gateway.__main__ import main
assert main(["gateway", "--config", sys.argv[1]]) == 78  # right before it would touch the host
assert "gateway.daemon" in sys.modules
"""
BOT = """
import bot.__main__ as main
main.warm_up()
assert main.main(["--config", sys.argv[1]]) == 78  # right before it would drop privileges
"""
NOTHING = """
assert not {"nats", "nkeys", "cryptography", "gateway.bus.link"} & set(sys.modules)
"""


@pytest.mark.parametrize("process", [GATEWAY, BOT], ids=["gateway", "bot"])
def test_neither_process_needs_the_library(process: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[gateway]\nstate_dir = "/proc/nowhere"\n')
    argv = [sys.executable, "-c", HIDDEN + process + NOTHING, str(config)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
