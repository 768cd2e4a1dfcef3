"""The wg-quick(8) configuration that a member receives, complete except for the private key."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.api.contract import PRIVATE_KEY_PLACEHOLDER, Issued, PeerInfo
from gateway.config import GatewaySection
from gateway.model import Key, Mode, Peer
from gateway.wireguard import linuxmode
from gateway.wireguard.filename import file_name


def issue(
    peer: Peer, own: Iterable[Peer], gateway: GatewaySection, public_key: Key, public_address: str, mtu: int
) -> Issued:
    """Return the config of a peer. `own`: all devices of its owner, whose files have different names."""
    # Nothing of IPv6 for a peer without an address of it: the device may have IPv6 switched off, and then wg-quick(8)
    # takes all down at the first line of it. Where it is on, ::/0 would lead the device's IPv6 nowhere.
    ipv6 = peer.ipv6 if gateway.network6 else None
    networks = [str(gateway.subnet4), *([str(gateway.network6)] if ipv6 else [])]
    everything = ["0.0.0.0/0", *(["::/0"] if ipv6 else [])]
    allowed_ips = networks if peer.mode is Mode.SPLIT else everything
    resolvers = [str(resolver) for resolver in gateway.dns if ipv6 or resolver.version == 4]
    addresses = [f"{peer.ipv4}/32", *([f"{ipv6}/128"] if ipv6 else [])]
    lines = [
        "[Interface]",
        f"PrivateKey = {PRIVATE_KEY_PLACEHOLDER}",
        f"Address = {', '.join(addresses)}",
        # Only a full tunnel changes the resolver; in the other modes names must keep resolving at home.
        *([f"DNS = {', '.join(resolvers)}"] if resolvers and peer.mode is Mode.FULL else []),
        f"MTU = {mtu}",
        *(linuxmode.lines(peer.ipv4, ipv6, networks) if peer.mode is Mode.LINUX else []),
        "",
        "[Peer]",
        f"PublicKey = {public_key}",
        *([f"PresharedKey = {peer.preshared_key}"] if peer.preshared_key else []),
        f"AllowedIPs = {', '.join(allowed_ips)}",
        f"Endpoint = {public_address}:{gateway.listen_port}",
        "PersistentKeepalive = 25",
    ]
    return Issued(peer=PeerInfo.of(peer), file_name=file_name(peer, own), config="\n".join(lines) + "\n")
