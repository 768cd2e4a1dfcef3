"""What members read most fits the screen of a phone, in every language.

At 390 px Discord shows some 40 characters a line, and some 30 lines between its bars.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.posting import components_of
from bot.core.words import Words
from bot.games.probe import Answer, Outcome
from bot.matches.card import Card, Players, Way
from bot.matches.face import face as card_face
from bot.nights.shown import added
from bot.panel.face import face as panel_face
from bot.panel.guide import guide
from bot.ports import answer, hops
from bot.ports.answer import Said
from gateway.model import Protocol
from tests.fakediscord.components import ROW, SECTION, TEXT_DISPLAY
from tests.unit.bot.core.test_render import FORWARD, NOW, ONLINE, OPENED, PLAYED, status
from tests.unit.bot.english import LANGUAGES
from tests.unit.bot.nights.test_series import NIGHT, SERIES
from tests.unit.bot.panel.matches import match, overview

WIDTH, HEIGHT = 40, 30
BUTTON_EXTRA, BUTTONS_WIDTH = 4, 44  # characters that a button takes beside its label, and those of a row
GAME = replace(FORWARD, label="Minecraft (Java)", protocol=Protocol.TCP, expires_at=NOW + timedelta(hours=12))


def lines(text: str) -> int:
    """Return the number of lines. The fences of a block and the marks of markdown take no room."""
    text = re.sub(r"<t:\d+:R>", "vor 12 Stunden", re.sub(r"<t:\d+:\w>", "1. Februar 2026 um 20:00", text))
    shown = [re.sub(r"\*\*|`|^(-#|#+) ", "", line) for line in text.splitlines() if line != "```"]
    return sum(max(len(textwrap.wrap(line, WIDTH)), 1) for line in shown)


def heights(components: list[dict[str, Any]]) -> Iterator[int]:
    """Yield the lines of each part of a layout. Buttons that do not fit beside each other begin another line."""
    for one in components:
        if one["type"] == TEXT_DISPLAY:
            yield lines(one["content"])
        elif one["type"] == SECTION:
            yield max(sum(heights(one["components"])), 2)  # its button stands beside the text
        elif one["type"] == ROW:
            labels = [f"{button.get('label') or ''}{'_' * BUTTON_EXTRA}" for button in one["components"]]
            yield 2 * len(textwrap.wrap(" ".join(label.replace(" ", "_") for label in labels), BUTTONS_WIDTH))
        else:
            yield sum(heights(one.get("components", []))) or 1


def height(shown: str | Any) -> int:
    return lines(shown) if isinstance(shown, str) else sum(heights(components_of(shown)))


def opened(words: Words, outcome: Outcome) -> Any:
    """Return the answer of /forward: the tunnel is up, and the server was asked."""
    row = replace(PLAYED, forward=GAME, connections=0, players=0, rx_bytes=0)
    answers = {question: Answer(outcome, None, None) for question in hops.questions([GAME])}
    proof = hops.seen(words, status(ONLINE, forwards=(row,)), (row,), answers, NOW)
    return answer.layout(words, Said(ids=range(1, 2), opened=replace(OPENED, forwards=(GAME,))), None, proof)


def card(words: Words, way: Way) -> Any:
    one = Card(
        channel=1,
        message=2,
        address="vps.example.org",
        forwards=(GAME,),
        seen_at=NOW,
        players=Players(now=4, slots=20),
        peak=12,
        version="1.21.5",
        way=way,
        offline_since=NOW if way is Way.OFFLINE else None,
    )
    return card_face(words, one)


def live(words: Words) -> Any:
    two = match(2, label="Valheim", is_online=False)
    return panel_face(words, "Friends", overview(match(players=4, slots=20, expires_at=NOW), two, traffic=1e6), [])


SHOWN: dict[str, tuple[Callable[[Words], Any], int]] = {
    "the answer of /forward without a server": (lambda words: opened(words, Outcome.REFUSED), HEIGHT),
    "the answer of /forward": (lambda words: opened(words, Outcome.ANSWERED), HEIGHT),
    "a match card": (lambda words: card(words, Way.READY), HEIGHT * 2 // 3),
    "the card of a host that is away": (lambda words: card(words, Way.OFFLINE), HEIGHT * 2 // 3),
    "the live message with two matches": (live, HEIGHT),
    "help for a newcomer": (lambda words: guide(words, has_device=False, is_admin=False), HEIGHT // 2),
    "help for an admin": (lambda words: guide(words, has_device=True, is_admin=True), HEIGHT),
    "a game night": (lambda words: added(words, SERIES, NIGHT, "Europe/Berlin"), HEIGHT // 4),
}


@pytest.mark.parametrize("locale", LANGUAGES.locales())
@pytest.mark.parametrize("what", SHOWN)
def test_what_members_read_most_fits_the_screen_of_a_phone(what: str, locale: str) -> None:
    make, most = SHOWN[what]
    found = height(make(LANGUAGES.of(locale)))
    assert found <= most, f"{what} takes {found} lines"
