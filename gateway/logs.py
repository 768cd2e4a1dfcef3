"""The log of a process that runs for months: lines on stderr, written by a thread of their own.

A pipe that is not read blocks its writer, and a journal may. So a line is handed over and never waited for, and what
finds no room is counted. What others chose, such as a name, cannot steer a terminal or pretend to be another line.
"""

from __future__ import annotations

import io
import logging
import os
import queue
import select
import sys
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from types import TracebackType

# Unicode categories: control, format (also bidirectional overrides), surrogate, line and paragraph separator.
_UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_STDERR = 2
_ROOM = 4 << 20  # bytes of lines that wait to be written
_LONGEST = 32 << 10  # characters of one entry; a traceback has some thousand
_FLUSH_S = 2.0  # for the lines that wait when the process ends
_MINUTE_S = 60.0
_A_MINUTE = 300  # entries that one line of code writes
_TIME = "%Y-%m-%d %H:%M:%S"
_ISO = "%Y-%m-%dT%H:%M:%S"
_OWN = ("bot", "gateway", "root", "__main__")
_PRIORITIES = {"CRITICAL": 2, "ERROR": 3, "WARNING": 4, "INFO": 6, "DEBUG": 7}  # of syslog(3)

_FORM = "GUILDGATE_LOG_FORMAT"  # children get it, so that they need not wait for their configuration
_BRIEF = 2000  # characters of each text of a JSON entry that would be too long
_request: ContextVar[str] = ContextVar("request", default="")

SELDOM = {"a_minute": 1}
"""`extra` of a log entry that any caller can cause as often as it likes."""

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def safe(text: str) -> str:
    """Return `text` with an escape for each character that could steer a terminal or begin a line.

    Joiners are escaped as well, because terminals differ about their width.
    """
    if text.isprintable():
        return text
    return "".join(c.encode("unicode_escape").decode() if unicodedata.category(c) in _UNSAFE else c for c in text)


@contextmanager
def about(request: str) -> Iterator[None]:
    """Have each entry of the block name the request that it is about. Tasks that the block begins do so as well."""
    before = _request.set(request)
    try:
        yield
    finally:
        _request.reset(before)


def begin(request: str) -> None:
    """Have each further entry of this task name the request that it is about."""
    _request.set(request)


def request() -> str:
    """Return the request that this task is about, or nothing."""
    return _request.get()


def of_service(name: str) -> AbstractContextManager[None]:
    """Log as a process that runs for long: with time and level, except in the journal, which has a place for both."""
    return _to_stderr(_form_of(name), name)


def write_as(form: str) -> None:
    """Write further entries of this process, and those of its children, as `text` or `json`."""
    os.environ[_FORM] = form
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Handler) and handler.service:
            handler.write_as(_form_of(handler.service))


def _form_of(name: str) -> Formatter:
    if os.environ.get(_FORM) == "json":
        return _JsonFormatter(name, with_priority=_is_journal())
    layout = f"{name}: %(origin)s%(message)s%(about)s"
    if _is_journal():
        return _JournalFormatter(layout, _TIME)
    return _ServiceFormatter(f"%(asctime)s %(levelname)s {layout}", _TIME)


def _is_journal() -> bool:
    """Report whether stderr leads to systemd's journal, see systemd.exec(5)."""
    try:
        found = os.fstat(_STDERR)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def to_stderr(layout: str) -> AbstractContextManager[None]:
    """Log to stderr in this layout for the length of the block, as `_to_stderr` says."""
    return _to_stderr(Formatter(layout, _TIME))


@contextmanager
def _to_stderr(made: Formatter, service: str = "") -> Iterator[None]:
    """Log from INFO on to stderr for the length of the block. What is printed there goes the same way.

    The end waits `_FLUSH_S` at most for what is not written yet. An exception that leaves the block is logged as well
    and ends the process, because the interpreter would wait for ever to print it.
    """
    writer = _Writer(made.printed)
    handler = _Handler(writer, service)
    handler.setFormatter(made)
    root, printed = logging.getLogger(), _Printed(writer)
    before = root.level, sys.stderr
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    sys.stderr = printed
    try:
        yield
    except Exception:
        root.critical("ended by an exception that nothing expects", exc_info=True)
        raise SystemExit(1) from None
    finally:
        level, sys.stderr = before
        logging.captureWarnings(False)
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()
        printed.close()
        writer.close()


class Formatter(logging.Formatter):
    """A formatter whose entries are one line each. A traceback follows indented, so no line of it looks like another's.

    An exception's text may hold what others sent.
    """

    def format(self, record: logging.LogRecord) -> str:
        # Another handler may have left its text of the exception there.
        return super().format(logging.makeLogRecord(record.__dict__ | {"exc_text": None}))

    def printed(self, line: str) -> str:
        """Return a line that was printed, and not logged."""
        return safe(line)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return safe(super().formatMessage(record))

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 - logging's name
        return _indented(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 - logging's name
        return _indented(stack_info)


class _ServiceFormatter(Formatter):
    """The format of all processes that run for long. `origin` names the library that an entry comes from, if any."""

    def format(self, record: logging.LogRecord) -> str:
        named = record.__dict__ | {"origin": "" if record.name.partition(".")[0] in _OWN else f"{record.name}: "}
        named["about"] = f" (request {_request.get()})" if _request.get() else ""
        if record.name == "py.warnings":  # its further lines are the source
            named |= {"msg": record.getMessage().partition("\n")[0], "args": None}
        return super().format(logging.makeLogRecord(named))

    def printed(self, line: str) -> str:
        return self.format(logging.makeLogRecord({"name": "root", "levelname": "WARNING", "msg": line}))


class _JournalFormatter(_ServiceFormatter):
    """Begins each line with its priority, see sd-daemon(3)."""

    def format(self, record: logging.LogRecord) -> str:
        priority = _PRIORITIES.get(record.levelname, 6)
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).split("\n"))


