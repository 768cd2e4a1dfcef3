"""The gateway's own user, which root hands over to before the gateway opens its socket.

Where root cannot, the gateway stays root and says why; it gives up the capabilities all the same.
"""

from __future__ import annotations

import os
import pwd
import socket
import stat
from contextlib import suppress
from pathlib import Path

from gateway.config import GatewaySection
from gateway.errors import ConfigError, why
from gateway.host.privilege import Capability, User, acting_as, become, find, limit

DEFAULT_USER = "guildgate-gateway"
# The user's number where no such user exists. systemd, Debian and subuid(5) give it to no user, and a container of
# 65,536 users has it too.
DEFAULT_NUMBER = 65521
_GIVERS = (0, DEFAULT_NUMBER)  # users whose files are handed over
_SOCKETS = Path("/var/run/wireguard")  # wireguard-go makes its control sockets here
_TUN = Path("/dev/net/tun")


def drop_privileges(section: GatewaySection) -> list[str]:
    """Become the gateway's own user with CAP_NET_ADMIN alone, for good. Return what could not be given up.

    Raise ConfigError when the configured user cannot be it.
    """
    user, kept = _gateway_user(section), []
    if os.geteuid() == 0 and user.uid != 0:
        try:
            _hand_over(section, user)
            become(user)
        except _Impossible as reason:
            kept.append(f"the user root, because {reason}")
    capabilities = {Capability.NET_ADMIN}
    if section.listen_port < 1024:  # WireGuard's socket needs it, in either backend
        capabilities.add(Capability.NET_BIND_SERVICE)
    return kept + limit(capabilities, with_children=True)


class _Impossible(Exception):
    """The reason why the user cannot run the gateway."""


def _gateway_user(section: GatewaySection) -> User:
    name = section.user or DEFAULT_USER
    if name in section.socket_users:
        problem = (
            f"must not be in socket_users, because then the bot could stop the gateway and read {section.state_dir}"
        )
        raise ConfigError(key="gateway.user", problem=problem)
    try:
        return find(name)
    except KeyError:
        if section.user:
            problem = f"there is no system user {name}; create it (useradd --system --no-create-home {name})"
            raise ConfigError(key="gateway.user", problem=problem) from None
    with suppress(KeyError):
        other = pwd.getpwuid(DEFAULT_NUMBER).pw_name
        raise ConfigError(key="gateway.user", problem=f"must be set: {other} has the number {DEFAULT_NUMBER}")
    return User(str(DEFAULT_NUMBER), DEFAULT_NUMBER, DEFAULT_NUMBER)


def _hand_over(section: GatewaySection, user: User) -> None:
    """Give the user what the gateway writes to, as far as it is root's. Change nothing when that cannot be enough."""
    state, run = section.state_dir, section.socket.parent
    try:
        for folder, mode in ((state, 0o700), (run, 0o755), (_SOCKETS, 0o755)):
            folder.mkdir(mode, parents=True, exist_ok=True)
        seen, usable = _within_reach(user, (state, run, _SOCKETS, _TUN))
        for path in (state, run):
            if path not in seen:
                raise _Impossible(f"the user {user} cannot enter a folder above {path}")
            if path not in usable and (owner := path.stat().st_uid) not in (*_GIVERS, user.uid):
                raise _Impossible(f"{path} belongs to the user {owner}; chown -R {user} {path}")
        if run not in usable and {entry.name for entry in run.iterdir()} - {section.socket.name}:
            raise _Impossible(f"the user {user} cannot write in {run}, which holds more than the gateway's socket")
        if os.access(state, os.R_OK | os.X_OK):  # else it is the user's, and root has no power over files (a container)
            give_files(state, user)
        for path in (state, run):
            if path not in usable and path.stat().st_uid != user.uid:  # its own may be on a disk that is read-only
                os.chown(path, user.uid, user.gid)
        _give_wireguard(section.interface, user, usable)
    except OSError as error:
        raise _Impossible(f"{error.filename} cannot be handed to the user {user} ({why(error)})") from error


def _within_reach(user: User, paths: tuple[Path, ...]) -> tuple[list[Path], list[Path]]:
    """Return which of them the user can see, and which it can write."""
    try:
        with acting_as(user):
            seen = [path for path in paths if os.access(path, os.F_OK, effective_ids=True)]
            return seen, [path for path in seen if os.access(path, os.W_OK, effective_ids=True)]
    except OSError as error:
        raise _Impossible(f"it cannot become the user {user} ({why(error)})") from error


def give_files(folder: Path, user: User) -> None:
    """Give the user root's files in its folder, such as a restored database; no link may lead elsewhere."""
    for path in folder.iterdir():
        with suppress(OSError):  # a symbolic link, or a socket
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                found = os.fstat(descriptor)
                if stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and found.st_uid in _GIVERS:
                    os.fchown(descriptor, user.uid, user.gid)
            finally:
                os.close(descriptor)


def _give_wireguard(interface: str, user: User, usable: list[Path]) -> None:
    """Let the user run wireguard-go. Its folder is shared with other tunnels, whose sockets it cannot remove.

    Root stays the owner, because a gateway that cannot become the user needs both as well.
    """
    if _SOCKETS not in usable and _SOCKETS.stat().st_uid == 0:
        _SOCKETS.chmod(0o1775)
        os.chown(_SOCKETS, -1, user.gid)
    own = _SOCKETS / f"{interface}.sock"
    with suppress(PermissionError):  # root has no power over files (a container); wireguard-go removes its user's own
        if own.is_socket() and (not _answers(own) or (own.stat().st_uid == 0 and _is_tun(interface))):
            # A killed one left it, of whatever user. Or it ends one that runs as root, of an older gateway.
            own.unlink()
    if _TUN not in usable and _TUN.exists():
        _TUN.chmod(0o666)  # as udev has it; using it takes CAP_NET_ADMIN (Documentation/networking/tuntap.rst)


def _is_tun(interface: str) -> bool:
    return Path(f"/sys/class/net/{interface}/tun_flags").exists()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return False
    return True
