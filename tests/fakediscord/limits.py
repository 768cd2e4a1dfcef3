"""Pure checks of a message: from a JSON form to the list of its problems."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from .errors import Problem
from .state import Json, MessageFlag, embed_text, walk

MAX_FILES = 10
MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_REQUEST_BYTES = 25 * 1024 * 1024
MAX_EMBED_TEXT = 6000
MAX_URL = 2048
MAX_NONCE = 25
MAX_DESCRIPTION = 1024  # of a file
MAX_MENTIONED = 100
# The fields of a message that stand in no message with IS_COMPONENTS_V2.
LEGACY_FIELDS = ("content", "embeds", "poll", "sticker_ids", "stickers")

_WEB, _PICTURE = "https?", "https?|attachment"
Path = tuple[str | int, ...]


class Checks:
    """Collects the problems found while a form is walked."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, path: Path, code: str, message: str) -> None:
        self.problems.append(Problem(path, code, message))

    def text(self, form: Json, key: str, path: Path, most: int, *, least: int = 1, required: bool = False) -> None:
        """Check a text of the form. Discord trims it before it counts."""
        value = form.get(key)
        where = (*path, key)
        if value is None or (value == "" and least and required):
            if required:
                self.add(where, "BASE_TYPE_REQUIRED", "This field is required")
        elif not isinstance(value, str):
            self.add(where, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
        elif not least <= len(value.strip()) and value:
            self.add(where, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
        elif len(value) > most:
            self.add(where, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")

    def count(self, items: Sequence[Any], path: Path, most: int, *, least: int = 0) -> None:
        if not least <= len(items) <= most:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")

    def choice(self, value: object, allowed: Sequence[object], path: Path) -> None:
        if value not in allowed:
            listed = ", ".join(map(repr, allowed))
            self.add(path, "BASE_TYPE_CHOICES", f"Value must be one of ({listed}), not {value!r}.")

    def url(self, form: Json, key: str, path: Path, schemes: str, most: int = MAX_URL) -> None:
        """Check an address. `schemes`: a pattern of the allowed ones."""
        url, where = form.get(key), (*path, key)
        if not url:
            return
        scheme = re.match(r"(\w+)://\S+$", url)
        if not scheme:
            self.add(where, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
        elif not re.fullmatch(schemes, scheme[1]):
            self.add(where, "URL_TYPE_INVALID_SCHEME", f'Scheme "{scheme[1]}" must be one of ({schemes}).')
        self.text(form, key, path, most)

    def time(self, form: Json, key: str, path: Path) -> None:
        value = form.get(key)
        try:
            value is None or datetime.fromisoformat(value)
        except ValueError:
            self.add((*path, key), "DATETIME_TYPE_INVALID", f"Could not parse {value}. Should be ISO8601.")

    def range(self, form: Json, key: str, path: Path, least: int, most: int) -> None:
        value = form.get(key)
        if value is not None and not (isinstance(value, int) and least <= value <= most):
            self.add((*path, key), "NUMBER_TYPE_MAX", f"int value should be between {least} and {most}.")

    def order(self, form: Json, least: str, most: str, path: Path) -> None:
        """Check that the least value is not greater than the most. Only the given ones are compared."""
        low, high = form.get(least), form.get(most)
        if low is not None and high is not None and low > high:
            self.add((*path, least), "BASE_TYPE_MIN_MAX", f"{least} {low} is greater than {most} {high}.")


def message_problems(form: Json, path: Path = ()) -> list[Problem]:
    """Check content, embeds, mentions, nonce and descriptions; components have rules of their own."""
    checks = Checks()
    nonce = form.get("nonce")
    if nonce is None and form.get("enforce_nonce"):
        checks.add((*path, "nonce"), "BASE_TYPE_REQUIRED", "This field is required")
    elif len(str(nonce or "")) > MAX_NONCE:
        checks.add((*path, "nonce"), "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_NONCE} or fewer in length.")
    for index, each in enumerate(form.get("attachments") or []):
        checks.text(each, "description", (*path, "attachments", index), MAX_DESCRIPTION)
    checks.text(form, "content", path, 2000, least=0)
    _embeds(checks, form.get("embeds") or [], (*path, "embeds"))
    _allowed_mentions(checks, form.get("allowed_mentions") or {}, (*path, "allowed_mentions"))
    if (form.get("flags") or 0) & MessageFlag.COMPONENTS_V2:
        for key in LEGACY_FIELDS:
            if form.get(key):
                checks.add(
                    (*path, key),
                    "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                    f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
                )
    return checks.problems


def is_empty(form: Json) -> bool:
    """Report whether a message would show nothing; `attachments` holds old and new files."""
    shown = (form.get("content") or "").strip() or any(map(_shows, form.get("embeds") or []))
    return not (
        shown or form.get("attachments") or form.get("components") or form.get("sticker_ids") or form.get("poll")
    )


def missing_references(embeds: list[Json], filenames: Sequence[str]) -> list[str]:
    """Return `attachment://` names without a file; Discord accepts them and shows nothing."""
    return [
        name
        for embed in embeds
        for url in (embed.get(key, {}).get("url") or "" for key in ("image", "thumbnail"))
        if url.startswith("attachment://") and (name := url.removeprefix("attachment://")) not in filenames
    ]


def shown_files(components: list[Json]) -> set[str]:
    """Return the names of uploaded files that a layout shows. Discord shows no other file of such a message."""
    media = [item.get("file") or item.get("media") or {} for item in walk(components)]
    media += [each.get("media") or {} for item in walk(components) for each in item.get("items") or ()]
    urls = (each.get("url") or "" for each in media)
    return {url.removeprefix("attachment://") for url in urls if url.startswith("attachment://")}


def _shows(embed: Json) -> bool:
    return bool(embed_text(embed).strip() or embed.get("image") or embed.get("thumbnail"))


def _embeds(checks: Checks, embeds: list[Json], path: Path) -> None:
    checks.count(embeds, path, 10)
    for index, embed in enumerate(embeds):
        _embed(checks, embed, (*path, index))
    if sum(map(_counted, embeds)) > MAX_EMBED_TEXT:
        checks.add(path, "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MAX_EMBED_TEXT}")


def _embed(checks: Checks, embed: Json, path: Path) -> None:
    checks.text(embed, "title", path, 256, least=0)
    checks.text(embed, "description", path, 4096, least=0)
    checks.time(embed, "timestamp", path)
    for part, key, most in (("footer", "text", 2048), ("author", "name", 256)):
        if embed.get(part):
            checks.text(embed[part], key, (*path, part), most, required=True)
            checks.url(embed[part], "icon_url", (*path, part), _PICTURE)
    checks.url(embed.get("author") or {}, "url", (*path, "author"), _WEB)
    checks.range(embed, "color", path, 0, 0xFFFFFF)
    fields = embed.get("fields") or []
    checks.count(fields, (*path, "fields"), 25)
    for index, item in enumerate(fields):
        checks.text(item, "name", (*path, "fields", index), 256, required=True)
        checks.text(item, "value", (*path, "fields", index), 1024, required=True)
    checks.url(embed, "url", path, _WEB)
    for key in ("image", "thumbnail"):
        checks.url(embed.get(key) or {}, "url", (*path, key), _PICTURE)


def _counted(embed: Json) -> int:
    """Count the characters that Discord counts towards the limit of all embeds together."""
    texts = [embed.get("title"), embed.get("description")]
    texts += [embed.get("footer", {}).get("text"), embed.get("author", {}).get("name")]
    for item in embed.get("fields") or []:
        texts += [item.get("name"), item.get("value")]
    return sum(len(text or "") for text in texts)


def _allowed_mentions(checks: Checks, mentions: Json, path: Path) -> None:
    for kind in ("users", "roles"):
        checks.count(mentions.get(kind) or [], (*path, kind), MAX_MENTIONED)
    for index, kind in enumerate(mentions.get("parse") or []):
        checks.choice(kind, ("roles", "users", "everyone"), (*path, "parse", index))
        if mentions.get(kind):
            checks.add(
                (*path, "parse"), "MUTUALLY_EXCLUSIVE", f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            )
