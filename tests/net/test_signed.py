"""A fleet's gateway as a process: what its courier's system user may do on the socket, and what it needs to start."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.api.client import GatewayClient
from gateway.api.contract import GetPolicy, List
from gateway.api.forgetting import Forget
from gateway.api.transport import SocketTransport
from gateway.errors import NotAuthentic, OtherService, RootOnly
from gateway.trust import GatewayTrust
from tests.net.gateway import ADMIN, Gateway
from tests.unit.gateway.api.signing import BOT, EU, US, Carried, sealer
from tests.unit.running import a_join

COURIER = "daemon"


@contextmanager
def acting_as(user: str) -> Iterator[None]:
    """Connect as this user. The kernel notes the effective user at connect(2)."""
    os.seteuid(pwd.getpwnam(user).pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)


def settle(gateway: Gateway, region: str = "eu") -> Path:
    """Let the gateway be a region's, with its courier able to reach the socket."""
    for folder in (gateway.folder, *list(gateway.folder.parents)[:2]):
        folder.chmod(0o711)
    path = gateway.folder / "fleet.key"
    known = GatewayTrust(region="eu", number=1, key=EU, bots=(BOT.public,))
    path.write_text(known.reveal())
    path.chmod(0o600)
    gateway.settings = f'[fleet]\nregion = "{region}"\nservers = ["tls://127.0.0.1:4222"]\nkey_file = "{path}"\n'
    return path


def way(gateway: Gateway, **more: object) -> Carried:
    return Carried(gateway.socket, now=lambda: datetime.now(UTC), **more)  # type: ignore[arg-type]


async def test_the_courier_brings_what_a_bot_has_signed_and_asks_for_nothing_itself(idle_gateway: Gateway) -> None:
    gateway = idle_gateway
    settle(gateway)
    await gateway.start("--courier-user", COURIER)
    carried = way(gateway)
    with acting_as(COURIER):
        issued = await GatewayClient(carried).call(a_join(request_id="1"))
        assert (await GatewayClient(carried).call(List(actor=ADMIN, everyone=True))).peers == (issued.peer,)
        with pytest.raises(RootOnly):
            await GatewayClient(carried).call(Forget(actor=ADMIN, member="1"))
        with pytest.raises(OtherService):
            await GatewayClient(SocketTransport(gateway.socket)).call(GetPolicy(actor=ADMIN))
        with pytest.raises(NotAuthentic):
            await GatewayClient(way(gateway, sealer=sealer("us", US))).call(GetPolicy(actor=ADMIN))
        assert b"not_signed" in await SocketTransport(gateway.socket).call("signed", carried.sent[0])
    assert len((await gateway.status()).peers) == 1


@pytest.mark.parametrize(
    ("region", "damage", "problem"),
    [
        ("us", lambda path: None, "fleet.region: is us, and .* is of eu; enrol it again"),
        ("eu", lambda path: path.unlink(), "fleet.key_file: .* cannot be read .*guildgate enrol"),
        ("eu", lambda path: path.write_text("{}"), "fleet.key_file: .* is not as it was written"),
    ],
)
async def test_a_gateway_without_its_keys_says_what_to_do(
    idle_gateway: Gateway, region: str, damage: object, problem: str
) -> None:
    damage(settle(idle_gateway, region))  # type: ignore[operator]
    with pytest.raises(RuntimeError, match=problem):
        await idle_gateway.start()
    idle_gateway.process = None
