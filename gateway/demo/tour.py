"""The tour: all that members and admins do, told and checked step by step."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import cast

from bot.core.status import status as status_of
from gateway.api.contract import AddForward, Revoke, SetLan, Status
from gateway.demo import message
from gateway.demo.flow import flowing
from gateway.demo.namespace import Namespace
from gateway.demo.stage import Friend, Stage
from gateway.demo.steps import StepFailed, chapter, cut, expect, said, tell
from gateway.demo.style import qr
from gateway.demo.tunnel import until
from gateway.demo.world import PLAYER4, PLAYER6, VPS4, VPS6
from gateway.errors import NotAllowed, PortTaken
from gateway.host import nft
from gateway.model import Protocol, parse_ports

GAME, RACED, PRIVATE = 25565, 27015, 25566


async def play(directory: Path) -> int:
    """Play every step in a new world, whose files are in `directory`. Return 0 when all happened, 1 when one failed."""
    async with Stage.open(directory) as stage:
        steps = (_gateway, _join, _tunnel, _closed, _forward, _status, _race, _lan, _revoke, _stop)
        return await tell(stage, steps, "Now yours: sudo ./run demo")


async def _gateway(stage: Stage) -> None:
    chapter(
        "A small VPS",
        "It has the public addresses 203.0.113.1 and 2001:db8:1::1. The real gateway runs on it, in a\n"
        "network namespace of its own; so do two friends at home behind one carrier's NAT, and two players.",
    )
    status = await stage.status(stage.friends["admin"])
    expect(status.public_address == str(VPS4), f"the gateway answers, {status.backend} WireGuard")
    expect(status.public_address6 == str(VPS6), "it found its public IPv6 address as well")


async def _join(stage: Stage) -> None:
    chapter(
        "alex: /join laptop, and presses Windows PC",
        "The answer has three steps and a file. With Phone it has this QR code as well.",
    )
    alex = stage.friends["alex"]
    issued = await stage.join(alex, "laptop")
    print(qr(issued.config))
    expect("PrivateKey" in issued.config and "PASTE" not in issued.config, f"{issued.file_name} is complete")


async def _tunnel(stage: Stage) -> None:
    chapter("Alex imports the file", "A real WireGuard tunnel, from behind the carrier's NAT and without IPv6 there.")
    alex = stage.friends["alex"]
    expect(not await stage.surf(alex), "without the tunnel Alex has no IPv6")
    await alex.up()
    expect(True, "the tunnel's handshake is done")
    expect(await stage.surf(alex), "Alex's PC reaches a site over IPv4 and IPv6")
    callers = {caller.address for caller in stage.site.callers[-2:]}
    expect(callers == {VPS4, VPS6}, "and the site saw the VPS's addresses")


async def _closed(stage: Stage) -> None:
    chapter("Alex hosts a game", f"The server listens on port {GAME} at home. Nothing is forwarded yet.")
    server = await stage.friends["alex"].host(GAME)
    expect(await _is_silent(stage.world.player, GAME), f"a player who connects to {VPS4}:{GAME} reaches nobody")
    expect(not server.callers, "and Alex's server heard of nothing")


async def _forward(stage: Stage) -> None:
    chapter(f"alex: /forward {GAME}", "One command, and the server at home is on the Internet.")
    alex = stage.friends["alex"]
    opened = await stage.client.call(AddForward(actor=alex.actor, ports=parse_ports(str(GAME))))
    expect(opened.public_address == str(VPS4), f"players connect to {opened.public_address}:{opened.forwards[0].ports}")
    server = await alex.host(GAME)
    for public, own in ((VPS4, PLAYER4), (VPS6, PLAYER6)):
        for protocol in Protocol.BOTH.each:
            await _ask(stage.world.player, public, GAME, protocol)
            expect(
                server.saw(own, protocol),
                f"a {protocol.upper()} player reached it, and it saw {own}, the player's own address",
            )
    private = await alex.host(PRIVATE)
    reached = not await _is_silent(stage.world.player, PRIVATE) or private.callers
    expect(not reached, f"port {PRIVATE} of the same PC, which nobody forwarded, stays unreachable")


async def _status(stage: Stage) -> None:
    chapter("alex: /status", "While a player is connected.")
    alex = stage.friends["alex"]

    async def with_player() -> Status | None:
        status = await stage.status(alex)
        return status if any(row.players for row in status.forwards) else None

    async with flowing(stage.world.player, VPS4, GAME, Protocol.TCP):
        status = cast(Status, await until(with_player))  # a moment later, because a server list asks and goes
    for embed in status_of(message.english(), status, everyone=False):
        print(message.embed(embed, status.at))
    (peer,), (forward,) = status.peers, status.forwards
    fresh = peer.latest_handshake is not None and (status.at - peer.latest_handshake).total_seconds() < 180
    expect(fresh, "the handshake is fresh")
    expect(peer.rx_bytes > 0 and peer.tx_bytes > 0, "bytes went both ways")
    expect(forward.connections > 0 and forward.players > 0, "the player and the live connection are counted")


async def _race(stage: Stage) -> None:
    chapter("kim: /join, and a race", f"Kim wants port {GAME} too, and both want {RACED} in the same moment.")
    alex, kim = stage.friends["alex"], stage.friends["kim"]
    await stage.join(kim, "pc")
    await kim.up()
    try:
        await stage.client.call(AddForward(actor=kim.actor, ports=parse_ports(str(GAME))))
    except PortTaken as refusal:
        expect(True, f'Kim is told: "{said(refusal)}"')
    else:
        raise StepFailed("Kim got Alex's port")
    outcomes = await asyncio.gather(*(_gets(stage, friend, RACED) for friend in (alex, kim)))
    expect(sum(outcomes) == 1, f"exactly one of the two got port {RACED}")
    seen = {peer.peer.owner_name for peer in (await stage.status(kim)).peers}
    expect(seen == {"kim"}, "Kim's /status shows Kim's device only")


async def _gets(stage: Stage, friend: Friend, port: int) -> bool:
    """Reports whether `friend` gets `port`; False if it is taken. Any other refusal is raised."""
    try:
        await stage.client.call(AddForward(actor=friend.actor, ports=parse_ports(str(port))))
    except PortTaken:
        return False
    return True


async def _lan(stage: Stage) -> None:
    chapter("admin: /lan state:on", "Friends' PCs are kept apart, until an admin wants a LAN party.")
    alex, kim, admin = (stage.friends[name] for name in ("alex", "kim", "admin"))
    server, address = await alex.host(GAME), alex.vpn_addresses[0]
    expect(await _is_silent(kim.home, GAME, address), f"Kim's PC does not reach Alex's at {address}")
    await stage.client.call(SetLan(actor=admin.actor, on=True))
    async with (
        flowing(kim.home, address, GAME, Protocol.TCP) as tcp,
        flowing(kim.home, address, GAME, Protocol.UDP) as udp,
    ):
        own = kim.vpn_addresses[0]
        seen = all(server.saw(own, protocol) for protocol in Protocol.BOTH.each)
        expect(seen, f"now it does, over TCP and UDP, and Alex's server sees Kim's PC as {own}")
        await cut(stage.client.call(SetLan(actor=admin.actor, on=False)), tcp, udp)
    expect(await _is_silent(kim.home, GAME, address), "after /lan state:off Kim's PC does not reach Alex's any more")


async def _revoke(stage: Stage) -> None:
    chapter("admin: /revoke alex, and presses Revoke", "In the middle of a match, over TCP and UDP.")
    alex, kim, admin = (stage.friends[name] for name in ("alex", "kim", "admin"))
    try:
        await stage.client.call(Revoke(actor=kim.actor, owner=alex.actor.id))
    except NotAllowed as refusal:
        expect(True, f'the gateway itself refuses Kim, who is no admin: "{said(refusal)}"')
    else:
        raise StepFailed("Kim revoked Alex's access")
    async with (
        flowing(stage.world.player, VPS4, GAME, Protocol.TCP) as tcp,
        flowing(stage.world.player, VPS4, GAME, Protocol.UDP) as udp,
    ):
        await tcp.goes_on()
        await udp.goes_on()
        expect(True, "both flows are alive")
        revoking = stage.client.call(Revoke(actor=admin.actor, owner=alex.actor.id))
        await cut(revoking, tcp, udp)
    expect(not await stage.surf(alex), "Alex's tunnel is dead")
    expect(await stage.surf(kim), "Kim's is not")


async def _stop(stage: Stage) -> None:
    chapter("Ctrl-C", "A clean stop puts the VPS back as it was; only the gateway's state stays on disk.")
    expect(await stage.stop_gateway() == 0, "the gateway ended by itself, with exit code 0")
    links = {name for _, name in stage.world.vps.call(socket.if_nameindex)}
    expect(links == {"lo", "eth0"}, "its WireGuard interface is gone")
    expect(not stage.world.vps.call(_tables), "its nftables table is gone")
    reserved, forwarding = stage.world.vps.call(_sysctls)
    expect(reserved == "", "no port is reserved any more")
    expect(forwarding == "0", "forwarding is off again, as it was found")


async def _is_silent(player: Namespace, port: int, host: IPv4Address | IPv6Address = VPS4) -> bool:
    """Report whether neither TCP nor UDP gets an answer from `host` on `port`."""
    for protocol in Protocol.BOTH.each:
        try:
            await _ask(player, host, port, protocol, timeout_s=0.7)
        except OSError:
            continue
        return False
    return True


async def _ask(
    player: Namespace, host: IPv4Address | IPv6Address, port: int, protocol: Protocol, timeout_s: float = 3
) -> None:
    ask = player.ask_tcp if protocol is Protocol.TCP else player.ask_udp
    await ask(host, port, timeout_s=timeout_s)


def _tables() -> list[str]:
    return nft.run("list tables")[0].output.splitlines()


def _sysctls() -> tuple[str, str]:
    ipv4 = Path("/proc/sys/net/ipv4")
    return (ipv4 / "ip_local_reserved_ports").read_text().strip(), (ipv4 / "ip_forward").read_text().strip()
