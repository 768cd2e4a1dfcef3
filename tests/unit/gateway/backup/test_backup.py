"""What is in a backup, what is refused as one, and how it comes to a machine."""

from __future__ import annotations

import gzip
import io
import os
import pwd
import shutil
import sqlite3
import tarfile
from contextlib import closing
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest

import bot.config
from bot import chosen
from gateway.backup import archive, sealed
from gateway.backup.archive import BOT_DATABASE, CHOICES, CONFIG, DATABASE, HISTORY, KEY, Backup
from gateway.backup.collect import collect, snapshot, write_new
from gateway.backup.place import NEWEST, place
from gateway.errors import BadBackup, HostProblem, NewerBackup, StateThere, StillRunning, WrongSecret
from gateway.holder import lock
from gateway.keys import PrivateKey
from gateway.model import Change, Desired
from gateway.state.history import Recorder
from gateway.state.schema import STANDBY_KEY, STEPS, TERM
from gateway.state.store import Store
from tests.lab import pass_through
from tests.unit.builders import BOB, NOW, forwarded, joined

PRIVATE_KEY = PrivateKey.generate()


def a_state() -> Desired:
    desired, _ = joined(Desired())
    return forwarded(joined(desired, BOB)[0], "25565")


class Machine:
    """The folders of a machine. Everything belongs to the test's user."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.state, self.memory, self.config = root / "state", root / "memory", root / "etc/config.toml"
        self.desired = a_state()

    @property
    def settings(self) -> bytes:
        """Return a configuration with these folders."""
        return f'[gateway]\nstate_dir = "{self.state}"\n[discord]\nstate_dir = "{self.memory}"\n'.encode()

    async def live(self) -> None:
        """Have a gateway's state, with a note about this machine, and a bot's memory."""
        for folder in (self.state, self.memory, self.config.parent):
            folder.mkdir(parents=True)
        self.config.write_bytes(self.settings)
        (self.state / KEY).write_text(PRIVATE_KEY.reveal() + "\n")
        async with Store.open(self.state / DATABASE) as store, store.transaction():
            await store.save(Change.between(Desired(), self.desired))
            for name in ("sysctl", "lan"):
                await store.set_note(name, "on")
        with closing(sqlite3.connect(self.memory / BOT_DATABASE)) as db, db:
            db.execute("CREATE TABLE reminded (forward INTEGER)")

    def backup(self) -> Backup:
        return collect(self.state, self.settings, self.memory, NOW)

    async def take(self, backup: Backup, *, replace: bool = False, keep_config: bool = False) -> tuple[str, ...]:
        done = await place(backup, "the file", self.config, replace=replace, keep_config=keep_config, now=NOW)
        return done.aside

    async def stored(self) -> Desired:
        async with Store.open(self.state / DATABASE) as store:
            return await store.load()

    def files(self) -> dict[str, bytes]:
        """Return all there is, without the locks."""
        found = (path for path in self.root.rglob("*") if path.is_file() and path.name != "lock")
        return {str(path.relative_to(self.root)): path.read_bytes() for path in found}


@pytest.fixture
async def here(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "here")
    await machine.live()
    return machine


def read(raw: bytes) -> Backup:
    return Backup.from_tar(raw, "the file", NEWEST)


def tar_of(**files: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


async def test_it_holds_what_a_gateway_elsewhere_needs_and_comes_back_as_it_was(here: Machine) -> None:
    backup = read(here.backup().to_tar())
    shutil.rmtree(here.root)
    assert await here.take(backup) == ()
    assert await here.stored() == replace(here.desired, lan=True)
    assert (here.state / KEY).read_text().strip() == PRIVATE_KEY.reveal()
    assert here.config.read_bytes() == here.settings
    with closing(sqlite3.connect(here.memory / BOT_DATABASE)) as db:
        assert db.execute("SELECT * FROM reminded").fetchall() == []
    for path, mode in ((here.state, 0o700), (here.memory, 0o700), (here.state / KEY, 0o600), (here.config, 0o644)):
        assert path.stat().st_mode & 0o777 == mode, path
    assert {path.name for path in here.state.iterdir()} == {KEY, DATABASE}


async def test_the_history_travels_and_a_damaged_one_is_left_behind(here: Machine) -> None:
    async with Recorder.open(here.state / HISTORY, lambda: NOW):
        pass
    backup = read(here.backup().to_tar())
    shutil.rmtree(here.root)
    await here.take(backup)
    with closing(sqlite3.connect(here.state / HISTORY)) as db:
        assert db.execute("SELECT at FROM begun").fetchall() == [(NOW.timestamp(),)]
    (here.state / HISTORY).write_bytes(b"rubbish" * 1000)
    assert HISTORY not in here.backup().files
    await here.take(backup, replace=True)
    assert (here.state / HISTORY).read_bytes().startswith(b"SQLite"), "the damaged one is put aside"


CHOSEN = {"member_roles": [3], "timezone": "Europe/Berlin"}


async def test_what_was_chosen_in_discord_travels(here: Machine) -> None:
    """The choices of the machine that it comes to are put aside. A code that waits for its form stays behind."""
    chosen.write(here.memory, CHOSEN)
    chosen.open_ticket(here.memory, "ABCDE-FGHJK", NOW.timestamp())
    raw = here.backup().to_tar()
    assert chosen.TICKET not in read(raw).files
    shutil.rmtree(here.root)
    await here.take(read(raw))
    assert bot.config.load(here.config).discord.member_roles == (3,)
    assert (here.memory / chosen.CHOICES).stat().st_mode & 0o777 == 0o600
    chosen.write(here.memory, {"member_roles": [4]})
    assert str(here.memory / "before-20260101T000000Z") in await here.take(read(raw), replace=True)
    assert chosen.read(here.memory) == CHOSEN
    assert chosen.read(here.memory / "before-20260101T000000Z") == {"member_roles": [4]}


async def test_a_backup_from_before_the_choices_leaves_none_in_force(here: Machine) -> None:
    backup = here.backup()
    chosen.write(here.memory, CHOSEN)
    await here.take(backup, replace=True)
    assert chosen.read(here.memory) == {}


def test_root_follows_no_link_of_the_bots_into_a_backup(here: Machine) -> None:
    (here.root / "other").write_text('{"member_roles": [1]}')
    (here.memory / chosen.CHOICES).symlink_to(here.root / "other")
    assert CHOICES not in here.backup().files


@pytest.mark.root
@pytest.mark.parametrize(("folder", "name"), [("state", DATABASE), ("state", KEY), ("memory", BOT_DATABASE)])
def test_root_copies_what_the_owner_of_a_folder_may_read_and_no_more(here: Machine, folder: str, name: str) -> None:
    """A taken-over bot could else lead to the gateway's database, and get it where the backup is restored."""
    secret = here.root / "secret"
    with closing(sqlite3.connect(secret)) as db, db:
        db.execute("CREATE TABLE passwords (text TEXT)")
    secret.chmod(0o600)
    pass_through(here.root)
    own = {"state": here.state, "memory": here.memory}[folder]
    (own / name).unlink()
    (own / name).symlink_to(secret)
    entry = pwd.getpwnam("daemon")
    os.chown(own, entry.pw_uid, entry.pw_gid)
    for path in own.iterdir():
        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)
    with pytest.raises(HostProblem, match="permission denied"):
        here.backup()
    assert os.geteuid() == 0


