"""The supervisor: runs the gateway and the bot as two children, and starts each again when it ends.

It waits for months, so it imports little: no asyncio, no dataclasses, and of this program the log. `up.py` starts it.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence

from gateway import logs
from gateway.backoff import delays
from gateway.host.folder import Keeper

log = logging.getLogger(__name__)
Stamp = tuple[int, ...]

SYSTEM_USER = "guildgate"
NAMES_USER, METRICS_USER, COURIER_USER = (f"{SYSTEM_USER}-{name}" for name in ("names", "metrics", "courier"))
# The child has logged the reason and would fail again.
FINAL = (os.EX_NOPERM, os.EX_CONFIG)
_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.1, 60.0
_GRACE_S = 10.0  # between SIGTERM and SIGKILL
_LOOK_S, _SOON_S = 0.5, 0.05  # between looks at files and the folder, and for a socket that is to come
# Discord counts logins, and takes the token from a bot that makes too many.
_TURNED_AWAY_S = 3600.0


def main() -> int:
    config, gateway, secret_file, metrics, bus_file = sys.argv[1:]
    with logs.of_service("guildgate"):
        token = Token(config, os.environ)
        files = secret_file or None, bus_file or None
        processes = children(config, gateway, token, os.environ, *files, with_metrics=bool(metrics))
        code = supervise(processes, folder=os.path.dirname(gateway))
    if code == os.EX_TEMPFAIL and (program := os.environ.get("GUILDGATE_RUN")):
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.execv(program, [program, "up", "--config", config])  # noqa: S606 - the same process goes on
    return code


class Token:
    """The bot's token, read anew for each start of the bot, because its file or the configuration may have changed.

    What is wrong with either, the bot says: it reads the same files, and checks them.
    """

    def __init__(self, config: str, environ: Mapping[str, str]) -> None:
        self._config, self._environ = config, environ
        self._file: str | None = None
        self._token = ""
        self._stamps: tuple[Stamp, Stamp] = (), ()  # of the configuration and the token's file when they were read

    def read(self) -> str:
        """Return the token of the file as it is now, or the last one while the files cannot be read; else nothing."""
        configured = _stamp(self._config)
        self._file = self._configured_file()
        self._stamps = configured, self._stamp_of_token()
        self._token = self._present() or self._token
        return self._token

    def has_changed(self) -> bool:
        """Report whether the configuration was written since the last reading, or a token's file that has one."""
        configured, token = self._stamps
        if _stamp(self._config) not in (configured, ()):
            return True
        return self._stamp_of_token() != token and bool(self._present())

    def _configured_file(self) -> str | None:
        """Return the present `token_file`, or the last one while the configuration cannot be read."""
        try:
            with open(self._config, encoding="utf-8-sig") as file:
                found = tomllib.loads(file.read()).get("discord", {}).get("token_file")
        except (OSError, ValueError, RecursionError, AttributeError):
            return self._file
        return found if isinstance(found, str) and found and "\0" not in found else None

    def _present(self) -> str:
        if token := self._environ.get("DISCORD_TOKEN", "").strip():
            return token
        try:
            with open(self._file or os.devnull, encoding="utf-8-sig") as file:
                words = file.read().split()
        except (OSError, ValueError):
            return ""
        return words[0] if len(words) == 1 else ""

    def _stamp_of_token(self) -> Stamp:
        if self._environ.get("DISCORD_TOKEN", "").strip() or self._file is None:
            return ()  # the environment of a process never changes
        return _stamp(self._file)


class Reading:
    """The files that a process reads when it starts."""

    def __init__(self, *paths: str) -> None:
        self._paths = paths
        self._stamps: list[Stamp] = []

    def begin(self, environ: Mapping[str, str]) -> Mapping[str, str]:
        """Note how the files are now. Return the environment of the process."""
        self._stamps = list(map(_stamp, self._paths))
        return environ

    def is_old(self) -> bool:
        """Report whether one of the files was written since."""
        return list(map(_stamp, self._paths)) != self._stamps


