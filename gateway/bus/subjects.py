"""What the subjects of the bus are called, and what each client may do with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

BOT = "bot"
"""The bot's name as a client, which no region may have."""
DIRECTORY = "GG_DIRECTORY"
"""The bucket with an entry for each region, which that region alone writes."""
MEMBERSHIP = "GG_MEMBERSHIP"
"""The log: the stream of decisions on members, which the bot alone writes. Each region has a consumer of its name."""
DECISIONS = "guildgate-membership.*"
LEASE = "GG_LEASE"
"""The bucket that says which of a region's two machines serves."""
STATE = "GG_STATE"
"""The stream with the newest sealed copy of each region's state, which the region's two machines alone have."""
STATES = "guildgate-state.*"
PULSES = "guildgate-pulse.*"
ENTRIES = f"$KV.{DIRECTORY}.*"
_KEPT, _LEASES = f"KV_{DIRECTORY}", f"KV_{LEASE}"  # the streams under the buckets

Permissions = Mapping[str, Mapping[str, object]]
"""The permissions of a user, as nats-server's configuration has them. JSON is a form of that."""


def request(region: str, operation: str) -> str:
    return f"guildgate.{region}.{operation}"


def requests(region: str) -> str:
    return request(region, "*")


def pulse(region: str) -> str:
    return f"guildgate-pulse.{region}"


def event(region: str, watch: str) -> str:
    """Name where the lines of one watch go."""
    return f"guildgate-event.{region}.{watch}"


def answer(region: str, inbox: str, number: str) -> str:
    """Name where one answer goes."""
    return f"{event(region, inbox)}.{number}"


def answers(inbox: str) -> str:
    return answer("*", inbox, "*")


def entry(region: str) -> str:
    """Name where the region writes its entry of the directory."""
    return f"$KV.{DIRECTORY}.{region}"


def decision(owner: str) -> str:
    """Name where the newest decision on a member is."""
    return DECISIONS.replace("*", owner)


def standby(region: str) -> str:
    """Name the region's second machine as a client. No region's name has an underscore."""
    return f"{region}_standby"


def lease(region: str) -> str:
    """Name where the region's two machines write which of them serves."""
    return f"$KV.{LEASE}.{lease_key(region)}"


def lease_key(region: str) -> str:
    return f"gateway.{region}"


def state(region: str) -> str:
    """Name where the machine that serves sends its copies, and the other one hears them."""
    return f"guildgate-state.{region}"


def inbox(client: str) -> str:
    """Return the prefix of a client's own inboxes, by which no other client hears its answers."""
    return f"_INBOX.{client}"


def of_gateway(region: str, client: str = "") -> Permissions:
    """Return what a region's gateway may do: answer, and tell of itself. It cannot make a consumer.

    `client` is the region, or its standby. Both may do the same, because each of them may be the one that serves.
    """
    publish = (
        pulse(region),
        event(region, ">"),
        entry(region),
        f"$JS.API.CONSUMER.MSG.NEXT.{MEMBERSHIP}.{region}",
        f"$JS.ACK.{MEMBERSHIP}.{region}.>",
        lease(region),
        f"$JS.API.DIRECT.GET.{_LEASES}.{lease(region)}",
        state(region),
        f"$JS.API.DIRECT.GET.{STATE}.{state(region)}",
    )
    # Without `allow_responses`: whatever leads a message here could have this gateway publish to any subject.
    return _allowed(publish, (requests(region), state(region), f"{inbox(client or region)}.>"))


def of_bot() -> Permissions:
    """Return what the bot may do: ask each region, hear what regions tell, and write what it decided."""
    publish = (
        "guildgate.>",
        DECISIONS,
        ENTRIES,
        f"$KV.{LEASE}.{lease_key('*')}",
        *(f"$JS.API.STREAM.{verb}.{name}" for verb in ("INFO", "CREATE") for name in (_KEPT, _LEASES, STATE)),
        f"$JS.API.STREAM.PURGE.{STATE}",
        f"$JS.API.DIRECT.GET.{_KEPT}.>",
        *(f"$JS.API.STREAM.{verb}.{MEMBERSHIP}" for verb in ("INFO", "CREATE")),
        f"$JS.API.CONSUMER.LIST.{MEMBERSHIP}",
        *(f"$JS.API.CONSUMER.{verb}.{MEMBERSHIP}.>" for verb in ("INFO", "DURABLE.CREATE", "DELETE")),
    )
    return _allowed(publish, (f"{inbox(BOT)}.>", PULSES, event("*", ">"), ENTRIES))


def _allowed(publish: Sequence[str], subscribe: Sequence[str]) -> dict[str, Mapping[str, object]]:
    return {"publish": {"allow": list(publish)}, "subscribe": {"allow": list(subscribe)}}
