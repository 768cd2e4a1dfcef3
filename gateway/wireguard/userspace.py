"""WireGuard in user space: wireguard-go, driven over its UAPI socket.

The daemon does not depend on the gateway once it runs. So tunnels outlive a killed gateway, and the next one adopts
them. The socket is named after the interface alone, also for interfaces in other network namespaces.
Protocol: https://www.wireguard.com/xplatform/#configuration-protocol
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
from collections.abc import Iterable, Iterator, Set
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address, ip_network
from pathlib import Path

from gateway.config import Backend
from gateway.errors import HostProblem, apply_failed, why
from gateway.host import link, notices
from gateway.keys import PrivateKey
from gateway.model import Key
from gateway.wireguard.device import (
    KEEPALIVE_S,
    DeviceState,
    Interface,
    Known,
    PeerState,
    WgPeer,
    check_port_free,
    key_of,
    moment,
    preshared,
    preshared_raw,
    refuse_foreign,
)

KIND = "tun"
PROGRAM = "wireguard-go"

_TUN = Path("/dev/net/tun")
_SOCKETS = Path("/var/run/wireguard")
_ANSWER_S = 5.0  # a request of 1,000 peers takes 0.25 s
_PEER = b"public_key="
_LONGEST = 64 << 20  # bytes of an answer; a peer takes some 500
_ENDING_S = 1.0  # wireguard-go removes link and socket within some 15 ms of each other
_AGAIN_S = 0.02
_TERMINATE_S = 5.0
_ENVIRONMENT = {"LOG_LEVEL": "error", "WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD": "1"}


class UserspaceWireGuard(Interface):
    kind = Backend.USERSPACE

    @property
    def _socket(self) -> Path:
        return _SOCKETS / f"{self.interface}.sock"

    async def up(self) -> None:
        kind = await link.kind(self.interface)
        try:
            if kind is None and not await self._is_called_back():
                await self._start()
            elif kind not in (None, KIND):
                raise refuse_foreign(self.interface, f"is there already and no tun device ({kind or 'hardware'})")
            state = await self._get()
        except (FileNotFoundError, ConnectionError) as error:
            if await self._link_goes():
                await self.up()
                return
            raise refuse_foreign(self.interface, f"is a tun device that no {PROGRAM} answers for") from error
        except OSError as error:
            raise HostProblem(
                key="gateway.backend", problem=f"{PROGRAM} does not answer on {self._socket} ({why(error)})"
            ) from error
        if not self.is_ours(state):
            raise refuse_foreign(self.interface, f"belongs to a {PROGRAM} with another private key")
        # Only what differs, because wireguard-go opens its sockets anew even for the port that it has.
        lines = []
        if state.public_key is None:
            lines.append(f"private_key={self.private_key.raw.hex()}")
        if state.listen_port != self.listen_port:
            await self._port_is_free()
            lines.append(f"listen_port={self.listen_port}")
        if lines:
            await self._set(lines)

    async def apply(self, add: Iterable[WgPeer], remove: Iterable[Key]) -> None:
        lines = [line for key in remove for line in (f"public_key={key.raw.hex()}", "remove=true")]
        lines += [line for peer in add for line in _added(peer)]
        if lines:
            await self._set(lines)

    async def dump(self, only: Set[Key] | None = None) -> DeviceState:
        try:
            return await self._get(only)
        except OSError as error:
            raise apply_failed(f"reading {self.interface}", error) from error

    async def down(self) -> None:
        try:
            with suppress(OSError):  # it hangs or is gone; _find_daemon finds ours by name and namespace
                if not self.is_ours(await self._get()):
                    return
            pidfd = await asyncio.to_thread(_find_daemon, self.interface, os.readlink("/proc/thread-self/ns/net"))
            if pidfd is None:
                await self._socket_is_free()
                return
            try:
                await _end(pidfd)
            finally:
                os.close(pidfd)
            self._socket.unlink(missing_ok=True)
        except OSError as error:
            raise apply_failed(f"stopping {PROGRAM} {self.interface}", error) from error

    async def _is_called_back(self) -> bool:
        """Give the link its name again, if another program renamed it. Report whether that was so."""
        namespace = os.readlink("/proc/thread-self/ns/net")
        name = await asyncio.to_thread(_present_name, self.interface, namespace)
        if name is None or not self.is_ours(await self._get()):
            return False
        await link.rename(name, self.interface)
        return True

    async def _start(self) -> None:
        """Start the daemon. Its starter opens link and socket, hands both on, and exits with 0 when both are there."""
        if not await self._socket_is_free():
            used = f"is used by another {PROGRAM}, of another user or in another network namespace"
            raise refuse_foreign(self.interface, used)
        if problem := missing():
            raise HostProblem(key="gateway.backend", problem=problem)
        starter = await asyncio.create_subprocess_exec(
            shutil.which(PROGRAM) or PROGRAM,
            self.interface,
            env=_ENVIRONMENT,
            cwd="/",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,  # a pipe would break with a killed gateway, and end the daemon
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        if status := await starter.wait():
            raise HostProblem(
                key="gateway.backend",
                problem=f"{PROGRAM} could not start (exit status {status}); "
                f"`LOG_LEVEL=debug {PROGRAM} -f {self.interface}` says why",
            )

    async def _link_goes(self) -> bool:
        """Report whether the link belonged to a daemon that is ending, whose socket goes first."""
        async with notices.watch(self.interface) as reasons:
            with suppress(TimeoutError):
                async with asyncio.timeout(_ENDING_S):
                    while await link.kind(self.interface):
                        await anext(reasons)
                    return True
        return False

    async def _port_is_free(self) -> None:
        """Wait for the port of an ending daemon, which closes it after its link. Raise HostProblem when it is taken."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _ENDING_S
        while True:
            try:
                check_port_free(self.listen_port)
            except HostProblem:
                if loop.time() > end:
                    raise
                await asyncio.sleep(_AGAIN_S)
            else:
                return

    async def _socket_is_free(self) -> bool:
        """Report whether no daemon has the socket. Wait for an ending one, and unlink the socket of a dead one."""
        try:
            reader, writer = await asyncio.open_unix_connection(self._socket)
        except FileNotFoundError:
            return True
        except ConnectionRefusedError:
            self._socket.unlink(missing_ok=True)
            return True
        except PermissionError:  # another user's
            return False
        try:
            with suppress(ConnectionError):
                async with asyncio.timeout(_ENDING_S):
                    await reader.read(1)
        except TimeoutError:
            return False
        finally:
            writer.close()
        self._socket.unlink(missing_ok=True)
        return True

    async def _get(self, only: Set[Key] | None = None) -> DeviceState:
        """Read the device; raise OSError."""
        return await asyncio.to_thread(parse, await self._request("get=1\n\n"), only, self._known)

    async def _set(self, lines: Iterable[str]) -> None:
        try:
            lines_of(await self._request("".join(f"{line}\n" for line in ("set=1", *lines, ""))))
        except OSError as error:
            raise apply_failed(f"changing {self.interface}", error) from error

    async def _request(self, request: str) -> bytes:
        async with asyncio.timeout(_ANSWER_S):
            reader, writer = await asyncio.open_unix_connection(self._socket)
            try:
                writer.write(request.encode())
                answer = bytearray()
                while not answer.endswith(b"\n\n"):
                    if not (chunk := await reader.read(1 << 16)):
                        raise ConnectionResetError("the answer ended early")
                    answer += chunk
                    if len(answer) > _LONGEST:
                        raise _not_an_answer()
            finally:
                writer.close()
        return bytes(answer)


