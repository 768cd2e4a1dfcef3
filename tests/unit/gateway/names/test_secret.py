"""The secret of the DNS, in each form that it may be written in. No text about it holds a part of it."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from gateway.config import NamesKind, NamesSection
from gateway.errors import ConfigError
from gateway.names.secret import Template, TsigKey, is_exposed, path_of, read

SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTMyISE="
URL = f"https://www.duckdns.org/update?domains=mine&token={SECRET}&ip={{ip}}"
STATEMENT = f"""
# made by hand
key "guildgate." {{
    algorithm hmac-sha256;
    secret "{SECRET}";
}};
"""


def section(path: Path, kind: NamesKind = NamesKind.RFC2136) -> NamesSection:
    return NamesSection(kind=kind, server="192.0.2.53", zone="example.org", secret_file=path)


@pytest.mark.parametrize(
    "text",
    [
        STATEMENT,
        STATEMENT.replace("\n", "\r\n"),
        f"key guildgate. {{ secret {SECRET}; algorithm HMAC-SHA256; }}",
        f"guildgate.:hmac-sha256:{SECRET}\n",
        f"\ufeffhmac-sha256:guildgate.:{SECRET}",
    ],
)
def test_a_key_is_read_as_bind_and_nsupdate_write_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "dns"
    path.write_text(text)
    key = read(section(path), {})
    assert key == TsigKey("guildgate.", "hmac-sha256", b"secret-secret-secret-secret-32!!")
    assert "secret" not in repr(key).replace("hmac-sha256", "")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (NamesKind.RFC2136, ""),
        (NamesKind.RFC2136, "# a remark"),
        (NamesKind.RFC2136, SECRET),
        (NamesKind.RFC2136, f"guildgate:hmac-sha256:{SECRET}x"),
        (NamesKind.RFC2136, f"guildgate:hmac-rot13:{SECRET}"),
        (NamesKind.RFC2136, f"guildgate:hmac-sha256:{SECRET}\nother:hmac-sha256:{SECRET}"),
        (NamesKind.RFC2136, f'key "guildgate" {{ algorithm hmac-sha256; }}; {SECRET}'),
        (NamesKind.RFC2136, URL),
        (NamesKind.URL, f"http://www.duckdns.org/update?token={SECRET}"),
        (NamesKind.URL, f"https:///update?token={SECRET}"),
        (NamesKind.URL, f"https://[{SECRET}/"),
        (NamesKind.URL, f"https://example.org/{SECRET} and more"),
        (NamesKind.URL, f"{URL}\n{URL}"),
        (NamesKind.URL, STATEMENT),
    ],
)
def test_what_is_no_secret_is_refused_by_a_sentence_without_a_part_of_it(
    tmp_path: Path, kind: NamesKind, text: str
) -> None:
    path = tmp_path / "dns"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"names\.secret_file: ") as refused:
        read(section(path, kind), {})
    assert SECRET not in "".join(traceback.format_exception(refused.value))
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("damage", [lambda path: None, Path.mkdir, lambda path: path.write_bytes(b"\xff\xfe\x00")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, damage: object) -> None:
    damage(tmp_path / "dns")  # type: ignore[operator]
    with pytest.raises(ConfigError, match=r"names\.secret_file: .*/dns cannot be read \("):
        read(section(tmp_path / "dns"), {})


def test_a_url_is_kept_as_it_is_and_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "dns").write_text(f"# DuckDNS\n{URL}\n")
    template = read(section(tmp_path / "dns", NamesKind.URL), {})
    assert template == Template(URL)
    assert SECRET not in f"{template!r} {template}"


def test_systemds_credential_goes_before_the_file(tmp_path: Path) -> None:
    configured = section(Path("/nowhere/dns"))
    assert path_of(configured, {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == Path("/nowhere/dns")
    (tmp_path / "dns").write_text(STATEMENT)
    assert path_of(configured, {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == tmp_path / "dns"
    assert read(configured, {"CREDENTIALS_DIRECTORY": str(tmp_path)})


def test_a_file_that_every_user_may_read_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "dns"
    path.write_text(STATEMENT)
    path.chmod(0o644)
    assert is_exposed(path)
    path.chmod(0o640)
    assert not is_exposed(path)
    assert not is_exposed(tmp_path / "none")