def _stamp(path: str) -> Stamp:
    """Return what differs after each writing of the file; empty for a file that is not there."""
    try:
        found = os.stat(path)
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


class Child:
    """A process to keep running. `environ` makes the environment of the next start; it may hold the token.

    `after`: the path of a socket that has to answer before each start. `may_return`, for a child that the others do
    without: report whether another attempt may succeed after a `FINAL` code. `leaves_by`: the signal by which it ends
    when all is started anew, and leaves up what the next one takes over.
    """

    def __init__(
        self,
        name: str,
        argv: tuple[str, ...],
        environ: Callable[[], Mapping[str, str]],
        may_return: Callable[[], bool] | None = None,
        *,
        after: str | None = None,
        leaves_by: int = signal.SIGTERM,
    ) -> None:
        self._leaves_by = leaves_by
        self.name, self.argv, self.environ, self.may_return, self._after = name, argv, environ, may_return, after
        self._pauses = delays(_FIRST_DELAY_S, _LONGEST_DELAY_S)
        self._pid: int | None = None
        self._is_turned_away = False
        self._began = self._due = 0.0

    def tend(self) -> float:
        """Start the process when that is due; return in how many seconds to look again. Raise Refused at its end."""
        if self._pid is not None:
            done, status = os.waitpid(self._pid, os.WNOHANG)
            if done:
                self._pid = None
                self._end(os.waitstatus_to_exitcode(status))
        if self._pid is not None:
            return _LOOK_S
        now = time.monotonic()
        if self._is_turned_away and self.may_return and self.may_return():
            self._due = now
        if now < self._due:
            return min(self._due - now, _LOOK_S)
        if self._after and not _answers(self._after):
            return _SOON_S
        self._start()
        return _LOOK_S

    def _start(self) -> None:
        self._is_turned_away = False
        self._began = time.monotonic()
        try:
            # In a process group of its own, so that only the supervisor gets Ctrl-C and stops the children in order.
            # No signal is blocked in it, and none ignored because Python does so.
            self._pid = os.posix_spawn(
                self.argv[0],
                self.argv,
                self.environ(),
                setpgroup=0,
                setsigmask=(),
                setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),
            )
        except OSError as error:
            log.error("the %s cannot be started: %s", self.name, os.strerror(error.errno or 0))
            self._again(1)

    def _end(self, code: int) -> None:
        if code in FINAL and not self.may_return:
            raise Refused(self, code)
        if code in FINAL:
            log.warning(
                "the %s is tried again when its token changes or the configuration does, else in an hour; "
                "all else goes on",
                self.name,
            )
            self._pauses = delays(_FIRST_DELAY_S, _LONGEST_DELAY_S)
            self._is_turned_away, self._due = True, time.monotonic() + _TURNED_AWAY_S
        else:
            self._again(code)

    def _again(self, code: int) -> None:
        """Let the next start come later each time that the process ends soon."""
        if time.monotonic() - self._began > _LONGEST_DELAY_S:
            self._pauses = delays(_FIRST_DELAY_S, _LONGEST_DELAY_S)
        pause_s = next(self._pauses)
        log.warning("the %s ended with code %d; starting it again in %.1f s", self.name, code, pause_s)
        self._due = time.monotonic() + pause_s

    def stop(self, *, is_for_another: bool) -> None:
        """Send SIGTERM, or `leaves_by` for another start; SIGKILL if the process is still there after `_GRACE_S`.

        Return when it is gone.
        """
        if self._pid is None:
            return
        pid, self._pid = self._pid, None
        os.kill(pid, self._leaves_by if is_for_another else signal.SIGTERM)
        until = time.monotonic() + _GRACE_S
        while not os.waitpid(pid, os.WNOHANG)[0]:
            if (left_s := until - time.monotonic()) <= 0:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return
            signal.sigtimedwait([signal.SIGCHLD], left_s)


