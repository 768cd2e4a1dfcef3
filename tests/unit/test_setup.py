"""A newcomer's first files: the lock files, the example configuration, the scripts."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import time
import tomllib
from pathlib import Path

import pytest

import bot.__main__
import bot.config
from gateway import config
from gateway.errors import ConfigError
from gateway.state.portrules import MAX_PORTS_PER_FORWARD

ROOT = Path(__file__).parents[2]
LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-dev.lock", ROOT / "requirements-tour.lock"]
SCRIPTS = [ROOT / name for name in ("run", "test", ".ci/run", ".ci/setup", ".ci/lock", ".ci/isolated", ".ci/fresh")]


def pinned(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(), re.MULTILINE))


def named(requirements: list[str]) -> set[str]:
    return {re.sub(r"[-_.]+", "-", re.split(r"[<>=\[; ]", line)[0]).lower() for line in requirements}


def test_every_requirement_is_locked() -> None:
    """The lock files hold what pyproject.toml asks for, and setuptools, which builds the project without a download."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extra = project["project"]["optional-dependencies"]["fleet"]
    runtime = named(project["project"]["dependencies"]) | named(extra) | {"setuptools"}
    assert runtime <= pinned(LOCKS[0]).keys()
    groups = project["dependency-groups"]
    dev = named([line for line in groups["dev"] if isinstance(line, str)])
    assert runtime | dev | named(groups["tour"]) <= pinned(LOCKS[1]).keys()
    assert named(groups["tour"]) <= pinned(LOCKS[2]).keys()


