"""The lists that admins page through, and the policy that every member may see."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.admin import details, lists
from bot.admin.pages import Pick, Spot
from bot.core.render import length
from gateway.api.contract import AuditEntry, PolicyInfo
from gateway.config import PolicySection
from gateway.model import Duration, PortRange, Protocol
from tests.fakediscord import Person
from tests.joining import join
from tests.unit.bot.core.test_render import FORWARD, ONLINE, PEER, PLAYED, status
from tests.unit.bot.english import words
from tests.unit.bot.world import World, world
from tests.unit.builders import another
from tests.unit.fakes.host import NOW

Worlds = Callable[..., AbstractAsyncContextManager[World]]
NAMES = st.text(max_size=40)


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    return partial(world, tmp_path, monkeypatch)


async def crowd(w: World, count: int) -> tuple[Person, Person]:
    """Return an admin and a member; make `count` devices, each with a forward."""
    boss = w.discord.guild.add_member("boss", roles=["Admin"])
    anna = w.discord.guild.add_member("anna", roles=["Friends"])
    await join(anna)
    await anna.slash("forward", port="2000")
    (peer,), (forward,) = w.gate.desired.peers.values(), w.gate.desired.forwards.values()
    w.gate.desired = replace(
        w.gate.desired,
        peers={i: another(peer, i, owner=peer.owner if i == 0 else str(i), device=f"pc{i:02}") for i in range(count)},
        forwards={
            i: replace(forward, id=i, slot=i, peer_id=i, ports=PortRange(2000 + i, 2000 + i), label=f"{i}")
            for i in range(count)
        },
    )
    return boss, anna


def audited(count: int) -> list[AuditEntry]:
    return [
        AuditEntry(id=n, at=NOW, actor="1", actor_name="anna", action="join", subject=f"1/pc{n}.")
        for n in range(1, count + 1)
    ]


@pytest.mark.parametrize(("command", "first"), [("peers", "pc"), ("forwards", "20")])
async def test_a_list_is_turned_over_page_by_page(worlds: Worlds, command: str, first: str) -> None:
    """A page has ten rows, and each row is on one page. A button without a page to turn to is disabled."""
    async with worlds() as w:
        boss, _ = await crowd(w, 23)
        reply = await boss.slash(command)
        seen = []
        for number in (1, 2, 3):
            (embed,) = reply.embeds
            seen += [re.search(rf"{first}(\d\d)", name)[1] for name in embed.fields]  # type: ignore[index]
            assert embed.footer == words("list-page", number=number, last=3)
            assert reply.button("Previous").disabled == (number == 1)
            assert reply.button("Next").disabled == (number == 3)
            if number < 3:
                reply = await boss.press(reply.button("Next"))
        assert sorted(seen) == [f"{n:02}" for n in range(23)]
        reply = await boss.press(reply.button("Previous"))
        assert reply.embeds[0].footer == words("list-page", number=2, last=3)


async def test_pages_work_after_a_restart_and_when_the_list_got_shorter(worlds: Worlds) -> None:
    """The last present page is shown in place of one that is gone."""
    async with worlds() as w:
        boss, _ = await crowd(w, 31)
        reply = await boss.slash("peers")
        for _ in range(2):
            reply = await boss.press(reply.button("Next"))
        await w.stop()
        await w.start()
        w.gate.desired = replace(w.gate.desired, peers=dict(list(w.gate.desired.peers.items())[:15]), forwards={})
        reply = await boss.press(reply.button("Next"))
        assert reply.embeds[0].footer == words("list-page", number=2, last=2)
        assert len(reply.embeds[0].fields) == 5


@pytest.mark.parametrize("command", ["peers", "forwards"])
async def test_a_list_of_one_member_holds_no_other_members_rows(worlds: Worlds, command: str) -> None:
    """A list without rows says so, and a single page has no buttons."""
    async with worlds() as w:
        boss, anna = await crowd(w, 23)
        reply = await boss.slash(command, member=anna)
        assert len(reply.embeds[0].fields) == 1
        assert reply.buttons == []
        nothing = await boss.slash(command, member=boss)
        assert nothing.embeds[0].description in (words("peers-none"), words("forwards-none"))


async def test_a_row_of_the_devices_tells_their_state_and_masks_the_endpoint(worlds: Worlds) -> None:
    async with worlds() as w:
        boss, _ = await crowd(w, 1)
        ((_, text),) = (await boss.slash("peers")).embeds[0].fields.items()
        assert "203.0.•.•" in text
        assert "203.0.113.7" not in text
        (peer,) = w.gate.desired.peers.values()
        gone = replace(peer, suspended_at=NOW, expires_at=NOW + timedelta(days=1))
        w.gate.desired = replace(w.gate.desired, peers={peer.id: gone})
        ((title, text),) = (await boss.slash("peers")).embeds[0].fields.items()
        assert title == "⛔ pc00 · Anna"
        assert f"Cut off since <t:{NOW.timestamp():.0f}:R>" in text
        assert f"Ends <t:{NOW.timestamp() + 86400:.0f}:R>" in text
        assert "2000" in text


async def test_the_audit_log_is_read_from_the_newest_back(worlds: Worlds) -> None:
    """Turning forth and back loses no entry, although new ones arrive in between."""
    async with worlds() as w:
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        w.gate.audit = audited(25)
        reply = await boss.slash("audit")
        assert numbers(reply.embeds[0].description) == list(range(25, 15, -1))
        assert reply.button("Previous").disabled
        w.gate.audit = audited(28)
        reply = await boss.press(reply.button("Next"))
        assert numbers(reply.embeds[0].description) == list(range(15, 5, -1))
        reply = await boss.press(reply.button("Next"))
        assert numbers(reply.embeds[0].description) == [5, 4, 3, 2, 1]
        assert reply.button("Next").disabled
        for expected in (range(15, 5, -1), range(25, 15, -1), range(28, 18, -1)):
            reply = await boss.press(reply.button("Previous"))
            assert numbers(reply.embeds[0].description) == list(expected)
        assert reply.button("Previous").disabled


def numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"pc(\d+)\.", text)]


async def test_an_empty_audit_log_says_so(worlds: Worlds) -> None:
    async with worlds() as w:
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        assert (await boss.slash("audit")).embeds[0].description == words("audit-none")


async def test_lists_are_for_admins_only_even_by_an_old_button(worlds: Worlds) -> None:
    async with worlds() as w:
        boss, anna = await crowd(w, 11)
        w.gate.audit = audited(11)
        for command in ("peers", "forwards", "audit"):
            assert (await anna.slash(command)).content == words("admins-only")
            reply = await boss.slash(command)
            assert reply.ephemeral
            w.discord.guild.set_roles(boss, ["Friends"])
            pressed = await boss.press(reply.button("Next"))
            assert pressed.content == words("admins-only")
            w.discord.guild.set_roles(boss, ["Admin"])


async def test_every_member_may_see_the_policy(worlds: Worlds) -> None:
    async with worlds() as w:
        w.gate.policy = PolicySection(
            longest_forward=Duration(timedelta(days=2)), device_duration=Duration(timedelta(days=30))
        )
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        (embed,) = (await anna.slash("policy")).embeds
        words = " ".join(embed.fields.values())
        for part in (
            "Up to 3",
            "20 new ones in an hour",
            "4,096 connections open at once",
            "30 days",
            "Up to 5",
            "1024-60999",
            "100 ports",
            "12 hours",
            "2 days",
            "7 days",
        ):
            assert part in words
        assert "for 180 days. What your devices do on the Internet is not logged." in words


def test_forever_is_said_in_words() -> None:
    policy = PolicySection(forward_duration=Duration(None), suspended_for=Duration(None), audit_kept_for=Duration(None))
    values = {name: getattr(policy, name) for name in PolicyInfo.__dataclass_fields__}
    shown = " ".join(field.value or "" for field in lists.policy(words, PolicyInfo(**values)).fields)
    assert "Until you close it by default, as long as you like." in shown
    assert "Your devices are cut off, and kept." in shown
    assert "Admins can read what you change here." in shown


def test_members_are_told_that_flows_are_logged() -> None:
    limits = PolicyInfo(flow_log_for=Duration.parse("7d"))
    shown = " ".join(field.value or "" for field in lists.policy(words, limits).fields)
    assert "The addresses that your devices contact on the Internet are logged for 7 days." in shown


def size(embed: discord.Embed) -> int:
    """Return the size of an embed, at least as large as Discord's count; assert the limit of each part."""
    assert length(embed.description or "") <= 4096
    assert len(embed.fields) <= 25
    for field in embed.fields:
        assert 1 <= length(field.name or "") <= 256
        assert 1 <= length(field.value or "") <= 1024
    return sum(
        map(
            length,
            [
                embed.title or "",
                embed.description or "",
                embed.footer.text or "",
                *(f"{field.name}{field.value}" for field in embed.fields),
            ],
        )
    )


