"""A newcomer's first files: the lock files, the example configuration, the scripts."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import bot.config
from gateway import config
from gateway.state.portrules import MAX_PORTS_PER_FORWARD

ROOT = Path(__file__).parents[2]
LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-dev.lock"]
SCRIPTS = [ROOT / name for name in ("run", "test", ".ci/run", ".ci/setup", ".ci/lock", ".ci/isolated", ".ci/fresh")]


def pinned(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(), re.MULTILINE))


def named(requirements: list[str]) -> set[str]:
    return {re.sub(r"[-_.]+", "-", re.split(r"[<>=\[; ]", line)[0]).lower() for line in requirements}


def test_every_requirement_is_locked() -> None:
    """The lock files hold what pyproject.toml asks for, and setuptools, which builds the project without a download."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime = named(project["project"]["dependencies"]) | {"setuptools"}
    assert runtime <= pinned(LOCKS[0]).keys()
    assert runtime | named(project["dependency-groups"]["dev"]) <= pinned(LOCKS[1]).keys()


def test_tests_run_on_what_is_shipped() -> None:
    """Both lock files agree on every version of the runtime."""
    assert pinned(LOCKS[0]).items() <= pinned(LOCKS[1]).items()


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
    sections = (config.GatewaySection, config.PolicySection, config.NamesSection, bot.config.DiscordSection)
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
