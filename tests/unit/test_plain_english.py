"""Comments, docstrings and names are plain English, as far as a machine can tell.

A passage is one docstring or one comment; comment lines below each other are one passage. A vague word stands for a
person or a program without naming it. A sentence that names the member, the caller or the peer can be checked.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from inspect import cleandoc
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("bot", "gateway", "tests")
# The docstrings of the functions in these files are help texts, and no documentation.
HELP = ("gateway/demo/prompt.py",)
# Sentences that may be longer, each with its reason.
LONG: dict[str, str] = {}

MAX_WORDS = 25
VAGUE = re.compile(
    r"\b(?:who|whom|whoever|whomever|some(?:body|one)|no(?:body| one)|any(?:body|one)|every(?:body|one))\b", re.I
)
# A function's docstring begins with a verb: with what the function does.
NO_VERB = re.compile(
    r"(?:an?|the|this|that|these|those|its|all|each|every|no|none|one|another|both|of|as|when|while|with|without|for|from"
    r"|by|to|in|on|at|before|after|until|between|if|unless|because|what|which|how|whether|where|again|also|only|not|never"
    r"|always|like)\b",
    re.I,
)
PRAGMA = re.compile(r"(?:noqa|type|fmt|pragma|mypy):\s*\S+(?:\s+-\s+)?")


@dataclass(frozen=True)
class Passage:
    """A docstring or comment. `line` is its first one; `of_function`: the docstring of a function that is no test."""

    line: int
    text: str
    of_function: bool = False


def docstrings(tree: ast.AST) -> Iterator[Passage]:
    """Yield docstrings: of modules, classes and functions, and those below attributes."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("test_")
        for statement in node.body:
            match statement:
                case ast.Expr(value=ast.Constant(value=str(text)), lineno=line):
                    yield Passage(line, cleandoc(text), is_function)


def comments(source: str) -> Iterator[Passage]:
    """Yield comments. A comment beside code is a passage of its own."""
    if "#" not in source:
        return  # because Python's tokenizer takes some milliseconds
    block: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        line, is_alone = token.start[0], token.line.lstrip().startswith("#")
        if block and not (is_alone and line == last + 1):
            yield Passage(last, "\n".join(block))
            block = []
        text = PRAGMA.sub("", token.string.removeprefix("#").removeprefix(" "))
        if is_alone:
            block.append(text)
            last = line
        else:
            yield Passage(line, text)
    if block:
        yield Passage(last, "\n".join(block))


def lines_of_comment(source: str) -> Iterator[Passage]:
    """Yield the comments of a Fluent or TOML file, each line as Python's tokenizer would find it."""
    only_comments = (line if line.startswith("#") else "" for line in source.splitlines())
    yield from comments("\n".join(re.sub("^#+", "#", line) for line in only_comments) + "\n")


def prose(text: str) -> str:
    """Replace code in backticks, addresses and indented lines, which hold tables and code, by one word."""
    text = re.sub(r"^(?: {4}|  (?=-)).*$", "\n\n", text, flags=re.MULTILINE)
    return re.sub(r"https?://\S+", "URL", re.sub(r"`[^`]*`", "CODE", text))


def sentences(text: str) -> list[str]:
    """Split prose at full stops, colons, semicolons, empty lines and list items."""
    return [" ".join(part.split()) for part in re.split(r"[.:;?!](?=\s|$)|\n\s*\n|\n\s*- ", text)]


def words_in(sentence: str) -> int:
    return sum(any(map(str.isalnum, word)) for word in sentence.split())


def mistakes(passage: Passage) -> Iterator[str]:
    text = prose(passage.text)
    yield from (f"say who or what `{word}` is" for word in VAGUE.findall(text))
    for sentence in sentences(text):
        if words_in(sentence) > MAX_WORDS and sentence not in LONG:
            yield f"more than {MAX_WORDS} words: {sentence}"
    if passage.of_function and (NO_VERB.match(passage.text) or not passage.text[:1].isupper()):
        yield "begin with the verb that says what the function does"
    elif passage.text.startswith("Of "):
        yield "begin with the subject"


@cache
def files(*suffixes: str) -> dict[str, list[str]]:
    """Return the files to check by their folder, relative to the root."""
    found: dict[str, list[str]] = {}
    for folder in FOLDERS:
        for file in sorted(ROOT.joinpath(folder).rglob("*")):
            if file.suffix in suffixes:
                name = file.relative_to(ROOT)
                found.setdefault(name.parent.as_posix(), []).append(name.as_posix())
    return found


def read(name: str) -> str:
    return ROOT.joinpath(name).read_text(encoding="utf-8")


def mistakes_in(name: str, passages: Iterable[Passage]) -> Iterator[str]:
    for passage in passages:
        if not (passage.of_function and name in HELP):
            yield from (f"{name}:{passage.line}: {mistake}, in: {passage.text}" for mistake in mistakes(passage))


def vague_names(name: str, tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                if VAGUE.search(node.name.replace("_", " ")):
                    yield f"{name}:{node.lineno}: {node.name}"


@pytest.mark.parametrize("names", files(".py").values(), ids=files(".py"))
def test_comments_docstrings_and_names_are_plain_english(names: list[str]) -> None:
    found = list[str]()
    for name in names:
        source = read(name)
        tree = ast.parse(source)
        found += [*mistakes_in(name, [*docstrings(tree), *comments(source)]), *vague_names(name, tree)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("names", files(".ftl", ".toml").values(), ids=files(".ftl", ".toml"))
def test_comments_are_plain_english(names: list[str]) -> None:
    found = [line for name in names for line in mistakes_in(name, lines_of_comment(read(name)))]
    assert not found, "\n".join(found)


LINE = " ".join(["word"] * MAX_WORDS)


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ('"""Whoever asks gets it."""', 1),
        ("# nobody reads this, and nobody checks it\n", 2),
        ("x = 1  # everyone has it\n", 1),
        (f"# {LINE} more\n", 1),
        (f"# {LINE}: {LINE}.\n# {LINE}\n", 0),
        (f"# {LINE}\n# more\n", 1),
        (f"# {LINE}\nx = 1\n# more\n", 0),
        ('def f():\n    """As it is."""\n', 1),
        ('def f():\n    """`x` is returned."""\n', 1),
        ('def f():\n    """Return it."""\n', 0),
        ('def test_f():\n    """A member gets it."""\n', 0),
        ('class C:\n    """Of a thing."""\n', 1),
        ('class C:\n    x: int\n    """What somebody wants."""\n', 1),
        ("# `who` is code, and so is `nobody`\n", 0),
        ("x = 1  # noqa: S101 - no one reads this\n", 1),
        ('"""A table:\n\n    who   | what\n    whom  | where\n\nIt ends here.\n"""', 0),
    ],
)
def test_a_mistake_is_found(source: str, wrong: int) -> None:
    passages = [*docstrings(ast.parse(source)), *comments(source)]
    found = [mistake for passage in passages for mistake in mistakes(passage)]
    assert len(found) == wrong, found
