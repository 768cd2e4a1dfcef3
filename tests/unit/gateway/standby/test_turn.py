"""Whether a machine may serve: by its addresses, by what its courier says, and by which state is the newest."""

from __future__ import annotations

import asyncio
import base64
import threading
from asyncio import Task
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from nacl.public import Box, PublicKey
from nacl.public import PrivateKey as BoxKey

from gateway.api.contract import Caller, GetPolicy
from gateway.api.pair import Stand, TakeCopy, Word
from gateway.api.signed import SIGNED
from gateway.backup.archive import DATABASE, TRUST
from gateway.errors import BadRequest, GatewayWaiting, HostProblem
from gateway.keys import PrivateKey
from gateway.standby.copy import seal
from gateway.standby.install import give_up
from gateway.standby.turn import SILENT_S, Turn
from gateway.state.copies import first_of
from gateway.state.schema import TERM, TERM_BEFORE
from gateway.state.store import Store
from gateway.trust import GatewayTrust
from tests.unit.builders import ALICE
from tests.unit.fakes.effects import Effects
from tests.unit.fakes.host import FakeHost
from tests.unit.gateway.api.signing import BOT, EU
from tests.unit.gateway.standby.test_install import a_copy, a_database

PATIENCE_S = 60.0  # for a busy machine
COURIER = Caller(uid=64015, is_trusted=False, only=SIGNED)
STANDBY = PrivateKey.generate()
REGION = GatewayTrust(region="eu", number=1, key=EU, bots=(BOT.public,))
SECOND = replace(REGION, key=STANDBY, of=EU.public_key)


class Host(FakeHost):
    """A host that has the address, or has not."""

    def __init__(self, *, has: bool = True) -> None:
        super().__init__(Effects())
        if not has:
            self.links["eth0"].addresses.clear()
        self.clock = 100.0

    def uptime(self) -> float:
        return self.clock


def a_turn(folder: Path, host: Host, trust: GatewayTrust = REGION) -> Turn:
    (address,) = (each.ip for each in FakeHost(Effects()).links["eth0"].addresses if each.version == 4)
    return Turn(address, folder, trust, host)


async def says(turn: Turn, word: Word) -> tuple[bool, bool]:
    standing = await turn.stand(Stand(actor=ALICE, word=word))
    return standing.serves, standing.wants


@asynccontextmanager
async def waiting_for(
    turn: Turn, make_room: Callable[[], Awaitable[object]] | None = None
) -> AsyncIterator[Task[None]]:
    """Let it wait for the length of the block."""

    async def none() -> None: ...

    over = asyncio.Event()
    waiting = asyncio.create_task(turn.wait(over, make_room or none))
    await asyncio.sleep(0)
    try:
        yield waiting
    finally:
        over.set()
        await waiting


async def begins(turn: Turn) -> None:
    """Wait until it does."""
    async with waiting_for(turn) as waiting, asyncio.timeout(PATIENCE_S):
        await asyncio.wait([waiting])


async def waits(turn: Turn, waiting: Task[None]) -> None:
    """Check that it goes on waiting, also after another look."""
    for _ in range(20):
        turn._woken.set()
        await asyncio.sleep(0.01)
    assert not waiting.done()


async def has_a_copy(turn: Turn, folder: Path, number: int = first_of(3) + 1) -> bool:
    sealed = base64.b64encode(seal(await a_copy(folder, number), EU, STANDBY.public_key)).decode()
    half = len(sealed) // 2
    for part, text in enumerate((sealed[:half], sealed[half:])):
        taken = await turn.take(TakeCopy(actor=ALICE, part=part, parts=2, text=text))
    return taken.is_kept


@pytest.mark.parametrize("has", [True, False])
@pytest.mark.parametrize("word", list(Word))
async def test_it_serves_with_the_address_and_the_lease_and_never_with_one_of_them(
    word: Word, has: bool, tmp_path: Path
) -> None:
    turn = a_turn(tmp_path, Host(has=has))
    assert await says(turn, word) == (False, has)
    if has and word is Word.OWN:
        await begins(turn)
    else:
        async with waiting_for(turn) as waiting:
            await waits(turn, waiting)


