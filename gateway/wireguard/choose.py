"""The choice of a WireGuard backend: one of ours that runs comes first, then what configuration and host allow."""

from __future__ import annotations

import secrets

from gateway.config import Backend, GatewaySection
from gateway.errors import HostProblem, why
from gateway.host import link
from gateway.host.netlink import NetlinkRefused
from gateway.keys import PrivateKey
from gateway.wireguard import kernel, userspace
from gateway.wireguard.device import WireGuard, refuse_foreign
from gateway.wireguard.kernel import KernelWireGuard
from gateway.wireguard.userspace import UserspaceWireGuard


async def choose(config: GatewaySection, private_key: PrivateKey) -> WireGuard:
    """Return the backend to call `up` on. Raise HostProblem when none works, or the interface is not ours.

    An interface that a killed gateway left is taken over, so its sessions live on. It is removed only when the
    configuration names the other backend.
    """
    present = await find(config, private_key)
    if present:
        await present.up()
        if config.backend in (Backend.AUTO, present.kind):
            return present
    chosen = await _usable(config, private_key)
    if present:
        await present.down()
    return chosen


async def find(config: GatewaySection, private_key: PrivateKey) -> KernelWireGuard | UserspaceWireGuard | None:
    """Return the backend of the interface that is there, or None. Raise HostProblem when it is no WireGuard."""
    match await link.kind(config.interface):
        case None:
            return None
        case kernel.KIND:
            return KernelWireGuard.of(config, private_key)
        case userspace.KIND:
            return UserspaceWireGuard.of(config, private_key)
        case other:
            raise refuse_foreign(config.interface, f"is there already and not WireGuard ({other or 'hardware'})")


async def _usable(config: GatewaySection, private_key: PrivateKey) -> WireGuard:
    wanted, problems = config.backend, []
    if wanted is not Backend.USERSPACE:
        if not (problem := await kernel_problem()):
            return KernelWireGuard.of(config, private_key)
        problems.append(f"the kernel creates no WireGuard interface ({problem}); use a kernel with that module")
    if wanted is not Backend.KERNEL:
        if not (lacking := userspace.missing()):
            return UserspaceWireGuard.of(config, private_key)
        problems.append(lacking)
    raise HostProblem(key="gateway.backend", problem="; or: ".join(problems))


async def kernel_problem() -> str:
    """Say why the kernel creates no WireGuard interface; empty when it does.

    It creates one and removes it, because the module may be built in, loadable, missing or forbidden to us.
    """
    probe = f"ggprobe{secrets.token_hex(4)}"
    try:
        await link.add(probe, kernel.KIND)
        await link.delete(probe)
    except NetlinkRefused as error:
        return why(error)
    return ""
