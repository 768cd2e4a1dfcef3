"""python -m tests.attack [KIND ...]: how the bot's system user can slow root's requests on the gateway's socket.

A process of a user that the configuration lets in does one thing as fast as it can, while root asks for the status.
It needs root and namespaces of its own, like the network tests:

    sudo unshare --net --mount --pid --fork --kill-child --mount-proc .ci/isolated .venv/bin/python -m tests.attack
"""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import random
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from gateway.api.contract import GetPolicy, GetStatus, Join, List, Request, Revoke
from gateway.api.decisions import Decide
from gateway.api.diagnosis import Diagnose
from gateway.api.events import Watch
from gateway.api.history import GetHistory, Period
from gateway.codec import encode
from gateway.keys import PrivateKey

USER = "nobody"
SECONDS = 8.0
THREADS = 16


def posted(operation: str, body: bytes) -> bytes:
    return b"POST /v1/%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (operation.encode(), len(body), body)


def packed(request: Request[object]) -> bytes:
    return posted(request.operation, json.dumps(encode(request)).encode())


def attacks() -> dict[str, Callable[[], Iterator[bytes]]]:
    """Return what each kind sends on one connection, piece by piece."""
    from tests.unit.builders import ADMIN, ALICE

    def over_and_over(data: bytes) -> Callable[[], Iterator[bytes]]:
        def send() -> Iterator[bytes]:
            while True:
                yield data

        return send

    def slow() -> Iterator[bytes]:
        yield b"POST /v1/policy HTTP/1.1\r\nHost: x\r\n"
        while True:
            time.sleep(0.5)
            yield b"X: y\r\n"

    def endless() -> Iterator[bytes]:
        yield b"POST /v1/policy HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        while True:
            yield b"1\r\nx\r\n" * 5000

    def noise() -> Iterator[bytes]:
        while True:
            yield random.randbytes(2000)

    def changes() -> Iterator[bytes]:
        while True:
            yield packed(Join(actor=ALICE, device="pc", public_key=PrivateKey.generate().public_key))
            yield packed(Revoke(actor=ALICE))

    def decisions() -> Iterator[bytes]:
        while True:
            one = f"{random.getrandbits(60):x}"
            decided = Decide(actor=ADMIN, decision=one, at=datetime.now(UTC), owner=one, suspended=True)
            yield packed(decided)

    def snapshots() -> Iterator[bytes]:
        yield packed(Watch(actor=ADMIN))
        raise ConnectionError  # so that the next connection has another one made

    deep = b"[" * 60000
    wide = json.dumps(encode(GetPolicy(actor=ALICE)) | {"x" * 60000: 1}).encode()
    ids = json.dumps(encode(Revoke(actor=ALICE)) | {"ids": [2**62] * 3000}).encode()
    return {
        "policy": over_and_over(packed(GetPolicy(actor=ALICE))),
        "list": over_and_over(packed(List(actor=ADMIN, everyone=True))),
        "status": over_and_over(packed(GetStatus(actor=ADMIN, everyone=True))),
        "changes": changes,
        "decisions": decisions,
        "snapshots": snapshots,
        "history": over_and_over(packed(GetHistory(actor=ADMIN, everyone=True, period=Period.YEAR))),
        "diagnose": over_and_over(packed(Diagnose(actor=ADMIN))),
        "no-json": over_and_over(posted("policy", b"{\x1b")),
        "no-http": noise,
        "slow-head": slow,
        "endless-body": endless,
        "huge-body": over_and_over(
            b"POST /v1/policy HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n" + bytes(60000)
        ),
        "deep-json": over_and_over(posted("policy", deep)),
        "wide-json": over_and_over(posted("policy", wide)),
        "many-ids": over_and_over(posted("revoke", ids)),
        "pipelined": over_and_over(packed(GetPolicy(actor=ALICE)) * 20),
        "one-chunks": over_and_over(
            b"POST /v1/policy HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + b"1\r\n{\r\n" * 9000
            + b"0\r\n\r\n"
        ),
        "hang-up": over_and_over(b""),
    }


def attack(kind: str, path: str, until: float) -> None:
    """Do it in threads until that time, and print how many pieces were sent and connections opened."""
    sent, opened, heard = [0] * THREADS, [0] * THREADS, [0] * THREADS
    each = 8 if kind in ("slow-head", "pipelined") else 1  # connections of a thread
    deaf = kind in ("pipelined", "slow-head", "endless-body")

    def work(number: int) -> None:
        make = attacks()[kind]
        while time.time() < until:
            held = []
            try:
                for _ in range(each):
                    one = socket.socket(socket.AF_UNIX)
                    one.settimeout(1)
                    one.connect(path)
                    opened[number] += 1
                    held.append((one, make()))
                if kind == "hang-up":
                    continue
                while time.time() < until:
                    for one, pieces in held:
                        one.sendall(next(pieces))
                        sent[number] += 1
                        if not deaf:
                            answer = one.recv(1 << 20)
                            heard[number] += len(answer)
                            if not answer:
                                raise ConnectionError
            except OSError:
                pass
            finally:
                for one, _ in held:
                    one.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"sent": sum(sent), "opened": sum(opened), "heard": sum(heard)}))


