"""The sockets that numbers are served on."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gateway.config import MetricsSection
from gateway.errors import HostProblem, path_refused, why
from gateway.host.privilege import User, find


def make_folder(section: MetricsSection, name: str | None) -> None:
    """Make the socket's folder for the system user `name`, because only root can make one in /run. Raise HostProblem.

    What is there stays as it is.
    """
    folder = section.socket.parent
    try:
        user: User | None = find(name) if name and os.geteuid() == 0 else None
        made = not folder.exists()
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        if made and user:
            os.chown(folder, user.uid, user.gid)
    except KeyError:
        return  # giving up the privileges says so
    except OSError as error:
        raise path_refused("metrics.socket", folder, "made", error) from error


@contextmanager
def opened(section: MetricsSection) -> Iterator[list[socket.socket]]:
    """Open the Unix socket, and the port where there is one. Raise HostProblem."""
    with ExitStack() as stack:
        found = [stack.enter_context(_unix(section.socket))]
        if section.port:
            found.append(stack.enter_context(_tcp(section)))
        yield found


@contextmanager
def _unix(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as made:
        try:
            if path.is_socket():
                _check_free(path)
                path.unlink()
            before = os.umask(0o117)
            try:
                made.bind(str(path))
            finally:
                os.umask(before)
            made.listen()
        except OSError as error:
            raise path_refused("metrics.socket", path, "made", error) from error
        number = path.stat().st_ino
        try:
            yield made
        finally:
            if path.is_socket() and path.stat().st_ino == number:
                path.unlink()


def _check_free(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return
    raise HostProblem(key="metrics.socket", problem=f"another process answers on {path}; stop it first")


@contextmanager
def _tcp(section: MetricsSection) -> Iterator[socket.socket]:
    family = socket.AF_INET if section.address.version == 4 else socket.AF_INET6
    with socket.socket(family) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            made.bind((str(section.address), section.port))
            made.listen()
        except OSError as error:
            where = f"port {section.port} of {section.address}"
            raise HostProblem(key="metrics.port", problem=f"{where} cannot be opened ({why(error)})") from error
        yield made
