"""Revoking, details and closing by admins: nothing goes that was not shown, and a late button tells the truth."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from gateway.api.contract import AuditEntry, ForwardInfo, PeerInfo, Revoke
from gateway.model import PortRange
from tests.fakediscord import CannotInvokeError, Person, Reply, select
from tests.joining import join
from tests.unit.bot.english import words
from tests.unit.bot.world import World, world
from tests.unit.fakes.host import NOW

Worlds = Callable[..., AbstractAsyncContextManager[World]]
ADDRESS = "203.0.113.7"


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    return partial(world, tmp_path, monkeypatch)


async def people(w: World) -> tuple[Person, Person]:
    """Return an admin, and a member with the devices pc and phone and with Minecraft on the pc."""
    boss = w.discord.guild.add_member("boss", roles=["Admin"])
    anna = w.discord.guild.add_member("anna", roles=["Friends"])
    await join(anna, device="pc")
    await join(anna, device="phone")
    await anna.slash("forward", port="minecraft", device="pc")
    return boss, anna


def devices(w: World) -> set[str]:
    return {peer.device for peer in w.gate.desired.peers.values()}


def revocations(w: World) -> int:
    return sum(isinstance(request, Revoke) for request in w.gate.asked)


async def choose(person: Person, reply: Reply, label: str) -> Reply:
    """Choose the option with this label from the menu."""
    menu = select(reply.message)
    (value,) = [each["value"] for each in menu.raw["options"] if label in each["label"]]
    return await person.select(menu, value)


async def test_revoke_shows_what_will_go_before_anything_goes(worlds: Worlds) -> None:
    """The answer, which only the admin sees, lists devices with mode and age, and ports with their connections."""
    async with worlds() as w:
        boss, anna = await people(w)
        reply = await boss.slash("revoke", member=anna)
        (embed,) = reply.embeds
        assert reply.ephemeral
        assert embed.title == "Revoke 2 devices of Anna?"
        for part in ("**pc**, full mode", "**phone**", f"<t:{NOW.timestamp():.0f}:R>", "25565/tcp", "1 connection"):
            assert part in embed.description
        assert devices(w) == {"pc", "phone"}
        assert [button.label for button in reply.buttons] == ["Revoke", "Cancel"]
        assert reply.button("Revoke").raw["style"] == 4
        done = await boss.press(reply.button("Revoke"))
        assert "Removed 2 devices of Anna." in done.content
        assert (done.buttons, done.embeds, devices(w)) == ([], [], set())


async def test_cancelling_takes_nothing_away(worlds: Worlds) -> None:
    async with worlds() as w:
        boss, anna = await people(w)
        reply = await boss.press((await boss.slash("revoke", member=anna)).button("Cancel"))
        assert (reply.content, reply.buttons, reply.embeds) == (words("revoke-cancelled"), [], [])
        assert devices(w) == {"pc", "phone"}


async def new_device(anna: Person) -> None:
    await join(anna, device="deck")


async def new_port(anna: Person) -> None:
    await anna.slash("forward", port="2000", device="pc")


async def device_left(anna: Person) -> None:
    await anna.slash("leave", device="pc")


@pytest.mark.parametrize("change", [new_device, new_port, device_left])
async def test_a_change_before_the_confirmation_is_shown_and_asked_again(
    worlds: Worlds, change: Callable[[Person], Awaitable[None]]
) -> None:
    """This also holds when the bot was away in between."""
    async with worlds() as w:
        boss, anna = await people(w)
        asked = await boss.slash("revoke", member=anna)
        await change(anna)
        before = devices(w)
        await w.stop()
        await w.start()
        again = await boss.press(asked.button("Revoke"))
        assert words("revoke-changed") in again.content
        assert (devices(w), revocations(w)) == (before, int(change is device_left))
        done = await boss.press(again.button("Revoke"))
        assert "**Removed " in done.content
        assert devices(w) == set()


async def test_a_device_that_was_not_asked_about_does_not_matter(worlds: Worlds) -> None:
    """The named device goes, although the member has added another one."""
    async with worlds() as w:
        boss, anna = await people(w)
        asked = await boss.slash("revoke", member=anna, device=" PHONE ")
        assert asked.embeds[0].title == "Revoke 1 device of Anna?"
        await new_device(anna)
        await boss.press(asked.button("Revoke"))
        assert devices(w) == {"pc", "deck"}


async def test_two_admins_that_confirm_at_once_are_both_told_the_truth(worlds: Worlds) -> None:
    """The devices go once; the second admin reads that nothing is left."""
    async with worlds() as w:
        boss, anna = await people(w)
        other = w.discord.guild.add_member("other", roles=["Admin"])
        first, second = [await person.slash("revoke", member=anna) for person in (boss, other)]
        replies = await asyncio.gather(boss.press(first.button("Revoke")), other.press(second.button("Revoke")))
        said = sorted(reply.content for reply in replies)
        assert said[1] == words("revoke-devices-gone")
        assert said[0].startswith("**Removed 2 devices")


async def test_a_late_confirmation_takes_no_newer_device(worlds: Worlds) -> None:
    """A member that was revoked and joined again keeps the new device until it is shown and confirmed."""
    async with worlds() as w:
        boss, anna = await people(w)
        old, one = await boss.slash("revoke", member=anna), await boss.slash("revoke", member=anna, device="pc")
        await boss.press((await boss.slash("revoke", member=anna)).button("Revoke"))
        await join(anna, device="pc")
        assert words("revoke-changed") in (await boss.press(old.button("Revoke"))).content
        assert (await boss.press(one.button("Revoke"))).content == words("revoke-device-gone")
        assert devices(w) == {"pc"}


async def test_revoking_a_member_without_devices_offers_no_button(worlds: Worlds) -> None:
    """The answer is a sentence, also for an unknown device. A member that left the server can still be revoked."""
    async with worlds() as w:
        boss, anna = await people(w)
        nothing = await boss.slash("revoke", member=boss)
        assert nothing.content == words("revoke-nothing", member="Boss")
        unknown = await boss.slash("revoke", member=anna, device="toaster")
        assert "no device called toaster" in unknown.content
        assert nothing.buttons == unknown.buttons == []
        w.discord.guild.remove_member(anna)
        await boss.press((await boss.slash("revoke", member=anna)).button("Revoke"))
        assert devices(w) == set()


async def test_a_former_admin_confirms_nothing(worlds: Worlds) -> None:
    async with worlds() as w:
        boss, anna = await people(w)
        asked = await boss.slash("revoke", member=anna)
        w.discord.guild.set_roles(boss, ["Friends"])
        assert (await boss.press(asked.button("Revoke"))).content == words("admins-only")
        assert devices(w) == {"pc", "phone"}


async def test_a_row_of_the_devices_leads_to_its_details_and_back(worlds: Worlds) -> None:
    """The endpoint is masked until the admin asks for it. Revoking from there asks as `/revoke` does."""
    async with worlds() as w:
        boss, anna = await people(w)
        chosen = await choose(boss, await boss.slash("peers", member=anna), "pc")
        (embed,) = chosen.embeds
        assert embed.title == "🟢 pc · Anna"
        assert embed.description == anna.mention
        assert embed.fields[words("detail-endpoint-field")] == "203.0.•.•"
        assert ADDRESS not in chosen.text
        shown = await boss.press(chosen.button("Show address"))
        assert ADDRESS in shown.embeds[0].fields[words("detail-endpoint-field")]
        assert shown.ephemeral
        asked = await boss.press(shown.button("Revoke…"))
        assert asked.embeds[0].title == "Revoke 1 device of Anna?"
        listed = await boss.press(shown.button("Back"))
        assert list(listed.embeds[0].fields) == ["🟢 pc · Anna", "🟢 phone · Anna"]
        await boss.press(asked.button("Revoke"))
        assert devices(w) == {"phone"}
        gone = await choose(boss, listed, "pc")
        assert gone.content == words("revoke-device-gone")
        assert list(gone.embeds[0].fields) == ["🟢 phone · Anna"]


async def test_a_port_is_closed_with_one_more_press_and_the_list_is_back(worlds: Worlds) -> None:
    """It can be chosen from its device's ports, and the buttons work after a restart."""
    async with worlds() as w:
        boss, anna = await people(w)
        device = await choose(boss, await boss.slash("peers"), "pc")
        port = await choose(boss, device, "25565")
        assert port.embeds[0].fields[words("detail-game-field")] == "Minecraft (Java)"
        await w.stop()
        await w.start()
        asked = await boss.press(port.button("Close…"))
        assert asked.content == words("list-close")
        kept = await boss.press(asked.button("Keep it"))
        assert (kept.content, len(w.gate.desired.forwards)) == ("", 1)
        asked = await boss.press(kept.button("Close…"))
        sure = asked.button("Close it")
        closed = await boss.press(sure)
        assert "**Closed.**" in closed.content
        assert closed.embeds[0].title == "🟢 pc · Anna"
        assert not w.gate.desired.forwards
        assert anna.dms == []


