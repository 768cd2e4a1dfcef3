"""The lines for wg-quick(8) with which a Linux machine answers players through the tunnel, and nothing else.

A server on all addresses receives a player's packet from the tunnel. Its answer would leave by the machine's own route,
with the machine's own address. TCP answers with the address that the connection came to, so a rule `from` that
address is enough. UDP is remembered by three chains of nftables, without translating anything:

- `learn`: a datagram from the tunnel leaves the player's address and port, and the server's port, in a set.
- `answer`: a datagram from that port to that player gets the VPN address, before connection tracking sees it. A chain
  of type route looks for its way again, and the rule `from` sends it into the tunnel.
- `routed`: an answer of a container does not pass `output`. The tracked flow says where it came in, and a mark says it
  to the routing rules.

So the lines need no list of ports, and no address of the home, which may change. The table has the name that wg-quick
removes when the tunnel goes down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

# The lowest numbers that other tunnels of wg-quick leave free are below 32764. Tailscale begins at 5210.
_MARKED_STAY, _INTO_TUNNEL = 5000, 5001
# wg-quick writes the interface's name for %i. It cuts lines at #, and a hook ends at its first command that fails.
_PLAYERS = (
    "set players {{ type {type} . inet_service . inet_service; flags dynamic, timeout; timeout 5m; size 65535; }}; "
    "chain learn {{ type filter hook input priority 100; "
    'iifname "%i" {ip} daddr {own} {public}update @players {{ {ip} saddr . udp sport . udp dport }}; }}; '
    "chain answer {{ type route hook output priority -300; {ip} daddr . udp dport . udp sport @players "
    "update @players {{ {ip} daddr . udp dport . udp sport }} {ip} saddr set {own}; }}; "
    "chain routed {{ type filter hook prerouting priority -150; "
    'iifname != "%i" ct direction reply ct original {ip} daddr {own} meta mark set {number}; }};'
)


@dataclass(frozen=True, slots=True)
class _Family:
    option: str  # of ip(8)
    nft: str  # the name of the protocol and of its table
    type: str
    public: str  # a match that leaves out the machine's own network, in which answers go their usual way


_IPV4 = _Family("-4", "ip", "ipv4_addr", "ip saddr != { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 } ")
_IPV6 = _Family("-6", "ip6", "ipv6_addr", "")


def lines(ipv4: IPv4Address, ipv6: IPv6Address | None, networks: Iterable[str]) -> Iterator[str]:
    """Yield the lines below [Interface] for a device with these addresses in the VPN's `networks`.

    The routing table and the mark have the number of the device's IPv4 address, because other tunnels of the machine
    have theirs. Rules of a tunnel that was not taken down go first, because wg-quick would stop at them.
    """
    yield "Table = off"
    # A player's packet comes in where the route to the player does not go out, so rp_filter must be loose. Where
    # AppArmor keeps wg-quick from writing it, servers on the host work, and containers under a strict one do not.
    yield "PostUp = sysctl -q -w net.ipv4.conf.%i.rp_filter=2 || :"
    for network in networks:
        yield f"PostUp = ip route add {network} dev %i"
    yield from _answers(_IPV4, ipv4, int(ipv4))
    if ipv6:
        yield from _answers(_IPV6, ipv6, int(ipv4))


def _answers(family: _Family, own: IPv4Address | IPv6Address, number: int) -> Iterator[str]:
    ip, table = f"ip {family.option}", f"{family.nft} wg-quick-%i"
    clean_up = f"while {ip} rule del fwmark {number} || {ip} rule del lookup {number}; do :; done 2>/dev/null"
    players = _PLAYERS.format(type=family.type, ip=family.nft, own=own, public=family.public, number=number)
    without = f"guildgate: nftables is missing, so UDP servers must listen on {own}"
    yield f"PreUp = {clean_up}"
    yield f"PostUp = {ip} route add default dev %i table {number}"
    yield f"PostUp = {ip} rule add pref {_MARKED_STAY} fwmark {number} lookup main suppress_prefixlength 0"
    yield f"PostUp = {ip} rule add pref {_INTO_TUNNEL} fwmark {number} lookup {number}"
    yield f"PostUp = {ip} rule add pref {_INTO_TUNNEL} from {own} lookup {number}"
    yield f"PostUp = nft 'table {table}; delete table {table}; table {table} {{ {players} }}' || echo '{without}' >&2"
    yield f"PostDown = {clean_up}"
