"""The files of wg-quick(8) and `wg showconf`, as people and common installers write them, read as values. Pure.

An error never quotes the value of a setting, because it may be a key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network, ip_interface
from typing import Self, TypeVar

from gateway.errors import CannotImport
from gateway.keys import PrivateKey
from gateway.model import Key, Mode
from gateway.takeover.found import Found, FoundDevice, FoundForward, FoundServer, Note
from gateway.takeover.rules import Hidden, Needless, Translation, commands, effect_of

T = TypeVar("T")

_HEADER = re.compile(r"\[\s*(interface|peer)\s*\]", re.I)
_SETTINGS = {
    "interface": (
        "PrivateKey", "ListenPort", "FwMark", "Address", "DNS", "MTU", "Table", "SaveConfig",
        "PreUp", "PostUp", "PreDown", "PostDown",
    ),
    "peer": ("PublicKey", "PresharedKey", "AllowedIPs", "Endpoint", "PersistentKeepalive"),
}  # fmt: skip
_LEFT = {
    "FwMark": "the gateway marks none of its own packets",
    "DNS": "the server's own name servers are its system's business",
    "MTU": "the gateway finds it; `mtu` of [gateway] sets another",
    "Table": "the gateway makes the routes",
}
_EVERYTHING = {IPv4Network("0.0.0.0/0"), IPv4Network("0.0.0.0/1"), IPv4Network("128.0.0.0/1")}
_KEYS = re.compile(r"[A-Za-z0-9+/]{42,}=*")
# What stands above a peer or beside it: `### Client pc`, `# BEGIN_PEER pc`, `### begin pc ###`, `# Name = pc`,
# `# Client: pc (number)`.
_NAMED = re.compile(r"(?:friendly_?name|name|client|begin_peer|begin|user|device)[\s:=]+(.+)", re.I)
_NO_NAME = re.compile(r"end_peer\b|end\b|\[|[\w -]+[:=]", re.I)


@dataclass(slots=True)
class _Section:
    kind: str  # interface or peer
    line: int
    comments: list[str]
    settings: list[tuple[int, str, str]] = field(default_factory=list)  # (line, key, value)

    def values(self, key: str) -> Iterator[tuple[int, str]]:
        """Yield (line, value) of a list that may go on in several settings."""
        for line, name, value in self.settings:
            if name == key:
                yield from ((line, part.strip()) for part in value.split(",") if part.strip())

    def last(self, key: str) -> tuple[int, str] | None:
        return next(((line, value) for line, name, value in reversed(self.settings) if name == key), None)

    @property
    def name(self) -> str:
        """Return what the comments call the peer, or an empty text."""
        named = [found[1] for comment in self.comments if (found := _NAMED.fullmatch(comment))]
        plain = [comment for comment in self.comments if comment and not _NO_NAME.match(comment)]
        return re.sub(r"\s*\([^)]*\)$", "", next(iter(named or plain), "")).strip("# ")


@dataclass(frozen=True, slots=True)
class File:
    """A file in sections. `name` is that of the file without its folder."""

    name: str
    interface: _Section
    peers: tuple[_Section, ...]
    disabled: tuple[int, ...]  # lines of peers that are commented out

    @classmethod
    def parse(cls, name: str, text: str) -> Self:
        """Raise CannotImport for what wg-quick(8) would not take."""
        sections: list[_Section] = []
        disabled: list[int] = []
        above: list[str] = []  # comments right above the next line
        for line, raw in enumerate(text.splitlines(), 1):
            content, mark, comment = (part.strip() for part in raw.partition("#"))
            comments = [comment.strip("# \t")] if mark else []
            if not content:
                disabled += [line] if "[peer]" in comment.lower() else []
                if sections and not sections[-1].settings:
                    sections[-1].comments += comments
                above = [*above, *comments] if mark else []
                continue
            if found := _HEADER.fullmatch(content):
                sections.append(_Section(found[1].lower(), line, [*above, *comments]))
            elif sections:
                sections[-1].settings.append((line, *_setting(f"{name}, line {line}", content, sections[-1].kind)))
                sections[-1].comments += comments
            else:
                raise CannotImport(
                    where=f"{name}, line {line}", problem="it is in no section; [Interface] is the first"
                )
            above = []
        interfaces = [section for section in sections if section.kind == "interface"]
        if len(interfaces) != 1:
            raise CannotImport(where=name, problem="it must have one section [Interface]")
        return cls(
            name, interfaces[0], tuple(section for section in sections if section.kind == "peer"), tuple(disabled)
        )

    @property
    def is_of_server(self) -> bool:
        return self.interface.last("ListenPort") is not None

    @property
    def private_key(self) -> PrivateKey:
        return self._one(self.interface, "PrivateKey", PrivateKey.parse)

    def where(self, line: int) -> str:
        return f"{self.name}, line {line}"

    def _one(self, section: _Section, key: str, read: Callable[[str], T]) -> T:
        found = section.last(key)
        if found is None:
            raise CannotImport(where=self.where(section.line), problem=f"the section lacks {key}")
        return self._read(found, key, read)

    def _read(self, found: tuple[int, str], key: str, read: Callable[[str], T]) -> T:
        try:
            return read(found[1])
        except ValueError:
            raise CannotImport(
                where=self.where(found[0]), problem=f"{key} has a value that wg(8) does not take"
            ) from None

    # -- as the server's

    def server(self) -> Found:
        addresses = [self._read(found, "Address", ip_interface) for found in self.interface.values("Address")]
        interface = self.name.removesuffix(".conf")
        server = FoundServer(
            private_key=self.private_key,
            interface=interface,
            listen_port=self._one(self.interface, "ListenPort", _port),
            address4=next((each for each in addresses if isinstance(each, IPv4Interface)), None),
            address6=next((each for each in addresses if isinstance(each, IPv6Interface)), None),
        )
        forwards, left, mode = self._rules(interface)
        left += [Note(self.where(line), "this peer is commented out") for line in self.disabled]
        devices: list[FoundDevice] = []
        for peer in self.peers:
            device, notes = self._device(peer, mode)
            devices += [device] if device else []
            left += notes
        return Found(
            source=self.name, server=server, devices=tuple(devices), forwards=tuple(forwards), left=tuple(left)
        )

    def _rules(self, interface: str) -> tuple[list[FoundForward], list[Note], Mode]:
        """Return the forwards, what is left out, and the mode of all devices."""
        forwards: list[FoundForward] = []
        left: list[Note] = []
        mode = Mode.FULL
        for line, key, value in self.interface.settings:
            if key in _LEFT:
                left.append(Note(self.where(line), f"{key}: {_LEFT[key]}"))
            if key not in ("PreUp", "PostUp"):
                continue
            for command in commands(value):
                match effect_of(command, interface):
                    case Translation() as rule:
                        forwards += [
                            FoundForward(
                                where=self.where(line),
                                protocol=rule.protocol,
                                ports=ports,
                                to=rule.to,
                                to_port=rule.to_port or ports.first,
                            )
                            for ports in rule.ports
                        ]
                    case Hidden():
                        mode = Mode.SPLIT
                    case Needless():
                        pass
                    case None:
                        shown = _KEYS.sub("(key)", command)
                        left.append(Note(self.where(line), f"{key}: {shown[:100]}: it is no plain rule for a port"))
        return forwards, left, mode

    def _device(self, peer: _Section, mode: Mode) -> tuple[FoundDevice | None, list[Note]]:
        networks = [
            self._read(found, "AllowedIPs", lambda text: ip_interface(text.lstrip("+")).network)
            for found in peer.values("AllowedIPs")
        ]
        hosts4 = [net for net in networks if isinstance(net, IPv4Network) and net.prefixlen == 32]
        hosts6 = [net for net in networks if isinstance(net, IPv6Network) and net.prefixlen == 128]
        where, called = self.where(peer.line), peer.name or "this peer"
        public_key = self._one(peer, "PublicKey", Key.parse)
        preshared_key = self._one(peer, "PresharedKey", Key.parse) if peer.last("PresharedKey") else None
        if not hosts4:
            return None, [Note(where, f"{called} has no IPv4 address of its own in AllowedIPs")]
        device = FoundDevice(
            where=where,
            name=peer.name,
            public_key=public_key,
            preshared_key=preshared_key if preshared_key and any(preshared_key.raw) else None,
            ipv4=hosts4[0].network_address,
            ipv6=hosts6[0].network_address if hosts6 else None,
            mode=mode,
        )
        more = [str(network) for network in networks if network not in (*hosts4[:1], *hosts6[:1])]
        if not more:
            return device, []
        return device, [Note(where, f"{', '.join(more)} behind {called}: the gateway leads to the device itself only")]

    # -- as a device's

    @property
    def mode(self) -> Mode:
        """Return what the device sends through the tunnel."""
        networks = {
            self._read(found, "AllowedIPs", lambda text: ip_interface(text).network)
            for peer in self.peers
            for found in peer.values("AllowedIPs")
        }
        return Mode.FULL if networks & _EVERYTHING else Mode.SPLIT


def read(texts: Mapping[str, str]) -> Found:
    """Read files by their names: one of the server, and any number of its devices, which say what they send.

    Raise CannotImport.
    """
    files = [File.parse(name, text) for name, text in texts.items()]
    servers = [file for file in files if file.is_of_server]
    if len(servers) != 1:
        number = "several are" if servers else "none is"
        raise CannotImport(where=", ".join(texts), problem=f"one must be the server's, with a ListenPort, and {number}")
    found = servers[0].server()
    own = {file.private_key.public_key: file for file in files if file is not servers[0]}
    devices = tuple(
        replace(device, name=device.name or file.name.removesuffix(".conf"), mode=file.mode)
        if (file := own.pop(device.public_key, None))
        else device
        for device in found.devices
    )
    unknown = [Note(file.name, f"{servers[0].name} has no peer with its key") for file in own.values()]
    return replace(found, devices=devices, left=(*found.left, *unknown))


def _setting(where: str, content: str, kind: str) -> tuple[str, str]:
    key, equals, value = (part.strip() for part in content.partition("="))
    for known in _SETTINGS[kind]:
        if equals and key.lower() == known.lower():
            return known, value
    shown = f" {key}" if re.fullmatch(r"[A-Za-z]{1,20}", key) else ""
    raise CannotImport(where=where, problem=f"wg-quick(8) knows no setting{shown} in [{kind.capitalize()}]")


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ValueError
    return int(text)
