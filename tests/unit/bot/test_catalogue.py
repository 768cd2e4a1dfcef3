"""The catalogue and the code fit together.

No message is missing or unused. Each message gets the values that it names, and fits the place where Discord shows it.
No sentence for members stands in the code.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import get_args

import discord
import pytest
from babel import Locale
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

import bot
from bot import commands
from bot.access.purpose import Platform, Purpose
from bot.access.requests import LIVE, RequestState
from bot.admin import commands as admin
from bot.admin import pages, revoke
from bot.admin.lists import DeviceState
from bot.admin.settings import CHANNELS, ROLES
from bot.chosen import Verdict
from bot.config import Source
from bot.core.names import MAX_OTHERS
from bot.core.needs import WRITING
from bot.core.roles import Reason
from bot.core.slash import command, menu
from bot.core.words import NAME, SUFFIX, Words
from bot.games import games
from bot.matches.card import NOT_READY, Way
from bot.matches.place import PERMISSIONS
from bot.nights import events
from bot.panel.buttons import PanelAction
from bot.ports import reminders
from bot.report import Subject
from bot.setup import setup
from gateway import times
from gateway.api.contract import Action
from gateway.api.diagnosis import Level
from gateway.cause import Cause
from gateway.errors import BY_CODE, RULES, ConfigError, HostProblem
from gateway.model import Difference, Mode, Protocol
from gateway.problem import Trouble
from tests.unit.bot.english import LANGUAGES
from tests.unit.gateway.doctor.test_codes import RESIDENT

BOT = Path(bot.__path__[0])
SOURCES = {str(file.relative_to(BOT)): file.read_text() for file in sorted(BOT.glob("**/*.py"))}
FILES = {file.name.removesuffix(SUFFIX): file.read_text() for file in sorted(BOT.glob(f"locales/*{SUFFIX}"))}

OTHERS = [language for language in FILES if language != "en"]
PLURAL_FORMS = {"zero", "one", "two", "few", "many"}

COMMAND_NAMES = [
    *(callback.__name__ for callback in (*commands.COMMANDS, *admin.COMMANDS, *setup.COMMANDS)),
    *commands.ALSO,
]
SAYING = {"words", "says"}
SAID = re.compile(rf"(?<!def )\b(?:{'|'.join(SAYING)})(?:_of\([^()]*\))?\(")
UNSEEN = {"core/words.py", "core/slash.py"}  # they take ids as arguments; `of_commands` finds those of slash.py

# Messages with a value in their id, and all values that it may have.
FAMILIES: Mapping[str, set[str]] = {
    "mode-{}": set(Mode),
    "purpose-{}": set(Purpose),
    "settings-{}": {*ROLES, *CHANNELS, "timezone", "language"},
    "settings-by-{}": set(Source),
    "setup-code-{}": {*Verdict} - {Verdict.RIGHT},
    "platform-{}": set(Platform),
    "protocol-{}": set(Protocol),
    "state-{}": set(DeviceState),
    "card-not-ready-{}": set(map(str, NOT_READY)),
    "card-way-{}": {str(way) for way in Way if way not in (Way.OPEN, Way.OFFLINE)},
    "short-{}": {"days", "hours", "minutes"},
    "duration-{}": set(get_args(times.Problem)),
    "error-{}": BY_CODE.keys() - {ConfigError.code, HostProblem.code},
    "rule-{}": set(RULES),
    "reason-{}": {reason.name.lower() for reason in Reason},
    "request-outcome-{}": {state.value for state in RequestState if state not in LIVE},
    "permission-{}": {*PERMISSIONS, *WRITING, *events.PERMISSIONS},
    "list-{}-button": set(get_args(pages.GoAction)),
    "revoke-{}-button": set(get_args(revoke.RevokeAction)),
    "reminder-{}-button": set(get_args(reminders.ReminderAction)),
    "panel-{}-button": set(get_args(PanelAction)),
    "difference-{}": {known.name.lower() for known in Difference},
    "problem-{}": set(Trouble),
    "game-host-{}": {game.id for game in games.games() if game.has_guide},
    "game-join-{}": {game.id for game in games.games() if game.has_guide},
    "audit-{}": set(Action),
    "log-{}-title": set(Action),
    "log-lan-{}": {"on", "off"},
    "doctor-level-{}": {Level.FAILURE, Level.WARNING},
    "doctor-check-{}": {"names", "permissions", "intents", "commands", "version"} | (RESIDENT - {"version", "gateway"}),
    "finding-{}": set(Cause),
    "proof-server-{}": {"frozen", "refused", "silent"},
    "proof-server-{}-tcp": {"refused", "silent"},
    "log-friends-only-{}": {"on", "off"},
    "connections-{}-done": {"kick", "block", "let-in", "undo"},
}


@dataclass(frozen=True)
class Use:
    """A call that says a message. `values`: the names of its arguments, None when they come from a mapping."""

    where: str
    message: str
    values: frozenset[str] | None


def called(node: ast.AST) -> str:
    """Return the last name of the called function; it is `words` for the result of `words_of`."""
    match node:
        case ast.Call(func=ast.Call(func=ast.Name(id="words_of"))):
            return "words"
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name
    return ""


def texts(node: ast.expr) -> list[str]:
    """Return the ids that an expression may have, with {} for a value in it; none if the code does not tell."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)]
        case ast.IfExp(body=one, orelse=other):
            return [*texts(one), *texts(other)]
    return []


