"""The operations: changes.py has those that change the state, looks.py those about devices, this module the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from itertools import repeat
from typing import Any, Protocol

from gateway import logs
from gateway.api import contract, decisions, diagnosis, history, measures, pair, standby
from gateway.api.contract import Caller, Request
from gateway.api.dispatch import handlers
from gateway.api.holders import FindHolders, HeldForward, Holders
from gateway.api.naming import KeepName, NameTarget, WatchName
from gateway.api.operations import OPERATIONS
from gateway.api.signed import SIGNED
from gateway.config import Config
from gateway.errors import BadRequest, OtherService
from gateway.host.host import LinkCounts
from gateway.keys import PrivateKey
from gateway.problem import BLOCKING
from gateway.state import measuring
from gateway.state.changes import Changes
from gateway.state.copies import Copies, Make
from gateway.state.flowlog import CLOCKS_DIFFER, FlowLog
from gateway.state.history import Recorder
from gateway.state.kernel import Kernel
from gateway.state.looks import Looks
from gateway.state.owners import check_admin, check_root, infos_of
from gateway.state.playerwatch import PlayerWatch
from gateway.state.publicname import PublicName
from gateway.state.reconciler import Reconciler
from gateway.state.store import ITSELF, Store
from gateway.state.traffic import MonthlyTraffic
from gateway.version import own

Examine = Callable[[], Awaitable[tuple[diagnosis.Finding, ...]]]
_OF_SERVICES = {
    KeepName.operation: KeepName.operation,
    WatchName.operation: KeepName.operation,
    measures.GetMeasures.operation: measures.GetMeasures.operation,
    standby.Follow.operation: SIGNED,
    pair.Stand.operation: SIGNED,
    pair.TakeCopy.operation: SIGNED,
}
"""Operations that are for root and one process each, with what `Caller.only` says of that process."""


class Turns(Protocol):
    """What takes turns with the region's other machine."""

    async def stand(self, request: pair.Stand) -> pair.Standing: ...

    async def take(self, request: pair.TakeCopy) -> pair.Taken: ...


