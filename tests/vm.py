"""A command runs on a real Debian kernel inside QEMU, without KVM and without installing that kernel.

    python -m tests.vm --share DIR -- pytest -m kernel tests/kernel
    python -m tests.vm                  only fills the cache, the one step that needs the network

The guest sees this machine's file system read-only at the same paths, with a tmpfs on top; `--share` is /vm there,
writable on both sides. The command's output comes out here, and its exit status is ours (124: time ran out, 125: the
VM failed, or there is no kernel for it). This needs qemu-system-x86, kmod and, for a faster boot, zstd. apt-get
downloads the kernel and busybox, which are unpacked below the cache: ~/.cache/guildgate-vm or $GUILDGATE_VM_CACHE.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import os
import re
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

# Meta packages, because the archive keeps no exact version for good. Debian 12 has the first beside its own 6.1.
KERNELS = ("linux-image-6.12-amd64", "linux-image-amd64")
TIMED_OUT, VM_FAILED = 124, 125

BOOT_MODULES = "virtio_pci virtio_console 9pnet_virtio 9p overlay"
TEST_MODULES = "wireguard tun veth bridge dummy"  # the kernel loads other modules by itself, with modprobe

# busybox only, also in STAGE2, because a dynamic program takes 0.1-0.4 s to start over 9p under emulation
INIT = r"""#!/bin/busybox sh
B=/bin/busybox
$B mount -t proc proc /proc; $B mount -t devtmpfs dev /dev; $B mount -t sysfs sysfs /sys
exec >/dev/console 2>&1 </dev/null
fail() { echo "vm: $*"; $B poweroff -f; }
load() { while read -r m; do $B insmod /m/$m || echo "vm: insmod $m failed"; done </m/$1.list; }
load boot
o=trans=virtio,version=9p2000.L,msize=512000
$B mount -t 9p -o ro,$o,cache=loose rootfs /lower || fail "no root share"
$B mount -t tmpfs -o mode=755,size=75% rw /rw; $B mkdir /rw/up /rw/work
upper=upperdir=/rw/up,workdir=/rw/work,xino=off,index=off,redirect_dir=off,metacopy=off
$B mount -t overlay -o lowerdir=/lower,$upper overlay /newroot || fail "no overlay"
load test
N=/newroot
$B mkdir -p $N/vm; $B mount -t 9p -o rw,$o,access=any vmshare $N/vm || fail "no /vm share"
$B mount --move /proc $N/proc; $B mount --move /sys $N/sys; $B mount --move /dev $N/dev
$B mkdir -p $N/dev/pts $N/dev/shm; $B ln -s /proc/self/fd $N/dev/fd  # for bash's <()
$B mount -t devpts -o mode=620,ptmxmode=666 devpts $N/dev/pts; $B mount -t tmpfs shm $N/dev/shm
$B mount -t tmpfs -o mode=755 run $N/run; $B mount -t cgroup2 cg $N/sys/fs/cgroup
$B mkdir -p $N/run/vm $N/run/netns; $B cp /bin/busybox /stage2 $N/run/vm/
exec $B switch_root -c /dev/console $N /run/vm/busybox sh /run/vm/stage2
"""
STAGE2 = r"""B=/run/vm/busybox
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb
read -r modules </vm/.modules; release=$($B uname -r)
$B mkdir -p /lib/modules/$release; $B mount --bind "$modules" /lib/modules/$release
$B ip link set lo up; echo vm >/proc/sys/kernel/hostname
out=/dev/console; for port in /dev/vport*p1; do [ -e $port ] && out=$port; done
$B setsid /bin/sh /vm/.command >$out 2>&1 </dev/null
echo $? >/vm/.status.tmp; $B mv /vm/.status.tmp /vm/.status
$B sync; $B poweroff -f; while :; do $B sleep 60; done
"""


class NoKernel(Exception):
    """This system's package archive has no Debian kernel, or cannot be reached."""


class Boot(NamedTuple):
    kernel: Path
    initramfs: Path
    modules: Path


def run(
    command: list[str], *, share: Path, timeout_s: float, kernels: Sequence[str] = KERNELS, option: str = ""
) -> int:
    """Boot, run `command` in the current folder, and return its exit status, TIMED_OUT or VM_FAILED.

    The kernel gets `option` as well, such as `ipv6.disable=1`.
    """
    boot = prepare(kernels)
    status = share / ".status"
    status.unlink(missing_ok=True)
    (share / ".command").write_text(f"cd {shlex.quote(os.getcwd())} && exec {shlex.join(command)}\n")
    (share / ".modules").write_text(f"{boot.modules}\n")
    with tempfile.TemporaryDirectory(prefix="vm.") as name, socket.socket(socket.AF_UNIX) as output:
        folder = Path(name)
        output.bind(str(folder / "output"))
        output.listen(1)
        copying = threading.Thread(target=_copy_output, args=(output,), daemon=True)
        copying.start()
        timed_out = False
        with subprocess.Popen(_qemu(boot, folder, share, option), stdin=subprocess.DEVNULL) as qemu:
            try:
                qemu.wait(timeout_s)
            except subprocess.TimeoutExpired:
                timed_out = True
            finally:
                qemu.kill()
        copying.join(2)
        if status.exists():
            return int(status.read_text())
        sys.stderr.write((folder / "console").read_text(errors="replace")[-6000:])
    return TIMED_OUT if timed_out else VM_FAILED