async def test_a_word_that_is_long_past_says_nothing(tmp_path: Path) -> None:
    turn = a_turn(tmp_path, host := Host())
    await says(turn, Word.OWN)
    host.clock += 10
    async with waiting_for(turn) as waiting:
        await waits(turn, waiting)


async def test_a_standby_needs_a_copy_and_goes_on_from_it(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    turn = a_turn(state, Host(), SECOND)
    assert await says(turn, Word.OWN) == (False, False)
    async with waiting_for(turn) as waiting:
        await waits(turn, waiting)
    assert await has_a_copy(turn, tmp_path / "made")
    assert not await has_a_copy(turn, tmp_path / "made again"), "the same number once more"
    assert await says(turn, Word.OWN) == (False, True)
    await begins(turn)
    turn.put_in_place()
    (state / TRUST).write_text(REGION.reveal())
    assert turn.trust == REGION
    assert await says(a_turn(state, Host(), SECOND), Word.FREE) == (False, True)


async def test_both_machines_know_the_mark_of_the_lease_and_a_standby_only_by_a_copy(tmp_path: Path) -> None:
    async def mark(turn: Turn) -> str:
        return (await turn.stand(Stand(actor=ALICE, word=Word.UNKNOWN))).mark

    (tmp_path / "state").mkdir()
    turn = a_turn(tmp_path / "state", Host(), SECOND)
    assert await mark(turn) == ""
    made = await a_copy(tmp_path / "made")
    files = {**made.content.files, TRUST: REGION.reveal().encode()}
    turn._kept.keep(seal(replace(made, content=replace(made.content, files=files)), EU, STANDBY.public_key))
    assert await mark(turn) == await mark(a_turn(tmp_path, Host())) == REGION.mark != ""
    (tmp_path / "state" / TRUST).write_text(replace(REGION, key=STANDBY).reveal())  # the region has had another key
    assert await mark(a_turn(tmp_path / "state", Host(), SECOND)) == REGION.mark


async def test_a_copy_that_comes_while_it_looks_for_one_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the last one that comes, when the other machine dies at that moment."""
    turn, goes_on = a_turn(tmp_path, Host(), SECOND), threading.Event()

    def look(_: Turn) -> bool:
        goes_on.wait(PATIENCE_S)
        return False

    monkeypatch.setattr(Turn, "_has_copy", look)
    looking = asyncio.create_task(says(turn, Word.OTHERS))
    await asyncio.sleep(0)
    assert await has_a_copy(turn, tmp_path)
    goes_on.set()
    await looking
    assert await says(turn, Word.OWN) == (False, True)


async def test_a_copy_that_another_key_made_is_not_taken_and_parts_come_in_their_order(tmp_path: Path) -> None:
    turn = a_turn(tmp_path, Host(), SECOND)
    forged = seal(await a_copy(tmp_path / "made"), PrivateKey.generate(), STANDBY.public_key)
    text = base64.b64encode(forged).decode()
    for content in (text, "?" * 8):
        assert not (await turn.take(TakeCopy(actor=ALICE, part=0, parts=1, text=content))).is_kept
    for part, parts in ((1, 2), (-1, 1), (0, 0), (0, 100_000)):
        with pytest.raises(BadRequest):
            await turn.take(TakeCopy(actor=ALICE, part=part, parts=parts, text="x"))
    assert await says(turn, Word.OWN) == (False, False)


async def test_a_copy_that_the_machine_made_itself_is_not_taken_when_the_bus_brings_it_back(tmp_path: Path) -> None:
    """A standby that served has the region's key, and copies for the machine that was first are sealed for that."""
    turn, other, made = a_turn(tmp_path, Host(), SECOND), PrivateKey.generate(), await a_copy(tmp_path / "made")
    (tmp_path / TRUST).write_text(REGION.reveal())
    for maker, is_kept in ((STANDBY, False), (other, True)):
        sealed = seal(replace(made, maker=maker.public_key), EU, EU.public_key)
        text = base64.b64encode(sealed).decode()
        assert (await turn.take(TakeCopy(actor=ALICE, part=0, parts=1, text=text))).is_kept == is_kept


async def test_a_machine_that_made_way_does_not_go_back_to_the_copy_that_it_once_went_on_from(tmp_path: Path) -> None:
    """Its courier or the bus only has to say that the other machine serves, and then that it serves itself."""
    turn = a_turn(tmp_path, Host())
    old = replace(await a_copy(tmp_path / "made", first_of(2) + 7), maker=STANDBY.public_key)
    assert turn._kept.keep(seal(old, EU, EU.public_key))
    await a_database(tmp_path, ALICE, **{TERM: "4", TERM_BEFORE: "2"})
    give_up(tmp_path)
    turn.put_in_place()
    async with Store.open(tmp_path / DATABASE) as store:
        assert [peer.owner for peer in (await store.load()).peers.values()] == [ALICE.id]


async def test_without_a_bus_the_one_that_served_last_goes_on_alone(tmp_path: Path) -> None:
    await a_database(tmp_path, ALICE, **{TERM: "3"})
    turn = a_turn(tmp_path, host := Host())
    async with waiting_for(turn) as waiting, asyncio.timeout(PATIENCE_S):
        await waits(turn, waiting)
        host.clock += SILENT_S + 1
        await asyncio.wait([waiting])


async def test_without_a_bus_none_goes_on_that_knows_of_a_newer_state(tmp_path: Path) -> None:
    """The other machine served since, or sent a copy."""
    for name in ("gave up", "got a copy"):
        state = tmp_path / name
        state.mkdir()
        await a_database(state, ALICE, **{TERM: "2"})
        turn = a_turn(state, host := Host(), SECOND if name == "got a copy" else REGION)
        if name == "gave up":
            give_up(state)
        else:
            (state / TRUST).write_text(REGION.reveal())
            assert await has_a_copy(turn, tmp_path / "made")
        async with waiting_for(turn) as waiting:
            host.clock += SILENT_S + 1
            await waits(turn, waiting)


async def test_it_makes_room_once_when_the_other_machine_serves_and_tries_again_when_that_fails(tmp_path: Path) -> None:
    turn, tries = a_turn(tmp_path, Host()), list[int]()

    async def make_room() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise GatewayWaiting(what="a lock")

    async with waiting_for(turn, make_room) as waiting:
        await says(turn, Word.OTHERS)
        await waits(turn, waiting)
    assert len(tries) == 2


async def test_a_machine_that_serves_makes_way_only_for_another_that_has_the_lease(tmp_path: Path) -> None:
    turn, made_way = a_turn(tmp_path, Host()), list[int]()
    with turn.taken(lambda: made_way.append(1)):
        for word in (Word.OWN, Word.FREE, Word.UNKNOWN):
            assert await says(turn, word) == (True, True)
        assert not made_way
        await says(turn, Word.OTHERS)
    assert made_way
    assert (await says(turn, Word.OTHERS))[0] is False


async def test_while_it_waits_only_the_courier_and_root_are_answered(tmp_path: Path) -> None:
    turn = a_turn(tmp_path, Host())
    assert await turn.handle(COURIER, Stand(actor=ALICE, word=Word.FREE))
    for caller, request in (
        (COURIER, GetPolicy(actor=ALICE)),
        (Caller(uid=1000, is_trusted=False), Stand(actor=ALICE, word=Word.OWN)),
        (Caller(uid=0, is_trusted=True), GetPolicy(actor=ALICE)),
    ):
        with pytest.raises(GatewayWaiting, match=r"203\.0\.113\.1"):
            await turn.handle(caller, request)
    assert turn._word is Word.FREE


async def test_it_does_not_go_on_from_its_own_state_when_a_copy_is_there_that_it_cannot_read(tmp_path: Path) -> None:
    await a_database(tmp_path, ALICE, **{TERM: "3"})
    turn = a_turn(tmp_path, Host())
    sealed = seal(replace(await a_copy(tmp_path / "made"), maker=STANDBY.public_key), EU, EU.public_key)
    assert turn._kept.keep(sealed)
    (tmp_path / "copy.sealed").write_bytes(
        Box(BoxKey(EU.raw), PublicKey(EU.public_key.raw)).encrypt(b"guildgate-copy-9")
    )
    with pytest.raises(HostProblem, match="holds a copy that cannot be used"):
        turn.put_in_place()