async def test_what_was_borrowed_of_the_old_machine_is_not_taken_along(here: Machine) -> None:
    """Or the new gateway would give settings back that it never changed."""
    backup = here.backup()
    shutil.rmtree(here.root)
    await here.take(backup)
    async with Store.open(here.state / DATABASE) as store:
        assert await store.note("sysctl") is None
        assert await store.note("lan") == "on"


async def test_a_restored_gateway_is_newer_than_each_copy_that_its_standby_has(here: Machine) -> None:
    """Or the copy would take its place at the next start, or its own copies would count as old."""
    async with Store.open(here.state / DATABASE) as store, store.transaction():
        await store.set_note(STANDBY_KEY, "the key")
        await store.set_note(TERM, "5")
    backup = here.backup()
    await here.take(backup, replace=True)
    async with Store.open(here.state / DATABASE) as store:
        assert await store.note(TERM) == str(int(NOW.timestamp()))


async def test_a_copy_is_of_one_moment_while_another_program_writes(here: Machine) -> None:
    """What is not committed is not in it, and the writer goes on."""
    with closing(sqlite3.connect(here.state / DATABASE, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM forwards")
        assert here.backup().manifest.forwards == 1
        writer.execute("COMMIT")
    assert here.backup().manifest.forwards == 0


async def test_other_tools_open_what_is_inside(here: Machine, tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(here.backup().to_tar())) as tar:
        assert tar.getnames() == ["manifest.json", KEY, DATABASE, BOT_DATABASE, CONFIG]
        assert {entry.mode for entry in tar} == {0o600}
        content = tar.extractfile(DATABASE)
        assert content
        (tmp_path / DATABASE).write_bytes(content.read())
    with closing(sqlite3.connect(tmp_path / DATABASE)) as db:
        assert db.execute("SELECT count(*) FROM peers").fetchone() == (2,)


@pytest.mark.parametrize("version", range(3, len(STEPS)))
async def test_the_database_of_an_older_version_is_brought_to_the_present_one(here: Machine, version: int) -> None:
    backup, older = here.backup(), here.root / "older.db"
    with closing(sqlite3.connect(older)) as db, db:
        for step in STEPS[:version]:
            db.executescript(step)
        db.execute(f"PRAGMA user_version = {version}")
        db.execute("ATTACH ? AS new", (str(here.state / DATABASE),))
        for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            columns = ", ".join(name for _, name, *_ in db.execute(f"PRAGMA main.table_info({table})"))
            db.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}")
    old = Backup(backup.manifest, {**backup.files, DATABASE: snapshot(older)})
    assert archive.schema_of(old.files[DATABASE]) == version
    shutil.rmtree(here.root)
    await here.take(read(old.to_tar()))
    found = await here.stored()
    assert (found.peers, found.forwards) == (here.desired.peers, here.desired.forwards)


@pytest.mark.parametrize("name", [DATABASE, BOT_DATABASE])
async def test_a_newer_database_is_refused_with_its_version(here: Machine, name: str) -> None:
    backup = here.backup()
    raw = backup.files[name]
    newer = raw[:60] + (NEWEST[name] + 1).to_bytes(4, "big") + raw[64:]
    with pytest.raises(NewerBackup, match=rf"a {name} of a newer guildgate. Install version 0\.1\.0 or a later one"):
        read(Backup(backup.manifest, {**backup.files, name: newer}).to_tar())


async def test_a_newer_format_is_refused_whatever_it_holds(here: Machine) -> None:
    manifest = b'{"format": 2, "version": "9.1", "stars": 5}'
    with pytest.raises(NewerBackup, match=r"a format of a newer guildgate. Install version 9\.1"):
        read(tar_of(**{"manifest.json": manifest}))


GOOD = {"manifest.json": b"{}", KEY: b"", DATABASE: b""}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is no backup of guildgate"),
        (b"PK\3\4 something else", "is no backup of guildgate"),
        (gzip.compress(b"no tar at all" * 100), "is damaged"),
        (gzip.compress(b""), "is damaged"),
        (tar_of(**GOOD)[:-20], "it ends too early"),
        (tar_of(**{"../../etc/passwd": b"root::0:0"}), "it holds '../../etc/passwd'"),
        (tar_of(**{"/etc/passwd": b"root::0:0"}), "it holds '/etc/passwd'"),
        (tar_of(**GOOD), "it has no manifest"),
        (tar_of(**{KEY: b""}), "it has no manifest"),
    ],
    ids=("empty", "zip", "no tar", "nothing packed", "cut", "above", "absolute", "bad manifest", "no manifest"),
)
def test_what_is_no_backup_is_refused_in_a_sentence(raw: bytes, said: str) -> None:
    with pytest.raises(BadBackup) as caught:
        read(raw)
    assert said in str(caught.value)
    assert str(caught.value).endswith("Nothing was changed.")


