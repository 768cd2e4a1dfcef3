"""Keeps a name by a provider's URL, as DuckDNS and the dyndns2 protocol have it: a GET with the address in it.

No text of the answer is passed on, because it may repeat the request.
"""

from __future__ import annotations

import asyncio
import http.client
import ssl
from base64 import b64encode
from urllib.parse import quote, unquote, urlsplit

from gateway.api.naming import NameTarget
from gateway.errors import NameNotKept, why
from gateway.names.secret import Template

AGAIN_S = 86400.0  # because providers forget names that are not renewed, and refuse those that are renewed often
LOOK_S = 300.0  # for a provider that looks where the request comes from; DuckDNS asks for that
_TIMEOUT_S = 15.0
# The first word of an answer that came with the status 200. The others are dyndns2's, "KO" is DuckDNS's.
_REFUSALS = {
    "KO": "the token or the name is wrong",
    "badauth": "the user or the password is wrong",
    "badsys": "a parameter of the URL is wrong",
    "badagent": "this program is refused",
    "notfqdn": "the name is not a full one",
    "nohost": "the name is not the account's",
    "!yours": "the name is not the account's",
    "numhost": "too many names are in the URL",
    "abuse": "the name was renewed too often and is blocked",
    "dnserr": "its name server fails",
    "911": "it is out of order",
}


class Url:
    """A provider. It has no SRV records."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self.again_s = AGAIN_S if "{ip}" in template.url else LOOK_S

    async def keep(self, target: NameTarget) -> None:
        """Tell the provider the address. Raise NameNotKept."""
        if target.ipv4 is None and "{ip}" in self._template.url:
            raise NameNotKept(
                reason="this host's own address is private; take {ip} out of the URL, so that the provider looks itself"
            )
        await asyncio.to_thread(self._get, target)

    def _get(self, target: NameTarget) -> None:
        values = {"{name}": target.name, "{ip}": target.ipv4, "{ip6}": target.ipv6}
        url = self._template.url
        for place, value in values.items():
            url = url.replace(place, quote(str(value or ""), safe=":"))
        parts = urlsplit(url)
        assert parts.hostname
        headers = {"User-Agent": "guildgate"}
        if parts.username is not None:
            account = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Authorization"] = f"Basic {b64encode(account.encode()).decode()}"
        where = f"the provider {parts.hostname}"
        try:
            connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=_TIMEOUT_S)
            try:
                connection.request("GET", f"{parts.path or '/'}?{parts.query}".rstrip("?"), headers=headers)
                answer = connection.getresponse()
                status, words = answer.status, answer.read(4096).decode(errors="replace").split()
            finally:
                connection.close()
        except ssl.SSLCertVerificationError:
            raise NameNotKept(reason=f"{where} shows a certificate that this host does not trust") from None
        except (OSError, http.client.HTTPException) as error:
            reason = why(error) if isinstance(error, OSError) else type(error).__name__
            raise NameNotKept(reason=f"{where} cannot be reached ({reason})") from None
        if words and (refusal := _REFUSALS.get(words[0])):
            raise NameNotKept(reason=f"{where} refuses: {refusal}")
        if status != http.client.OK:
            raise NameNotKept(reason=f"{where} answers with HTTP status {status}")
