"""The fleet on the bot's host: regions added and taken out, and the files that follow from the ledger."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from gateway import trust
from gateway.api.signed import BotKey
from gateway.bus import subjects
from gateway.bus.access import Access
from gateway.config import BusServer, FleetSection
from gateway.enrolment import files, ledger, server
from gateway.enrolment.certificates import key_pem, pem
from gateway.enrolment.ledger import Ledger, Region
from gateway.enrolment.line import Invitation
from gateway.enrolment.secret import Secret
from gateway.enrolment.server import Places
from gateway.errors import HostProblem
from gateway.model import Key
from gateway.supervisor import SYSTEM_USER
from gateway.trust import BotTrust

SERVERS_USER = f"{SYSTEM_USER}-nats"  # as packaging/sysusers.conf and ./run make it


@dataclass(frozen=True, slots=True)
class Fleet:
    """The fleet of this host, by what config.toml says of it."""

    section: FleetSection

    @property
    def path(self) -> Path:
        """Return the ledger's file."""
        return self.section.ledger

    def places(self, known: Ledger) -> Places:
        """Return where nats-server's files lie."""
        return Places(self.config_of_servers.parent, known.store)

    @property
    def config_of_servers(self) -> Path:
        return self.section.bus_file.parent / "nats" / "server.json"

    @property
    def is_served(self) -> bool:
        """Report whether a server runs by that file."""
        known = self.read()
        return known is not None and server.process(self.places(known)) is not None

    def read(self) -> Ledger | None:
        return ledger.read(self.path)

    def add(
        self,
        name: str,
        subnet4: IPv4Network | None = None,
        subnet6: IPv6Network | None = None,
        *,
        again: bool = False,
        store: Path,
    ) -> Invitation:
        """Add a region, and make what is not there yet, with `store` for the server. Raise HostProblem.

        `again`: a new secret for a region that is there.
        """
        if name == self.section.beside:
            problem = f"{name} is the gateway beside the bot, which needs no line; name the new region otherwise"
            raise HostProblem(key="fleet.beside", problem=problem)
        known = self.read()
        is_new = known is None
        if known is None:
            bot = Secret.generate()
            known = ledger.new(bot.nkey.public, store)
        before = known.find(name)
        if before and not again:
            problem = f"{name} is there already; `guildgate fleet add {name} --again` makes another line for it"
            raise HostProblem(key="fleet", problem=problem)
        if again and not before:
            raise HostProblem(key="fleet", problem=f"there is no region {name} yet; leave --again out")
        number = before.number if before else known.next_number()
        own4, own6 = (before.subnet4, before.subnet6) if before else ledger.subnets_of(number)
        secret = Secret.generate()
        region = Region(
            name=name,
            number=number,
            subnet4=subnet4 or own4,
            subnet6=subnet6 or own6,
            nkey=secret.nkey.public,
            key=secret.answering.public_key,
            standby=before.standby if before else "",
        )
        after = known.with_region(region)
        key = BotKey.generate() if is_new else trust.read(BotTrust, self.section.key_file).key
        self._write_ledger(after)  # first, because no number may be given twice
        if is_new:
            self._write_access(after, bot)
        self._write(after, key)
        return self._invitation(after, region, secret, key)

    def add_standby(self, name: str, *, again: bool = False) -> Invitation:
        """Let a second machine of the region in. Raise HostProblem, also for an unknown region.

        `again`: a new secret for one that is let in.
        """
        known = self._known()
        region = known.get(name)
        if region.standby and not again:
            command = f"guildgate fleet add {name} --standby --again"
            raise HostProblem(key="fleet", problem=f"{name} has a standby; `{command}` makes another line for it")
        if again and not region.standby:
            raise HostProblem(key="fleet", problem=f"{name} has no standby yet; leave --again out")
        secret = Secret.generate()
        after = known.with_region(replace(region, standby=secret.nkey.public))
        key = trust.read(BotTrust, self.section.key_file).key
        self._write_ledger(after)
        self._write(after, key)
        return self._invitation(after, region, secret, key, of=region.key)

    def remove(self, name: str) -> bool:
        """Let a region in no more. Report whether a server has heard it. Raise HostProblem, also for an unknown one."""
        return self._replace(self._known().without(name))

    def remove_standby(self, name: str) -> bool:
        """Let the region's second machine in no more. See `remove`."""
        known = self._known()
        return self._replace(known.with_region(replace(known.get(name), standby="")))

    def _replace(self, made: Ledger) -> bool:
        self._write_ledger(made)
        return self._write(made, trust.read(BotTrust, self.section.key_file).key)

    def _invitation(
        self, known: Ledger, region: Region, secret: Secret, key: BotKey, *, of: Key | None = None
    ) -> Invitation:
        client = subjects.standby(region.name) if of else region.name
        return Invitation(
            region=region.name,
            number=region.number,
            servers=self.section.servers,
            subnet4=region.subnet4,
            subnet6=region.subnet6,
            bots=(key.public,),
            ca=known.ca,
            certificate=pem(known.authority.client(client, secret.tls.public_key())),
            secret=secret,
            of=of,
        )

    def renew(self) -> bool:
        """Give the bot other keys, because others may have those of before. Report whether a server has heard it.

        The bus lets those of before in no more. No region obeys the new ones until it has another line.
        """
        known, bot = self._known(), Secret.generate()
        after = replace(known, bot_nkey=bot.nkey.public)
        self._write_ledger(after)
        self._write_access(after, bot)
        return self._write(after, BotKey.generate())

    def _write_ledger(self, made: Ledger) -> None:
        files.make_folder(self.path.parent, mode=0o700)
        files.write(self.path, made.reveal())

    def _write_access(self, made: Ledger, bot: Secret) -> None:
        access = _access(subjects.BOT, bot, made.ca, pem(made.authority.client(subjects.BOT, bot.tls.public_key())))
        files.write(self.section.bus_file, access.reveal(), files.user(SYSTEM_USER))

    def _write(self, made: Ledger, key: BotKey) -> bool:
        """Write what the bot and the server know, and have the server read it. Report whether one runs."""
        regions = tuple(trust.Region(name=each.name, number=each.number, key=each.key) for each in made.regions)
        files.write(self.section.key_file, BotTrust(key=key, regions=regions).reveal(), files.user(SYSTEM_USER))
        return self._write_server(made)

    def write_server(self) -> bool:
        """Write what this host's server runs by anew, and have it read that. Report whether one runs.

        Raise HostProblem.
        """
        return self._write_server(self._known())

    @property
    def others(self) -> Sequence[BusServer]:
        """Return the servers on other hosts."""
        return self.section.servers[1:] if server.is_cluster(self.section.servers) else ()

    def packed(self, which: str, folder: Path | None, store: Path | None) -> bytes:
        """Return what the server of another host runs by, as a tar archive. It has secrets. Raise HostProblem.

        `folder` and `store` are where its files and what it stores lie there, as here by default.
        """
        known = self._known()
        if (own := server.find(self.others, which)) is None:
            names = ", ".join(map(str, self.others)) or "none; write three servers into `servers` of [fleet] for that"
            raise HostProblem(key="fleet", problem=f"there is no other server {which}; there is {names}")
        if not known.routes_ca:
            raise HostProblem(key="fleet", problem="this host comes first: `guildgate fleet server`")
        places, out = Places(folder or self.config_of_servers.parent, store or known.store), io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for each in server.files_of(known, self.section.servers, own, places):
                content = each.content.encode()
                entry = tarfile.TarInfo(each.name)
                entry.size, entry.mode = len(content), 0o600 if each.is_secret else 0o644
                entry.uname = entry.gname = SERVERS_USER if each.is_secret else "root"
                tar.addfile(entry, io.BytesIO(content))
        return out.getvalue()

    def _known(self) -> Ledger:
        known = self.read()
        if known is None:
            raise HostProblem(key="fleet", problem="there is none on this host")
        return known

    def _write_server(self, made: Ledger) -> bool:
        servers = self.section.servers
        if server.is_cluster(servers) and not made.routes_ca:
            made = made.with_routes()
            self._write_ledger(made)
        places, owner = self.places(made), files.user(SERVERS_USER)
        files.make_folder(places.folder)
        files.make_folder(places.store, owner, 0o700)
        for each in server.files_of(made, servers, servers[0], places):
            secret = (owner, 0o600) if each.is_secret else (None, 0o644)
            files.write(places.folder / each.name, each.content, *secret)
        return server.reload(places)


def access_of(invitation: Invitation) -> Access:
    """Return what lets a region's courier in."""
    return _access(invitation.client, invitation.secret, invitation.ca, invitation.certificate)


def _access(client: str, secret: Secret, ca: str, certificate: str) -> Access:
    seed, key = secret.nkey.reveal(), key_pem(secret.tls)
    return Access(client=client, seed=seed, ca=ca, certificate=certificate, certificate_key=key)
