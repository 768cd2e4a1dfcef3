"""What the subjects of the bus are called, and what each client may do with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

BOT = "bot"
"""The bot's name as a client, which no region may have."""
DIRECTORY = "GG_DIRECTORY"
"""The bucket with an entry for each region, which that region alone writes."""
MEMBERSHIP = "GG_MEMBERSHIP"
"""The log: the stream of decisions on members, which the bot alone writes. A reader in it is called as its region."""
DECISIONS = "guildgate-membership.*"
PULSES = "guildgate-pulse.*"
ENTRIES = f"$KV.{DIRECTORY}.*"
_KEPT = f"KV_{DIRECTORY}"  # the stream under the bucket

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


def inbox(client: str) -> str:
    """Return the prefix of a client's own inboxes, by which no other client hears its answers."""
    return f"_INBOX.{client}"


def of_gateway(region: str) -> Permissions:
    """Return what a region's gateway may do: answer, and tell of itself. It cannot make a consumer."""
    publish = (
        pulse(region),
        event(region, ">"),
        entry(region),
        f"$JS.API.CONSUMER.MSG.NEXT.{MEMBERSHIP}.{region}",
        f"$JS.ACK.{MEMBERSHIP}.{region}.>",
    )
    # Without `allow_responses`: whatever leads a message here could have this gateway publish to any subject.
    return _allowed(publish, (requests(region), f"{inbox(region)}.>"))


def of_bot() -> Permissions:
    """Return what the bot may do: ask each region, hear what regions tell, and write what it decided."""
    publish = (
        "guildgate.>",
        DECISIONS,
        ENTRIES,
        *(f"$JS.API.STREAM.{verb}.{_KEPT}" for verb in ("INFO", "CREATE")),
        f"$JS.API.DIRECT.GET.{_KEPT}.>",
        *(f"$JS.API.STREAM.{verb}.{MEMBERSHIP}" for verb in ("INFO", "CREATE")),
        f"$JS.API.CONSUMER.LIST.{MEMBERSHIP}",
        *(f"$JS.API.CONSUMER.{verb}.{MEMBERSHIP}.>" for verb in ("INFO", "DURABLE.CREATE", "DELETE")),
    )
    return _allowed(publish, (f"{inbox(BOT)}.>", PULSES, event("*", ">"), ENTRIES))


def _allowed(publish: Sequence[str], subscribe: Sequence[str]) -> dict[str, Mapping[str, object]]:
    return {"publish": {"allow": list(publish)}, "subscribe": {"allow": list(subscribe)}}
