"""Reads which tags a repository has, as a server tells them to git (gitprotocol-http(5), version 0). Pure."""

from __future__ import annotations

from collections.abc import Iterator

_TAGS = b"refs/tags/"


def tags(advertised: bytes) -> list[str]:
    """Return the names of the tags in the answer to `/info/refs?service=git-upload-pack`. Raise ValueError."""
    lines = list(_lines(advertised))
    if not lines or lines[0].rstrip(b"\n") != b"# service=git-upload-pack":
        raise ValueError("this is not the answer of a git server")
    found = []
    for line in lines[1:]:
        _, _, name = line.partition(b"\0")[0].rstrip(b"\n").partition(b" ")
        if name.startswith(_TAGS) and not name.endswith(b"^{}"):  # which names a tag's commit
            found.append(name.removeprefix(_TAGS).decode(errors="replace"))
    return found


def _lines(text: bytes) -> Iterator[bytes]:
    """Yield the lines, each of which begins with its length in four hexadecimal digits."""
    while text:
        digits = text[:4]
        if not all(digit in b"0123456789abcdefABCDEF" for digit in digits):
            raise ValueError("a line has no length")
        size = int(digits, 16)
        if size in (1, 2, 3) or size > len(text):
            raise ValueError("a line has another length than it says")
        if size:  # zero ends a section
            yield text[4:size]
        text = text[size or 4 :]
