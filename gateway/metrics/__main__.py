"""`guildgate metrics --config FILE [--user NAME]`: drop privileges, then serve numbers about the gateway."""

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
from gateway.config import Config, MetricsSection
from gateway.errors import ConfigError, HostProblem
from gateway.host import privilege
from gateway.host.lifetime import add_parent, end_with, on_stop
from gateway.metrics import sockets
from gateway.metrics.server import Server
from gateway.metrics.source import Source

log = logging.getLogger(__name__)
EX_UNAVAILABLE, EX_CONFIG = 69, 78  # sysexits.h


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="guildgate metrics", description="Serve numbers about the gateway.")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.add_argument("--user", metavar="NAME", help="system user to become before anything is served")
    add_parent(parser)
    options = parser.parse_args(argv)
    with logs.of_service("metrics"):
        try:
            return run(options)
        except ConfigError as error:
            log.error("%s", error)
            return EX_CONFIG
        except HostProblem as error:
            log.error("%s", error)
            return EX_UNAVAILABLE


def run(options: argparse.Namespace) -> int:
    """Serve until a signal. Raise ConfigError or HostProblem."""
    end_with(options.parent)
    found = config.load(options.config)
    logs.write_as(found.gateway.log_format)
    if found.metrics is None:
        raise config.bad("metrics", "is missing; config.example.toml shows the section")
    sockets.make_folder(found.metrics, options.user)
    for module in ("concurrent.futures.thread", "prometheus_client.openmetrics.exposition"):  # read on first use
        importlib.import_module(module)
    for kept in privilege.give_up_all(options.user):
        log.warning("it keeps %s", kept)
    end_with(options.parent)
    asyncio.run(serve(found, found.metrics))
    return 0


async def serve(found: Config, section: MetricsSection) -> None:
    """Serve until a signal, see `on_stop`. Raise HostProblem."""
    stop = asyncio.Event()
    on_stop(stop.set)
    server = Server(Source(GatewayClient(SocketTransport(found.gateway.socket))))
    with sockets.opened(section) as listening:
        async with server.serving(listening):
            also = f" and port {section.port} of {section.address}" if section.port else ""
            log.info("serving /metrics and /health on %s%s", section.socket, also)
            await stop.wait()
    log.info("stopped")


if __name__ == "__main__":
    sys.exit(main())
