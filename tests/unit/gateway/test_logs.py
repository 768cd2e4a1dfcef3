"""The log of a process: what others chose stays inside its line, and a stuck stderr stops nothing."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import warnings
from datetime import datetime

import pytest

from gateway.logs import Formatter, about, of_service, to_stderr, write_as
from tests.pipes import full_pipe

BUSY = """
import asyncio, logging, sys
from gateway import logs

async def work():
    for number in range(2000):
        print(f"{number} {'x' * 5000}", file=sys.stderr)
        await asyncio.sleep(0)
    print("worked", flush=True)

with logs.to_stderr("%(message)s"):
    asyncio.run(work())
"""
RETURNING = """
import sys, time
from gateway import logs

with logs.to_stderr(""):
    for number in range(2000):
        print(number, "x" * 5000, file=sys.stderr)
    print("stuck", flush=True)
    while sys.stderr._writer._waiting:
        time.sleep(0.01)
    print("back", file=sys.stderr)
"""
BURST = """
import sys
import warnings
from gateway import logs

with logs.to_stderr(""):
    print(*range(20000), sep="\\n", file=sys.stderr)
"""
BROKEN = """
from gateway import logs

with logs.to_stderr("gateway: %(message)s"):
    raise ValueError("no\\ngateway: \x1b[31mall is well")
"""


def run(program: str, stderr: int) -> subprocess.CompletedProcess[bytes]:
    argv = [sys.executable, "-c", program]
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=stderr, timeout=60, check=True)


def test_a_stuck_stderr_stops_nothing() -> None:
    """More than any pipe and the room in memory hold is printed, nothing is read, and the process works and ends."""
    with full_pipe() as (_, writer):
        assert run(BUSY, writer).stdout == b"worked\n"


def test_what_found_no_room_is_counted_where_it_is_missing() -> None:
    """The reader comes back after a while."""
    with full_pipe() as (reader, writer):
        argv = [sys.executable, "-c", RETURNING]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=writer) as process:
            assert process.stdout
            assert process.stdout.readline() == b"stuck\n"
            seen = b""
            while not seen.endswith(b"back\n"):
                seen += os.read(reader, 1 << 16)
            assert process.wait(30) == 0
    lines = [line for line in seen.decode().splitlines() if not line.startswith("-")]
    numbers = [int(line.split()[0]) for line in lines[:-2]]
    assert numbers == list(range(len(numbers)))
    assert lines[-2:] == [
        f"{2000 - len(numbers)} entries of the log are lost here, because stderr was stuck",
        "back",
    ]


def test_nothing_is_lost_in_a_burst_that_is_read() -> None:
    """The last line comes before the process ends."""
    done = run(BURST, subprocess.PIPE)
    assert done.stderr.decode().split() == [str(number) for number in range(20000)]


def test_a_reader_that_is_gone_ends_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert run(BUSY, writer).stdout == b"worked\n"
    finally:
        os.close(writer)


@pytest.fixture
def log() -> logging.Logger:
    return logging.getLogger("tests.logs")


Lines = pytest.CaptureFixture[str]


def test_an_entry_is_one_line_whatever_is_in_it(log: logging.Logger, capfd: Lines) -> None:
    with to_stderr("gateway: %(message)s"):
        log.warning("there is no %s", "\x1b]0;x\x07\ngateway: all is well\u2028\u202e\x9b")
        print("printed \x1b[2J", file=sys.stderr)
    assert capfd.readouterr().err == (
        "gateway: there is no \\x1b]0;x\\x07\\ngateway: all is well\\u2028\\u202e\\x9b\nprinted \\x1b[2J\n"
    )


def test_a_traceback_cannot_pretend_to_be_another_entry(log: logging.Logger, capfd: Lines) -> None:
    """The text of an exception may be what others sent."""
    with to_stderr("gateway: %(message)s"):
        try:
            raise ValueError("no\ngateway: \x1b[31mall is well")
        except ValueError:
            log.exception("broke")
    first, *rest = capfd.readouterr().err.splitlines()
    assert first == "gateway: broke"
    assert rest[-2:] == ["    ValueError: no", "    gateway: \\x1b[31mall is well"]
    assert all(line.startswith("    ") for line in rest)


def test_an_exception_that_nothing_expects_ends_the_process_even_when_it_cannot_be_told() -> None:
    """The supervisor has to start it again."""
    argv = [sys.executable, "-c", BROKEN]
    with full_pipe() as (_, writer):
        assert subprocess.run(argv, stderr=writer, timeout=60).returncode == 1
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    first, *rest = done.stderr.splitlines()
    assert (done.returncode, first) == (1, "gateway: ended by an exception that nothing expects")
    assert rest[-2:] == ["    ValueError: no", "    gateway: \\x1b[31mall is well"]


def test_what_others_can_cause_at_will_is_one_line_a_minute(
    log: logging.Logger, capfd: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next minute begins with what was left out."""
    now = 1000.0
    monkeypatch.setattr("gateway.logs.time.monotonic", lambda: now)
    with to_stderr("%(message)s"):
        for minute in (0, 1):
            now = 1000.0 + 60 * minute
            for number in range(500):
                log.warning("seldom %s", number, extra={"a_minute": 1})
            log.warning("another")
    assert capfd.readouterr().err.splitlines() == [
        "seldom 0",
        "another",
        "499 more of these entries came in a minute; the last one: seldom 499",
        "seldom 0",
        "another",
    ]


