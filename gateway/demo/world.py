"""A small Internet of network namespaces, with the addresses that documentation is given.

    player   198.51.100.7    2001:db8:4::7 ----.
    player2  198.51.100.207  2001:db8:5::7 ---- inet ---- vps  203.0.113.1  2001:db8:1::1
                                               /    (192.0.2.80, 2001:db8:80::80: some site out there)
    friend   192.168.1.10 --- cgnat 198.18.0.2
    friend2  192.168.2.10 ---'

Friends have no IPv6 at home, and no public address of their own because of the carrier's NAT.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from ipaddress import IPv4Address, IPv6Address
from types import TracebackType
from typing import Self

from gateway.demo.namespace import Namespace, ip
from gateway.demo.tunnel import until

VPS4, VPS6 = IPv4Address("203.0.113.1"), IPv6Address("2001:db8:1::1")
PLAYER4, PLAYER6 = IPv4Address("198.51.100.7"), IPv6Address("2001:db8:4::7")
OTHER_PLAYER4, OTHER_PLAYER6 = IPv4Address("198.51.100.207"), IPv6Address("2001:db8:5::7")
SITE4, SITE6 = IPv4Address("192.0.2.80"), IPv6Address("2001:db8:80::80")
CGNAT4 = IPv4Address("198.18.0.2")

# Both ends of each line, and their addresses. The far end is the default router of the near one.
_LINES = (
    ("vps", "inet", ("203.0.113.1/24", "203.0.113.254"), ("2001:db8:1::1/64", "2001:db8:1::fe")),
    ("player", "inet", ("198.51.100.7/25", "198.51.100.126"), ("2001:db8:4::7/64", "2001:db8:4::fe")),
    ("player2", "inet", ("198.51.100.207/25", "198.51.100.254"), ("2001:db8:5::7/64", "2001:db8:5::fe")),
    ("cgnat", "inet", ("198.18.0.2/24", "198.18.0.254"), None),
    ("friend", "cgnat", ("192.168.1.10/24", "192.168.1.1"), None),
    ("friend2", "cgnat", ("192.168.2.10/24", "192.168.2.1"), None),
)
_NAMES = ("inet", *(line[0] for line in _LINES))

_MASQUERADE = """
table ip cgnat {
    chain post {
        type nat hook postrouting priority srcnat;
        oifname "eth0" masquerade
    }
}
"""


class World:
    """The namespaces, whose names begin with `prefix`. The end of the block kills every process in them."""

    def __init__(self, prefix: str) -> None:
        self._all = {name: Namespace(prefix + name) for name in _NAMES}
        self.inet, self.vps, self.cgnat = self._all["inet"], self._all["vps"], self._all["cgnat"]
        self.friend, self.friend2 = self._all["friend"], self._all["friend2"]
        self.player, self.player2 = self._all["player"], self._all["player2"]

    async def __aenter__(self) -> Self:
        try:
            await self._build()
        except BaseException:
            await self._remove()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._remove()

    async def _build(self) -> None:
        await ip(batch="".join(f"netns add {namespace.name}\n" for namespace in self._all.values()))
        for namespace in self._all.values():
            # A router does not look for neighbours before its own link-local address is checked (ndisc.c). So it
            # would lose the packets that it has to forward in the first seconds.
            for scope in ("all", "default"):
                namespace.sysctl(f"net/ipv6/conf/{scope}/accept_dad", "0")
        # With an index, because IPv6 waits for the carrier. The kernel notices that of a device with its peer's index
        # up to a second late (link_watch.c, linkwatch_urgent_event).
        await ip(
            batch="".join(
                f"link add eth0 index 100 netns {self._all[near].name} type veth"
                f" peer name {near} netns {self._all[far].name}\n"
                for near, far, *_ in _LINES
            )
        )
        for router in (self.inet, self.cgnat):
            router.sysctl("net/ipv4/ip_forward", "1")
            router.sysctl("net/ipv6/conf/all/forwarding", "1")
        async with asyncio.TaskGroup() as tasks:
            for name, namespace in self._all.items():
                tasks.create_task(namespace.ip(batch="".join(_commands(name))))
        self.cgnat.call(lambda: _load(_MASQUERADE))
        await until(self._has_link_addresses)

    async def _has_link_addresses(self) -> bool:
        """Report whether every line has its link-local addresses, because neighbours are not looked for without."""
        for namespace in self._all.values():
            for link in json.loads(await namespace.ip("-json", "-6", "address")):
                scopes = {entry["scope"] for entry in link["addr_info"] if "tentative" not in entry}
                if link["ifname"] != "lo" and "link" not in scopes:
                    return False
        return True

    async def _remove(self) -> None:
        for namespace in self._all.values():
            with contextlib.suppress(RuntimeError):
                for pid in (await ip("netns", "pids", namespace.name)).split():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)
            with contextlib.suppress(RuntimeError):
                await ip("netns", "delete", namespace.name)


def _commands(name: str) -> list[str]:
    """Write the lines for ip(8) that set up the interfaces of one namespace."""
    lines = ["link set lo up\n"]
    if name == "inet":
        lines += [f"address add {SITE4}/32 dev lo\n", f"address add {SITE6}/128 dev lo\n"]
    for near, far, *pairs in _LINES:
        if name not in (near, far):
            continue
        device = "eth0" if name == near else near
        for pair in filter(None, pairs):
            length = pair[0].rpartition("/")[2]
            own = pair[0] if name == near else f"{pair[1]}/{length}"
            lines.append(f"address add {own} dev {device}\n")
        lines.append(f"link set {device} up\n")
        if name == near:
            lines += [f"route add default via {pair[1]}\n" for pair in filter(None, pairs)]
    return lines


def _load(ruleset: str) -> None:
    from nftables import Nftables  # here, because its socket is in the namespace of this thread

    code, _, complaint = Nftables().cmd(ruleset)
    if code:
        raise RuntimeError(f"nftables: {complaint}")
