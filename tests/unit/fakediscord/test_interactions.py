"""The people of the fake Discord use the commands of a real discord.py bot."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.fakediscord import CannotInvokeError, FakeDiscord, NotAnsweredError, Person, Upload
from tests.fakediscord.journal import PATIENCE
from tests.fakediscord.samplebot import SampleBot, running


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord.serve(ack_within=PATIENCE) as fake:
        yield fake


@pytest.fixture
async def hasty() -> AsyncIterator[FakeDiscord]:
    """Run a Discord that waits a tenth of a second for an acknowledgement."""
    async with FakeDiscord.serve(ack_within=0.1) as fake:
        yield fake


@pytest.fixture
async def bot(discord: FakeDiscord) -> AsyncIterator[SampleBot]:
    async with running(discord) as bot:
        yield bot


@pytest.fixture
def alice(discord: FakeDiscord) -> Person:
    return discord.guild.add_member("alice", roles=["Player"])


@pytest.mark.usefixtures("bot")
async def test_deferred_answer_is_final_once_edited(discord: FakeDiscord, alice: Person) -> None:
    """The reply of a deferred command is its edited text, with earlier texts as history."""
    reply = await (await alice.slash("defer", text="done")).until(lambda reply: reply.content == "done")
    assert reply.ephemeral
    assert reply.history == ["working", "done"]
    assert 0 < reply.acknowledged_after < PATIENCE
    assert discord.violations == []


@pytest.mark.usefixtures("bot")
async def test_followups_and_embeds_are_read_in_order(discord: FakeDiscord, alice: Person) -> None:
    """The first follow-up replaces "is thinking...", the second one follows, and embeds are part of the text."""
    reply = await (await alice.slash("followups")).until(lambda reply: len(reply.messages) == 2)
    assert reply.text == "first\nOne\ntwo\nsecond"
    assert reply.embeds[0].title == "One"
    assert reply.ephemeral
    assert discord.violations == []


@pytest.mark.usefixtures("bot")
async def test_files_arrive_byte_for_byte_both_ways(discord: FakeDiscord, alice: Person) -> None:
    """A file that the bot sends and one that a person gives keep their bytes; names are cleaned as Discord does."""
    data = bytes(range(256)) * 50 + b"\r\n--boundary--\r\n"
    echoed = await alice.slash("echo", file=Upload("mine.bin", data))
    assert echoed.files == {"mine.bin": data}
    await alice.slash("dm")
    assert (await alice.dm()).files == {"your_file.bin": bytes(range(256))}
    assert discord.violations == []


@pytest.mark.parametrize(
    ("options", "code", "complaint"),
    [
        ({"content": 2001}, 50035, "data.content: Must be 2000 or fewer in length."),
        ({"embed": 4097}, 50035, "data.embeds.0.description: Must be 4096 or fewer in length."),
        ({"content": 1, "file": 10 * 1024 * 1024 + 1}, 40005, "big.bin"),
        ({"files": 11}, 50035, "data.attachments: Must be 10 or fewer in length."),
        ({}, 50006, "neither text"),
    ],
    ids=["content", "embed", "file", "files", "empty"],
)
async def test_messages_over_the_limits_are_refused(
    discord: FakeDiscord, alice: Person, bot: SampleBot, options: dict[str, Any], code: int, complaint: str
) -> None:
    """A message that Discord would refuse is refused with Discord's code, and is a violation."""
    reply = alice.begin("say", **options)
    assert await bot.refusal() == code
    assert not reply.messages
    assert complaint in discord.violations[0]


async def test_second_acknowledgement_is_refused(discord: FakeDiscord, alice: Person, bot: SampleBot) -> None:
    """An interaction takes one callback; the second one gets 40060."""
    reply = await alice.slash("double")
    assert reply.content == "once"
    assert await bot.refusal() == 40060
    assert len(discord.violations) == 1


async def test_late_acknowledgement_is_refused(hasty: FakeDiscord) -> None:
    """An interaction is unknown after its time, and the missing acknowledgement is a violation."""
    async with running(hasty) as bot:
        alice = hasty.guild.add_member("alice")
        with pytest.raises(NotAnsweredError, match=r"alice did /late seconds=0.2; the bot received it and did not"):
            await alice.slash("late", seconds=0.2)
        assert await bot.refusal() == 10062
    assert "was not acknowledged within 0.1 s" in hasty.violations[0]
    assert "too late" in hasty.violations[1]


