"""The newest message of a subject, as a stream has it.

nats-py takes a header `Status` of an empty message for the server's own, and then says that there is none, or raises
KeyError. Whatever leads a message into the stream could have each reader fail for ever.
"""

from __future__ import annotations

from nats.aio.client import Client

_NUMBER = "Nats-Sequence"  # the server appends it, and the last header of a name counts


async def last(client: Client, stream: str, subject: str, timeout_s: float) -> tuple[bytes, int]:
    """Return its content, and its number in the stream, which is 0 where there is none. Raise Error."""
    answer = await client.request(f"$JS.API.DIRECT.GET.{stream}.{subject}", timeout=timeout_s)
    return answer.data, int((answer.headers or {}).get(_NUMBER, 0))
