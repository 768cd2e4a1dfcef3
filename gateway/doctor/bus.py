"""The bus of a fleet: what its servers say of themselves before a client logs in, and what they were told to run by."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from gateway.bus.seen import Place, Seen
from gateway.codec import decode
from gateway.config import BusServer, Config, FleetSection
from gateway.doctor.discord import bot_user
from gateway.doctor.finding import Finding, failure, ok, warning
from gateway.errors import ConfigError, why
from gateway.trust import BotTrust, read
from gateway.version import Version

OLDEST = Version(2, 12, 7)  # advisories of 2026 are about all before: rights that can be passed by, and purges
LEAST_PAYLOAD = 8 << 20  # bytes; a snapshot of a large gateway has 5 MB
CLOCKS_S = 2.0  # by so much clocks may differ
_TITLE = "bus"
_LOOK_S = 25.0  # for the look, which takes about five
_LIMIT_S = 5.0
_LONGEST = 1 << 16  # bytes of the first line
_NEWER = "Install nats-server 2.14 or newer: https://github.com/nats-io/nats-server/releases"
_AGAIN = "guildgate fleet server && systemctl restart guildgate-nats    on the bot's host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """The first line of a server, which it sends in plain."""

    version: str = ""
    max_payload: int = 0
    tls_required: bool = False
    tls_verify: bool = False  # clients need a certificate as well
    jetstream: bool = False


def bus(config: Config, path: Path | None) -> Iterator[Finding]:
    """Check each server of the configured fleet; on the bot's host also what it runs by, and what regions tell."""
    if config.fleet is None:
        return
    is_there = False
    for server in config.fleet.servers:
        try:
            greeting = greeted(server)
        except OSError as error:
            cures = ("systemctl restart guildgate-nats    there", "Let this port through its firewall.")
            yield failure(_TITLE, f"{server} does not answer ({why(error)})", *cures)
        except ValueError:
            yield failure(_TITLE, f"{server} is no nats-server", "Correct `servers` in [fleet].")
        else:
            is_there = True
            yield from judge(str(server), greeting)
    if config.fleet.region or path is None:
        return
    yield from stored(config.fleet.bus_file.parent / "nats" / "server.json")
    if is_there:
        yield from regions(config, config.fleet, path)


def regions(config: Config, section: FleetSection, path: Path) -> Iterator[Finding]:
    """Listen to the regions for some seconds, as the bot does, and judge what they tell."""
    try:
        known = read(BotTrust, section.key_file)
    except ConfigError as error:
        yield warning(_TITLE, str(error), "Run it with sudo, or add a region: guildgate fleet add REGION")
        return
    user = ("--user", bot_user()) if os.geteuid() == 0 else ()
    argv = (sys.executable, "-P", "-m", "gateway.bus.look", "--config", str(path.resolve()), *user)
    try:
        said = subprocess.run(argv, capture_output=True, text=True, timeout=_LOOK_S, check=True).stdout
        seen = decode(Seen, json.loads(said))
    except (OSError, subprocess.SubprocessError, ValueError):  # DecodeError is a ValueError
        yield warning(_TITLE, "its regions could not be listened to", "Run it again; `--json` says no more.")
        return
    own = Place(region=section.beside, subnet4=config.gateway.subnet4, subnet6=config.gateway.network6)
    yield from judge_regions(seen, [each.name for each in known.regions], own if section.beside else None)


