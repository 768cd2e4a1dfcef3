"""What `guildgate enrol` makes of config.toml, and the files of trust."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from pathlib import Path

import pytest

from gateway import config, trust
from gateway.api.signed import BotKey
from gateway.bus import access
from gateway.enrolment.joining import configured, join
from gateway.errors import ConfigError, HostProblem
from gateway.keys import PrivateKey
from gateway.trust import BotTrust, GatewayTrust, Region
from tests.unit.builders import key
from tests.unit.gateway.enrolment.test_line import INVITATION

SERVERS = '["tls://bus.example.org:4222", "tls://[2001:db8::1]:4222"]'


def made(text: str) -> config.Config:
    return config.parse(config.tables(configured(INVITATION, text, "config.toml").encode(), "config.toml"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        '# mine\n[discord]\nguild = "1"\n',
        "[gateway]\nlisten_port = 443\n[policy]\ndevices_per_member = 7\n",
        '[gateway]\nsubnet4 = "10.66.7.0/24"\nsubnet6 = "fd42:42:7::/64"\n',
        f'[fleet]\nregion = "us-east"\nservers = {SERVERS}\n',
    ],
)
def test_the_configuration_gets_the_region_and_its_subnets_and_keeps_the_rest(text: str) -> None:
    found = made(text)
    assert found.fleet
    assert found.fleet.region == "us-east"
    assert list(map(str, found.fleet.servers)) == ["tls://bus.example.org:4222", "tls://[2001:db8::1]:4222"]
    assert found.gateway.subnet4 == IPv4Network("10.66.7.0/24")
    assert found.gateway.subnet6 == IPv6Network("fd42:42:7::/64")
    assert configured(INVITATION, configured(INVITATION, text, "x"), "x") == configured(INVITATION, text, "x")
    before = config.tables(text.encode(), "x")
    for name, section in config.tables(configured(INVITATION, text, "x").encode(), "x").items():
        assert before.get(name, {}).items() <= section.items()
    assert INVITATION.secret.nkey.reveal() not in configured(INVITATION, text, "x")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[gateway]\nsubnet6 = ""\n', "subnet6: is"),
        ('[gateway]\nsubnet4 = "10.0.0.0/16"\n', "subnet4: is 10.0.0.0/16 and not 10.66.7.0/24"),
        (f'[fleet]\nregion = "eu"\nservers = {SERVERS}\n', "region: is eu, and the line is for us-east"),
        (f"[fleet]\nservers = {SERVERS}\n", "region: is missing"),
    ],
)
def test_a_configuration_that_says_otherwise_stays_as_it_is(text: str, problem: str) -> None:
    with pytest.raises(HostProblem, match=problem):
        made(text)


def test_devices_with_addresses_in_another_subnet_are_not_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    before = (
        f'[gateway]\nstate_dir = "{tmp_path}"\n[fleet]\nregion = "us-east"\nservers = {SERVERS}\n'
        f'bus_file = "{tmp_path}/bus.key"\nkey_file = "{tmp_path}/fleet.key"\n'
    )
    path.write_text(before)
    with closing(sqlite3.connect(tmp_path / "guildgate.db")) as database:
        database.execute("CREATE TABLE peers (ipv4 TEXT)")
        database.executemany("INSERT INTO peers VALUES (?)", [("10.66.66.2",), ("10.66.7.2",)])
        database.commit()
    with pytest.raises(HostProblem, match=r"1 devices have addresses outside 10\.66\.7\.0/24; .*--subnet4"):
        join(INVITATION, path)
    assert path.read_text() == before
    assert not (tmp_path / "bus.key").exists()
    found = join(replace(INVITATION, subnet4=IPv4Network("10.66.0.0/16")), path)
    assert found.key_file.stat().st_mode & 0o777 == 0o600
    assert trust.read(GatewayTrust, found.key_file).bots == INVITATION.bots


STANDBY = replace(INVITATION, of=key())


def a_host(folder: Path, more: str = "") -> Path:
    path = folder / "config.toml"
    path.write_text(
        f'[gateway]\nstate_dir = "{folder}"\n{more}[fleet]\nregion = "us-east"\nservers = {SERVERS}\n'
        f'bus_file = "{folder}/bus.key"\nkey_file = "{folder}/fleet.key"\n'
    )
    return path


def test_a_second_machine_makes_its_key_itself_and_is_told_the_address_that_moves(tmp_path: Path) -> None:
    path = a_host(tmp_path, 'public_address = "198.51.100.7"\n')
    joined = join(STANDBY, path)
    section = config.load(path).fleet
    assert section
    assert section.standby == IPv4Address("198.51.100.7")
    known = trust.read(GatewayTrust, joined.key_file)
    assert (known.of, known.region_key) == (STANDBY.of, STANDBY.of)
    assert known.key.public_key == joined.key
    assert known.key != STANDBY.secret.answering
    assert access.read(section, "us-east_standby", environ={}).seed == STANDBY.secret.nkey.reveal()
    assert join(STANDBY, path).key != joined.key
    assert trust.read(GatewayTrust, joined.key_file).of == STANDBY.of


@pytest.mark.parametrize("address", ["", 'public_address = "play.example.org"\n'])
def test_a_second_machine_has_to_know_which_address_moves(address: str, tmp_path: Path) -> None:
    path = a_host(tmp_path, address)
    with pytest.raises(HostProblem, match=r"fleet\.standby: is missing: write standby = \"ADDRESS\""):
        join(STANDBY, path)
    assert not (tmp_path / "bus.key").exists()


def test_the_line_for_a_second_machine_takes_no_key_from_the_first(tmp_path: Path) -> None:
    path = a_host(tmp_path, 'public_address = "198.51.100.7"\n')
    first = trust.read(GatewayTrust, join(INVITATION, path).key_file)
    before = path.read_text()
    with pytest.raises(HostProblem, match="is of us-east itself, and the line is for another machine"):
        join(STANDBY, path)
    assert trust.read(GatewayTrust, tmp_path / "fleet.key") == first
    assert path.read_text() == before


def test_files_of_trust_are_read_as_they_were_written_and_never_quoted(tmp_path: Path) -> None:
    path = tmp_path / "fleet.key"
    gateway = GatewayTrust(region="eu", number=1, key=PrivateKey.generate(), bots=INVITATION.bots)
    second = GatewayTrust(region="eu", number=1, key=PrivateKey.generate(), bots=INVITATION.bots, of=key())
    bot = BotTrust(key=BotKey.generate(), regions=(Region(name="eu", number=1, key=key()),))
    for known, secret in (
        (gateway, gateway.key.reveal()),
        (second, second.key.reveal()),
        (bot, bot.key.reveal()),
    ):
        path.write_text(known.reveal())
        assert trust.read(type(known), path) == known  # type: ignore[type-var]
        assert secret not in repr(known)
        other = BotTrust if isinstance(known, GatewayTrust) else GatewayTrust
        for damaged in (known.reveal(), known.reveal()[:-9], known.reveal().replace('"key": "', '"key": "x')):
            path.write_text(damaged)
            with pytest.raises(ConfigError, match="is not as it was written; make it by") as refused:
                trust.read(other, path)  # type: ignore[type-var]
            assert secret not in str(refused.value)
    path.unlink()
    with pytest.raises(ConfigError, match="guildgate enrol"):
        trust.read(GatewayTrust, path)
