"""A name instead of an address, kept on a real name server by a real process, or by a provider's URL."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from gateway.api.measures import GetMeasures
from gateway.demo.server import hosting
from gateway.demo.tunnel import peer_up, until
from gateway.demo.world import SITE4, VPS4, World
from gateway.model import Protocol
from gateway.problem import Trouble
from gateway.supervisor import NAMES_USER
from tests.e2e.service import Service
from tests.e2e.supervised import BOT, NAMES, system_users
from tests.fakediscord.certificate import make_certificate
from tests.lab import hosts, pass_through
from tests.net.gateway import ADMIN, Gateway, gateway_in
from tests.net.nameserver import SECRET, NameServer, needs_knot, resolving, tsig_key
from tests.net.test_uplinks import NEW4, move_to_new4
from tests.privileges import Privileges, privileges
from tests.serving import end

pytestmark = [pytest.mark.root, pytest.mark.timeout(200)]

NAME = "play.example.org"
SRV = f"_minecraft._tcp.{NAME}"
RFC2136 = f'kind = "rfc2136"\nserver = "{SITE4}"\nzone = "example.org"\n'
ASK = """
import socket, sys
body = '{"actor": {"id": "1", "name": "x", "is_admin": true}}'
with socket.socket(socket.AF_UNIX) as gateway:
    gateway.connect(sys.argv[1])
    head = f"POST /v1/{sys.argv[2]} HTTP/1.1\\r\\nHost: gateway\\r\\nConnection: close\\r\\n"
    gateway.sendall(f"{head}Content-Length: {len(body)}\\r\\n\\r\\n{body}".encode())
    while piece := gateway.recv(65536):
        sys.stdout.write(piece.decode())
