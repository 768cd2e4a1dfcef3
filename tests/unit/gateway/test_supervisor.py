"""The supervisor with small programs as children."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from gateway.supervisor import Reading, Token, children
from tests.pipes import full_pipe
from tests.unit.bot.patience import until
from tests.unit.supervising import Supervisor, child, command, supervising

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
DEAF = """
import pathlib, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
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


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.usefixtures("heeded_hangup")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_stops_in_order(tmp_path: Path, number: signal.Signals) -> None:
    """A signal stops the bot first, then the gateway, and the exit code is 0."""
    events = tmp_path / "events"
    pair = [child(name, TIDY, str(events), name) for name in ("gateway", "bot")]
    async with supervising(command(*pair)) as supervisor:
        await until(lambda: len(lines(events)) == 2)
        assert await supervisor.end(number) == 0
    assert lines(events)[2:] == ["stopping bot", "stopped bot", "stopping gateway", "stopped gateway"]


async def test_sigusr1_asks_for_another_start_of_all(tmp_path: Path) -> None:
    """The gateway is told to leave the data path up, by the same signal. The code is 75."""
    events = tmp_path / "events"
    leaving = TIDY.replace("signal.signal(signal.SIGTERM", "signal.signal(signal.SIGUSR1")
    pair = [child("gateway", leaving, str(events), "gateway"), child("bot", TIDY, str(events), "bot")]
    async with supervising(command(*pair)) as supervisor:
        await until(lambda: len(lines(events)) == 2)
        assert await supervisor.end(signal.SIGUSR1) == os.EX_TEMPFAIL
    assert lines(events)[2:] == ["stopping bot", "stopped bot", "stopping gateway", "stopped gateway"]


async def test_restarts_and_gives_up(tmp_path: Path) -> None:
    """A child that dies is started again; a gateway whose configuration is wrong ends everything with its code."""
    events, other = tmp_path / "events", tmp_path / "other"
    pair = [child("gateway", ONCE_DEAD, str(events)), child("bot", TIDY, str(other), "bot")]
    async with supervising(command(*pair, seconds={"_FIRST_DELAY_S": 0.5})) as supervisor:
        assert await supervisor.ended() == 78
    assert lines(events) == ["started", "started"]
    assert lines(other) == ["started bot", "stopping bot", "stopped bot"]


async def test_a_child_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    events = tmp_path / "events"
    async with supervising(command(child("gateway", DEAF, str(events)), seconds={"_GRACE_S": 0.05})) as supervisor:
        await until(events.exists)
        assert await supervisor.end() == 0


async def test_a_child_begins_with_the_signals_that_any_program_has(tmp_path: Path) -> None:
    """The supervisor blocks those that it waits for, and Python ignores some."""
    status = tmp_path / "status"
    note = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(pathlib.Path('/proc/self/status').read_text())"
    program = f"{note}\nimport signal; signal.pause()"
    async with supervising(command(child("gateway", program, str(status)))):
        await until(lambda: "SigBlk" in "".join(lines(status)))
    found = dict(line.split(":\t", 1) for line in lines(status))
    assert int(found["SigBlk"], 16) == 0


async def test_the_bot_is_started_once_the_gateways_socket_answers(tmp_path: Path) -> None:
    """The first lines of the log are the gateway's, and none is about a gateway that is not there."""
    path, gateway, bot = (tmp_path / name for name in ("gateway.sock", "gateway", "bot"))
    pair = [child("gateway", TIDY, str(gateway), "gateway"), child("bot", TIDY, str(bot), "bot")]
    path.touch()  # what a killed gateway leaves is a socket, and no listener
    async with supervising(command(*pair, socket=path)):
        await until(lambda: lines(gateway))
        assert lines(bot) == []
        path.unlink()
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            await until(lambda: lines(bot))
    assert lines(bot)[0] == "started bot"


