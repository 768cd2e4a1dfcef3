"""The bot's messages as text for a terminal: Discord's markdown, embeds and layouts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

import discord

from bot.core.words import ENGLISH, SUFFIX, Words
from gateway.demo.style import bold, dim

_MARKDOWN = re.compile(
    r"\\(?P<escaped>.)"
    r"|(?P<code>`[^`\n]+`)"
    r"|\*\*(?P<bold>(?:\\.|[^\\])+?)\*\*"
    r"|\*(?P<italic>(?:\\.|[^*\\])+)\*"
    r"|<t:(?P<at>\d+):(?P<style>\w)>"
)
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
_TIMES = {"T": "%H:%M:%S", "D": "%d %B %Y"}


@cache
def english() -> Words:
    """Read the bot's catalogue in one language, because the demo's own sentences have no other."""
    file = resources.files("bot").joinpath("locales", f"{ENGLISH}{SUFFIX}")
    return Words(ENGLISH, file.read_text(encoding="utf-8"))


def now() -> datetime:
    return datetime.now(UTC)


def text(message: str, now: datetime) -> str:
    """Return a message as a terminal shows it. Times are those of this machine's zone."""
    return "\n".join(_lines(message, now))


def _lines(message: str, now: datetime) -> Iterator[str]:
    is_block = False
    for line in message.splitlines():
        head, _, rest = line.partition(" ")
        if line == "```":
            is_block = not is_block
        elif is_block:
            yield f"    {bold(line)}"
        elif head == "-#":
            yield dim(_inline(rest, now))
        elif head and not head.strip("#"):
            yield bold(_inline(rest, now))
        else:
            yield _inline(line, now)


def _inline(line: str, now: datetime) -> str:
    def shown(found: re.Match[str]) -> str:
        match found.lastgroup:
            case "escaped" | "code" as plain:
                return found[plain]
            case "bold":
                return bold(_inline(found["bold"], now))
            case "italic":
                return _inline(found["italic"], now)
        at = datetime.fromtimestamp(int(found["at"]), UTC)
        if found["style"] == "R":
            return _relative((at - now).total_seconds())
        return f"{at.astimezone():{_TIMES.get(found['style'], '%a %d %b, %H:%M')}}"

    return _MARKDOWN.sub(shown, line)


def _relative(seconds: float) -> str:
    """Return a distance in time as Discord does, such as `in 12 hours`."""
    unit_s, unit = next((each for each in _UNITS if abs(seconds) >= 0.99 * each[0]), _UNITS[-1])
    count = round(abs(seconds) / unit_s)
    if not count:
        return "just now"
    shown = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {shown}" if seconds > 0 else f"{shown} ago"


def embed(shown: discord.Embed, now: datetime) -> str:
    parts = [bold(_inline(shown.title or "", now)), text(shown.description or "", now)]
    for field in shown.fields:
        value = text(field.value or "", now).replace("\n", "\n  ")
        parts.append(f"{bold(_inline(field.name or '', now))}\n  {value}")
    if shown.footer.text:
        parts.append(dim(shown.footer.text))
    return "\n".join(filter(None, parts))


def layout(view: discord.ui.LayoutView, now: datetime) -> str:
    """Return the texts, the files and the links of a layout. Its other buttons are not among them."""
    return "\n".join(text(part, now) for part in _parts(view.children))


def _parts(items: Iterable[discord.ui.Item[Any]]) -> Iterator[str]:
    for item in items:
        match item:
            case discord.ui.TextDisplay():
                yield item.content
            case discord.ui.Section():
                yield from _parts((*item.children, item.accessory))
            case discord.ui.Container() | discord.ui.ActionRow():
                yield from _parts(item.children)
            case discord.ui.Button() if item.url:
                yield f"    {item.label}: {item.url}"
            case discord.ui.File():
                yield f"📎 {item.media.url.removeprefix('attachment://')}"
            case _:
                pass
