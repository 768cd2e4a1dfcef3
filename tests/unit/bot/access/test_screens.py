"""What a member reads on the way from /join to a connected device: one platform, and few words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.access import screens
from bot.access.buttons import TroubleButton
from bot.access.delivery import pack
from bot.access.purpose import Platform
from bot.access.screens import Parcel
from bot.core.posting import components_of, texts
from bot.core.render import MAX_CONTENT, length
from bot.core.words import Words
from gateway.keys import PrivateKey
from gateway.model import Mode
from tests.fakediscord.components import component_problems
from tests.unit.bot.access.setups import ISSUED
from tests.unit.bot.english import LANGUAGES, words

UNTIL = datetime(2026, 2, 1, tzinfo=UTC)
MODES = [(platform, mode) for platform in Platform for mode in (Mode.FULL, Mode.SPLIT)] + [(Platform.LINUX, Mode.LINUX)]
LINKS = {
    Platform.WINDOWS: ["download.wireguard.com/windows-client/wireguard-installer.exe"],
    Platform.MAC: ["apps.apple.com/app/wireguard/id1451685025"],
    Platform.LINUX: ["www.wireguard.com/install/"],
    Platform.PHONE: [
        "apps.apple.com/app/wireguard/id1441195209",
        "play.google.com/store/apps/details?id=com.wireguard.android",
    ],
    Platform.ROUTER: [],
}


def parcel_for(platform: Platform, mode: Mode = Mode.FULL, **changes: Any) -> Parcel:
    issued = replace(ISSUED, peer=replace(ISSUED.peer, mode=mode, **changes))
    return pack(issued, platform, PrivateKey.generate())


def shown(parcel: Parcel, *, can_send: bool = True) -> list[dict[str, Any]]:
    return components_of(screens.setup(words, parcel, UNTIL, can_send=can_send))


def read(parcel: Parcel) -> str:
    return "\n".join(texts(shown(parcel)))


def each_of(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in components:
        yield one
        yield from each_of([*one.get("components", ()), *([one["accessory"]] if "accessory" in one else ())])


def visible_words(parcel: Parcel, language: Words = words) -> list[str]:
    """Return the words as Discord shows them: texts, labels and names of files, with times written out.

    Spanish has the longest time, "dentro de 14 minutos".
    """
    seen = []
    for one in each_of(components_of(screens.setup(language, parcel, UNTIL, can_send=True))):
        seen += [one.get("content", ""), one.get("label", ""), one.get("file", {}).get("url", "").rpartition("/")[2]]
    text = re.sub(r"<t:\d+:R>", "dentro de 14 minutos" if language.locale == "es" else "in 14 minutes", " ".join(seen))
    return [word for word in text.split() if re.search(r"\w", word)]


@pytest.mark.parametrize("locale", LANGUAGES.locales())
@pytest.mark.parametrize(("platform", "mode"), MODES)
@pytest.mark.parametrize("changes", [{}, {"ipv6": None}, {"expires_at": UNTIL}])
def test_a_screen_has_at_most_sixty_words_in_every_language(
    platform: Platform, mode: Mode, changes: dict[str, Any], locale: str
) -> None:
    """Steps, links, the file's name, warnings and all buttons count."""
    found = visible_words(parcel_for(platform, mode, **changes), LANGUAGES.of(locale))
    assert 20 < len(found) <= 60, f"{len(found)}: {' '.join(found)}"


@pytest.mark.parametrize(("platform", "mode"), MODES)
def test_a_screen_has_three_steps_the_file_and_its_platforms_links_only(platform: Platform, mode: Mode) -> None:
    components = shown(parcel_for(platform, mode))
    assert re.findall(r"\*\*(\d)\.\*\*", "\n".join(texts(components))) == ["1", "2", "3"]
    links = [str(one["url"]).removeprefix("https://") for one in each_of(components) if one.get("url")]
    assert links == LINKS[platform]
    pictures = [item["media"]["url"] for one in each_of(components) for item in one.get("items", ())]
    assert pictures == (["attachment://gg-pc.png"] if platform is Platform.PHONE else [])
    assert [one["file"]["url"] for one in each_of(components) if "file" in one] == ["attachment://gg-pc.conf"]
    assert component_problems(components, layout=True) == []


def test_the_qr_code_is_for_a_phone_and_on_another_screen() -> None:
    """The phone that shows a QR code cannot scan it. The app asks for two things on the way."""
    text = read(parcel_for(Platform.PHONE))
    assert "Open this on your PC. Scan it with the phone" in text
    assert "Allow VPN configuration" in text
    assert "`gg-pc`" in text
    assert all("QR" not in read(parcel_for(platform)) for platform in set(Platform) - {Platform.PHONE})


