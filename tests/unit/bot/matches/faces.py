"""Reading a match card."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.posting import texts


@dataclass(frozen=True, slots=True)
class Face:
    """A card as a reader sees it."""

    title: str
    description: str
    fields: dict[str, str]
    colour: int


def face_of(components: Sequence[dict[str, Any]]) -> Face:
    (container,) = components
    head, *parts = texts(components)
    title, *lines = head.splitlines()
    fields = {}
    for part in parts:
        if found := re.fullmatch(r"\*\*([^*]+)\*\*\n(.*)", part, re.DOTALL):
            fields[found[1]] = found[2]
            continue
        for line in part.splitlines():
            name, value = line.removeprefix("**").split("**: ", 1)
            fields[name] = value
    return Face(title.removeprefix("## "), "\n".join(lines), fields, container["accent_color"])
