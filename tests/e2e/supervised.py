"""`guildgate up` in place of a scene's two processes."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.demo.tunnel import until
from gateway.supervisor import COURIER_USER, METRICS_USER, NAMES_USER, SYSTEM_USER
from tests.e2e.scene import Scene
from tests.e2e.service import Service
from tests.fakediscord import FakeDiscord
from tests.lab import ETC_NETNS

BOT, GATEWAY, NAMES, METRICS, COURIER = 64011, 64012, 64013, 64014, 64015


@dataclass
class Up:
    """A supervisor, and the folder of its configuration."""

    service: Service
    folder: Path

    @property
    def pid(self) -> int:
        assert self.service.process
        return self.service.process.pid

    def children(self) -> dict[str, int]:
        """Return the process of each command of guildgate that it runs."""
        found = map(int, Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split())
        return {process_name(pid): pid for pid in found}

    def another(self, name: str) -> Service:
        """Return one more supervisor of the same configuration."""
        return Service(self.service.host, self.service.argv, self.folder / name, self.service.environ)


@asynccontextmanager
async def supervised(
    scene: Scene, discord: FakeDiscord, edit: Callable[[str, Path], str] = lambda config, folder: config
) -> AsyncIterator[Up]:
    """Run the supervisor, whose state is new, and yield when gateway and bot are ready.

    `edit` is given the configuration and its folder, and returns another one.
    """
    await scene.bot.stop()
    await scene.gateway.stop()
    before = Path(scene.gateway.argv[-1])
    folder = before.parent / "up"
    folder.mkdir()
    try:
        config = folder / "config.toml"
        config.write_text(edit(before.read_text().replace(f'"{before.parent}/', f'"{folder}/'), folder))
        (folder / "bot").mkdir(mode=0o700)
        shutil.chown(folder / "bot", BOT, BOT)
        up = Up(Service(scene.gateway.host, ("up", "--config", str(config)), folder / "log", scene.bot.environ), folder)
        sessions = discord.identified
        with system_users(scene.gateway.host.name):
            await up.service.start()
            try:
                await discord.ready(sessions + 1)
                await until(lambda: _is_socket(folder / "run/gateway.sock"), timeout_s=30)
                yield up
            finally:
                await up.service.stop()
    finally:
        shutil.rmtree(folder)


@contextmanager
def system_users(namespace: str) -> Iterator[None]:
    """Let processes that start in the namespace find the users that ./run makes."""
    passwd = ETC_NETNS / namespace / "passwd"
    others = [line for line in Path("/etc/passwd").read_text().splitlines() if not line.startswith(SYSTEM_USER)]
    users = {
        SYSTEM_USER: BOT,
        f"{SYSTEM_USER}-gateway": GATEWAY,
        NAMES_USER: NAMES,
        METRICS_USER: METRICS,
        COURIER_USER: COURIER,
    }
    ours = [f"{name}:x:{number}:{number}::/:/bin/false" for name, number in users.items()]
    passwd.write_text("\n".join([*others, *ours]) + "\n")
    try:
        yield
    finally:
        passwd.unlink()


def process_name(pid: int) -> str:
    """Return which command of guildgate the process runs."""
    match = re.search(rb"-m\0gateway\0(\w+)\0", Path(f"/proc/{pid}/cmdline").read_bytes())
    assert match
    return match[1].decode()


async def _is_socket(path: Path) -> bool:
    return path.is_socket()
