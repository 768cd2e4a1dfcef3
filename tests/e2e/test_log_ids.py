"""One id from a slash command to the kernel's change, in text and as JSON."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pytest

from gateway.demo.tunnel import until
from tests.e2e.scene import Scene
from tests.e2e.supervised import supervised
from tests.fakediscord import FakeDiscord, Person
from tests.joining import join as add

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]


async def test_an_interaction_and_what_the_gateway_changed_have_one_id(scene: Scene, alice: Person) -> None:
    ident = (await add(alice)).interaction.id

    async def logged() -> bool:
        return f"(request {ident}" in scene.bot.output and f"(request {ident}-" in scene.gateway.output

    await until(logged, timeout_s=60)
    assert re.search(
        rf"INFO bot: join:windows:full:46::pc by {alice.id} \(request {ident}\)$", scene.bot.output, re.MULTILINE
    )
    made = rf"INFO gateway: join by {alice.id} .*: {alice.id}/pc \(request {ident}-[0-9a-f]{{8}}\)$"
    assert re.search(made, scene.gateway.output, re.MULTILINE)


async def test_json_of_all_processes_has_the_same_id(scene: Scene, discord: FakeDiscord, alice: Person) -> None:
    def as_json(config: str, folder: Path) -> str:
        return config.replace("[gateway]\n", '[gateway]\nlog_format = "json"\n')

    async with supervised(scene, discord, as_json) as up:
        ident = (await add(alice)).interaction.id

        async def logged() -> bool:
            return f'"request": "{ident}-' in up.service.output

        await until(logged, timeout_s=60)
        os.kill(up.children()["bot"], signal.SIGKILL)  # of which the supervisor tells

        async def told() -> bool:
            return "starting it again" in up.service.output

        await until(told, timeout_s=60)
        entries = [json.loads(line) for line in up.service.output.splitlines()]
    assert {entry["process"] for entry in entries} == {"guildgate", "gateway", "bot"}
    found = {(entry["process"], entry["message"].split(" by ")[0]) for entry in entries if entry.get("request")}
    assert {("bot", "join:windows:full:46::pc"), ("gateway", "join")} <= found
