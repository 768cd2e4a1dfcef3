"""`guildgate demo`: the gateway and its users in a simulated Internet, which leaves no trace on the host."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

_STOP_S = 10


def add_command(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `demo`, which sets `run(args) -> exit code`."""
    summary = "Try everything in a simulated Internet, without Discord and without a trace on this machine."
    parser = subparsers.add_parser("demo", help=summary, description=summary)
    parser.add_argument("--tour", action="store_true", help="play the whole story and exit 0 if every step happened")
    fleet = "with --tour: the story of a bot with gateways in three regions"
    parser.add_argument("--fleet", action="store_true", help=fleet)
    parser.add_argument("--isolated", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(run=_demo)


def _demo(args: argparse.Namespace) -> int:
    if args.fleet and not args.tour:
        print("guildgate: --fleet is a tour so far: try `demo --tour --fleet`", file=sys.stderr)
        return os.EX_USAGE
    if os.geteuid() != 0:
        print("guildgate: the demo makes network namespaces and needs root: try it with sudo", file=sys.stderr)
        return os.EX_NOPERM
    if not Path("/dev/net/tun").exists():
        print("guildgate: /dev/net/tun is missing, so no tunnel can be made: try `modprobe tun`", file=sys.stderr)
        return os.EX_UNAVAILABLE
    if args.fleet and (problem := _lacks_of_a_fleet()):
        print(f"guildgate: {problem}", file=sys.stderr)
        return os.EX_UNAVAILABLE
    if not args.isolated:
        return _run_isolated(args)
    _prepare_namespaces()
    return _play(args)


def _nats_server() -> str | None:
    """Return the program: that of this environment, or else the system's."""
    places = os.pathsep.join([str(Path(sys.prefix, "bin")), os.environ.get("PATH", os.defpath)])
    return shutil.which("nats-server", path=places)


def _lacks_of_a_fleet() -> str:
    """Return a sentence about what is missing for the tour of a fleet, or an empty text."""
    cure = "`sudo ./run demo --tour --fleet` in a checkout gets it"
    if missing := [name for name in ("nats", "cryptography") if not find_spec(name)]:
        return f"the tour of a fleet needs the Python package {missing[0]}: {cure}"
    if not (program := _nats_server()):
        return f"the tour of a fleet needs nats-server: {cure}"
    try:
        subprocess.run([program, "--version"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return f"{program} does not run on this machine: put a nats-server that does first in the PATH"
    return ""


def _run_isolated(args: argparse.Namespace) -> int:
    """Run this command again in network, mount and process namespaces of its own, and return its exit code.

    When either process ends, even by `kill -9`, the kernel removes all processes, mounts and networks of the demo.
    """
    unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    options = [name for name, is_on in (("--tour", args.tour), ("--fleet", args.fleet)) if is_on]
    command = [sys.executable, "-P", "-m", "gateway", "demo", "--isolated", *options]
    process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *unshare, *command])
    # Killed, because unshare ignores SIGTERM. Ctrl-C reaches the inner process too.
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, lambda *_: process.kill())
    # The tour stops by it. The prompt clears its line, or ends a command.
    signal.signal(signal.SIGINT, (lambda *_: signal.alarm(_STOP_S)) if args.tour else signal.SIG_IGN)
    code = process.wait()
    return code if code >= 0 else 128 - code


def _prepare_namespaces() -> None:
    """Mount an empty /run for the files of ip(8), wireguard-go and the gateway."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    for name in ("netns", "wireguard"):
        Path("/run", name).mkdir()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def _play(args: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.ERROR)
    sys.stdout.reconfigure(line_buffering=True, errors="replace")  # type: ignore[union-attr]
    directory = Path("/run/guildgate")
    # Imported here, because every guildgate command reads this file and only the demo needs these.
    try:
        if args.fleet:
            from gateway.demo.fleettour import play as play_fleet

            return asyncio.run(play_fleet(directory, _nats_server() or ""))
        if args.tour:
            from gateway.demo.tour import play

            return asyncio.run(play(directory))
        from gateway.demo.conversation import converse

        return converse(directory)
    except RuntimeError as problem:  # a process of the world has ended
        print(f"guildgate: {problem}", file=sys.stderr)
        return 1
