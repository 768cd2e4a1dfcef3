"""The look at the gateway's surroundings, and the mistakes of a configuration that it finds."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address

import pytest

from gateway.config import GatewaySection
from gateway.config import Host as Name
from gateway.errors import ConfigError, GatewayWaiting
from gateway.host import surroundings
from gateway.host.surroundings import Lookout, Surroundings
from tests.unit.fakes.effects import Effects
from tests.unit.fakes.host import FakeHost, Link

VPS = Name("vps.example.org")


@pytest.fixture
def host() -> FakeHost:
    return FakeHost(Effects())


async def look(host: FakeHost, before: Surroundings | None = None, **section: object) -> Surroundings:
    return await Lookout(GatewaySection(**section), host).look(before)  # type: ignore[arg-type]


async def test_the_default_routes_interface_is_the_way_out(host: FakeHost) -> None:
    found = await look(host)
    (uplink,) = found.uplinks
    assert (uplink.interface, uplink.source4, uplink.source6) == (
        "eth0",
        IPv4Address("203.0.113.1"),
        IPv6Address("2001:db8:1::1"),
    )
    assert (found.address, found.public4, found.public6) == ("203.0.113.1", uplink.source4, uplink.source6)
    assert set(found.outer) == {uplink.source4, uplink.source6}
    assert not found.is_resolver


async def test_several_ways_out_are_used_and_the_first_is_told(host: FakeHost) -> None:
    host.links["eth1"] = Link({IPv4Interface("198.51.100.1/24")})
    found = await look(host, public_interface=("eth1", "eth0"))
    assert [uplink.interface for uplink in found.uplinks] == ["eth1", "eth0"]
    assert found.address == "198.51.100.1"


async def test_without_any_way_out_it_waits_for_one(host: FakeHost) -> None:
    host.default = None
    with pytest.raises(GatewayWaiting, match=r"a default route, .* set public_interface. This host has eth0\."):
        await look(host)


async def test_without_a_way_out_any_more_it_looks_often_and_says_so_once(
    host: FakeHost, caplog: pytest.LogCaptureFixture
) -> None:
    lookout = Lookout(GatewaySection(), host)
    before = await lookout.look()
    host.default = None
    for _ in range(3):
        with pytest.raises(GatewayWaiting):
            await lookout.look(before)
    assert (lookout.is_waiting, caplog.text.count("still waiting for a default route; what was known")) == (True, 1)


async def test_an_interface_that_is_missing_is_waited_for_only_at_the_start(host: FakeHost) -> None:
    """The names there are show a mistyped one. Later the interface is down, and its address is kept."""
    before = await look(host, public_interface="eth0")
    host.links["eth1"] = host.links.pop("eth0")
    with pytest.raises(GatewayWaiting, match=r"the interface eth0 of public_interface, .* This host has eth1\."):
        await look(host, public_interface="eth0")
    assert (await look(host, before, public_interface="eth0")).address == "203.0.113.1"


async def test_one_line_of_several_is_enough_to_start(host: FakeHost, caplog: pytest.LogCaptureFixture) -> None:
    """The first one's address is told, so it must be there unless an address is configured."""
    assert (await look(host, public_interface=("eth0", "ppp0"))).address == "203.0.113.1"
    assert "still waiting for the interface ppp0 of public_interface. This host has eth0." in caplog.text
    with pytest.raises(GatewayWaiting, match="the interface ppp0"):
        await look(host, public_interface=("ppp0", "eth0"))
    assert (await look(host, public_interface=("ppp0", "eth0"), public_address=VPS)).address == str(VPS)


async def test_a_subnet_that_something_else_uses_is_refused_at_the_start_only(host: FakeHost) -> None:
    before = await look(host)
    host.links["docker0"] = Link({IPv4Interface("10.66.66.1/16")})
    with pytest.raises(ConfigError, match=r"docker0 has 10\.66\.66\.1"):
        await look(host)
    await look(host, before)
    await look(host, subnet4=IPv4Network("10.77.0.0/24"))


async def test_an_address_to_tell_must_be_there_or_configured(host: FakeHost) -> None:
    host.links["eth0"].addresses = {IPv4Interface("169.254.7.7/16")}
    with pytest.raises(GatewayWaiting, match=r"an IPv4 address on eth0, .* set public_address\."):
        await look(host)
    assert (await look(host, public_address=Name("192.0.2.1"))).public4 == IPv4Address("192.0.2.1")


async def test_a_name_is_told_as_it_is_and_resolved_for_friends_in_the_tunnel(host: FakeHost) -> None:
    """When the name has several addresses, the known one stays."""
    host.names["vps.example.org"] = first, second = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
    found = await look(host, public_address=VPS)
    assert (found.address, found.public4) == ("vps.example.org", first)
    host.names["vps.example.org"] = second, first
    assert (await look(host, found, public_address=VPS)).public4 == first
    host.names["vps.example.org"] = (second,)
    assert (await look(host, found, public_address=VPS)).public4 == second


async def test_a_name_that_does_not_resolve_is_told_all_the_same(host: FakeHost) -> None:
    found = await look(host, public_address=VPS)
    assert (found.address, found.public4) == ("vps.example.org", None)


async def test_what_it_goes_on_without_is_said_each_minute(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Only while it is missing, and not at each look."""
    lookout = Lookout(GatewaySection(public_address=VPS), host)
    for _ in range(3):
        await lookout.look()
    assert caplog.text.count("still waiting for public_address: vps.example.org does not resolve") == 1
    monkeypatch.setattr(surroundings, "_SAID_S", 0)
    await lookout.look()
    assert (lookout.is_waiting, caplog.text.count("still waiting")) == (True, 2)
    host.names["vps.example.org"] = (IPv4Address("192.0.2.1"),)
    await lookout.look()
    assert (lookout.is_waiting, caplog.text.count("still waiting")) == (False, 2)


async def test_a_kept_address_is_warned_of_once(host: FakeHost, caplog: pytest.LogCaptureFixture) -> None:
    lookout = Lookout(GatewaySection(), host)
    found = await lookout.look()
    host.links["eth0"].addresses.clear()
    for _ in range(2):
        found = await lookout.look(found)
    assert found.address == "203.0.113.1"
    assert caplog.text.count("203.0.113.1 is gone; keeping it") == 1


@pytest.mark.parametrize("address", ["10.66.66.1", "203.0.113.1"])
async def test_a_resolver_on_this_host_is_reached_by_peers(host: FakeHost, address: str) -> None:
    assert (await look(host, dns=(IPv4Address(address),))).is_resolver
