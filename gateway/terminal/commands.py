"""What the admin's commands do: ask the gateway, return its answer and the text that shows it."""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import os
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.api.client import GatewayClient, with_private_key
from gateway.api.contract import (
    Actor,
    AddForward,
    AuditPage,
    Closed,
    Extended,
    ExtendForward,
    GetAudit,
    GetPolicy,
    GetStatus,
    Issued,
    Join,
    LanState,
    List,
    Listing,
    Opened,
    PolicyInfo,
    RemoveForward,
    Revoke,
    Revoked,
    Rotate,
    SetLan,
    Status,
    Suspend,
    Suspended,
)
from gateway.errors import BadRequest
from gateway.keys import PrivateKey
from gateway.model import Key, Mode, forwards_inside
from gateway.terminal import text as terminal

Operation = Callable[[GatewayClient, Actor, argparse.Namespace], Awaitable[tuple[Any, str]]]


async def peers(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[Listing, str]:
    listing = await client.call(List(actor=actor, everyone=True))
    return listing, terminal.render_peers(listing, datetime.now(UTC))


async def status(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[Status, str]:
    status = await client.call(GetStatus(actor=actor, everyone=True))
    return status, terminal.render_status(status)


async def join(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[Issued, str]:
    def ask(key: Key) -> Awaitable[Issued]:
        return client.call(
            Join(
                actor=actor,
                device=args.device,
                public_key=key,
                mode=args.mode,
                owner=args.owner,
                owner_name=args.owner_name,
            )
        )

    return await _issue(args, ask)


async def rotate(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[Issued, str]:
    owner = await _owner_id(client, actor, args.owner) if args.owner else None

    def ask(key: Key) -> Awaitable[Issued]:
        return client.call(Rotate(actor=actor, public_key=key, device=args.device, owner=owner))

    return await _issue(args, ask)


async def _issue(args: argparse.Namespace, ask: Callable[[Key], Awaitable[Issued]]) -> tuple[Issued, str]:
    """`ask` the gateway with a new key or the given one, and deliver the config."""
    private_key = None if args.public_key else PrivateKey.generate()
    with _new_secret_file(args.output) as write:
        issued = await ask(private_key.public_key if private_key else args.public_key)
        config = with_private_key(issued, private_key) if private_key else issued.config
        write(config)
    if args.json:
        return dataclasses.replace(issued, config=config), ""
    return issued, _render_issued(issued, config, own_key=private_key is None, output=args.output)


def _render_issued(issued: Issued, config: str, *, own_key: bool, output: Path | None) -> str:
    """What belongs on stdout: in a pipe the config and nothing else, so messages go to stderr."""
    shown, peer = [] if output else [config.rstrip("\n")], issued.peer
    # A QR code is for phones, which cannot run what linux mode needs.
    if sys.stdout.isatty() and not own_key and peer.mode is not Mode.LINUX:
        code = terminal.qr(config)
        if terminal.qr_width(code) <= shutil.get_terminal_size().columns:
            shown += ["", *code]
        else:
            print(
                f"guildgate: the QR code needs a terminal {terminal.qr_width(code)} columns wide",
                file=sys.stderr,
            )
    where = f"is in {output}" if output else f"belongs into a file called {issued.file_name}"
    notes = [f"{peer.device} of {peer.owner_name}: {peer.ipv4}. Its config {where}."]
    if own_key:
        notes.append("Put the device's private key where the placeholder stands.")
    if peer.mode is Mode.LINUX:
        addresses = " or ".join(str(address) for address in (peer.ipv4, peer.ipv6) if address)
        notes.append(f"It is for wg-quick on Linux only. UDP servers there must listen on {addresses}.")
    print(terminal.safe(" ".join(notes)), file=sys.stderr)
    return "\n".join(shown)


@contextmanager
def _new_secret_file(path: Path | None) -> Iterator[Callable[[str], None]]:
    """Claim `path` before anything else happens; leave no file behind when the rest fails."""
    if path is None:
        yield lambda text: None
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            yield lambda text: print(text, end="", file=file)
    except BaseException:
        path.unlink()
        raise


async def forward(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[Opened, str]:
    owner = await _owner_id(client, actor, args.owner) if args.owner else None
    opened = await client.call(
        AddForward(
            actor=actor,
            ports=tuple(itertools.chain(*args.ports)),
            protocol=args.protocol,
            to_port=args.to_port,
            device=args.device,
            owner=owner,
            duration=args.duration,
        )
    )
    return opened, terminal.render_opened(opened)


async def extend(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[Extended, str]:
    specs = itertools.chain(*args.ports)
    listing = await client.call(List(actor=actor, everyone=True))
    ids = dict.fromkeys(
        forward.id
        for spec in specs
        for forward in forwards_inside(listing.forwards, spec.ports, spec.protocol or args.protocol)
    )
    extended = await client.call(ExtendForward(actor=actor, ids=tuple(ids), duration=args.duration))
    return extended, terminal.render_extended(extended)


async def unforward(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[Closed, str]:
    ports = tuple(itertools.chain(*args.ports))
    closed = await client.call(RemoveForward(actor=actor, ports=ports, protocol=args.protocol))
    return closed, "\n".join(f"Closed {terminal.forward_line(forward)}." for forward in closed.forwards)


async def revoke(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[Revoked, str]:
    owner = await _owner_id(client, actor, args.owner)
    revoked = await client.call(Revoke(actor=actor, owner=owner, device=args.device))
    lines = [f"Revoked {terminal.safe(f'{peer.device} of {peer.owner_name}')}, {peer.ipv4}." for peer in revoked.peers]
    return revoked, "\n".join(lines + [f"Closed {terminal.forward_line(forward)}." for forward in revoked.forwards])


async def suspend(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[Suspended, str]:
    """`restore` too, by the command's name."""
    owner = await _owner_id(client, actor, args.owner)
    cut_off = args.command == "suspend"
    changed = await client.call(Suspend(actor=actor, owner=owner, suspended=cut_off))
    return changed, terminal.render_suspended(changed, suspended=cut_off)


async def audit(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[AuditPage, str]:
    page = await client.call(GetAudit(actor=actor, before=args.before, limit=args.limit))
    return page, terminal.render_audit(page)


async def policy(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[PolicyInfo, str]:
    policy = await client.call(GetPolicy(actor=actor))
    return policy, terminal.render_policy(policy)


async def lan(client: GatewayClient, actor: Actor, args: argparse.Namespace) -> tuple[LanState, str]:
    state = await client.call(SetLan(actor=actor, on=args.state == "on"))
    return state, terminal.render_lan(on=state.on)


async def _owner_id(client: GatewayClient, actor: Actor, text: str) -> str:
    return owner_id(await client.call(List(actor=actor, everyone=True)), text)


def owner_id(listing: Listing, text: str) -> str:
    """The member meant by an id or a name; raise BadRequest when that is nobody or several."""
    names = {peer.owner: peer.owner_name for peer in listing.peers}
    if text in names:
        return text
    found = sorted(owner for owner, name in names.items() if name.casefold() == text.casefold())
    if not found:
        raise BadRequest(field="OWNER", problem=f"no member with a device is called {text}; see `guildgate peers`")
    if len(found) > 1:
        raise BadRequest(field="OWNER", problem=f"{text} is the name of several: write one of {', '.join(found)}")
    return found[0]