"""
PATIENCE_S = 60  # for a busy machine
NOTHING_S = 10.0


@dataclass
class Kept:
    """A gateway and the process that keeps its name, on the VPS."""

    gateway: Gateway
    service: Service

    async def problems(self) -> list[str]:
        found = (await self.gateway.status()).problems
        return [problem.values["reason"] for problem in found if problem.code == Trouble.NAME]

    async def has_problem(self, *words: str) -> None:
        """Wait for the one problem about the name, with these words in it."""

        async def found() -> bool:
            (problem,) = await self.problems() or [""]
            return bool(problem) and all(word in problem for word in words)

        await until(found, timeout_s=PATIENCE_S)

    async def asked(self) -> dict[str, int]:
        """Return how often the process has asked the gateway, by operation."""
        found = (await self.gateway.client.call(GetMeasures(actor=ADMIN, with_kernel=False))).operations
        return {each.operation: sum(each.counts) for each in found if "name" in each.operation}

    async def has_told(self, times: int) -> None:
        """Wait until the process has told the gateway so often what became of the name."""

        async def told() -> bool:
            return (await self.asked()).get("name") == times

        await until(told, timeout_s=PATIENCE_S)

    async def says(self, text: str, times: int = 1) -> None:
        """Wait until the log of gateway/names has that text so often."""

        async def said() -> bool:
            return self.service.output.count(text) >= times

        await until(said, timeout_s=PATIENCE_S)

    async def has_none(self) -> None:
        async def none() -> bool:
            return not await self.problems()

        await until(none, timeout_s=PATIENCE_S)


@asynccontextmanager
async def keeping(
    world: World, folder: Path, section: str = RFC2136, secret: str = tsig_key(), name: str = NAME
) -> AsyncIterator[Kept]:
    """Run both processes as ./run would."""
    pass_through(folder)
    path = folder / "dns"
    path.write_text(secret)
    path.chmod(0o600)
    settings = f'public_address = "{name}"\n[names]\n{section}secret_file = "{path}"\n'
    async with gateway_in(world, folder, settings) as gateway:
        await gateway.start("--names-user", NAMES_USER)
        argv = ("names", "--config", str(folder / "config.toml"), "--user", NAMES_USER)
        service = Service(world.vps, argv, folder / "names.log")
        await service.start()
        try:
            yield Kept(gateway, service)
        finally:
            await service.stop()
            print(service.output)
            assert SECRET not in service.output


async def shows(server: NameServer, name: str, kind: str, *records: str) -> None:
    """Wait until these are the records that a player gets."""

    async def found() -> bool:
        return server.ask(name, kind) == sorted(records)

    try:
        await until(found, timeout_s=PATIENCE_S)
    except TimeoutError:
        raise AssertionError(f"{name} has {server.ask(name, kind)}, not {records}") from None


@needs_knot
async def test_the_name_follows_the_host_and_minecrafts_record_follows_its_forward(
    world: World, tmp_path: Path
) -> None:
    """A player types the name alone. What differs is changed, and no more than that."""
    server = NameServer(world, tmp_path / "knot")
    with resolving(world):
        async with server.serving(), keeping(world, tmp_path) as kept:
            gateway = kept.gateway
            await shows(server, NAME, "A", str(VPS4))
            await kept.has_none()
            assert server.ask(SRV, "SRV") == []
            config = await gateway.join()
            assert f"Endpoint = {NAME}:51820" in config
            await gateway.forward(25570, protocol=Protocol.TCP, to_port=25565)
            await shows(server, SRV, "SRV", f"0 5 25570 {NAME}.")
            config = config.replace(f"Endpoint = {NAME}", f"Endpoint = {VPS4}")  # the friend has no resolver
            async with peer_up(world.friend, config, "ggfriend0") as tunnel, hosting(world.friend, 25565):
                await tunnel.handshake()
                _, _, port, target = server.ask(SRV, "SRV")[0].split()
                (address,) = server.ask(target, "A")
                assert await world.player.ask_tcp(IPv4Address(address), int(port)) == "hello"

            async def is_spared() -> bool:
                return (await gateway.status()).srv_port == 25570

            await until(is_spared)
            serial = server.serial()
            await kept.service.stop()
            await kept.service.start()
            await kept.says("leads to", times=3)
            assert server.serial() == serial, "a start without a difference changed the zone"
            await move_to_new4(world)
            await shows(server, NAME, "A", str(NEW4))
            await gateway.unforward(25570)
            await shows(server, SRV, "SRV")
            await kept.has_none()


@needs_knot
@pytest.mark.parametrize(
    ("section", "secret", "words"),
    [
        (
            RFC2136,
            tsig_key(secret=SECRET[1:43] + SECRET[0] + "="),
            ("does not know the key guildgate or its secret",),
        ),
        (RFC2136, tsig_key("another"), ("does not know the key another or its secret",)),
        (RFC2136.replace("example.org", "org"), tsig_key(), ("is not in charge of the zone org",)),
        (RFC2136.replace(str(SITE4), "127.0.0.1"), tsig_key(), ("127.0.0.1 cannot be reached",)),
    ],
    ids=["secret", "key", "zone", "server"],
)
async def test_what_the_zone_refuses_is_one_problem_that_says_what_is_wrong(
    world: World, tmp_path: Path, section: str, secret: str, words: Sequence[str]
) -> None:
    server = NameServer(world, tmp_path / "knot")
    with resolving(world):
        async with server.serving(), keeping(world, tmp_path, section, secret) as kept:
            await kept.has_problem(*words)
            assert server.ask(NAME, "A") == []
            assert kept.service.output.count("ERROR") == 1
            assert "guildgate" in await gateway_says(world, tmp_path, "status")


async def gateway_says(world: World, folder: Path, command: str) -> str:
    """Return what the terminal's command prints, which has the problem."""
    program = (sys.executable, "-m", "gateway", command, "--config", str(folder / "config.toml"))
    said = await world.vps.run(*program)
    assert f"The name {NAME} is not kept" in said
    return said