@cache
def uses(file: str) -> Sequence[Use]:
    return [*_uses(file)]


def _uses(file: str) -> Iterator[Use]:
    for node in ast.walk(ast.parse(SOURCES[file])):
        if isinstance(node, ast.Call) and called(node) in SAYING and node.args:
            where = f"{file}:{node.lineno}"
            names = [keyword.arg for keyword in node.keywords]
            values = None if None in names else frozenset(filter(None, names))
            found = texts(node.args[0])
            assert found or file in UNSEEN, f"{where}: which message this is cannot be told: write it out"
            yield from (Use(where, text, values) for text in found)


def all_uses() -> Iterator[Use]:
    return chain.from_iterable(map(uses, SOURCES))


def of_family(text: str) -> list[str]:
    if "{}" not in text:
        return [text]
    assert text in FAMILIES, f"{text} is in no family"
    return [text.format(value) for value in FAMILIES[text]]


def of_commands() -> set[str]:
    """Return the messages that the slash commands ask for when they are made."""
    asked: set[str] = set()

    class Asked(Words):
        def __call__(self, message: str, /, **values: str | int) -> str:
            asked.add(message)
            return "shown"

    for callback in (*commands.COMMANDS, *admin.COMMANDS, *setup.COMMANDS):
        command(Asked("en", ""), callback)
    for name, callback in commands.ALSO.items():
        command(Asked("en", ""), callback, also=name)
    for message, callback in commands.MENUS.items():
        menu(Asked("en", ""), message, callback)
    return asked


class References(Visitor):
    def __init__(self) -> None:
        self.values: set[str] = set()
        self.messages: set[str] = set()

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:  # noqa: N802 - the library's name
        self.values.add(node.id.name)

    def visit_MessageReference(self, node: ftl.MessageReference) -> None:  # noqa: N802
        self.messages.add(node.id.name)


@cache
def catalogue(language: str) -> dict[str, ftl.Message]:
    entries = [entry for entry in FluentParser().parse(FILES[language]).body if isinstance(entry, ftl.Message)]
    found = {entry.id.name: entry for entry in entries}
    assert len(found) == len(entries), "a message stands there twice"
    return found


def references(language: str, message: str) -> References:
    """Return the references of a message, and of the messages that it is made of."""
    found = References()
    found.visit(catalogue(language)[message])
    for other in found.messages & catalogue(language).keys():
        found.values |= references(language, other).values
    return found


def test_english_has_every_message_that_is_said() -> None:
    needed = {message for use in all_uses() for message in of_family(use.message)} | of_commands()
    assert needed <= catalogue("en").keys()