async def test_a_port_that_was_closed_before_the_click_is_said_to_be(worlds: Worlds) -> None:
    """This holds for each button."""
    async with worlds() as w:
        boss, anna = await people(w)
        for label in ("Close…", "Extend"):
            port = await choose(boss, await boss.slash("forwards"), "25565")
            button = port.button(label)
            await anna.slash("unforward", port="25565")
            late = await boss.press(button)
            assert late.content == words("list-port-gone")
            assert late.embeds[0].title == words("forwards-title")
            await anna.slash("forward", port="minecraft", device="pc")


async def test_a_port_is_extended_by_the_usual_time(worlds: Worlds) -> None:
    """A port that stays open for ever cannot be extended."""
    async with worlds() as w:
        boss, _ = await people(w)
        port = await choose(boss, await boss.slash("forwards"), "25565")
        w.gate.now += timedelta(hours=1)
        extended = await boss.press(port.button("Extend"))
        (forward,) = w.gate.desired.forwards.values()
        assert forward.expires_at == w.gate.now + timedelta(hours=12)
        assert extended.content.startswith("**Extended.**")
        w.gate.desired = replace(w.gate.desired, forwards={forward.id: replace(forward, expires_at=None)})
        forever = await choose(boss, await boss.press(extended.button("Back")), "25565")
        assert [button.label for button in forever.buttons] == ["Close…", "Back"]


