"""The files in the folder `files`, and texts of wg-quick(8) with keys of their own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from gateway.keys import PrivateKey
from gateway.takeover.found import Found
from gateway.takeover.wgquick import read

FILES = Path(__file__).parent / "files"


@cache
def private_key(name: str) -> PrivateKey:
    return PrivateKey(b"." + name.encode().ljust(31, b"."))  # the lowest bits of the first byte do not count


def server_text(
    *rules: str, port: int = 51820, address: str = "10.66.66.1/24, fd42:42:42::1/64", peers: str = ""
) -> str:
    """Write a server's file with lines of PostUp and the text of its peers."""
    lines = [
        "[Interface]",
        f"Address = {address}",
        f"ListenPort = {port}",
        f"PrivateKey = {private_key('server').reveal()}",
        *(f"PostUp = {rule}" for rule in rules),
        "",
    ]
    return "\n".join(lines) + "\n" + peers


def peer_text(name: str, number: int, comment: str = "", more: str = "") -> str:
    """Write a peer's section, with addresses of that number."""
    lines = [
        comment or f"### Client {name}",
        "[Peer]",
        f"PublicKey = {private_key(name).public_key}",
        f"AllowedIPs = 10.66.66.{number}/32, fd42:42:42::{number:x}/128{more}",
        "",
    ]
    return "\n".join(lines) + "\n"


def device_text(name: str, number: int, endpoint: str) -> str:
    """Write the own file of that peer, which sends everything through the tunnel."""
    lines = [
        "[Interface]",
        f"PrivateKey = {private_key(name).reveal()}",
        f"Address = 10.66.66.{number}/32",
        "MTU = 1380",
        "[Peer]",
        f"PublicKey = {private_key('server').public_key}",
        "AllowedIPs = 0.0.0.0/0",
        f"Endpoint = {endpoint}",
        "PersistentKeepalive = 1",
    ]
    return "\n".join(lines) + "\n"


def found(text: str, more: Mapping[str, str] | None = None) -> Found:
    return read({"wg0.conf": text, **(more or {})})
