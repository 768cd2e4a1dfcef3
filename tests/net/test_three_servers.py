"""Three nats-servers by what `guildgate fleet server` writes, as on three hosts, and one of them killed."""

from __future__ import annotations

import asyncio
import io
import socket
import ssl
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error
from nats.js.api import StreamInfo

from bot.fleet.bus import BusTransport
from bot.fleet.reached import Reached
from gateway import trust
from gateway.api.client import AGAIN
from gateway.api.signed import Sealer
from gateway.api.transport import BrokeOff
from gateway.bus import access, once, subjects
from gateway.bus.link import Link
from gateway.bus.told import Entry
from gateway.courier.presence import Presence
from gateway.demo.tunnel import until
from gateway.enrolment.fleet import access_of
from gateway.trust import BotTrust, GatewayTrust
from tests.enrolled import ADDRESS, Enrolled
from tests.natsserver import NatsServer

pytestmark = [pytest.mark.root, pytest.mark.timeout(300)]
BODY = b'{"actor": {"id": "1", "name": "alice"}, "request_id": "4711"}'
PATIENCE_S = 90.0


def free_ports(count: int) -> list[int]:
    """Return ports of clients whose ports for other servers are free as well."""
    found = list[int]()
    while len(found) < count:
        with socket.socket() as one, socket.socket() as two:
            one.bind((ADDRESS, 0))
            port = int(one.getsockname()[1])
            try:
                two.bind((ADDRESS, port + 2000))
            except (OSError, OverflowError):
                continue
            if port not in found:
                found.append(port)
    return found


@dataclass
class Three:
    """The bot's host, the servers, and the bot's end."""

    fleet: Enrolled
    servers: list[NatsServer]
    reached: Reached

    def __post_init__(self) -> None:
        known = trust.read(BotTrust, self.fleet.section.key_file)
        sealer = Sealer(known.key, "eu", known.regions[0].key)
        self._eu = BusTransport(self.reached.bus, "eu", sealer)

    async def ask(self) -> bytes:
        """Ask eu, and again after a connection that ended, as GatewayClient does."""
        for _ in range(AGAIN):
            with suppress(BrokeOff):
                return await self._eu.call("list", BODY)
        return await self._eu.call("list", BODY)

    async def directory(self) -> StreamInfo | None:
        """Return where the directory is stored; None while no server leads it."""
        section = self.fleet.section
        try:
            async with once.connected(section, access.read(section, subjects.BOT)) as client:
                return await client.jetstream(timeout=5).stream_info(f"KV_{subjects.DIRECTORY}")
        except (Error, OSError):
            return None

    async def whole(self) -> None:
        """Wait until three servers have the directory."""

        async def is_whole() -> bool:
            found = await self.directory()
            copies = found.cluster.replicas if found and found.cluster and found.cluster.replicas else ()
            return len(copies) == 2 and all(each.current for each in copies)

        await until(is_whole, timeout_s=PATIENCE_S)


@asynccontextmanager
async def three(folder: Path) -> AsyncIterator[Three]:
    ports = free_ports(3)
    urls = [f"tls://{ADDRESS}:{port}" for port in ports]
    fleet = Enrolled(folder / "one", ports[0])
    fleet.config.write_text(fleet.config.read_text().replace(f'"{urls[0]}"', ", ".join(f'"{url}"' for url in urls)))
    fleet.add("eu")
    servers = [fleet.server]
    for url, port, name in zip(urls[1:], ports[1:], ("two", "three"), strict=True):
        own = folder / name
        brought = packed("server", url, "--folder", own, "--store", own / "store", "--config", fleet.config)
        (own / "store").mkdir(parents=True)  # as the service does
        subprocess.run(["tar", "-xC", own], input=brought.stdout, check=True)
        with tarfile.open(fileobj=io.BytesIO(brought.stdout)) as tar:
            secrets = {each.name: (each.mode, each.uname) for each in tar if each.mode == 0o600}
        assert secrets == dict.fromkeys(("server.key", "routes.key"), (0o600, "guildgate-nats"))
        servers.append(NatsServer("server", own, ADDRESS, port))
    async with AsyncExitStack() as stack:
        for each in servers:
            stack.push_async_callback(each.stop)
        await asyncio.gather(*(each.start() for each in servers))
        tasks = await stack.enter_async_context(_ended())
        reached = Reached(fleet.section, folder / "gateway.sock")
        tasks += [asyncio.create_task(reached.bus.run()), asyncio.create_task(answering(fleet))]
        made = Three(fleet, servers, reached)
        try:
            yield made
        finally:
            for each in servers:
                print(each.folder.name, each.output[-6000:])


