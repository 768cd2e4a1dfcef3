"""`guildgate names --config FILE [--user NAME]`: read the secret, drop privileges, then keep the name."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from gateway import config, service
from gateway.api.client import GatewayClient
from gateway.api.transport import SocketTransport
from gateway.config import Config
from gateway.names import secret, zone
from gateway.names.keeper import Keeper, Place
from gateway.names.secret import TsigKey
from gateway.names.url import Url

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    return service.main("names", "Keep public_address as a name.", prepare, argv)


def prepare(found: Config, user: str | None) -> service.Serve:
    """Read the secret. Raise ConfigError or HostProblem."""
    if found.names is None:
        raise config.bad("names", "is missing; config.example.toml shows the section")
    known = secret.read(found.names)
    if secret.is_exposed(path := secret.path_of(found.names)):
        log.warning("every user of this host may read the secret in %s: chmod 600 %s", path, path)
    zone.warm_up()
    service.warm_up(["concurrent.futures.thread", "encodings.idna"])  # for asyncio's name lookups
    place: Place = zone.Zone(found.names, known) if isinstance(known, TsigKey) else Url(known)
    return partial(serve, found.gateway.socket, place)


async def serve(socket: Path, place: Place) -> None:
    """Keep the name until cancelled."""
    await Keeper(GatewayClient(SocketTransport(socket)), place).run()


if __name__ == "__main__":
    sys.exit(main())
