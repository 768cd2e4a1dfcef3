"""A small Internet of network namespaces, with the addresses that documentation is given.

    player   198.51.100.7    2001:db8:4::7 ----.
    player2  198.51.100.207  2001:db8:5::7 ---- inet ---- vps  203.0.113.1  2001:db8:1::1
                                               /    (192.0.2.80, 2001:db8:80::80: some site out there)
    friend   192.168.1.10 --- cgnat 198.18.0.2
    friend2  192.168.2.10 ---'

Friends have no IPv6 at home, and no public address of their own because of the carrier's NAT.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from ipaddress import IPv4Address, IPv6Address, ip_interface
from types import TracebackType
from typing import Self

from pyroute2.netlink.rtnl import rt_scope
from pyroute2.netlink.rtnl.ifaddrmsg import IFA_F_TENTATIVE

from gateway.demo.namespace import Namespace, kill
from gateway.demo.tunnel import until
from gateway.host import nft
from gateway.host.netlink import in_thread

VPS4, VPS6 = IPv4Address("203.0.113.1"), IPv6Address("2001:db8:1::1")
PLAYER4, PLAYER6 = IPv4Address("198.51.100.7"), IPv6Address("2001:db8:4::7")
OTHER_PLAYER4, OTHER_PLAYER6 = IPv4Address("198.51.100.207"), IPv6Address("2001:db8:5::7")
SITE4, SITE6 = IPv4Address("192.0.2.80"), IPv6Address("2001:db8:80::80")
CGNAT4 = IPv4Address("198.18.0.2")

# Both ends of each line, and their addresses. The far end is the default router of the near one.
Line = tuple[str, str, list[tuple[str, str]]]
_LINES: tuple[Line, ...] = (
    ("vps", "inet", [("203.0.113.1/24", "203.0.113.254/24"), ("2001:db8:1::1/64", "2001:db8:1::fe/64")]),
    ("player", "inet", [("198.51.100.7/25", "198.51.100.126/25"), ("2001:db8:4::7/64", "2001:db8:4::fe/64")]),
    ("player2", "inet", [("198.51.100.207/25", "198.51.100.254/25"), ("2001:db8:5::7/64", "2001:db8:5::fe/64")]),
    ("cgnat", "inet", [("198.18.0.2/24", "198.18.0.254/24")]),
    ("friend", "cgnat", [("192.168.1.10/24", "192.168.1.1/24")]),
    ("friend2", "cgnat", [("192.168.2.10/24", "192.168.2.1/24")]),
)
_LO = 1  # lo's index in every namespace
# eth0 has an index of its own, because IPv6 waits for the carrier. The kernel notices that of a device with its peer's
# index up to a second late (link_watch.c, linkwatch_urgent_event).
_ETH0 = 100

_MASQUERADE = """
table ip cgnat {
    chain post {
        type nat hook postrouting priority srcnat;
        oifname "eth0" masquerade
    }
}
"""


class World:
    """The namespaces, whose names begin with `prefix`. The end of the block kills every process in them.

    `more` are further lines. Each makes the namespace of its near end.
    """

    def __init__(self, prefix: str, more: Sequence[Line] = ()) -> None:
        self._lines = (*_LINES, *more)
        self._all = {name: Namespace(prefix + name) for name in ("inet", *(line[0] for line in self._lines))}
        self.inet, self.vps, self.cgnat = self._all["inet"], self._all["vps"], self._all["cgnat"]
        self.friend, self.friend2 = self._all["friend"], self._all["friend2"]
        self.player, self.player2 = self._all["player"], self._all["player2"]

    def __getitem__(self, name: str) -> Namespace:
        return self._all[name]

    async def __aenter__(self) -> Self:
        try:
            await in_thread(self._build)
            await until(lambda: in_thread(self._has_link_addresses))
        except BaseException:
            await in_thread(self._remove)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await in_thread(self._remove)

    def _build(self) -> None:
        for namespace in self._all.values():
            namespace.create()
            # A router does not look for neighbours before its own link-local address is checked (ndisc.c). So it
            # would lose the packets that it has to forward in the first seconds.
            for scope in ("all", "default"):
                namespace.sysctl(f"net/ipv6/conf/{scope}/accept_dad", "0")
        for router in (self.inet, self.cgnat):
            router.sysctl("net/ipv4/ip_forward", "1")
            router.sysctl("net/ipv6/conf/all/forwarding", "1")
        self.cgnat.call(lambda: load(_MASQUERADE))
        with ExitStack() as stack:
            inside = {name: stack.enter_context(namespace.rtnetlink()) for name, namespace in self._all.items()}
            for rtnetlink in inside.values():
                rtnetlink.link("set", index=_LO, state="up")
            for site in (SITE4, SITE6):
                inside["inet"].addr("add", index=_LO, address=str(site))
            for near, far, pairs in self._lines:
                peer = {"ifname": near, "net_ns_fd": self._all[far].name}
                inside[near].link("add", ifname="eth0", index=_ETH0, kind="veth", peer=peer)
                (index,) = inside[far].link_lookup(ifname=near)
                for own, default in pairs:
                    inside[near].addr("add", index=_ETH0, address=own)
                    inside[far].addr("add", index=index, address=default)
                inside[near].link("set", index=_ETH0, state="up")
                inside[far].link("set", index=index, state="up")
                for _, default in pairs:
                    inside[near].route("add", dst="default", gateway=str(ip_interface(default).ip))

    def _has_link_addresses(self) -> bool:
        """Report whether every line has its link-local addresses, because neighbours are not looked for without."""
        found = 0
        for namespace in self._all.values():
            with namespace.rtnetlink() as rtnetlink:
                addresses = rtnetlink.get_addr(family=socket.AF_INET6, scope=rt_scope["link"])
                found += sum(not address["flags"] & IFA_F_TENTATIVE for address in addresses)
        return found == 2 * len(self._lines)

    def _remove(self) -> None:
        kill(*self._all.values())
        for namespace in self._all.values():
            with suppress(FileNotFoundError):
                namespace.delete()


def load(ruleset: str) -> None:
    """Load a ruleset where this thread is. Raise RuntimeError with nft's complaint."""
    (outcome,) = nft.run(ruleset)  # its process is in the namespace of this thread
    if outcome.code:
        raise RuntimeError(f"nftables: {outcome.complaint}")