def judge_regions(seen: Seen, expected: Sequence[str], beside: Place | None = None) -> Iterator[Finding]:
    """Judge what regions tell of their clocks and subnets, and name those that tell nothing.

    `beside` is the gateway on the bot's own host.
    """
    if seen.problem:
        yield failure(_TITLE, f"the bot is not let in: {seen.problem}", "guildgate fleet add REGION    writes its keys")
        return
    for name in expected:
        ahead = seen.clocks.get(name)
        if ahead is None:
            fix = "Look there: systemctl status guildgate-courier, and guildgate doctor"
            yield warning(_TITLE, f"{name} tells nothing of itself", fix)
        elif abs(ahead) > CLOCKS_S:
            side = "before" if ahead > 0 else "behind"
            detail = f"the clock of {name} is {abs(ahead):.1f} s {side} this host's; its gateway will refuse the bot"
            yield failure(_TITLE, detail, "timedatectl set-ntp true    on both hosts")
        else:
            yield ok(_TITLE, f"{name} is there, and its clock is right")
    # Each region writes its own place, and what it says would stand in a command for root.
    places = sorted((each for each in seen.places if each.region in expected), key=lambda place: place.region)
    for one, two in combinations([*([beside] if beside else []), *places], 2):
        if shared := _shared(one, two):
            detail = f"{one.region} and {two.region} both have addresses of {shared}"
            fix = f"guildgate fleet add {two.region} --again --subnet4 NETWORK --subnet6 NETWORK    and enrol it anew"
            yield failure(_TITLE, detail, fix)


def _shared(one: Place, two: Place) -> str:
    """Name a subnet of the second that overlaps the first's, if any."""
    if one.subnet4.overlaps(two.subnet4):
        return str(two.subnet4)
    if one.subnet6 and two.subnet6 and one.subnet6.overlaps(two.subnet6):
        return str(two.subnet6)
    return ""


def greeted(server: BusServer) -> Greeting:
    """Return what the server says first. Raise OSError, or ValueError when it is another program's."""
    host, _, port = server.text.partition("://")[2].rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), _LIMIT_S) as connection:
        line = connection.makefile("rb").readline(_LONGEST)
    verb, _, text = line.partition(b" ")
    if verb != b"INFO":
        raise ValueError
    try:
        said = json.loads(text)
        known = {name: said[name] for name in Greeting.__dataclass_fields__ if name in said}
        return decode(Greeting, known)
    except (ValueError, TypeError, RecursionError):
        raise ValueError from None


def judge(where: str, greeting: Greeting) -> Iterator[Finding]:
    """Judge what a server says of itself."""
    troubles = [*_troubles(where, greeting)]
    yield from troubles
    if not troubles:
        yield ok(_TITLE, f"{where} is nats-server {greeting.version}, with TLS for servers and clients")


def _troubles(where: str, greeting: Greeting) -> Iterator[Finding]:
    if not _is_recent(greeting.version):
        detail = f"{where} is nats-server {greeting.version}, whose rights can be passed by"
        yield failure(_TITLE, detail, _NEWER)
    if not greeting.tls_required:
        yield failure(_TITLE, f"{where} takes clients without TLS", _AGAIN)
    elif not greeting.tls_verify:
        yield failure(_TITLE, f"{where} asks clients for no certificate", _AGAIN)
    if greeting.max_payload < LEAST_PAYLOAD:
        detail = f"{where} takes messages of {greeting.max_payload >> 10} KiB, and answers of a large gateway have 5 MB"
        yield failure(_TITLE, detail, _AGAIN)
    if not greeting.jetstream:
        yield failure(_TITLE, f"{where} stores nothing, because JetStream is off", _AGAIN)


def _is_recent(text: str) -> bool:
    """Compare versions. A build between releases, such as 2.15.0-dev, counts as the release."""
    try:
        return Version.parse(text.partition("-")[0]) >= OLDEST
    except ValueError:
        return False


def stored(path: Path) -> Iterator[Finding]:
    """Check that the server writes each message to the disk before it says so."""
    try:
        written = json.loads(path.read_text())
        is_synced = written["jetstream"]["sync_interval"] == "always"
    except FileNotFoundError:
        yield warning(_TITLE, f"there is no {path}", "guildgate fleet add REGION    makes it, with the first region")
        return
    except OSError as error:
        yield warning(_TITLE, f"{path} cannot be read ({why(error)})", "Run it with sudo.")
        return
    except (ValueError, LookupError, TypeError):
        is_synced = False
    if not is_synced:
        detail = f"by {path} what is acknowledged may be lost with the power, because it is written to the disk later"
        yield failure(_TITLE, detail, _AGAIN)
