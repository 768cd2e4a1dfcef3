"""The process that keeps `public_address` as a name: the only one that reads the secret of the DNS.

    gateway ── WatchName ──▶ keeper.py ──▶ zone.py   the zone's name server, by RFC 2136 and TSIG
            ◀── KeepName ──      │    └──▶ url.py    a provider's URL, as DuckDNS has one

It has no capability, and its system user may ask the gateway for these two operations.
"""
