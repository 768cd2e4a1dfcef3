"""The configuration file as one frozen value. Anything unknown or impossible is refused with its key."""

from __future__ import annotations

import os
import pwd
import re
import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Any, ClassVar, Self

from gateway.api.contract import PolicyInfo
from gateway.codec import DecodeError, check_keys, decode
from gateway.errors import ConfigError, why
from gateway.model import Duration, Off, PortRange, Protocol

# `masquerade` moves flows off forwarded ports into this pool, so no forward may lie in it (see nftables/text.py).
POOL = PortRange(61000, 65535)
# The bits of the conntrack mark that no widespread program uses, see docs/decisions.md.
MARK_BITS = 0xFF00C0E8
_FEWEST_BITS = 12
_RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{58}")  # bech32 of an X25519 key
_UNREACHABLE = "must be an address of one host that others can reach"
SECTIONS = ("gateway", "policy", "names", "metrics", "fleet", "backup", "discord")
DEFAULT_CONFIG = Path("/etc/guildgate/config.toml")


class Backend(StrEnum):
    """The program that runs WireGuard; `auto` is chosen in wireguard/choose.py."""

    AUTO = "auto"
    KERNEL = "kernel"
    USERSPACE = "userspace"


@dataclass(frozen=True, slots=True)
class Host:
    """An IPv4 address or a DNS name, as players type it."""

    text: str

    NAME: ClassVar = re.compile(
        r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.I | re.A
    )

    @classmethod
    def parse(cls, text: str) -> Self:
        try:
            address = IPv4Address(text)
        except ValueError:
            if not cls.NAME.fullmatch(text):
                raise ValueError("must be an IPv4 address or a host name such as vps.example.org") from None
            return cls(text.lower())
        if not _is_public(address):
            raise ValueError(_UNREACHABLE)
        return cls(str(address))

    @property
    def is_name(self) -> bool:
        return self.NAME.fullmatch(self.text) is not None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class NoIPv6:
    """`subnet6 = ""`: the tunnel carries IPv4 only."""

    @classmethod
    def parse(cls, text: str) -> Self:
        if text:
            raise ValueError("must be an IPv6 network such as fd42:42:42::/64, or empty for no IPv6")
        return cls()

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class AutoMtu:
    """`mtu = "auto"`: the uplinks decide (host/uplink.py)."""

    @classmethod
    def parse(cls, text: str) -> Self:
        if text != "auto":
            raise ValueError('must be "auto" or a number of bytes such as 1380')
        return cls()

    def __str__(self) -> str:
        return "auto"


@dataclass(frozen=True, slots=True)
class Size:
    """An amount of data. Its text is `20 TB` or `500 GB`, in powers of 1000 as providers count."""

    octets: int
    text: str

    _UNITS: ClassVar = {"GB": 10**9, "TB": 10**12, "PB": 10**15}

    @classmethod
    def parse(cls, text: str) -> Self:
        match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?) ?(GB|TB|PB)", text, re.ASCII)
        if not match or not (octets := int(Decimal(match[1]) * cls._UNITS[match[2]])):
            raise ValueError('must be an amount of data such as "20 TB" or "500 GB", or empty for no limit')
        return cls(octets, f"{match[1]} {match[2]}")

    def __str__(self) -> str:
        return self.text


class TrafficCounts(StrEnum):
    """What of the uplinks' traffic the provider counts."""

    BOTH = "both"
    OUT = "out"


class LogFormat(StrEnum):
    """How every process writes its log."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySection:
    """The section [gateway]: the host, its network and WireGuard."""

    public_interface: tuple[str, ...] | str = ()  # facing the Internet; empty: that of the default route
    public_address: Host | None = None  # players and devices connect to it; None: the interface's IPv4 address
    public_address6: IPv6Address | None = None  # the same for IPv6
    interface: str = "wg0"  # WireGuard's
    listen_port: int = 51820  # WireGuard's, UDP
    subnet4: IPv4Network = IPv4Network("10.66.66.0/24")  # the tunnel's addresses; the gateway has the first
    subnet6: IPv6Network | NoIPv6 = IPv6Network("fd42:42:42::/64")  # the same for IPv6
    backend: Backend = Backend.AUTO
    # name servers for devices that send everything through the tunnel
    dns: tuple[IPv4Address | IPv6Address, ...] = (IPv4Address("1.1.1.1"), IPv4Address("9.9.9.9"))
    mtu: int | AutoMtu = AutoMtu()  # the tunnel's, in bytes
    conntrack_mask: int = MARK_BITS  # the bits of the conntrack mark that are the gateway's
    state_dir: Path = Path("/var/lib/guildgate")  # holds the database and the private key
    socket: Path = Path("/run/guildgate/gateway.sock")  # the API's
    socket_users: tuple[str, ...] = ()  # system users that may call the API, beside root
    user: str = ""  # the system user that the gateway becomes; empty: see host/ownuser.py
    monthly_traffic: Off | Size = Off()  # what the provider allows in a calendar month
    monthly_traffic_counts: TrafficCounts = TrafficCounts.BOTH  # and what of it counts
    log_format: LogFormat = LogFormat.TEXT  # of every process

    @property
    def public_interfaces(self) -> tuple[str, ...]:
        """List the configured interfaces. Players are told the addresses of the first one."""
        return (self.public_interface,) if isinstance(self.public_interface, str) else self.public_interface

    @property
    def network6(self) -> IPv6Network | None:
        return self.subnet6 if isinstance(self.subnet6, IPv6Network) else None

    @property
    def address4(self) -> IPv4Address:
        """Return the gateway's own address in the tunnel, the first of the subnet."""
        return self.subnet4[1]

    @property
    def address6(self) -> IPv6Address | None:
        return self.network6[1] if self.network6 else None


