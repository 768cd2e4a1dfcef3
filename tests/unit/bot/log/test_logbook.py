"""The log channel: changes, refusals and failures, one embed for each, none lost and none twice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Never

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import interaction, posting
from bot.core.notes import CannotAsk
from bot.core.render import COLOUR, COLOUR_ATTENTION, COLOUR_DANGER, COLOUR_IDLE, length
from bot.log import entries, logbook
from bot.log.logbook import Entry, Logbook, first_few
from bot.ports import reminders
from bot.ports.reminders import Reminders
from gateway.api.contract import AuditEntry, ForwardInfo, GetAudit, PeerInfo, Request
from gateway.config import PolicySection
from gateway.errors import ApplyFailed
from gateway.keys import PrivateKey
from gateway.model import Duration, PortRange
from tests.fakediscord import Message, Permission
from tests.fakediscord.reply import Embed
from tests.joining import join, press_platform
from tests.unit.bot.core.test_render import FORWARD, PEER
from tests.unit.bot.english import words
from tests.unit.bot.patience import again, counted, until
from tests.unit.bot.world import Gate, World, world
from tests.unit.fakes.host import NOW

Worlds = Callable[..., AbstractAsyncContextManager[World]]
WEEK = Duration(timedelta(days=7))


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    monkeypatch.setattr(logbook, "POLL_S", 0.02)
    monkeypatch.setattr(logbook, "RETRY_S", 0.05)
    monkeypatch.setattr(posting, "RETRY_S", (0, 0))
    monkeypatch.setattr(reminders, "POLL_S", 0.02)
    return partial(world, tmp_path, monkeypatch, log_channel="vpn-log")


def cannot_ask(problem: str) -> CannotAsk:
    return CannotAsk(lambda _: problem)


def done(w: World, action: str, subject: str = "", **more: Any) -> AuditEntry:
    """Add an entry to the gateway's audit log."""
    values = {"actor": PEER.owner, "actor_name": PEER.owner_name, **more}
    entry = AuditEntry(id=len(w.gate.audit) + 1, at=NOW, action=action, subject=subject, **values)
    w.gate.audit.append(entry)
    return entry


async def ready(w: World) -> None:
    """Make the channel, and wait until the bot has read the audit log's end."""
    w.discord.guild.channel("vpn-log")
    await until(lambda: w.bot.logbook._read)


def messages(w: World) -> list[Message]:
    return w.discord.guild.channel("vpn-log").messages


def log(w: World) -> list[Embed]:
    return [Embed.of(raw) for message in messages(w) for raw in message.embeds]


async def logged(w: World, count: int) -> list[Embed]:
    """Wait for so many embeds, assert that there are no more, and return them."""
    await w.discord.until(lambda: len(log(w)) >= count, f"{count} log entries, but {log(w)}")
    assert len(log(w)) == count
    return log(w)


async def kept(w: World, count: int) -> bool:
    """Report whether the database holds so many notes."""
    return len(await w.bot.context.memory.rows("SELECT * FROM noted")) == count


async def all_posted(w: World) -> None:
    """Wait until all notes are posted and the audit log is read to its end."""
    await until(lambda: not w.bot.logbook._waiting and w.bot.logbook._read == {"": len(w.gate.audit)})


async def test_a_change_is_told_once_and_in_order_with_its_actor_and_time(worlds: Worlds) -> None:
    """This also holds over a restart of the bot, and for changes at the terminal."""
    async with worlds() as w:
        await ready(w)
        done(w, "join", peers=(PEER,))
        (embed,) = await logged(w, 1)
        assert embed.title == words("log-join-title")
        assert embed.colour == COLOUR.value
        assert f"<@{PEER.owner}>" in embed.description
        assert PEER.device in embed.description
        assert messages(w)[0].embeds[0]["timestamp"] == NOW.isoformat()
        await w.stop()
        done(w, "forward", peers=(PEER,), forwards=(FORWARD,), actor="uid:0", actor_name="root")
        done(w, "unforward", forwards=(FORWARD,))
        await w.start()
        _, opened, closed = await logged(w, 3)
        assert opened.title == words("log-forward-title")
        assert words("log-by", actor="**root**") in opened.description
        assert str(FORWARD.ports) in opened.description
        assert closed.title == words("log-unforward-title")
        await all_posted(w)
        assert len(log(w)) == 3


