"""The wg-quick(8) configuration a member receives, whole but for the private key."""

from __future__ import annotations

import re

from gateway.config import GatewaySection
from gateway.contract import PRIVATE_KEY_PLACEHOLDER, Issued, PeerInfo
from gateway.model import Key, Mode, Peer


def issue(peer: Peer, gateway: GatewaySection, public_key: Key, public_address: str) -> Issued:
    networks = [str(gateway.subnet4), *([str(gateway.network6)] if gateway.network6 else [])]
    # ::/0 even without IPv6 in the tunnel: otherwise the device's IPv6 traffic would silently bypass it.
    allowed_ips = networks if peer.mode is Mode.SPLIT else ["0.0.0.0/0", "::/0"]
    addresses = [f"{peer.ipv4}/32", *([f"{peer.ipv6}/128"] if peer.ipv6 else [])]
    lines = [
        "[Interface]",
        f"PrivateKey = {PRIVATE_KEY_PLACEHOLDER}",
        f"Address = {', '.join(addresses)}",
        # A split tunnel leaves the device's own resolver alone: its names must keep resolving at home.
        *([f"DNS = {', '.join(map(str, gateway.dns))}"] if gateway.dns and peer.mode is Mode.FULL else []),
        f"MTU = {gateway.mtu}",
        "",
        "[Peer]",
        f"PublicKey = {public_key}",
        f"PresharedKey = {peer.preshared_key}",
        f"AllowedIPs = {', '.join(allowed_ips)}",
        f"Endpoint = {public_address}:{gateway.listen_port}",
        "PersistentKeepalive = 25",
    ]
    return Issued(peer=PeerInfo.of(peer), file_name=file_name(peer), config="\n".join(lines) + "\n")


def file_name(peer: Peer) -> str:
    """`gg-laptop.conf`. Clients take the stem as the interface name: at most 15 characters of a-z, 0-9 and _=+.-"""
    stem = re.sub(r"[^a-z0-9]+", "-", peer.device.lower()).strip("-")[:12].rstrip("-")
    return f"gg-{stem or peer.id}.conf"
