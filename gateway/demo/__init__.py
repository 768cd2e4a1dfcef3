"""`guildgate demo`: the gateway and its users in a simulated Internet, which leaves no trace on the host."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

_STOP_S = 10


def add_command(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `demo`, which sets `run(args) -> exit code`."""
    summary = "Try everything in a simulated Internet, without Discord and without a trace on this machine."
    parser = subparsers.add_parser("demo", help=summary, description=summary)
    parser.add_argument("--tour", action="store_true", help="play the whole story and exit 0 if every step happened")
    parser.add_argument("--isolated", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(run=_demo)


def _demo(args: argparse.Namespace) -> int:
    if os.geteuid() != 0:
        print("guildgate: the demo makes network namespaces and needs root: try it with sudo", file=sys.stderr)
        return os.EX_NOPERM
    if not Path("/dev/net/tun").exists():
        print("guildgate: /dev/net/tun is missing, so no tunnel can be made: try `modprobe tun`", file=sys.stderr)
        return os.EX_UNAVAILABLE
    if not args.isolated:
        return _run_isolated(args)
    _prepare_namespaces()
    return _play(tour=args.tour)


def _run_isolated(args: argparse.Namespace) -> int:
    """Run this command again in network, mount and process namespaces of its own, and return its exit code.

    When either process ends, even by `kill -9`, the kernel removes all processes, mounts and networks of the demo.
    """
    unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    command = [sys.executable, "-P", "-m", "gateway", "demo", "--isolated", *(["--tour"] if args.tour else [])]
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


def _play(*, tour: bool) -> int:
    # Imported here, because every guildgate command reads this file and only the demo needs these.
    from gateway.demo.conversation import converse
    from gateway.demo.tour import play

    logging.basicConfig(level=logging.ERROR)
    sys.stdout.reconfigure(line_buffering=True, errors="replace")  # type: ignore[union-attr]
    directory = Path("/run/guildgate")
    return asyncio.run(play(directory)) if tour else converse(directory)
