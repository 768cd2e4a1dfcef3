"""Settings of the host's kernel that the gateway borrows: forwarding, router advertisements, reserved ports.

A borrowed setting is one that the gateway changes while it runs and puts back when it stops.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from gateway.config import Config
from gateway.errors import NotSaved, why
from gateway.host.sysctl import (
    BOOT_ID,
    FORWARDING,
    RESERVED_PORTS,
    dotted,
    format_ports,
    forwarding_of,
    merge_ports,
    parse_ports,
    reverse_path,
    routing,
    too_strict,
    wanted,
)
from gateway.model import Desired
from gateway.state.kernel import Kernel
from gateway.state.store import Store

log = logging.getLogger(__name__)


class Borrowed:
    """The borrowed settings. Each is noted in the store before it is changed, so that a crash does not forget it."""

    def __init__(self, config: Config, store: Store, kernel: Kernel) -> None:
        self._config = config
        self._store = store
        self._host = kernel.host
        self._firewalls = kernel.firewalls
        self._settings: dict[str, str] = {}
        self._of_the_tunnel = {forwarding_of(config.gateway.interface): "1"}  # which go with it
        self._refused: dict[str, OSError] = {}  # by the setting's name, of the latest writes
        self._reserved_all = ""  # the list as it last held all ports of ours; parsing a long one takes milliseconds
        self._own: tuple[str, ...] = ()  # interfaces: the tunnel's and those that face the Internet

    @property
    def refused(self) -> frozenset[str]:
        """Name the settings that the kernel did not let the gateway change."""
        return frozenset(map(dotted, self._refused))

    async def prepare(self, interfaces: Sequence[str]) -> frozenset[int]:
        """Note what routing needs, and how it was found. `interfaces` face the Internet.

        Return the versions of IP that this host forwards only because the gateway wants it to. They stay the same after
        a kill, and after a stop that left forwarding on.
        """
        ipv6 = self._config.gateway.network6 is not None
        present = await self._host.settings([BOOT_ID, *routing(interfaces, ipv6=ipv6)])
        boot_id = present.pop(BOOT_ID)
        self._settings = wanted(present)
        known = (*self._settings, *self._of_the_tunnel, RESERVED_PORTS)
        self._refused = {n: error for n, error in self._refused.items() if n in known}
        stored = await self._noted("sysctl")
        noted = await self._with_writes(
            stored if stored.get("boot_id") == boot_id else {"boot_id": boot_id, "found": {}}
        )
        differing = {name: present[name] for name, value in self._settings.items() if present[name] != value}
        self._own = (self._config.gateway.interface, *interfaces)
        # The first find counts, because a second one was set by another program while the gateway ran.
        noted = noted | {"found": {**differing, **noted["found"]}}
        # Not so where the gateway may not write: a setting that is right since then was set by the admin, and stays.
        admins = noted["found"].keys() & self._refused.keys() - differing.keys()
        for name in admins:
            del noted["found"][name]
        if noted["found"] and "rules" not in noted:
            noted["rules"] = await self._forwarding_rules()
        if admins or (noted["found"] and noted != stored):
            await self._store.set_note("sysctl", json.dumps(noted))
        return frozenset(version for version, name in FORWARDING.items() if noted["found"].get(name) == "0")

    async def switch_on(self, *, ipv4: bool) -> None:
        """Change the forwarding of IPv4, or the other settings that routing needs. Raise OSError for a refusal."""
        chosen = {name: value for name, value in self._settings.items() if (name == FORWARDING[4]) is ipv4}
        chosen |= self._of_the_tunnel if ipv4 else {}
        differing = await self._differing(chosen)
        refused = await self._host.change_settings(differing)
        self._refused = {name: error for name, error in self._refused.items() if name not in chosen} | refused
        try:
            await self._host.watch_settings([name for name in FORWARDING.values() if name in self._settings])
        except OSError as error:
            log.warning("cannot see whether other programs switch forwarding on as well: %s", why(error))
        if refused:
            raise _refusal(refused, (f"{dotted(name)}={differing[name]}" for name in refused))

    async def strict(self) -> list[str]:
        """Return the settings of uplinks that drop players, and that only the admin changes."""
        _, *uplinks = self._own
        return too_strict(await self._host.settings(reverse_path(uplinks)), uplinks)

    async def _differing(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return those of the settings that the kernel has otherwise."""
        present = await self._host.settings(settings)
        return {name: value for name, value in settings.items() if present[name] not in (None, value)}

    async def reserve_ports(self, desired: Desired) -> None:
        """Keep the host's own sockets off forwarded ports. Raise OSError for a refusal.

        Masquerade is not bound by them, see nftables/text.py.
        """
        await self.write_ports(await self.note_ports(desired))
        ours = _ports(desired)
        noted = parse_ports(await self._store.note("reserved_ports") or "")
        if noted - ours:
            with suppress(NotSaved):  # a note of too many ports does no harm, and the next call shortens it
                await self._store.set_note("reserved_ports", format_ports(noted & ours))

    async def note_ports(self, desired: Desired) -> set[int] | None:
        """Note the ports that will be reserved, inside the caller's transaction. Return what to write after it.

        None means that the kernel has them already. The note covers what the kernel holds at every moment, so that a
        crash in between leaves nothing behind.
        """
        noted = parse_ports(await self._store.note("reserved_ports") or "")
        current = await self._reserved()
        merged, added = merge_ports(current, noted, _ports(desired))
        if added - noted:
            await self._store.set_note("reserved_ports", format_ports(added | noted))
        return merged if merged != current else None

    async def write_ports(self, merged: set[int] | None) -> None:
        """Write what `note_ports` returned. Raise OSError for a refusal."""
        self._refused.pop(RESERVED_PORTS, None)
        if merged is not None:
            self._reserved_all = ""
            refused = await self._host.change_settings({RESERVED_PORTS: format_ports(merged)})
            self._refused |= refused
            if refused:
                raise _refusal(refused, map(dotted, refused))

    async def drift(self, desired: Desired) -> set[str]:
        """Return the names of borrowed settings that another program changed."""
        present = await self._host.settings([*self._settings, RESERVED_PORTS])
        found = {name for name, value in self._settings.items() if present[name] != value}
        found |= (await self._differing(self._of_the_tunnel)).keys()
        reserved = present[RESERVED_PORTS] or ""
        if reserved != self._reserved_all or not reserved:
            if _ports(desired) <= parse_ports(reserved):
                self._reserved_all = reserved
            else:
                found.add(RESERVED_PORTS)
        return set(map(dotted, found))

    async def restore(self) -> None:
        """Put everything borrowed back as it was found. The note is cleared last, so a full disk stops nothing.

        Forwarding that another program came to need stays on and noted. So the next start knows how it was found.
        """
        noted = await self._with_writes(await self._noted("sysctl"))
        needed = await self._needed(noted)
        for name, reason in needed.items():
            log.warning("leaving %s on, because other programs came to need it: %s", dotted(name), reason)
        versions = set(map(_version, needed))
        kept = {name: value for name, value in noted.get("found", {}).items() if _version(name) in versions}
        found = {name: value for name, value in noted.get("found", {}).items() if name not in kept}
        present = await self._host.settings(found)
        differing = {name: value for name, value in found.items() if present[name] not in (None, value)}
        for name, error in (await self._host.change_settings(differing)).items():
            log.error("%s cannot be put back to %s (%s), as it was found", dotted(name), found[name], why(error))
            kept[name] = found[name]
        await self.reserve_ports(Desired())
        await self._store.set_note("sysctl", json.dumps(noted | {"found": kept} if kept else {}))

    async def _needed(self, noted: Mapping[str, Any]) -> dict[str, str]:
        """Return the settings that other programs came to need, each with what says so."""
        before = noted.get("rules")
        now = await self._forwarding_rules() if before else None
        needed = dict.fromkeys(noted.get("again", ()), "it was written again")
        if before and now:
            for version, name in FORWARDING.items():
                come = sorted(set(now[str(version)]) - set(before[str(version)]))
                if come:
                    needed[name] = come[0]
        return {name: reason for name, reason in needed.items() if noted.get("found", {}).get(name) == "0"}

    async def _with_writes(self, noted: dict[str, Any]) -> dict[str, Any]:
        """Add the forwarding settings that another program switched on after the gateway did."""
        written = await self._host.written_settings()
        again = {name for name, value in (await self._host.settings(written)).items() if value == "1"}
        return noted | {"again": sorted({*noted.get("again", ()), *again})} if again else noted

    async def _forwarding_rules(self) -> dict[str, list[str]] | None:
        """Return other programs' rules that need forwarding, as JSON has them. None means that they cannot be read."""
        found = await self._firewalls.forwarding_rules(self._own) if self._own else None
        return None if found is None else {str(version): sorted(rules) for version, rules in found.items()}

    async def _reserved(self) -> set[int]:
        return parse_ports((await self._host.settings([RESERVED_PORTS]))[RESERVED_PORTS] or "")

    async def _noted(self, name: str) -> dict[str, Any]:
        text = await self._store.note(name)
        return dict(json.loads(text)) if text else {}


def _refusal(refused: Mapping[str, OSError], settings: Iterable[str]) -> OSError:
    """Return the first refusal as one of all these settings."""
    first = next(iter(refused.values()))
    return OSError(first.errno, f"{', '.join(settings)} ({why(first)})")


def _ports(desired: Desired) -> set[int]:
    return {
        port for forward in desired.forwards.values() for port in range(forward.ports.first, forward.ports.last + 1)
    }


def _version(name: str) -> int:
    """Return the version of IP that a setting is about."""
    return 6 if name.startswith("net/ipv6/") else 4
