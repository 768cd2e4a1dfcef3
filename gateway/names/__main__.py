"""`guildgate names --config FILE [--user NAME]`: read the secret, drop privileges, then keep the name."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from gateway import config, logs
from gateway.api.client import GatewayClient
from gateway.api.transport import SocketTransport
from gateway.errors import ConfigError, HostProblem
from gateway.host import privilege
from gateway.host.lifetime import add_parent, end_with, on_stop
from gateway.names import secret, zone
from gateway.names.keeper import Keeper, Place
from gateway.names.secret import TsigKey
from gateway.names.url import Url

log = logging.getLogger(__name__)
EX_UNAVAILABLE, EX_CONFIG = 69, 78  # sysexits.h


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="guildgate names", description="Keep public_address as a name.")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.add_argument("--user", metavar="NAME", help="system user to become once the secret is read")
    add_parent(parser)
    options = parser.parse_args(argv)
    with logs.of_service("names"):
        try:
            return run(options)
        except ConfigError as error:
            log.error("%s", error)
            return EX_CONFIG
        except HostProblem as error:
            log.error("%s", error)
            return EX_UNAVAILABLE


def run(options: argparse.Namespace) -> int:
    """Keep the name until a signal. Raise ConfigError or HostProblem."""
    end_with(options.parent)
    found = config.load(options.config)
    logs.write_as(found.gateway.log_format)
    if found.names is None:
        raise config.bad("names", "is missing; config.example.toml shows the section")
    known = secret.read(found.names)
    if secret.is_exposed(path := secret.path_of(found.names)):
        log.warning("every user of this host may read the secret in %s: chmod 600 %s", path, path)
    zone.warm_up()
    for module in ("concurrent.futures.thread", "encodings.idna"):  # read on first use, by asyncio's name lookups
        importlib.import_module(module)
    place: Place = zone.Zone(found.names, known) if isinstance(known, TsigKey) else Url(known)
    for kept in privilege.give_up_all(options.user):
        log.warning("it keeps %s", kept)
    end_with(options.parent)
    asyncio.run(serve(found.gateway.socket, place))
    return 0


async def serve(socket: Path, place: Place) -> None:
    """Keep the name until a signal, see `on_stop`."""
    this = asyncio.current_task()
    assert this
    on_stop(this.cancel)
    try:
        await Keeper(GatewayClient(SocketTransport(socket)), place).run()
    except asyncio.CancelledError:
        log.info("stopped")


if __name__ == "__main__":
    sys.exit(main())
