"""`guildgate`: the one program of the gateway, the bot, the demo and the admin's commands."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import errno
import gc
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from functools import partial
from pathlib import Path

from gateway import config as configuration
from gateway import logs
from gateway.errors import ApplyFailed, ConfigError, GatewayWaiting, HostProblem, NotSaved, apply_failed

log = logging.getLogger(__name__)
EX_TEMPFAIL, EX_CONFIG = 75, 78  # sysexits.h; packaging/guildgate-gateway.service names them
# Between two searches for cycles of references. Python's 700 are a fifth of the time of a long answer, which has none.
_NEW_OBJECTS = 10_000


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that `argv` names and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    gc.set_threshold(_NEW_OBJECTS)
    _open_standard_streams()
    try:
        return _process(arguments)
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library in ("", "bot", "gateway"):
            raise
        cure = "an image holds what its own process needs; run this in another image, or install all of guildgate"
        _say(arguments, f"the library {library} is missing here: {cure}")
        return 1


def _process(arguments: list[str]) -> int:
    if arguments[:1] == ["--version"]:
        from gateway.version import own

        print(f"guildgate {own()}")  # noqa: T201
        return 0
    if arguments[:1] == ["bot"]:  # before the parser, because importing discord.py takes half a second
        from bot.__main__ import main as bot

        return bot(arguments[1:])
    if arguments[:1] == ["names"]:
        from gateway.names.__main__ import main as names

        return names(arguments[1:])
    if arguments[:1] == ["metrics"]:
        from gateway.metrics.__main__ import main as metrics

        return metrics(arguments[1:])
    if arguments[:1] == ["courier"]:
        from gateway.courier.__main__ import main as courier

        return courier(arguments[1:])
    with ExitStack() as opened:
        return _outcome(arguments, opened)


def _open_standard_streams() -> None:
    """Open /dev/null for each standard stream that the caller closed, also for children.

    A socket or the database would get its number otherwise, and would be read and written as that stream.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the kernel gives the lowest free number
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))


def _outcome(arguments: list[str], opened: ExitStack) -> int:
    try:
        return _run(arguments, opened)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        _write_no_more()
        return 128 + signal.SIGPIPE
    except ConfigError as error:
        _say(arguments, str(error))
        return EX_CONFIG
    except (HostProblem, GatewayWaiting) as error:
        _say(arguments, str(error))
        return 1  # it may pass, so the supervisor or systemd tries again
    except (ApplyFailed, NotSaved) as error:
        reason = f"the line above with {error.details['log_id']} says what, `guildgate doctor` perhaps why"
        _say(arguments, f"this system refuses what the gateway needs: {reason}")
        return 1
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _write_no_more()
        print("guildgate: the output cannot be written: no space left on the device", file=sys.stderr)  # noqa: T201
        return 1


def _say(arguments: list[str], sentence: str) -> None:
    """Say why the command ends: in the log of the gateway, else as a command in a terminal does."""
    if arguments[:1] == ["gateway"]:
        log.critical("%s", sentence)
    else:
        print(f"guildgate: {logs.safe(sentence)}", file=sys.stderr)  # noqa: T201


