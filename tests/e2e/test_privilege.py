"""The privileges of all four processes, when `guildgate up` runs them."""

from __future__ import annotations

import asyncio
import shutil
from functools import partial

import pytest

from gateway.host.privilege import Capability
from gateway.up import FOR_CHILDREN
from tests.e2e.scene import Scene, said
from tests.e2e.supervised import BOT, GATEWAY, supervised
from tests.fakediscord import FakeDiscord, Person
from tests.joining import join
from tests.privileges import Privileges, beside, privileges

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]

NET_ADMIN = 1 << Capability.NET_ADMIN
OF_SUPERVISOR = sum(1 << capability for capability in FOR_CHILDREN)


def of_user(number: int, capabilities: int) -> Privileges:
    """Return what a process has that took this user and keeps the same capabilities in each set."""
    return Privileges(frozenset({number}), frozenset({number}), (capabilities,) * 5, no_new_privs=True, seccomp=2)


async def test_each_process_has_the_privileges_that_it_needs_and_no_more(
    scene: Scene, discord: FakeDiscord, alice: Person
) -> None:
    async with supervised(scene, discord) as up:
        await join(alice)
        assert "pc" in said(await alice.slash("status"))
        ours = {name: privileges(pid) for name, pid in up.children().items()}
        assert ours == {"gateway": of_user(GATEWAY, NET_ADMIN), "bot": of_user(BOT, 0)}
        assert privileges(beside(up.pid, "wireguard-go")) == of_user(GATEWAY, NET_ADMIN)
        found = privileges(up.pid)
        assert found.users == {0}
        assert found.capabilities == (0, OF_SUPERVISOR, OF_SUPERVISOR, OF_SUPERVISOR, 0)
        assert (found.no_new_privs, found.seccomp) == (True, 2)
        await up.service.stop()
        assert up.service.complaints() == []
        assert "keeps" not in up.service.output


async def test_a_deleted_socket_and_its_deleted_folder_are_back_within_a_second(
    scene: Scene, discord: FakeDiscord, alice: Person
) -> None:
    """The gateway's user may not make the folder, so the supervisor does, with the owner that it had."""
    async with supervised(scene, discord) as up:
        path = up.folder / "run/gateway.sock"
        before = path.parent.stat()
        await join(alice)
        for damage in (path.unlink, partial(shutil.rmtree, path.parent)):
            damage()
            async with asyncio.timeout(10):
                while not path.is_socket():
                    await asyncio.sleep(0.02)
            assert "pc" in said(await alice.slash("status"))
        after = path.parent.stat()
        assert (after.st_uid, after.st_gid, after.st_mode) == (GATEWAY, before.st_gid, before.st_mode)
        await up.service.stop()
        assert up.service.complaints() == []
