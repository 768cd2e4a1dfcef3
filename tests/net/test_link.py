"""Links, addresses and their events, in a network namespace for each test."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_interface
from pathlib import Path

import pytest

from gateway.errors import ApplyFailed
from gateway.host import link, notices
from gateway.host.netlink import NetlinkRefused
from tests.namespace import fresh_network, ip

pytestmark = pytest.mark.root

ADDRESSES = (ip_interface("10.66.66.1/24"), ip_interface("fd42:42:42::1/64"))


@pytest.fixture(autouse=True)
def network() -> Iterator[None]:
    with fresh_network():
        ip("link", "add", "our0", "type", "veth", "peer", "name", "eth0")
        ip("link", "set", "eth0", "up")
        yield


async def test_configure_gives_exactly_the_wanted_addresses_and_is_repeatable() -> None:
    """Missing addresses come, strays go, other interfaces keep theirs, and a second time changes nothing."""
    ip("addr", "add", "10.99.0.1/24", "dev", "our0")
    ip("addr", "add", "192.0.2.1/24", "dev", "eth0")
    await link.configure("our0", ADDRESSES, 1380)
    assert await link.addresses("our0") == ([ADDRESSES[0].ip], [ADDRESSES[1].ip])
    assert await link.addresses("eth0") == ([IPv4Address("192.0.2.1")], [])
    assert Path("/proc/self/net/if_inet6").read_text().count("our0") == 2, "the link-local address stays"
    async with notices.watch("our0") as reasons:
        await link.configure("our0", ADDRESSES, 1380)
        ip("link", "set", "our0", "down")
        assert await asyncio.wait_for(anext(reasons), 10) == "link_down"


@pytest.mark.parametrize(
    "damage",
    [
        "link set our0 mtu 1300",
        "route delete 10.66.66.0/24",
        "-6 route delete fd42:42:42::/64",
        "address delete 10.66.66.1/24 dev our0",
    ],
)
async def test_what_another_program_changed_is_seen_and_made_again(damage: str) -> None:
    await link.configure("our0", ADDRESSES, 1380)
    assert await link.is_configured("our0", ADDRESSES, 1380)
    ip(*damage.split())
    assert not await link.is_configured("our0", ADDRESSES, 1380)
    await link.configure("our0", ADDRESSES, 1380)
    assert await link.is_configured("our0", ADDRESSES, 1380)


async def test_a_route_made_again_goes_with_its_address_as_the_first_one_did() -> None:
    await link.configure("our0", ADDRESSES, 1380)
    before = ip("route", "show", "dev", "our0"), ip("-6", "route", "show", "dev", "our0")
    ip("route", "delete", "10.66.66.0/24")
    ip("-6", "route", "delete", "fd42:42:42::/64")
    await link.configure("our0", ADDRESSES, 1380)
    assert (ip("route", "show", "dev", "our0"), ip("-6", "route", "show", "dev", "our0")) == before
    await link.configure("our0", (), 1380)
    assert "10.66.66.0" not in ip("route", "show", "dev", "our0")
    assert "fd42" not in ip("-6", "route", "show", "dev", "our0")


async def test_configure_without_the_link_fails_with_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    """The interface vanished meanwhile, and ApplyFailed has a number that is in the log."""
    with pytest.raises(ApplyFailed) as failure:
        await link.configure("gone0", ADDRESSES, 1380)
    assert failure.value.details["log_id"] in caplog.text


async def test_an_address_that_is_refused_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    Path("/proc/sys/net/ipv6/conf/our0/disable_ipv6").write_text("1")
    with pytest.raises(ApplyFailed):
        await link.configure("our0", ADDRESSES, 1380)
    assert "permission denied" in caplog.text.lower()
    assert "10.66.66.0/24" in ip("route", "show", "dev", "our0")


async def test_the_default_route_is_the_one_with_the_lowest_metric() -> None:
    """IPv4 comes before IPv6, and the lower metric first. Unreachable and narrower routes do not count."""
    assert await link.default_route_interface() is None
    await link.configure("our0", ADDRESSES, 1380)
    ip("addr", "add", "192.0.2.1/24", "dev", "eth0")
    ip("route", "add", "unreachable", "default", "metric", "1")
    ip("-6", "route", "add", "default", "dev", "our0")
    assert await link.default_route_interface() == "our0"
    ip("route", "add", "default", "via", "192.0.2.2", "metric", "200")
    assert await link.default_route_interface() == "eth0"
    ip("route", "add", "default", "nexthop", "via", "10.66.66.2", "dev", "our0", "nexthop", "via", "192.0.2.2")
    assert await link.default_route_interface() == "our0"


async def test_addresses_are_those_to_be_reached_at() -> None:
    """Link-local and deprecated IPv6 addresses are left out. A missing interface has none."""
    ip("link", "set", "our0", "up")
    for address in ("2001:db8::1/64", "2001:db8::2/64"):
        ip("addr", "add", address, "dev", "eth0", "nodad")
    ip("addr", "change", "2001:db8::2/64", "dev", "eth0", "preferred_lft", "0", "valid_lft", "forever")
    assert await link.addresses("eth0") == ([], [IPv6Address("2001:db8::1")])
    assert await link.addresses("gone0") == ([], [])


async def test_only_our_own_losses_are_reported() -> None:
    """A gain is no reason, a loss is one. Another interface's events concern the surroundings, and a mtu is doubted."""
    await link.configure("our0", ADDRESSES, 1380)
    async with notices.watch("our0") as reasons:
        ip("addr", "add", "192.0.2.1/24", "dev", "eth0")
        ip("addr", "del", "192.0.2.1/24", "dev", "eth0")
        ip("addr", "add", "10.66.67.1/24", "dev", "our0")
        ip("link", "set", "our0", "mtu", "1400")
        ip("addr", "del", "10.66.67.1/24", "dev", "our0")
        seen = [await asyncio.wait_for(anext(reasons), 10)]
        while seen[-1] in (notices.SURROUNDINGS, notices.DOUBT):
            seen.append(await asyncio.wait_for(anext(reasons), 10))
        # Two of these concern the surroundings, and so does the other end, which has just got its carrier.
        assert (seen[-1], seen.count(notices.SURROUNDINGS) >= 2) == ("address_removed", True)
        assert notices.DOUBT in seen
        ip("link", "set", "our0", "down")
        ip("link", "set", "our0", "name", "their0")
        seen = [await asyncio.wait_for(anext(reasons), 10)]
        while seen[-1] != "link_deleted":
            seen.append(await asyncio.wait_for(anext(reasons), 10))
        # The other end has lost its carrier, which concerns the surroundings.
        assert set(seen[:-1]) - {notices.SURROUNDINGS} == {"address_removed", "link_down"}


