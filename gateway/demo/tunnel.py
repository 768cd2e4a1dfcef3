"""A friend's tunnel: a config file brought up in a namespace as wg-quick does, with wireguard-go."""

from __future__ import annotations

import asyncio
import base64
import configparser
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_interface, ip_network
from pathlib import Path
from typing import Self, TypeVar, cast

from pyroute2.netlink.rtnl.ifaddrmsg import IFA_F_NODAD, IFA_F_TENTATIVE

from gateway.demo.namespace import Namespace, family_of
from gateway.host import nft
from gateway.host.netlink import in_thread

T = TypeVar("T")
RUN_WIREGUARD = Path("/run/wireguard")


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """The keys of a `.conf` file that are used here. `DNS` is not, because nothing in a namespace asks for names."""

    interface: dict[str, str] = field(repr=False)
    peer: dict[str, str] = field(repr=False)
    text: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=("#",), strict=False)
        parser.read_string(text)
        return cls(dict(parser["Interface"]), dict(parser["Peer"]), text)

    @property
    def addresses(self) -> list[str]:
        return [str(ip_interface(entry)) for entry in _entries(self.interface["address"])]

    @property
    def routes_itself(self) -> bool:
        """Report whether the config's own commands set the routes, as in linux mode."""
        return self.interface.get("table") == "off"

    def hooks(self, key: str, interface: str) -> list[str]:
        """List the hooks of `PreUp`, `PostUp` or `PostDown`, which wg-quick leaves to bash."""
        return [hook.replace("%i", interface) for hook in re.findall(rf"^{key} *= *(.+)$", self.text, re.MULTILINE)]

    @property
    def allowed_ips(self) -> list[IPv4Network | IPv6Network]:
        return [ip_network(entry) for entry in _entries(self.peer["allowedips"])]

    @property
    def endpoint(self) -> str:
        """Return the address of the endpoint, without its port."""
        return self.peer["endpoint"].rpartition(":")[0].strip("[]")

    def uapi(self) -> str:
        """Write the config as a request of WireGuard's cross-platform interface (UAPI)."""
        lines = [
            "set=1",
            f"private_key={_hex(self.interface['privatekey'])}",
            "replace_peers=true",
            f"public_key={_hex(self.peer['publickey'])}",
            f"endpoint={self.peer['endpoint']}",
        ]
        if "presharedkey" in self.peer:
            lines.append(f"preshared_key={_hex(self.peer['presharedkey'])}")
        if "persistentkeepalive" in self.peer:
            lines.append(f"persistent_keepalive_interval={self.peer['persistentkeepalive']}")
        lines += [f"allowed_ip={network}" for network in self.allowed_ips]
        return "\n".join(lines) + "\n\n"


@dataclass(frozen=True, slots=True)
class Tunnel:
    interface: str
    config: ClientConfig

    async def latest_handshake(self) -> datetime | None:
        answer = await _request(self.interface, "get=1\n\n")
        second = int(answer.get("last_handshake_time_sec", "0"))
        return datetime.fromtimestamp(second, UTC) if second else None

    async def listen_port(self) -> int:
        return int((await _request(self.interface, "get=1\n\n"))["listen_port"])

    async def rebind(self) -> None:
        """Send from another port from now on, as a device does that changes its network."""
        await _request(self.interface, "set=1\nlisten_port=0\n\n")

    async def handshake(self, *, timeout_s: float = 10) -> datetime:
        """Wait for the first handshake. Raise TimeoutError."""
        return cast(datetime, await until(self.latest_handshake, timeout_s=timeout_s))


@asynccontextmanager
async def peer_up(namespace: Namespace, text: str, interface: str) -> AsyncIterator[Tunnel]:
    """Run the config `text` as a tunnel for the length of the block.

    No other namespace may have an `interface` of this name, because wireguard-go's socket is named after it.
    """
    config = ClientConfig.parse(text)

    async def run_hooks(key: str) -> None:
        for hook in config.hooks(key, interface):
            await namespace.run("bash", "-ec", hook)

    await run_hooks("PreUp")
    with tempfile.TemporaryFile("w+") as log:
        async with namespace.running(
            "wireguard-go",
            "--foreground",
            interface,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,  # Ctrl-C at the demo's prompt ends a command, and no tunnel
        ) as process:

            async def answers() -> bool:
                if process.returncode is not None:
                    log.seek(0)
                    raise RuntimeError(f"wireguard-go ended: {log.read().strip()}")
                try:
                    await _request(interface, "get=1\n\n")
                except OSError:
                    return False
                return True

            await until(answers)
            await _request(interface, config.uapi())
            await in_thread(lambda: _set_up(namespace, config, interface))
            await until(lambda: in_thread(lambda: _has_addresses(namespace, interface)))
            try:
                await run_hooks("PostUp")
                yield Tunnel(interface, config)
            finally:
                if config.routes_itself:
                    await in_thread(lambda: namespace.call(lambda: _remove_firewall(interface)))
                await run_hooks("PostDown")


def _set_up(namespace: Namespace, config: ClientConfig, interface: str) -> None:
    """Set up addresses and routes. Two halves stand for a default route, so that the one to the endpoint stays."""
    with namespace.rtnetlink() as rtnetlink:
        (index,) = rtnetlink.link_lookup(ifname=interface)
        for address in config.addresses:
            rtnetlink.addr("add", index=index, address=address, flags=IFA_F_NODAD)
        rtnetlink.link("set", index=index, mtu=int(config.interface.get("mtu", "1380")), state="up")
        if config.routes_itself:
            return
        (default,) = rtnetlink.get_default_routes(family_of(config.endpoint))
        rtnetlink.route("replace", dst=config.endpoint, gateway=default.get("gateway"), oif=default.get("oif"))
        for network in config.allowed_ips:
            for half in network.subnets() if network.prefixlen == 0 else [network]:
                rtnetlink.route("add", dst=str(half), oif=index)


def _remove_firewall(interface: str) -> None:
    """Remove the tables that wg-quick knows by their names. Declared once more, a missing one is no error."""
    for table in (f"ip wg-quick-{interface}", f"ip6 wg-quick-{interface}"):
        nft.run(f"table {table}; delete table {table}")


def _has_addresses(namespace: Namespace, interface: str) -> bool:
    """Report whether the addresses work. An IPv6 address takes a moment, and loses the packets of that moment."""
    with namespace.rtnetlink() as rtnetlink:
        (index,) = rtnetlink.link_lookup(ifname=interface)
        return not any((each.get("flags") or 0) & IFA_F_TENTATIVE for each in rtnetlink.get_addr(index=index))


async def until(condition: Callable[[], Awaitable[T]], *, timeout_s: float = 10) -> T:
    """Ask `condition` every few milliseconds, and return its first true value. Raise TimeoutError."""
    async with asyncio.timeout(timeout_s):
        while not (value := await condition()):  # noqa: ASYNC110 - no event tells when it changes
            await asyncio.sleep(0.02)
    return value


async def _request(interface: str, request: str) -> dict[str, str]:
    """Ask wireguard-go. Raise OSError when it is away or refuses. The last one of repeated keys counts."""
    reader, writer = await asyncio.open_unix_connection(RUN_WIREGUARD / f"{interface}.sock")
    try:
        writer.write(request.encode())
        answer = (await reader.readuntil(b"\n\n")).decode()
    finally:
        writer.close()
    values = dict(line.split("=", 1) for line in answer.split())
    if values["errno"] != "0":
        raise OSError(int(values["errno"]), f"{interface} refuses the configuration")
    return values


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def _hex(key: str) -> str:
    return base64.b64decode(key).hex()
