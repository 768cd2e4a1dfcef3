"""The import table: what each room may import, and why.

An import that no row allows is a mistake, or a decision to write down here.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The gateway's modules go by their name alone.
VALUES = "model errors keys problem cause access devices"
CONTRACT = (
    f"{VALUES} api.contract api.connections api.decisions api.diagnosis api.events api.forgetting api.history "
    "api.holders api.measures api.naming api.pair api.standby api.target"
)
ABOVE_GAMES = f"{CONTRACT} bot.core bot.games"

# A room is a folder, or a file outside of any folder. It may import rooms, modules or single names.
ROOMS = {
    "gateway": ("", "a package is only its documentation"),
    "gateway.errors": ("", "the tree that both processes raise stands on nothing"),
    "gateway.access": ("", "from where players may come, which both processes show"),
    "gateway.devices": ("errors", "which device is meant, which both processes find"),
    "gateway.model": ("errors access", "values, and the errors of those that cannot be"),
    "gateway.keys": ("model", "the private half of a Key"),
    "gateway.times": ("model", "reads times as people write them, on Discord and in a terminal"),
    "gateway.problem": ("", "the words of problems, which both processes say"),
    "gateway.cause": ("", "the names of what the doctor finds, which both processes know"),
    "gateway.codec": ("", "lies in no folder because the configuration and the API both read by it"),
    "gateway.version": ("", "the one word of which version this is, and the order of versions"),
    "gateway.update": (
        f"{VALUES} config holder host.privilege logs version bot.config",
        "replaces both programs, so it asks little of either: where their databases lie, and whose they are",
    ),
    "gateway.holder": ("", "names the process that is in the way, to all that find one"),
    "gateway.backoff": ("", "four lines that anything may use"),
    "gateway.logs": ("", "how lines of every process reach stderr, and texts a terminal"),
    "gateway.sqlite": ("errors", "opens both processes' databases, so it knows the tables of neither"),
    "gateway.config": (
        f"{VALUES} codec api.contract.PolicyInfo",
        "the sections, read first of all; what members are told of [policy] stands once, in the contract",
    ),
    "gateway.network": (f"{VALUES} config", "values of the host's network, which hold configured services"),
    "gateway.api": (f"{VALUES} codec logs holder", "both ends of the socket, and not what carries a request out"),
    "gateway.trust": (
        f"{VALUES} codec config api.signed",
        "the keys of a fleet's two ends, which each end and the terminal read",
    ),
    "gateway.host": (f"{VALUES} config network holder", "looks at the host, and knows nothing of the state"),
    "gateway.wireguard": (
        (
            f"{VALUES} config network holder host api.contract.Issued api.contract.PeerInfo "
            "api.contract.PRIVATE_KEY_PLACEHOLDER"
        ),
        "makes what it is told to; of the API only what a client's config is issued in",
    ),
    "gateway.nftables": (f"{VALUES} config network host", "makes what it is told to, without the other data path"),
    "gateway.state": (
        (
            f"{CONTRACT} codec config network sqlite backoff logs version host wireguard nftables "
            "api.dispatch.handlers api.operations api.signed.SIGNED"
        ),
        "decides, stores and applies by all below; it is served by others, so it knows no server",
    ),
    "gateway.foreign": (
        f"{VALUES} config network host nftables.elements.TABLE",
        "judges other programs' rules; of ours it has to know the table's name",
    ),
    "gateway.backup": (
        (
            f"{VALUES} codec config holder host.host host.ownuser.DEFAULT_USER host.privilege state.schema state.store "
            "state.history state.problems bot.config bot.chosen"
        ),
        "copies what both processes store, and reads the settings of both to find it",
    ),
    "gateway.standby": (
        (
            f"{VALUES} api.contract api.pair api.signed.SIGNED backup.archive backup.collect host.host host.notify "
            "logs state.copies state.schema trust version bot.chosen.write_file"
        ),
        "copies what the gateway stores, as a backup's archive, and puts it in place elsewhere, when it is its turn",
    ),
    "gateway.doctor": (
        (
            f"{CONTRACT} api.client api.transport backup.archive backup.automatic bus.seen codec config network host "
            "foreign standby.copy standby.kept trust wireguard nftables state.schema state.moved.is_bare version "
            "bot.config bot.report"
        ),
        "probes by the gateway's own means; what it takes of the bot loads no discord.py",
    ),
    "gateway.terminal": (
        (
            f"{VALUES} times api backup codec config logs holder.Held host.onlyone doctor offline bot.config "
            "enrolment.fleet"
        ),
        (
            "a client like the bot, for people at the machine; what the doctor found; what works without a gateway; "
            "and what the server of a restored fleet runs by"
        ),
    ),
    "gateway.demo": (
        (
            f"{VALUES} times api codec config logs host.child host.netlink.in_thread host.nft terminal enrolment "
            "bot.core bot.fleet bot.games bot.access.decisions bot.access.membership.SCHEMA "
            "bot.access.buttons bot.access.purpose bot.access.screens bot.access.wanted "
            "bot.ports.answer bot.ports.flowlist bot.ports.hops bot.ports.opening bot.ports.typed "
            "bot.admin.details bot.admin.diagnosis bot.admin.lists bot.panel.guide"
        ),
        "starts gateways as processes of their own; it has the bot's parsers, words and fleet, to teach what is true",
    ),
    "gateway.daemon": (
        (
            f"{VALUES} api codec config network sqlite backoff backup.archive.DATABASE backup.automatic holder host "
            "wireguard nftables foreign doctor standby state trust version update.switch.note_serving"
        ),
        "wires the gateway's process with the doctor in it, and says which version serves",
    ),
    "gateway.offline": (
        f"{CONTRACT} api.dispatch config network holder host wireguard nftables foreign state daemon",
        "wires the gateway's operations for one command, without a server",
    ),
    "gateway.setup": (
        (
            f"{VALUES} config logs host.privilege supervisor.SYSTEM_USER doctor.discord.bot_user bot.config bot.chosen "
            "bot.report"
        ),
        "asks at the terminal what the bot needs to start; its look at Discord is a child of the bot's",
    ),
    "gateway.takeover": (
        (
            f"{CONTRACT} codec config holder logs host state.changes state.planner state.ports state.store "
            "wireguard daemon.load_private_key daemon.write_private_key"
        ),
        "makes the state of a gateway that never ran, by its planner and its store, and without its kernel",
    ),
    "gateway.supervisor": (
        "errors logs backoff host.folder",
        "starts both processes, and waits for months, so each import costs memory; it reads no more than the token",
    ),
    "gateway.up": (
        f"{VALUES} config logs host.privilege supervisor",
        "checks the configuration, and becomes the supervisor",
    ),
    "gateway.bus": (
        f"{VALUES} codec config backoff logs host.privilege",
        "both ends of the bus, and what each may do there; of requests it knows nothing",
    ),
    "gateway.enrolment": (
        (
            f"{VALUES} api.signed bus codec config host.ownuser.DEFAULT_USER host.privilege logs "
            "setup.files.with_values supervisor trust bot.chosen.write_file"
        ),
        "makes the keys of a fleet and its servers' configuration; the commands for both ends are here",
    ),
    "gateway.courier": (
        f"{CONTRACT} api.client api.signed.LOGGED api.transport bus codec config logs service version",
        "carries what it cannot read, with nats-py, whose licence keeps it out of processes that load libnftables",
    ),
    "gateway.service": (
        f"{VALUES} config logs host.lifetime host.privilege",
        "the frame of the three small processes, which give up privileges and run until a signal",
    ),
    "gateway.names": (
        f"{CONTRACT} api.client api.transport backoff config service",
        "a client that reads a secret and speaks to the Internet, and knows nothing of the host",
    ),
    "gateway.metrics": (
        f"{CONTRACT} api.client api.transport config host.privilege service",
        "a client with prometheus_client, whose licence keeps it out of processes that load libnftables",
    ),
    "gateway.__main__": (
        (
            f"{CONTRACT} api.signed config logs backup.automatic daemon foreign.listing nftables.flows.open_text "
            "holder host.lifetime host.ownuser host.privilege offline sqlite state.flowlog state.history state.store "
            "trust up update demo enrolment setup takeover terminal version bot.__main__.main names.__main__.main "
            "metrics.__main__.main courier.__main__.main"
        ),
        "the one command; of the bot it knows where it begins, and it opens what only root may",
    ),
    # The bot is unprivileged by what it can reach: of the gateway's it imports values and the client. Its own rooms
    # import down only: core < games < log < access = matches < ports < nights < admin < panel < commands < app.
    "bot": ("", "a package is only its documentation"),
    "bot.config": (
        f"{VALUES} config codec bot.chosen",
        "reads [discord]; the terminal reads it as well, so no discord.py",
    ),
    "bot.core": (
        f"{CONTRACT} logs sqlite backoff network.is_private bot.config",
        "stands below all rooms and knows none",
    ),
    "bot.fleet": (
        (
            f"{CONTRACT} api.client api.signed api.transport bus codec config.FleetSection trust version "
            "bot.core.gateway bot.core.live bot.core.roles"
        ),
        "makes one gateway of several, for the rooms that know one",
    ),
    "bot.games": (CONTRACT, "games and their servers, without Discord"),
    "bot.graphs": (CONTRACT + " bot.core", "pictures of what the gateway counted; the rooms above show them"),
    "bot.log": (f"{ABOVE_GAMES} version", "the other rooms tell it values of the core"),
    "bot.access": (
        f"{ABOVE_GAMES} api.client.with_private_key bot.log",
        "hands out configs, into which it alone writes the private key",
    ),
    "bot.matches": (f"{ABOVE_GAMES} codec bot.log", "stores cards by the codec of the API, whose values they hold"),
    "bot.ports": (
        f"{ABOVE_GAMES} times bot.log bot.access bot.matches bot.config.Timezone",
        "a port that is opened offers its card",
    ),
    "bot.nights": (
        f"{ABOVE_GAMES} codec times bot.matches bot.ports.suggest bot.ports.opening bot.ports.typed",
        "opens ports as members do, stores series by the codec of the API, and shows cards",
    ),
    "bot.admin": (
        f"{ABOVE_GAMES} version bot.config bot.log bot.access bot.matches bot.ports bot.graphs",
        "admins act on all that is below",
    ),
    "bot.panel": (
        f"{ABOVE_GAMES} codec bot.config.PostKind bot.log bot.access bot.matches bot.ports bot.nights bot.admin",
        "shows all, and its buttons lead to every room",
    ),
    "bot.commands": (
        (
            f"{ABOVE_GAMES} times version bot.log bot.access bot.matches bot.ports bot.nights bot.graphs bot.admin "
            "bot.panel"
        ),
        "hands over to every room",
    ),
    "bot.app": (
        (
            f"{ABOVE_GAMES} bot.config bot.fleet bot.graphs bot.log bot.access bot.matches bot.ports bot.nights "
            "bot.admin bot.panel bot.commands bot.setup"
        ),
        "wires the bot's process",
    ),
    "bot.chosen": ("errors codec", "files of the bot that the terminal writes as well, so no discord.py"),
    "bot.setup": (
        f"{ABOVE_GAMES} bot.config bot.chosen",
        "has the configuration chosen in Discord, and stands beside the rooms that live by it",
    ),
    "bot.scout": ("codec bot.core bot.report", "looks at Discord for the set-up, before there is a configuration"),
    "bot.report": ("codec", "what the look at Discord found, for the doctor, so no discord.py"),
    "bot.survey": (
        f"{ABOVE_GAMES} bot.config bot.app bot.report",
        "looks at Discord for the doctor, by what the bot itself looks with",
    ),
    "bot.__main__": (
        (
            f"{ABOVE_GAMES} api.client api.transport backoff logs holder host.lifetime host.privilege sqlite version "
            "bot.config bot.fleet bot.app bot.survey bot.scout bot.chosen"
        ),
        "starts it, and gives up privileges by the gateway's means",
    ),
}

EFFECTS = {
    "aiohttp", "aiosqlite", "asyncio", "ctypes", "fcntl", "logging", "nftables", "os", "pyroute2", "random", "secrets",
    "select", "selectors", "signal", "sqlite3", "ssl", "subprocess", "threading", "time",
}  # fmt: skip
"""Modules with effects. `socket` is not among them, because it has the names of the kernel's constants."""