async def test_the_devices_are_filtered_by_their_state(worlds: Worlds) -> None:
    """Each device is in one state, and the buttons of a filtered list keep the filter."""
    async with worlds() as w:
        boss, anna = await people(w)
        peers = w.gate.desired.peers
        phone = w.gate.device("phone")
        w.gate.desired = replace(w.gate.desired, peers={**peers, phone.id: replace(phone, suspended_at=NOW)})
        for state, found in (("suspended", ["⛔ phone · Anna"]), ("connected", ["🟢 pc · Anna"]), ("never", [])):
            reply = await boss.slash("peers", state=state, member=anna)
            assert list(reply.embeds[0].fields) == found
        chosen = await choose(boss, await boss.slash("peers", state="suspended"), "phone")
        assert chosen.embeds[0].fields[words("detail-state-field")] == words("state-suspended")
        back = await boss.press(chosen.button("Back"))
        assert list(back.embeds[0].fields) == ["⛔ phone · Anna"]


async def test_the_ports_are_filtered_by_game_or_port(worlds: Worlds) -> None:
    """A port opened by number also counts for the game that usually has it. Suggestions are the open ports."""
    async with worlds() as w:
        boss, anna = await people(w)
        await anna.slash("forward", port="2456-2458/udp", device="phone")
        found = {"minecraft": "25565", "25565": "25565", "25565/udp": None, "valheim": "2456", "2457": "2456"}
        for port, expected in found.items():
            fields = (await boss.slash("forwards", port=port)).embeds[0].fields
            assert [name.split("-")[0].split()[0] for name in fields] == [expected] * bool(expected)
        choices = {choice.value for choice in await boss.autocomplete("forwards", focused="port")}
        assert choices == {"minecraft", "25565/tcp", "2456-2458/udp"}
        assert await anna.autocomplete("forwards", focused="port") == []
        assert "is not a port" in (await boss.slash("forwards", port="nonsense:1")).content
        assert "is not a port" in (await boss.slash("forwards", port="1,2")).content