def test_a_link_is_not_followed() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        entry = tarfile.TarInfo(KEY)
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/shadow"
        tar.addfile(entry)
    with pytest.raises(BadBackup, match="it holds 'private_key'"):
        read(out.getvalue())


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST", 1 << 20)
    with pytest.raises(BadBackup, match="more than 1 MiB"):
        read(gzip.compress(bytes(2 << 20)))


async def test_every_cut_of_a_backup_is_refused(here: Machine) -> None:
    raw = here.backup().to_tar()
    for length in range(0, len(raw), 97):
        with pytest.raises(BadBackup):
            read(raw[:length])


async def test_a_state_with_devices_is_replaced_only_when_told_and_kept_aside(here: Machine) -> None:
    backup = here.backup()
    before = here.files()
    with pytest.raises(StateThere, match=r"a gateway with devices \(2\)\. --replace puts it aside"):
        await here.take(backup)
    assert here.files() == before
    aside = await here.take(backup, replace=True)
    assert aside == (str(here.memory / "before-20260101T000000Z"), str(here.state / "before-20260101T000000Z"))
    assert (Path(aside[1]) / KEY).read_text().strip() == PRIVATE_KEY.reveal()
    assert await here.stored() == replace(here.desired, lan=True)


async def test_the_empty_state_of_a_fresh_gateway_is_put_aside_without_a_word(here: Machine) -> None:
    """Installing starts the gateway, which makes a key and a database before its backup is restored."""
    backup = here.backup()
    async with Store.open(here.state / DATABASE) as store, store.transaction():
        await store.save(Change.between(await store.load(), Desired()))
    await here.take(backup)
    assert await here.stored() == replace(here.desired, lan=True)