SHAPES = f"{CONTRACT} config network"
"""Values that tell pure modules about the configuration and the network."""

# Decisions without effects, each with what it may import besides other pure ones and `SHAPES`. They are tested by
# values alone; something that waits or writes in one of them would go unseen.
PURE = {
    "gateway.access": "",
    "gateway.model": "",
    "gateway.problem": "",
    "gateway.times": "",
    "bot.nights.schedule": "",
    "bot.nights.series": "bot.nights.schedule",
    "gateway.backup.archive": "",
    "gateway.standby.copy": "gateway.state.schema.STEPS",
    "gateway.api.signed": "",
    "gateway.bus.carrying": "",
    "gateway.bus.subjects": "",
    "gateway.bus.told": "",
    "gateway.courier.lease": "",
    "gateway.codec": "",
    "gateway.host.host": "",
    "gateway.host.uplink": "",
    "gateway.state.addresses": "",
    "gateway.state.addressrules": "",
    "gateway.state.connections": "",
    "gateway.state.forgetting": "",
    "gateway.state.happenings": "",
    "gateway.state.limits": "",
    "gateway.state.moved": "gateway.host.surroundings.Surroundings",
    "gateway.state.owners": "",
    "gateway.state.playing": "",
    "gateway.state.ports": "",
    "gateway.state.slots": "",
    "gateway.state.portrules": "",
    "gateway.state.suspensions": "",
    "gateway.state.tunnelpeers": "gateway.wireguard.device",
    "gateway.state.planner": "",
    "gateway.state.players": "gateway.nftables.forwarded.Gone gateway.nftables.forwarded.Seen",
    "gateway.nftables.elements": "",
    "gateway.nftables.flow": "",
    "gateway.nftables.stale": "",
    "gateway.nftables.text": "",
    "gateway.takeover.found": "",
    "gateway.takeover.rules": "",
    "gateway.takeover.wgquick": "",
    "gateway.takeover.plan": "",
    "gateway.foreign.packet": "",
    "gateway.foreign.walk": "",
    "gateway.foreign.iptables": "",
    "gateway.foreign.marks": "",
    "gateway.foreign.samples": "",
    "gateway.terminal.connections": "",
    "gateway.terminal.news": "gateway.logs.safe",
    "gateway.terminal.text": "gateway.logs.safe",
    "bot.fleet.ids": "codec",
    "bot.fleet.joining": "",
    "bot.fleet.routing": "",
    "bot.fleet.versions": "bus.told version",
    "bot.core.names": "bot.config.Kind bot.config.Named",
    "bot.core.needs": "bot.config.DiscordSection",
    "bot.core.notes": "",
    "bot.core.render": "",
    "bot.core.differences": "",
    "bot.core.mentions": "",
    "bot.core.checks": "",
    "bot.core.problems": "",
    "bot.core.roles": "bot.config.DiscordSection",
    "bot.core.status": "",
    "bot.core.words": "",
    "bot.log.entries": "",
    "bot.log.releases": "",
    "bot.log.repeats": "",
    "bot.matches.address": "bot.games.games",
    "bot.matches.card": "",
    "bot.matches.told": "",
    "bot.ports.flowlist": "",
    "bot.ports.hops": "bot.games.games bot.games.probe.Answer bot.games.probe.Outcome bot.games.probe.query_of",
    "bot.admin.lists": "bot.games.games",
    "bot.admin.details": "",
    "bot.admin.diagnosis": "",
    "bot.panel.overview": "",
    "bot.panel.course": "",
    "bot.panel.stories": "bot.config.PostKind",
    # Faces: a value in, a message with its buttons out. Modules of buttons may also handle what is pressed.
    "bot.access.screens": "bot.access.buttons bot.access.purpose bot.core.buttons",
    "bot.access.wanted": "bot.access.buttons bot.access.purpose bot.core.buttons",
    "bot.admin.settings": "bot.config",
    "bot.graphs.picture": "",
    "bot.matches.face": "bot.core.buttons bot.matches.buttons",
    "bot.panel.face": "bot.core.buttons bot.panel.buttons",
    "bot.ports.answer": "bot.core.buttons bot.matches.buttons bot.ports.change bot.ports.otherport",
}