@asynccontextmanager
async def _ended() -> AsyncIterator[list[asyncio.Task[object]]]:
    tasks = list[asyncio.Task[object]]()
    try:
        yield tasks
    finally:
        while rest := [task for task in tasks if not task.done()]:  # wait_for of Python 3.11 may lose a cancellation
            for task in rest:
                task.cancel()
            await asyncio.wait(rest, timeout=1)


async def answering(fleet: Enrolled) -> None:
    """Be the region: answer what the bot has signed, on whichever server there is."""
    invitation = fleet.invitations["eu"]
    known = GatewayTrust(region="eu", number=1, key=invitation.secret.answering, bots=invitation.bots)
    entry = Entry(
        region="eu", public_address="", subnet4=invitation.subnet4, subnet6=invitation.subnet6, version="1.0.0"
    )

    async def answer(message: Msg) -> None:
        await message.respond(known.signatures.admit(message.data, datetime.now(UTC)).sealed(b"heard"))

    async def use(client: Client) -> None:
        await client.subscribe(subjects.requests("eu"), cb=answer)
        # By its pulses the bot knows which answers will never come.
        await Presence(client, entry, fleet.folder / "gateway.sock").pulse()

    await Link(fleet.section, access_of(invitation)).run(use)


def packed(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    argv = [str(Path(sys.prefix, "bin/guildgate")), "fleet", *map(str, arguments)]
    return subprocess.run(argv, capture_output=True, timeout=120)


async def test_one_server_of_three_that_is_killed_fails_no_call(tmp_path: Path) -> None:
    async with three(tmp_path) as made:
        await made.whole()
        answers, is_over = list[bytes](), asyncio.Event()

        async def ask() -> None:
            while not is_over.is_set():
                answers.append(await made.ask())

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(ask())
            for each in made.servers:
                await each.kill()
                before = len(answers)

                async def is_answered(before: int = before) -> bool:
                    return len(answers) > before + 20

                await until(is_answered, timeout_s=PATIENCE_S)

                async def is_stored() -> bool:
                    return await made.directory() is not None

                await until(is_stored, timeout_s=PATIENCE_S)
                await each.start()
                await made.whole()
            is_over.set()
        assert set(answers) == {b"heard"}


async def test_no_region_comes_in_as_a_server(tmp_path: Path) -> None:
    """The connections between servers have an authority of their own."""

    def greeting(port: int, certificate: Path, key: Path) -> bytes:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.load_cert_chain(certificate, key)
        with (
            socket.create_connection((ADDRESS, port), timeout=60) as raw,
            context.wrap_socket(raw, server_hostname=ADDRESS) as wrapped,
        ):
            try:
                return wrapped.recv(4)
            except OSError:
                return b""

    async with three(tmp_path) as made:
        port = made.servers[0].port + 2000
        eu = access_of(made.fleet.invitations["eu"])
        own, key = tmp_path / "eu.crt", tmp_path / "eu.key"
        own.write_text(eu.certificate)
        key.write_text(eu.certificate_key)
        other = made.servers[1].folder
        assert await asyncio.to_thread(greeting, port, other / "routes.crt", other / "routes.key") == b"INFO"
        assert await asyncio.to_thread(greeting, port, own, key) == b""


async def test_servers_of_other_hosts_are_told_of_with_each_change(tmp_path: Path) -> None:
    ports = (4222, 4223, 4224)
    fleet = Enrolled(tmp_path / "one", ports[0])
    added = packed("add", "eu", "--store", tmp_path / "store", "--config", fleet.config)
    assert b"has to know it too" not in added.stderr
    refused = packed("server", "bus2", "--config", fleet.config)
    assert b"there is no other server bus2; there is none; write three servers" in refused.stderr
    urls = [f"tls://bus{port}.example.org:{port}" for port in ports]
    text = fleet.config.read_text().replace(f'"tls://{ADDRESS}:4222"', ", ".join(f'"{url}"' for url in urls))
    fleet.config.write_text(text)
    assert b"comes first: `guildgate fleet server`" in packed("server", urls[1], "--config", fleet.config).stderr
    assert packed("server", "--config", fleet.config).returncode == 0
    for command in (("add", "us"), ("remove", "us")):
        told = packed(*command, "--config", fleet.config).stderr.decode()
        for url, port in zip(urls[1:], ports[1:], strict=True):
            assert f"guildgate fleet server {url} | ssh root@bus{port}.example.org " in told
    with tarfile.open(
        fileobj=io.BytesIO(packed("server", "bus4223.example.org", "--config", fleet.config).stdout)
    ) as tar:
        assert "server.json" in tar.getnames()
