"""One function for each parser. It takes any bytes, and raises only when the parser breaks its word.

A parser returns a value, or raises the errors that it names; it takes no long time, and no error of it quotes a secret.
"""

from __future__ import annotations

import json
import logging
import re
import struct
import time
import traceback
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from ipaddress import IPv4Address
from typing import Any, cast
from zoneinfo import ZoneInfo

import bot.app  # noqa: F401  # so that every component is known
from bot import config as bot_config
from bot.core.buttons import MAX_RANGE, Component
from bot.core.interaction import Explain
from bot.core.render import refusal
from bot.games import games
from bot.games.queries.kinds import QUERIES
from bot.games.queries.minecraft import MAX_STATUS
from bot.games.queries.query import MAX_COUNT, MAX_VERSION, Datagram
from bot.log import releases
from bot.nights.schedule import LONGEST, Every, upcoming
from bot.ports import typed
from gateway import config, logs, times
from gateway.api.contract import Actor
from gateway.api.dispatch import error_body, request_of
from gateway.codec import encode
from gateway.config import GatewaySection
from gateway.errors import BadRequest, CannotImport, ConfigError, GatewayError, OtherVersion
from gateway.foreign import advice, iptables
from gateway.foreign.packet import sample
from gateway.foreign.walk import NOTRACK, OFFLOAD, Ruleset, Walk
from gateway.host import listeners, netlink, rtnetlink
from gateway.host import notices as host_notices
from gateway.host.netlink import NetlinkRefused
from gateway.model import Desired, Duration, Key, PortRange, PortSpec, parse_ports
from gateway.network import Marks
from gateway.nftables import flows, forwarded, notices, table, wire
from gateway.nftables.elements import SETS
from gateway.state.ports import Ephemeral
from gateway.takeover import plan, wgquick
from gateway.version import released
from gateway.wireguard import kernel, userspace
from tests.fuzz.handed import backup, child_report, chosen_in_discord, enrolment_line
from tests.fuzz.talking import (
    bus_message,
    decision_entry,
    http,
    metrics_http,
    region_answer,
    region_told,
    sealed_answer,
    signed_request,
    words,
)

Target = Callable[[bytes], None]

_ROOT = Actor(id="uid:0", name="root", is_admin=True)

_LONGEST_S = 5.0  # of the processor; every input here takes less than a tenth of a second
_NOW = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # half an hour before Berlin's clocks go back
_ZONES = (UTC, ZoneInfo("Europe/Berlin"))
_PACKET = sample(
    "players",
    version="ipv4",
    protocol="tcp",
    interfaces=("eth0", "wg0"),
    addresses=(IPv4Address("198.51.100.7"), IPv4Address("10.66.66.2")),
    ports=(50607, 24680),
    nat="dnat",
)


def timed(target: Target, data: bytes) -> None:
    """Run one input, and raise AssertionError when it takes long."""
    began = time.thread_time()
    target(data)
    took_s = time.thread_time() - began
    assert took_s < _LONGEST_S, f"took {took_s:.1f} s of the processor"


def request(data: bytes) -> None:
    """Read an operation's name and, after a newline, its request. Encoding what was read gives the same request."""
    name, _, body = data.partition(b"\n")
    operation = name.decode(errors="replace")
    try:
        read = request_of(operation, body)
    except (BadRequest, OtherVersion) as error:
        assert len(error_body(error)) < 20 * len(data) + 2000
    else:
        assert request_of(operation, json.dumps(encode(read)).encode()) == read


def uapi(data: bytes) -> None:
    """Read what a program on wireguard-go's socket answers. The keys in it stand in no error."""
    words = {word.decode() for word in data.replace(b"=", b"\n").split() if len(word) >= 40 and word.isalnum()}
    for read in (userspace.parse, userspace.lines_of):
        try:
            read(data)
        except OSError as error:
            said = "".join(traceback.format_exception(error))
            assert not [word for word in words if word in said]


def _notices(payload: memoryview) -> object:
    return netlink._all_of(table._Notices("guildgate-0000").read, payload)


def _links(payload: memoryview) -> object:
    return netlink._all_of(host_notices._Watched("wg0", 7).read, payload)


_READERS: tuple[Callable[[memoryview], object], ...] = (
    netlink._messages,
    netlink._status,
    rtnetlink._link,
    rtnetlink._address,
    rtnetlink._route,
    flows._entry,
    lambda payload: flows._live_flow(payload, Marks()),
    lambda payload: wire.counters([payload], SETS["shed"]),
    lambda payload: wire.elements_in([payload], SETS["fwd4"]),
    lambda payload: kernel.parse([bytes(payload[4:])]),
    kernel._family_id,
    lambda payload: listeners._port(payload, 4),
    lambda payload: listeners._port(payload, 16),
    _notices,
    _links,
    lambda payload: netlink._all_of(notices.read, payload),
    lambda payload: netlink._all_of(partial(forwarded.read, Marks()), payload),
)


def netlink_message(data: bytes) -> None:
    """Read a payload by the reader whose number the first byte is. A key of 32 bytes stands in no error."""
    if not data:
        return
    try:
        _READERS[data[0] % len(_READERS)](memoryview(data)[1:])
    except NetlinkRefused as error:
        assert error.__suppress_context__
        assert len(str(error)) < 100


