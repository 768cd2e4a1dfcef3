"""`guildgate fleet add`, `enrol` and `fleet remove` as they are typed, and what a real nats-server makes of them."""

from __future__ import annotations

import asyncio
import os
import pty
import shutil
import stat
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error, NoRespondersError
from nats.js.api import ConsumerConfig, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from gateway import config, trust
from gateway.api.signed import SIGNED, Sealer
from gateway.backup import regions
from gateway.backup.collect import collect
from gateway.backup.place import place
from gateway.bus import access, subjects
from gateway.bus.asking import Asker
from gateway.bus.keyed import KeyedClient
from gateway.bus.nkey import UserKey
from gateway.demo.tunnel import until
from gateway.enrolment import fleet as fleet_module
from gateway.enrolment.certificates import Authority, key_pem, pem
from gateway.enrolment.fleet import access_of
from gateway.enrolment.secret import Secret
from gateway.trust import BotTrust, GatewayTrust
from tests.enrolled import ADDRESS, Enrolled, enrolled
from tests.natsserver import settle

pytestmark = [pytest.mark.root, pytest.mark.timeout(300)]
BODY = b'{"actor": {"id": "1", "name": "alice"}, "request_id": "4711"}'
GONE_S = 5.0  # a quiet machine takes a thirtieth of a second


def guildgate(*arguments: str | Path, said: str = "") -> subprocess.CompletedProcess[str]:
    argv = [str(Path(sys.prefix, "bin/guildgate")), *map(str, arguments)]
    return subprocess.run(argv, input=said, capture_output=True, text=True, timeout=120)


def a_new_host(folder: Path, servers: str, region: str) -> Path:
    """Make the configuration of a VPS whose secrets lie in the folder."""
    folder.mkdir()
    path = folder / "config.toml"
    path.write_text(
        f'[fleet]\nregion = "{region}"\nservers = ["{servers}"]\n'
        f'bus_file = "{folder}/bus.key"\nkey_file = "{folder}/fleet.key"\n'
        f'[gateway]\nstate_dir = "{folder}/state"\n'
    )
    return path


async def test_a_line_makes_a_region_of_another_host(tmp_path: Path) -> None:
    """The files of both ends fit each other, and are the only places of a secret."""
    async with enrolled(tmp_path / "fleet", ("us",)) as fleet:
        added = guildgate("fleet", "add", "eu", "--config", fleet.config)
        assert added.returncode == 0, added.stderr
        (line,) = added.stdout.splitlines()
        assert line not in added.stderr
        vps = a_new_host(tmp_path / "vps", f"tls://{ADDRESS}:{fleet.port}", "eu")
        joined = guildgate("enrol", "--config", vps, said=f"{line}\n")
        assert joined.returncode == 0, joined.stderr
        section = config.load(vps).fleet
        assert section
        assert str(config.load(vps).gateway.subnet4) == "10.66.2.0/24"
        assert str(config.load(vps).gateway.subnet6) == "fd42:42:2::/64"
        secrets = [section.bus_file, section.key_file, fleet.section.bus_file, fleet.section.key_file, fleet.fleet.path]
        assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}
        known, bots = trust.read(GatewayTrust, section.key_file), trust.read(BotTrust, fleet.section.key_file)
        assert (known.region, known.number) == ("eu", 2)
        assert [(each.name, each.number) for each in bots.regions] == [("us", 1), ("eu", 2)]
        for secret in (known.key.reveal(), access.read(section, "eu").seed, "PRIVATE KEY"):
            assert secret not in vps.read_text() + joined.stdout + joined.stderr + added.stderr

        async def hear(message: Msg) -> None:
            await message.respond(known.signatures.admit(message.data, datetime.now(UTC)).sealed(b"heard"))

        found = access.read(section, "eu")
        eu = KeyedClient(UserKey.parse(found.seed))
        await eu.connect([*map(str, section.servers)], nkeys_seed_str=found.seed, tls=found.tls())
        try:
            await eu.subscribe(subjects.requests("eu"), cb=hear)
            await settle(eu)
            asked = Sealer(bots.key, "eu", bots.regions[1].key).wrap("list", BODY, datetime.now(UTC))
            async with fleet.client("bot") as bot:
                answer = await (await Asker.on(bot)).ask("eu", SIGNED, asked.envelope, timeout_s=60)
            assert asked.opened(answer.data) == b"heard"
        finally:
            await eu.close()


