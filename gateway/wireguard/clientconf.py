"""The wg-quick(8) configuration that a member receives, complete except for the private key."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

from gateway.api.contract import PRIVATE_KEY_PLACEHOLDER, Issued, PeerInfo
from gateway.config import GatewaySection
from gateway.model import Key, Mode, Peer


def issue(peer: Peer, gateway: GatewaySection, public_key: Key, public_address: str, mtu: int) -> Issued:
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
        *(_policy_routing(peer.ipv4, ipv6, networks) if peer.mode is Mode.LINUX else []),
        "",
        "[Peer]",
        f"PublicKey = {public_key}",
        *([f"PresharedKey = {peer.preshared_key}"] if peer.preshared_key else []),
        f"AllowedIPs = {', '.join(allowed_ips)}",
        f"Endpoint = {public_address}:{gateway.listen_port}",
        "PersistentKeepalive = 25",
    ]
    return Issued(peer=PeerInfo.of(peer), file_name=file_name(peer), config="\n".join(lines) + "\n")


def _policy_routing(ipv4: IPv4Address, ipv6: IPv6Address | None, networks: list[str]) -> list[str]:
    """Write the lines for wg-quick(8) that send only packets from the tunnel's own address through it.

    A player's packet comes in where the route to the player does not go out, so rp_filter must be loose. The kernel
    takes the larger of the interface's value and the one for all interfaces (ip-sysctl.rst). The routing table has the
    number of the device's address, because other tunnels of the machine have theirs; wg-quick counts from 51820.
    """
    table = int(ipv4)
    lines = ["Table = off", "PostUp = sysctl -q -w net.ipv4.conf.%i.rp_filter=2"]
    lines += [f"PostUp = ip route add {network} dev %i" for network in networks]
    for family, address in (("-4", ipv4), ("-6", ipv6)):
        if address:
            rule = f"from {address} lookup {table}"
            lines.append(f"PostUp = ip {family} route add default dev %i table {table}")
            lines.append(f"PostUp = ip {family} rule add {rule}")
            lines.append(f"PostDown = ip {family} rule del {rule}")
    return lines


def file_name(peer: Peer) -> str:
    """Name the file, such as `gg-laptop.conf`. Its stem becomes the interface name: 15 characters of a-z, 0-9, _=+.-"""
    stem = re.sub(r"[^a-z0-9]+", "-", peer.device.lower()).strip("-")[:12].rstrip("-")
    return f"gg-{stem or peer.id}.conf"