class Operations:
    """One method for each operation, here, in `changes` or in `looks`. The type of its `request` says which."""

    def __init__(
        self,
        config: Config,
        private_key: PrivateKey,
        store: Store,
        kernel: Kernel,
        reconciler: Reconciler,
        flow_log: FlowLog | None = None,
        recorder: Recorder | None = None,
        examine: Examine | None = None,
        players: PlayerWatch | None = None,
        make_copy: Make | None = None,
        turns: Turns | None = None,
    ) -> None:
        """Take the players from the watch, or look at conntrack for each answer where there is none.

        `make_copy` makes copies for a standby; None outside of a fleet. `turns` is there where two machines have the
        region.
        """
        self._config = config
        self._store = store
        self._kernel = kernel
        self._now = kernel.host.now
        self._state = reconciler
        self._flow_log = flow_log
        self._recorder = recorder
        self._examine = examine
        self._turns = turns
        self.copies = Copies(store, reconciler, make_copy, kernel.host.now)
        self.public_name = PublicName(config.names, reconciler.problems)
        self._state.live.on_change = self.public_name.look_again
        self.traffic = MonthlyTraffic(config.gateway, kernel.host, store, reconciler)
        self.changes = Changes(config, private_key.public_key, store, reconciler, kernel.host, flow_log, recorder)
        self.looks = Looks(config, kernel, reconciler, self.public_name, players, recorder)
        self._tally = measuring.Tally()
        self._started = self._now()
        self._handlers = handlers((self, self.changes, self.looks), OPERATIONS.values())

    async def handle(self, caller: Caller, request: Request[Any]) -> object:
        """Carry out a request and return its answer. Raise an error of the tree in errors.py."""
        operation = request.operation
        with self._tally.of(operation), logs.about(request.request_id or ""):
            if not caller.is_trusted and _OF_SERVICES.get(operation, "") != caller.only:
                raise OtherService(operation=operation)
            return await self._handlers[type(request)](caller, request)

    async def decisions(self, caller: Caller, request: decisions.GetDecisions) -> decisions.Decisions:
        check_admin(request.actor)
        return decisions.Decisions(decisions=tuple(self._state.desired.decisions.values()))

    async def audit(self, caller: Caller, request: contract.GetAudit) -> contract.AuditPage:
        check_admin(request.actor)
        limit = max(1, min(request.limit, contract.MOST_ENTRIES))
        return contract.AuditPage(entries=tuple(await self._store.audit_page(request.before, limit)))

    async def holders(self, caller: Caller, request: FindHolders) -> Holders:
        check_root(caller)
        check_admin(request.actor)
        desired = self._state.desired
        open_now = infos_of(desired, desired.forwards.values())
        closed = [(info, at) for at, infos in await self._store.closings(request.at - CLOCKS_DIFFER) for info in infos]
        held = [HeldForward(forward=info, closed_at=at) for info, at in (*zip(open_now, repeat(None)), *closed)]
        return Holders(
            forwards=tuple(one for one in held if had_port(one, request)),
            flows=tuple(await self._flow_log.holders(request)) if self._flow_log else (),
            flow_log_for=self._config.policy.flow_log_for,
        )

    async def policy(self, caller: Caller, request: contract.GetPolicy) -> contract.PolicyInfo:
        return contract.PolicyInfo.of(self._config.policy)

    async def name(self, caller: Caller, request: KeepName) -> NameTarget:
        self.public_name.hear(request, self._state.surroundings.address)
        self._state.live.described()
        return self._name_target()

    async def watch_name(self, caller: Caller, request: WatchName) -> AsyncGenerator[NameTarget, None]:
        return self.public_name.follow(self._name_target)

    def _name_target(self) -> NameTarget:
        return self.public_name.target(self._state.surroundings, self._kernel.wireguard.kind, self._state.desired)

    async def diagnose(self, caller: Caller, request: diagnosis.Diagnose) -> diagnosis.Diagnosis:
        check_admin(request.actor)
        # A command without a gateway runs these operations as well, and has a doctor of its own.
        findings = await self._examine() if self._examine else ()
        return diagnosis.Diagnosis(findings=findings, version=own())

    async def measure(self, caller: Caller, request: measures.GetMeasures) -> measures.Measures:
        problems = self._state.problems.present
        return measures.Measures(
            version=own(),
            backend=self._kernel.wireguard.kind.value,
            started=self._started.timestamp(),
            problems=problems,
            is_serving=not any(problem.code in BLOCKING for problem in problems),
            operations=self._tally.operations,
            errors=self._tally.errors,
            repairs=measuring.counted(self._state.repaired),
            kernel=await self._measured(caller) if request.with_kernel else None,
            month_bytes=self.traffic.octets,
            month_limit=self.traffic.limit,
        )

    async def _measured(self, caller: Caller) -> measures.Kernel:
        everyone = contract.GetStatus(actor=replace(ITSELF, is_admin=True), everyone=True)
        tunnel, uplinks = self._config.gateway.interface, [each.interface for each in self._state.surroundings.uplinks]
        status, links, flows = await asyncio.gather(
            self.looks.status(caller, everyone),
            self._kernel.host.link_counts([tunnel, *uplinks]),
            self._kernel.host.flow_counts(),
        )
        own = links.pop(tunnel, LinkCounts())
        named = self._config.metrics is not None and self._config.metrics.names
        return measuring.of_kernel(status, own, links.values(), flows, with_names=named)

    async def history(self, caller: Caller, request: history.GetHistory) -> history.History:
        if self._recorder is None:  # this process samples nothing
            return history.History(
                period=request.period, until=self._now(), step_s=int(request.period.step.total_seconds()), steps=()
            )
        return await self._recorder.read(request)

    async def follow(self, caller: Caller, request: standby.Follow) -> AsyncGenerator[standby.Copied, None]:
        return self.copies.follow(caller.uid)

    async def get_standby(self, caller: Caller, request: standby.GetStandby) -> standby.StandbyState:
        check_root(caller)
        return self.copies.state()

    async def set_standby(self, caller: Caller, request: standby.SetStandby) -> standby.StandbyState:
        check_root(caller)
        await self.copies.allow(request.key)
        return self.copies.state()

    async def stand(self, caller: Caller, request: pair.Stand) -> pair.Standing:
        return await self._taking_turns.stand(request)

    async def take_copy(self, caller: Caller, request: pair.TakeCopy) -> pair.Taken:
        return await self._taking_turns.take(request)

    @property
    def _taking_turns(self) -> Turns:
        if self._turns is None:
            raise BadRequest(field="operation", problem="one machine alone has this region")
        return self._turns


def had_port(held: HeldForward, request: FindHolders) -> bool:
    """Report whether the forward had the port at the time."""
    forward, protocol = held.forward, request.protocol
    return (
        request.port in forward.ports
        and forward.protocol.shares(protocol)
        and forward.created_at <= request.at + CLOCKS_DIFFER
        and (held.closed_at is None or held.closed_at >= request.at - CLOCKS_DIFFER)
    )
