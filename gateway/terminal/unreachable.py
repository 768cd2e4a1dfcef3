"""A gateway that does not answer, as the admin at the machine is told of it."""

from __future__ import annotations

from pathlib import Path

from gateway.errors import GatewayUnreachable


class Unreachable(GatewayUnreachable):
    """The same error, with what the admin at the machine can do."""

    sentence = "No gateway answers on {socket}: {hint}"


def is_shut(error: BaseException) -> bool:
    """Report whether the socket is there for other users only, so that a gateway may well answer on it."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, PermissionError):
        cause = cause.__cause__
    return cause is not None


def hint_of(error: BaseException) -> str:
    if is_shut(error):
        return "you may not open it. Use sudo, or add your user to socket_users in [gateway]."
    return "start it with `systemctl start guildgate-gateway` or `./run`. `guildgate doctor` says what is in its way."


def explained(error: GatewayUnreachable, socket: Path) -> Unreachable:
    return Unreachable(socket=str(socket), hint=hint_of(error))
