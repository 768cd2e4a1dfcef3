"""What a host keeps to itself while it waits to go on as the gateway: that nothing listens on the public address.

The provider leads the address here before the gateway's table stands. Meanwhile this kernel would answer players'
segments with resets and their datagrams with port-unreachable, and each open connection would end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.errors import apply_failed
from gateway.host import nft

TABLE = "guildgate_waiting"
_NONE = f"table inet {TABLE}; delete table inet {TABLE}"  # declared first, because a missing one is an error
# A reset without ACK answers a segment of a connection that is not known here (RFC 9293, 3.10.7.1). One with ACK
# refuses a new connection, or is a program's own. The codes are those of RFC 792 and RFC 4443.
TEXT = f"""\
{_NONE}
table inet {TABLE} {{
    chain output {{
        type filter hook output priority filter; policy accept;
        tcp flags & (rst | ack) == rst drop
        icmp type destination-unreachable icmp code 3 drop
        icmpv6 type destination-unreachable icmpv6 code 4 drop
    }}
}}
"""


@asynccontextmanager
async def hushed() -> AsyncIterator[None]:
    """Keep it for the length of the block. Raise ApplyFailed."""
    await _run(TEXT)
    try:
        yield
    finally:
        await asyncio.shield(_run(_NONE))


async def _run(text: str) -> None:
    (outcome,) = await asyncio.to_thread(nft.run, text)
    if outcome.code:
        raise apply_failed("the table of a host that waits", outcome.complaint)