def _qemu(boot: Boot, folder: Path, share: Path, option: str) -> list[str]:
    append = (
        "console=ttyS0 quiet loglevel=4 panic=-1 reboot=t tsc=reliable no_timer_check mitigations=off nokaslr "
        f"audit=0 apparmor=0 random.trust_cpu=on {option}"
    )
    # There is one processor, because each has a thread of the host's. A guest that patches its own code while it boots
    # may then run into the int3 that it has just put there, and panics.
    return [
        *("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *("-M", "q35", "-accel", "tcg,tb-size=512", "-cpu", "max,la57=off", "-smp", "1", "-m", "1G"),
        *("-kernel", str(boot.kernel), "-initrd", str(boot.initramfs), "-append", append),
        *("-serial", f"file:{folder}/console"),
        # a socket, because qemu takes a closed stdin for a closed port and the guest's first write would block for ever
        *("-device", "virtio-serial-pci", "-chardev", f"socket,id=out,path={folder}/output,server=off"),
        *("-device", "virtserialport,chardev=out,name=vm.out"),
        *("-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"),
        *("-device", "virtio-9p-pci,fsdev=root,mount_tag=rootfs"),
        *("-fsdev", f"local,id=share,path={share},security_model=none,multidevs=remap"),
        *("-device", "virtio-9p-pci,fsdev=share,mount_tag=vmshare"),
    ]


def _copy_output(listener: socket.socket) -> None:
    try:
        connection, _ = listener.accept()
    except OSError:  # because qemu never came up, and run() has closed the listener
        return
    with connection:
        while chunk := connection.recv(1 << 16):
            sys.stdout.write(chunk.decode(errors="replace"))
            sys.stdout.flush()


def prepare(kernels: Sequence[str] = KERNELS) -> Boot:
    """Return kernel, initramfs and modules from the cache. Filling it takes the network, some 10 s and 190 MB, once."""
    cache = Path(os.environ.get("GUILDGATE_VM_CACHE") or Path.home() / ".cache/guildgate-vm").resolve()
    cache.mkdir(parents=True, exist_ok=True)
    release = _release(cache, kernels)
    package = _unpack(cache, f"linux-image-{release}", f"lib/modules/{release}")
    busybox = _unpack(cache, "busybox-static", "bin/busybox") / "bin/busybox"
    modules = package / "lib/modules" / release
    if not (modules / "modules.dep.bin").exists():
        subprocess.run(["depmod", "-b", package, release], check=True)
    recipe = hashlib.sha256("\0".join((INIT, STAGE2, BOOT_MODULES, TEST_MODULES)).encode()).hexdigest()[:12]
    initramfs = cache / f"{release}-{recipe}.cpio"
    if not initramfs.exists():
        _write(initramfs, _initramfs(package, release, busybox.read_bytes()))
    image, elf = package / f"boot/vmlinuz-{release}", cache / f"{release}.vmlinux"
    if not elf.exists():
        _write(elf, _vmlinux(image.read_bytes()) or b"")
    return Boot(elf if elf.stat().st_size else image, initramfs, modules)


def _release(cache: Path, kernels: Sequence[str]) -> str:
    """Return the version that a meta package stands for now. Without package lists, return the last one used."""
    for kernel in kernels:
        with suppress(NoKernel):
            if found := re.search(r"Depends: linux-image-(\S+)", _apt("apt-cache", "depends", kernel)):
                return found[1]
    cached = sorted(cache.glob("linux-image-*"), key=lambda path: path.stat().st_mtime)
    if not cached:
        raise NoKernel(f"apt knows neither {' nor '.join(kernels)}, and {cache} is empty")
    return cached[-1].name.removeprefix("linux-image-")


def _unpack(cache: Path, package: str, marker: str) -> Path:
    folder = cache / package
    if not (folder / marker).exists():
        with tempfile.TemporaryDirectory(dir=cache) as name:
            _apt("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package, folder=name)
            (archive,) = Path(name).glob("*.deb")
            content = Path(name, "content")
            subprocess.run(["dpkg", "-x", archive, content], check=True)
            # Debian 13 has all of it below /usr, and no package has the links that lead there from /.
            for place in ("bin", "lib"):
                if not (content / place).exists():
                    (content / place).symlink_to(f"usr/{place}")
            shutil.rmtree(folder, ignore_errors=True)
            content.rename(folder)
    return folder


def _apt(*command: str, folder: str | None = None) -> str:
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    except OSError as error:
        raise NoKernel(f"{command[0]}: {error.strerror}") from error
    except subprocess.CalledProcessError as error:
        raise NoKernel(" ".join(error.stderr.split())) from error


def _initramfs(package: Path, release: str, busybox: bytes) -> bytes:
    """Build an uncompressed initramfs with plain modules, so that emulation unpacks and verifies nothing."""
    entries = [(name, 0o40755, b"") for name in ("bin", "dev", "proc", "sys", "m", "lower", "rw", "newroot")]
    entries += [("bin/busybox", 0o100755, busybox), ("init", 0o100755, INIT.encode())]
    entries += [("stage2", 0o100755, STAGE2.encode())]
    seen: list[Path] = []
    for stage, modules in (("boot", BOOT_MODULES), ("test", TEST_MODULES)):
        paths: list[Path] = []
        for module in modules.split():
            paths += [path for path in _insmods(package, release, module) if path not in seen + paths]
        seen += paths
        names = [path.name.removesuffix(".xz") for path in paths]
        entries += [(f"m/{n}", 0o100644, _plain_module(p)) for n, p in zip(names, paths, strict=True)]
        entries.append((f"m/{stage}.list", 0o100644, "".join(f"{name}\n" for name in names).encode()))
    return _cpio(entries)


def _insmods(package: Path, release: str, module: str) -> list[Path]:
    """Return the module's file and those it needs, in loading order. Built-in modules have none."""
    command = ["modprobe", "-d", str(package), "-S", release, "--show-depends", "--ignore-install", module]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [Path(line.split()[1]) for line in answer.splitlines() if line.startswith("insmod ")]


def _plain_module(path: Path) -> bytes:
    """Return the module unpacked and without its signature, because checking it takes 50 ms under emulation."""
    data = path.read_bytes()
    if path.suffix == ".xz":
        data = lzma.decompress(data)
    magic = b"~Module signature appended~\n"
    if data.endswith(magic):
        (length,) = struct.unpack(">I", data[-len(magic) - 4 : -len(magic)])
        data = data[: -len(magic) - 12 - length]
    return data


def _vmlinux(image: bytes) -> bytes | None:
    """Return the ELF kernel inside a bzImage, which boots 1-1.5 s faster, or None when it cannot be unpacked.

    Offsets: Documentation/arch/x86/boot.rst (setup_sects, payload_offset, payload_length).
    """
    offset = ((image[0x1F1] or 4) + 1) * 512 + struct.unpack_from("<I", image, 0x248)[0]
    payload = image[offset : offset + struct.unpack_from("<I", image, 0x24C)[0]]
    if payload.startswith(b"\xfd7zX"):
        elf = lzma.LZMADecompressor().decompress(payload)
    elif payload.startswith(b"\x28\xb5\x2f\xfd") and shutil.which("zstd"):
        elf = subprocess.run(["zstd", "-dcq"], input=payload[:-4], capture_output=True).stdout  # 4: its length
    else:
        return None
    return elf if elf.startswith(b"\x7fELF") else None


def _cpio(entries: list[tuple[str, int, bytes]]) -> bytes:
    """Write the newc format, Documentation/driver-api/early-userspace/buffer-format.rst."""
    archive = bytearray()
    for inode, (name, mode, data) in enumerate([*entries, ("TRAILER!!!", 0, b"")], 1):
        path = name.encode() + b"\0"
        header = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0)
        for part in (b"070701" + b"".join(b"%08X" % value for value in header) + path, data):
            archive += part
            archive += b"\0" * (-len(archive) % 4)
    return bytes(archive)


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_bytes(data)
    partial.rename(path)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.vm")
    parser.add_argument("--share", type=Path, help="a folder that is /vm inside")
    parser.add_argument("--own", action="store_true", help="the distribution's own kernel, which may be older")
    parser.add_argument("--timeout", type=float, default=600, metavar="SECONDS")
    parser.add_argument("command", nargs="*", help="without one, only fill the cache")
    arguments = parser.parse_args()
    kernels = KERNELS[1:] if arguments.own else KERNELS
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that qemu is killed on the way out
    try:
        if not arguments.command:
            prepare(kernels)
            return 0
        with tempfile.TemporaryDirectory(prefix="vm.share.") as name:
            share = arguments.share.resolve() if arguments.share else Path(name)
            return run(arguments.command, share=share, timeout_s=arguments.timeout, kernels=kernels)
    except NoKernel as reason:
        print(f"vm: no kernel for QEMU: {reason}", file=sys.stderr)
        return VM_FAILED


if __name__ == "__main__":
    sys.exit(main())