def test_every_message_is_said_somewhere() -> None:
    said = {message for use in all_uses() for message in of_family(use.message)} | of_commands()
    made_of = {other for message in said for other in references("en", message).messages}
    assert catalogue("en").keys() <= said | made_of


def test_every_family_is_said() -> None:
    assert FAMILIES.keys() == {use.message for use in all_uses() if "{}" in use.message}


@pytest.mark.parametrize("file", [file for file, source in SOURCES.items() if SAID.search(source)])
def test_a_message_gets_the_values_it_names_and_no_others(file: str) -> None:
    for use in uses(file):
        named, where = {message: references("en", message).values for message in of_family(use.message)}, use.where
        if use.values is None:
            own = ("error-{}", "problem-{}", "finding-{}")
            assert use.message in own, f"{where}: values that cannot be told from the code are the gateway's own"
            continue
        for message, values in named.items():
            assert values <= use.values, f"{where}: {message} names what it does not get"
        assert use.values == set().union(*named.values()), f"{where}: one is given that no message names"


@pytest.mark.parametrize("language", FILES)
def test_a_language_says_nothing_that_english_does_not(language: str) -> None:
    """A message that English lacks would never be shown, and one with an unknown value would be replaced by English."""
    assert catalogue(language).keys() <= catalogue("en").keys()
    for message in catalogue(language):
        assert references(language, message).values <= references("en", message).values, message


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_says_everything_that_english_says(language: str) -> None:
    assert not catalogue("en").keys() - catalogue(language).keys()


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_leaves_out_no_value(language: str) -> None:
    """A sentence without its device or address would say less than the English one."""
    left_out = {
        message: lacking
        for message in catalogue(language)
        if (lacking := references("en", message).values - references(language, message).values)
    }
    assert not left_out


class Plurals(Visitor):
    """Collects the plural forms of each choice by a number."""

    def __init__(self) -> None:
        self.found: list[set[str]] = []

    def visit_SelectExpression(self, node: ftl.SelectExpression) -> None:  # noqa: N802
        keys = {variant.key.name for variant in node.variants if isinstance(variant.key, ftl.Identifier)}
        if keys & PLURAL_FORMS:  # a choice of [0] and *[other] alone is none of grammar
            self.found.append(keys)
        self.generic_visit(node)


@pytest.mark.parametrize("language", FILES)
def test_a_number_has_every_plural_form_of_its_language(language: str) -> None:
    """Unicode's CLDR names them. Russian and Polish have three for whole numbers."""
    form = Locale.parse(language, sep="-").plural_form
    needed = {form(number) for number in range(1001)}
    wrong = {}
    for message, entry in catalogue(language).items():
        plurals = Plurals()
        plurals.visit(entry)
        if bad := [keys for keys in plurals.found if not needed <= keys]:
            wrong[message] = bad
    assert not wrong


@pytest.mark.parametrize("language", FILES)
def test_the_name_of_a_command_is_one_that_discord_takes_and_no_other_command_has(language: str) -> None:
    """A sentence names a command in English, and `Words` puts the language's own name there."""
    words = LANGUAGES.of(language)
    names = {command: words(f"{command}{NAME}") for command in COMMAND_NAMES}
    assert language != "en" or names == {command: command for command in COMMAND_NAMES}
    assert not [name for name in names.values() if not re.fullmatch(r"[\w'-]{1,32}", name) or name != name.lower()]
    assert len({*names.values()}) == len(names)
    elsewhere = LANGUAGES.command_names()
    assert {command: elsewhere[name] for command, name in names.items()} == {each: each for each in names}


@pytest.mark.parametrize("language", FILES)
def test_a_language_is_named_as_discord_names_it(language: str) -> None:
    assert language in {name for locale in discord.Locale for name in (locale.value, locale.value.partition("-")[0])}


# -- Discord's limits

