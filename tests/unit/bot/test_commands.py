"""Each command, typed by a member in Discord and answered from a gateway."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bot.access.purpose import Purpose
from gateway.api.contract import PRIVATE_KEY_PLACEHOLDER
from gateway.keys import PrivateKey
from gateway.model import Mode
from tests.codes import read_png
from tests.joining import PHONE, join, press_platform, rotate
from tests.unit.bot.english import words
from tests.unit.bot.world import World, world
from tests.unit.builders import another

Worlds = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    return partial(world, tmp_path, monkeypatch)


def private_key(config: bytes) -> PrivateKey:
    (line,) = [line for line in config.decode().splitlines() if line.startswith("PrivateKey")]
    return PrivateKey.parse(line.partition(" = ")[2])


async def test_joining_asks_for_the_platform_and_makes_nothing_before(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        reply = await anna.slash("join")
        assert reply.ephemeral
        assert [each.label for each in reply.buttons] == ["Windows PC", "Mac", "Linux", "Phone", "Router"]
        assert reply.text == words("join-question")
        assert not w.gate.desired.peers


@pytest.mark.parametrize(
    ("platform", "device"),
    [("Windows PC", "pc"), ("Mac", "mac"), ("Linux", "pc"), ("Phone", "phone"), ("Router", "router")],
)
async def test_the_platform_delivers_a_working_config_in_the_same_message(
    worlds: Worlds, platform: str, device: str
) -> None:
    """Its private key belongs to the peer that the gateway made. A phone has the QR code of the same text."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        asked = await anna.slash("join")
        reply = await press_platform(anna, asked, platform)
        assert reply.messages == asked.messages
        assert reply.ephemeral
        config = reply.files.pop(f"gg-{device}.conf")
        assert private_key(config).public_key == w.gate.device(device).public_key
        assert [read_png(png) for png in (each for name, each in reply.files.items() if name.endswith("png"))] == (
            [config] if platform == "Phone" else []
        )
        assert anna.dms == []


async def test_joining_twice_proposes_a_free_name(worlds: Worlds) -> None:
    """The first device stays unchanged. The answer names /rotate, for a member that only lost the file."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await join(anna)
        key = w.gate.device("pc").public_key
        asked = await anna.slash("join")
        assert words("join-have", devices="**pc**", device="pc2") in asked.text
        assert "gg-pc2.conf" in (await press_platform(anna, asked)).files
        assert w.gate.device("pc").public_key == key
        named = await anna.slash("join", device="PC2")
        assert "**PC22**" in named.text


async def test_a_name_that_was_taken_meanwhile_is_proposed_anew(worlds: Worlds) -> None:
    """Two questions stand open at once."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        first, second = await anna.slash("join"), await anna.slash("join")
        await press_platform(anna, first)
        refused = await press_platform(anna, second)
        assert words("error-peer_exists", device="pc") in refused.text
        assert words("join-free", device="pc2") in refused.text
        again = await anna.press(refused.button(words("join-free-button")))
        assert "gg-pc2.conf" in again.files
        assert len(w.gate.desired.peers) == 2


@pytest.mark.parametrize("name", ["x" * 33, " ", "a\tb"])
async def test_a_name_that_no_device_can_have_is_refused_at_once(worlds: Worlds, name: str) -> None:
    """Also to a person that has no access yet, because an approval could do nothing about it."""
    async with worlds() as w:
        for roles in (["Friends"], []):
            person = w.discord.guild.add_member(f"p{len(roles)}", roles=roles)
            reply = await person.slash("join", device=name)
            assert "1 to 32 visible characters" in reply.content