@dataclass(frozen=True, slots=True)
class Service:
    """Ports of one protocol. Its text is `tcp/8080` or `udp/5000-5010`."""

    protocol: Protocol
    ports: PortRange

    @classmethod
    def parse(cls, text: str) -> Self:
        protocol, _, ports = text.partition("/")
        if protocol not in ("tcp", "udp") or not ports:
            raise ValueError("must be a service such as tcp/8080")
        return cls(Protocol(protocol), PortRange.parse(ports))

    def __str__(self) -> str:
        return f"{self.protocol}/{self.ports}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySection(PolicyInfo):
    """The section [policy]: what members are told, and what only the gateway needs."""

    denied_ports: tuple[PortRange | int, ...] = ()  # public ports that no forward may have
    isolate_peers: bool = True  # devices do not reach each other, unless LAN mode is switched on
    gateway_services: tuple[Service, ...] = ()  # on the gateway's host, which peers may reach
    peer_networks: tuple[IPv4Network | IPv6Network | str, ...] = ()  # private networks, or interfaces, peers may reach
    denied_egress: tuple[Service, ...] = (Service(Protocol.TCP, PortRange(25, 25)),)  # on the Internet, closed to peers
    # Flood limits of each forward. A source is an IPv4 address or an IPv6 /64.
    new_flows_per_second: int = 20  # from one source
    flows_per_source: int = 100  # open at once
    flows_per_forward: int = 2000  # open at once, from all sources
    addresses_per_forward: int = 1000  # blocked or let in; admins may exceed it
    # Limits of what the system users in `socket_users` make together, also for a member that they call an admin.
    devices_in_all: int = 1000
    forwards_in_all: int = 10_000
    addresses_in_all: int = 20_000  # blocked or let in
    changes_per_minute: int = 120


class NamesKind(StrEnum):
    """The way in which `public_address` is kept."""

    RFC2136 = "rfc2136"
    URL = "url"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesSection:
    """The section [names], by which gateway/names keeps `public_address`. It holds no secret."""

    kind: NamesKind
    server: str = ""  # the zone's primary name server, an address or a name
    port: int = 53  # of that server
    zone: str = ""  # the zone that `public_address` lies in
    ttl: int = 60  # of the records, in seconds
    srv: bool = True  # with an SRV record while Minecraft (Java) is forwarded
    ipv6: bool = False  # with an AAAA record while the kernel runs WireGuard
    secret_file: Path = Path("/etc/guildgate/dns")  # only gateway/names reads it

    @property
    def keeps_srv(self) -> bool:
        """Report whether an SRV record is kept. Providers with a URL have none."""
        return self.srv and self.kind is NamesKind.RFC2136


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSection:
    """The section [metrics], by which gateway/metrics serves numbers."""

    socket: Path = Path("/run/guildgate-metrics/metrics.sock")  # a Unix socket for root and the process's group
    port: int = 0  # TCP, besides the socket; 0: none
    address: IPv4Address | IPv6Address = IPv4Address("127.0.0.1")  # that the port is opened on
    names: bool = False  # devices and forwards also by their names

    @property
    def is_local(self) -> bool:
        """Report whether this host alone can reach the port."""
        return self.address.is_loopback