LIMITS = (
    (r"-command-name$", 32),
    (r"-menu-command$", 32),
    (r"-(command|option-[a-z_]+|choice-[a-z_]+-[a-z_]+)$", 100),
    (r"-button$", 80),
    (r"-form-(title|label)$", 45),
    (r"-menu$", 150),
    (r"-(title|field)$", 256),
    (r"", 1000),  # one of several lines of a message or a field; a field holds 1024
)
PORTS = 8 * len("60000-60001/udp, ") + len("…")
ID = len("<@&12345678901234567890> (`12345678901234567890`)")
LONGEST: Mapping[str, int] = {
    # A name has 48 characters, each escaped. A file name has 37, and backticks.
    **dict.fromkeys(("action", "actor", "admin", "device", "file", "game", "host", "member", "name", "names"), 96),
    **dict.fromkeys(("owner", "role", "channel", "mention", "link"), 96),
    **dict.fromkeys(("incoming", "outgoing", "presence"), 40),
    **dict.fromkeys(("size", "rate"), len("1000000 Mbit/s")),
    "network": 43,
    "packets": 12,
    "alias": len("`forgotten-0123456789ab`"),
    **dict.fromkeys(("first", "last", "games", "roles", "permissions"), 3 * 96),
    **dict.fromkeys(("handshake", "relative", "since", "time", "until", "day"), len("<t:1769889600:f>")),
    **dict.fromkeys(("count", "connected", "connections", "joins", "left", "limit", "most", "peak", "players"), 7),
    **dict.fromkeys(("refused", "slots", "hours", "minutes", "month", "period"), 7),
    **dict.fromkeys(("matches", "online"), 7),
    "server": 96,
    "picture": 12,
    "typed": 100,
    "days": len("Monday, Tuesday, Wednesday, Thursday, Friday and Saturday"),
    "when": len("every Monday, Tuesday, Wednesday, Thursday, Friday and Saturday at 20:00"),
    "why": 600,
    "series": 60,
    "zone": 32,
    "icon": 2,
    "tunnel": len("`gg-abcdefghijkl`"),
    "state": 60,
    **dict.fromkeys(("duration", "longest", "usual", "wait"), len("3649 days 23 hours 59 minutes 59 seconds")),
    **dict.fromkeys(("ports", "what"), PORTS),
    **dict.fromkeys(("address", "addresses"), len("``:60000") + 253),
    **dict.fromkeys(("text", "field", "user", "endpoint"), 96),
    **dict.fromkeys(("log_id", "number", "sent", "received"), 8),
    **dict.fromkeys(("free", "whole", "port", "range"), len("60000-60001/udp")),
    **dict.fromkeys(("mode",), len("split")),
    **dict.fromkeys(("protocol",), len("TCP and UDP")),
    **dict.fromkeys(("bot", "gateway", "version", "present"), len("`999999.999999.999999`")),
    "devices": 4 * 96,
    "region": 16,
    "regions": 4 * 18,
    "id": ID,
    "others": MAX_OTHERS * (ID + 2) + 1,
    "keys": len("`member_roles`, `admin_roles`, `guest_roles`"),
    "key": len("`admin_channel`"),
    "commands": 20 * len("/unforward, "),
    "now": 96,
    "share": 3,
    "check": 96,
    "found": 2 * 300,
    "advice": 2 * 300,
    "shown": 800,
    "subject": 2 * 2 * 96 + 3 * 20,
    "command": 500,
    "placeholder": 60,
    "reason": 2 * 300,
    "difference": 6 * 130,
    "code": 50,
    **dict.fromkeys(("folder", "files", "interface", "setting", "own"), 96),
    **dict.fromkeys(("date", "newest", "needed", "days", "mtu", "installed", "running"), 20),
    **dict.fromkeys(("program", "chains", "rules", "settings"), 2 * 120),
    # These are other messages.
    "end": 60,
    "hint": 60,
    "how": 80,
    "instead": 400,
    "problem": 900,
    "live": 60,
    "rule": 80,
    "value": 40,
}


def limit(message: str) -> int:
    return next(most for pattern, most in LIMITS if re.search(pattern, message))


