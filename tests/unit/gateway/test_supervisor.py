"""The supervisor with small programs as children."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from gateway import supervisor
from gateway.config import NamesKind, NamesSection
from gateway.demo.tunnel import until
from gateway.host import folder as folder_module
from gateway.supervisor import Child, Reading, Token, children, supervise
from tests.pipes import full_pipe

TIDY = """
import pathlib, signal, sys, time
events = pathlib.Path(sys.argv[1])
def note(event):
    with events.open("a") as file:
        file.write(f"{event} {sys.argv[2]}\\n")
def stop(*_):
    note("stopping")
    time.sleep(0.05)
    note("stopped")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
note("started")
while True:
    signal.pause()
"""
TURNED_AWAY = """
import os, pathlib, signal, sys
with pathlib.Path(sys.argv[1]).open("a") as file:
    file.write(os.environ["DISCORD_TOKEN"] + "\\n")
if os.environ["DISCORD_TOKEN"] == "old":
    sys.exit(77)
signal.pause()
"""
ONCE_DEAD = """
import pathlib, sys
events = pathlib.Path(sys.argv[1])
second = events.exists()
with events.open("a") as file:
    file.write("started\\n")
sys.exit(78 if second else 1)
"""
SUPERVISED = """
import asyncio, os, sys
from gateway import logs
from gateway.supervisor import Child, supervise
with logs.to_stderr("%(message)s"):
    child = Child("gateway", (sys.executable, "-c", {child!r}, {events!r}), lambda: os.environ)
    sys.exit(asyncio.run(supervise([child], first_delay_s=0.1)))
"""


def child(name: str, program: str, *argv: str) -> Child:
    return Child(name, (sys.executable, "-c", program, *argv), lambda: os.environ)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.usefixtures("heeded_hangup")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_stops_in_order(tmp_path: Path, number: signal.Signals) -> None:
    """A signal stops the bot first, then the gateway, and the exit code is 0."""
    events = tmp_path / "events"
    pair = [child(name, TIDY, str(events), name) for name in ("gateway", "bot")]
    async with asyncio.TaskGroup() as tasks:
        supervised = tasks.create_task(supervise(pair))

        async def both_started() -> bool:
            return len(lines(events)) == 2

        await until(both_started)
        os.kill(os.getpid(), number)
        assert await supervised == 0
    assert lines(events)[2:] == ["stopping bot", "stopped bot", "stopping gateway", "stopped gateway"]


async def test_restarts_and_gives_up(tmp_path: Path) -> None:
    """A child that dies is started again; a gateway whose configuration is wrong ends everything with its code."""
    events, other = tmp_path / "events", tmp_path / "other"
    pair = [child("gateway", ONCE_DEAD, str(events)), child("bot", TIDY, str(other), "bot")]
    async with asyncio.timeout(20):
        assert await supervise(pair, first_delay_s=0.5) == 78
    assert lines(events) == ["started", "started"]
    assert lines(other) == ["started bot", "stopping bot", "stopped bot"]


async def test_the_folder_of_the_socket_is_made_again_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway that is not root cannot make it."""
    monkeypatch.setattr(folder_module, "_LOOK_S", 0.01)
    events, folder = tmp_path / "events", tmp_path / "run"
    folder.mkdir()
    os.chown(folder, 4711 if os.geteuid() == 0 else -1, -1)
    folder.chmod(0o751)
    before = folder.stat()
    async with asyncio.TaskGroup() as tasks:
        supervised = tasks.create_task(supervise([child("gateway", TIDY, str(events), "gateway")], folder=folder))

        async def is_started() -> bool:
            return bool(lines(events))

        async def is_back() -> bool:
            return folder.is_dir() and (folder.stat().st_uid, folder.stat().st_mode) == (before.st_uid, before.st_mode)

        await until(is_started)
        folder.rmdir()
        await until(is_back)
        os.kill(os.getpid(), signal.SIGTERM)
        assert await supervised == 0


def test_token_only_for_the_bot() -> None:
    """The bot's environment holds the token, and neither the gateway's nor a command line does."""
    environ = {"PATH": "/bin", "DISCORD_TOKEN": "from-environ"}
    gateway, bot = children(Path("/c.toml"), Token(Path("/c.toml"), environ), environ)
    assert gateway.environ() == {"PATH": "/bin"}
    assert bot.environ() == {"PATH": "/bin", "DISCORD_TOKEN": "from-environ"}
    assert "from" not in repr((gateway, bot))
    assert not [word for word in gateway.argv + bot.argv if "from" in word]


def test_a_stuck_stderr_does_not_keep_a_child_from_its_restart(tmp_path: Path) -> None:
    """The supervisor says that a child ended, and nothing reads that."""
    events = tmp_path / "events"
    program = SUPERVISED.format(child=ONCE_DEAD, events=str(events))
    with full_pipe() as (_, writer):
        done = subprocess.run([sys.executable, "-c", program], stderr=writer, timeout=60)
    assert done.returncode == 78
    assert lines(events) == ["started", "started"]


async def _began(events: Path) -> bool:
    return bool(lines(events))