async def test_silence_fails_with_a_story(hasty: FakeDiscord) -> None:
    """A command without an answer fails soon and tells how far it came."""
    async with running(hasty):
        with pytest.raises(NotAnsweredError, match="the application did not respond"):
            await hasty.guild.add_member("alice").slash("silent")


async def test_expired_token_is_refused(discord: FakeDiscord, alice: Person, bot: SampleBot) -> None:
    """A webhook whose token is over its 15 minutes answers 50027."""
    reply = await alice.slash("panel")
    reply.expire()
    response = await bot.http._HTTPClient__session.patch(  # type: ignore[attr-defined]
        f"https://discord.com/api/v10/webhooks/{discord.bot_id}/{reply.interaction.token}/messages/@original",
        json={"content": "x"},
    )
    assert (response.status, (await response.json())["code"]) == (401, 50027)
    assert "has expired" in discord.violations[0]


@pytest.mark.usefixtures("bot")
async def test_closed_dms_are_no_violation(discord: FakeDiscord, alice: Person) -> None:
    """A message to a person with closed DMs is refused with 50007 until the person opens them."""
    alice.close_dms()
    assert (await alice.slash("dm")).content == "closed: 50007"
    assert alice.dms == []
    alice.open_dms()
    assert (await alice.slash("dm")).content == "sent"
    assert discord.violations == []


@pytest.mark.usefixtures("bot")
async def test_autocompletion_gives_the_choices(discord: FakeDiscord, alice: Person) -> None:
    """The bot's suggestions for a typed option come back as choices."""
    choices = await alice.autocomplete("forward", focused="port", port="255")
    assert [choice.value for choice in choices] == ["25565", "25575"]
    assert choices[0].name == "port 25565"
    assert discord.violations == []


@pytest.mark.usefixtures("bot")
async def test_buttons_menus_and_modals_are_used(discord: FakeDiscord, alice: Person) -> None:
    """Buttons edit or follow up, menus and modals take listed values, and a disabled button cannot be pressed."""
    panel = await alice.slash("panel")
    assert (await alice.press(panel.button("Think"))).text == "thought"
    assert (await alice.select(panel.select("Colour"), "blue")).text == "chose blue"
    assert (await alice.press(panel.button("Count"))).text == "counted"
    with pytest.raises(AssertionError, match="disabled"):
        await alice.press(panel.button("Counted"))
    modal = (await alice.slash("ask")).modal
    assert (await alice.submit(modal, {"Device": "laptop"})).text == "device laptop"
    assert discord.violations == []


@pytest.mark.usefixtures("bot")
async def test_members_carry_their_roles(discord: FakeDiscord, alice: Person) -> None:
    """A member given as an option or by a context menu is resolved with name and roles."""
    bob = discord.guild.add_member("bob", roles=["Player", "Admin"])
    assert (await alice.slash("describe", member=bob)).text == "bob: Player, Admin in general"
    assert (await alice.context_menu("Poke", bob)).text == "poked bob"
    assert discord.violations == []


@pytest.mark.usefixtures("bot")
async def test_options_are_checked_as_the_client_does(alice: Person) -> None:
    """Unknown commands and options, missing ones and values that are not offered never reach the bot."""
    attempts: list[tuple[str, dict[str, Any], str]] = [
        ("nothing", {}, "no command 'nothing' is registered; registered are: ask, defer"),
        ("forward", {}, "needs option 'port'"),
        ("forward", {"port": "1", "speed": "2"}, "has no option speed; it has port, protocol"),
        ("forward", {"port": "1", "protocol": "icmp"}, "offers TCP, UDP, not 'icmp'"),
        ("say", {"content": 10_001}, "takes a value from 0 to 10000"),
        ("say", {"content": "much"}, "takes no 'much'"),
    ]
    for command, options, complaint in attempts:
        with pytest.raises(CannotInvokeError, match=complaint):
            await alice.slash(command, **options)
    assert (await alice.slash("forward", port=25565, protocol="UDP")).text == "25565/udp"
