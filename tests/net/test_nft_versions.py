"""Tables that different versions of nft write and read: a container's image beside its host, or an upgrade."""

from __future__ import annotations

import asyncio
import json
import subprocess
from functools import partial
from itertools import product
from pathlib import Path

import pytest

from gateway.config import GatewaySection
from gateway.demo.tunnel import until
from gateway.demo.world import World
from gateway.foreign.advice import complaints
from gateway.foreign.listing import Listing, read_rulesets
from gateway.host import nft
from gateway.host.uplink import Line
from tests import debian
from tests.golden import texts
from tests.namespace import fresh_network
from tests.net.gateway import Gateway

pytestmark = pytest.mark.root
CRASHING = "table ip theirs {\n set s {\n  type ipv4_addr\n }\n}\n"
DROPPING = "table inet plain {\n chain c {\n  type filter hook forward priority 0; policy drop;\n }\n}\n"
# What nft 1.1 lists with the expression in place of the type.
BY_EXPRESSION = """table inet plain {
    set s {
        typeof iifname
        elements = { "wg0" }
    }
    chain c {
        type filter hook forward priority 0; policy drop;
        iifname @s accept
    }
}
"""


def program(suite: str) -> tuple[str, ...]:
    try:
        return debian.nft(suite)
    except debian.NoDebian as reason:
        pytest.skip(f"needs the nft of {suite}, which `python -m tests.debian` fetches: {reason}")


def ran(command: tuple[str, ...], *arguments: str, script: str = "") -> str:
    done = subprocess.run((*command, *arguments), input=script, capture_output=True, text=True)
    assert done.returncode == 0, (command, arguments, done.returncode, done.stderr[:500])
    return done.stdout


@pytest.mark.parametrize(("writer", "reader"), [*product(debian.SUITES, debian.SUITES)])
@pytest.mark.parametrize("path", [*texts()], ids=lambda path: path.stem)
def test_nft_of_each_version_lists_the_table_that_another_wrote(path: Path, writer: str, reader: str) -> None:
    """Both listings show all of it, and the version that wrote the table loads its own listing again."""
    writing, reading = program(writer), program(reader)
    with fresh_network():
        ran(writing, "-f", "-", script=texts()[path])
        listed, items = ran(reading, "list", "ruleset"), json.loads(ran(reading, "-j", "list", "ruleset"))["nftables"]
        assert "chain outward {" in listed
        sets = {item[kind]["name"] for item in items for kind in ("set", "map") if kind in item}
        assert {"fwd4", "fwdid", "uplinks", "rate", "stat_original", "forged4"} <= sets
        saved = ran(writing, "list", "ruleset")
        ran(writing, "flush", "ruleset")
        ran(writing, "-f", "-", script=saved)


def crash_here() -> None:
    """Write a table that this machine's libnftables crashes on, as 1.0 does."""
    ran(program("trixie"), "-f", "-", script=CRASHING)
    if not nft.run("list ruleset")[0].crashed:
        pytest.skip("needs a libnftables before 1.1 on this machine, which crashes on a table of 1.1")


def test_a_table_that_libnftables_crashes_on_is_named_and_the_others_are_read() -> None:
    with fresh_network():
        ran(("nft",), "-f", "-", script=DROPPING)
        crash_here()
        listing = read_rulesets()
        assert isinstance(listing, Listing)
        (crash,) = listing.crashes
        assert crash.startswith("libnftables of this host crashes (SIGSEGV) when it reads table ip theirs; ")
        found = list(complaints(listing, GatewaySection(), [Line(interface="eth0", exists=True)]))
        assert [(each.fatal, "chain c of table inet plain" in each.detail) for each in found] == [
            (True, True),
            (True, False),
        ]
        assert found[1].detail == crash


@pytest.mark.parametrize("suite", debian.SUITES)
def test_a_set_that_is_declared_by_an_expression_is_read(suite: str) -> None:
    """nft 1.1 lists `typeof iifname` where 1.0 listed the name of a type."""
    with fresh_network():
        ran(program(suite), "-f", "-", script=BY_EXPRESSION)
        listing = read_rulesets()
        assert isinstance(listing, Listing)
        (ruleset,) = listing.rulesets
        assert ruleset.sets["inet", "plain", "s"] == ["wg0"]


async def test_a_running_gateway_outlives_such_a_table_and_repairs_when_it_is_gone(
    gateway: Gateway, world: World
) -> None:
    """Without the table it says which one is in the way, on every try."""
    await gateway.join()
    world.vps.call(crash_here)
    await gateway.nft("flush", "ruleset", "inet")
    await until(partial(_logged, gateway, "when it reads table ip theirs"))
    assert (await gateway.status()).peers
    await gateway.nft("flush", "ruleset", "ip")
    await until(partial(_lists_ours, gateway))


async def _logged(gateway: Gateway, text: str) -> bool:
    assert gateway.process
    assert gateway.process.stderr
    async with asyncio.timeout(30):
        return text in (await gateway.process.stderr.readline()).decode()


async def _lists_ours(gateway: Gateway) -> bool:
    return "table inet guildgate" in await gateway.nft("list", "tables")


async def test_a_gateway_that_cannot_load_its_table_says_which_one_is_in_the_way(
    idle_gateway: Gateway, world: World
) -> None:
    """It ends by itself, and not by a signal without a word."""
    world.vps.call(crash_here)
    with pytest.raises(RuntimeError, match="when it reads table ip theirs"):
        await idle_gateway.start()
    assert idle_gateway.process
    assert idle_gateway.process.returncode == 1