def missing() -> str | None:
    """Say what this host lacks to run wireguard-go, and what to do about it. None when nothing is missing."""
    if shutil.which(PROGRAM) is None:
        return f"{PROGRAM} is not installed; install it (apt-get install {PROGRAM})"
    try:
        os.close(os.open(_TUN, os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        return f"{_TUN} cannot be opened ({why(error)}); load the tun module, or give the container that device"
    return None


def parse(answer: bytes, only: Set[Key] | None = None, known: Known | None = None) -> DeviceState:
    """Read the answer to get=1. Raise OSError for an errno other than 0, and for what is no answer.

    `only`: without other peers. `known` has the peers of the answer before, and then those of this one.
    """
    device, *peers = answer.split(_PEER)
    if peers:  # the errno stands behind the last one
        peers[-1], errno_is, rest = peers[-1].rpartition(b"errno=")
        device += errno_is + rest
    lines = lines_of(device)
    wanted = None if only is None else {key.raw.hex().encode() for key in only}
    before = known or {}
    try:
        own = dict(lines)
        private_key = own.get("private_key")
        chosen = peers if wanted is None else [text for text in peers if text[:64] in wanted]
        found = {text: before.get(text) or _peer(text.decode("ascii")) for text in chosen}
        if known is not None and wanted is None:
            known.clear()
            known.update(found)
        return DeviceState(
            public_key=PrivateKey(key_of(bytes.fromhex(private_key)).raw).public_key if private_key else None,
            listen_port=_number(own.get("listen_port", "0"), bits=16),
            peers={state.public_key: state for state in found.values()},
        )
    except (LookupError, ValueError):
        raise _not_an_answer() from None  # without its text, which may quote a key


def lines_of(answer: bytes) -> list[tuple[str, str]]:
    """Split the answer into lines, without the errno at its end. Raise OSError unless that is 0."""
    try:
        text = answer.decode("ascii")
        lines = [(key, value) for key, _, value in (line.partition("=") for line in text.splitlines() if line)]
        key, value = lines.pop()
        if key != "errno":
            raise ValueError(key)
        code = _number(value.removeprefix("-"), bits=12)
    except (LookupError, ValueError):
        raise _not_an_answer() from None
    if code:
        raise OSError(code, os.strerror(code))
    return lines


def _not_an_answer() -> OSError:
    return OSError(errno.EPROTO, f"not an answer of {PROGRAM}")


def _peer(text: str) -> PeerState:
    """Read the lines of a peer, behind `public_key=`. Raise LookupError or ValueError."""
    public_key, *lines = text.splitlines()
    fields = dict[str, str]()
    allowed_ips = []
    for key, _, value in (line.partition("=") for line in lines):
        if key == "allowed_ip":
            allowed_ips.append(_network(value))
        else:
            fields[key] = value
    seconds, nanoseconds = (_number(fields.get(f"last_handshake_time_{unit}", "0")) for unit in ("sec", "nsec"))
    return PeerState(
        public_key=key_of(bytes.fromhex(public_key)),
        preshared_key=preshared(bytes.fromhex(fields.get("preshared_key", ""))),
        allowed_ips=tuple(allowed_ips),
        endpoint=_endpoint(fields["endpoint"]) if "endpoint" in fields else None,
        latest_handshake=moment(seconds, nanoseconds),
        rx_bytes=_number(fields.get("rx_bytes", "0")),
        tx_bytes=_number(fields.get("tx_bytes", "0")),
    )


_network = lru_cache(maxsize=1 << 12)(ip_network)  # because each look reads the same ones


def _number(text: str, *, bits: int = 64) -> int:
    if not text.isdecimal() or len(text) > 20 or int(text) >> bits:
        raise ValueError(f"not a number of {bits} bits")
    return int(text)


def _endpoint(text: str) -> str:
    """Check that it is `1.2.3.4:5` or `[fd00::1]:5`, because it is written back when the peer returns."""
    host, _, port = text.rpartition(":")
    ip_address(host.removeprefix("[").removesuffix("]"))
    _number(port, bits=16)
    return text


def _added(peer: WgPeer) -> Iterator[str]:
    """Write the peer. A keepalive that is switched on is sent at once, and begins the session; then it goes off."""
    yield f"public_key={peer.public_key.raw.hex()}"
    yield f"preshared_key={preshared_raw(peer.preshared_key).hex()}"
    if peer.endpoint:
        yield f"endpoint={peer.endpoint}"
    yield "replace_allowed_ips=true"
    for network in peer.allowed_ips:
        yield f"allowed_ip={network}"
    if peer.endpoint:
        yield f"persistent_keepalive_interval={KEEPALIVE_S}"
        yield f"public_key={peer.public_key.raw.hex()}"
        yield "update_only=true"
        yield "persistent_keepalive_interval=0"


def _present_name(interface: str, namespace: str) -> str | None:
    """Return the name that the link has now whose wireguard-go was started for this interface, in this namespace."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "comm").read_text() != f"{PROGRAM}\n" or os.readlink(process / "ns/net") != namespace:
                continue
            if os.fsencode(interface) not in (process / "cmdline").read_bytes().split(b"\0"):
                continue
            for fd in (process / "fdinfo").iterdir():
                _, found, rest = fd.read_text().partition("iff:\t")
                if found:
                    return rest.partition("\n")[0]
    return None


def _find_daemon(interface: str, namespace: str) -> int | None:
    """Return a pidfd of the wireguard-go that holds this interface in this network namespace.

    SO_PEERCRED of its socket does not help: it names the starter, which began to listen and is gone.
    """
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "comm").read_text() != f"{PROGRAM}\n":
                continue
            pidfd = os.pidfd_open(int(process.name))  # first, so that it stands for the process looked at below
        except OSError:
            continue  # the process ended meanwhile
        with suppress(OSError):
            if os.readlink(process / "ns/net") == namespace and any(
                f"iff:\t{interface}\n" in fd.read_text() for fd in (process / "fdinfo").iterdir()
            ):
                return pidfd
        os.close(pidfd)
    return None


async def _end(pidfd: int) -> None:
    with suppress(ProcessLookupError):  # the daemon ended by itself
        signal.pidfd_send_signal(pidfd, signal.SIGTERM)
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(pidfd, ended.set)
    try:
        async with asyncio.timeout(_TERMINATE_S):
            await ended.wait()
    except TimeoutError:
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        await ended.wait()
    finally:
        loop.remove_reader(pidfd)