@dataclass(frozen=True, slots=True)
class BusServer:
    """A NATS server. Its text is `tls://bus.example.org:4222`; with `nats://` nothing on the way is encrypted."""

    text: str
    is_encrypted: bool

    _FORM: ClassVar = re.compile(r"(tls|nats)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})", re.ASCII)

    @classmethod
    def parse(cls, text: str) -> Self:
        match = cls._FORM.fullmatch(text)
        if not match or not 1 <= int(match[3]) <= 65535:
            raise ValueError("must be a server such as tls://bus.example.org:4222")
        return cls(text, match[1] == "tls")

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSection:
    """The section [fleet], by which one bot has gateways in several regions. It holds no secret."""

    REGION: ClassVar = re.compile(r"(?!bot$)[a-z][a-z0-9-]{0,15}", re.ASCII)  # `bot` is the bot's name on the bus

    servers: tuple[BusServer, ...]  # of NATS; any of them does
    bus_file: Path = Path("/etc/guildgate/bus.key")  # lets this host in; only gateway/courier and the bot read it
    key_file: Path = Path("/etc/guildgate/fleet.key")  # by which requests are signed; only gateway and bot read it
    region: str = ""  # of the gateway on this host; empty on the bot's host
    beside: str = ""  # the name of the gateway on the bot's own host, which needs no bus; empty without one
    standby: IPv4Address | None = None  # two machines have this region, and take turns to have this address

    @property
    def ledger(self) -> Path:
        """Return the file on the bot's host that knows how each region was made. Root alone reads it."""
        return self.key_file.parent / "fleet" / "ledger.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSection:
    """The section [backup]: the backups that the gateway makes by itself."""

    every: Duration | Off = Duration(timedelta(days=1))  # Off makes none
    keep: int = 7  # the newest
    recipient: str = ""  # a public key of age(1) that they are encrypted to; empty leaves them in plain, mode 0600
    folder: Path | None = None  # None: `backups` in the state folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The file without [discord], which bot/config.py reads."""

    gateway: GatewaySection = field(default_factory=GatewaySection)
    policy: PolicySection = field(default_factory=PolicySection)
    names: NamesSection | None = None  # None: `public_address` is kept by hand
    metrics: MetricsSection | None = None  # None: numbers are not served
    fleet: FleetSection | None = None  # None: the one gateway is on the bot's host
    backup: BackupSection = field(default_factory=BackupSection)

    @property
    def backups(self) -> Path:
        """Return the folder of the automatic backups."""
        return self.backup.folder or self.gateway.state_dir / "backups"


def load(path: Path) -> Config:
    """Read and check `path`. Raise ConfigError."""
    return parse(read(path))


def read(path: Path) -> dict[str, Any]:
    """Return the file's sections as `tomllib` reads them. Raise ConfigError."""
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        raise bad(str(path), unreadable(error, "copy config.example.toml to it, and fill in [discord]")) from error
    return tables(raw, str(path))


def tables(raw: bytes, name: str) -> dict[str, Any]:
    """Return the content of the file with this name. Raise ConfigError."""
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))  # Windows' editors begin a file with a byte order mark
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise bad(name, f"is not text in UTF-8, see line {line}; save it as UTF-8 in your editor") from None
    except (ValueError, RecursionError) as error:  # also a number of 5,000 digits, or a thousand brackets
        raise bad(name, _not_toml(str(error))) from error


def _not_toml(problem: str) -> str:
    """Say what is wrong with the file. The two likeliest mistakes are a section or a line that was pasted again."""
    if twice := re.fullmatch(r"Cannot declare \('(\w+)',\) twice \(at line (\d+),.*", problem):
        section, line = twice.groups()
        return f"begins [{section}] again in line {line}; move the lines below it to the first [{section}]"
    if again := re.fullmatch(r"Cannot overwrite a value \(at (?:line (\d+),.*|end of document)\)", problem):
        place = f"line {again[1]}" if again[1] else "its last line"
        return f"sets a key again in {place} that has a value already; keep one of the two lines"
    return f"is not valid TOML ({problem})"


def default_path() -> Path | None:
    """Return the file that a command reads which names none: that of ./run, or else that of the services, if any."""
    if named := os.environ.get("GUILDGATE_CONFIG"):
        return Path(named)
    try:
        DEFAULT_CONFIG.stat()
    except FileNotFoundError:
        return None
    except OSError:  # such as a folder that the user may not enter, which `read` says
        pass
    return DEFAULT_CONFIG


def load_or_default(path: Path | None) -> Config:
    """Load the named file, or the default one, or the defaults without any. Raise ConfigError."""
    found = path or default_path()
    return load(found) if found else Config()


