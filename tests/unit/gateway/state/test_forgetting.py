"""A forgotten member: what goes, what stays, and what no file holds any more."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gateway.api.contract import Actor, AuditEntry, GetAudit, GetStatus, Rename, Revoke, Suspend
from gateway.api.forgetting import Erasure, Forget, GetErasures
from gateway.api.holders import FindHolders
from gateway.config import Config, PolicySection
from gateway.errors import AdminsOnly, NotErased, NothingStored, NotSaved, RootOnly
from gateway.model import Duration
from gateway.state.forgetting import NO_DEVICE, Person, Texts
from gateway.state.operations import Operations
from gateway.state.reconciler import Reconciler
from gateway.state.store import Store
from tests.unit.builders import ADMIN, BOB, BOTS_USER, NOW, ROOT
from tests.unit.fakes.kernel import FakeKernel
from tests.unit.running import KEY, PORT, Running, a_join, a_kernel

DORA = Actor(id="271828182845904523", name="Dora Dörfler")
CHIEF = Actor(id="314159265358979323", name="Chief", is_admin=True)
PLACE = "198.51.100.7:40007"
TRACES = (DORA.id, "Dora", "D\\u00f6rfler", "Dörfler", "doras-tower", "doras-phone", PLACE)


@pytest.fixture
async def operations(tmp_path: Path) -> AsyncIterator[Operations]:
    """Yield operations with the shipped database."""
    async with Store.open(tmp_path / "guildgate.db") as store:
        made = operations_on(store, a_kernel(), Config())
        await made._state.start()
        yield made


def operations_on(store: Store, kernel: FakeKernel, config: Config) -> Operations:
    return Operations(config, KEY, store, kernel, Reconciler(config, store, kernel))


async def audit(gateway: Running | Operations) -> list[AuditEntry]:
    handle = gateway.ask if isinstance(gateway, Running) else partial(gateway.handle, ROOT)
    page: Any = await handle(GetAudit(actor=ADMIN, limit=100))
    return list(page.entries)


def held(folder: Path, *words: str) -> set[str]:
    """Return the words that a file of the folder holds anywhere, also where the database has deleted them."""
    raw = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    return {word for word in words if word.encode() in raw}


async def live(operations: Operations) -> None:
    """Let a member do everything that leaves a trace, also in what an admin does to the member."""
    handle = partial(operations.handle, ROOT)
    await handle(a_join("doras-tower", "r1", DORA))
    for key in operations._kernel.wireguard.peers:  # type: ignore[attr-defined]
        operations._kernel.wireguard.seen(key, endpoint=PLACE)  # type: ignore[attr-defined]
    await handle(GetStatus(actor=ADMIN, everyone=True))
    await operations._state.save_endpoints()
    await handle(a_join("bobs", "r2", BOB))
    await handle(replace(PORT, actor=DORA, request_id="r3", label="Dora plays"))
    await handle(Rename(actor=DORA, device="doras-tower", new_name="doras-phone", request_id="r4"))
    await handle(Suspend(actor=CHIEF, owner=DORA.id, suspended=True, reason="Dora Dörfler was rude"))
    await handle(Suspend(actor=CHIEF, owner=DORA.id, suspended=False))
    await handle(Suspend(actor=CHIEF, owner=BOB.id, suspended=True, reason="asked by dora dörfler"))
    await handle(Revoke(actor=replace(DORA, is_admin=True), owner=BOB.id, request_id="r5"))


async def test_no_byte_of_the_database_holds_a_forgotten_member(operations: Operations, tmp_path: Path) -> None:
    await live(operations)
    assert held(tmp_path, *TRACES) >= {DORA.id, "Dora", "doras-tower", "doras-phone", PLACE}
    before = await audit(operations)
    answer = await operations.handle(ROOT, Forget(actor=ADMIN, member=DORA.id, request_id="r9"))
    assert held(tmp_path, *TRACES) == set()
    assert held(tmp_path, CHIEF.id, CHIEF.name, BOB.id, "bobs", answer.alias) == {  # type: ignore[attr-defined]
        CHIEF.id, CHIEF.name, BOB.id, "bobs", answer.alias  # type: ignore[attr-defined]
    }  # fmt: skip
    after = await audit(operations)
    assert [(one.id, one.at, one.action) for one in after[1:]] == [(one.id, one.at, one.action) for one in before]


async def test_the_history_of_a_forgotten_member_can_still_be_read(operations: Operations) -> None:
    """The same alias stands for the member as actor, owner and subject."""
    await live(operations)
    alias = (await operations.handle(ROOT, Forget(actor=ADMIN, member=DORA.id))).alias  # type: ignore[attr-defined]
    forget, revoke, bobs, restore, suspend, rename, forward, _, join = await audit(operations)
    assert (forget.action, forget.actor, forget.subject) == ("forget", ADMIN.id, alias)
    assert [(closed.owner, closed.device, str(closed.ports)) for closed in forget.forwards] == [
        (alias, NO_DEVICE, "25565")
    ]
    assert (revoke.actor, revoke.actor_name, revoke.subject) == (alias, alias, f"{BOB.id}/bobs")
    assert (bobs.actor, bobs.reason) == (CHIEF.id, "")
    assert (suspend.actor, suspend.actor_name, suspend.reason) == (CHIEF.id, CHIEF.name, "")
    for entry in (restore, suspend, rename, forward, join):
        assert entry.subject == f"{alias}/{NO_DEVICE}"
        assert {peer.owner for peer in entry.peers} == {alias}
        assert not any(peer.public_key.raw.strip(b"\0") for peer in entry.peers)


async def test_a_forgotten_members_devices_are_gone_as_after_a_revocation(gateway: Running) -> None:
    await gateway.ask(a_join(actor=DORA))
    await gateway.ask(a_join(actor=BOB))
    await gateway.ask(replace(PORT, actor=DORA))
    answer = await gateway.ask(Forget(actor=ADMIN, member=DORA.id))
    assert (answer.devices, answer.forwards) == (1, 1)
    assert [peer.owner for peer in gateway.state.desired.peers.values()] == [BOB.id]
    assert gateway.state.desired.forwards == {}
    assert gateway.differences() == []


async def test_a_taken_over_bot_has_no_member_forgotten_and_asks_for_no_flows(gateway: Running) -> None:
    """It would hide what it did, or learn what members do on the Internet."""
    await gateway.ask(a_join(actor=DORA))
    for request in (Forget(actor=ADMIN, member=DORA.id), FindHolders(actor=ADMIN, port=80, at=NOW)):
        with pytest.raises(RootOnly):
            await gateway.ask(request, BOTS_USER)
    assert gateway.state.desired.peers
    assert [entry.actor for entry in await audit(gateway)] == [DORA.id]


async def test_a_forgotten_system_user_is_not_named_by_its_number(gateway: Running) -> None:
    await gateway.ask(a_join(actor=Actor(id=f"uid:{BOTS_USER.uid}", name="sam", is_admin=True)), BOTS_USER)
    await gateway.ask(a_join(actor=BOB))
    await gateway.ask(Forget(actor=ADMIN, member=f"uid:{BOTS_USER.uid}"))
    assert [entry.uid for entry in await audit(gateway)] == [0, 0, None]


async def test_only_an_admin_has_a_member_forgotten(gateway: Running) -> None:
    await gateway.ask(a_join(actor=DORA))
    for request in (Forget(actor=DORA, member=DORA.id), GetErasures(actor=DORA)):
        with pytest.raises(AdminsOnly):
            await gateway.ask(request)
    assert gateway.state.desired.peers


async def test_a_name_that_nothing_is_stored_of_is_refused(gateway: Running) -> None:
    """An id of Discord is taken all the same, because the bot may store something of a stranger."""
    with pytest.raises(NothingStored):
        await gateway.ask(Forget(actor=ADMIN, member="dora"))
    answer = await gateway.ask(Forget(actor=ADMIN, member=DORA.id))
    assert (answer.devices, answer.forwards) == (0, 0)


async def test_a_member_without_a_device_is_forgotten_by_the_id_in_the_audit_log(gateway: Running) -> None:
    carl = Actor(id="carl", name="Carl")
    await gateway.ask(a_join(actor=carl))
    await gateway.ask(Revoke(actor=carl))
    await gateway.ask(Forget(actor=ADMIN, member="carl"))
    assert {entry.actor for entry in await audit(gateway)} & {"carl"} == set()
    with pytest.raises(NothingStored):
        await gateway.ask(Forget(actor=ADMIN, member="carl"))


async def test_what_the_database_refuses_half_way_forgets_nothing(gateway: Running) -> None:
    await gateway.ask(a_join(actor=DORA))
    gateway.kernel.effects.refuse("database: UPDATE audit SET")
    with pytest.raises(NotSaved):
        await gateway.ask(Forget(actor=ADMIN, member=DORA.id))
    assert [peer.owner for peer in gateway.state.desired.peers.values()] == [DORA.id]
    assert [entry.actor for entry in await audit(gateway)] == [DORA.id]
    assert gateway.differences() == []


async def test_while_another_program_reads_the_database_the_admin_is_told(
    operations: Operations, tmp_path: Path
) -> None:
    """The member is forgotten, and running it again cleans the file."""
    await live(operations)
    with closing(sqlite3.connect(tmp_path / "guildgate.db")) as reader:
        await operations._store._do("PRAGMA busy_timeout=50")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM audit").fetchall()
        with pytest.raises(NotErased):
            await operations.handle(ROOT, Forget(actor=ADMIN, member=DORA.id))
    await operations.handle(ROOT, Forget(actor=ADMIN, member=DORA.id))
    assert held(tmp_path, *TRACES) == set()


async def test_the_bot_is_asked_until_it_has_forgotten_and_the_id_is_not_stored_for_it(gateway: Running) -> None:
    answer = await gateway.ask(Forget(actor=ADMIN, member=DORA.id))
    (owed,) = (await gateway.ask(GetErasures(actor=ADMIN))).erasures
    assert (owed.alias, owed.is_of(DORA.id), owed.is_of(BOB.id)) == (answer.alias, True, False)
    assert DORA.id not in f"{owed}"
    assert (await gateway.ask(GetErasures(actor=ADMIN, done=(owed.alias,)))).erasures == ()


async def test_two_forgotten_members_cannot_be_compared(gateway: Running) -> None:
    """The salt and the alias are new each time."""
    first, second = [await gateway.ask(Forget(actor=ADMIN, member=DORA.id)) for _ in range(2)]
    owed = (await gateway.ask(GetErasures(actor=ADMIN))).erasures
    assert first.alias != second.alias
    assert len({erasure.digest for erasure in owed}) == 2
    assert Erasure.of(DORA.id, first.alias, "salt").digest not in {erasure.digest for erasure in owed}


async def test_the_audit_log_keeps_entries_as_long_as_the_policy_says(gateway: Running) -> None:
    """The newest stays, because its number must not be given again."""
    policy = PolicySection(audit_kept_for=Duration.parse("30d"))
    operations = Operations(Config(policy=policy), KEY, gateway.store, gateway.kernel, gateway.state)
    for name in ("a", "b", "c"):
        await gateway.ask(a_join(name, name))
        gateway.kernel.host.time += timedelta(days=20)
    await operations.changes.prune()
    assert [entry.id for entry in await audit(gateway)] == [3]
    assert await gateway.store._rows("SELECT * FROM requests") == []
    gateway.kernel.host.time += timedelta(days=20)
    await operations.changes.prune()
    assert [entry.id for entry in await audit(gateway)] == [3]
    forever = Operations(
        Config(policy=PolicySection(audit_kept_for=Duration(None))), KEY, gateway.store, gateway.kernel, gateway.state
    )
    await gateway.ask(a_join("d", actor=BOB))
    gateway.kernel.host.time += timedelta(days=3000)
    await forever.changes.prune()
    assert [entry.id for entry in await audit(gateway)] == [4, 3]


async def test_what_the_bot_never_confirms_is_dropped_in_the_end(gateway: Running) -> None:
    await gateway.ask(Forget(actor=ADMIN, member=DORA.id))
    gateway.kernel.host.time += timedelta(days=91)
    await gateway.operations.changes.prune()
    assert (await gateway.ask(GetErasures(actor=ADMIN))).erasures == ()


@pytest.mark.parametrize(
    ("subject", "after"),
    [
        ("7/pc", "x/device"),
        ("17/pc", "17/pc"),
        ("17/pc, 7/pc, 7/phone", "17/pc, x/device, x/device"),
        ("7/pc, the second", "x/device"),
        ("25565, 7/pc", "25565, x/device"),
        ("7", "x"),
        ("203.0.113.7", "203.0.113.7"),
        ("25567", "25567"),
    ],
)
def test_only_the_member_is_replaced_in_a_subject(subject: str, after: str) -> None:
    detail = {"peers": [{"owner": "7", "owner_name": "sam", "device": "pc, the second"}]}
    assert Person("7", "x").forgotten(Texts("1", "y", subject, detail)).subject == after


def test_another_member_of_the_same_name_keeps_it() -> None:
    detail = {"peers": [{"owner": "8", "owner_name": "sam", "device": "sam"}], "reason": "samuel"}
    texts = Texts("8", "sam", "8/sam", detail)
    assert Person("7", "x", frozenset({"sam"})).forgotten(texts) == texts
