"""The commands about the whole house: `backup`, `restore` and `move`. They work without a gateway, for root."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import os
import shutil
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gateway import config as configuration
from gateway.codec import encode
from gateway.config import DEFAULT_CONFIG, default_path
from gateway.errors import BadBackup, ConfigError, GatewayError, HostProblem, why
from gateway.logs import safe
from gateway.terminal.delivery import fail

_LARGEST = 1 << 29  # bytes of a backup that is read
_Run = Callable[[argparse.Namespace], int]


def add_commands(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    add_common: Callable[[argparse.ArgumentParser], None],
) -> bool:
    """Register these commands, or only the one of that name. Report whether there are any."""
    if name in ("", "move"):
        _add_move(subparsers, add_common)
    if name not in ("", "backup"):
        return name == "move"
    summary = "Write all that a gateway on another machine needs into one encrypted file."
    parser = subparsers.add_parser("backup", help=summary, description=summary)
    add_common(parser)
    parser.add_argument("file", type=Path, metavar="FILE", help="a new file, mode 0600; `age --decrypt` opens it")
    secret = parser.add_mutually_exclusive_group()
    _add_passphrase(secret)
    secret.add_argument("--recipient", metavar="KEY", help="a public key of age (age1...) instead of a passphrase")
    parser.set_defaults(run=_guarded(_backup))
    return True


def _add_move(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
    add_common: Callable[[argparse.ArgumentParser], None],
) -> None:
    summary = "Explain the steps of a move to another machine, and check each as far as it shows from this one."
    parser = subparsers.add_parser("move", help=summary, description=summary)
    add_common(parser)
    parser.set_defaults(run=_guarded(_move))


def extend_restore(parser: argparse.ArgumentParser, restore_member: _Run) -> None:
    """Let `restore MEMBER` take a backup as well. A file that is there is one, and so is all that looks like a path."""
    group = parser.add_argument_group("for a backup")
    secret = group.add_mutually_exclusive_group()
    _add_passphrase(secret)
    secret.add_argument(
        "--identity", type=Path, metavar="FILE", help="the private key of age that goes with a recipient"
    )
    group.add_argument("--replace", action="store_true", help="put devices that are here aside, and do not refuse")
    group.add_argument("--keep-config", action="store_true", help="leave this machine's config.toml in force")

    def run(args: argparse.Namespace) -> int:
        is_asked = args.passphrase_file or args.identity or args.replace or args.keep_config
        if is_asked or "/" in args.member or Path(args.member).is_file():
            args.file = Path(args.member)
            return _guarded(_restore)(args)
        return restore_member(args)

    parser.set_defaults(run=run)


def _guarded(run: _Run) -> _Run:
    """Say an error of the tree as the other commands do."""

    def guarded(args: argparse.Namespace) -> int:
        try:
            return run(args)
        except GatewayError as error:
            return fail(error, as_json=args.json)

    return guarded


def _add_passphrase(parser: argparse._MutuallyExclusiveGroup) -> None:
    said = "read the passphrase from this file, or from stdin for -; default: ask at the terminal"
    parser.add_argument("--passphrase-file", metavar="FILE", help=said)


def _backup(args: argparse.Namespace) -> int:
    import bot.config
    from gateway.backup import sealed
    from gateway.backup.archive import BOT_DATABASE, LEDGER
    from gateway.backup.collect import collect, write_new

    path = args.config or default_path() or DEFAULT_CONFIG
    raw = configuration.read(path) if args.config or path.exists() else {}
    parsed = configuration.parse(raw)
    memory = bot.config.parse(raw.get("discord", {})).state_dir
    if os.path.lexists(args.file):
        raise HostProblem(key=str(args.file), problem="is there already; a backup replaces no file")
    try:
        settings = path.read_bytes() if raw else None
        backup = collect(parsed.gateway.state_dir, settings, memory, datetime.now(UTC), parsed.fleet)
    except OSError as error:
        raise HostProblem(key=str(error.filename), problem=f"cannot be read ({why(error)})") from error
    content = backup.to_tar()
    if args.recipient:
        content = sealed.seal_to(content, args.recipient)
    else:
        content = sealed.seal(content, _new_passphrase(args.passphrase_file))
    try:
        write_new(args.file, content)
    except OSError as error:
        raise HostProblem(key=str(args.file), problem=f"cannot be written ({why(error)})") from error
    manifest = backup.manifest
    has_memory = BOT_DATABASE in backup.files
    if args.json:
        print(json.dumps({"file": str(args.file), "bytes": len(content), "memory": has_memory, **encode(manifest)}))
        return 0
    lacking = "" if has_memory else f" It lacks the bot's memory, because {memory} has none."
    fleet = ", the fleet's regions" if LEDGER in backup.files else ""
    held = f"{manifest.devices} devices, {manifest.forwards} forwards, keys and settings{fleet}; not the bot's token"
    print(f"{safe(str(args.file))} holds {held}.{lacking} Keep it on another machine, and its passphrase elsewhere.")
    return 0


def _move(args: argparse.Namespace) -> int:
    from gateway.doctor import examine_move
    from gateway.terminal.findings import lines_of

    findings = examine_move(args.config or default_path() or DEFAULT_CONFIG)
    if args.json:
        print(json.dumps({"findings": encode(findings)}))
        return 0
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    print("\n".join(lines_of(findings, colour=colour, columns=shutil.get_terminal_size().columns)))
    return 0


def _restore(args: argparse.Namespace) -> int:
    from gateway.backup.archive import Backup
    from gateway.backup.place import NEWEST, place
    from gateway.host.onlyone import only_one

    target = args.config or default_path() or DEFAULT_CONFIG
    backup = Backup.from_tar(_opened(args), str(args.file), NEWEST)
    choice = {"replace": args.replace, "keep_config": args.keep_config}
    # A gateway that waits for its network holds no lock of the state, but the place in this one.
    done = asyncio.run(place(backup, str(args.file), target, now=datetime.now(UTC), alone=only_one, **choice))
    if done.has_fleet:
        _write_server(target)
    if args.json:
        print(json.dumps(encode(done)))
        return 0
    memory = "" if done.has_memory else " It has no memory of the bot, which begins anew."
    as_of = f"{done.made_at:%Y-%m-%d %H:%M} UTC"
    print(f"Restored: {done.devices} devices and {done.forwards} forwards, as of {as_of}.{memory}")
    if done.has_fleet:
        print("The fleet's regions are back. They find this host by the names of `servers` in [fleet].")
    for path in done.aside:
        print(f"What was here is now {safe(path)}; delete it when all works.")
    print("Next: put the bot's token in place, and start the services. `guildgate move` says what is left.")
    return 0


def _write_server(path: Path) -> None:
    """Write what nats-server runs by, which follows from the fleet's ledger. Raise HostProblem."""
    from gateway.enrolment.fleet import Fleet

    section = configuration.load(path).fleet
    assert section
    Fleet(section).write_server()


