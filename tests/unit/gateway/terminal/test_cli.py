"""The admin's commands, run as in a terminal against the gateway's real socket server and operations."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from gateway.api.contract import PRIVATE_KEY_PLACEHOLDER, AuditEntry, Listing, PeerInfo
from gateway.config import Config, GatewaySection
from gateway.errors import BadRequest
from gateway.keys import PrivateKey
from gateway.model import Forward, Key, Peer, PortRange, parse_ports
from gateway.nftables.flow import Tuple
from gateway.terminal import cli, commands, unreachable
from gateway.wireguard.clientconf import issue
from tests.unit.fakes.host import NOW
from tests.unit.gate import Gate, Traffic, Tunnel
from tests.unit.running import KEY


class Gateway(Gate):
    loop: asyncio.AbstractEventLoop

    def tunnel(self, peer: Peer) -> Tunnel:
        return Tunnel(handshake=timedelta(), rx_bytes=2048, tx_bytes=0, endpoint="198.51.100.7:5000")

    def traffic(self, forward: Forward) -> Traffic:
        return Traffic(connections=3, players=2, tx_bytes=1536, refused=77)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """Serve from a thread, because the commands bring their own event loop."""
    section = GatewaySection(public_address6=IPv6Address("2001:db8::1"))
    gateway = Gateway(tmp_path / "gateway.sock", Config(gateway=section))
    ready, loop = threading.Event(), asyncio.new_event_loop()
    gateway.loop = loop
    stop = asyncio.Event()

    async def serve() -> None:
        await gateway.start()
        ready.set()
        await stop.wait()
        await gateway.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield gateway
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def run(*words: str | Path) -> int:
    parser = argparse.ArgumentParser(prog="guildgate")
    cli.add_commands(parser.add_subparsers(required=True))
    args = parser.parse_args([str(word) for word in words])
    return int(args.run(args))


def test_a_piped_join_is_exactly_the_config(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """`guildgate join pc > pc.conf` gives the config with the private key whose public half the gateway got."""
    assert run("join", "pc", "--socket", gateway.path) == 0
    out, err = capsys.readouterr()
    (peer,) = gateway.desired.peers.values()
    private_key = PrivateKey.parse(out.splitlines()[1].removeprefix("PrivateKey = "))
    assert private_key.public_key == peer.public_key
    issued = issue(peer, [peer], gateway.config.gateway, KEY.public_key, "203.0.113.1", 1380)
    assert out == issued.config.replace(PRIVATE_KEY_PLACEHOLDER, private_key.reveal())
    assert "gg-pc.conf" in err
    assert private_key.reveal() not in err


def test_join_in_a_terminal_shows_a_qr_code(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal wide enough the config is followed by its QR code."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    assert run("join", "pc", "--socket", gateway.path) == 0
    assert "▀" in capsys.readouterr().out


def test_join_in_a_narrow_terminal_has_no_torn_qr_code(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A code that would wrap is left out, and the width it needs is told."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    assert run("join", "pc", "--socket", gateway.path) == 0
    out, err = capsys.readouterr()
    assert "▀" not in out
    assert "columns wide" in err


def test_join_with_an_own_key_keeps_the_placeholder(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --public-key the config has a placeholder, no QR code, and a word about it."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    key = PrivateKey.generate().public_key
    assert run("join", "pc", "--public-key", str(key), "--socket", gateway.path) == 0
    out, err = capsys.readouterr()
    assert f"PrivateKey = {PRIVATE_KEY_PLACEHOLDER}" in out
    assert "▀" not in out
    assert "placeholder" in err
    assert [peer.public_key for peer in gateway.desired.peers.values()] == [key]


def test_join_on_behalf_of_a_member(gateway: Gateway) -> None:
    """--owner and --owner-name make the peer the member's, asked for by the system user as an admin."""
    assert run("join", "pc", "--owner", "42", "--owner-name", "Zoë", "--mode", "split", "--socket", gateway.path) == 0
    (peer,) = gateway.desired.peers.values()
    assert (peer.owner, peer.owner_name, peer.mode) == ("42", "Zoë", "split")
    assert (gateway.asked[0].actor.id, gateway.asked[0].actor.is_admin) == (f"uid:{os.getuid()}", True)


