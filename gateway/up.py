"""`guildgate up`: checks what a mistake would end, gives up what is not needed, and becomes the supervisor.

The supervisor is another program (`supervisor.py`), because this one has imported all that reads a configuration.
"""

from __future__ import annotations

import argparse
import logging
import os
import pwd
import sys
from pathlib import Path

from gateway import config as configuration
from gateway import logs
from gateway.errors import ConfigError
from gateway.host.privilege import Capability, limit
from gateway.supervisor import COURIER_USER, METRICS_USER, NAMES_USER, SYSTEM_USER

log = logging.getLogger(__name__)

# What the gateway needs until it has handed over to its own user, what both need to become theirs, and to stop them.
FOR_CHILDREN = (
    Capability.CHOWN,
    Capability.DAC_OVERRIDE,
    Capability.KILL,
    Capability.NET_ADMIN,
    Capability.NET_BIND_SERVICE,
    Capability.NET_RAW,
    Capability.SETGID,
    Capability.SETPCAP,
    Capability.SETUID,
)


def add_command(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `up`, which sets `run(args) -> exit code`."""
    summary = "Run the gateway and the bot, and keep them running."
    parser = subparsers.add_parser("up", help=summary, description=summary)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.set_defaults(run=_up)


def _up(args: argparse.Namespace) -> int:
    """Become the supervisor, or return the exit code."""
    kept = limit(FOR_CHILDREN)  # before the log, which begins a thread
    with logs.of_service("guildgate"):
        try:
            found = configuration.load(args.config)
            logs.write_as(found.gateway.log_format)
        except ConfigError as error:
            log.critical("%s", error)
            return os.EX_CONFIG
        region = found.fleet and found.fleet.region
        users = {NAMES_USER: found.names, METRICS_USER: found.metrics, COURIER_USER: region}
        for user in (SYSTEM_USER, *(user for user, is_run in users.items() if is_run)):
            try:
                pwd.getpwnam(user)
            except KeyError:
                log.error("the system user %s is missing: useradd --system --no-create-home %s", user, user)
                return 1  # no mistake in the file, so systemd tries again
        for each in kept:
            log.warning("it keeps %s", each)
    # With -P, because the working directory may have a folder named gateway.
    argv = [sys.executable, "-P", "-m", "gateway.supervisor", str(args.config.resolve()), str(found.gateway.socket)]
    argv += [str(found.names.secret_file) if found.names else "", "metrics" if found.metrics else ""]
    argv += [str(found.fleet.bus_file) if found.fleet and region else ""]
    return os.execv(sys.executable, argv)  # noqa: S606 - there is no shell