@pytest.mark.parametrize("folder", ["state", "memory"])
async def test_nothing_is_restored_under_a_running_process(here: Machine, folder: str) -> None:
    backup, before = here.backup(), here.files()
    used = getattr(here, folder)
    with lock(used / "lock"), pytest.raises(StillRunning, match=rf"{used} is in use by process {os.getpid()}"):
        await here.take(backup, replace=True)
    assert here.files() == before


async def test_no_file_is_made_along_a_link_in_the_bots_folder(here: Machine) -> None:
    """An empty /etc/nologin, for example, lets no user in any more."""
    backup, elsewhere = here.backup(), here.root / "nologin"
    (here.memory / "lock").unlink(missing_ok=True)
    (here.memory / "lock").symlink_to(elsewhere)
    with pytest.raises(HostProblem):
        await here.take(backup, replace=True)
    assert not elsewhere.exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (KEY, b"not a key", "holds no key of WireGuard"),
        (KEY, b"\xff\xfe", "holds no key of WireGuard"),
        (BOT_DATABASE, b"SQLite format 3\0" + bytes(500), "its bot.db is no sound database"),
        (DATABASE, b"SQLite format 3\0" + bytes(500), "its guildgate.db is no sound database"),
        (CONFIG, b"[gateway]\nstars = 5\n", "holds a configuration that this version does not take"),
        (CONFIG, b"[gateway", "holds a configuration that this version does not take"),
        (CHOICES, b"[3]", "its chosen.json cannot be read"),
        (CHOICES, b'{"timezone": "Mars"}', "holds a configuration that this version does not take"),
    ],
)
async def test_a_bad_file_inside_changes_nothing(here: Machine, name: str, content: bytes, said: str) -> None:
    backup, before = here.backup(), here.files()
    with pytest.raises(BadBackup) as caught:
        await here.take(Backup(backup.manifest, {**backup.files, name: content}), replace=True)
    assert said in str(caught.value)
    assert here.files() == before


