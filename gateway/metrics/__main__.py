"""`guildgate metrics --config FILE [--user NAME]`: drop privileges, then serve numbers about the gateway."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from functools import partial

from gateway import config, service
from gateway.api.client import GatewayClient
from gateway.api.transport import SocketTransport
from gateway.config import Config, MetricsSection
from gateway.metrics import sockets
from gateway.metrics.server import Server
from gateway.metrics.source import Source

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    return service.main("metrics", "Serve numbers about the gateway.", prepare, argv)


def prepare(found: Config, user: str | None) -> service.Serve:
    """Make the socket's folder. Raise ConfigError or HostProblem."""
    if found.metrics is None:
        raise config.bad("metrics", "is missing; config.example.toml shows the section")
    sockets.make_folder(found.metrics, user)
    service.warm_up(["concurrent.futures.thread", "prometheus_client.openmetrics.exposition"])
    return partial(serve, found, found.metrics)


async def serve(found: Config, section: MetricsSection) -> None:
    """Serve until cancelled. Raise HostProblem."""
    server = Server(Source(GatewayClient(SocketTransport(found.gateway.socket))))
    with sockets.opened(section) as listening:
        async with server.serving(listening):
            also = f" and port {section.port} of {section.address}" if section.port else ""
            log.info("serving /metrics and /health on %s%s", section.socket, also)
            await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