async def test_a_members_context_menu_shows_devices(worlds: Worlds) -> None:
    """Admins see the devices of every member, members only their own."""
    async with worlds() as w:
        boss, anna = await people(w)
        seen = await boss.context_menu(words("devices-menu-command"), anna)
        assert list(seen.embeds[0].fields) == ["🟢 pc · Anna", "🟢 phone · Anna"]
        own = await anna.context_menu(words("devices-menu-command"), anna)
        assert own.embeds[0].title == words("status-title")
        assert (await anna.context_menu(words("devices-menu-command"), boss)).content == words("list-not-yours")
        assert seen.ephemeral
        assert own.ephemeral


async def test_menus_and_buttons_of_lists_are_for_admins_only(worlds: Worlds) -> None:
    """They also refuse a former admin, and another member cannot press them at all."""
    async with worlds() as w:
        boss, anna = await people(w)
        listed = await boss.slash("peers")
        detail = await choose(boss, await boss.slash("peers"), "pc")
        with pytest.raises(CannotInvokeError):
            await anna.press(detail.button("Show address"))
        w.discord.guild.set_roles(boss, ["Friends"])
        assert (await choose(boss, listed, "pc")).content == words("admins-only")
        for label in ("Show address", "Revoke…", "Back"):
            assert (await boss.press(detail.button(label))).content == words("admins-only")
        assert ADDRESS not in "".join(reply.text for reply in (listed, detail))


async def test_the_audit_log_is_told_in_sentences(worlds: Worlds) -> None:
    """A line names the actor, the action, devices with their owners, and the first few of many ports."""
    async with worlds() as w:
        boss, anna = await people(w)
        peers = tuple(map(PeerInfo.of, w.gate.desired.peers.values()))
        (forward,) = w.gate.desired.forwards.values()
        port = ForwardInfo.of(forward, w.gate.desired.peers[forward.peer_id])
        ranges = tuple(replace(port, ports=PortRange(n, n)) for n in range(2000, 2005))
        blank = AuditEntry(id=0, at=NOW, actor="", actor_name="", action="", subject="?")
        by_anna = replace(blank, actor=str(anna.id), actor_name="anna")
        by_boss = replace(blank, actor=str(boss.id), actor_name="boss")
        entries = [
            replace(by_anna, action="join", peers=peers[:1]),
            replace(by_anna, action="forward", peers=peers[:1], forwards=(port,)),
            replace(by_boss, action="unforward", forwards=ranges),
            replace(by_boss, action="revoke", peers=peers, forwards=(port,)),
            replace(by_boss, action="suspend", peers=peers[:1], reason="left the server"),
        ]
        w.gate.audit = [replace(entry, id=number) for number, entry in enumerate(entries, 1)]
        lines = (await boss.slash("audit")).embeds[0].description.splitlines()
        assert [line.split(" ", 1)[1] for line in reversed(lines)] == [
            "**anna** added pc",
            "**anna** opened `25565/tcp` on pc",
            f"**boss** closed `2000/tcp`, `2001/tcp`, `2002/tcp` and 2 more on pc of {anna.mention}",
            f"**boss** removed from the VPN pc of {anna.mention}, phone of {anna.mention} with `25565/tcp`",
            f"**boss** cut off pc of {anna.mention} (left the server)",
        ]


async def test_a_button_of_another_version_says_that_it_is_old(worlds: Worlds) -> None:
    """Without an answer, Discord would say that the interaction failed."""
    async with worlds() as w:
        boss, _ = await people(w)
        reply = await boss.slash("peers")
        select(reply.message).raw["custom_id"] = "page:peers:before"
        assert (await choose(boss, reply, "pc")).messages[-1].content == words("outdated-pressed")
