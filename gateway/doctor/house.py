"""What would outlive this machine: backups, configs that can follow to another address, and the steps of a move."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from gateway.api.contract import Status
from gateway.backup.automatic import made
from gateway.config import Config, GatewaySection
from gateway.doctor.facts import Facts
from gateway.doctor.finding import Cause, Finding, ok, warning
from gateway.doctor.network import public_address
from gateway.errors import why
from gateway.model import Duration, Off
from gateway.state.moved import is_bare

_BOTH = "guildgate-bot guildgate-gateway"
_RECENT = timedelta(minutes=3)  # WireGuard makes a handshake every two minutes


def backups(config: Config, now: datetime) -> Iterator[Finding]:
    """Say how old the newest automatic backup is. Without a gateway's state there is nothing to say."""
    title, folder, every = "backups", config.backups, config.backup.every
    try:
        if not (config.gateway.state_dir / "guildgate.db").exists():
            return
        found = made(folder)
    except OSError as error:
        detail = f"{folder} cannot be read ({why(error)})"
        # Root has no power over files in a container.
        fix = "Run it with sudo." if os.geteuid() else "The gateway's user can: type /doctor in Discord."
        yield warning(title, detail, fix, cause=Cause.BACKUPS_UNREADABLE, folder=folder)
        return
    if isinstance(every, Off) or every.length is None:
        yield ok(title, "automatic ones are switched off; `guildgate backup FILE` makes one")
    elif not found:
        detail, fix = f"there is none in {folder} yet", "The gateway makes one a minute after its start."
        yield warning(title, detail, fix, cause=Cause.NO_BACKUP, folder=folder)
    else:
        yield _newest(len(found), folder, now - next(iter(found.values())), config)


def _newest(count: int, folder: Path, age: timedelta, config: Config) -> Finding:
    title, every = "backups", config.backup.every
    kind = "encrypted" if config.backup.recipient else "on this disk only, until you copy them"
    detail = f"the newest of {count} in {folder} is {_age(age)} old; {kind}"
    if isinstance(every, Duration) and every.length and age > 2 * every.length:
        fix = "Start the gateway, which makes them; its log says what is in the way."
        return warning(title, detail, fix, cause=Cause.OLD_BACKUP, folder=folder, days=age.days)
    return ok(title, detail)


def _age(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours" if hours else "less than an hour"


def configs(status: Status | str, section: GatewaySection) -> Iterator[Finding]:
    """Count the configs with a bare address, which cannot follow a move to another one."""
    title = "configs"
    known = [each.peer for each in status.peers] if isinstance(status, Status) else []
    if not known:
        return
    bare = [peer for peer in known if is_bare(peer.address)]
    if not bare:
        yield ok(title, f"all {len(known)} have a name, which can move to another address")
        return
    detail = f"{len(bare)} of {len(known)} have a bare address ({', '.join(sorted({peer.address for peer in bare}))})"
    if section.public_address is None or is_bare(str(section.public_address)):
        yield ok(title, f"{detail}: another one would mean new configs, which a name as public_address spares")
        return
    names = ", ".join(sorted({peer.owner_name for peer in bare}))
    fix = f"Let these /rotate: {names}"
    yield warning(
        title,
        f"{detail}, so they do not follow the name",
        fix,
        cause=Cause.BARE_ADDRESSES,
        count=len(bare),
        names=names,
    )


def move(facts: Facts, config: Config, path: Path) -> Iterator[Finding]:
    """Explain each step of a move to another machine, and check it as far as it can be seen from this one."""
    status = facts.status
    peers = [each.peer for each in status.peers] if isinstance(status, Status) else []
    if isinstance(status, Status):
        yield from configs(status, config.gateway)
        first = "write it here as the last thing, because what changes after it is not taken along"
        yield warning("backup", first, "guildgate backup gg.age", "scp gg.age root@NEW-MACHINE:")
        both = "then stop both here for good: two gateways with one key take each other's devices"
        yield warning("old machine", both, f"systemctl disable --now {_BOTH}")
    else:
        yield ok("backup", "no gateway answers here, so this is the new machine, or the old one is stopped")
        yield ok("old machine", "no gateway answers here")
    new = "install guildgate, stop what that started, restore, write the bot's token, start"
    steps = (f"systemctl stop {_BOTH}", "guildgate restore gg.age", f"install -m 600 /dev/stdin {path.parent}/token")
    start = f"systemctl start {' '.join(reversed(_BOTH.split()))}"
    is_here = isinstance(status, Status) and bool(peers)
    made_it = ok("new machine", f"if it is this one: the gateway runs with {len(peers)} devices")
    yield made_it if is_here else warning("new machine", new, *steps, start)
    address = public_address(facts, config.gateway)
    yield Finding(address.level, "address", f"of this machine: {address.detail}", address.fix)
    if isinstance(status, Status) and peers:
        yield _friends(status)


def _friends(status: Status) -> Finding:
    """Say which devices have found the gateway."""
    active = [each for each in status.peers if not each.peer.suspended_at]
    away = [each.peer for each in active if not each.latest_handshake or status.at - each.latest_handshake > _RECENT]
    here = len(active) - len(away)
    detail = f"{here} of {len(active)} devices are connected to this machine"
    if not away:
        return ok("friends", detail)
    names = ", ".join(f"{peer.device} of {peer.owner_name}" for peer in away[:8])
    more = f" and {len(away) - 8} more" if len(away) > 8 else ""
    return warning(
        "friends",
        f"{detail}; away are {names}{more}",
        "With a name in the config: switch the tunnel off and on once. With an old address: /rotate.",
        "The bot tells each owner which of the two it is.",
    )
