"""Numbers of a gateway, with one of everything."""

from __future__ import annotations

from gateway.api.measures import (
    BOUNDS_S,
    Counted,
    FlowTable,
    ForwardMeasures,
    InterfaceMeasures,
    Kernel,
    Measures,
    OperationMeasures,
    PeerMeasures,
)
from gateway.problem import Problem, Trouble


def kernel(name: str = "", devices: int = 1) -> Kernel:
    return Kernel(
        connected=1,
        away=devices - 1,
        suspended=2,
        forwards=devices,
        flows=3,
        players=2,
        peers=tuple(
            PeerMeasures(id=number, name=name, handshake=1.5, rx_bytes=10, tx_bytes=20)
            for number in range(1, devices + 1)
        ),
        each=tuple(
            ForwardMeasures(
                id=number, peer_id=number, name=name, flows=3, players=2, rx_bytes=30, tx_bytes=40, refused=5
            )
            for number in range(1, devices + 1)
        ),
        interfaces=tuple(
            InterfaceMeasures(role=role, rx_bytes=6, tx_bytes=7, rx_dropped=8, tx_dropped=9)
            for role in ("tunnel", "uplink")
        ),
        table=FlowTable(entries=11, limit=12, dropped=13, evicted=14),
    )


def measures(found: Kernel | None = None, *codes: Trouble) -> Measures:
    return Measures(
        version="1.2",
        backend="kernel",
        started=1000.0,
        problems=tuple(Problem(code=code, values={"reason": "it is so"}) for code in codes),
        is_serving=not codes,
        operations=(OperationMeasures(operation="join", counts=(1,) * (len(BOUNDS_S) + 1), seconds=4.5),),
        errors=(Counted(what="port_taken", times=2),),
        repairs=(Counted(what="table", times=3),),
        kernel=found,
        month_bytes=15,
        month_limit=16,
    )
