"""Each command, typed by a member in Discord and answered from a gateway."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from gateway.api.contract import PRIVATE_KEY_PLACEHOLDER
from gateway.keys import PrivateKey
from tests.unit.bot.access.test_delivery import decoded
from tests.unit.bot.english import words
from tests.unit.bot.world import World, world
from tests.unit.builders import another
from tests.unit.fakes.host import NOW

Worlds = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    return partial(world, tmp_path, monkeypatch)


def private_key(config: bytes) -> PrivateKey:
    (line,) = [line for line in config.decode().splitlines() if line.startswith("PrivateKey")]
    return PrivateKey.parse(line.partition(" = ")[2])


async def test_joining_delivers_a_working_config_by_direct_message(worlds: Worlds) -> None:
    """The file and the QR code hold the same text, and its private key belongs to the peer that the gateway made."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        reply = await anna.slash("join", device="laptop")
        message = await anna.dm()
        assert list(message.files) == ["gg-laptop.conf", "gg-laptop.png"]
        assert decoded(message.files["gg-laptop.png"]) == message.files["gg-laptop.conf"]
        assert private_key(message.files["gg-laptop.conf"]).public_key == w.gate.device("laptop").public_key
        until = f"<t:{(NOW + timedelta(days=1)).timestamp():.0f}:R>"
        assert message.content.splitlines() == [
            words("setup-headline", device="laptop"),
            words("setup-secret"),
            words("setup-shown-until", device="laptop", relative=until),
        ]
        assert "`gg-laptop.conf`" in message.text
        assert reply.ephemeral
        assert not reply.files
        assert reply.content == words("setup-sent", device="laptop")


async def test_closed_direct_messages_do_not_hold_the_config_back(worlds: Worlds) -> None:
    """The answer, which only the member sees, has the same files."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        anna.close_dms()
        reply = await anna.slash("join")
        assert reply.ephemeral
        assert decoded(reply.files["gg-pc.png"]) == reply.files["gg-pc.conf"]
        assert private_key(reply.files["gg-pc.conf"]).public_key == w.gate.device("pc").public_key


async def test_joining_twice_explains_rotate(worlds: Worlds) -> None:
    """The device stays unchanged. The answer names /rotate, and another name for another device."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await anna.slash("join")
        key = w.gate.device("pc").public_key
        reply = await anna.slash("join")
        assert "/rotate" in reply.content
        assert "`/join device:laptop`" in reply.content
        assert w.gate.device("pc").public_key == key


async def test_a_member_may_keep_the_private_key(worlds: Worlds) -> None:
    """The config for a member's own public key has the placeholder, and no QR code, which could not work."""
    key = PrivateKey.generate().public_key
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await anna.slash("join", public_key=str(key))
        message = await anna.dm()
        assert list(message.files) == ["gg-pc.conf"]
        assert PRIVATE_KEY_PLACEHOLDER in message.files["gg-pc.conf"].decode()
        assert w.gate.device("pc").public_key == key


async def test_a_wrong_public_key_never_reaches_the_gateway(worlds: Worlds) -> None:
    """The answer says what a key looks like."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        reply = await anna.slash("join", public_key="hello")
        assert "44 characters of base64" in reply.content
        assert w.gate.asked == []


async def test_a_port_lives_from_forward_to_unforward(worlds: Worlds) -> None:
    """It is opened, shown in the status, suggested for closing, and closed."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await anna.slash("join")
        reply = await anna.slash("forward", port="25565")
        assert reply.ephemeral
        assert "```\nvps.example.org:25565\n```" in reply.content
        assert "/unforward port:25565" in reply.content
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
        await anna.slash("join", device="pc")
        await anna.slash("join", device="box", mode="split")
        reply = await anna.slash("forward", port="27015-27016", protocol="udp", to_port=28015, device="box")
        (forward,) = w.gate.desired.forwards.values()
        assert (str(forward.ports), forward.protocol.value, forward.to_port) == ("27015-27016", "udp", 28015)
        assert forward.peer_id == w.gate.device("box").id
        assert words("forward-note-split") in reply.content