def test_output_is_secret_and_whole(gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--output writes the config for its owner only, and nothing of it to stdout."""
    file = tmp_path / "pc.conf"
    assert run("join", "pc", "--output", file, "--socket", gateway.path) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert "PrivateKey = " in file.read_text()
    assert capsys.readouterr().out == ""


def test_output_overwrites_nothing_and_makes_no_peer(
    gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An existing file is refused before the request, so that no peer exists whose key is lost."""
    file = tmp_path / "pc.conf"
    file.write_text("precious")
    assert run("join", "pc", "--output", file, "--socket", gateway.path) == 1
    assert file.read_text() == "precious"
    assert not gateway.desired.peers
    assert "file exists" in capsys.readouterr().err


def test_a_refused_join_leaves_no_file(gateway: Gateway, tmp_path: Path) -> None:
    """When the gateway refuses, the claimed output file goes again."""
    assert run("join", "pc", "--socket", gateway.path) == 0
    assert run("join", "pc", "--output", tmp_path / "pc.conf", "--socket", gateway.path) == 1
    assert not (tmp_path / "pc.conf").exists()


def test_forward_says_where_players_connect(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """The answer to `forward` holds the public addresses, the target and how to close it."""
    run("join", "pc", "--owner", "42", "--owner-name", "Zoë", "--socket", gateway.path)
    capsys.readouterr()
    assert run("forward", "27015-27016", "--to-port", "80", "--owner", "zoë", "--socket", gateway.path) == 0
    out = capsys.readouterr().out
    assert "203.0.113.1:27015-27016 or [2001:db8::1]:27015-27016 (tcp+udp)" in out
    assert "ports 80-81 of pc of Zoë" in out
    assert "guildgate unforward 27015-27016" in out


@pytest.mark.parametrize("words", [["2456-2458,27015/udp"], ["2456-2458,", "27015/udp"], ["2456-2458", "27015/udp"]])
def test_several_ports_are_opened_and_closed_at_once(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """The ports are one word, or several as a shell splits them. A line of the answer closes exactly these."""
    run("join", "pc", "--owner", "42", "--owner-name", "Zoë", "--socket", gateway.path)
    run("forward", "27015", "--protocol", "tcp", "--owner", "42", "--socket", gateway.path)
    capsys.readouterr()
    assert run("forward", *words, "--owner", "42", "--socket", gateway.path) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Players connect to",
        "  203.0.113.1:2456-2458 or [2001:db8::1]:2456-2458 (tcp+udp)",
        "  203.0.113.1:27015 or [2001:db8::1]:27015 (udp)",
        "They lead to the same ports of pc of Zoë.",
        "Close them with `guildgate unforward 2456-2458,27015/udp`.",
        "It ends at 2026-02-01 08:00 UTC.",
    ]
    assert run("unforward", *words, "--socket", gateway.path) == 0
    assert capsys.readouterr().out == "Closed 2456-2458 (tcp+udp) to pc of Zoë.\nClosed 27015 (udp) to pc of Zoë.\n"
    assert [forward.spec for forward in gateway.forwards()] == list(parse_ports("27015/tcp"))


def test_rotate_delivers_like_join(gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A member's device by name gets a new key; the config goes to stdout or to a file that was not there."""
    run("join", "pc", "--owner", "42", "--owner-name", "Zoë", "--socket", gateway.path)
    (before,) = gateway.desired.peers.values()
    capsys.readouterr()
    assert run("rotate", "pc", "--owner", "zoë", "--socket", gateway.path) == 0
    config = capsys.readouterr().out
    (after,) = gateway.desired.peers.values()
    private_key = PrivateKey.parse(config.splitlines()[1].removeprefix("PrivateKey = "))
    assert private_key.public_key == after.public_key != before.public_key
    assert (after.ipv4, after.preshared_key != before.preshared_key) == (before.ipv4, True)
    file = tmp_path / "pc.conf"
    assert run("rotate", "--owner", "42", "--output", file, "--socket", gateway.path) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    (rotated,) = gateway.desired.peers.values()
    assert run("rotate", "--owner", "42", "--output", file, "--socket", gateway.path) == 1
    assert list(gateway.desired.peers.values()) == [rotated], "refused before a key was changed"
    assert run("rotate", "pc", "--owner", "42", "--json", "--socket", gateway.path) == 0
    assert "PrivateKey" in json.loads(capsys.readouterr().out)["config"]


def test_linux_mode_has_no_qr_code_but_a_word_about_its_limit(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Phones cannot run the mode, NetworkManager leaves out half of it, and some servers hear nothing."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    assert run("join", "box", "--mode", "linux", "--socket", gateway.path) == 0
    out, err = capsys.readouterr()
    assert "▀" not in out
    assert "QR" not in err
    assert "NetworkManager's import leaves its hooks out" in err
    assert "listen on all addresses or on 10.66.66.2 or fd42:42:42::2, not on the LAN's only" in err
    assert run("forward", "25565", "--socket", gateway.path) == 0
    assert "VPN address" in capsys.readouterr().out


def test_a_device_may_be_without_ipv6(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """New keys change nothing of that, unless asked."""
    assert run("join", "pc", "--ipv4-only", "--socket", gateway.path) == 0
    assert "::" not in capsys.readouterr().out
    for words, has_ipv6 in (((), False), (("--no-ipv4-only",), True), (("--ipv4-only",), False)):
        assert run("rotate", "pc", *words, "--socket", gateway.path) == 0
        assert ("::/0" in capsys.readouterr().out) == has_ipv6


def test_lan_mode_is_switched_and_shown(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """`lan` says what holds from now on, and `status` says it while it is on."""
    run("status", "--socket", gateway.path)
    assert "LAN" not in capsys.readouterr().out
    assert run("lan", "on", "--socket", gateway.path) == 0
    assert "devices reach each other" in capsys.readouterr().out
    run("status", "--socket", gateway.path)
    assert "LAN mode is on" in capsys.readouterr().out
    assert run("lan", "off", "--json", "--socket", gateway.path) == 0
    assert json.loads(capsys.readouterr().out) == {"on": False}
    assert gateway.desired.lan is False


def test_refusals_name_commands_of_the_terminal(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """The sentences name commands for a terminal, not those of Discord."""
    run("forward", "25565", "--socket", gateway.path)
    assert "Type `guildgate join` first." in capsys.readouterr().err
    run("join", "pc", "--socket", gateway.path)
    run("join", "pc", "--socket", gateway.path)
    assert "`guildgate rotate` makes a new one" in capsys.readouterr().err
    assert run("unforward", "1", "--json", "--socket", gateway.path) == 1
    assert "`guildgate status` lists" in json.loads(capsys.readouterr().out)["error"]["message"]


def test_unforward_and_revoke_say_what_went(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """Each closed forward and each revoked device is named."""
    run("join", "pc", "--owner", "42", "--owner-name", "Zoë", "--socket", gateway.path)
    run("forward", "25565", "--owner", "42", "--socket", gateway.path)
    run("forward", "25566", "--owner", "42", "--socket", gateway.path)
    capsys.readouterr()
    assert run("unforward", "25565", "--socket", gateway.path) == 0
    assert capsys.readouterr().out == "Closed 25565 (tcp+udp) to pc of Zoë.\n"
    assert run("revoke", "Zoë", "--socket", gateway.path) == 0
    assert capsys.readouterr().out == "Revoked pc of Zoë, 10.66.66.2.\nClosed 25566 (tcp+udp) to pc of Zoë.\n"
    assert not gateway.desired.peers


def test_lists_are_harmless_tables(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """`peers` and `status` show every member, with the escapes of a hostile name made visible."""
    run("join", "pc", "--owner", "42", "--owner-name", "x", "--socket", gateway.path)
    hostile = next(iter(gateway.desired.peers.values()))
    object.__setattr__(hostile, "owner_name", "\x1b]0;x")  # as an older gateway may have stored it
    run("forward", "25565", "--owner", "42", "--protocol", "udp", "--socket", gateway.path)
    capsys.readouterr()
    assert run("peers", "--socket", gateway.path) == 0
    peers = capsys.readouterr().out
    assert run("status", "--socket", gateway.path) == 0
    status = capsys.readouterr().out
    assert "\x1b" not in peers + status
    assert peers.splitlines()[1].split()[:4] == [r"\x1b]0;x", "42", "pc", "10.66.66.2"]
    assert peers.splitlines()[1].endswith("25565/udp")
    assert "198.51.100.7:5000" in status
    assert "2.0 KiB" in status
    assert "1.5 KiB" in status
    head, row = (line.split() for line in status.splitlines()[-2:])
    assert row[head.index("REFUSED")] == "77"


def test_json_is_the_answer_and_nothing_else(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """--json prints one document: the encoded answer, with the whole config for `join`."""
    assert run("join", "pc", "--json", "--socket", gateway.path) == 0
    issued = json.loads(capsys.readouterr().out)
    assert issued["peer"]["device"] == "pc"
    assert PRIVATE_KEY_PLACEHOLDER not in issued["config"]
    assert run("status", "--json", "--socket", gateway.path) == 0
    assert json.loads(capsys.readouterr().out)["peers"][0]["rx_bytes"] == 2048


def test_json_errors_are_documents_too(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """A refusal under --json is {"error": ...} on stdout and exit code 1."""
    assert run("forward", "25565", "--json", "--socket", gateway.path) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "no_devices"
    assert "device" in error["message"]
    assert error["details"] == {}


def test_a_refusal_is_one_line(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """A refusal in a terminal is one line on stderr, whatever is inside it."""
    assert run("revoke", "no\nbody", "--socket", gateway.path) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("guildgate: ")
    assert len(err.splitlines()) == 1


def test_no_gateway_says_how_to_start_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a gateway the socket and the way to start it are named."""
    assert run("peers", "--socket", tmp_path / "none.sock") == 1
    err = capsys.readouterr().err
    assert str(tmp_path / "none.sock") in err
    assert "./run" in err


def test_the_standby_is_shown_by_a_gateway_that_runs_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[gateway]\nsocket = "{tmp_path / "none.sock"}"\n')
    assert run("standby", "--config", config) == 1
    assert "start it with `systemctl start guildgate-gateway`" in capsys.readouterr().err
    for words in (["allow"], ["status", "KEY"], ["allow", "nonsense"]):
        with pytest.raises(SystemExit):
            run("standby", *words, "--config", config)
        assert "KEY" in capsys.readouterr().err


def test_a_closed_socket_says_how_to_get_access(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A socket that this user may not open is not called a stopped gateway."""
    error = BaseException()
    error.__cause__ = PermissionError(13, "Permission denied")
    assert "socket_users" in unreachable.hint_of(error)


def test_a_wrong_config_is_exit_code_78(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The configuration's own exit code, and the key's name."""
    (tmp_path / "config.toml").write_text("[gateway]\nlisten_prot = 1\n")
    assert run("peers", "--config", tmp_path / "config.toml") == 78
    assert "listen_port" in capsys.readouterr().err
    assert run("peers", "--config", tmp_path / "missing.toml") == 78


def _listing(*names: tuple[str, str]) -> Listing:
    return Listing(
        peers=tuple(
            PeerInfo(
                id=i,
                owner=owner,
                owner_name=name,
                device="pc",
                public_key=Key(bytes(32)),
                ipv4=IPv4Address("10.66.66.2") + i,
                ipv6=None,
                mode="full",  # type: ignore[arg-type]
                created_at=NOW,
            )
            for i, (owner, name) in enumerate(names)
        ),
        forwards=(),
    )


@pytest.mark.parametrize(("text", "owner"), [("1", "1"), ("zoe", "1"), ("2", "2")])
def test_a_member_is_found_by_id_or_name(text: str, owner: str) -> None:
    """An id is taken before a name, and a name in any case."""
    assert commands.owner_id(_listing(("1", "Zoe"), ("2", "Max"), ("3", "2")), text) == owner


@pytest.mark.parametrize("text", ["max", "nobody"])
def test_an_unclear_member_is_refused(text: str) -> None:
    """A name that no member or several members have revokes nothing."""
    with pytest.raises(BadRequest):
        commands.owner_id(_listing(("1", "Max"), ("2", "max")), text)


@pytest.mark.parametrize(
    "words",
    [
        ("forward", "0"),
        ("forward", "80-70"),
        ("forward", "80", "--to-port", "1-2"),
        ("join", "pc", "--public-key", "x"),
        ("forward", "80", "--protocol", "sctp"),
        ("join", "pc", "--mode", "half"),
        ("forward", "80", ","),
        ("unforward", "80/sctp"),
        ("lan",),
        ("lan", "maybe"),
    ],
)
def test_words_that_mean_nothing_are_refused(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Arguments are checked before the gateway is asked."""
    with pytest.raises(SystemExit) as end:
        run(*words)
    assert end.value.code == 2
    assert PortRange.__name__ not in capsys.readouterr().err


def test_a_forward_lasts_as_long_as_the_admin_says(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """`--for` counts at opening and at extending. Without it the policy's duration counts."""
    run("join", "pc", "--socket", gateway.path)
    capsys.readouterr()
    for words, length in (
        (("forward", "25565", "--for", "90m"), timedelta(minutes=90)),
        (("extend", "25565", "--for", "1h30"), timedelta(minutes=90)),
        (("extend", "25565", "--for", "7d"), timedelta(days=7)),
        (("extend", "25565"), timedelta(hours=12)),
        (("extend", "25000-25600", "--for", "forever"), None),
    ):
        assert run(*words, "--socket", gateway.path) == 0
        (forward,) = gateway.desired.forwards.values()
        assert forward.expires_at == (NOW + length if length else None)
        said = f"ends at {forward.expires_at:%Y-%m-%d %H:%M} UTC" if forward.expires_at else "stays until it is closed"
        assert said in capsys.readouterr().out


def test_a_forward_lasts_until_a_clock_time_of_this_machine(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    run("join", "pc", "--socket", gateway.path)
    before = datetime.now(UTC)
    assert run("forward", "25565", "--for", "until noon", "--socket", gateway.path) == 0
    (forward,) = gateway.desired.forwards.values()
    assert forward.expires_at
    end = (before + (forward.expires_at - NOW)).astimezone()  # the gateway of this test has a clock of its own
    assert abs(end - end.replace(hour=12, minute=0, second=0, microsecond=0)) < timedelta(minutes=1)
    assert "ends at" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [("forward", "1", "--for", "soon"), ("extend", "1", "--for", "0h"), ("audit", "--limit", "0")]
)
def test_a_time_that_is_none_is_refused_before_anything_is_asked(
    gateway: Gateway, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(*words, "--socket", gateway.path)
    assert "must" in capsys.readouterr().err
    assert gateway.asked == []


def test_extending_what_is_not_forwarded_names_it(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """Then none of several forwards is extended."""
    run("join", "pc", "--socket", gateway.path)
    run("forward", "25565", "--socket", gateway.path)
    assert run("extend", "25565,27015", "--for", "7d", "--socket", gateway.path) == 1
    assert "Port 27015 is not open" in capsys.readouterr().err
    assert [forward.expires_at for forward in gateway.desired.forwards.values()] == [NOW + timedelta(hours=12)]


def test_a_member_is_forgotten_by_name_or_by_id(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """The answer does not name the member, and says what is left elsewhere."""
    run("join", "pc", "--owner", "42", "--owner-name", "Zoë", "--socket", gateway.path)
    capsys.readouterr()
    assert run("forget", "zoë", "--socket", gateway.path) == 0
    said = capsys.readouterr().out
    assert said.startswith("Removed devices: 1. Closed forwards: 0.\nThe audit log calls the member forgotten-")
    assert "Discord keeps its messages" in said
    assert "Zoë" not in said
    assert gateway.desired.peers == {}
    assert run("forget", "42", "--socket", gateway.path) == 0
    assert run("forget", "zoë", "--socket", gateway.path) == 1
    assert "Nothing is stored of zoë." in capsys.readouterr().err


@pytest.mark.parametrize("place", ["25565", "203.0.113.1:25565", "[2001:db8::1]:25565/udp", "25565/tcp"])
def test_a_complaint_is_answered_by_the_forward_that_had_the_port(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    """A time without a zone is UTC, as all times of the answers."""
    run("join", "pc", "--owner", "42", "--owner-name", "Zoë", "--socket", gateway.path)
    run("forward", "25565", "--owner", "42", "--socket", gateway.path)
    run("unforward", "25565", "--socket", gateway.path)
    capsys.readouterr()
    assert run("who", place, f"{NOW:%Y-%m-%dT%H:%M}", "--socket", gateway.path) == 0
    said = capsys.readouterr().out
    assert "Zoë" in said
    assert "2026-01-31 20:00:00 UTC  2026-01-31 20:00:00 UTC" in said
    assert "What devices begin is not logged" in said
    assert run("who", place, "2026-01-31T23:00+02:00", "--socket", gateway.path) == 0
    assert "No forward and no logged flow had that port then." in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [("0", "2026-01-31"), ("x:1", "2026-01-31"), ("80/sctp", "2026-01-31"), ("80", "noon")]
)
def test_a_place_or_a_time_that_cannot_be_is_refused(words: tuple[str, str]) -> None:
    with pytest.raises(SystemExit):
        run("who", *words)


def test_a_member_is_suspended_and_restored_by_name(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """The second time changes nothing, and the command says so."""
    run("join", "pc", "--owner", "42", "--owner-name", "Zoë", "--socket", gateway.path)
    capsys.readouterr()
    for command, at, first, again in (
        ("suspend", NOW, "Cut off: pc of Zoë.\n", "No device changed, and none can be added.\n"),
        ("restore", None, "Let back in: pc of Zoë.\n", "No device changed: none was cut off.\n"),
    ):
        for said in (first, again):
            assert run(command, "zoë", "--socket", gateway.path) == 0
            assert capsys.readouterr().out == said
            assert [peer.suspended_at for peer in gateway.desired.peers.values()] == [at]


def test_a_member_is_made_a_guest_and_let_off_by_name(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """A guest without a device is found by the id. The first end of a guest's time stays."""
    run("join", "pc", "--owner", "42", "--owner-name", "Zoë", "--socket", gateway.path)
    capsys.readouterr()
    for after, said in (
        ("2d", "pc of Zoë ends at 2026-02-02 20:00 UTC.\n"),
        ("5d", "Noted. No device's end changed.\n"),
        ("forever", "pc of Zoë does not end.\n"),
    ):
        assert run("guest", "zoë", after, "--socket", gateway.path) == 0
        assert capsys.readouterr().out == said
    run("guest", "zoë", "1d", "--socket", gateway.path)
    run("revoke", "zoë", "--socket", gateway.path)
    assert run("guest", "42", "forever", "--socket", gateway.path) == 0
    assert gateway.desired.guests == {}


@pytest.mark.parametrize("command", ["extend", "unforward"])
@pytest.mark.parametrize("ports", ["25566", "25565-25567/udp"])
def test_a_part_of_a_forward_is_refused_by_the_name_of_the_whole(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], command: str, ports: str
) -> None:
    run("join", "pc", "--socket", gateway.path)
    run("forward", "25565-25567", "--socket", gateway.path)
    assert run(command, ports, "--socket", gateway.path) == 1
    assert f"{ports} belongs to 25565-25567. " in capsys.readouterr().err


def test_a_suspended_device_is_listed_as_one_and_gets_no_port(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    run("join", "pc", "--owner", "42", "--owner-name", "Zoë", "--socket", gateway.path)
    run("suspend", "42", "--socket", gateway.path)
    capsys.readouterr()
    for command in ("peers", "status"):
        run(command, "--socket", gateway.path)
        assert "suspended" in capsys.readouterr().out
    assert run("forward", "25565", "--owner", "42", "--socket", gateway.path) == 1
    assert "pc is suspended" in capsys.readouterr().err


def test_the_audit_log_is_a_table_and_goes_on_where_one_stopped(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """A hostile name cannot steer the terminal."""
    gateway.audit = [
        AuditEntry(id=n, at=NOW, actor="42", actor_name="Z\x1b[2J", action="join", subject=f"42/pc{n}", uid=n - 2)
        for n in (3, 2, 1)
    ]
    assert run("audit", "--limit", "1", "--before", "3", "--socket", gateway.path) == 0
    head, line = capsys.readouterr().out.splitlines()
    assert head.split() == ["NUMBER", "AT", "WHO", "ID", "BY", "ACTION", "WHAT"]
    assert line.split() == ["2", "2026-01-31", "20:00", "UTC", "Z\\x1b[2J", "42", "root", "join", "42/pc2"]
    assert run("audit", "--json", "--socket", gateway.path) == 0
    assert [entry["id"] for entry in json.loads(capsys.readouterr().out)["entries"]] == [3, 2, 1]


def test_the_policy_is_shown_with_the_keys_of_the_configuration(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("policy", "--socket", gateway.path) == 0
    assert "forward_duration     12h" in capsys.readouterr().out
    assert run("policy", "--json", "--socket", gateway.path) == 0
    assert json.loads(capsys.readouterr().out)["longest_forward"] == "forever"


@pytest.mark.parametrize("as_json", [False, True])
def test_watch_prints_what_happens_until_the_gateway_stops(
    gateway: Gateway, capfd: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    codes = list[int]()
    words = ["watch", "--socket", str(gateway.path), *(["--json"] if as_json else [])]
    watching = threading.Thread(target=lambda: codes.append(run(*words)))
    watching.start()
    lines = list[str]()
    read_until(capfd, lines, "snapshot" if as_json else "now")
    assert run("join", "pc", "--json", "--socket", gateway.path) == 0
    read_until(capfd, lines, "peer-connected")
    asyncio.run_coroutine_threadsafe(gateway.stop(), gateway.loop).result()
    watching.join()
    assert codes == [1]
    if as_json:
        assert [json.loads(line)["peer"]["peer"]["device"] for line in lines if "peer-connected" in line] == ["pc"]
    else:
        (line,) = [line for line in lines if "peer-connected" in line]
        assert re.fullmatch(r"2026-01-31 20:00:00 UTC  peer-connected +pc of \S+ at 198.51.100.7:5000", line)


def read_until(capfd: pytest.CaptureFixture[str], lines: list[str], wanted: str) -> None:
    """Read the output until a line holds the text."""
    end = time.monotonic() + 30
    while not any(wanted in line for line in lines):
        assert time.monotonic() < end, lines
        lines += capfd.readouterr().out.splitlines()
        time.sleep(0.01)


def test_connections_are_listed_kicked_blocked_and_let_in(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """The admin sees whole addresses."""

    def said(*words: str) -> str:
        assert run(*words, "--socket", gateway.path) == 0
        return capsys.readouterr().out

    said("join", "pc")
    said("forward", "25565/udp", "--friends-only")
    gateway.is_quiet = True
    pc = gateway.device("pc").ipv4
    for number, player in enumerate((IPv4Address("198.51.100.7"), IPv4Address("192.0.2.66"), pc)):
        packet = Tuple(17, player, 40000 + number, IPv4Address("203.0.113.1"), 25565)
        gateway.kernel.conntrack.arrive(packet)
    assert f"{pc}:40002" in said("connections")
    assert "friends only" in (before := said("connections", "--port", "25565/udp"))
    assert "192.0.2.66" not in before
    assert said("friends-only", "25565/udp", "off").startswith("Open to all: 25565 (udp) to pc of")
    assert "192.0.2.66:40001 " in said("connections", "--port", "25565/udp")
    assert said("kick", "25565/udp", "192.0.2.66", "40001", "udp").startswith("Kicked: 25565")
    assert said("block", "25565/udp", "198.51.100.9/24").startswith("Blocked: 25565")
    assert said("let-in", "25565/udp", "198.51.100.7").startswith("Let in: 25565")
    after = said("connections", "--port", "25565/udp")
    assert "192.0.2.66" not in after
    assert "blocked  198.51.100.0/24" in after
    assert "let in   198.51.100.7 " in after
    assert said("unblock", "25565/udp", "198.51.100.0/24").startswith("Undone: 25565")
    assert "blocked" not in said("connections")
    assert "leads to 25570 there now" in said("to-port", "25565/udp", "25570")
    said("unforward", "25565/udp")
    assert "No ports are open" in said("connections")
