"""Desired states of any size, in the gateway's own database."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path

from gateway.keys import PrivateKey, new_preshared_key
from gateway.model import Change, Desired, Forward, Mode, Peer, PortRange, Protocol
from gateway.network import Network, Uplink
from gateway.state.store import Store

SUBNET4, SUBNET6 = IPv4Network("10.66.0.0/16"), IPv6Network("fd42:42:42::/64")
SETTINGS = f'subnet4 = "{SUBNET4}"\n'
FIRST_PORT, STEP = 1030, 5
OWNER = "1"
NOW = datetime(2026, 1, 1, tzinfo=UTC)

NETWORK = Network(
    interface="wg0",
    uplinks=(Uplink("eth0", IPv4Address("203.0.113.1"), IPv6Address("2001:db8:1::1")),),
    listen_port=51820,
    mtu=1420,
    subnet4=SUBNET4,
    subnet6=SUBNET6,
    address4=SUBNET4[1],
    address6=SUBNET6[1],
    public4=IPv4Address("203.0.113.1"),
    public6=IPv6Address("2001:db8:1::1"),
)


def port(number: int) -> int:
    """Return the public port of a forward. Ports do not touch, so that no list of them becomes short as ranges."""
    return FIRST_PORT + STEP * number


def desired(peers: int, forwards: int) -> Desired:
    """Return a state in which `OWNER` has the first peer.

    Forwards are single ports, TCP and UDP, given to the peers in turn.
    """
    return Desired(
        peers={number: _peer(number) for number in range(1, peers + 1)},
        forwards={
            number + 1: Forward(
                id=number + 1,
                slot=number + 1,
                peer_id=number % peers + 1,
                protocol=Protocol.BOTH,
                ports=PortRange(port(number), port(number)),
                to_port=port(number),
                created_at=NOW,
            )
            for number in range(forwards)
        },
        next_peer_id=peers + 1,
        next_forward_id=forwards + 1,
    )


async def write(state_dir: Path, wanted: Desired) -> None:
    """Write the state as a gateway that made all of it would have left it."""
    state_dir.mkdir(mode=0o700, parents=True)
    async with Store.open(state_dir / "guildgate.db") as store, store.transaction():
        await store.save(Change.between(Desired(), wanted))


def _peer(number: int) -> Peer:
    return Peer(
        id=number,
        owner=OWNER if number == 1 else f"member{number}",
        owner_name=f"member{number}",
        device="pc",
        public_key=PrivateKey.generate().public_key,
        preshared_key=new_preshared_key(),
        ipv4=SUBNET4[number + 1],
        ipv6=SUBNET6[number + 1],
        mode=Mode.FULL,
        created_at=NOW,
    )
