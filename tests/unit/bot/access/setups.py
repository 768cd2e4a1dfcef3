"""A config for the tests of what members receive."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address

from gateway.api.contract import PRIVATE_KEY_PLACEHOLDER, Issued, PeerInfo
from gateway.model import Key, Mode

CONFIG = f"""[Interface]
PrivateKey = {PRIVATE_KEY_PLACEHOLDER}
Address = 10.66.66.2/32, fd42:42:42::2/128
DNS = 1.1.1.1, 9.9.9.9
MTU = 1420

[Peer]
PublicKey = {Key(bytes(range(32)))}
PresharedKey = {Key(bytes(range(32, 64)))}
AllowedIPs = 0.0.0.0/0, ::/0
Endpoint = vps.example.org:51820
PersistentKeepalive = 25
"""
ISSUED = Issued(
    peer=PeerInfo(
        id=1,
        owner="100",
        owner_name="Anna",
        device="pc",
        public_key=Key(bytes(32)),
        ipv4=IPv4Address("10.66.66.2"),
        ipv6=IPv6Address("fd42:42:42::2"),
        mode=Mode.FULL,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    ),
    file_name="gg-pc.conf",
    config=CONFIG,
)
