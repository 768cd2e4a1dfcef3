"""Whether numbers for monitoring are served, where [metrics] asks for that."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from gateway.config import Config, MetricsSection
from gateway.doctor.finding import Finding, failure, ok, warning
from gateway.errors import why

_LIMIT_S = 5.0


def metrics(config: Config) -> Iterator[Finding]:
    """Ask the port, or the socket without one, whether it is the metrics', and judge where it can be reached."""
    title, section = "metrics", config.metrics
    if section is None:
        return
    where = f"port {section.port} of {section.address}" if section.port else str(section.socket)
    try:
        is_ours = _is_health(section)
    except PermissionError:
        yield warning(title, f"{where} may not be asked by this user", "Run it with sudo.")
        return
    except OSError as error:
        yield failure(title, f"{where} does not answer ({why(error)})", "systemctl restart guildgate-metrics")
        return
    if not is_ours:
        yield failure(title, f"another program answers on {where}", "Set another port in [metrics].")
    elif section.port and not section.is_local:
        fix = "Let only the monitoring through to it; there is no password."
        yield warning(title, f"{where} tells its numbers to all who can reach it", fix)
    else:
        yield ok(title, f"served on {where}")


def _is_health(section: MetricsSection) -> bool:
    """Ask for /health. Report whether the answer is guildgate's. Raise OSError."""
    with _connected(section) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return b'"serving":' in connection.makefile("rb").read(1 << 16)


def _connected(section: MetricsSection) -> socket.socket:
    if section.port:
        host = section.address
        if host.is_unspecified:
            return socket.create_connection(("127.0.0.1" if host.version == 4 else "::1", section.port), _LIMIT_S)
        return socket.create_connection((str(host), section.port), _LIMIT_S)
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(_LIMIT_S)
    try:
        made.connect(str(section.socket))
    except OSError:
        made.close()
        raise
    return made