async def test_help_is_about_the_platform(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        setup = await join(anna)
        reply = await anna.press(setup.button("It doesn't work"))
        assert reply.ephemeral
        assert words("trouble-windows-firewall") in reply.text
        assert words("trouble-router") not in reply.text
        assert setup.files


async def test_a_member_may_keep_the_private_key(worlds: Worlds) -> None:
    """The config for a member's own public key has the placeholder, and no QR code, which could not work."""
    key = PrivateKey.generate().public_key
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        reply = await join(anna, PHONE, device="pc", public_key=str(key))
        assert list(reply.files) == ["gg-pc.conf"]
        assert PRIVATE_KEY_PLACEHOLDER in reply.files["gg-pc.conf"].decode()
        assert w.gate.device("pc").public_key == key


async def test_a_wrong_public_key_never_reaches_the_gateway(worlds: Worlds) -> None:
    """The answer says what a key looks like."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        reply = await join(anna, public_key="hello")
        assert "44 characters of base64" in reply.content
        assert w.gate.asked == []


async def test_a_port_lives_from_forward_to_unforward(worlds: Worlds) -> None:
    """It is opened, shown in the status, suggested for closing, and closed."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await join(anna)
        reply = await anna.slash("forward", port="25565")
        assert reply.ephemeral
        assert "```\nvps.example.org:25565\n```" in reply.text
        (embed,) = (await anna.slash("status")).embeds
        assert "1 connection from 1 player" in embed.fields["🟢 pc"]
        (choice,) = await anna.autocomplete("unforward", focused="port", port="255")
        assert choice.value == "25565"
        assert "Closed" in (await anna.slash("unforward", port=choice.value)).content
        assert not w.gate.desired.forwards


async def test_options_of_forward_arrive(worlds: Worlds) -> None:
    """The gateway is asked for the range, protocol, target port and device of the options."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await join(anna, device="pc")
        await join(anna, device="box", mode="split")
        reply = await anna.slash("forward", port="27015-27016", protocol="udp", to_port=28015, device="box")
        (forward,) = w.gate.desired.forwards.values()
        assert (str(forward.ports), forward.protocol.value, forward.to_port) == ("27015-27016", "udp", 28015)
        assert forward.peer_id == w.gate.device("box").id
        assert words("forward-note-split") in reply.text


async def test_several_ports_in_one_command(worlds: Worlds) -> None:
    """All are opened, and the button in the answer closes exactly these."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await join(anna)
        await anna.slash("forward", port="27015/tcp")
        reply = await anna.slash("forward", port="2456-2458, 27015/UDP")
        assert "```\nvps.example.org:2456\n```\n-# Also open: 2457-2458, 27015/udp\n" in reply.text
        await anna.press(reply.button("Close"))
        assert [f"{f.ports}/{f.protocol}" for f in w.gate.desired.forwards.values()] == ["27015/tcp"]


async def test_one_port_with_two_protocols_is_closed_one_by_one(worlds: Worlds) -> None:
    """Each forward is suggested with its protocol, and found by it."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await join(anna)
        await anna.slash("forward", port="27015", protocol="tcp")
        await anna.slash("forward", port="27015", protocol="udp", to_port=28015)
        choices = {choice.value: choice.name for choice in await anna.autocomplete("unforward", focused="port")}
        assert choices == {
            "27015/tcp": "27015 (TCP) → pc, port 27015",
            "27015/udp": "27015 (UDP) → pc, port 28015",
        }
        (choice,) = await anna.autocomplete("unforward", focused="port", port="27015/u")
        await anna.slash("unforward", port=choice.value)
        assert [f"{f.ports}/{f.protocol}" for f in w.gate.desired.forwards.values()] == ["27015/tcp"]


@pytest.mark.parametrize("own_key", [False, True])
async def test_linux_mode_is_delivered_with_its_limit_and_without_a_qr_code(worlds: Worlds, own_key: bool) -> None:
    """No other platform can run that config, so none is asked for, by /rotate either."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        if own_key:
            key = str(PrivateKey.generate().public_key)
            reply = await anna.slash("join", device="box", mode="linux", public_key=key)
        else:
            reply = await anna.slash("join", device="box", mode="linux")
        assert list(reply.files) == ["gg-box.conf"]
        assert b"Table = off" in reply.files["gg-box.conf"]
        assert "sudo wg-quick up gg-box" in reply.text
        assert (PRIVATE_KEY_PLACEHOLDER in reply.text) is own_key
        for confusing in ("QR", "phone", "picture"):
            assert confusing not in reply.text
        assert words("trouble-linux-silent") in (await anna.press(reply.button("It doesn't work"))).text
        assert list((await anna.slash("rotate", device="box")).files) == ["gg-box.conf"]
        assert words("forward-note-linux") in (await anna.slash("forward", port="25565")).text


@pytest.mark.parametrize(
    ("options", "platform", "mode"),
    [
        ({}, "Linux", Mode.LINUX),
        ({"mode": "hosting"}, "Linux", Mode.LINUX),
        ({"mode": "hosting"}, "Windows PC", Mode.FULL),
        ({"mode": " Everything "}, "Linux", Mode.FULL),
        ({"mode": "light"}, "Phone", Mode.SPLIT),
        ({"mode": "full"}, "Linux", Mode.FULL),
        ({"mode": "split"}, "Linux", Mode.SPLIT),
        ({"mode": "LINUX"}, "asked for none", Mode.LINUX),
    ],
)
async def test_what_a_device_is_for_decides_its_mode_by_its_platform(
    worlds: Worlds, options: dict[str, str], platform: str, mode: Mode
) -> None:
    """The words that /join took before count as well."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await join(anna, platform, **options)
        (peer,) = w.gate.desired.peers.values()
        assert peer.mode is mode


async def test_purposes_are_suggested_and_another_word_is_refused(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        for typed, expected in (
            ("", list(Purpose)),
            ("player ip", [Purpose.HOSTING, Purpose.LIGHT]),
            ("fu", list(Purpose)),
        ):
            offered = await anna.autocomplete("join", focused="mode", mode=typed)
            assert [(each.value, each.name) for each in offered] == [
                (purpose, words(f"purpose-{purpose}")) for purpose in expected
            ]
        assert (await anna.slash("join", mode="fast")).content == words("join-purpose-unknown")
        assert not w.gate.desired.peers


async def test_an_admin_turns_lan_mode_on_and_off(worlds: Worlds) -> None:
    """Every member reads it in the status, with the addresses by which devices now reach each other."""
    async with worlds() as w:
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await join(anna)
        assert "10.66.66.2" not in (await anna.slash("status")).text
        assert (await boss.slash("lan", state="on")).content == words("lan-on")
        assert w.gate.desired.lan is True
        (embed,) = (await anna.slash("status")).embeds
        assert words("status-lan") in str(embed.description)
        assert "VPN address `10.66.66.2` and `fd42:42:42::2`" in embed.fields["🟢 pc"]
        assert (await boss.slash("lan", state="off")).content == words("lan-off")
        assert "LAN" not in (await anna.slash("status")).text


async def test_only_admins_change_lan_mode(worlds: Worlds) -> None:
    """A member is refused before the gateway is asked."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        assert (await anna.slash("lan", state="on")).content == words("admins-only")
        assert w.gate.asked == []


@pytest.mark.parametrize("command", ["forward", "unforward"])
async def test_a_text_that_is_no_port_is_refused_with_an_example(worlds: Worlds, command: str) -> None:
    """The answer shows the typed text without formatting."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        reply = await anna.slash(command, port="**xyzzy**")
        assert r"\*\*xyzzy\*\* is not a port. Write one like 25565" in reply.content


async def test_rotate_takes_ipv6_out_of_a_config_and_puts_it_back(worlds: Worlds) -> None:
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await join(anna, ipv4_only=True)
        await rotate(anna)
        assert w.gate.device("pc").ipv6 is None
        await rotate(anna, ipv4_only=False)
        assert w.gate.device("pc").ipv6
        await rotate(anna, ipv4_only=True)
        assert w.gate.device("pc").ipv6 is None


async def test_rotate_delivers_new_keys_like_join(worlds: Worlds) -> None:
    """Address and ports stay, and the key is new once the platform is chosen."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await join(anna)
        await anna.slash("forward", port="25565")
        before = w.gate.device("pc")
        asked = await anna.slash("rotate")
        assert asked.text == words("rotate-question", device="pc")
        assert w.gate.device("pc") == before
        message = await press_platform(anna, asked)
        after = w.gate.device("pc")
        assert private_key(message.files["gg-pc.conf"]).public_key == after.public_key != before.public_key
        assert (after.ipv4, len(w.gate.desired.forwards)) == (before.ipv4, 1)


async def test_a_device_gets_another_name_and_keeps_all_else(worlds: Worlds) -> None:
    """Members rename their own; admins rename any, as /revoke names a member."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        await join(anna, device="pc")
        await join(anna, device="phone")
        await anna.slash("forward", port="25565", device="pc")
        before = w.gate.device("pc")
        assert "**pc** is called **rig** now" in (await anna.slash("rename", device="PC", new_name=" rig ")).content
        assert w.gate.device("rig") == replace(before, device="rig")
        assert "25565" in (await anna.slash("status")).text
        assert (
            "already have a device called Phone" in (await anna.slash("rename", device="rig", new_name="Phone")).content
        )
        assert words("admins-only") in (await anna.slash("rename", device="x", new_name="y", member=boss)).content
        reply = await boss.slash("rename", device="rig", new_name="Rig", member=anna)
        assert "**rig** is called **Rig** now" in reply.content
        assert w.gate.device("Rig").id == before.id


async def test_leave_takes_the_only_device_but_asks_among_several(worlds: Worlds) -> None:
    """A bare /leave never takes more than one device away."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        assert "/join" in (await anna.slash("leave")).content
        await join(anna, device="pc")
        await join(anna, device="phone")
        assert "pc, phone" in (await anna.slash("leave")).content
        assert len(w.gate.desired.peers) == 2
        await anna.slash("leave", device="phone")
        assert "**pc** is off the VPN" in (await anna.slash("leave")).content
        assert not w.gate.desired.peers


async def test_an_admin_revokes_a_member(worlds: Worlds) -> None:
    """First one device goes by name, then all others. A third /revoke answers that there is none."""
    async with worlds() as w:
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        for device in ("pc", "phone", "deck"):
            await join(anna, device=device)
        await anna.slash("forward", port="25565", device="pc")
        await boss.press((await boss.slash("revoke", member=anna, device="phone")).button("Revoke"))
        assert {peer.device for peer in w.gate.desired.peers.values()} == {"pc", "deck"}
        reply = await boss.press((await boss.slash("revoke", member=anna)).button("Revoke"))
        assert "2 devices of Anna." in reply.content
        assert "25565" in reply.content
        assert "Anna has no device" in (await boss.slash("revoke", member=anna)).content


async def test_only_admins_revoke(worlds: Worlds) -> None:
    """A member is refused before the gateway is asked, even for their own devices."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        assert (await anna.slash("revoke", member=anna)).content == words("admins-only")
        assert w.gate.asked == []


async def test_without_a_role_every_command_is_refused(worlds: Worlds) -> None:
    """Only the caller sees the answer, and the gateway is not asked."""
    async with worlds() as w:
        eve = w.discord.guild.add_member("eve", roles=["Guest"])
        for command, options in {
            "join": {},
            "forward": {"port": "25565"},
            "unforward": {"port": "25565"},
            "leave": {},
            "rotate": {},
            "revoke": {"member": eve},
            "lan": {"state": "on"},
            "status": {},
        }.items():
            reply = await eve.slash(command, **options)  # type: ignore[arg-type]
            assert "only for people with the role **Friends**" in reply.content
            assert reply.ephemeral
        assert await eve.autocomplete("leave", focused="device") == []
        assert w.gate.asked == []


async def test_roles_may_be_configured_by_id(worlds: Worlds) -> None:
    """A configured name may also be that of the guild's default role, which every member has."""
    async with worlds(member_roles=(1,)) as w:
        anna = w.discord.guild.add_member("anna")
        assert "<@&1>" in (await anna.slash("status")).content
    async with worlds(member_roles=("@everyone",)) as w:
        anna = w.discord.guild.add_member("anna")
        assert (await anna.slash("status")).embeds[0].description == words("status-none")


async def test_a_role_name_counts_before_the_bot_has_seen_the_guild(worlds: Worlds) -> None:
    """While Discord has not sent the guild, the bot asks for its roles, and does not refuse the member."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await w.bot.wait_until_ready()
        w.bot._connection._guilds.clear()
        assert (await anna.slash("status")).embeds[0].description == words("status-none")


async def test_members_see_their_own_devices_and_admins_all(worlds: Worlds) -> None:
    """This holds for the status and for suggestions."""
    async with worlds() as w:
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        ben = w.discord.guild.add_member("ben", roles=["Friends"])
        await join(anna, device="annas_pc")
        await join(ben, device="bens_pc")
        assert "bens" not in (await anna.slash("status")).text
        everything = (await boss.slash("status")).text
        assert r"annas\_pc · Anna" in everything
        assert r"bens\_pc · Ben" in everything
        assert [c.value for c in await anna.autocomplete("rotate", focused="device")] == ["annas_pc"]
        assert await anna.autocomplete("rotate", focused="device", device="bens") == []
        choices = await boss.autocomplete("revoke", focused="device", member=ben)
        assert [choice.value for choice in choices] == ["bens_pc"]
        assert await boss.autocomplete("revoke", focused="device") == []
        assert await anna.autocomplete("revoke", focused="device", member=ben) == []


async def test_many_devices_come_in_several_messages(worlds: Worlds) -> None:
    """Discord takes each of the messages that an admin with many members gets."""
    async with worlds() as w:
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        await join(boss, device="x")
        (peer,) = w.gate.desired.peers.values()
        w.gate.desired = replace(
            w.gate.desired,
            peers={i: another(peer, i, device=f"{i}" + "_" * 28) for i in range(1, 300)},
        )
        reply = await boss.slash("status")
        await reply.until(lambda reply: len(reply.messages) == 4)
        assert "more devices" in reply.messages[-1].text


async def test_the_bot_asks_discord_for_little(worlds: Worlds) -> None:
    """It asks for three intents, one of them privileged, has commands in one guild only, and pings no member."""
    async with worlds() as w:
        assert [name for name, on in w.bot.intents if on] == ["guilds", "members", "moderation"]
        assert w.bot.allowed_mentions is not None
        assert dict(w.bot.allowed_mentions.to_dict()) == {"parse": []}
        members = {"join", "forward", "host", "unforward", "connections", "status", "traffic", "policy"}
        members |= {"rotate", "rename", "leave"}
        assert set(w.discord.commands) == members | {
            "panel",
            "help",
            "settings",
            "setup",
            "posts",
            "revoke",
            "lan",
            "peers",
            "forwards",
            "audit",
            "doctor",
            "VPN devices",
        }


async def test_a_command_in_a_direct_message_is_sent_to_the_server(worlds: Worlds) -> None:
    """Roles that give access exist only in the bot's own server, so another server is answered in the same way."""
    async with worlds() as w:
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        direct = w.discord._backend.world.dm_channel(boss.user)
        assert (await boss.slash("status", in_channel=direct)).content == words("server-only")
        w.bot.context = replace(w.bot.context, section=replace(w.section, guild=1))
        assert (await boss.slash("status")).content == words("server-only")
        assert w.gate.asked == []
