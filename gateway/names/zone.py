"""Keeps the records of a name in its zone by RFC 2136, signed by TSIG (RFC 8945).

It changes what differs and no more: the name's A and AAAA, and `_minecraft._tcp` below it. The zone is asked first,
because a change without a difference would still be sent to each secondary.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.tsig
import dns.update
from dns.rdatatype import AAAA, CNAME, SRV, A, RdataType

from gateway.api.naming import NameTarget
from gateway.config import NamesSection
from gateway.errors import NameNotKept
from gateway.names.secret import TsigKey

log = logging.getLogger(__name__)
AGAIN_S = 300.0  # until the zone is looked at again, because another program may have changed it
_TIMEOUT_S = 10.0
_UNREADABLE = (dns.rcode.REFUSED, dns.rcode.NOTAUTH)
_WRONG_KEY = (dns.tsig.PeerBadKey, dns.tsig.PeerBadSignature, dns.tsig.BadSignature, dns.tsig.BadKey)
MINECRAFT = "_minecraft._tcp"


def warm_up() -> None:
    """Import what the library imports on first use, because the process's own user may not read it."""
    kinds = ("IN.A", "IN.AAAA", "IN.SRV", "ANY.CNAME", "ANY.SOA", "ANY.TSIG", "ANY.OPT")
    for module in ("dns._asyncio_backend", *(f"dns.rdtypes.{kind}" for kind in kinds)):
        importlib.import_module(module)


class _Refused(NameNotKept):
    """The zone takes no such change by this key."""


class Zone:
    """The zone on its primary name server."""

    again_s = AGAIN_S

    def __init__(self, section: NamesSection, key: TsigKey) -> None:
        self._section = section
        self._key = dns.tsig.Key(key.name, key.secret, key.algorithm)  # its repr would show the secret
        self._key_name = key.name.rstrip(".")
        self._zone = dns.name.from_text(section.zone)
        self._sent: dict[tuple[dns.name.Name, RdataType], tuple[str, ...]] = {}  # to a server that shows nothing
        self._told = ""

    async def keep(self, target: NameTarget) -> int | None:
        """Make the records be as the target says. Return where the SRV record leads, None without one.

        Raise NameNotKept. What keeps the SRV record away is logged only, because the zone may allow none.
        """
        name = dns.name.from_text(target.name)
        with self._translated(f"{self._section.zone}'s name server {self._section.server}"):
            server = await self._address()
            if target.ipv4:
                await self._set(server, name, A, str(target.ipv4))
            elif await self._found(server, name, A) == set():
                raise NameNotKept(
                    reason=f"this host's own address is private and {target.name} has no A record; write one by hand"
                )
            await self._set(server, name, AAAA, *([str(target.ipv6)] if target.ipv6 else []))
            if not self._section.srv:
                return None
            return await self._keep_srv(server, name, target.srv_port)

    async def _keep_srv(self, server: str, name: dns.name.Name, port: int | None) -> int | None:
        records = [f"0 5 {port} {name}"] if port else []
        try:
            await self._set(server, dns.name.from_text(MINECRAFT, name), SRV, *records)
        except _Refused as error:
            if str(error) != self._told:
                log.warning("players of Minecraft have to type the port: %s; srv = false ends the attempts", error)
            self._told = str(error)
            return None
        self._told = ""
        return port

    async def _set(self, server: str, owner: dns.name.Name, kind: RdataType, *records: str) -> None:
        """Make these the records of that kind. Send nothing when they are."""
        found = await self._found(server, owner, kind)
        if set(records) == found or (found is None and records == self._sent.get((owner, kind))):
            return
        update = dns.update.UpdateMessage(self._zone, keyring=self._key)
        if records:
            update.replace(owner, self._section.ttl, kind, *records)
        else:
            update.delete(owner, kind)
        what = f"{kind.name} of {owner.to_text(omit_final_dot=True)}"
        refused = _Refused(reason=f"{self._section.server} refuses the key {self._key_name} to change {what}")
        try:
            rcode = (await self._ask(server, update)).rcode()
        except _WRONG_KEY:
            if found is None:
                raise
            raise refused from None  # Knot says so of a key that it has just accepted for the question
        if rcode == dns.rcode.NOTAUTH:
            raise self._not_in_charge()
        if rcode == dns.rcode.REFUSED:
            raise refused
        if rcode != dns.rcode.NOERROR:
            raise _Refused(reason=f"{self._section.server} answers a change of {what} by {dns.rcode.to_text(rcode)}")
        self._sent[owner, kind] = records
        log.info("%s is %s", what, ", ".join(records) or "away")

    async def _found(self, server: str, owner: dns.name.Name, kind: RdataType) -> set[str] | None:
        """Return the records in the zone as text, or None where the server shows none.

        Raise NameNotKept for an alias, because a server takes a change beside one and makes none.
        """
        question = dns.message.make_query(owner, kind)
        question.flags &= ~dns.flags.RD
        question.use_tsig(self._key)
        answer = await self._ask(server, question)
        if answer.rcode() in _UNREADABLE:
            return None
        if answer.get_rrset(answer.answer, owner, dns.rdataclass.IN, CNAME):
            text = owner.to_text(omit_final_dot=True)
            raise NameNotKept(reason=f"{text} is another name's alias (CNAME); delete that record")
        found = answer.get_rrset(answer.answer, owner, dns.rdataclass.IN, kind) or ()
        return {record.to_text().lower() for record in found}

    async def _ask(self, server: str, message: dns.message.Message) -> dns.message.Message:
        """Return the answer to a signed message. Raise NameNotKept where the server is not in charge of the zone.

        Such a server signs no answer, which the library takes for a malformed one. Neither does Knot 3.4 for a key that
        it does not know, or that may not do this: then raise PeerBadKey.
        """
        port = self._section.port
        try:
            return await dns.asyncquery.tcp(message, server, timeout=_TIMEOUT_S, port=port)
        except dns.exception.FormError:
            question = dns.message.make_query(self._zone, RdataType.SOA)
            answer = await dns.asyncquery.tcp(question, server, timeout=_TIMEOUT_S, port=port)
            if answer.flags & dns.flags.AA and answer.rcode() == dns.rcode.NOERROR and answer.answer:
                raise dns.tsig.PeerBadKey from None
            raise self._not_in_charge() from None

    def _not_in_charge(self) -> NameNotKept:
        return NameNotKept(reason=f"{self._section.server} is not in charge of the zone {self._section.zone}")

    async def _address(self) -> str:
        """Return the server's address, looked up anew each time, because it may move."""
        try:
            return str(ip_address(self._section.server))
        except ValueError:
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(_TIMEOUT_S):
                found = await loop.getaddrinfo(self._section.server, self._section.port, type=socket.SOCK_STREAM)
            return str(found[0][4][0])

    @contextmanager
    def _translated(self, server: str) -> Iterator[None]:
        """Raise NameNotKept for what the library and the network raise."""
        try:
            yield
        except _WRONG_KEY as error:
            raise NameNotKept(reason=f"{server} does not know the key {self._key_name} or its secret") from error
        except (dns.tsig.PeerBadTime, dns.tsig.BadTime) as error:
            raise NameNotKept(reason=f"{server} has another time than this host; set the clock") from error
        except (OSError, EOFError, dns.exception.Timeout) as error:
            raise NameNotKept(reason=f"{server} cannot be reached") from error
        except dns.exception.DNSException as error:
            raise NameNotKept(reason=f"{server} gives no usable answer ({type(error).__name__})") from error