def test_a_phone_with_an_own_key_takes_the_file() -> None:
    parcel = pack(ISSUED, Platform.PHONE, None)
    text = read(parcel)
    assert "QR" not in text
    assert "private key" in text
    assert "Save `gg-pc.conf` on the phone" in text


@pytest.mark.parametrize(
    ("platform", "of"),
    [
        (Platform.WINDOWS, "of this PC"),
        (Platform.LINUX, "of this PC"),
        (Platform.MAC, "of this Mac"),
        (Platform.PHONE, "of this phone"),
        (Platform.ROUTER, "behind the router"),
    ],
)
def test_it_says_how_much_goes_through_the_server(platform: Platform, of: str) -> None:
    """Without an IPv6 address, only IPv4 does."""
    assert f"All internet {of} goes through our server" in read(parcel_for(platform))
    assert f"All IPv4 internet {of} goes through our server" in read(parcel_for(platform, ipv6=None))
    assert "All internet" not in read(parcel_for(platform, Mode.SPLIT))


def test_windows_is_told_of_its_firewall_and_of_the_kill_switch() -> None:
    """WireGuard has the kill-switch only where all traffic goes through it."""
    full, split = read(parcel_for(Platform.WINDOWS)), read(parcel_for(Platform.WINDOWS, Mode.SPLIT))
    for text in (full, split):
        assert "allow the game on *Public networks*, again after `/rotate`" in text
    assert "kill-switch" in full
    assert "kill-switch" not in split
    assert all("Public" not in read(parcel_for(platform)) for platform in set(Platform) - {Platform.WINDOWS})


def test_the_file_is_told_to_be_private_and_when_it_goes() -> None:
    assert f"Private file, gone <t:{UNTIL.timestamp():.0f}:R>" in read(parcel_for(Platform.WINDOWS))
    forever = components_of(screens.setup(words, parcel_for(Platform.WINDOWS), None, can_send=False))
    assert "gone once connected" in "\n".join(texts(forever))


def labels(components: list[dict[str, Any]]) -> list[str]:
    return [one["label"] for one in each_of(components) if one.get("custom_id")]


def test_a_direct_message_cannot_be_sent_there_again() -> None:
    parcel = parcel_for(Platform.WINDOWS)
    assert labels(shown(parcel)) == ["It doesn't work", "Send to my DMs"]
    assert labels(shown(parcel, can_send=False)) == ["It doesn't work"]


def help_for(platform: Platform, mode: Mode = Mode.FULL, family: str = "46") -> str:
    return screens.trouble(words, TroubleButton(platform, mode, family))  # type: ignore[arg-type]


@pytest.mark.parametrize(("platform", "mode"), MODES)
@pytest.mark.parametrize("family", ["4", "46"])
def test_help_is_about_the_platform_and_fits_into_a_message(platform: Platform, mode: Mode, family: str) -> None:
    text = help_for(platform, mode, family)
    assert length(text) <= MAX_CONTENT
    assert "/rotate" in text
    assert ("Windows" in text) == (platform is Platform.WINDOWS)
    assert ("resolvconf" in text) == (platform is Platform.LINUX and mode is Mode.FULL)
    assert ("wg-quick" in text) == (mode is Mode.LINUX)
    assert ("second screen" in text) == (platform is Platform.PHONE)


def test_a_machine_without_ipv6_is_led_to_a_setup_that_works_there() -> None:
    """With such a setup, the help tells what stays outside of the VPN."""
    assert "`/rotate ipv4_only:True`" in help_for(Platform.LINUX)
    assert "ipv4_only" not in help_for(Platform.LINUX, family="4")
    assert "IPv6 stays outside" in help_for(Platform.LINUX, family="4")


def test_openresolv_is_only_for_machines_without_systemd_resolved() -> None:
    """Debian's and Ubuntu's apt would remove systemd-resolved for it."""
    text = help_for(Platform.LINUX)
    assert text.index("With systemd-resolved") < text.index("Else install openresolv")


@pytest.mark.parametrize("platform", Platform)
def test_the_longest_names_stay_inside_discords_limits(platform: Platform) -> None:
    """The names are markdown only, which escaping makes twice as long."""
    peer = replace(ISSUED.peer, device="*" * 32, expires_at=UNTIL)
    parcel = pack(replace(ISSUED, peer=peer, file_name="gg-abcdefghijkl.conf"), platform, None)
    assert component_problems(shown(parcel), layout=True) == []
