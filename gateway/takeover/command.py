"""`guildgate import`: takes over from another program, and says what was taken over, what changed, what was left."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from gateway.api.contract import Actor
from gateway.config import DEFAULT_CONFIG, Config
from gateway.errors import CannotImport, GatewayError, why
from gateway.logs import safe
from gateway.model import spec_of
from gateway.takeover import installer, wgquick
from gateway.takeover.found import Found
from gateway.takeover.plan import Plan

_LARGEST = 4 << 20  # bytes of a file; a thousand peers take a quarter of a megabyte


def add_command(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `import`, which sets `run(args) -> exit code`."""
    summary = "Take over another program's server: its key, devices and ports. Their configs go on working."
    parser = subparsers.add_parser("import", help=summary, description=summary)
    kinds = parser.add_subparsers(metavar="PROGRAM", required=True)
    quick = kinds.add_parser("wg-quick", help="the server's file of wg-quick(8), such as /etc/wireguard/wg0.conf")
    quick.add_argument("files", nargs="+", type=Path, metavar="FILE", help="that file, and its devices' own if at hand")
    quick.set_defaults(read=_read_wg_quick)
    gaming = kinds.add_parser("wg-gaming-installer", help="the database of wg_gaming_installer")
    gaming.add_argument("files", nargs=1, type=Path, metavar="PATH", help=f"/etc/wireguard/{installer.DATABASE}")
    gaming.set_defaults(read=lambda paths: installer.read(paths[0]))
    for kind in (quick, gaming):
        shown = f"default: {DEFAULT_CONFIG}; made where there is none"
        kind.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help=shown)
        kind.add_argument("--dry-run", action="store_true", help="only say what would be taken over")
        kind.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from gateway.takeover.apply import settled, take_over  # here, because it loads the gateway

    read: Callable[[list[Path]], Found] = options.read
    actor = Actor(id=f"uid:{os.getuid()}", name="root", is_admin=True)
    try:
        found = read(options.files)
        config, make = settled(found, options.config)
        plan = asyncio.run(take_over(found, config, make, actor, is_trial=options.dry_run))
    except GatewayError as error:
        print(f"guildgate: nothing was taken over. {safe(str(error))}", file=sys.stderr)  # noqa: T201
        return 1
    print("\n".join(report(found, plan, config, options.config, is_trial=options.dry_run)))  # noqa: T201
    return 0


def _read_wg_quick(paths: list[Path]) -> Found:
    texts: dict[str, str] = {}
    for path in paths:
        try:
            with path.open("rb") as file:
                raw = file.read(_LARGEST + 1)
            if len(raw) > _LARGEST or path.name in texts:
                problem = "it is too large" if len(raw) > _LARGEST else "another file has the same name"
                raise CannotImport(where=str(path), problem=problem)
            texts[path.name] = raw.decode("utf-8-sig")
        except OSError as error:
            raise CannotImport(where=str(path), problem=f"it cannot be read ({why(error)})") from error
        except UnicodeDecodeError:
            raise CannotImport(where=str(path), problem="it is not text") from None
    return wgquick.read(texts)


def report(found: Found, plan: Plan, config: Config, file: Path, *, is_trial: bool) -> list[str]:
    """Return the lines for the terminal. None holds a key."""
    section, desired = config.gateway, plan.desired
    networks = f"{section.subnet4}, {section.network6}" if section.network6 else str(section.subnet4)
    lines = [f"{'This would be taken over' if is_trial else 'Taken over'} from {found.source}:"]
    lines.append(f"  the server's key, port {section.listen_port}, the networks {networks}")
    peers = desired.peers.values()
    lines += [f"  {peer.device}: {peer.ipv4}{f', {peer.ipv6}' if peer.ipv6 else ''}" for peer in peers]
    for forward in desired.forwards.values():
        to_port = f" as {forward.to_ports}" if forward.to_port != forward.ports.first else ""
        device = desired.peers[forward.peer_id].device
        lines.append(f"  port {spec_of(forward.ports, forward.protocol)} to {device}{to_port}")
    lines += _part("Changed:", plan.changed)
    lines += _part("Left out:", map(str, plan.left))
    if not is_trial:
        lines.append(
            f"The settings are in {file}. Stop the old server for good, and start the gateway: the devices are back by "
            "themselves. `guildgate give` hands them to members."
        )
    return [safe(line) for line in lines]


def _part(title: str, texts: Iterable[str]) -> list[str]:
    lines = [f"  {text}" for text in texts]
    return [title, *lines] if lines else []
