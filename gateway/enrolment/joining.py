"""The new place's end: `guildgate enrol` writes two secret files, and the rest into config.toml."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from gateway import config as configuration
from gateway import trust
from gateway.config import Config, FleetSection
from gateway.enrolment import files
from gateway.enrolment.fleet import access_of
from gateway.enrolment.line import Invitation
from gateway.errors import HostProblem
from gateway.host.ownuser import DEFAULT_USER
from gateway.keys import PrivateKey
from gateway.model import Key
from gateway.setup.files import with_values
from gateway.supervisor import SYSTEM_USER
from gateway.trust import GatewayTrust


@dataclass(frozen=True, slots=True)
class Joined:
    """The files that were written."""

    bus_file: Path
    key_file: Path
    key: Key  # what answers are sealed by, or what copies for this standby are


def join(invitation: Invitation, path: Path) -> Joined:
    """Make this host a region's gateway. Raise ConfigError or HostProblem, and change nothing then."""
    before = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    text = configured(invitation, before, str(path))
    made = configuration.parse(configuration.tables(text.encode(), str(path)))
    section = made.fleet
    assert section
    _check_devices(invitation, made)
    _check_is_another(invitation, section)
    key = _write(invitation, section, made.gateway.user or DEFAULT_USER)
    if text != before:
        files.write(path.resolve(), text, mode=path.stat().st_mode & 0o777 if path.exists() else 0o644)
    return Joined(section.bus_file, section.key_file, key)


def configured(invitation: Invitation, text: str, name: str) -> str:
    """Return the text of config.toml with the region in it, and no secret. Raise ConfigError or HostProblem."""
    raw = configuration.tables(text.encode(), name)
    present = configuration.parse(raw)
    servers = list(map(str, invitation.servers))
    moving = _moving(invitation, present)
    if present.fleet is None:
        text = with_values(text, {"region": invitation.region, "servers": servers, **moving}, "fleet")
    else:
        _check_fleet(invitation, present.fleet, servers)
        text = with_values(text, {} if present.fleet.standby else moving, "fleet")
    return with_values(text, _network(invitation, present, raw.get("gateway", {})), "gateway")


def _moving(invitation: Invitation, present: Config) -> dict[str, str | list[str]]:
    """Return the address that a standby takes over, as it is written. Raise HostProblem where it is not known."""
    if invitation.of is None or (present.fleet and present.fleet.standby):
        return {}
    address = present.gateway.public_address
    if address is None or address.is_name:
        problem = 'is missing: write standby = "ADDRESS" below [fleet], the address that moves between both machines'
        raise HostProblem(key="fleet.standby", problem=problem)
    return {"standby": str(address)}


def _check_fleet(invitation: Invitation, present: FleetSection, servers: list[str]) -> None:
    if present.region != invitation.region:
        now = f"is {present.region}" if present.region else "is missing, as on the bot's host"
        problem = f"{now}, and the line is for {invitation.region}; take [fleet] out first, if that is right"
        raise HostProblem(key="fleet.region", problem=problem)
    if list(map(str, present.servers)) != servers:
        problem = f"must be {servers}, as the bot's host says; take [fleet] out, and it is written anew"
        raise HostProblem(key="fleet.servers", problem=problem)


def _network(invitation: Invitation, present: Config, written: dict[str, object]) -> dict[str, str | list[str]]:
    """Return the subnets to write. Raise HostProblem where others are configured."""
    found = dict[str, str | list[str]]()
    for key, subnet in (("subnet4", invitation.subnet4), ("subnet6", invitation.subnet6)):
        if key not in written:
            found[key] = str(subnet)
        elif getattr(present.gateway, key) != subnet:
            own = getattr(present.gateway, key)
            raise HostProblem(key=f"gateway.{key}", problem=f"is {own} and not {subnet}; {_again(invitation)}")
    return found


def _check_devices(invitation: Invitation, made: Config) -> None:
    """Raise HostProblem where devices have addresses in another subnet, because their configs would end to work."""
    database = made.gateway.state_dir / "guildgate.db"
    if not database.exists():
        return
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
            rows = opened.execute("SELECT ipv4 FROM peers").fetchall()
    except sqlite3.Error:
        return  # the gateway itself says what is wrong with it
    outside = [text for (text,) in rows if IPv4Address(text) not in invitation.subnet4]
    if outside:
        problem = f"{len(outside)} devices have addresses outside {invitation.subnet4}; {_again(invitation)}"
        raise HostProblem(key="gateway.subnet4", problem=problem)


def _check_is_another(invitation: Invitation, section: FleetSection) -> None:
    """Raise HostProblem where the line for a standby would take away the one key of the region itself."""
    if invitation.of and section.key_file.exists() and trust.read(GatewayTrust, section.key_file).of is None:
        problem = f"is of {invitation.region} itself, and the line is for another machine; remove it if that is right"
        raise HostProblem(key=str(section.key_file), problem=problem)


def _again(invitation: Invitation) -> str:
    command = f"guildgate fleet add {invitation.region} --again --subnet4 NETWORK --subnet6 NETWORK"
    return f"`{command}` on the bot's host makes a line for the subnets that are here"


def _write(invitation: Invitation, section: FleetSection, gateway_user: str) -> Key:
    """Write both files. A standby makes its key itself, so that nothing but this host can read its copies."""
    files.write(section.bus_file, access_of(invitation).reveal(), files.user(f"{SYSTEM_USER}-courier"))
    known = GatewayTrust(
        region=invitation.region,
        number=invitation.number,
        key=PrivateKey.generate() if invitation.of else invitation.secret.answering,
        bots=invitation.bots,
        of=invitation.of,
    )
    files.write(section.key_file, known.reveal(), files.user(gateway_user))
    return known.key.public_key
