"""`guildgate fleet` on the bot's host and `guildgate enrol` on a new one: what is typed, and what is said."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import TYPE_CHECKING

from gateway import config as configuration
from gateway.bus import subjects
from gateway.config import DEFAULT_CONFIG
from gateway.errors import ConfigError, GatewayError, HostProblem
from gateway.logs import safe

if TYPE_CHECKING:
    from gateway.enrolment.fleet import Fleet

STORE = Path("/var/lib/guildgate-nats")
_SECTION = 'write [fleet] with servers = ["tls://NAME-OF-THIS-HOST:4222"] into it'


def add_fleet(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `fleet`, which sets `run(args) -> exit code`."""
    summary = "Add regions to the bot's fleet and take them out. Without more it lists them."
    parser = subparsers.add_parser("fleet", help=summary, description=summary)
    _add_common(parser, _list)
    actions = parser.add_subparsers(metavar="ACTION")
    said = "add a region, and print one line for `guildgate enrol` on its VPS. The line is a secret"
    adding = actions.add_parser("add", help=said, description=said)
    adding.add_argument("region", metavar="REGION", help="its name, as members choose it, such as eu")
    adding.add_argument("--again", action="store_true", help="another line for a region; the one before ends to work")
    adding.add_argument("--standby", action="store_true", help="a line for a second machine of a region that is there")
    adding.add_argument(
        "--store", type=Path, metavar="FOLDER", default=STORE, help="nats-server's; for the first region"
    )
    adding.add_argument("--subnet4", type=IPv4Network, metavar="NETWORK", help="default: 10.66.N.0/24")
    adding.add_argument("--subnet6", type=IPv6Network, metavar="NETWORK", help="default: fd42:42:N::/64")
    _add_common(adding, _add)
    said = "write what nats-server runs by anew, as after a change of `servers`; that of another host to stdout"
    serving = actions.add_parser("server", help=said, description=said)
    said = "one of `servers` on another host; what is written is a tar archive with secrets"
    serving.add_argument("server", nargs="?", metavar="SERVER", help=said)
    serving.add_argument("--folder", type=Path, help="where its files lie there; as here by default")
    serving.add_argument("--store", type=Path, metavar="FOLDER", help="nats-server's there; as here by default")
    _add_common(serving, _serve)
    said = "let a region in no more. It is cut off from the bus at once"
    removing = actions.add_parser("remove", help=said, description=said)
    removing.add_argument("region", metavar="REGION")
    removing.add_argument("--standby", action="store_true", help="only its second machine")
    _add_common(removing, _remove)
    said = "give the bot other keys, because its own may be stolen. Each region needs another line then"
    _add_common(actions.add_parser("renew", help=said, description=said), _renew)