def _opened(args: argparse.Namespace) -> bytes:
    """Return the tar archive inside the file. Raise BadBackup, WrongSecret or HostProblem."""
    from gateway.backup import sealed

    file = str(args.file)
    raw = _read(args.file)
    if not sealed.is_sealed(raw):
        return raw
    if not sealed.needs_passphrase(raw):
        if args.identity is None:
            raise BadBackup(file=file, problem="is encrypted to a key; --identity names the file with the private one")
        return sealed.unseal_by(raw, _secret_file(str(args.identity), "--identity"), file=file)
    if args.identity is not None:
        raise BadBackup(file=file, problem="is encrypted with a passphrase, which --identity does not open")
    return sealed.unseal(raw, _passphrase(args.passphrase_file), file=file)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as error:
        raise HostProblem(key=str(path), problem=f"cannot be read ({why(error)})") from error
    if len(raw) > _LARGEST:
        raise BadBackup(file=str(path), problem=f"is no backup of guildgate: it has more than {_LARGEST >> 20} MiB")
    return raw


def _passphrase(source: str | None) -> str:
    """Read a passphrase from its file, from stdin, or from the terminal, which does not show it."""
    if source is None:
        return _ask("Passphrase: ")
    lines = (sys.stdin.read() if source == "-" else _secret_file(source, "--passphrase-file")).splitlines()
    if len(lines) != 1 or not lines[0]:
        raise ConfigError(key="--passphrase-file", problem="must hold one line, the passphrase")
    return lines[0]


def _new_passphrase(source: str | None) -> str:
    from gateway.backup.sealed import SHORTEST

    found = _passphrase(source)
    if len(found) < SHORTEST:
        raise ConfigError(key="passphrase", problem=f"must have at least {SHORTEST} characters")
    if source is None and _ask("The same again: ") != found:
        raise ConfigError(key="passphrase", problem="was not the same the second time")
    return found


def _ask(prompt: str) -> str:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC))
    except OSError:
        problem = "cannot be asked for without a terminal; name a file by --passphrase-file, or - for stdin"
        raise HostProblem(key="passphrase", problem=problem) from None
    try:
        return getpass.getpass(prompt)
    except EOFError:
        raise KeyboardInterrupt from None


def _secret_file(path: str, option: str) -> str:
    """Return the text of a file that only its owner may read. Raise ConfigError or HostProblem."""
    try:
        with open(path, encoding="utf-8") as file:
            found = os.fstat(file.fileno())
            if stat.S_ISREG(found.st_mode) and found.st_mode & 0o077:
                raise ConfigError(key=option, problem=f"{path} can be read by others: chmod 600 {path}")
            return file.read(1 << 16)
    except OSError as error:
        raise HostProblem(key=option, problem=f"{path} cannot be read ({why(error)})") from error
    except ValueError as error:
        raise ConfigError(key=option, problem=f"{path} is not text") from error
