"""A real name server, Knot DNS, at a site of the world's Internet, and what a player gets from it."""

from __future__ import annotations

import shutil
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dns.message
import dns.query
import dns.rdatatype
import pytest

from gateway.demo.tunnel import until
from gateway.demo.world import SITE4, World
from tests.e2e.supervised import system_users
from tests.lab import ETC_NETNS

SECRET = b64encode(b"not the test's only secret, 32 !").decode()
KNOTD = shutil.which("knotd", path="/usr/sbin:/usr/bin:/sbin:/bin")
needs_knot = pytest.mark.skipif(KNOTD is None, reason="NOT TRIED: needs a name server, Debian's package knot")
_CONFIG = """\
server:
    rundir: "{folder}"
    listen: {address}@53
    user: root:root
database:
    storage: "{folder}/db"
key:
  - id: guildgate
    algorithm: hmac-sha256
    secret: {secret}
acl:
  - id: update
    key: guildgate
    action: [query, update]
    {only}
  - id: everyone
    action: query
zone:
  - domain: example.org
    storage: "{folder}"
    file: zone
    zonefile-load: whole
    zonefile-sync: -1
    acl: [update, everyone]
"""
_ZONE = """\
$ORIGIN example.org.
@ 60 SOA ns1.example.org. admin.example.org. 1 60 60 60 1
@ 60 NS ns1
ns1 60 A {address}
alias 60 CNAME ns1
"""


def tsig_key(name: str = "guildgate", secret: str = SECRET) -> str:
    """Return a key as tsig-keygen writes it."""
    return f'key "{name}" {{\n\talgorithm hmac-sha256;\n\tsecret "{secret}";\n}};\n'


@dataclass
class NameServer:
    """The name server of example.org. `only` are types of records that its key may change; empty is all."""

    world: World
    folder: Path
    only: tuple[str, ...] = ()
    config: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        (self.folder / "db").mkdir()
        (self.folder / "zone").write_text(_ZONE.format(address=SITE4))
        self.config = self.folder / "knot.conf"
        only = f"update-type: [{', '.join(self.only)}]" if self.only else ""
        self.config.write_text(_CONFIG.format(folder=self.folder, address=SITE4, secret=SECRET, only=only))

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve for the length of the block. What was changed lasts until the next one."""
        assert KNOTD
        with (self.folder / "log").open("a") as log:
            async with self.world.inet.running(KNOTD, "-c", self.config, stdout=log, stderr=log):

                async def answers() -> bool:
                    return bool(self.serial())

                await until(answers)
                yield

    def ask(self, name: str, kind: str) -> list[str]:
        """Return the records as a player's resolver gets them, as text."""
        question = dns.message.make_query(name, kind)
        try:
            answer = self.world.player.call(lambda: dns.query.udp(question, str(SITE4), timeout=0.5))
        except (OSError, dns.exception.Timeout):
            return []
        return sorted(record.to_text() for found in answer.answer for record in found)

    def serial(self) -> int:
        """Return the zone's number, which grows with each change, or 0 without an answer."""
        (soa,) = self.ask("example.org", "SOA") or ["a b 0"]
        return int(soa.split()[2])


@contextmanager
def resolving(world: World) -> Iterator[None]:
    """Let processes that start on the VPS ask that name server, and find the system users that ./run makes."""
    folder = ETC_NETNS / world.vps.name
    folder.mkdir(parents=True)
    try:
        (folder / "resolv.conf").write_text(f"nameserver {SITE4}\noptions timeout:1 attempts:1\n")
        with system_users(world.vps.name):
            yield
    finally:
        shutil.rmtree(folder)