def _write_no_more() -> None:
    """Drop what stdout still holds, because the interpreter's exit would try to write it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: list[str], opened: ExitStack) -> int:
    try:
        options = _parser(*arguments[:1]).parse_args(arguments)
        opened.enter_context(options.log())
        return int(options.run(options))
    finally:
        sys.stdout.flush()  # because a closed pipe would be a traceback at the interpreter's exit


def _parser(name: str = "") -> argparse.ArgumentParser:
    """Return the parser with the command of that name, and with every command for any other name.

    Importing other commands' code takes longer than most commands do, and the gateway's process runs for months.
    """
    parser = argparse.ArgumentParser(prog="guildgate", description="A WireGuard gateway for a circle of friends.")
    parser.set_defaults(log=nullcontext)
    parser.add_argument("--version", action="store_true", help="print the version")  # for the help; `main` does it
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    add = {
        "gateway": _add_gateway,
        "down": _add_down,
        "up": _add_up,
        "update": _add_update,
        "demo": _add_demo,
        "import": _add_import,
        "setup": _add_setup,
        "fleet": _add_fleet,
        "enrol": _add_enrol,
    }
    if name in add:
        add[name](commands)
        return parser
    from gateway.terminal import cli

    if not cli.add_commands(commands, name):
        _add_gateway(commands)
        _add_down(commands)
        commands.add_parser("bot", help="Run the Discord bot, which needs no privileges.")
        commands.add_parser("names", help="Keep public_address as a name, as [names] says; this needs no privileges.")
        commands.add_parser("metrics", help="Serve numbers for monitoring, as [metrics] says, without privileges.")
        commands.add_parser("courier", help="Carry requests from the fleet's bus, as [fleet] says, without privileges.")
        _add_up(commands)
        _add_update(commands)
        _add_demo(commands)
        _add_import(commands)
        _add_setup(commands)
        _add_fleet(commands)
        _add_enrol(commands)
        cli.add_commands(commands)
    return parser


def _add_gateway(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from gateway.host import lifetime

    gateway = commands.add_parser("gateway", help="Run the gateway, which needs root or CAP_NET_ADMIN.")
    gateway.add_argument("--config", type=Path, metavar="FILE", required=True)
    gateway.add_argument("--keep", action="store_true", help="leave tunnel and forwards up when stopping")
    gateway.add_argument("--socket-user", action="append", default=[], metavar="NAME", help="adds to socket_users")
    gateway.add_argument("--names-user", metavar="NAME", help="runs `guildgate names`, where [names] is configured")
    gateway.add_argument("--metrics-user", metavar="NAME", help="runs `guildgate metrics`, where that is configured")
    gateway.add_argument("--courier-user", metavar="NAME", help="runs `guildgate courier`, where [fleet] is configured")
    gateway.add_argument("--rehearse", type=Path, metavar="DIR", help=argparse.SUPPRESS)
    lifetime.add_parent(gateway)
    gateway.set_defaults(run=_gateway, log=partial(logs.of_service, "gateway"))


def _add_down(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    summary = "Take off this host what a gateway left up that was killed, or was to leave it."
    down = commands.add_parser("down", help=summary, description=summary)
    down.add_argument("--config", type=Path, metavar="FILE", help=f"default: {configuration.DEFAULT_CONFIG}")
    down.add_argument(
        "--after-stop", action="store_true", help="only where systemd's SERVICE_RESULT says that it stopped the gateway"
    )
    down.set_defaults(run=_down, log=partial(logs.to_stderr, "guildgate: %(message)s"))


def _add_up(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from gateway import up

    up.add_command(commands)


def _add_update(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from gateway.update import command

    command.add_command(commands)


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from gateway import demo

    demo.add_command(commands)


def _add_import(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from gateway.takeover import command

    command.add_command(commands)


def _add_setup(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from gateway.setup import command

    command.add_command(commands)


def _add_fleet(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from gateway.enrolment import command

    command.add_fleet(commands)


def _add_enrol(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from gateway.enrolment import command

    command.add_enrol(commands)


def _gateway(options: argparse.Namespace) -> int:
    from gateway.api.measures import GetMeasures
    from gateway.api.naming import KeepName
    from gateway.api.signed import SIGNED
    from gateway.backup import automatic
    from gateway.daemon import run, warm_up
    from gateway.foreign.listing import read_legacy
    from gateway.host import lifetime
    from gateway.host.ownuser import drop_privileges
    from gateway.nftables.flows import open_text
    from gateway.trust import of_gateway

    if options.rehearse:
        return _rehearse(options)
    os.umask(0o022)  # a hardened root's 077 would shut the folder of the socket to the bot's user
    config = configuration.load(options.config)
    logs.write_as(config.gateway.log_format)
    settings = options.config.read_bytes()
    lifetime.end_with(options.parent)
    users = (*config.gateway.socket_users, *options.socket_user)
    section = dataclasses.replace(config.gateway, socket_users=users)
    trust = of_gateway(config.fleet)
    services = (
        (options.names_user, config.names, KeepName.operation),
        (options.metrics_user, config.metrics, GetMeasures.operation),
        (options.courier_user, trust, SIGNED),
    )
    only = {user: operation for user, section, operation in services if user and section}
    warm_up()
    automatic.warm_up(config.backup)
    legacy, flows = read_legacy(), open_text()
    kept = drop_privileges(section)
    lifetime.end_with(options.parent)
    config = dataclasses.replace(config, gateway=section)
    try:
        more = {"only": only, "flows": flows, "settings": settings, "trust": trust}
        again = asyncio.run(run(config, keep=options.keep, legacy=legacy, kept=kept, **more))
    except OSError as error:  # of a kernel that lacks more than tables
        raise apply_failed("the gateway's work with the kernel", error) from error
    return EX_TEMPFAIL if again else 0


def _rehearse(options: argparse.Namespace) -> int:
    """Read the configuration and migrate the databases in the folder, which are copies, with their owner's rights."""
    from gateway import sqlite
    from gateway.daemon import warm_up
    from gateway.host.privilege import become_owner
    from gateway.state import flowlog, history
    from gateway.state.store import Store

    configuration.load(options.config)
    warm_up()
    become_owner(options.rehearse)

    async def migrate() -> None:
        async with Store.open(options.rehearse / "guildgate.db") as store:
            await store.load()
        for name, steps in (("flows.db", flowlog.STEPS), ("history.db", history.STEPS)):
            if (path := options.rehearse / name).exists():
                await (await sqlite.connect(path, steps, key="gateway.state_dir")).close()

    asyncio.run(migrate())
    return 0


def _down(options: argparse.Namespace) -> int:
    if options.after_stop and os.environ.get("SERVICE_RESULT") != "success":
        return 0  # the gateway is started anew, and takes over what is up
    from gateway import offline
    from gateway.holder import Held
    from gateway.host.ownuser import drop_privileges

    config = configuration.load_or_default(options.config)
    drop_privileges(config.gateway)  # as the gateway, because the state is its user's
    try:
        asyncio.run(offline.take_down(config))
    except offline.NeverRan:
        pass
    except Held as holder:
        problem = f"{config.gateway.state_dir} is in use by a running gateway, {holder}; stop that one first"
        raise HostProblem(key="gateway.state_dir", problem=problem) from None
    return 0


if __name__ == "__main__":
    sys.exit(main())