async def test_a_region_that_is_taken_out_is_gone_within_a_second_and_others_notice_nothing(tmp_path: Path) -> None:
    async with (
        enrolled(tmp_path / "fleet") as fleet,
        fleet.client("bot") as bot,
        fleet.client("us") as us,
        fleet.client("eu") as eu,
    ):
        for who, region in ((us, "us"), (eu, "eu")):

            async def answer(message: Msg) -> None:
                await message.respond(b"here")

            await who.subscribe(subjects.requests(region), cb=answer)
            await settle(who)
        answered, is_over = 0, asyncio.Event()

        async def ask_us() -> None:
            nonlocal answered
            while not is_over.is_set():
                await (await Asker.on(bot)).ask("us", "x", b"", timeout_s=60)
                answered += 1

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(ask_us())
            assert (await (await Asker.on(bot)).ask("eu", "x", b"", timeout_s=60)).data == b"here"
            clock = asyncio.get_running_loop().time

            async def remove() -> float:
                removed = await asyncio.to_thread(guildgate, "fleet", "remove", "eu", "--config", fleet.config)
                assert removed.returncode == 0, removed.stderr
                return clock()

            done = tasks.create_task(remove())
            await until_closed(eu)
            gone = clock()
            assert gone - await done < GONE_S
            before = answered

            async def is_answered() -> bool:
                return answered > before

            await until(is_answered, timeout_s=60)
            is_over.set()
        assert us.is_connected
        with pytest.raises(NoRespondersError):
            await (await Asker.on(bot)).ask("eu", "x", b"", timeout_s=60)
        with pytest.raises((Error, OSError)):
            async with fleet.client("eu"):
                pass
        assert guildgate("fleet", "--config", fleet.config).stdout.split()[:2] == ["us", "2"]
        assert [each.name for each in trust.read(BotTrust, fleet.section.key_file).regions] == ["us"]
        assert fleet.fleet.add("asia", store=tmp_path / "fleet/store").number == 3


async def test_a_region_that_is_taken_out_leaves_the_directory_and_the_log(tmp_path: Path) -> None:
    async with enrolled(tmp_path / "fleet") as fleet, fleet.client("bot") as bot:
        stream = bot.jetstream()
        await stream.create_key_value(bucket=subjects.DIRECTORY, storage=StorageType.FILE, direct=True)
        await stream.add_stream(StreamConfig(name=subjects.MEMBERSHIP, subjects=["guildgate-membership.*"]))
        await stream.create_key_value(bucket=subjects.LEASE, storage=StorageType.FILE, direct=True)
        await stream.add_stream(StreamConfig(name=subjects.STATE, subjects=[subjects.STATES], allow_direct=True))
        for region in ("eu", "us"):
            await stream.add_consumer(subjects.MEMBERSHIP, ConsumerConfig(durable_name=region))
            async with fleet.client(region) as itself:
                for subject in (subjects.entry(region), subjects.lease(region), subjects.state(region)):
                    await itself.jetstream().publish(subject, region.encode())
        removed = await asyncio.to_thread(guildgate, "fleet", "remove", "eu", "--config", fleet.config)
        assert (removed.returncode, removed.stderr.count("\n")) == (0, 1), removed.stderr
        directory = await stream.key_value(subjects.DIRECTORY)
        assert (await directory.get("us")).value == b"us"
        with pytest.raises(NotFoundError):
            await directory.get("eu")
        async with fleet.client("us") as us:
            lease = await us.jetstream().get_last_msg(f"KV_{subjects.LEASE}", subjects.lease("us"), direct=True)
        assert lease.data == b"us"
        leases = (await stream.stream_info(f"KV_{subjects.LEASE}", subjects_filter=">")).state.subjects
        assert leases == {subjects.lease("us"): 1, subjects.lease("eu"): 1}, "of eu only the mark of its end"
        copies = (await stream.stream_info(subjects.STATE, subjects_filter=">")).state.subjects
        assert copies == {subjects.state("us"): 1}
        assert (await stream.consumer_info(subjects.MEMBERSHIP, "us")).name == "us"
        with pytest.raises(NotFoundError):
            await stream.consumer_info(subjects.MEMBERSHIP, "eu")