class _JsonFormatter(Formatter):
    """Makes one JSON document of each entry, in one line of ASCII, with its priority before it in the journal."""

    def __init__(self, service: str, *, with_priority: bool) -> None:
        super().__init__()
        self._service, self._with_priority = service, with_priority
        import json  # the supervisor does without it

        self._encode = json.dumps

    def format(self, record: logging.LogRecord) -> str:
        made = {
            "time": f"{time.strftime(_ISO, time.gmtime(record.created))}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "process": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := _request.get():
            made["request"] = request
        if record.exc_info:
            made["exception"] = logging.Formatter.formatException(self, record.exc_info)
        text = self._encode(made)
        if len(text) >= _LONGEST:
            text = self._encode({name: value[:_BRIEF] for name, value in made.items()})
        return f"<{_PRIORITIES.get(record.levelname, 6)}>{text}" if self._with_priority else text

    def printed(self, line: str) -> str:
        return self.format(logging.makeLogRecord({"name": "root", "levelname": "WARNING", "msg": line}))


def _indented(text: str) -> str:
    return "\n".join(f"    {safe(line)}" for line in text.split("\n"))


class _Writer:
    """The owner of the one thread that writes to stderr. Its users never wait.

    The thread begins with the first entry. Each thread has privileges of its own, and a process that drops them logs
    nothing before.
    """

    def __init__(self, layout: Callable[[str], str]) -> None:
        self.layout = layout  # of a line that is no entry
        # SimpleQueue.put() may interrupt itself: a finalizer may log while a line is put. Hence RLock, too.
        self._lines = queue.SimpleQueue[bytes | None]()
        self._lock = threading.RLock()
        self._waiting = 0  # bytes
        self._lost = 0  # entries since the last one that found room
        self._thread: threading.Thread | None = None

    def put(self, text: str) -> None:
        """Hand over one entry."""
        data = f"{text[:_LONGEST]}\n".encode(errors="backslashreplace")
        with self._lock:
            if self._thread is None:
                # A daemon, because a process with a stuck stderr has to end as well.
                self._thread = threading.Thread(target=self._write_all, name="stderr", daemon=True)
                self._thread.start()
            if self._waiting + len(data) > _ROOM:
                self._lost += 1
                return
            if self._lost:
                lost = self.layout(f"{self._lost} entries of the log are lost here, because stderr was stuck")
                data = f"{lost}\n".encode() + data
                self._lost = 0
            self._waiting += len(data)
            self._lines.put(data)

    def print(self, line: str) -> None:
        """Hand over a line that is no entry."""
        self.put(self.layout(line))

    def close(self) -> None:
        """Wait for what is not written yet, but not for ever."""
        if self._thread:
            self._lines.put(None)
            self._thread.join(_FLUSH_S)

    def _write_all(self) -> None:
        while (data := self._lines.get()) is not None:
            with suppress(OSError):  # the reader is gone, and the process goes on without it
                _write(data)
            with self._lock:
                self._waiting -= len(data)


def _write(data: bytes) -> None:
    """Write to the descriptor, because a thread that is stuck in sys.stderr would also stop the interpreter's end."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(_STDERR, rest) :]
        except BlockingIOError:  # another process made the terminal non-blocking
            select.select([], [_STDERR], [])


class _Handler(logging.Handler):
    """Hands over entries, at most `_A_MINUTE` of each line of code, because callers can cause some as they like."""

    def __init__(self, writer: _Writer, service: str = "") -> None:
        super().__init__()
        self.service = service
        self._writer = writer
        self._began = time.monotonic()
        self._count = Counter[tuple[str, int]]()
        self._left_out: dict[tuple[str, int], logging.LogRecord] = {}  # the last of each

    def write_as(self, form: Formatter) -> None:
        self.setFormatter(form)
        self._writer.layout = form.printed

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._begin_minute()
            source = record.pathname, record.lineno
            self._count[source] += 1
            if self._count[source] <= _allowed(record):
                self._writer.put(self.format(record))
            else:
                self._left_out[source] = record
        except Exception:
            self.handleError(record)

    def _begin_minute(self) -> None:
        now = time.monotonic()
        if now - self._began < _MINUTE_S:
            return
        for source, last in self._left_out.items():
            count = self._count[source] - _allowed(last)
            self._writer.print(f"{count} more of these entries came in a minute; the last one: {last.getMessage()}")
        self._began = now
        self._count.clear()
        self._left_out.clear()


def _allowed(record: logging.LogRecord) -> int:
    """Return how many such entries a minute may have."""
    return int(getattr(record, "a_minute", _A_MINUTE))


class _Printed(io.TextIOBase):
    """Stands for sys.stderr. What is printed there is handed over line by line."""

    def __init__(self, writer: _Writer) -> None:
        self._writer = writer
        self._rest = ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._writer.print(line)
        return len(text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return _STDERR

    def close(self) -> None:
        if self._rest:
            self.write("\n")
        super().close()
