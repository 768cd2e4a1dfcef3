"""Pure checks of a command's registration: what Discord accepts as an application command."""

import re

from .errors import Problem
from .limits import Checks, Path
from .state import Choice, Json

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)
# https://discord.com/developers/docs/reference#locales
LOCALES = (
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl", "pt-BR",
    "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko",
)  # fmt: skip
CHAT, USER_MENU, MESSAGE_MENU = 1, 2, 3
_NAME = re.compile(r"[-_'\w]{1,32}")
_MOST = {CHAT: 100, USER_MENU: 15, MESSAGE_MENU: 15}


def registration_problems(commands: list[Json]) -> list[Problem]:
    """Check all commands that are to be registered together, for the guild or globally."""
    checks = Checks()
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        checks.problems += command_problems(command, (index,))
        key = command.get("type", CHAT), command.get("name", "")
        if key in seen:
            checks.add((index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
        seen.add(key)
    for kind, most in _MOST.items():
        if sum(command.get("type", CHAT) == kind for command in commands) > most:
            checks.add((), "APPLICATION_COMMANDS_MAX", f"At most {most} commands of type {kind}")
    return checks.problems


def command_problems(command: Json, path: Path = ()) -> list[Problem]:
    checks = Checks()
    kind = command.get("type", CHAT)
    checks.choice(kind, (CHAT, USER_MENU, MESSAGE_MENU), (*path, "type"))
    permissions = command.get("default_member_permissions")
    if permissions is not None and not re.fullmatch(r"\d{1,19}", str(permissions)):
        checks.add((*path, "default_member_permissions"), "BITFIELD_TYPE_INVALID", f"{permissions!r} is no bit set")
    for key, allowed in (("contexts", (0, 1, 2)), ("integration_types", (0, 1))):
        for index, value in enumerate(command.get(key) or []):
            checks.choice(value, allowed, (*path, key, index))
        if len(set(command.get(key) or [])) < len(command.get(key) or []):
            checks.add((*path, key), "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value.")
    if command.get("integration_types") == []:
        checks.add((*path, "integration_types"), "BASE_TYPE_BAD_LENGTH", "Must be 1 or more in length.")
    if kind != CHAT:
        checks.text(command, "name", path, 32, required=True)
        _localized(checks, command, "name", path, 32)
        if command.get("description"):
            checks.add((*path, "description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION", "Must be empty")
        return checks.problems
    _named(checks, command, path)
    _options(checks, command.get("options") or [], path, depth=0)
    if _size(command) > 8000:
        checks.add(path, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")
    return checks.problems


def choices_problems(choices: list[Json], option: Json, path: Path) -> list[Problem]:
    """Check the choices of an option: registered ones, or an answer to an autocompletion."""
    checks = Checks()
    checks.count(choices, path, 25)
    for index, choice in enumerate(choices):
        at = (*path, index)
        checks.text(choice, "name", at, 100, required=True)
        _localized(checks, choice, "name", at, 100)
        value = choice.get("value")
        if option["type"] == STRING:
            checks.text(choice, "value", at, 100, required=True)
        elif isinstance(value, bool) or not isinstance(value, int | float if option["type"] == NUMBER else int):
            checks.add((*at, "value"), "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')
    return checks.problems


def choices_of(option: Json) -> list[Choice]:
    return [Choice(choice["name"], choice["value"]) for choice in option.get("choices") or []]


def _named(checks: Checks, form: Json, path: Path) -> None:
    name = form.get("name") or ""
    if not _NAME.fullmatch(name) or name != name.lower():
        checks.add((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", f"Command name is invalid: {name!r}")
    checks.text(form, "description", path, 100, required=True)
    for locale, text in (form.get("name_localizations") or {}).items():
        if not _NAME.fullmatch(text or "") or text != text.lower():
            at = (*path, "name_localizations", locale)
            checks.add(at, "APPLICATION_COMMAND_INVALID_NAME", f"Command name is invalid: {text!r}")
    _localized(checks, form, "name", path, 32)
    _localized(checks, form, "description", path, 100)


def _localized(checks: Checks, form: Json, key: str, path: Path, most: int) -> None:
    at = (*path, f"{key}_localizations")
    for locale, text in (form.get(f"{key}_localizations") or {}).items():
        checks.choice(locale, LOCALES, at)
        checks.text({locale: text}, locale, at, most, required=True)


def _options(checks: Checks, options: list[Json], path: Path, depth: int) -> None:
    where = (*path, "options")
    checks.count(options, where, 25)
    names = [option.get("name") for option in options]
    optional_seen = False
    nested = {option.get("type") in (SUBCOMMAND, GROUP) for option in options}
    if len(nested) > 1:
        checks.add(where, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-commands and options cannot be mixed")
    for index, option in enumerate(options):
        at = (*where, index)
        kind = option.get("type")
        allowed = [*range(STRING, ATTACHMENT + 1), *((SUBCOMMAND, GROUP), (SUBCOMMAND,), ())[depth]]
        checks.choice(kind, allowed, (*at, "type"))
        _named(checks, option, at)
        if names.count(option.get("name")) > 1:
            checks.add(at, "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", "Option name must be unique")
        if kind in (SUBCOMMAND, GROUP):
            _options(checks, option.get("options") or [], at, 2 if kind == SUBCOMMAND else 1)
            continue
        if option.get("required") and optional_seen:
            checks.add(
                at,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional_seen |= not option.get("required")
        _option(checks, option, at)


def _option(checks: Checks, option: Json, path: Path) -> None:
    kind, choices = option.get("type"), option.get("choices") or []
    completable = kind in (STRING, INTEGER, NUMBER)
    if option.get("autocomplete") and (choices or not completable):
        checks.add((*path, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE", "Autocomplete excludes choices")
    if choices and not completable:
        checks.add((*path, "choices"), "APPLICATION_COMMAND_OPTIONS_CHOICES", "This type takes no choices")
    elif choices:
        checks.problems += choices_problems(choices, option, (*path, "choices"))
        for key in ("name", "value"):
            if len({choice.get(key) for choice in choices}) < len(choices):
                checks.add(
                    (*path, "choices"),
                    "APPLICATION_COMMAND_OPTIONS_CHOICE_NAMES_DUPLICATE",
                    f"Choice {key}s must be unique",
                )
    for key, least in (("min_length", 0), ("max_length", 1)):
        checks.range(option, key, path, least, 6000)
        if option.get(key) is not None and kind != STRING:
            checks.add((*path, key), "APPLICATION_COMMAND_OPTIONS_LENGTH", "Only texts have a length")
    for key in ("min_value", "max_value"):
        if option.get(key) is not None and kind not in (INTEGER, NUMBER):
            checks.add((*path, key), "APPLICATION_COMMAND_OPTIONS_VALUE", "Only numbers have a range")
    for what in ("length", "value"):
        checks.order(option, f"min_{what}", f"max_{what}", path)


def _size(form: Json) -> int:
    """Count the characters of names, descriptions and values, which Discord limits to 8000.

    Of a text and its translations the longest counts.
    """
    own = _longest(form, "name") + _longest(form, "description")
    own += sum(_longest(choice, "name") + len(str(choice["value"])) for choice in form.get("choices") or [])
    return own + sum(map(_size, form.get("options") or []))


def _longest(form: Json, key: str) -> int:
    return max(len(text or "") for text in (form.get(key), *(form.get(f"{key}_localizations") or {}).values()))