async def test_a_region_gets_a_second_machine_which_reads_its_copies_and_can_be_taken_out_alone(tmp_path: Path) -> None:
    async with enrolled(tmp_path / "fleet") as fleet, fleet.client("bot") as bot, fleet.client("eu") as first:
        await bot.jetstream().add_stream(
            StreamConfig(name=subjects.STATE, subjects=[subjects.STATES], max_msgs_per_subject=1, allow_direct=True)
        )
        added = await asyncio.to_thread(guildgate, "fleet", "add", "eu", "--standby", "--config", fleet.config)
        assert added.returncode == 0, added.stderr
        vps = a_new_host(tmp_path / "vps", f"tls://{ADDRESS}:{fleet.port}", "eu")
        vps.write_text(f'{vps.read_text()}public_address = "198.51.100.7"\n')
        joined = await asyncio.to_thread(guildgate, "enrol", "--config", vps, said=added.stdout)
        assert joined.returncode == 0, joined.stderr
        section = config.load(vps).fleet
        assert section
        own = trust.read(GatewayTrust, section.key_file)
        assert joined.stdout == f"sudo guildgate standby allow {own.key.public_key}\n"
        assert own.of == trust.read(BotTrust, fleet.section.key_file).regions[0].key
        assert guildgate("fleet", "--config", fleet.config).stdout.splitlines()[0].endswith("with a standby")
        found = access.read(section, "eu_standby")
        second = KeyedClient(UserKey.parse(found.seed))
        await second.connect(
            [*map(str, section.servers)],
            nkeys_seed_str=found.seed,
            tls=found.tls(),
            inbox_prefix=subjects.inbox("eu_standby"),
            allow_reconnect=False,
        )
        try:
            await first.jetstream().publish(subjects.state("eu"), b"sealed")
            copy = await second.jetstream().get_last_msg(subjects.STATE, subjects.state("eu"), direct=True)
            assert copy.data == b"sealed"
            refused = await asyncio.to_thread(guildgate, "fleet", "add", "eu", "--standby", "--config", fleet.config)
            assert (refused.returncode, "--again" in refused.stderr) == (1, True)
            argv = ("fleet", "remove", "eu", "--standby", "--config", fleet.config)
            removed = await asyncio.to_thread(guildgate, *argv)
            assert removed.returncode == 0, removed.stderr
            await until_closed(second)
            assert first.is_connected
        finally:
            await second.close()
        assert not guildgate("fleet", "--config", fleet.config).stdout.splitlines()[0].endswith("standby")


async def until_closed(client: Client) -> None:
    async def is_closed() -> bool:
        return client.is_closed

    await until(is_closed, timeout_s=60)


async def test_another_line_for_a_region_ends_the_one_before(tmp_path: Path) -> None:
    async with enrolled(tmp_path / "fleet") as fleet, fleet.client("eu") as eu:
        refused = guildgate("fleet", "add", "eu", "--config", fleet.config)
        assert refused.returncode == 1
        assert "--again" in refused.stderr
        again = guildgate("fleet", "add", "eu", "--again", "--config", fleet.config)
        assert again.returncode == 0, again.stderr
        assert "number 1" in again.stderr
        await until_closed(eu)
        with pytest.raises((Error, OSError)):
            async with fleet.client("eu"):
                pass


async def test_stolen_keys_of_the_bot_are_good_for_nothing_once_it_has_others(tmp_path: Path) -> None:
    async with enrolled(tmp_path / "fleet") as fleet, fleet.client("eu") as eu:
        stolen, signing = fleet.access("bot"), trust.read(BotTrust, fleet.section.key_file).key
        async with fleet.client("bot") as thief:
            renewed = guildgate("fleet", "renew", "--config", fleet.config)
            assert renewed.returncode == 0, renewed.stderr
            assert "guildgate fleet add us --again" in renewed.stderr
            await until_closed(thief)
        with pytest.raises((Error, OSError)):
            await KeyedClient(UserKey.parse(stolen.seed)).connect(
                [f"tls://{ADDRESS}:{fleet.port}"],
                nkeys_seed_str=stolen.seed,
                tls=stolen.tls(),
                allow_reconnect=False,
                max_reconnect_attempts=1,
            )
        async with fleet.client("bot") as bot:
            await settle(bot, eu)
        again = fleet.fleet.add("us", again=True, store=tmp_path)
        assert again.bots == (trust.read(BotTrust, fleet.section.key_file).key.public,)
        assert signing.public not in again.bots