def test_an_entry_names_each_device_once() -> None:
    """This also holds for entries that are older than the peer_id of forwards."""
    unknown = replace(FORWARD, peer_id=0)
    forwards = (FORWARD, unknown, replace(unknown, device="laptop"), replace(unknown, owner="7", owner_name="Ben"))
    entry = AuditEntry(
        id=1, at=NOW, actor=FORWARD.owner, actor_name="Anna", action="expire", subject="", forwards=forwards
    )  # fmt: skip
    said = lists.audit(words, [entry], 1).embed.description or ""
    assert "on pc, laptop and 1 more" in said
    assert "pc of <@7>" in (lists.audit(words, [replace(entry, forwards=forwards[2:])], 1).embed.description or "")


def test_an_entry_names_the_system_user_that_asked() -> None:
    entry = AuditEntry(id=1, at=NOW, actor="1", actor_name="Anna", action="lan", subject="on", uid=0, reason="party")
    assert (lists.audit(words, [entry], 1).embed.description or "").endswith("(party; by root)")


@settings(max_examples=40)
@given(st.lists(st.tuples(NAMES, NAMES, NAMES), min_size=1, max_size=12))
def test_no_name_breaks_a_limit_or_becomes_a_mention(names: list[tuple[str, str, str]]) -> None:
    """Ten rows with the longest names fit into one embed."""
    peers = [
        replace(
            ONLINE,
            peer=replace(
                PEER, id=i, owner=owner, owner_name=owner * 3, device=device * 3, expires_at=NOW, suspended_at=NOW
            ),
        )
        for i, (owner, device, _) in enumerate(names)
    ]
    forwards = tuple(
        replace(
            PLAYED,
            refused=10**9,
            forward=replace(
                FORWARD, id=i, peer_id=i, owner=owner, owner_name=owner * 3, device=device * 3, label=label,
                expires_at=NOW,
                ports=PortRange(10000, 20000), to_port=30000, protocol=Protocol.BOTH,
            ),
        )
        for i, (owner, device, label) in enumerate(names)
    )  # fmt: skip
    entries = [
        AuditEntry(
            id=20 - i, at=NOW, actor=a, actor_name=a * 9, action=b, subject=c * 99, reason=c * 9, uid=(1 << 32) - 2,
            peers=tuple(row.peer for row in peers) if i % 2 else (), forwards=tuple(row.forward for row in forwards),
        )
        for i, (a, b, c) in enumerate(names)
    ]  # fmt: skip
    answer = status(*peers, forwards=forwards)
    pages = [
        lists.peers(words, answer, None, 0),
        lists.forwards(words, answer, None, 0),
        lists.audit(words, entries, 20),
    ]
    embeds = [
        *(page.embed for page in pages),
        details.device(words, peers[0], forwards, NOW, reveal=True),
        details.forward(words, forwards[0], "vps.example.org"),
        details.confirmation(words, peers * 9, forwards * 9, NOW),
    ]
    for embed in embeds:
        assert size(embed) <= 6000
        assert length(embed.title or "") <= 256
        assert not re.search(r"(?<!\\)<@(?!\d+>)", str(embed.to_dict()))
    for choice in (choice for page in pages for choice in page.choices):
        assert Pick(Spot("peers")).item("", [choice])