@pytest.mark.parametrize(
    "damage",
    [
        "ip route delete 10.66.66.0/24",
        "ip -6 route delete fd42:42:42::/64",
        "ip route replace 10.66.66.0/24 dev eth0",
        "ip link set our0 mtu 1300",
        "sysctl -qw net.ipv4.ip_forward=0",
        "sysctl -qw net.ipv6.conf.all.forwarding=0",
        "sysctl -qw net.ipv4.conf.our0.forwarding=0",
        "sysctl -qw net.ipv4.conf.eth0.rp_filter=1",
    ],
)
async def test_what_may_break_the_way_of_packets_is_doubted_at_once(damage: str) -> None:
    for name in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
        Path("/proc/sys/net", name).write_text("1")
    Path("/proc/sys/net/ipv4/conf/eth0/rp_filter").write_text("2")
    await link.configure("our0", ADDRESSES, 1380)
    async with notices.watch("our0", [each.network for each in ADDRESSES]) as reasons:
        subprocess.run(damage.split(), check=True)
        while await asyncio.wait_for(anext(reasons), 10) != notices.DOUBT:
            pass


async def test_what_the_kernel_has_learnt_of_a_path_is_read() -> None:
    """A route with an mtu of its own stands for what a notice of a packet that was too big leaves."""
    ip("route", "add", "198.51.100.0/24", "dev", "eth0", "mtu", "1400")
    ip("-6", "route", "add", "2001:db8:9::/64", "dev", "eth0", "mtu", "1300")
    ip("route", "add", "192.0.2.0/24", "dev", "eth0")
    assert await link.path_mtu(IPv4Address("198.51.100.7")) == 1400
    assert await link.path_mtu(IPv6Address("2001:db8:9::7")) == 1300
    assert await link.path_mtu(IPv4Address("192.0.2.7")) == 0
    with pytest.raises(NetlinkRefused):
        await link.path_mtu(IPv4Address("8.8.8.8"))


async def test_thousands_of_routes_to_elsewhere_send_no_notice() -> None:
    """Routes of the same length, and to networks inside ours. What comes after them is seen, and nothing was lost."""
    await link.configure("our0", ADDRESSES, 1380)
    ip("link", "set", "our0", "up")
    elsewhere = [f"10.{at // 250}.{at % 250}.0/24" for at in range(10_000)]
    elsewhere += [f"fd42:42:42:{at:x}::/64" for at in range(1, 5_000)] + ["10.66.66.0/25", "fd42:42:42::/65"]
    batch = [f"route {what} {network} dev eth0\n" for what in ("add", "delete") for network in elsewhere]
    async with notices.watch("our0", [each.network for each in ADDRESSES]) as reasons:
        subprocess.run(["ip", "-batch", "-"], input="".join(batch), text=True, check=True)
        ip("route", "delete", "10.66.66.0/24")
        ip("link", "delete", "our0")
        seen = [await asyncio.wait_for(anext(reasons), 10)]
        while seen[-1] != "link_deleted":
            seen.append(await asyncio.wait_for(anext(reasons), 10))
        assert notices.DOUBT in seen
        assert "overflow" not in seen
        assert len(seen) < 100


async def test_another_link_that_goes_down_is_of_the_surroundings() -> None:
    """It may have been the uplink, and the kernel sends no notice of the routes that it takes along."""
    async with notices.watch("our0") as reasons:
        ip("link", "set", "eth0", "down")
        assert await asyncio.wait_for(anext(reasons), 10) == notices.SURROUNDINGS


async def test_an_interface_made_after_the_watch_is_watched() -> None:
    """The watch may begin before the interface exists, and misses nothing between its making and its loss."""
    async with notices.watch("new0") as reasons:
        ip("link", "add", "new0", "type", "bridge")
        ip("link", "del", "new0")
        while (reason := await asyncio.wait_for(anext(reasons), 10)) == notices.DOUBT:
            pass  # because a new interface of a host that does not forward does not either
        assert reason == "link_deleted"


async def test_lost_events_are_reported_and_the_watch_goes_on(tmp_path: Path) -> None:
    """More events come than the socket holds. `overflow` is reported, and then the next loss."""
    flood = tmp_path / "flood"
    flood.write_text("addr add 10.0.0.9/32 dev eth0\naddr del 10.0.0.9/32 dev eth0\n" * 2000)
    await link.configure("our0", ADDRESSES, 1380)
    async with notices.watch("our0") as reasons:
        ip("-batch", str(flood))
        assert await asyncio.wait_for(anext(reasons), 10) == "overflow"
        ip("link", "del", "our0")
        while await asyncio.wait_for(anext(reasons), 10) != "link_deleted":
            pass