async def test_a_stranger_is_not_let_in(tmp_path: Path) -> None:
    """It lacks the certificate, or the nkey, or brings those of another fleet."""
    other = Authority.generate()
    async with enrolled(tmp_path / "fleet") as fleet:
        good, stranger = access_of(fleet.invitations["eu"]), Secret.generate()
        foreign = pem(other.client("eu", stranger.tls.public_key()))
        attempts = {
            "without a certificate": ("", "", good.seed),
            "with another fleet's certificate": (foreign, key_pem(stranger.tls), good.seed),
            "with another nkey": (good.certificate, good.certificate_key, stranger.nkey.reveal()),
        }
        for what, (certificate, key, seed) in attempts.items():
            made = access.Access(client="eu", seed=seed, ca=good.ca, certificate=certificate, certificate_key=key)
            client = KeyedClient(UserKey.parse(seed))
            with pytest.raises((Error, OSError)):
                await client.connect(
                    [f"tls://{ADDRESS}:{fleet.port}"],
                    nkeys_seed_str=seed,
                    tls=made.tls(),
                    allow_reconnect=False,
                    max_reconnect_attempts=1,
                )
                raise AssertionError(what)
            await client.close()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('region = "us"\nservers = ["{servers}"]\n', "fleet.region: is us, and the line is for eu"),
        ('servers = ["{servers}"]\n', "is missing, as on the bot's host"),
        ('region = "eu"\nservers = ["tls://other.example.org:4222"]\n', "fleet.servers: must be"),
        (
            'region = "eu"\nservers = ["{servers}"]\n[gateway]\nsubnet4 = "10.66.66.0/24"\n',
            "gateway.subnet4: is 10.66.66.0/24 and not 10.66.1.0/24; `guildgate fleet add eu --again --subnet4",
        ),
    ],
)
def test_what_does_not_fit_this_host_is_refused_and_nothing_is_changed(tmp_path: Path, text: str, problem: str) -> None:
    fleet = Enrolled(tmp_path / "fleet", 4222)
    fleet.add("eu")
    vps = tmp_path / "config.toml"
    before = "[fleet]\n" + text.format(servers=f"tls://{ADDRESS}:4222")
    vps.write_text(before)
    refused = guildgate("enrol", "--config", vps, said=fleet.invitations["eu"].reveal())
    assert refused.returncode == 1
    assert problem in refused.stderr
    assert vps.read_text() == before


