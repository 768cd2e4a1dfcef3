"""The services of systemd: whether they are installed, run, and start at each boot, and of which version they are."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from bot.config import SERVICES_TOKEN
from gateway.config import Config
from gateway.doctor.finding import Finding, failure, ok, warning

GATEWAY, BOT, NAMES, METRICS, COURIER = (
    f"guildgate-{name}.service" for name in ("gateway", "bot", "names", "metrics", "courier")
)
_TITLE = "services"
_SYSTEMD = Path("/run/systemd/system")  # sd_booted(3)
_PROPERTIES = (
    "Id", "LoadState", "ActiveState", "SubState", "Result", "UnitFileState", "NeedDaemonReload", "NRestarts",
    "ExecStart",
)  # fmt: skip
Unit = Mapping[str, str]


def services(config: Config) -> Iterator[Finding]:
    """Check the services; those of [names], [metrics] and a region only where the configuration has that."""
    if not _SYSTEMD.is_dir():
        yield ok(_TITLE, "systemd does not run here; start guildgate at a boot by other means")
        return
    secrets = {BOT: SERVICES_TOKEN} | ({NAMES: config.names.secret_file} if config.names else {})
    secrets |= {COURIER: config.fleet.bus_file} if config.fleet and config.fleet.region else {}
    missing = {unit: path for unit, path in secrets.items() if not path.exists()}
    units = read((GATEWAY, *secrets, *([METRICS] if config.metrics else [])))
    yield from judge(units, versions(units), version("guildgate"), missing)


def read(names: Sequence[str]) -> list[Unit]:
    """Ask systemd for the units. Raise OSError or subprocess.SubprocessError."""
    command = ("systemctl", "show", f"--property={','.join(_PROPERTIES)}", *names)
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout
    return [dict(line.partition("=")[::2] for line in block.splitlines()) for block in shown.strip().split("\n\n")]


def versions(units: Sequence[Unit]) -> set[str]:
    """Return the versions of the programs that the units start, as the packages' names in their environments say."""
    found = set()
    for unit in units:
        program = next((part[5:] for part in unit.get("ExecStart", "").split() if part.startswith("path=")), "")
        installed = Path(program).parent.parent.glob("lib/python3*/site-packages/guildgate-*.dist-info")
        found |= {path.name.removesuffix(".dist-info").removeprefix("guildgate-") for path in installed}
    return found


def judge(units: Sequence[Unit], installed: set[str], own: str, missing: Mapping[str, Path]) -> Iterator[Finding]:
    """Judge the units. `missing` are the files without which a unit does not start."""
    loaded = [unit for unit in units if unit["LoadState"] == "loaded"]
    if not loaded:
        yield ok(_TITLE, "none is installed; `./run install` makes some that start at each boot")
        return
    troubles = [trouble for unit in units for trouble in _troubles(unit, missing.get(unit["Id"]))]
    yield from troubles
    if installed - {own}:
        detail = f"the services are of version {', '.join(sorted(installed))}, and this doctor is of {own}"
        yield warning(_TITLE, detail, "Use the `guildgate` on your path, or install this version.")
    elif not troubles:
        names = " and ".join(map(_name, loaded))
        yield ok(_TITLE, f"{names} run, start at each boot, and are of version {own}")


def _name(unit: Unit) -> str:
    return unit["Id"].removesuffix(".service")


def _troubles(unit: Unit, missing: Path | None) -> Iterator[Finding]:
    name = _name(unit)
    log = f"journalctl -u {name} -n 20    shows why"
    if unit["LoadState"] != "loaded":
        yield failure(_TITLE, f"{name} is not installed ({unit['LoadState']})", "Install it again.")
        return
    if unit["NeedDaemonReload"] == "yes":
        yield warning(_TITLE, f"the unit of {name} was changed and not read again", "systemctl daemon-reload")
    if unit["UnitFileState"] not in ("enabled", "enabled-runtime"):
        yield warning(_TITLE, f"{name} does not start at a boot", f"systemctl enable {name}")
    if unit["ActiveState"] == "failed":
        yield failure(_TITLE, f"{name} has failed ({unit['Result']})", log, f"systemctl restart {name}")
    elif unit["ActiveState"] == "inactive" and missing:
        fix = f"install -m 600 /dev/stdin {missing} && systemctl start {name}"
        yield failure(_TITLE, f"{name} is stopped, and starts only with a secret in {missing}", fix)
    elif unit["ActiveState"] in ("inactive", "deactivating"):
        yield failure(_TITLE, f"{name} is stopped", f"systemctl start {name}")
    elif unit["ActiveState"] == "activating":
        yield warning(
            _TITLE, f"{name} is not up yet ({unit['SubState']}, started again {unit['NRestarts']} times)", log
        )