@needs_knot
async def test_a_name_server_that_was_away_gets_what_changed_meanwhile(world: World, tmp_path: Path) -> None:
    server = NameServer(world, tmp_path / "knot")
    with resolving(world):
        async with AsyncExitStack() as first, keeping(world, tmp_path) as kept:
            await first.enter_async_context(server.serving())
            await shows(server, NAME, "A", str(VPS4))
            await kept.has_none()
            await first.aclose()
            await move_to_new4(world)
            await kept.has_problem("cannot be reached")
            async with server.serving():
                await shows(server, NAME, "A", str(NEW4))
                await kept.has_none()


@needs_knot
async def test_a_zone_without_leave_for_srv_keeps_the_address_and_is_no_problem(world: World, tmp_path: Path) -> None:
    server = NameServer(world, tmp_path / "knot", only=("A", "AAAA"))
    with resolving(world):
        async with server.serving(), keeping(world, tmp_path) as kept:
            await kept.gateway.join()
            await kept.gateway.forward(25570, protocol=Protocol.TCP, to_port=25565)
            await kept.says("players of Minecraft have to type the port")
            await shows(server, NAME, "A", str(VPS4))
            await kept.has_none()
            assert (await kept.gateway.status()).srv_port is None


@needs_knot
async def test_a_name_that_is_an_alias_is_told(world: World, tmp_path: Path) -> None:
    """A server takes a change there without an error, and makes none."""
    server = NameServer(world, tmp_path / "knot")
    with resolving(world):
        async with server.serving(), keeping(world, tmp_path, name="alias.example.org") as kept:
            await kept.has_problem("alias.example.org is another name's alias (CNAME); delete that record")


@needs_knot
async def test_the_process_has_no_privilege_and_the_secret_is_nowhere_else(world: World, tmp_path: Path) -> None:
    server = NameServer(world, tmp_path / "knot")
    with resolving(world):
        async with server.serving(), keeping(world, tmp_path) as kept:
            await shows(server, NAME, "A", str(VPS4))
            assert kept.service.process
            pid = kept.service.process.pid
            assert privileges(pid) == Privileges(frozenset({NAMES}), frozenset({NAMES}), (0,) * 5, True, 2)
            of_process = [Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ")]
            assert not [text for text in of_process if SECRET.encode() in text]
            key, secret = kept.gateway.state_dir / "private_key", tmp_path / "dns"
            assert not may_read(NAMES, key)
            assert not may_read(NAMES, secret), "it was read before"
            assert not may_read(BOT, secret)
            said = await asked_as(kept.gateway.socket, world, NAMES, "status")
            assert '"other_service"' in said
            assert '"wrong_user"' in await asked_as(kept.gateway.socket, world, BOT, "name")


def may_read(user: int, path: Path) -> bool:
    """Report whether that system user can read the file."""
    assert path.read_bytes()
    argv = ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "cat", str(path))
    return subprocess.run(argv, capture_output=True).returncode == 0