def longest(language: str, part: object) -> int:
    """Return the greatest length of a part of a message in UTF-16 units; Discord never counts more than those."""
    match part:
        case ftl.Message(value=ftl.Pattern(elements=elements)) | ftl.Pattern(elements=elements):
            return sum(longest(language, element) for element in elements)
        case ftl.TextElement(value=text) | ftl.StringLiteral(value=text):
            return len(text.encode("utf-16-le")) // 2
        case ftl.Placeable(expression=expression):
            return longest(language, expression)
        case ftl.SelectExpression(variants=variants):
            return max(longest(language, variant.value) for variant in variants)
        case ftl.VariableReference(id=name):
            return LONGEST[name.name]
        case ftl.MessageReference(id=name):
            return longest(language, catalogue(language).get(name.name) or catalogue("en")[name.name])
    raise AssertionError(f"{part} is nothing that a sentence needs")


@pytest.mark.parametrize("language", FILES)
def test_a_message_fits_where_discord_shows_it_with_its_longest_values(language: str) -> None:
    too_long = {
        message: (found, limit(message))
        for message, entry in catalogue(language).items()
        if (found := longest(language, entry)) > limit(message)
    }
    assert not too_long


def test_every_value_has_a_longest_one() -> None:
    named = {value for message in catalogue("en") for value in references("en", message).values}
    # Messages choose by these and never show them.
    chosen_by = {"holder", "again", "kind", "platform", "family", "older"}
    assert LONGEST.keys() >= named - chosen_by


# -- Sentences in the code

SHOWN = {"label", "title", "description", "placeholder", "text", "content", "value"}
WORD = re.compile(r"[A-Za-z]{2,}")
SQL = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE|ALTER TABLE|DROP TABLE|CREATE|FROM|WHERE|AND|OR|ORDER|CONFLICT)\b|= '"
)
# Calls whose texts admins read at the terminal or in the log.
FOR_OPERATORS = {
    *("debug", "info", "warning", "error", "exception", "log", "_complain", "_fail", "bad", "print"),
    *("ConfigError", "HostProblem", "ValueError", "OSError", "ArgumentParser", "add_argument", "to_stderr"),
    *("repeat", "attend", "_start"),  # the name of the work in the log
    *("Told", "cannot"),  # for `guildgate doctor`
}
EXCEPTIONS: Mapping[str, str] = {
    "Português (Brasil)": "the name that the language has for itself",
    "sudo install -m 600": "a command to copy",
    "sudo wg-quick up": "another one",
    "2h, 1h30, until 2am": "times to type",
    "guildgate bot": "the bot's name, in the gateway's audit log",
    "an unknown command": "the log's name for an interaction without one",
    str(Subject.NAMES): "a title for `guildgate doctor`",
    **dict.fromkeys(map(str, Reason), "the text in the gateway's audit log; `reason` says it in Discord"),
}


def left_in_code(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    unseen: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in FOR_OPERATORS:
            unseen |= {*ast.walk(node)}
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            unseen.add(node.value)  # a docstring
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in SHOWN and node.value not in unseen:
            yield from (text for text in texts(node.value) if WORD.search(text.replace("{}", "")))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in unseen:
            text = node.value.strip()
            if len(WORD.findall(text)) > 1 and " " in text and not SQL.search(text):
                yield text


def test_no_sentence_is_left_in_the_code() -> None:
    """Two words with a space between them count as a sentence, and so does any word that Discord would show."""
    found = {(file, text) for file, source in SOURCES.items() for text in left_in_code(source)}
    assert not {(file, text) for file, text in found if text not in EXCEPTIONS}
    assert EXCEPTIONS.keys() <= {text for _, text in found}


@pytest.mark.parametrize(
    "source",
    [
        'answer(interaction, "It is open.")',
        'answer(interaction, f"{name} is open.")',
        'embed.add_field(name=words("x"), value="Open")',
        'said = "now open" if opened else ""',
    ],
)
def test_a_sentence_in_the_code_would_be_found(source: str) -> None:
    assert [*left_in_code(source)]


@pytest.mark.parametrize(
    "source",
    ['"""Does this and that."""', 'log.info("a name: %s", name)', 'write("DELETE FROM cards")', 'name == "a-b"'],
)
def test_a_text_that_is_no_sentence_for_members_is_not_found(source: str) -> None:
    assert not [*left_in_code(source)]
