"""The privileges of all four processes, when `guildgate up` runs them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.demo.tunnel import until
from gateway.host.privilege import Capability
from gateway.supervisor import FOR_CHILDREN, SYSTEM_USER
from tests.e2e.scene import Scene, said
from tests.e2e.service import Service
from tests.fakediscord import FakeDiscord, Person
from tests.lab import ETC_NETNS
from tests.privileges import Privileges, beside, privileges

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]

BOT, GATEWAY = 64011, 64012
NET_ADMIN = 1 << Capability.NET_ADMIN
OF_SUPERVISOR = sum(1 << capability for capability in FOR_CHILDREN)


@contextmanager
def system_users(namespace: str) -> Iterator[None]:
    """Let processes that start in the namespace find the two users that ./run makes."""
    passwd = ETC_NETNS / namespace / "passwd"
    others = [line for line in Path("/etc/passwd").read_text().splitlines() if not line.startswith(SYSTEM_USER)]
    ours = [f"{SYSTEM_USER}:x:{BOT}:{BOT}::/:/bin/false", f"{SYSTEM_USER}-gateway:x:{GATEWAY}:{GATEWAY}::/:/bin/false"]
    passwd.write_text("\n".join([*others, *ours]) + "\n")
    try:
        yield
    finally:
        passwd.unlink()


def of_user(number: int, capabilities: int) -> Privileges:
    """Return what a process has that took this user and keeps the same capabilities in each set."""
    return Privileges(frozenset({number}), frozenset({number}), (capabilities,) * 5, no_new_privs=True, seccomp=2)


async def test_each_process_has_the_privileges_that_it_needs_and_no_more(
    scene: Scene, discord: FakeDiscord, alice: Person
) -> None:
    await scene.bot.stop()
    await scene.gateway.stop()
    before = Path(scene.gateway.argv[-1])
    folder = before.parent / "up"
    folder.mkdir()
    config = folder / "config.toml"
    config.write_text(before.read_text().replace(f'"{before.parent}/', f'"{folder}/'))
    (folder / "bot").mkdir(mode=0o700)
    shutil.chown(folder / "bot", BOT, BOT)
    up = Service(scene.gateway.host, ("up", "--config", str(config)), folder / "log", scene.bot.environ)
    sessions = discord.identified
    with system_users(up.host.name):
        await up.start()
        try:
            await discord.ready(sessions + 1)
            await until(lambda: _is_socket(folder / "run/gateway.sock"), timeout_s=30)
            await alice.slash("join")
            assert "pc" in said(await alice.slash("status"))
            assert up.process
            supervisor = up.process.pid
            children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
            ours = {process_name(int(pid)): privileges(int(pid)) for pid in children}
            assert ours == {"gateway": of_user(GATEWAY, NET_ADMIN), "bot": of_user(BOT, 0)}
            assert privileges(beside(supervisor, "wireguard-go")) == of_user(GATEWAY, NET_ADMIN)
            found = privileges(supervisor)
            assert found.users == {0}
            assert found.capabilities == (0, OF_SUPERVISOR, OF_SUPERVISOR, OF_SUPERVISOR, 0)
            assert (found.no_new_privs, found.seccomp) == (True, 2)
        finally:
            await up.stop()
    assert up.complaints() == []
    assert "keeps" not in up.output


def process_name(pid: int) -> str:
    """Return which command of guildgate the process runs."""
    match = re.search(rb"-m\0gateway\0(\w+)\0", Path(f"/proc/{pid}/cmdline").read_bytes())
    assert match
    return match[1].decode()


async def _is_socket(path: Path) -> bool:
    return path.is_socket()