def rss_mib(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


async def main(kinds: list[str]) -> None:
    from gateway.demo.world import World
    from tests.lab import unused_prefix
    from tests.net.gateway import ADMIN, gateway_in

    print(
        f"{'':14}{'root p50':>10}{'p99':>9}{'most':>9}{'pieces/s':>10}{'conns/s':>9}{'MiB':>6}{'files':>7}{'lines':>7}"
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        async with (
            World(unused_prefix()) as world,
            gateway_in(world, Path(folder), f'socket_users = ["{USER}"]', in_full=True) as gateway,
        ):
            await gateway.start()
            await gateway.join()
            assert gateway.process
            assert gateway.process.stderr
            log: list[bytes] = []

            async def read_log(lines: asyncio.StreamReader) -> None:
                while line := await lines.readline():
                    log.append(line)

            reading = asyncio.create_task(read_log(gateway.process.stderr))
            for kind in ["idle", *(kinds or attacks())]:
                attacker = None
                pid, lines, until = gateway.process.pid, len(log), time.time() + SECONDS
                if kind != "idle":
                    attacker = await asyncio.create_subprocess_exec(
                        sys.executable,
                        "-m",
                        "tests.attack",
                        "--as",
                        kind,
                        str(gateway.socket),
                        str(until),
                        stdout=asyncio.subprocess.PIPE,
                    )
                    await asyncio.sleep(1)
                took, files = [], 0
                while time.time() < until:
                    began = time.perf_counter()
                    try:
                        await gateway.client.call(GetStatus(actor=ADMIN, everyone=True))
                        took.append((time.perf_counter() - began) * 1000)
                    except Exception as error:
                        print(f"    root: {error!r}")
                    files = max(files, len(os.listdir(f"/proc/{pid}/fd")))
                    await asyncio.sleep(0.02)
                said = {"sent": 0, "opened": 0}
                if attacker:
                    output, _ = await attacker.communicate()
                    said = json.loads(output)
                assert gateway.process.returncode is None, "the gateway is gone"
                took.sort()
                print(
                    f"{kind:14}{statistics.median(took):8.1f}ms{took[int(len(took) * 0.99)]:7.0f}ms{took[-1]:7.0f}ms"
                    f"{said['sent'] / SECONDS:10.0f}{said['opened'] / SECONDS:9.0f}{rss_mib(pid):6.0f}{files:7}"
                    f"{len(log) - lines:7}",
                    flush=True,
                )
            await gateway.stop()
            await reading
            print(b"".join(log[-12:]).decode())


if __name__ == "__main__":
    if sys.argv[1:2] == ["--as"]:
        _, _, kind, path, until = sys.argv
        attacks()  # imports while it may
        entry = pwd.getpwnam(USER)
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
        attack(kind, path, float(until))
    else:
        asyncio.run(main(sys.argv[1:]))
