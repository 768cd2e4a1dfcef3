"""DNS names, by the system's resolver."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address

from gateway.errors import why


class Unresolved(OSError):
    """The lack of an IPv4 address for a name. Its text is a predicate, such as `does not resolve (...)`."""


def resolve(name: str) -> tuple[IPv4Address, ...]:
    """Return the IPv4 addresses of a DNS name, at least one. Raise Unresolved. It blocks for seconds."""
    try:
        return tuple(IPv4Address(text) for text in _lookup(name, socket.AF_INET))
    except OSError as error:
        try:
            _lookup(name, socket.AF_INET6)
        except OSError:
            raise Unresolved(f"does not resolve ({why(error)})") from error
        raise Unresolved("has IPv6 addresses only; add an IPv4 address (an A record) to it") from error


def _lookup(name: str, family: socket.AddressFamily) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(name, None, family, socket.SOCK_DGRAM)]