async def test_the_folder_of_the_socket_is_made_again_as_it_was(tmp_path: Path) -> None:
    """A gateway that is not root cannot make it."""
    events, folder = tmp_path / "events", tmp_path / "run"
    folder.mkdir()
    os.chown(folder, 4711 if os.geteuid() == 0 else -1, -1)
    folder.chmod(0o751)
    before = folder.stat()
    argv = command(child("gateway", TIDY, str(events), "gateway"), folder=folder, seconds={"_LOOK_S": 0.01})
    async with supervising(argv) as supervisor:
        await until(lambda: lines(events))
        folder.rmdir()
        await until(
            lambda: folder.is_dir() and (folder.stat().st_uid, folder.stat().st_mode) == (before.st_uid, before.st_mode)
        )
        assert await supervisor.end() == 0


def test_token_only_for_the_bot() -> None:
    """The bot's environment holds the token, and neither the gateway's nor a command line does."""
    environ = {"PATH": "/bin", "DISCORD_TOKEN": "from-environ"}
    gateway, bot = children("/c.toml", "/gateway.sock", Token("/c.toml", environ), environ)
    assert gateway.environ() == {"PATH": "/bin"}
    assert bot.environ() == {"PATH": "/bin", "DISCORD_TOKEN": "from-environ"}
    assert "from" not in repr((gateway, bot))
    assert not [word for word in gateway.argv + bot.argv if "from" in word]


def test_a_stuck_stderr_does_not_keep_a_child_from_its_restart(tmp_path: Path) -> None:
    """The supervisor says that a child ended, and nothing reads that."""
    events = tmp_path / "events"
    with full_pipe() as (_, writer):
        done = subprocess.run(command(child("gateway", ONCE_DEAD, str(events))), stderr=writer, timeout=60)
    assert done.returncode == 78
    assert lines(events) == ["started", "started"]


def turned_away(
    tmp_path: Path, seconds: Mapping[str, float]
) -> tuple[AbstractAsyncContextManager[Supervisor], tuple[Path, Path, Path]]:
    """Return a supervisor of a gateway, and of a bot that refuses the token `old`, and the paths for both.

    The paths: the token's file, and what each child notes.
    """
    config, file, logins, events = (tmp_path / name for name in ("config.toml", "token", "logins", "events"))
    file.write_text("old")
    config.write_text(f'[discord]\ntoken_file = "{file}"\n')
    pair = child("gateway", TIDY, str(events), "gateway"), child("bot", TURNED_AWAY, str(logins))
    return supervising(command(*pair, config=config, seconds=seconds)), (file, logins, events)


async def test_a_bot_that_is_turned_away_is_tried_again_when_its_token_changes(tmp_path: Path) -> None:
    """The gateway goes on, and so do all matches. A file that is empty for a moment is no new token."""
    running, (file, logins, events) = turned_away(tmp_path, {"_LOOK_S": 0.01})
    async with running as supervisor:
        await supervisor.says("when its token changes")
        assert lines(logins) == ["old"]
        file.write_text("")
        file.write_text("two words")
        file.write_text("new")
        await until(lambda: len(lines(logins)) > 1)
        assert lines(logins) == ["old", "new"]
        await until(lambda: lines(events))
        assert lines(events) == ["started gateway"]
        assert await supervisor.end() == 0


async def test_a_bot_that_is_turned_away_is_tried_again_after_an_hour(tmp_path: Path) -> None:
    """Its token may be the one of the environment, which never changes."""
    running, (_, logins, events) = turned_away(tmp_path, {"_TURNED_AWAY_S": 0.2, "_LOOK_S": 0.1})
    async with running as supervisor:
        await until(lambda: len(lines(logins)) >= 3)
        assert set(lines(logins)) == {"old"}
        await until(lambda: lines(events))
        assert lines(events) == ["started gateway"]
        assert await supervisor.end() == 0


def test_the_last_token_counts_while_its_file_cannot_be_read(tmp_path: Path) -> None:
    """Each of these files is refused by the bot with a sentence of its own; a bot that crashes comes back meanwhile."""
    config, file = tmp_path / "config.toml", tmp_path / "token"
    config.write_bytes(b"\xef\xbb\xbf" + f'[discord]\ntoken_file = "{file}"\n'.encode())
    token = Token(str(config), {})
    assert token.read() == ""
    file.write_bytes(b"\xef\xbb\xbfgood\r\n")
    assert token.has_changed()
    assert token.read() == "good"
    for bad in (b"", b"two words", b"\xff\xfe", b"a\nb\n"):
        file.write_bytes(bad)
        assert not token.has_changed()
        assert token.read() == "good"
    for bad_config in (b"[discord", b"\xff", b'discord = "x"\n', b"[" * 5000):
        config.write_bytes(bad_config)
        assert token.has_changed()
        assert token.read() == "good"


