"""A look at the bus for `guildgate doctor`: `python -m gateway.bus.look --config FILE` prints what regions tell.

It is a process of its own, because nats-py's licence does not go with libnftables', which the doctor loads.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error
from nats.js.errors import NotFoundError

from gateway import config
from gateway.bus import access, once, subjects, told
from gateway.bus.access import Access
from gateway.bus.last import last
from gateway.bus.seen import Place, Seen
from gateway.bus.told import Entry, Pulse
from gateway.codec import to_json
from gateway.config import FleetSection
from gateway.errors import ConfigError, HostProblem
from gateway.host.privilege import give_up_all

_LOOK_S = 2.5 * told.PULSE_S


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--user", help="system user to become once everything is read")
    options = parser.parse_args()
    seen = Seen()
    try:
        section = config.load(options.config).fleet
        if section:
            own = access.read(section, subjects.BOT)
            give_up_all(options.user)
            seen = asyncio.run(look(section, own))
    except (ConfigError, HostProblem, Error, OSError) as error:
        seen = Seen(problem=str(error) or type(error).__name__)
    sys.stdout.write(to_json(seen))
    return 0


async def look(section: FleetSection, own: Access) -> Seen:
    """Listen for some seconds. Raise Error or OSError."""
    clocks = dict[str, float]()

    async def hear(message: Msg) -> None:
        if pulse := told.read(Pulse, message.data):
            ahead = (pulse.at - datetime.now(UTC)).total_seconds()
            region = message.subject.rpartition(".")[2]
            clocks[region] = min(ahead, clocks.get(region, ahead), key=abs)  # the others were longer on their way

    async with once.connected(section, own) as client:
        await client.subscribe(subjects.PULSES, cb=hear)
        places = await _directory(client)
        await asyncio.sleep(_LOOK_S)
    return Seen(places=places, clocks=clocks)


async def _directory(client: Client) -> tuple[Place, ...]:
    found = list[Place]()
    with suppress(NotFoundError):  # the bot has not made it yet
        stream = client.jetstream(timeout=once.ANSWER_S)
        info = await stream.stream_info(f"KV_{subjects.DIRECTORY}", subjects_filter=">")
        for subject in info.state.subjects or {}:
            region = subject.rpartition(".")[2]
            content, _ = await last(client, f"KV_{subjects.DIRECTORY}", subject, once.ANSWER_S)
            entry = told.read(Entry, content)
            if entry and entry.region == region:
                found.append(Place(region=entry.region, subnet4=entry.subnet4, subnet6=entry.subnet6))
    return tuple(found)


if __name__ == "__main__":
    sys.exit(main())
