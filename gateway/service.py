"""The frame of a small process beside the gateway: it reads what needs privileges, gives them up, and serves."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from gateway import config, logs
from gateway.config import Config
from gateway.errors import ConfigError, HostProblem
from gateway.host import privilege
from gateway.host.lifetime import add_parent, end_with, on_stop

log = logging.getLogger(__name__)
EX_UNAVAILABLE, EX_CONFIG = 69, 78  # sysexits.h

Serve = Callable[[], Awaitable[object]]
Prepare = Callable[[Config, str | None], Serve]
"""From the configuration and the user to become: do what needs privileges. What it returns serves without them."""


def main(name: str, about: str, prepare: Prepare, argv: Sequence[str] | None) -> int:
    """Run `guildgate NAME --config FILE [--user NAME]` until a signal, and return its exit code.

    Both `prepare` and what it returns may raise ConfigError or HostProblem.
    """
    parser = argparse.ArgumentParser(prog=f"guildgate {name}", description=about)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.add_argument("--user", metavar="NAME", help="system user to become once everything is read")
    add_parent(parser)
    options = parser.parse_args(argv)
    with logs.of_service(name):
        try:
            end_with(options.parent)
            found = config.load(options.config)
            logs.write_as(found.gateway.log_format)
            serve = prepare(found, options.user)
            for kept in privilege.give_up_all(options.user):
                log.warning("it keeps %s", kept)
            end_with(options.parent)
            asyncio.run(_until_stopped(serve))
        except ConfigError as error:
            log.error("%s", error)
            return EX_CONFIG
        except HostProblem as error:
            log.error("%s", error)
            return EX_UNAVAILABLE
        return 0


async def _until_stopped(serve: Serve) -> None:
    """Serve until a signal, see `on_stop`."""
    this = asyncio.current_task()
    assert this
    on_stop(this.cancel)
    try:
        await serve()
    except asyncio.CancelledError:
        log.info("stopped")


def warm_up(modules: Iterable[str]) -> None:
    """Import what is otherwise imported on first use, because the user may not read it."""
    for module in modules:
        importlib.import_module(module)