def parse(raw: dict[str, Any]) -> Config:
    """Check what `read` returned, except [discord], which the bot checks. Raise ConfigError."""
    for key, value in raw.items():
        if not isinstance(value, dict) and key not in SECTIONS:
            raise bad(key[:64], "stands above all sections; move it below [gateway], [policy] or [discord]")
    try:
        check_keys(raw, SECTIONS)
        config = decode(Config, {name: section for name, section in raw.items() if name != "discord"})
    except DecodeError as error:
        raise bad(error.field, error.problem) from None
    _check_gateway(config.gateway)
    _check_policy(config.policy)
    if config.names:
        _check_names(config.names, config.gateway.public_address)
    if config.metrics:
        _check_metrics(config.metrics)
    if config.fleet:
        _check_fleet(config.fleet, config.gateway.public_address)
    _check_backup(config.backup)
    room = (1 << config.gateway.conntrack_mask.bit_count()) - 1
    if config.policy.forwards_in_all > room:
        problem = f"must be at most {room}, because the bits in gateway.conntrack_mask number no more"
        raise bad("policy.forwards_in_all", problem)
    return config


def _check_gateway(section: GatewaySection) -> None:
    for key, names in (("interface", (section.interface,)), ("public_interface", section.public_interfaces)):
        if not all(map(is_interface_name, names)):
            raise bad(f"gateway.{key}", "must be an interface name: 1-15 characters of a-z, 0-9, _ . -")
    if section.interface in section.public_interfaces:
        raise bad("gateway.interface", "must differ from public_interface")
    if not 1 <= section.listen_port <= 65535:
        raise bad("gateway.listen_port", "must be a port inside 1-65535")
    if not 8 <= section.subnet4.prefixlen <= 30:
        raise bad("gateway.subnet4", "must have a prefix from /8 to /30")
    if not section.subnet4.is_private:
        raise bad("gateway.subnet4", "must be a private network such as 10.66.66.0/24")
    if section.network6:
        if not section.network6.is_private:
            raise bad("gateway.subnet6", "must be a private network such as fd42:42:42::/64, or empty for no IPv6")
        if section.network6.num_addresses < section.subnet4.num_addresses:
            raise bad("gateway.subnet6", "must be at least as large as subnet4; use a /64")
    if isinstance(section.mtu, int) and not 1280 <= section.mtu <= 9000:
        raise bad("gateway.mtu", 'must be "auto" or lie inside 1280-9000 (IPv6 needs 1280)')
    if not 0 <= section.conntrack_mask < 1 << 32 or section.conntrack_mask.bit_count() < _FEWEST_BITS:
        problem = f"must have at least {_FEWEST_BITS} of 32 bits set, as {MARK_BITS:#x} has"
        raise bad("gateway.conntrack_mask", problem)
    check_path("gateway.state_dir", section.state_dir)
    _check_socket("gateway.socket", section.socket)
    if section.public_address6 and not _is_public(section.public_address6):
        raise bad("gateway.public_address6", _UNREACHABLE)
    for server in section.dns:
        if not _is_one_host(server):  # link-local is right here: 169.254.169.253 is a cloud's resolver
            raise bad("gateway.dns", f"{server} {_UNREACHABLE}")
    if any("\0" in name for name in section.socket_users):
        raise bad("gateway.socket_users", "must hold names of system users")


def _check_socket(key: str, path: Path) -> None:
    check_path(key, path)
    if len(os.fsencode(path)) > 107:
        raise bad(key, "is longer than the 107 bytes a Unix socket's path may have")


def check_path(key: str, path: Path) -> None:
    """Raise ConfigError unless it is an absolute path that the system takes."""
    if not path.is_absolute() or "\0" in str(path):
        raise bad(key, "must be an absolute path")


def _check_policy(section: PolicySection) -> None:
    if section.forward_ports.overlaps(POOL):
        raise bad("policy.forward_ports", f"must end below {POOL.first}: {POOL} is kept for outgoing connections")
    for entry in section.denied_ports:
        if isinstance(entry, int) and not 1 <= entry <= 65535:
            raise bad("policy.denied_ports", f"{entry} is not a port inside 1-65535")
    for network in section.peer_networks:
        if isinstance(network, str) and not is_interface_name(network):
            raise bad("policy.peer_networks", f"{network} is neither a network such as 192.168.7.0/24 nor an interface")
    if section.flow_log_for == Duration(None):
        raise bad("policy.flow_log_for", "must end at some time, such as 7d, or be empty for no log")
    for key in (
        "devices_per_member",
        "joins_per_hour",
        "forwards_per_member",
        "ports_per_member",
        "devices_in_all",
        "forwards_in_all",
        "addresses_per_forward",
        "addresses_in_all",
        "changes_per_minute",
    ):
        if getattr(section, key) < 1:
            raise bad(f"policy.{key}", "must be at least 1")
    for key in ("flows_per_device", "new_flows_per_second", "flows_per_source", "flows_per_forward"):
        if not 1 <= getattr(section, key) <= 1_000_000:
            raise bad(f"policy.{key}", "must lie inside 1-1000000")