def _complain(ruleset: Ruleset) -> None:
    """Look for what stops one packet, because all that `complaints` looks for take thirty times as long."""
    for hook in ("forward", "input"):
        for key in ruleset.foreign(hook):
            if drop := Walk(ruleset, _PACKET).base(key):
                chain = advice._foreign_chain(ruleset, key, hook, {_PACKET.what: drop})
                assert advice.advice(chain, "wg0")
                assert advice._sentence([chain])
    for key in ruleset.foreign("prerouting"):
        advice._precedes_conntrack(ruleset.chains[key])
        for sought in (NOTRACK, OFFLOAD):
            Walk(ruleset, _PACKET, sought).base(key)


def iptables_save(data: bytes) -> None:
    """Read what iptables-save writes, and look through it for what stops our packets."""
    with suppress(ValueError):
        _complain(iptables.parse(data.decode(errors="replace"), "ip", legacy=True))


def nft_list(data: bytes) -> None:
    """Read what nft lists as JSON, and look through it."""
    with suppress(ValueError, RecursionError):
        document = json.loads(data)
        _complain(Ruleset.of(document))


def configuration(data: bytes) -> None:
    """Read a config.toml as gateway and bot do."""
    with suppress(ConfigError):
        raw = config.tables(data, "config.toml")
        config.parse(raw)
        section = bot_config.parse(raw.get("discord", {}))
        assert section.guild is None or int(section.guild) >= 0


def slash_options(data: bytes) -> None:
    """Read what a member types into an option: ports, a game, a duration, a key. A refusal is a short sentence."""
    text = data.decode(errors="replace")[:6000]  # Discord's limit
    readers: Iterable[Callable[[str], object]] = (
        typed.one_port,  # asks ports_or_game first
        Key.parse,
        Duration.parse,
        PortRange.parse,
        PortSpec.parse,
        parse_ports,
        games.find,
        games.suggest,
        *(lambda text, zone=zone: times.parse(text, _NOW, zone) for zone in _ZONES),
        *(lambda text, zone=zone: upcoming(Every.parse(text), LONGEST, _NOW, zone) for zone in _ZONES),
    )
    for read in readers:
        try:
            read(text)
        except Explain as error:
            _check_sentence(error.say(words()))
        except GatewayError as error:
            _check_sentence(refusal(words(), error))
        except ValueError as error:
            _check_sentence(str(error))


def _check_sentence(text: str) -> None:
    assert len(text) < 2000
    assert not [one for one in text if unicodedata.category(one) in ("Cc", "Cs")]


def _all_of(kind: type[Component]) -> Iterator[type[Component]]:
    if hasattr(kind, "prefix") and kind.__module__.startswith("bot."):
        yield kind
    for each in kind.__subclasses__():
        yield from _all_of(each)


def custom_id(data: bytes) -> None:
    """Read a custom_id as every component. What is read writes one that is read alike, and its ranges can be walked."""
    text = data.decode(errors="replace")
    for kind in _all_of(Component):
        component = kind.parse(text)
        if component is None:
            continue
        assert kind.parse(component.custom_id) == component
        values = [getattr(component, each.name) for each in fields(cast(Any, component))]
        assert all(0 < len(value) <= MAX_RANGE for value in values if isinstance(value, range))


def log_entry(data: bytes) -> None:
    """Log a text of others in every way. Each entry is one line, and only a traceback's lines follow, indented."""
    text = data.decode(errors="replace")
    try:
        raise ValueError(text)
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "a %s", (text,), (ValueError, error, None), None)
    first, *rest = logs.Formatter("gateway: %(message)s").format(record).split("\n")
    assert first.startswith("gateway: a ")
    assert all(line.startswith("    ") for line in rest)
    assert not [one for line in (first, *rest) for one in line if unicodedata.category(one) in ("Cc", "Zl", "Zp")]


def game_answer(data: bytes) -> None:
    """Read what a device answers to a probe. It gives small numbers, or an error that the prober takes for nonsense."""
    for asked in QUERIES.values():
        with suppress(ValueError, LookupError, TypeError, struct.error, RecursionError):
            if isinstance(asked, Datagram):
                asked.repeat(data)
            if told := asked.read(data[:MAX_STATUS]):
                assert all(0 <= count <= MAX_COUNT for count in (told.players, told.slots))
                assert len(told.version) <= MAX_VERSION
                assert not [one for one in told.version if unicodedata.category(one) in ("Cc", "Cs", "Zl")]


def wg_quick(data: bytes) -> None:
    """Read another program's server, and plan to take it over. No sentence quotes what may be a key."""
    text = data.decode(errors="replace")
    try:
        found = wgquick.read({"wg0.conf": text})
        plan.check(found, GatewaySection(), "config.toml")
        planned = plan.planned(
            found, config.Config(), Desired(), _ROOT, lambda _, __: False, datetime.now(UTC), Ephemeral()
        )
        said = " ".join(map(str, (*planned.left, *planned.changed)))
    except CannotImport as error:
        said = str(error)
    secrets = re.findall(r"[A-Za-z0-9+/]{43}=", text)
    assert not [secret for secret in secrets if secret in said]


def git_tags(data: bytes) -> None:
    """Read the tags in a git server's answer, and the versions in them."""
    with suppress(ValueError):
        released(releases.tags(data))


TARGETS: Mapping[str, Target] = {
    target.__name__: target
    for target in (
        request,
        http,
        metrics_http,
        signed_request,
        decision_entry,
        sealed_answer,
        region_told,
        region_answer,
        bus_message,
        backup,
        enrolment_line,
        chosen_in_discord,
        child_report,
        uapi,
        netlink_message,
        iptables_save,
        nft_list,
        configuration,
        slash_options,
        custom_id,
        log_entry,
        game_answer,
        wg_quick,
        git_tags,
    )
}