async def asked_as(path: Path, world: World, user: int, operation: str) -> str:
    """Return the gateway's answer to that system user."""
    ask = ("/usr/bin/python3", "-c", ASK, str(path), operation)
    return await world.vps.run("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *ask)


@dataclass
class Provider:
    """A provider as DuckDNS is one. It answers each request by `answer`, and keeps the requests."""

    answer: str = "OK"
    status: str = "200 OK"
    requests: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def serving(self, world: World, folder: Path) -> AsyncIterator[Path]:
        """Serve HTTPS for the length of the block. Yield the certificate of its authority."""
        folder.mkdir()
        ca_file, context = make_certificate(folder, ["www.duckdns.example"])
        listener = world.inet.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((str(SITE4), 443))
        server = await asyncio.start_server(self._serve, sock=listener, ssl=context)
        try:
            yield ca_file
        finally:
            await end(server)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.requests.append(head)
        writer.write(f"HTTP/1.1 {self.status}\r\nContent-Length: {len(self.answer)}\r\n\r\n{self.answer}".encode())
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    async def is_asked(self, *words: str) -> str:
        """Wait until the last request has these words, and return it."""

        async def asked() -> bool:
            return bool(self.requests) and all(word in self.requests[-1] for word in words)

        await until(asked, timeout_s=PATIENCE_S)
        return self.requests[-1]


async def test_a_providers_url_gets_the_address_when_it_changes(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer counts, not the status alone. What is in the URL stays there."""
    provider, name = Provider(), "mine.duckdns.example"
    url = f"https://user:{SECRET}@www.duckdns.example/update?domains={{name}}&token={SECRET}&ip={{ip}}&ipv6={{ip6}}"
    with hosts(world.vps, {"www.duckdns.example": str(SITE4), name: str(VPS4)}), system_users(world.vps.name):
        async with provider.serving(world, tmp_path / "provider") as ca_file:
            pass_through(ca_file.parent)
            monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
            async with keeping(world, tmp_path, 'kind = "url"\n', url, name) as kept:
                request = await provider.is_asked(f"GET /update?domains={name}&token={SECRET}&ip={VPS4}&ipv6= HTTP/1.1")
                assert "Authorization: Basic " in request
                await kept.has_none()
                provider.answer = f"KO {SECRET}"
                await move_to_new4(world)
                await kept.has_problem("www.duckdns.example refuses: the token or the name is wrong")
                provider.answer, provider.status = SECRET, "503 Service Unavailable"
                await kept.has_problem("answers with HTTP status 503")
                provider.answer, provider.status = "OK", "200 OK"
                await kept.has_none()
                assert f"ip={NEW4}" in provider.requests[-1]
                asked = len(provider.requests)
                await kept.gateway.join()
                await kept.gateway.forward(25565)
                for change in (f"add {VPS4}/32", f"delete {NEW4}/24", f"add {VPS4}/24"):
                    await world.vps.run("ip", "address", *change.split(), "dev", "eth0")
                await world.vps.run("ip", "route", "replace", "default", "via", "203.0.113.254")
                await provider.is_asked(f"ip={VPS4}")
                assert len(provider.requests) == asked + 1, "a forward changes nothing for the provider"


async def test_while_nothing_happens_the_process_asks_the_gateway_for_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection is its sign of life, and so a gateway that comes back is told without a change of the name."""
    provider, name = Provider(), "mine.duckdns.example"
    with hosts(world.vps, {"www.duckdns.example": str(SITE4), name: str(VPS4)}), system_users(world.vps.name):
        async with provider.serving(world, tmp_path / "provider") as ca_file:
            pass_through(ca_file.parent)
            monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
            url = "https://www.duckdns.example/update?ip={ip}"
            async with keeping(world, tmp_path, 'kind = "url"\n', url, name) as kept:
                await kept.has_told(1)
                before = await kept.asked()
                await asyncio.sleep(NOTHING_S)
                assert await kept.asked() == before == {"watch-name": 1, "name": 1}
                await kept.gateway.kill()
                await kept.gateway.start("--names-user", NAMES_USER)
                await kept.has_told(1)
                assert len(provider.requests) == 1


async def test_a_provider_with_a_certificate_of_its_own_making_gets_no_secret(world: World, tmp_path: Path) -> None:
    provider, name = Provider(), "mine.duckdns.example"
    with hosts(world.vps, {"www.duckdns.example": str(SITE4), name: str(VPS4)}), system_users(world.vps.name):
        url = f"https://www.duckdns.example/update?token={SECRET}&ip={{ip}}"
        async with (
            provider.serving(world, tmp_path / "provider"),
            keeping(world, tmp_path, 'kind = "url"\n', url, name) as kept,
        ):
            await kept.has_problem("shows a certificate that this host does not trust")
            assert provider.requests == []