def test_each_file_belongs_to_the_process_that_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two system users that every Debian has stand for those of the bot and of nats-server."""
    monkeypatch.setattr(fleet_module, "SYSTEM_USER", "daemon")
    monkeypatch.setattr(fleet_module, "SERVERS_USER", "games")
    fleet = Enrolled(tmp_path / "fleet", 4222)
    fleet.add("eu")
    section, places = fleet.section, tmp_path / "fleet/nats"
    owners = {
        section.bus_file: ("daemon", 0o600),
        section.key_file: ("daemon", 0o600),
        fleet.fleet.path: ("root", 0o600),
        fleet.fleet.path.parent: ("root", 0o700),
        places / "server.key": ("games", 0o600),
        places / "server.json": ("root", 0o644),
        tmp_path / "fleet/store": ("games", 0o700),
    }
    assert {path: (path.owner(), stat.S_IMODE(path.stat().st_mode)) for path in owners} == owners


async def test_a_fleet_comes_back_on_a_new_machine_by_its_backup(tmp_path: Path) -> None:
    """Its regions connect as before, and no number is given twice."""
    secret, file = tmp_path / "passphrase", tmp_path / "gg.age"
    secret.touch(mode=0o600)
    secret.write_text("a long passphrase\n")
    how = ("--passphrase-file", secret)
    async with enrolled(tmp_path / "fleet") as fleet:
        text = fleet.config.read_text()
        folders = f'[gateway]\nstate_dir = "{tmp_path}/state"\n[discord]\nstate_dir = "{tmp_path}/memory"\n'
        fleet.config.write_text(text + folders)
        made = await asyncio.to_thread(guildgate, "backup", file, *how, "--config", fleet.config)
        assert "the fleet's regions" in made.stdout, made.stderr
        await fleet.server.stop()
        shutil.rmtree(fleet.folder)
        fleet.folder.mkdir()
        restored = await asyncio.to_thread(guildgate, "restore", file, *how, "--config", fleet.config)
        assert "The fleet's regions are back." in restored.stdout, restored.stderr
        await fleet.server.start()
        for name in ("eu", "us", "bot"):
            async with fleet.client(name) as client:
                assert client.is_connected
        assert fleet.fleet.add("asia", store=tmp_path / "store").number == 3


async def test_a_restored_file_belongs_to_the_process_that_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regions, "BOTS_USER", "daemon")
    fleet = Enrolled(tmp_path / "fleet", 4222)
    fleet.add("eu")
    backup = collect(tmp_path / "state", fleet.config.read_bytes(), None, datetime.now(UTC), fleet.section)
    shutil.rmtree(fleet.folder)
    await place(backup, "", fleet.config, replace=False, keep_config=False, now=datetime.now(UTC))
    section = fleet.section
    owners = {section.bus_file: "daemon", section.key_file: "daemon", section.ledger: "root"}
    assert {path: path.owner() for path in owners} == owners
    assert {stat.S_IMODE(path.stat().st_mode) for path in owners} == {0o600}


async def test_a_line_that_is_pasted_into_a_terminal_is_not_shown(tmp_path: Path) -> None:
    """So neither the screen nor the shell's history has it."""
    fleet = Enrolled(tmp_path / "fleet", 4222)
    fleet.add("eu")
    line, vps = fleet.invitations["eu"].reveal(), a_new_host(tmp_path / "vps", f"tls://{ADDRESS}:4222", "eu")
    own, other = pty.openpty()
    os.set_blocking(own, False)
    try:
        process = await asyncio.create_subprocess_exec(
            *(Path(sys.prefix, "bin/guildgate"), "enrol", "--config", vps),
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
            preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),  # makes it the controlling terminal
        )
        os.close(other)
        shown = ""

        async def shows(text: str) -> bool:
            nonlocal shown
            with suppress(OSError):
                shown += os.read(own, 1 << 16).decode()
            return text in shown

        await until(partial(shows, "it stays hidden"), timeout_s=60)
        os.write(own, f"{line}\n".encode())
        await until(partial(shows, "this host is eu now"), timeout_s=60)
        assert await process.wait() == 0
        assert line[:40] not in shown
    finally:
        os.close(own)


def test_a_server_that_does_not_hear_of_a_removal_is_told_of(tmp_path: Path) -> None:
    """The region would be let in until the server is started anew."""
    fleet = Enrolled(tmp_path / "fleet", 4222)
    fleet.add("eu")
    removed = guildgate("fleet", "remove", "eu", "--config", fleet.config)
    assert removed.returncode == 1
    assert f"no nats-server runs by {tmp_path}/fleet/nats/server.json" in removed.stderr
    assert "there is no region eu; there is none" in guildgate("fleet", "remove", "eu", "--config", fleet.config).stderr


def test_no_region_gets_the_name_of_the_gateway_beside_the_bot(tmp_path: Path) -> None:
    fleet = Enrolled(tmp_path / "fleet", 4222)
    fleet.config.write_text(f'{fleet.config.read_text()}beside = "eu"\n')
    refused = guildgate("fleet", "add", "eu", "--config", fleet.config)
    assert refused.returncode == 1
    assert "eu is the gateway beside the bot, which needs no line" in refused.stderr
    assert not fleet.section.ledger.exists()


def test_the_bots_host_says_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    for text, problem in (("", "has no [fleet]; write [fleet]"), (None, "cannot be read")):
        if text is not None:
            path.write_text(text)
        else:
            path.unlink()
        refused = guildgate("fleet", "add", "eu", "--config", path)
        assert refused.returncode in (1, 78)
        assert problem in refused.stderr
        assert "Traceback" not in refused.stderr