@contextlib.asynccontextmanager
async def turned_away(tmp_path: Path) -> AsyncIterator[tuple[Path, Path, Path]]:
    """Supervise a gateway, and a bot that refuses the token `old`; yield the token's file, and what each noted."""
    config, file, logins, events = (tmp_path / name for name in ("config.toml", "token", "logins", "events"))
    file.write_text("old")
    config.write_text(f'[discord]\ntoken_file = "{file}"\n')
    token = Token(config, {})
    bot = Child(
        "bot",
        (sys.executable, "-c", TURNED_AWAY, str(logins)),
        lambda: {**os.environ, "DISCORD_TOKEN": token.read()},
        token.has_changed,
    )
    supervised = asyncio.create_task(supervise([child("gateway", TIDY, str(events), "gateway"), bot]))
    try:
        yield file, logins, events
        os.kill(os.getpid(), signal.SIGTERM)
        assert await supervised == 0
    finally:
        supervised.cancel()
        await asyncio.gather(supervised, return_exceptions=True)


async def test_a_bot_that_is_turned_away_is_tried_again_when_its_token_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The gateway goes on, and so do all matches. A file that is empty for a moment is no new token."""
    monkeypatch.setattr(supervisor, "_LOOK_S", 0.01)
    async with turned_away(tmp_path) as (file, logins, events):

        async def waits() -> bool:
            return "when its token changes" in caplog.text

        await until(waits)
        assert lines(logins) == ["old"]
        file.write_text("")
        file.write_text("new")

        async def returned() -> bool:
            return len(lines(logins)) > 1

        await until(returned)
        assert lines(logins) == ["old", "new"]
        await until(partial(_began, events))
        assert lines(events) == ["started gateway"]


async def test_a_bot_that_is_turned_away_is_tried_again_after_an_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its token may be the one of the environment, which never changes."""
    monkeypatch.setattr(supervisor, "_TURNED_AWAY_S", 0.2)
    monkeypatch.setattr(supervisor, "_LOOK_S", 0.1)
    async with turned_away(tmp_path) as (_, logins, events):

        async def tried() -> bool:
            return len(lines(logins)) >= 3

        await until(tried)
        assert set(lines(logins)) == {"old"}
        await until(partial(_began, events))
        assert lines(events) == ["started gateway"]


NOT_CONFIGURED = """
import os, pathlib, signal, sys
with pathlib.Path(sys.argv[1]).open("a") as file:
    file.write((os.environ["DISCORD_TOKEN"] or "no token") + "\\n")
if not os.environ["DISCORD_TOKEN"]:
    sys.exit(78)
signal.pause()
"""


async def test_a_bot_that_is_not_configured_ends_no_match(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway goes on. The bot is tried again when the configuration was written, and only then."""
    monkeypatch.setattr(supervisor, "_LOOK_S", 0.01)
    config, file, starts, events = (tmp_path / name for name in ("config.toml", "token", "starts", "events"))
    config.write_text("[discord]\nno_such_key = 1\n")
    file.write_text("secret")
    token = Token(config, {})
    bot = Child(
        "bot",
        (sys.executable, "-c", NOT_CONFIGURED, str(starts)),
        lambda: {**os.environ, "DISCORD_TOKEN": token.read()},
        token.has_changed,
    )
    async with asyncio.TaskGroup() as tasks:
        supervised = tasks.create_task(supervise([child("gateway", TIDY, str(events), "gateway"), bot]))

        async def refused() -> bool:
            return lines(starts) == ["no token"] and not token.has_changed()

        await until(refused)
        config.write_text(f'[discord]\ntoken_file = "{file}"\n')

        async def returned() -> bool:
            return lines(starts) == ["no token", "secret"]

        await until(returned)
        await until(partial(_began, events))
        assert lines(events) == ["started gateway"]
        os.kill(os.getpid(), signal.SIGTERM)
        assert await supervised == 0


async def test_what_keeps_the_name_is_run_where_it_is_configured_and_gets_no_token(tmp_path: Path) -> None:
    """Its user is the only one that the gateway is told to let ask about the name."""
    config, secret = tmp_path / "config.toml", tmp_path / "dns"
    names = NamesSection(kind=NamesKind.URL, secret_file=secret)
    token = Token(config, {"DISCORD_TOKEN": "a secret"})
    gateway, _, keeper = children(config, token, {"DISCORD_TOKEN": "a secret", "NOTIFY_SOCKET": "/s", "A": "b"}, names)
    assert keeper.name == "names"
    assert keeper.argv[-4:-2] == ("--user", "guildgate-names")
    assert gateway.argv[-4:-2] == ("--names-user", "guildgate-names")
    assert keeper.environ() == {"A": "b"}
    assert "--names-user" not in children(config, token, {})[0].argv
    assert len(children(config, token, {})) == 2


async def test_a_secret_that_was_refused_is_read_again_when_its_file_was_written(tmp_path: Path) -> None:
    """The same file is not read again and again."""
    config, secret = tmp_path / "config.toml", tmp_path / "dns"
    reading = Reading(config, secret)
    reading.begin({})
    assert not reading.is_old()
    secret.write_text("a key")
    assert reading.is_old()
    reading.begin({})
    assert not reading.is_old()
