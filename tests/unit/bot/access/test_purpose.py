"""Members choose by purpose and platform; the gateway knows modes."""

from __future__ import annotations

import pytest

from bot.access.purpose import Platform, Purpose, mode_for, parse_purpose
from gateway.model import Mode


@pytest.mark.parametrize("platform", Platform)
def test_a_host_sees_real_addresses_on_every_platform(platform: Platform) -> None:
    assert mode_for(Purpose.HOSTING, platform) is (Mode.LINUX if platform is Platform.LINUX else Mode.FULL)


@pytest.mark.parametrize("platform", Platform)
def test_the_other_purposes_are_the_same_on_every_platform(platform: Platform) -> None:
    assert mode_for(Purpose.EVERYTHING, platform) is Mode.FULL
    assert mode_for(Purpose.LIGHT, platform) is Mode.SPLIT


@pytest.mark.parametrize("purpose", Purpose)
def test_a_purpose_leaves_the_platform_open(purpose: Purpose) -> None:
    assert parse_purpose(purpose.value) == (purpose, None)


@pytest.mark.parametrize("mode", Mode)
def test_the_old_words_lead_to_the_same_modes(mode: Mode) -> None:
    purpose, platform = parse_purpose(mode.value)
    for asked in [platform] if platform else Platform:
        assert mode_for(purpose, asked) is mode


@pytest.mark.parametrize("word", ["", "Hosting", "windows", "fast"])
def test_another_word_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        parse_purpose(word)
