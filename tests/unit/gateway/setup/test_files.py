"""What `guildgate setup` writes: all or nothing, and nothing of an admin's file is lost."""

from __future__ import annotations

import signal
import threading
import tomllib
from pathlib import Path

import pytest

from bot import chosen
from gateway.errors import HostProblem
from gateway.setup import files

CODE = "ABCDE-FGHJK"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# mine\n[gateway]\nlisten_port = 5\n",
        "[discord]\ntimezone = 'UTC'\n\n[policy]\n",
        "[discord]  # the server",
        "\n [gateway]\nstate_dir = '/srv'\n",
    ],
)
def test_the_keys_come_into_their_section_and_all_else_stays(text: str) -> None:
    made = files.with_values(text, {"guild": "7", "token_file": "/t"})
    before = tomllib.loads(text)
    assert tomllib.loads(made) == {**before, "discord": {**before.get("discord", {}), "guild": "7", "token_file": "/t"}}
    assert [line for line in text.split("\n") if line not in made.split("\n")] == []


@pytest.mark.parametrize("text", ["discord = {timezone = 'UTC'}\n", "discord.timezone = 'UTC'\n", "[ discord ]\n"])
def test_a_section_in_another_form_is_left_to_the_admin(text: str) -> None:
    with pytest.raises(HostProblem, match='write this into its section, and run the command again: guild = "7"'):
        files.with_values(text, {"guild": "7"})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(files, "_user", lambda: None)
    return tmp_path


def place(folder: Path) -> None:
    (folder / "config.toml").write_text("# mine\n")
    files.place(folder / "config.toml", "[discord]\n", folder / "etc/token", "the token", folder / "bot", CODE)


def test_a_stop_in_the_middle_waits_until_all_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = chosen.write_file

    def write_and_stop(path: Path, content: bytes, mode: int = 0o600) -> None:
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)  # other threads of a test do not wait
        write(path, content, mode)

    monkeypatch.setattr(chosen, "write_file", write_and_stop)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background of a shell it is ignored
    try:
        with pytest.raises(KeyboardInterrupt):
            place(folder)
    finally:
        signal.signal(signal.SIGINT, before)
    found = {path.name: path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()}
    assert found == {"config.toml": 0o644, "token": 0o600, "setup.json": 0o600}
    assert (folder / "config.toml").read_text() == "[discord]\n"
    assert chosen.judge(folder / "bot", CODE, 0) is chosen.Verdict.RIGHT


@pytest.mark.parametrize("failing", ["token", "setup.json", "config.toml"])
def test_a_full_disk_is_a_sentence_and_leaves_the_configuration(
    folder: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """Another run goes on, because the configuration comes last."""
    write = chosen.write_file

    def write_or_fail(path: Path, content: bytes, mode: int = 0o600) -> None:
        if path.name == failing:
            raise OSError(28, "No space left on device", str(path))
        write(path, content, mode)

    with monkeypatch.context() as full:
        full.setattr(chosen, "write_file", write_or_fail)
        with pytest.raises(HostProblem, match="cannot be written"):
            place(folder)
        assert (folder / "config.toml").read_text() == "# mine\n"
        assert not list(folder.rglob(".*"))
    place(folder)
    assert (folder / "config.toml").read_text() == "[discord]\n"
