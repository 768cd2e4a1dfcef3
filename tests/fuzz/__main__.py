"""python -m tests.fuzz NAME [--runs N]: search for input that breaks a parser, led by coverage.

It needs atheris, which is in neither lock file, because it has no wheel for every platform: `pip install atheris`.
An input that breaks the parser is written to the working directory as `crash-...`; it belongs into tests/fuzz/corpus.
"""

from __future__ import annotations

import argparse
import logging
import sys
from importlib.util import find_spec
from tempfile import mkdtemp

INSTRUMENTED = ["bot", "gateway", "h11", "nats", "tarfile", "tomllib"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("name", help="a target of tests/fuzz/targets.py")
    parser.add_argument("--runs", type=int, default=1_000_000)
    options = parser.parse_args()
    if find_spec("atheris") is None:
        print("fuzz: atheris is not installed, and without it there is no coverage to lead: pip install atheris")
        return 1
    import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]

    with atheris.instrument_imports(include=INSTRUMENTED):
        from tests.fuzz import CORPUS
        from tests.fuzz.targets import TARGETS, timed
    if options.name not in TARGETS:
        parser.error(f"there are only {', '.join(TARGETS)}")
    target = TARGETS[options.name]
    logging.disable(logging.CRITICAL)
    target(b"")  # what it loads once would count as the time of the first input
    # libFuzzer ends the process, so what it finds on the way goes into a folder that the system clears.
    found = mkdtemp(prefix="guildgate-fuzz-")
    atheris.Setup(
        [
            sys.argv[0],
            f"-runs={options.runs}",
            "-timeout=10",
            "-rss_limit_mb=1024",
            "-max_len=4096",
            "-print_final_stats=1",
            found,
            str(CORPUS / options.name),
        ],
        lambda data: timed(target, data),
    )
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
