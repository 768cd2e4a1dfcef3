"""Five hundred actions at once on Discord: the time until the bot acknowledges them, and until it has answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from gateway.api.contract import Join
from gateway.keys import PrivateKey
from tests.bench.report import Figure, Report, Target
from tests.e2e.scene import ROOT, Scene, opened
from tests.fakediscord import Component, NotAnsweredError, Person, Reply
from tests.joining import PHONE

T = TypeVar("T")
MEMBERS = 100
KINDS = 5
ACK_S, TOKEN_S = 3, 900  # seconds that Discord allows
SLOW_S = 10


@dataclass(slots=True)
class Outcome:
    """Seconds from each interaction's beginning. A completion is acknowledged by its choices."""

    acknowledged: list[float] = field(default_factory=list)
    completed: list[float] = field(default_factory=list)
    late: list[str] = field(default_factory=list)


async def burst(folder: Path) -> Report:
    """Measure beside a prompt gateway, and beside one that takes ten seconds for each answer."""
    async with opened() as scene:
        friends = [scene.member(f"friend{number}", "Player") for number in range(MEMBERS)]
        admin = scene.member("admin", "Admin")
        for friend in friends:
            await _join(scene, friend)
        first, second = [(await admin.slash("peers")).button("Next") for _ in range(2)]
        found = {"prompt gateway": await _measure(friends, admin, first, 20_000, "join", "phone")}
        async with _slow(scene):
            found["10 s for each answer"] = await _measure(friends, admin, second, 30_000, "rotate", "pc")
    figures, targets = list[Figure](), list[Target]()
    for name, outcome in found.items():
        assert outcome.late == [], outcome.late[0]
        outcome.acknowledged.sort()
        figures.append(Figure.of(f"{name}: acknowledged after", "s", outcome.acknowledged))
        figures.append(Figure.of(f"{name}: answered after", "s", outcome.completed))
        targets += [
            Target(f"{name}: 95 % acknowledged", outcome.acknowledged[len(outcome.acknowledged) * 95 // 100], "s"),
            Target(f"{name}: the last acknowledged", outcome.acknowledged[-1], "s", bound=ACK_S),
            Target(f"{name}: the last answered", max(outcome.completed), "s", bound=TOKEN_S),
        ]
    return Report(
        f"{KINDS * MEMBERS} actions at once",
        f"{MEMBERS} members, all in the same moment: /status, /forward, /join, a completion, and a pressed button of "
        "an admin's list. Beside the slow gateway /rotate stands for /join. Both ask for the platform; at once *Phone* "
        "is pressed, which is answered by a new config with its QR code. Bot and gateway are the shipped processes; "
        "the fake Discord is in the benchmark's own and shares their cores. Measured there, from an event to the bot's "
        "request.",
        figures,
        targets,
    )


async def _measure(
    friends: Sequence[Person], admin: Person, next_page: Component, first_port: int, renewal: str, device: str
) -> Outcome:
    outcome, ports = Outcome(), [str(first_port + number) for number in range(len(friends))]

    async def one(act: Awaitable[T]) -> T:
        began = time.monotonic()
        reply = await act
        outcome.completed.append(time.monotonic() - began)
        outcome.acknowledged.append(reply.acknowledged_after if isinstance(reply, Reply) else outcome.completed[-1])
        return reply

    async def new_config(friend: Person) -> None:
        asked = await one(friend.slash(renewal, device=device, within=TOKEN_S))
        await one(friend.press(asked.button(PHONE), within=TOKEN_S))

    async def guarded(acting: Awaitable[object]) -> None:
        try:
            await acting
        except NotAnsweredError as error:
            outcome.late.append(str(error))

    acts: Sequence[Callable[[int, Person], Awaitable[object]]] = (
        lambda _, friend: one(friend.slash("status", within=TOKEN_S)),
        lambda n, friend: one(friend.slash("forward", port=ports[n], device="pc", within=TOKEN_S)),
        lambda _, friend: new_config(friend),
        lambda _, friend: one(friend.autocomplete("unforward", focused="port", within=TOKEN_S)),
        lambda _, friend: one(admin.press(next_page, within=TOKEN_S)),
    )
    await asyncio.gather(*(guarded(act(number, friend)) for number, friend in enumerate(friends) for act in acts))
    return outcome


async def _join(scene: Scene, friend: Person) -> None:
    key = PrivateKey.generate().public_key
    await scene.api.call(Join(actor=ROOT, device="pc", public_key=key, owner=str(friend.id), owner_name=friend.name))


@asynccontextmanager
async def _slow(scene: Scene) -> AsyncIterator[None]:
    """Put a proxy in the place of the gateway's socket, which passes each request on after a while."""
    path = scene.socket
    behind = path.with_name("behind.sock")
    carrying = set[asyncio.Task[Any]]()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        carrying.add(task)
        task.add_done_callback(carrying.discard)
        with closing(writer), suppress(asyncio.IncompleteReadError):  # a completion may leave before it asks
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            request = head + await reader.readexactly(length)
            await asyncio.sleep(SLOW_S)
            back, forth = await asyncio.open_unix_connection(behind)
            with closing(forth):
                forth.write(request)
                answer = await back.read()
            if not writer.is_closing():  # because the caller of a completion has left by then
                writer.write(answer)

    path.rename(behind)
    server = await asyncio.start_unix_server(carry, path)
    try:
        path.chmod(0o666)
        yield
    finally:
        server.close()
        await asyncio.gather(*carrying, return_exceptions=True)
        path.unlink(missing_ok=True)
        behind.rename(path)
