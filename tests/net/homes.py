"""What stands in a friend's home besides the world's machine: containers, firewalls, and servers of other kinds."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from gateway.demo.namespace import Address, Namespace
from gateway.demo.world import PLAYER4, PLAYER6, VPS4, VPS6
from gateway.keys import PrivateKey
from gateway.model import Mode
from tests.net.gateway import Gateway
from tests.net.wgquick import WgQuick

VPN: tuple[Address, ...] = (IPv4Address("10.66.66.2"), IPv6Address("fd42:42:42::2"))
PUBLIC: tuple[Address, ...] = (VPS4, VPS6)
PLAYERS: tuple[tuple[Address, Address], ...] = ((VPS4, PLAYER4), (VPS6, PLAYER6))
CONTAINER4, CONTAINER6 = IPv4Address("172.17.0.2"), IPv6Address("fd00:17::2")
_FILES = Path(__file__).parent / "firewalls"
# What dockerd 27 makes for `docker run -p 25565:7777/tcp -p 25565:7777/udp`, with its own chains left out that are
# empty. `{own}` and `{network}` are the container's.
_DOCKER = """\
*nat
:DOCKER -
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d {loopback} -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s {network} ! -o docker0 -j MASQUERADE
-A POSTROUTING -s {own} -d {own} -p tcp -m tcp --dport 7777 -j MASQUERADE
-A POSTROUTING -s {own} -d {own} -p udp -m udp --dport 7777 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 25565 -j DNAT --to-destination {bracketed}:7777
-A DOCKER ! -i docker0 -p udp -m udp --dport 25565 -j DNAT --to-destination {bracketed}:7777
COMMIT
*filter
:FORWARD DROP
:DOCKER -
:DOCKER-ISOLATION-STAGE-1 -
:DOCKER-ISOLATION-STAGE-2 -
:DOCKER-USER -
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER -d {own} ! -i docker0 -o docker0 -p tcp -m tcp --dport 7777 -j ACCEPT
-A DOCKER -d {own} ! -i docker0 -o docker0 -p udp -m udp --dport 7777 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
COMMIT
"""


async def joined(gateway: Gateway) -> str:
    """Make a device in mode linux whose port 25565 is open, also as 25575. Return its config."""
    config = await gateway.join(mode=Mode.LINUX)
    await gateway.forward(25565)
    await gateway.forward(25575, to_port=25565)
    return config


async def answers(asker: Namespace, public: Address, *ports: int) -> None:
    """Assert that a server answers over TCP and UDP."""
    asked = (ask(public, port) for port in ports or (25565,) for ask in (asker.ask_tcp, asker.ask_udp))
    assert set(await asyncio.gather(*asked)) == {"hello"}


def be_strict(home: Namespace, rp_filter: int = 1, *scopes: str) -> None:
    """Let the home's machine check the reverse path of what comes in."""
    for scope in ("all", "default", "eth0", *scopes):
        home.sysctl(f"net/ipv4/conf/{scope}/rp_filter", str(rp_filter))


@asynccontextmanager
async def container_on(host: Namespace) -> AsyncIterator[Namespace]:
    """Make a container on `host`, whose port 25565 is published and leads to the container's 7777."""
    container = Namespace(f"{host.name}-box")
    container.create()
    try:
        host.sysctl("net/ipv4/ip_forward", "1")
        host.sysctl("net/ipv6/conf/all/forwarding", "1")
        await host.run("ip", "link", "add", "docker0", "type", "bridge")
        await host.run("ip", "link", "add", "vethbox", "type", "veth", "peer", "name", "eth0", "netns", container.name)
        await host.run("ip", "link", "set", "vethbox", "master", "docker0", "up")
        for where, device, ends in ((host, "docker0", "1"), (container, "eth0", "2")):
            where.sysctl(f"net/ipv6/conf/{device}/accept_dad", "0")
            await where.run("ip", "address", "add", f"172.17.0.{ends}/16", "dev", device)
            await where.run("ip", "address", "add", f"fd00:17::{ends}/64", "dev", device, "nodad")
            await where.run("ip", "link", "set", device, "up")
        for route in ("172.17.0.1", "fd00:17::1"):
            await container.run("ip", "route", "add", "default", "via", route)
        for program, own, network, loopback in (
            ("iptables-restore", CONTAINER4, "172.17.0.0/16", "127.0.0.0/8"),
            ("ip6tables-restore", CONTAINER6, "fd00:17::/64", "::1/128"),
        ):
            bracketed = f"[{own}]" if own.version == 6 else own
            rules = _DOCKER.format(own=own, network=network, loopback=loopback, bracketed=bracketed)
            await host.run(program, stdin=rules)
        yield container
    finally:
        container.delete()