def test_tests_run_on_what_is_shipped() -> None:
    """The lock files agree on every version of the runtime, and on what the tour of a fleet takes besides."""
    for lock in (LOCKS[0], LOCKS[2]):
        assert pinned(lock).items() <= pinned(LOCKS[1]).items()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_names_no_host(lock: Path) -> None:
    """A lock file holds versions and hashes only, so that it works with any index."""
    text = lock.read_text()
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host| @ ", text)
    for requirement in re.split(r"\n(?=[a-z])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)):
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", requirement), requirement


def test_example_shows_every_key_with_its_default() -> None:
    """config.example.toml loads, has the defaults as its values, and leaves no key out, though some are comments."""
    example = ROOT / "config.example.toml"
    assert config.load(example) == config.Config()
    assert bot.config.load(example).discord == bot.config.DiscordSection()
    text = example.read_text()
    sections = (
        config.GatewaySection, config.PolicySection, config.NamesSection, config.MetricsSection, config.FleetSection,
        config.BackupSection, bot.config.DiscordSection,
    )  # fmt: skip
    for name, section in zip(config.SECTIONS, sections, strict=True):
        (body,) = re.findall(rf"^(?:# )?\[{name}\]\n(.*?)(?=^(?:# )?\[[a-z]+\]$|\Z)", text, re.MULTILINE | re.DOTALL)
        keys = re.findall(r"^(?:# )?([a-z0-9_]+) = ", body, re.MULTILINE)
        assert keys == [key.name for key in dataclasses.fields(section)]


def test_example_loads_with_every_comment_taken_away() -> None:
    """The keys that are comments are right as they stand."""
    text = (ROOT / "config.example.toml").read_text()
    sections = tomllib.loads(re.sub(r"^# (?=[a-z0-9_]+ = |\[[a-z]+\]$)", "", text, flags=re.MULTILINE))
    config.parse(sections)
    bot.config.parse(sections["discord"])


def test_the_readme_says_what_the_defaults_are() -> None:
    """The rule covers each default that the README names."""
    readme = re.sub(r"\s+", " ", (ROOT / "README.md").read_text())
    gateway, policy = config.GatewaySection(), config.PolicySection()
    for said in (
        f"open UDP {gateway.listen_port} and",
        f"it is `{gateway.socket}`",
        f"It keeps its database and key in `{gateway.state_dir}`",
        f"`{gateway.interface}` unless configured",
        f"({policy.forward_ports} unless you narrow it)",
        f"takes {policy.new_flows_per_second} new connections a second ({3 * policy.new_flows_per_second} at once)",
        f"and {policy.flows_per_source} open ones from one address",
        f"and {policy.flows_per_forward:,} in all",
        f"may have {policy.flows_per_device:,} flows open",
        f"Ports {config.POOL} cannot be forwarded",
        f"at most {MAX_PORTS_PER_FORWARD:,} ports",
    ):
        assert said in readme, said


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_executable_and_parse(script: Path) -> None:
    """Each script can be started and has no syntax error."""
    assert script.stat().st_mode & 0o111 == 0o111
    assert "set -euo pipefail" in script.read_text()
    subprocess.run(["bash", "-n", script], check=True)


def test_what_the_documents_name_is_there() -> None:
    """A file that moves would leave a figure that can no longer be repeated."""
    told = {
        (document, name)
        for document in ("SECURITY.md", "docs/reliability.md")
        for name in re.findall(r"(?:tests|docs|gateway|bot)/[\w/]+\.(?:py|md)", (ROOT / document).read_text())
    }
    assert [(document, name) for document, name in sorted(told) if not (ROOT / name).exists()] == []
    assert {document for document, _ in told} == {"SECURITY.md", "docs/reliability.md"}


def written_by_the_readme() -> str:
    """Return what the README's command writes into config.toml."""
    (text,) = re.findall(
        r"^tee config\.toml <<END\n(.*?)^END$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL
    )
    return str(text)


def test_the_readmes_configuration_works_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(written_by_the_readme())
    found = bot.config.load(file)
    bot.__main__.check(found)
    assert found.discord.token_file == bot.config.SERVICES_TOKEN
    assert config.load(file) == config.Config()


def test_what_is_pasted_from_the_documents_works_or_is_told_where_it_belongs(tmp_path: Path) -> None:
    """It goes below what the README writes, or below the copied example, which has the same sections."""
    file, written = tmp_path / "config.toml", written_by_the_readme()
    text = (ROOT / "docs/operations.md").read_text()
    blocks = re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        file.write_text(f"{written}\n{block}")
        bot.config.load(file)
    for block in (written, *blocks):
        file.write_text((ROOT / "config.example.toml").read_text() + block)
        with pytest.raises(ConfigError, match=r"begins \[(discord|gateway)\] again in line \d+; move the lines"):
            bot.config.load(file)


ROOT_CONFIG = Path("/etc/guildgate/config.toml")


@pytest.mark.parametrize("here", [True, False])
def test_every_command_of_run_reads_one_file(tmp_path: Path, here: bool) -> None:
    """The part of ./run that chooses it, with a program that says what it is started with."""
    script = (ROOT / "run").read_text().replace(str(ROOT_CONFIG), str(tmp_path / "etc.toml"))
    chosen = script[script.index("# Every command reads") : script.index("if [[ $1 == up ]]")]
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (tmp_path / "etc.toml").touch()
    expected = checkout / "config.toml" if here else tmp_path / "etc.toml"
    if here:
        expected.touch()
    for argv in ([], ["doctor"], ["status", "--json"], ["demo"]):
        program = f"set -euo pipefail\nhere={checkout}\n{chosen}\necho $GUILDGATE_CONFIG; echo $*"
        done = subprocess.run(["bash", "-c", program, "run", *argv], capture_output=True, text=True, check=True)
        file, command = done.stdout.splitlines()
        assert file == str(expected)
        assert command == (" ".join(argv) or f"up --config {expected}")
        told = f"guildgate: there is no {checkout}/config.toml, so {expected} is read\n"
        assert done.stderr == ("" if here or argv == ["demo"] else told)


def test_a_command_reads_the_file_that_run_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[gateway]\nlisten_port = 4711\n")
    monkeypatch.setenv("GUILDGATE_CONFIG", str(file))
    assert config.default_path() == file
    assert config.load_or_default(None).gateway.listen_port == 4711


@pytest.mark.parametrize(("age_s", "code"), [(None, 1), (10, 0), (70, 1)])
def test_the_bots_container_is_healthy_as_long_as_its_heartbeat_is_young(
    tmp_path: Path, age_s: int | None, code: int
) -> None:
    """The bot beats every 15 s, and the command is that of the image, on the file that its bot is started with."""
    image = (ROOT / "Dockerfile").read_text().split("FROM base AS bot\n")[1].split("FROM ")[0]
    argv = json.loads(re.findall(r"^HEALTHCHECK .*\\\n +CMD (\[.*\])$", image, re.MULTILINE)[0])
    path = json.loads(re.findall(r"^CMD (\[.*\])$", image, re.MULTILINE)[0])[-1]
    file = tmp_path / "heartbeat"
    if age_s is not None:
        file.touch()
        os.utime(file, (time.time() - age_s,) * 2)
    assert sum(path in word for word in argv) == 1
    done = subprocess.run([word.replace(path, str(file)) for word in argv], stderr=subprocess.PIPE)
    assert done.returncode == code