def test_no_line_of_code_fills_the_log(log: logging.Logger, capfd: Lines) -> None:
    with to_stderr("%(message)s"):
        for number in range(1000):
            log.error("broke %s", number)
        log.error("and this is seen")
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) < 500
    assert lines[-1] == "and this is seen"


def test_logging_and_stderr_are_given_back(capfd: Lines) -> None:
    before = sys.stderr, logging.getLogger().handlers[:], logging.getLogger().level
    with to_stderr("%(message)s"):
        assert sys.stderr is not before[0]
    assert (sys.stderr, logging.getLogger().handlers[:], logging.getLogger().level) == before


def test_a_stack_is_indented_as_well(log: logging.Logger) -> None:
    record = log.makeRecord("x", logging.INFO, __file__, 1, "here", (), None, sinfo="Stack:\n  line")
    assert Formatter("%(message)s").format(record) == "here\n    Stack:\n      line"


SERVICE = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


def note(log: logging.Logger) -> None:
    """Write an entry of each origin, and what is printed."""
    log.info("it works")
    logging.getLogger("bot.core.directory").warning("no role\nis called x")
    logging.getLogger("discord.gateway").info("connected")
    logging.getLogger("asyncio").error("Task exception was never retrieved")
    warnings.warn("this is old", UserWarning, stacklevel=1)
    print("by a library", file=sys.stderr)
    try:
        raise ValueError("a\nb")
    except ValueError:
        log.exception("broke")


@pytest.mark.filterwarnings("default")
def test_every_service_logs_in_one_format(capfd: Lines) -> None:
    """Its own entries, those of libraries, Python's warnings, and what is printed."""
    with of_service("bot"):
        note(logging.getLogger("gateway.x"))
    said = capfd.readouterr().err.splitlines()
    entries = [line for line in said if not line.startswith("    ")]
    assert all(re.match(f"{SERVICE} [A-Z]+ bot: ", line) for line in entries), said
    texts = [line[len("2026-11-30 00:00:00 ") :] for line in entries]
    assert texts[:4] == [
        "INFO bot: it works",
        r"WARNING bot: no role\nis called x",
        "INFO bot: discord.gateway: connected",
        "ERROR bot: asyncio: Task exception was never retrieved",
    ]
    assert re.fullmatch(r"WARNING bot: py\.warnings: .*test_logs\.py:\d+: UserWarning: this is old", texts[4])
    assert texts[5:] == ["WARNING bot: by a library", "ERROR bot: broke"]


@pytest.mark.filterwarnings("default")
def test_the_journal_gets_priorities_and_no_time_of_its_own(capfd: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    found = os.fstat(2)
    monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
    with of_service("gateway"):
        note(logging.getLogger("gateway.x"))
    said = capfd.readouterr().err.splitlines()
    assert said[:4] == [
        "<6>gateway: it works",
        r"<4>gateway: no role\nis called x",
        "<6>gateway: discord.gateway: connected",
        "<3>gateway: asyncio: Task exception was never retrieved",
    ]
    assert said[5:7] == ["<4>gateway: by a library", "<3>gateway: broke"]
    assert all(line.startswith("<3>    ") for line in said[7:])


def test_a_stream_that_is_not_the_journals_has_the_time(capfd: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that a service starts inherits JOURNAL_STREAM, and its stderr may lead elsewhere."""
    monkeypatch.setenv("JOURNAL_STREAM", "1:1")
    with of_service("gateway"):
        logging.getLogger("gateway.x").info("it works")
    assert re.fullmatch(f"{SERVICE} INFO gateway: it works\n", capfd.readouterr().err)


@pytest.mark.filterwarnings("default")
def test_json_has_one_document_in_each_line(capfd: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process begins as its parent wrote, and changes once it has read its configuration."""
    monkeypatch.setenv("GUILDGATE_LOG_FORMAT", "text")
    with of_service("bot"):
        write_as("json")
        with about("1234-ab"):
            note(logging.getLogger("gateway.x"))
    said = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [entry["message"] for entry in said[:2]] == ["it works", "no role\nis called x"]
    assert {entry["process"] for entry in said} == {"bot"}
    assert said[0]["level"] == "info"
    assert datetime.fromisoformat(said[0]["time"]).tzinfo
    assert said[0]["request"] == "1234-ab"
    assert said[2]["logger"] == "discord.gateway"
    assert "ValueError: a\nb" in said[-1]["exception"]
    assert os.environ["GUILDGATE_LOG_FORMAT"] == "json"  # for children


def test_json_in_the_journal_has_its_priority_before_it(capfd: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUILDGATE_LOG_FORMAT", "json")
    found = os.fstat(2)
    monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
    with of_service("gateway"):
        logging.getLogger("gateway.x").error("broke")
    said = capfd.readouterr().err
    assert said.startswith("<3>{")
    assert json.loads(said[3:])["message"] == "broke"


def test_a_json_entry_that_is_too_long_stays_a_document(capfd: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUILDGATE_LOG_FORMAT", "json")
    with of_service("gateway"):
        logging.getLogger("gateway.x").info("\N{SNOWMAN}" * 100_000)
    (line,) = capfd.readouterr().err.splitlines()
    assert json.loads(line)["message"].startswith("\N{SNOWMAN}")


def test_an_entry_about_a_request_names_it_and_an_id_of_others_making_is_one_line(capfd: Lines) -> None:
    with of_service("gateway"):
        with about("12\n34"):
            logging.getLogger("gateway.x").info("it works")
        logging.getLogger("gateway.x").info("another one")
    first, second = capfd.readouterr().err.splitlines()
    assert first.endswith(r"gateway: it works (request 12\n34)")
    assert second.endswith("gateway: another one")