async def ufw(host: Namespace) -> None:
    """Load the rules of ufw 0.36.2 after `ufw allow 22/tcp`, `ufw allow 25565` and `ufw enable`."""
    await host.run("iptables-restore", stdin=(_FILES / "ufw4.rules").read_text())
    await host.run("ip6tables-restore", stdin=(_FILES / "ufw6.rules").read_text())


async def firewalld(host: Namespace, *, is_open: bool = True) -> None:
    """Load the rules of firewalld 1.3.3 with its defaults, and with port 25565 added to the zone if it `is_open`."""
    rules = (_FILES / "firewalld.nft").read_text()
    shut = "".join(line for line in rules.splitlines(keepends=True) if "dport 25565" not in line)
    assert rules.count("dport 25565 accept") == 2
    await host.run("nft", "-f", "-", stdin=rules if is_open else shut)


@asynccontextmanager
async def another_vpn(server: Namespace, outward: str, folder: Path) -> AsyncIterator[str]:
    """Run a VPN of WireGuard on `server`, and yield a config for a device whose whole IPv4 traffic it takes.

    It puts its own address in the place of the device's towards the interface `outward`. Its endpoint is the address
    of the link by which devices come, because wireguard-go 0.0.20231211 answers from that address in any case.
    """
    ours, theirs = PrivateKey.generate(), PrivateKey.generate()
    rule = f'oifname "{outward}" ip saddr 10.99.0.2 masquerade'
    masquerade = f"table ip other {{ chain post {{ type nat hook postrouting priority srcnat; {rule}; }}; }}"
    quick = WgQuick(
        server,
        f"[Interface]\nPrivateKey = {ours.reveal()}\nAddress = 10.99.0.1/24\nListenPort = 51999\n"
        f"PostUp = nft '{masquerade}'\nPostDown = nft delete table ip other\n"
        f"[Peer]\nPublicKey = {theirs.public_key}\nAllowedIPs = 10.99.0.2/32\n",
        "ggother0",
        folder,
    )
    await quick.up(is_reachable=False)
    try:
        yield (
            f"[Interface]\nPrivateKey = {theirs.reveal()}\nAddress = 10.99.0.2/32\n"
            f"[Peer]\nPublicKey = {ours.public_key}\nAllowedIPs = 0.0.0.0/0\nEndpoint = 198.18.0.254:51999\n"
            "PersistentKeepalive = 25\n"
        )
    finally:
        await quick.down()


@dataclass(slots=True)
class UdpServer:
    """A UDP server that echoes, and notes from where each datagram came and which address it was sent to."""

    socket: socket.socket
    callers: list[tuple[Address, int]] = field(default_factory=list)
    asked: list[Address] = field(default_factory=list)  # filled by a server with IP_PKTINFO

    def echo(self) -> None:
        data, peername = self.socket.recvfrom(65535)
        self.note(peername)
        self.socket.sendto(data, peername)

    def echo_with_pktinfo(self) -> None:
        """Answer from the address that the datagram came to, as servers do that ask the kernel for it."""
        data, ancillary, _, peername = self.socket.recvmsg(65535, 256)
        ((level, kind, info),) = ancillary
        _, _, address = struct.unpack("=I4s4s", info)
        self.note(peername)
        self.asked.append(IPv4Address(address))
        self.socket.sendmsg([data], [(level, kind, struct.pack("=I4s4s", 0, address, bytes(4)))], 0, peername)

    def note(self, peername: tuple[str, int]) -> None:
        address = ip_address(peername[0])
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        self.callers.append((mapped or address, peername[1]))


@asynccontextmanager
async def dual_stack(host: Namespace, port: int) -> AsyncIterator[UdpServer]:
    """Serve UDP on `::`, which takes IPv4 as well."""
    with host.socket(socket.AF_INET6, socket.SOCK_DGRAM) as made:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.bind(("::", port))
        server = UdpServer(made)
        async with _reading(made, server.echo):
            yield server


@asynccontextmanager
async def with_pktinfo(host: Namespace, port: int) -> AsyncIterator[UdpServer]:
    """Serve UDP on 0.0.0.0 with IP_PKTINFO."""
    with host.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        made.bind(("0.0.0.0", port))
        server = UdpServer(made)
        async with _reading(made, server.echo_with_pktinfo):
            yield server


_IP_PKTINFO = 8  # linux/in.h; the module `socket` has it from Python 3.12 on


@asynccontextmanager
async def _reading(made: socket.socket, read: Callable[[], None]) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    loop.add_reader(made, read)
    try:
        yield
    finally:
        loop.remove_reader(made)
