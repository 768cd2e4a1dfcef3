"""The configs of `/join` and `/rotate`, and the end by `/leave`, with real devices."""

from __future__ import annotations

import pytest

from gateway.api.contract import PRIVATE_KEY_PLACEHOLDER
from gateway.demo.server import hosting
from gateway.demo.tunnel import ClientConfig, peer_up
from gateway.demo.world import PLAYER4, SITE4, SITE6, VPS4, VPS6, World
from gateway.keys import PrivateKey
from gateway.model import Protocol
from tests.codes import read_png
from tests.e2e.scene import config_of, join, reaches, said
from tests.fakediscord import FakeDiscord, Person, buttons
from tests.joining import PHONE, rotate, sent
from tests.joining import join as add

pytestmark = [pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]

SITE = 80


async def test_a_phone_gets_the_config_and_a_qr_code_of_exactly_it(alice: Person) -> None:
    """Only the member sees them."""
    reply = await add(alice, PHONE, device="laptop")
    assert set(reply.files) == {"gg-laptop.conf", "gg-laptop.png"}
    assert read_png(reply.files["gg-laptop.png"]) == reply.files["gg-laptop.conf"]
    assert reply.ephemeral
    assert alice.dms == []


async def test_the_config_leads_to_the_internet_over_both_families(alice: Person, world: World) -> None:
    """Other machines on the Internet see the gateway's address."""
    config = await join(alice)
    async with peer_up(world.friend, config, "friend0") as tunnel, hosting(world.inet, SITE) as site:
        await tunnel.handshake()
        for address, seen in ((SITE4, VPS4), (SITE6, VPS6)):
            assert await world.friend.ask_tcp(address, SITE) == "hello"
            assert site.saw(seen, Protocol.TCP)
    assert ClientConfig.parse(config).peer["persistentkeepalive"] == "25"


@pytest.mark.parametrize("is_direct", [True, False])
async def test_the_config_leaves_its_message_when_the_device_has_connected(
    alice: Person, world: World, discord: FakeDiscord, is_direct: bool
) -> None:
    """The direct message is the one that the answer's button sends. It leads to hosting then."""
    reply = await add(alice)
    message = await sent(alice, reply) if is_direct else reply.message
    async with peer_up(world.friend, config_of(message.files), "friend0") as tunnel:
        await tunnel.handshake()
        await discord.until(lambda: "Connected" in message.text, "connected")
        assert message.files == {}
        assert [each.label for each in buttons(message)] == ["Host a game"]


async def test_a_member_with_an_own_key_gets_a_config_that_only_lacks_it(alice: Person, world: World) -> None:
    """No private key is made, so there is no QR code either."""
    key = PrivateKey.generate()
    message = await add(alice, public_key=str(key.public_key))
    assert set(message.files) == {"gg-pc.conf"}
    config = config_of(message.files)
    assert ClientConfig.parse(config).interface["privatekey"] == PRIVATE_KEY_PLACEHOLDER
    assert PRIVATE_KEY_PLACEHOLDER in message.text
    finished = config.replace(PRIVATE_KEY_PLACEHOLDER, key.reveal())
    async with peer_up(world.friend, finished, "friend0") as tunnel, hosting(world.inet, SITE):
        await tunnel.handshake()
        assert await world.friend.ask_tcp(SITE4, SITE) == "hello"


@pytest.mark.parametrize("key", ["hello", "A" * 44, "A" * 42 + "B=", "A" * 43 + "="])
async def test_what_is_no_public_key_is_refused_and_makes_nothing(alice: Person, key: str) -> None:
    """One of these is well-formed: the zero key, with which any listener could read along."""
    reply = await add(alice, public_key=key)
    assert reply.ephemeral
    assert "public_key" in said(reply)
    assert "no device" in said(await alice.slash("status"))


async def test_joining_again_proposes_a_free_name_and_the_config_stays_good(alice: Person, world: World) -> None:
    config = await join(alice, device="laptop")
    reply = await alice.slash("join", device="Laptop")
    assert reply.ephemeral
    assert "/rotate" in said(reply)
    assert "Laptop2" in said(reply)
    async with peer_up(world.friend, config, "friend0") as tunnel:
        await tunnel.handshake()


async def test_rotate_kills_the_old_config_and_keeps_addresses_and_forwards(alice: Person, world: World) -> None:
    old = await join(alice)
    await alice.slash("forward", port="25565")
    async with hosting(world.inet, SITE), hosting(world.friend, 25565) as server:
        async with peer_up(world.friend, old, "friend0") as tunnel:
            await tunnel.handshake()
            assert await reaches(world.friend, SITE4, SITE)
            message = await rotate(alice, PHONE)
            assert not await reaches(world.friend, SITE4, SITE)
            assert not await reaches(world.player, VPS4, 25565)
        async with peer_up(world.friend, old, "friend0") as tunnel:
            assert not await reaches(world.friend, SITE4, SITE)
            assert await tunnel.latest_handshake() is None
        new = config_of(message.files)
        assert read_png(message.files["gg-pc.png"]).decode() == new
        before, after = ClientConfig.parse(old), ClientConfig.parse(new)
        assert after.addresses == before.addresses
        assert after.interface["privatekey"] != before.interface["privatekey"]
        assert after.peer["presharedkey"] != before.peer["presharedkey"]
        async with peer_up(world.friend, new, "friend0") as tunnel:
            await tunnel.handshake()
            assert await reaches(world.friend, SITE6, SITE)
            assert await world.player.ask_udp(VPS6, 25565) == "hello"
            assert await world.player.ask_tcp(VPS4, 25565) == "hello"
            assert server.saw(PLAYER4, Protocol.TCP)


async def test_a_member_that_leaves_is_off_the_vpn_with_its_ports(alice: Person, world: World) -> None:
    """With two devices, the named one goes; without a name none does."""
    laptop, phone = await join(alice, device="laptop"), await join(alice, device="phone")
    await alice.slash("forward", port="25565", device="laptop")
    async with (
        peer_up(world.friend, laptop, "friend0") as tunnel,
        peer_up(world.friend2, phone, "friend1") as other,
        hosting(world.inet, SITE),
        hosting(world.friend, 25565),
    ):
        await tunnel.handshake()
        await other.handshake()
        assert "laptop" in said(await alice.slash("leave"))
        assert await reaches(world.player, VPS4, 25565)
        reply = await alice.slash("leave", device="laptop")
        assert "laptop is off the VPN" in said(reply)
        assert "25565" in said(reply)
        assert not await reaches(world.player, VPS4, 25565)
        assert not await reaches(world.friend, SITE4, SITE)
        assert await reaches(world.friend2, SITE4, SITE)


async def test_a_member_without_direct_messages_keeps_the_file_in_the_answer(alice: Person, world: World) -> None:
    alice.close_dms()
    reply = await add(alice, device="laptop")
    await alice.press(reply.button("Send to my DMs"))
    assert alice.dms == []
    async with peer_up(world.friend, config_of(reply.message.files), "friend0") as tunnel:
        await tunnel.handshake()


async def test_a_split_config_carries_only_the_vpn(alice: Person) -> None:
    config = ClientConfig.parse(await join(alice, mode="split"))
    assert sorted(map(str, config.allowed_ips)) == ["10.66.66.0/24", "fd42:42:42::/64"]


async def test_devices_are_limited_and_the_refusal_says_so(alice: Person) -> None:
    for device in ("pc", "laptop", "phone"):
        await join(alice, device=device)
    reply = await add(alice, device="tablet")
    assert "3 devices" in said(reply)