def add_enrol(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `enrol`, which sets `run(args) -> exit code`."""
    summary = "Make this host a gateway of a fleet, by the line of `guildgate fleet add`."
    parser = subparsers.add_parser("enrol", help=summary, description=summary)
    said = "a secret; better left out, because then it is asked for, or read from stdin, and no history has it"
    parser.add_argument("line", nargs="?", metavar="LINE", help=said)
    _add_common(parser, _enrol)


def _add_common(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]) -> None:
    parser.add_argument(
        "--config", type=Path, metavar="FILE", default=argparse.SUPPRESS, help=f"default: {DEFAULT_CONFIG}"
    )
    parser.set_defaults(run=_guarded(run))


def _guarded(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    def guarded(args: argparse.Namespace) -> int:
        try:
            if os.geteuid() != 0:
                raise HostProblem(key="guildgate", problem="this needs root, because it writes secrets: use sudo")
            return run(args)
        except ConfigError:
            raise
        except GatewayError as error:
            _note(str(error))
            return 1
        except (KeyboardInterrupt, EOFError):
            _note("stopped, and nothing was changed")
            return 130

    return guarded


def _path(args: argparse.Namespace) -> Path:
    return getattr(args, "config", None) or configuration.default_path() or DEFAULT_CONFIG


def _list(args: argparse.Namespace) -> int:
    known = _fleet(args).read()
    for region in known.regions if known else ():
        second = "  with a standby" if region.standby else ""
        _say(f"{region.name:<16} {region.number:>3}  {region.subnet4}  {region.subnet6}{second}")
    if not known or not known.regions:
        _note("there is no region yet; `guildgate fleet add REGION` adds one")
    return 0


def _add(args: argparse.Namespace) -> int:
    fleet = _fleet(args)
    if args.standby:
        return _add_standby(args, fleet)
    invitation = fleet.add(args.region, args.subnet4, args.subnet6, again=args.again, store=args.store.absolute())
    _say(invitation.reveal())
    number = invitation.number
    _note(f"{args.region} has the number {number}. Type `sudo guildgate enrol` on its VPS, and paste this line.")
    _note("The line is a secret, and lets its owner be that gateway. It is not kept here.")
    _tell_others(fleet)
    if fleet.is_served:
        _note("nats-server and the bot know the region within seconds.")
    else:
        file = fleet.config_of_servers
        _note(f"No nats-server runs by {file} yet. Install it, and `systemctl restart guildgate-nats`.")
        _note("Then restart the bot, for which [fleet] is new. It learns of later regions by itself.")
    if (known := fleet.read()) and known.get(args.region).standby:
        _note(f"Its second machine needs another line as well: guildgate fleet add {args.region} --standby --again")
    return 0


def _add_standby(args: argparse.Namespace, fleet: Fleet) -> int:
    if args.subnet4 or args.subnet6:
        raise HostProblem(key="--standby", problem="goes without subnets: both machines have the region's")
    invitation = fleet.add_standby(args.region, again=args.again)
    _say(invitation.reveal())
    _note(f"Type `sudo guildgate enrol` on the second machine of {args.region}, and paste this line.")
    _note("The line is a secret, and lets its owner be that machine. It is not kept here.")
    _tell_others(fleet)
    return 0


def _remove(args: argparse.Namespace) -> int:
    fleet = _fleet(args)
    if args.standby:
        is_heard = fleet.remove_standby(args.region)
        _note(f"The second machine of {args.region} is let in no more. It has what it was sent: stop it, or wipe it.")
        _note("On the first one type `sudo guildgate standby remove`.")
    else:
        is_heard = fleet.remove(args.region)
        _note(f"{args.region} is let in no more. What it forwards goes on there until its gateway is stopped.")
    _tell_others(fleet)
    if not is_heard:
        return _unheard(fleet)
    if args.standby:
        return 0
    from nats.errors import Error  # here, because the library takes a while

    from gateway.bus import access
    from gateway.bus.leave import leave

    try:
        asyncio.run(leave(fleet.section, access.read(fleet.section, subjects.BOT), args.region))
    except (Error, OSError) as error:
        _note(f"the bot will show it as away, because the bus does not let its entry be taken out: {error}")
        return 1
    return 0


def _renew(args: argparse.Namespace) -> int:
    fleet = _fleet(args)
    is_heard = fleet.renew()
    _note("the bot has other keys, and the bus lets those of before in no more. Restart the bot.")
    _tell_others(fleet)
    known = fleet.read()
    for region in known.regions if known else ():
        _note(f"{region.name} obeys it again after `guildgate fleet add {region.name} --again` and `guildgate enrol`")
    return 0 if is_heard else _unheard(fleet)


def _unheard(fleet: Fleet) -> int:
    _note(f"but no nats-server runs by {fleet.config_of_servers}. Start the one that runs anew, by this file:")
    _note("systemctl restart guildgate-nats")
    return 1


def _serve(args: argparse.Namespace) -> int:
    fleet = _fleet(args)
    if args.server is None:
        fleet.write_server()
        _note(f"{fleet.config_of_servers} is written anew. `systemctl restart guildgate-nats` runs by it.")
        _tell_others(fleet)
    elif sys.stdout.isatty():
        problem = f"what it runs by holds secrets; send it there: {_sending(args.server)}"
        raise HostProblem(key=args.server, problem=problem)
    else:
        sys.stdout.buffer.write(fleet.packed(args.server, args.folder, args.store))
    return 0


def _tell_others(fleet: Fleet) -> None:
    """Say how the servers of other hosts get the same."""
    for each in fleet.others:
        _note(f"Now {each} has to know it too: {_sending(str(each))}")


def _sending(server: str) -> str:
    host = server.partition("://")[2].rpartition(":")[0] or server
    there = "cd /etc/guildgate && mkdir -p nats && tar xC nats && systemctl reload-or-restart guildgate-nats"
    return f"sudo guildgate fleet server {server} | ssh root@{host} '{there}'"


def _enrol(args: argparse.Namespace) -> int:
    from gateway.enrolment import line
    from gateway.enrolment.joining import join

    invitation = line.read(args.line or _asked())
    joined = join(invitation, _path(args))
    if invitation.of:
        _note(f"this host is the standby of {invitation.region} now. Type this on the first one, which may be read:")
        _say(f"sudo guildgate standby allow {joined.key}")
    else:
        _note(f"this host is {invitation.region} now: {safe(str(joined.bus_file))}, {safe(str(joined.key_file))}")
    _note("restart it: systemctl restart guildgate-gateway guildgate-courier, or ./run anew")
    return 0


def _asked() -> str:
    """Read the line, which a terminal does not show."""
    if sys.stdin.isatty():
        return getpass.getpass("Paste the line of `guildgate fleet add` (it stays hidden): ")
    return sys.stdin.readline(1 << 16)


def _fleet(args: argparse.Namespace) -> Fleet:
    from gateway.enrolment.fleet import Fleet  # here, because it loads a library for certificates

    path = _path(args)
    section = configuration.load(path).fleet
    if section is None:
        raise HostProblem(key=str(path), problem=f"has no [fleet]; {_SECTION}")
    if section.region:
        problem = f"is {section.region}: this host is one of the gateways, and regions are added on the bot's"
        raise HostProblem(key="fleet.region", problem=problem)
    return Fleet(section)


def _say(text: str) -> None:
    print(text)  # noqa: T201


def _note(text: str) -> None:
    print(f"guildgate: {safe(text)}", file=sys.stderr)  # noqa: T201