async def test_several_ports_in_one_command(worlds: Worlds) -> None:
    """All are opened, and the command in the answer closes exactly these."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await anna.slash("join")
        await anna.slash("forward", port="27015/tcp")
        reply = await anna.slash("forward", port="2456-2458, 27015/UDP")
        assert "```\nvps.example.org:2456\n```\n-# Also open: 2457-2458, 27015/udp\n" in reply.content
        assert "`/unforward port:2456-2458,27015/udp`" in reply.content
        await anna.slash("unforward", port="2456-2458,27015/udp")
        assert [f"{f.ports}/{f.protocol}" for f in w.gate.desired.forwards.values()] == ["27015/tcp"]


async def test_one_port_with_two_protocols_is_closed_one_by_one(worlds: Worlds) -> None:
    """Each forward is suggested with its protocol, and found by it."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await anna.slash("join")
        await anna.slash("forward", port="27015", protocol="tcp")
        reply = await anna.slash("forward", port="27015", protocol="udp", to_port=28015)
        assert "`/unforward port:27015/udp`" in reply.content
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
    """No phone can run that config. Its owner learns the command and the address that a UDP server needs."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        if own_key:
            await anna.slash("join", device="box", mode="linux", public_key=str(PrivateKey.generate().public_key))
        else:
            await anna.slash("join", device="box", mode="linux")
        message = await anna.dm()
        assert list(message.files) == ["gg-box.conf"]
        assert b"Table = off" in message.files["gg-box.conf"]
        assert "sudo wg-quick up gg-box" in message.text
        assert "`10.66.66.2` or `fd42:42:42::2`" in message.text
        assert (PRIVATE_KEY_PLACEHOLDER in message.text) is own_key
        for confusing in ("QR", "phone", "picture"):
            assert confusing not in message.text
        assert words("forward-note-linux") in (await anna.slash("forward", port="25565")).content


async def test_an_admin_turns_lan_mode_on_and_off(worlds: Worlds) -> None:
    """Every member reads it in the status, with the addresses by which devices now reach each other."""
    async with worlds() as w:
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await anna.slash("join")
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
        await anna.slash("join", ipv4_only=True)
        await anna.slash("rotate")
        assert w.gate.device("pc").ipv6 is None
        await anna.slash("rotate", ipv4_only=False)
        assert w.gate.device("pc").ipv6
        await anna.slash("rotate", ipv4_only=True)
        assert w.gate.device("pc").ipv6 is None


async def test_rotate_delivers_new_keys_like_join(worlds: Worlds) -> None:
    """Address and ports stay, the key is new, the config comes by direct message."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        await anna.slash("join")
        await anna.slash("forward", port="25565")
        before = w.gate.device("pc")
        await anna.dm()
        await anna.slash("rotate")
        after, message = w.gate.device("pc"), await anna.dm()
        assert private_key(message.files["gg-pc.conf"]).public_key == after.public_key != before.public_key
        assert (after.ipv4, len(w.gate.desired.forwards)) == (before.ipv4, 1)


async def test_a_device_gets_another_name_and_keeps_all_else(worlds: Worlds) -> None:
    """Members rename their own; admins rename any, as /revoke names a member."""
    async with worlds() as w:
        anna = w.discord.guild.add_member("anna", roles=["Friends"])
        boss = w.discord.guild.add_member("boss", roles=["Admin"])
        await anna.slash("join", device="pc")
        await anna.slash("join", device="phone")
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
        await anna.slash("join", device="pc")
        await anna.slash("join", device="phone")
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
            await anna.slash("join", device=device)
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
        await anna.slash("join", device="annas_pc")
        await ben.slash("join", device="bens_pc")
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
        await boss.slash("join", device="x")
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
        members = {"join", "forward", "unforward", "connections", "status", "traffic", "policy"}
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