NOT_CONFIGURED = """
import os, pathlib, signal, sys
with pathlib.Path(sys.argv[1]).open("a") as file:
    file.write((os.environ["DISCORD_TOKEN"] or "no token") + "\\n")
if not os.environ["DISCORD_TOKEN"]:
    sys.exit(78)
signal.pause()
"""


async def test_a_bot_that_is_not_configured_ends_no_match(tmp_path: Path) -> None:
    """The gateway goes on. The bot is tried again when the configuration was written, and only then."""
    config, file, starts, events = (tmp_path / name for name in ("config.toml", "token", "starts", "events"))
    config.write_text("[discord]\nno_such_key = 1\n")
    file.write_text("secret")
    pair = child("gateway", TIDY, str(events), "gateway"), child("bot", NOT_CONFIGURED, str(starts))
    async with supervising(command(*pair, config=config, seconds={"_LOOK_S": 0.01})) as supervisor:
        await supervisor.says("or the configuration does")
        assert lines(starts) == ["no token"]
        config.write_text(f'[discord]\ntoken_file = "{file}"\n')
        await until(lambda: lines(starts) == ["no token", "secret"])
        await until(lambda: lines(events))
        assert lines(events) == ["started gateway"]
        assert await supervisor.end() == 0


def test_what_keeps_the_name_is_run_where_it_is_configured_and_gets_no_token() -> None:
    """Its user is the only one that the gateway is told to let ask about the name."""
    environ = {"DISCORD_TOKEN": "a secret", "NOTIFY_SOCKET": "/s", "A": "b"}
    token = Token("/c.toml", {"DISCORD_TOKEN": "a secret"})
    gateway, _, keeper = children("/c.toml", "/gateway.sock", token, environ, "/dns")
    assert keeper.name == "names"
    assert keeper.argv[-2:] == ("--user", "guildgate-names")
    assert gateway.argv[-2:] == ("--names-user", "guildgate-names")
    assert keeper.environ() == {"A": "b"}
    without = children("/c.toml", "/gateway.sock", token, {})
    assert "--names-user" not in without[0].argv
    assert len(without) == 2


def test_what_serves_metrics_is_run_where_it_is_configured_and_gets_no_token() -> None:
    token = Token("/c.toml", {"DISCORD_TOKEN": "a secret"})
    environ = {"DISCORD_TOKEN": "a secret", "A": "b"}
    gateway, _, metrics = children("/c.toml", "/gateway.sock", token, environ, with_metrics=True)
    assert metrics.name == "metrics"
    assert metrics.argv[-2:] == ("--user", "guildgate-metrics")
    assert gateway.argv[-2:] == ("--metrics-user", "guildgate-metrics")
    assert metrics.environ() == {"A": "b"}


def test_in_a_region_the_courier_is_run_instead_of_the_bot_and_gets_no_token() -> None:
    token = Token("/c.toml", {"DISCORD_TOKEN": "a secret"})
    environ = {"DISCORD_TOKEN": "a secret", "A": "b"}
    gateway, courier = children("/c.toml", "/gateway.sock", token, environ, None, "/bus.key")
    assert courier.name == "courier"
    assert courier.argv[-2:] == ("--user", "guildgate-courier")
    assert gateway.argv[-2:] == ("--courier-user", "guildgate-courier")
    assert courier.environ() == {"A": "b"}


def test_a_secret_that_was_refused_is_read_again_when_its_file_was_written(tmp_path: Path) -> None:
    """The same file is not read again and again."""
    config, secret = tmp_path / "config.toml", tmp_path / "dns"
    reading = Reading(str(config), str(secret))
    reading.begin({})
    assert not reading.is_old()
    secret.write_text("a key")
    assert reading.is_old()
    reading.begin({})
    assert not reading.is_old()