async def test_a_disk_that_refuses_half_way_changes_nothing(here: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last of all moves fails, so all before it go back."""
    backup, before = here.backup(), here.files()
    rename = Path.rename

    def refuse(path: Path, to: Path) -> Path:
        if to == here.memory / BOT_DATABASE and path.parent.name == ".restoring":
            raise OSError(28, "No space left on device", str(to))
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(HostProblem, match="no space left on device"):
        await here.take(backup, replace=True)
    assert here.files() == before
    assert not list(here.root.rglob("before-*"))


async def test_another_configuration_is_put_aside_or_kept(here: Machine) -> None:
    backup = here.backup()
    here.config.write_bytes(here.settings + b'[policy]\nforward_duration = "1h"\n')
    mine = here.config.read_bytes()
    assert str(here.config) not in await here.take(backup, replace=True, keep_config=True)
    assert here.config.read_bytes() == mine
    shutil.rmtree(here.state)
    assert str(here.config) + ".before-20260101T000000Z" in await here.take(backup)
    assert here.config.read_bytes() == here.settings
    assert here.config.with_name("config.toml.before-20260101T000000Z").read_bytes() == mine


async def test_devices_outside_the_subnet_of_the_kept_configuration_are_refused(here: Machine) -> None:
    backup = here.backup()
    here.config.write_bytes(here.settings.replace(b"[discord]", b'subnet4 = "10.9.0.0/24"\n[discord]'))
    assert all(peer.ipv4 not in IPv4Network("10.9.0.0/24") for peer in here.desired.peers.values())
    with pytest.raises(BadBackup, match="2 devices with addresses outside subnet4"):
        await here.take(backup, replace=True, keep_config=True)


async def test_a_backup_without_the_bots_memory_leaves_the_bots_memory_alone(here: Machine) -> None:
    backup = collect(here.state, here.settings, None, NOW)
    memory = (here.memory / BOT_DATABASE).read_bytes()
    assert await here.take(backup, replace=True) == (str(here.state / "before-20260101T000000Z"),)
    assert (here.memory / BOT_DATABASE).read_bytes() == memory


def test_what_would_take_this_machine_too_long_is_a_sentence_with_a_way_out() -> None:
    """The header asks for 2**30 rounds of scrypt, as no machine of today writes."""
    raw = b"age-encryption.org/v1\n-> scrypt yX28LFWx86QSLWH/uX7+Ow 30\nytAOZ1RQrRkb8wl/w/OAQiIJjDVmepOX/yMz1+dzwsk\n"
    raw += b"--- 6E+MrEpHNMbccc6E+MrEpHNMbccc6E+MrEpHNMbcccA\n" + bytes(40)
    with pytest.raises(BadBackup, match="f takes this machine too long; `age --decrypt` on another one"):
        sealed.unseal(raw, "passphrase", file="f")


def test_a_key_opens_what_is_encrypted_to_it() -> None:
    import pyrage

    key, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    raw = sealed.seal_to(b"content", str(key.to_public()))
    assert not sealed.needs_passphrase(raw)
    assert sealed.unseal_by(raw, f"# created: now\n{key}\n", file="f") == b"content"
    with pytest.raises(WrongSecret, match="f does not open with this identity file"):
        sealed.unseal_by(raw, str(other), file="f")


def test_a_file_is_there_whole_for_its_owner_alone_and_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "backup.age"
    write_new(path, b"first")
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_new(path, b"second")
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("backup.age", b"first")]


async def test_a_damaged_database_makes_no_backup(here: Machine) -> None:
    """Or it would take the place of a good one, sooner or later."""
    (here.state / DATABASE).write_bytes(b"SQLite format 3\0" + bytes(5000))
    with pytest.raises(HostProblem, match=r"guildgate\.db: "):
        here.backup()


async def test_without_a_gateways_state_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(HostProblem, match="private_key: cannot be read \\(no such file or directory\\)"):
        collect(tmp_path, None, None, NOW)