async def test_the_first_start_tells_no_earlier_change(worlds: Worlds) -> None:
    async with worlds() as w:
        await ready(w)
        await w.bot.context.memory.write("DELETE FROM told")
        await w.stop()
        done(w, "join", peers=(PEER,))
        done(w, "join", peers=(PEER,))
        await w.start()
        await ready(w)
        done(w, "lan", "on")
        (embed,) = await logged(w, 1)
        assert embed.title == words("log-lan-title")


async def test_after_a_long_absence_only_the_newest_changes_are_told_and_the_others_counted(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message holds ten of them."""
    monkeypatch.setattr(logbook, "MAX_TOLD", 25)
    async with worlds() as w:
        await ready(w)
        done(w, "lan", "on")
        await logged(w, 1)
        await w.stop()
        for number in range(60):
            done(w, "rotate", peers=(replace(PEER, device=f"pc{number}"),))
        await w.start()
        _, more, *told = await logged(w, 27)
        assert more.description == words("log-skipped", count=35)
        assert [f"**pc{n}**" in embed.description for n, embed in zip(range(35, 60), told, strict=True)] == [True] * 25
        assert [len(message.embeds) for message in messages(w)] == [1, 10, 10, 6]


async def test_an_entry_made_while_the_bot_asks_for_earlier_ones_hides_none(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The earlier ones are from before the bot was there, and the stream tells of the other."""
    answer = Gate.answer
    async with worlds() as w:
        await ready(w)

        async def one_more_meanwhile(self: Gate, request: Request[Any]) -> object:
            found = await answer(self, request)
            if isinstance(request, GetAudit) and len(w.gate.audit) == 1:
                done(w, "forward", forwards=(FORWARD,))
            return found

        await w.stop()
        done(w, "join", peers=(PEER,))
        monkeypatch.setattr(Gate, "answer", one_more_meanwhile)
        await w.start()
        joined, opened = await logged(w, 2)
        assert [joined.title, opened.title] == [words("log-join-title"), words("log-forward-title")]


async def test_another_gateways_audit_log_begins_anew(worlds: Worlds) -> None:
    """The numbers told before belong to the old audit log."""
    async with worlds() as w:
        await ready(w)
        for _ in range(5):
            done(w, "lan", "on")
        await logged(w, 5)
        await w.gate.stop()
        w.gate.audit.clear()
        w.gate.gateway.state.live.newest_entry = 0
        await w.gate.start()
        await until(lambda: not w.bot.logbook._read.get(""))
        done(w, "lan", "off")
        await logged(w, 6)


def one(audit: AuditEntry, **values: Any) -> discord.Embed:
    return entries.of_audit(words, replace(audit, **values), WEEK)


AUDIT = AuditEntry(id=1, at=NOW, actor=PEER.owner, actor_name=PEER.owner_name, action="join", subject="s")


def test_a_suspension_tells_its_reason_its_devices_and_how_long_they_are_kept() -> None:
    peer = replace(PEER, suspended_at=NOW)
    embed = one(AUDIT, action="suspend", actor="bot", peers=(peer,), forwards=(FORWARD,), reason="left_early")
    text = str(embed.description)
    assert embed.colour == COLOUR_DANGER
    assert "Why: left\\_early" in text
    assert PEER.device in text
    assert str(FORWARD.ports) in text
    assert f"<t:{(NOW + timedelta(days=7)).timestamp():.0f}:f>" in text
    assert "Done by" not in text
    assert "with the role" in text
    by_admin = one(AUDIT, action="suspend", actor="uid:0", actor_name="root", peers=(peer,))
    assert "guildgate restore" in str(by_admin.description)


def test_the_system_user_that_asked_stands_below_an_entry() -> None:
    assert one(AUDIT, uid=997).footer.text == words("log-asked-by", user="uid 997")
    assert one(AUDIT, uid=0).footer.text == words("log-asked-by", user="root")
    assert one(AUDIT).footer.text is None


def test_an_action_without_a_colour_of_its_own_is_grey() -> None:
    assert one(AUDIT, action="rotate", peers=(PEER,)).colour == COLOUR_IDLE
    assert one(AUDIT, action="unheard-of", peers=(PEER,)).colour == COLOUR_IDLE


def test_leaving_is_something_else_than_being_revoked() -> None:
    left = one(AUDIT, action="revoke", peers=(PEER,))
    revoked = one(AUDIT, action="revoke", peers=(PEER,), forwards=(FORWARD,), actor="9", actor_name="boss")
    assert (left.title, left.colour) == (words("log-leave-title"), COLOUR_IDLE)
    assert (revoked.title, revoked.colour) == (words("log-revoke-title"), COLOUR_DANGER)
    assert words("log-by", actor="<@9> (boss)") in str(revoked.description)
    assert str(FORWARD.ports) in str(revoked.description)


def test_devices_and_ports_that_ended_by_themselves_are_told_with_their_owner() -> None:
    text = str(one(AUDIT, action="expire", actor="gateway", peers=(PEER,), forwards=(FORWARD,)).description)
    assert text.count(f"<@{PEER.owner}>") == 2


@pytest.mark.parametrize(
    ("action", "subject", "said"),
    [
        ("repair", "the table was gone", "the table was gone"),
        ("follow", "203.0.113.9", "`203.0.113.9`"),
        ("lan", "off", words("log-lan-off")),
        ("teleport", "1/pc @everyone", "@everyone"),
        ("forward", "1/pc", "1/pc"),
    ],
)
def test_an_entry_without_values_tells_its_subject(action: str, subject: str, said: str) -> None:
    """Older gateways wrote such entries, and newer ones may have other actions."""
    embed = one(AUDIT, action=action, subject=subject)
    assert said in str(embed.description)
    assert embed.title


NAMES = st.text(max_size=40)
PEERS = st.builds(replace, st.just(PEER), owner=st.sampled_from(["1" * 19, "uid:0"]), owner_name=NAMES, device=NAMES)
FORWARDS = st.builds(replace, st.just(FORWARD), owner_name=NAMES, device=NAMES, label=NAMES)


@given(
    st.sampled_from([*entries.COLOURS, "other"]),
    st.text(max_size=3000),
    st.lists(PEERS, max_size=30).map(tuple),
    st.lists(FORWARDS, max_size=30).map(tuple),
    st.text(max_size=200),
)
def test_entries_fit_whatever_the_names(
    action: str, subject: str, peers: tuple[PeerInfo, ...], forwards: tuple[ForwardInfo, ...], reason: str
) -> None:
    embed = one(AUDIT, action=action, subject=subject, peers=peers, forwards=forwards, reason=reason)
    assert 0 < length(str(embed.title)) <= 256
    assert embed.description
    assert length(embed.description) <= entries.MAX_TEXT
    for secret in (str(PEER.public_key), str(PEER.ipv4), str(PEER.ipv6)):
        assert secret not in embed.description


def test_ten_embeds_at_most_and_no_more_text_than_a_message_holds() -> None:
    def entry(size: int) -> Entry:
        return Entry(discord.Embed(title="t", description="x" * size))

    assert len(first_few([entry(10)] * 30)) == 10
    assert len(first_few([entry(1000)] * 30)) * 1000 <= 6000
    assert len(first_few([entry(4000), entry(4000)])) == 1


async def test_refusals_are_told_and_typing_mistakes_are_not(worlds: Worlds) -> None:
    async with worlds() as w:
        await ready(w)
        w.gate.policy = PolicySection(denied_ports=(PortRange(3000, 3000),), devices_per_member=1)
        anna, ben, carl = (w.discord.guild.add_member(name, ["Friends"]) for name in ("anna", "ben", "carl"))
        for person in (anna, ben, carl):
            await join(person)
        replies = [
            await anna.slash("forward", port="3000"),
            await join(carl, device="second"),
        ]
        for typo in ("hello there", "0", "70000"):
            await anna.slash("forward", port=typo)
        told = await logged(w, 2)
        for embed, reply in zip(told, replies, strict=True):
            assert embed.title == words("log-refused-title")
            assert embed.colour == COLOUR_ATTENTION.value
            assert reply.content in embed.description
        assert f"<@{anna.id}> (Anna): `/forward port:3000`" in told[0].description


async def test_no_key_that_was_typed_reaches_the_log_or_its_channel(
    worlds: Worlds, caplog: pytest.LogCaptureFixture
) -> None:
    """People paste the private key as well, and anywhere."""
    async with worlds() as w:
        await ready(w)
        eve, private = w.discord.guild.add_member("eve"), PrivateKey.generate().reveal()
        await eve.slash("rename", device="pc", new_name=f"x {private}")
        (embed,) = await logged(w, 1)
        assert "new_name:x key" in embed.description
        anna = w.discord.guild.add_member("anna", ["Friends"])
        caplog.set_level(logging.INFO, "bot")
        await anna.slash("forward", port=private)
        assert private[:20] not in caplog.text
        assert private[:20] not in embed.description


async def test_a_refusal_for_lack_of_a_role_is_one_quiet_line(worlds: Worlds) -> None:
    """It has neither title nor colour, and no notification, which the fake would report."""
    async with worlds() as w:
        await ready(w)
        ben, eve = w.discord.guild.add_member("ben", ["Friends"]), w.discord.guild.add_member("eve_")
        await ben.slash("revoke", member=ben)
        await eve.slash("status")
        first, second = await logged(w, 2)
        typed = "`/revoke member:@Ben`"
        assert first.description == words("log-turned-away", member=f"<@{ben.id}> (Ben)", command=typed)
        assert second.description == words("log-turned-away", member=f"<@{eve.id}> (Eve\\_)", command="`/status`")
        assert {(each.title, each.colour) for each in (first, second)} == {("", None)}


async def test_one_members_refusals_are_told_once_a_minute_with_their_number(worlds: Worlds) -> None:
    """Each is answered all the same. Another member's are told at once."""
    async with worlds() as w:
        await ready(w)
        eve, mallory = (w.discord.guild.add_member(name) for name in ("eve", "mallory"))
        replies = [await eve.slash("status") for _ in range(60)]
        assert all("only for people with the role" in reply.content for reply in replies)
        await mallory.slash("forward", port="25565")
        first, other = await logged(w, 2)
        assert f"<@{eve.id}>" in first.description
        assert f"<@{mallory.id}>" in other.description
        w.gate.now = NOW + timedelta(minutes=1)
        *_, rest = await logged(w, 3)
        assert rest.description.startswith(first.description)
        assert rest.description.endswith(words("log-repeated", count=58))
        await eve.slash("policy")
        w.gate.now = NOW + timedelta(minutes=2)
        *_, last = await logged(w, 4)
        assert "/policy" in last.description
        assert "more like this" not in last.description


async def test_a_stop_of_the_bot_loses_no_refusal_that_was_held_back(worlds: Worlds) -> None:
    async with worlds() as w:
        await ready(w)
        eve = w.discord.guild.add_member("eve")
        for _ in range(3):
            await eve.slash("status")
        await logged(w, 1)
        await w.stop()
        await w.start()
        _, rest = await logged(w, 2)
        assert rest.description.endswith(words("log-repeated", count=1))


async def test_requests_that_cannot_be_posted_are_told_once_a_minute(worlds: Worlds) -> None:
    """The admin channel is missing, and strangers go on typing /join."""
    async with worlds(admin_channel="vpn-admins", absent=("vpn-admins",)) as w:
        await ready(w)
        await logged(w, 1)  # there is no such channel
        for number in range(5):
            await join(w.discord.guild.add_member(f"eve{number}"))
        await logged(w, 7)
        w.gate.now = NOW + timedelta(minutes=1)
        rest = (await logged(w, 8))[-1]
        assert rest.title == words("request-trouble-title")
        assert rest.description.endswith(words("log-repeated", count=3))


async def test_a_taken_port_is_told_though_a_button_offers_another(worlds: Worlds) -> None:
    async with worlds() as w:
        await ready(w)
        anna, ben = (w.discord.guild.add_member(name, ["Friends"]) for name in ("anna", "ben"))
        for person in (anna, ben):
            await join(person)
            reply = await person.slash("forward", port="25565")
        (embed,) = await logged(w, 1)
        assert embed.title == words("log-refused-title")
        assert reply.content in embed.description


async def test_a_command_that_broke_is_told_with_the_number_its_member_has(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> Never:
        raise LookupError("a mistake in the program")

    async with worlds() as w:
        await ready(w)
        anna = w.discord.guild.add_member("anna", ["Friends"])
        monkeypatch.setattr(interaction, "_actor", broken)
        reply = await anna.slash("status")
        (embed,) = await logged(w, 1)
        assert embed.title == words("log-broken-title")
        assert reply.content in embed.description
        assert "mistake" not in embed.description


async def test_a_failure_of_the_gateway_is_told(worlds: Worlds) -> None:
    async with worlds() as w:
        await ready(w)
        anna = w.discord.guild.add_member("anna", ["Friends"])
        w.gate.kernel.effects.refuse("wireguard.apply: add", error=ApplyFailed(log_id="0badcafe"))
        await join(anna)
        await logged(w, 1)
        assert "0badcafe" in log(w)[0].description


async def test_a_gateway_that_is_away_for_a_while_and_its_return_are_told(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restart is too short to be told, and commands that fail because of it are not told either."""
    looks = counted(monkeypatch, Logbook, "_look")
    async with worlds() as w:
        await ready(w)
        anna = w.discord.guild.add_member("anna", ["Friends"])
        await w.gate.stop()
        await anna.slash("status")
        await until(lambda: w.bot.context.live.away_since is not None)
        w.gate.now = NOW + timedelta(seconds=9)
        await again(looks)
        assert log(w) == []
        w.gate.now = NOW + timedelta(seconds=12)
        await logged(w, 1)
        w.gate.now = NOW + timedelta(seconds=75)
        await w.gate.start()
        away, back = await logged(w, 2)
        assert (away.title, back.title) == (words("log-away-title"), words("log-back-title"))
        assert "1 minute 15 seconds" in back.description


@pytest.mark.parametrize("restarted", [False, True])
async def test_entries_that_discord_did_not_take_are_posted_later_in_order(
    worlds: Worlds, restarted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notes are included, and a restart of the bot loses none."""
    monkeypatch.setattr(logbook, "RETRY_S", 0.3)
    async with worlds() as w:
        await ready(w)
        channel = w.discord.guild.channel("vpn-log")
        w.discord.guild.deny_bot(channel, Permission.SEND_MESSAGES)
        w.bot.logbook.note(cannot_ask("first"))
        await until(lambda: kept(w, 1))
        done(w, "lan", "on")
        done(w, "lan", "off")
        await until(lambda: len(w.bot.logbook._waiting) >= 3)
        if restarted:
            await w.stop()
            await w.start()
        w.discord.guild.deny_bot(channel, 0)
        told = await logged(w, 3)
        assert [embed.title or embed.description for embed in told] == [words("request-trouble-title")] + [
            words("log-lan-title")
        ] * 2
        assert told[1].description.startswith(words("log-lan-on"))
        await until(lambda: kept(w, 0))
        assert len(log(w)) == 3


@pytest.mark.parametrize("fault", ["500", "cut", "429", "down", "dropped", "invalid"])
async def test_nothing_is_lost_when_discord_fails(worlds: Worlds, fault: str) -> None:
    async with worlds() as w:
        await ready(w)
        match fault:
            case "500":
                w.discord.fail_next("POST", "/channels/*/messages", 500, times=2)
            case "cut":
                w.discord.fail_next("POST", "/channels/*/messages", None, times=3)
            case "429":
                w.discord.rate_limit("POST", "/channels/*/messages", retry_after=0.1)
            case "down":
                await w.discord.down()
            case "dropped":
                await w.discord.drop_websocket()
            case "invalid":
                await w.discord.invalidate_session()
        done(w, "lan", "on")
        w.bot.logbook.note(cannot_ask("noted"))
        if fault == "down":
            await until(lambda: w.bot.logbook._complaint is not None)
            await w.discord.up()
        assert {embed.title for embed in await logged(w, 2)} == {
            words("request-trouble-title"),
            words("log-lan-title"),
        }


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    return lambda: [record.message for record in caplog.records if record.name == "bot.log.logbook"]


async def test_a_channel_that_is_missing_or_closed_is_one_warning_each(
    worlds: Worlds, warnings: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The warning says what to do, and everything else goes on."""
    posts = counted(monkeypatch, Logbook, "_post")
    async with worlds(absent=("vpn-log",)) as w:
        done(w, "lan", "on")
        w.bot.logbook.note(cannot_ask("first"))
        await until(lambda: kept(w, 2))  # the other note is that there is no such channel
        anna = w.discord.guild.add_member("anna", ["Friends"])
        assert (await join(anna)).text
        channel = w.discord.guild.channel("vpn-log")
        w.discord.guild.deny_bot(channel, Permission.VIEW_CHANNEL)
        await until(lambda: len(warnings()) == 2)
        await again(posts)
        assert len(warnings()) == 2
        assert "no text channel vpn-log" in warnings()[0]
        assert "Send Messages" in warnings()[1]


async def test_without_a_log_channel_nothing_is_kept(worlds: Worlds) -> None:
    async with worlds(log_channel=None) as w:
        w.bot.logbook.note(cannot_ask("noted"))
        assert not w.bot.logbook._waiting
        assert await w.bot.context.memory.rows("SELECT * FROM told") == []


async def test_a_queue_without_end_is_cut(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logbook, "MAX_WAITING", 5)
    async with worlds() as w:
        for number in range(20):
            w.bot.logbook.note(cannot_ask(str(number)))
        await ready(w)
        assert [embed.description for embed in await logged(w, 5)] == ["0", "1", "2", "3", "4"]


async def test_a_config_that_did_not_reach_its_member_is_told(worlds: Worlds) -> None:
    """Direct messages are closed, and Discord fails to take the answer."""
    async with worlds() as w:
        await ready(w)
        anna = w.discord.guild.add_member("anna", ["Friends"])
        anna.close_dms()
        asked = await anna.slash("join", device="laptop")
        w.discord.fail_next("PATCH", "/webhooks/*", None, times=2)
        await press_platform(anna, asked)
        (embed,) = await logged(w, 1)
        assert embed.title == words("log-undelivered-title")
        assert "**laptop**" in embed.description
        assert f"<@{anna.id}>" in embed.description
        assert "/rotate" in embed.description


async def test_a_config_issued_while_discord_goes_away_is_told_when_it_is_back(worlds: Worlds) -> None:
    async with worlds() as w:
        await ready(w)
        anna = w.discord.guild.add_member("anna", ["Friends"])
        asked = await anna.slash("join", device="laptop")
        w.gate.answering.clear()
        w.gate.reached.clear()
        reply = anna.begin_press(asked.button("Windows PC"))
        await w.gate.reached.wait()
        await w.discord.down()
        w.gate.answering.set()
        await until(lambda: w.bot.logbook._waiting)
        await until(lambda: not w.bot._working)  # its sentence reached the member in no way either
        await w.discord.up()
        (embed,) = await logged(w, 1)
        assert embed.title == words("log-undelivered-title")
        assert reply.messages == []


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_burst_of_errors_delays_a_config_and_loses_nothing(worlds: Worlds, status: int) -> None:
    """discord.py repeats after an error; the answer comes a little later."""
    async with worlds() as w:
        await ready(w)
        anna = w.discord.guild.add_member("anna", ["Friends"])
        asked = await anna.slash("join", device="laptop")
        w.discord.fail_next("PATCH", "/webhooks/*", status, times=2)
        w.discord.rate_limit("PATCH", "/webhooks/*", retry_after=0.1)
        reply = await press_platform(anna, asked)
        assert reply.ephemeral
        assert "gg-laptop.conf" in reply.files
        await all_posted(w)
        assert log(w) == []


async def test_a_reminder_that_is_refused_is_told(worlds: Worlds) -> None:
    """The member has closed direct messages, so an admin may want to tell them."""
    async with worlds() as w:
        await ready(w)
        anna = w.discord.guild.add_member("anna", ["Friends"])
        await join(anna)
        await anna.slash("forward", port="25565")
        anna.close_dms()
        w.gate.now = NOW + timedelta(hours=11, minutes=51)
        (embed,) = await logged(w, 1)
        assert embed.title == words("log-not-reminded-title")
        assert "25565" in embed.description


@pytest.mark.parametrize("fault", ["500", "down"])
async def test_a_reminder_comes_late_rather_than_never(
    worlds: Worlds, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = counted(monkeypatch, Reminders, "_look")
    async with worlds() as w:
        await ready(w)
        anna = w.discord.guild.add_member("anna", ["Friends"])
        await join(anna)
        await anna.slash("forward", port="25565")
        if fault == "down":
            await w.discord.down()
        else:
            w.discord.fail_next("POST", "/users/@me/channels", 500, times=5)
        w.gate.now = NOW + timedelta(hours=11, minutes=51)
        await again(tries)
        await w.discord.up()
        assert "25565" in (await anna.dm()).content
        assert log(w) == []