def _answers(path: str) -> bool:
    """Report whether a process listens on the socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except BlockingIOError:  # so many callers that they wait
            return True
        except OSError:
            return False
    return True


class Refused(Exception):
    """The end of a child with one of the `FINAL` codes, which the others do not do without."""

    def __init__(self, child: Child, code: int) -> None:
        super().__init__(f"the {child.name} cannot work like this, for the reason it gives above")
        self.code = code


def children(
    config: str,
    gateway: str,
    token: Token,
    environ: Mapping[str, str],
    secret_file: str | None = None,
    bus_file: str | None = None,
    *,
    with_metrics: bool = False,
) -> list[Child]:
    """Return the gateway, the bot for when the socket `gateway` answers, and what keeps the name by the secret.

    `bus_file`: the courier of a region, which is let in by it, in the place of the bot, which is elsewhere then.
    `with_metrics`: also what serves metrics.

    All end with this process. Only the bot gets the token. Only the gateway speaks to a service manager, because the
    bot could pretend to be it.
    """
    without_token = {name: value for name, value in environ.items() if name != "DISCORD_TOKEN"}
    for_bot = {name: value for name, value in without_token.items() if name != "NOTIFY_SOCKET"}
    # With -P, because the working directory may have a folder named gateway.
    command = (sys.executable, "-P", "-m", "gateway")
    shared = ("--config", config, "--parent", str(os.getpid()))
    names_user = ("--names-user", NAMES_USER) if secret_file else ()
    metrics_user = ("--metrics-user", METRICS_USER) if with_metrics else ()
    courier_user = ("--courier-user", COURIER_USER) if bus_file else ()
    found = [
        Child(
            "gateway",
            (*command, "gateway", *shared, "--socket-user", SYSTEM_USER, *names_user, *metrics_user, *courier_user),
            lambda: without_token,
            leaves_by=signal.SIGUSR1,
        ),
    ]
    if not bus_file:
        found.append(
            Child(
                "bot",
                (*command, "bot", *shared, "--user", SYSTEM_USER),
                lambda: for_bot | {"DISCORD_TOKEN": token.read()},
                token.has_changed,
                after=gateway,
            )
        )
    if secret_file:
        read = Reading(config, secret_file)
        argv = (*command, "names", *shared, "--user", NAMES_USER)
        found.append(Child("names", argv, lambda: read.begin(for_bot), read.is_old))
    if with_metrics:
        settings = Reading(config)
        argv = (*command, "metrics", *shared, "--user", METRICS_USER)
        found.append(Child("metrics", argv, lambda: settings.begin(for_bot), settings.is_old))
    if bus_file:
        keys = Reading(config, bus_file)
        argv = (*command, "courier", *shared, "--user", COURIER_USER)
        found.append(Child("courier", argv, lambda: keys.begin(for_bot), keys.is_old))
    return found


def supervise(children: Sequence[Child], *, folder: str | None = None) -> int:
    """Keep the children running until SIGTERM, SIGINT or SIGHUP, or until one refuses. Return the exit code.

    SIGUSR1 asks for another start of all, by code 75. Keep the socket's `folder` as well. The children stop in reverse
    order. A bot that Discord turns away, or that is not configured, ends nothing else. A SIGHUP that is ignored stays
    so, because nohup(1) asks for that.
    """
    stops = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        stops.remove(signal.SIGHUP)
    awaited = {signal.SIGCHLD, signal.SIGUSR1, *stops}
    code = 0
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)  # they are waited for, and pending meanwhile
    keeper = Keeper(folder) if folder else None
    try:
        while True:
            pause_s = min(child.tend() for child in children)
            if keeper:
                keeper.look()
            came = signal.sigtimedwait(awaited, pause_s)
            if came and came.si_signo == signal.SIGUSR1:
                code = os.EX_TEMPFAIL
            if came and came.si_signo in (signal.SIGUSR1, *stops):
                return code
    except Refused as refused:
        log.critical("%s", refused)
        return refused.code
    finally:
        for child in reversed(children):
            child.stop(is_for_another=code == os.EX_TEMPFAIL)


if __name__ == "__main__":
    sys.exit(main())