def _check_names(section: NamesSection, address: Host | None) -> None:
    if address is None or not address.is_name:
        raise bad("gateway.public_address", "must be the name that [names] keeps, such as play.example.org")
    check_path("names.secret_file", section.secret_file)
    if section.kind is NamesKind.URL:
        return
    if not section.server:
        raise bad("names.server", "is missing; set it to the zone's primary name server")
    if not _is_server(section.server):
        raise bad("names.server", "must be an address or a host name such as ns1.example.org")
    if not 1 <= section.port <= 65535:
        raise bad("names.port", "must be a port inside 1-65535")
    if not f".{address}".endswith(f".{section.zone.lower()}") or not section.zone:
        raise bad("names.zone", f"must be the zone that {address} lies in, such as {str(address).partition('.')[2]}")
    if not 1 <= section.ttl <= 86400:
        raise bad("names.ttl", "must lie inside 1-86400")


def _check_metrics(section: MetricsSection) -> None:
    _check_socket("metrics.socket", section.socket)
    if section.port and not 1024 <= section.port <= 65535:
        raise bad("metrics.port", "must lie inside 1024-65535, which needs no privilege, or be 0 for no port")
    if section.address.is_multicast:
        raise bad("metrics.address", "must be an address of this host, such as 127.0.0.1")


def _check_fleet(section: FleetSection, address: Host | None) -> None:
    check_path("fleet.bus_file", section.bus_file)
    check_path("fleet.key_file", section.key_file)
    if not section.servers:
        raise bad("fleet.servers", "must hold a server such as tls://bus.example.org:4222")
    for key, name in (("region", section.region), ("beside", section.beside)):
        if name and not FleetSection.REGION.fullmatch(name):
            raise bad(
                f"fleet.{key}",
                "must be a letter and up to 15 more of a-z, 0-9 and -, such as eu or us-east, and not bot",
            )
    if section.standby and not section.region:
        raise bad("fleet.region", "is missing; with `standby` it names the region that two machines have")
    if section.standby and address is None:
        raise bad("gateway.public_address", "is missing; with `standby` it is what both machines tell players")


def _is_server(text: str) -> bool:
    """Report whether it is an address or a name. A name server may have loopback's or IPv6's address."""
    try:
        return bool(ip_address(text))
    except ValueError:
        return bool(Host.NAME.fullmatch(text))


def _check_backup(section: BackupSection) -> None:
    if section.every == Duration(None):
        raise bad("backup.every", "must be a time such as 1d, or empty for no automatic backups")
    if not 1 <= section.keep <= 1000:
        raise bad("backup.keep", "must lie inside 1-1000")
    if section.recipient and not _RECIPIENT.fullmatch(section.recipient):
        raise bad("backup.recipient", "must be a public key of age, as age-keygen prints it: age1 and 58 characters")
    if section.folder:
        check_path("backup.folder", section.folder)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Report whether others can connect to the address; it may be private, behind a cloud's NAT or in a LAN."""
    return _is_one_host(address) and not address.is_link_local


def _is_one_host(address: IPv4Address | IPv6Address) -> bool:
    unfit = address.is_unspecified or address.is_multicast or address.is_loopback
    return not unfit and not (address.version == 4 and address.is_reserved)


def is_interface_name(name: str) -> bool:
    """Report whether nft of every version takes the name inside quotes. dev_valid_name() of the kernel allows more."""
    return re.fullmatch(r"[A-Za-z0-9_.-]{1,15}", name) is not None and name not in (".", "..")


def bad(key: str, problem: str) -> ConfigError:
    """Return the error of a dotted `key`. `problem` is a predicate that says what would be right."""
    return ConfigError(key=key, problem=problem)


def unreadable(error: Exception, otherwise: str) -> str:
    """Say why a file cannot be read, and what to do. `otherwise`: what to do when it is not there."""
    match error:
        case PermissionError():
            cure = f"run this as root, or let the user {_user()} read it"
        case IsADirectoryError():
            cure = "name a file. Docker makes a folder where the file to mount is missing: put the file in its place"
        case FileNotFoundError():
            cure = otherwise
        case OSError():
            cure = ""
        case _:
            return "cannot be read (it is not text)"
    return f"cannot be read ({why(error)}){'; ' if cure else ''}{cure}"


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
