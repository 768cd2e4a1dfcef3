"""/connections on the fake Discord: what hosts and admins see, and what their buttons do."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path

import pytest

from bot.ports.flowlist import PER_PAGE
from gateway.access import AddressRule
from gateway.model import Forward
from gateway.nftables.flow import Tuple
from tests.fakediscord import Person, Reply
from tests.joining import join
from tests.unit.bot.english import words
from tests.unit.bot.world import World, world
from tests.unit.builders import MARKS

Worlds = Callable[..., AbstractAsyncContextManager[World]]
TROLL, FRIEND = IPv4Address("198.51.100.66"), IPv4Address("198.51.100.7")
PUBLIC = IPv4Address("203.0.113.1")


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    return partial(world, tmp_path, monkeypatch)


async def hosting(w: World, *ports: str) -> Person:
    """Return a member with a device and open ports."""
    w.gate.is_quiet = True
    anna = w.discord.guild.add_member("anna", roles=["Friends"])
    await join(anna)
    for port in ports:
        await anna.slash("forward", port=port, protocol="udp")
    return anna


def plays(w: World, *players: IPv4Address, port: int = 2000) -> None:
    for number, player in enumerate(players):
        w.gate.kernel.conntrack.arrive(Tuple(17, player, 40000 + number, PUBLIC, port))


def sources(w: World) -> list[object]:
    return [entry.original.source for entry in w.gate.kernel.conntrack.entries]


def the_forward(w: World) -> Forward:
    (forward,) = w.gate.gateway.state.desired.forwards.values()
    return forward


async def choose(person: Person, reply: Reply, label: str) -> Reply:
    """Choose the row of the menu whose text has `label`."""
    (menu,) = (item for row in reply.components for item in row["components"] if item["type"] == 3)
    (value,) = (option["value"] for option in menu["options"] if label in option["label"])
    return await person.select(reply.select(menu["placeholder"]), value)


async def test_a_host_sees_masked_addresses_and_an_admin_whole_ones(worlds: Worlds) -> None:
    """No message to the host has a whole address, not even in what its buttons and menus carry."""
    async with worlds() as w:
        anna = await hosting(w, "2000")
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        plays(w, TROLL, FRIEND)
        mine, all_of_it = await anna.slash("connections"), await boss.slash("connections", port="2000")
        assert mine.message.ephemeral
        for reply in (mine, all_of_it):
            assert words("connections-count", count=2) in reply.text
        assert "198.51.•.•:40000 → 2000/udp" in mine.text
        assert f"{TROLL}:40000 → 2000/udp" in all_of_it.text
        shown = await choose(anna, mine, "40000")
        for each in (mine, shown):
            assert str(TROLL) not in f"{each.text} {each.components}"
        assert str(TROLL) in (await choose(boss, all_of_it, "40000")).text


async def test_a_member_sees_only_their_own(worlds: Worlds) -> None:
    async with worlds() as w:
        await hosting(w, "2000")
        bert = w.discord.guild.add_member("bert", roles=["Friends"])
        await join(bert)
        plays(w, TROLL)
        assert "40000" not in (await bert.slash("connections")).text
        assert "2000" in (await bert.slash("connections", port="2000")).text  # the sentence that it is not open


async def test_a_kick_ends_one_connection_and_says_so(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await hosting(w, "2000")
        plays(w, TROLL, FRIEND)
        flow = await choose(anna, await anna.slash("connections"), "40000")
        reply = await anna.press(flow.button(words("connections-kick-button")))
        assert "👢 Kicked `198.51.•.•:40000` from 2000/udp on **pc**" in reply.content
        assert words("connections-count", count=1) in reply.text
        assert sources(w) == [FRIEND]
        (kicked,) = the_forward(w).access.kicked
        assert (kicked.address, kicked.port) == (TROLL, 40000)


@pytest.mark.parametrize("what", ["address", "around"])
async def test_a_block_can_be_taken_back_at_once_and_from_the_list(worlds: Worlds, what: str) -> None:
    async with worlds() as w:
        anna = await hosting(w, "2000")
        network = ip_network(TROLL) if what == "address" else ip_network("198.51.100.0/24")
        for way in ("at once", "from the list"):
            plays(w, TROLL)
            flow = await choose(anna, await anna.slash("connections"), "40000")
            label = words("connections-block-button")
            if what == "around":
                label = words("connections-around-button", network="198.51.•.•/24")
            reply = await anna.press(flow.button(label))
            assert "🚷 Blocked `198.51.•.•" in reply.content
            assert [rule.network for rule in the_forward(w).access.rules] == [network]
            assert sources(w) == []
            if way == "at once":
                reply = await anna.press(reply.button(words("connections-undo-button")))
            else:
                name = network.network_address, MARKS.of(the_forward(w).slot)
                w.gate.kernel.table.counts[f"block{network.prefixlen}_4"][name] = (42, 4200)
                rules = await anna.press(reply.button(words("connections-rules-button", count=1)))
                assert words("connections-dropped", packets=42) in rules.text
                assert str(network) not in f"{rules.text} {rules.components}"
                reply = await choose(anna, rules, "198.51.•.•")
            assert "↩️" in reply.content
            assert the_forward(w).access.rules == ()


async def test_only_friends_may_come_and_an_address_is_let_in_by_a_form(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await hosting(w)
        opened = await anna.slash("forward", port="2000", protocol="udp", only="friends")
        assert words("forward-friends-only") in opened.text
        assert the_forward(w).access.friends_only
        reply = await anna.slash("connections")
        assert "friends only" in reply.text
        form = await anna.press(reply.button(words("let-in-button")))
        rules = await anna.submit(form.modal, {words("let-in-form-label"): f" {FRIEND} "})
        assert f"🚪 `{FRIEND}` may connect" in rules.content
        assert [(rule.network, rule.lets_in) for rule in the_forward(w).access.rules] == [(ip_network(FRIEND), True)]
        back = await anna.press(rules.button(words("list-back-button")))
        assert words("connections-all-said") in (await anna.press(back.button(words("connections-all-button")))).content
        assert not the_forward(w).access.friends_only
        again = await anna.press((await anna.slash("connections")).button(words("connections-friends-button")))
        assert words("connections-friends-said") in again.content
        form = await anna.press((await anna.slash("connections")).button(words("let-in-button")))
        assert words("rule-prefix") in (await anna.submit(form.modal, {words("let-in-form-label"): "my house"})).content


async def test_many_connections_and_rules_are_turned_over_page_by_page(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await hosting(w, "2000")
        plays(w, *(IPv4Address("192.0.2.0") + number for number in range(23)))
        rules = tuple(
            AddressRule(network=ip_network(IPv6Address("2001:db8::") + number), lets_in=False, since=w.gate.now)
            for number in range(11)
        )
        forward = the_forward(w)
        w.gate.desired = replace(
            w.gate.desired, forwards={forward.id: replace(forward, access=replace(forward.access, rules=rules))}
        )
        reply, seen = await anna.slash("connections"), []
        for number in (1, 2, 3):
            (embed,) = reply.embeds
            assert len(embed.fields) <= PER_PAGE
            seen += [re.search(r":(\d+) →", name)[1] for name in embed.fields]  # type: ignore[index]
            assert embed.footer == words("list-page", number=number, last=3)
            assert reply.button("Previous").disabled == (number == 1)
            assert reply.button("Next").disabled == (number == 3)
            if number < 3:
                reply = await anna.press(reply.button("Next"))
        assert sorted(seen) == [str(40000 + number) for number in range(23)]
        listed = await anna.press(reply.button(words("connections-rules-button", count=11)))
        (embed,) = (await anna.press(listed.button("Next"))).embeds
        assert len(embed.fields) == 1


async def test_what_a_server_begins_itself_is_no_player(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await hosting(w, "2000")
        peer, mark = w.gate.device("pc"), MARKS.of(the_forward(w).slot)
        lists = IPv4Address("192.0.2.9")
        w.gate.kernel.conntrack.note(
            Tuple(17, peer.ipv4, 2000, lists, 27011), Tuple(17, lists, 27011, PUBLIC, 2000), mark
        )
        reply = await anna.slash("connections")
        assert words("connections-count", count=0) in reply.text
        assert words("connections-from-device") in reply.text


async def test_another_device_of_the_vpn_is_named(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await hosting(w, "2000")
        bert = w.discord.guild.add_member("bert", roles=["Friends"])
        await join(bert, device="deck")
        plays(w, w.gate.device("deck").ipv4)
        reply = await anna.slash("connections")
        assert "deck of Bert → 2000/udp" in reply.text
        flow = await choose(anna, reply, "deck of Bert")
        assert not any("/24" in each.label for each in flow.buttons)


async def test_a_list_of_before_a_restart_is_typed_anew(worlds: Worlds) -> None:
    """The numbers in its buttons mean nothing to the next bot, and never another row."""
    async with worlds() as w:
        anna = await hosting(w, "2000")
        plays(w, TROLL)
        before = await choose(anna, await anna.slash("connections"), "40000")
        await w.stop()
        await w.start()
        await anna.slash("connections")
        reply = await anna.press(before.button(words("connections-block-button")))
        assert words("connections-old") in reply.content
        assert the_forward(w).access.rules == ()


async def test_a_port_that_was_closed_meanwhile_is_said_so(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = await hosting(w, "2000")
        plays(w, TROLL)
        first = await anna.slash("connections", port="2000")
        flow = await choose(anna, await anna.slash("connections"), "40000")
        await anna.slash("unforward", port="2000")
        assert words("error-forward_gone") in (await anna.press(flow.button(words("connections-kick-button")))).text
        assert words("list-port-gone") in (await anna.press(first.button(words("connections-again-button")))).text