def modules() -> dict[str, Path]:
    files = (file for package in ("gateway", "bot") for file in (ROOT / package).rglob("*.py"))
    named = {".".join(file.relative_to(ROOT).with_suffix("").parts): file for file in files}
    return {name.removesuffix(".__init__"): file for name, file in named.items()}


MODULES = modules()


@cache
def imported(module: str) -> set[str]:
    """Return everything imported, wherever the statement stands, as full names."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import hides where something comes from"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def ours(module: str) -> set[str]:
    return {name for name in imported(module) if name.partition(".")[0] in ("gateway", "bot")}


def lies_in(name: str, places: str) -> bool:
    full = (place if place.startswith(("gateway.", "bot.")) else f"gateway.{place}" for place in places.split())
    return any(f"{name}.".startswith(f"{place}.") for place in full)


def module_of(name: str) -> str:
    while name not in MODULES:
        name = name.rpartition(".")[0]
    return name


def room_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_its_row_allows(room: str) -> None:
    """An import beside the table would be a second way around the wiring, and soon a circle."""
    may, why = ROOMS[room]
    for module in (module for module in MODULES if room_of(module) == room):
        more = {name for name in ours(module) if not lies_in(name, f"{room} {may}")}
        assert not more, f"{module} imports {sorted(more)}; {room}: {why}"


def test_every_room_has_a_row_and_every_row_a_room() -> None:
    """A new room gets its row before it imports."""
    assert ROOMS.keys() == {room_of(module) for module in MODULES}


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_imports_no_effects(module: str) -> None:
    """The rule covers effects of the standard library and ours."""
    may = " ".join((module, *PURE, SHAPES, PURE[module]))
    assert not {name for name in imported(module) if name.partition(".")[0] in EFFECTS}
    assert not {name for name in ours(module) if not lies_in(name, may)}


def test_a_module_that_calls_itself_pure_is_held_to_it() -> None:
    says = {name for name, file in MODULES.items() if "Pure." in (ast.get_docstring(ast.parse(file.read_text())) or "")}
    assert says <= PURE.keys()


def circle(graph: Mapping[str, Collection[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports inside functions and for type checkers count, because such modules cannot be read one by one."""
    assert circle({module: {module_of(name) for name in ours(module)} - {module} for module in MODULES}) == []


def test_no_rooms_import_each_other_in_a_circle() -> None:
    """The rule holds even where their modules do not."""
    rooms: dict[str, set[str]] = {}
    for module in MODULES:
        found = {room_of(module_of(name)) for name in ours(module)}
        rooms[room_of(module)] = rooms.get(room_of(module), set()) | found - {room_of(module)}
    assert circle(rooms) == []


def test_a_circle_is_found() -> None:
    assert set(circle({"a": ["b"], "b": ["c"], "c": ["b"]})) == {"b", "c"}
    assert circle({"a": ["b", "c"], "b": ["c"], "c": []}) == []
