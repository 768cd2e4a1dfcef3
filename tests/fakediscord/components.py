"""Pure checks of buttons, menus and modals: what Discord accepts."""

from collections.abc import Sequence

from .errors import Problem
from .limits import MAX_DESCRIPTION, MAX_URL, Checks, Path
from .state import Json, walk

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SELECTS = (3, 5, 6, 7, 8)
LINK, PREMIUM = 5, 6
SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 9, 10, 11, 12, 13, 14, 17, 18
_IN_CONTAINER = (ROW, SECTION, TEXT_DISPLAY, GALLERY, FILE, SEPARATOR)
_LINKS, _PICTURES, _FILES = "https?|discord", "https?|attachment", "attachment"


def component_problems(components: list[Json], path: Path = (), *, layout: bool = False) -> list[Problem]:
    """Check the components of a message. `layout`: the flag IS_COMPONENTS_V2 is set, so rows are not required."""
    checks = Checks()
    where = (*path, "components")
    everything = walk(components)
    if layout:
        if len(everything) > 40:
            checks.add(where, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", "The maximum number of components is 40.")
        if sum(len(item.get("content") or "") for item in everything if item.get("type") == TEXT_DISPLAY) > 4000:
            checks.add(where, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", "Displayable text exceeds 4000 characters.")
        for index, item in enumerate(components):
            _block(checks, item, (*where, index), (*_IN_CONTAINER, CONTAINER))
    else:
        checks.count(components, where, 5)
        for index, row in enumerate(components):
            checks.choice(row.get("type"), (ROW,), (*where, index, "type"))
            _row(checks, row, (*where, index))
    _unique_ids(checks, everything, where)
    return checks.problems


def modal_problems(modal: Json, path: Path = ()) -> list[Problem]:
    """Check a modal: title, one to five rows or labels, and what they hold."""
    checks = Checks()
    checks.text(modal, "title", path, 45, required=True)
    checks.text(modal, "custom_id", path, 100, required=True)
    parts = modal.get("components") or []
    where = (*path, "components")
    checks.count(parts, where, 5, least=1)
    for index, part in enumerate(parts):
        at = (*where, index)
        match part.get("type"):
            case 1:
                checks.count(part.get("components") or [], (*at, "components"), 1, least=1)
                for item in part.get("components") or []:
                    checks.text(item, "label", (*at, "components", 0), 45, required=True)
                    _modal_item(checks, item, (*at, "components", 0))
            case 18:
                checks.text(part, "label", at, 45, required=True)
                checks.text(part, "description", at, 100)
                _modal_item(checks, part["component"], (*at, "component"))
            case other:
                checks.choice(other, (ROW, TEXT_DISPLAY, LABEL), (*at, "type"))
    _unique_ids(checks, walk(parts), where)
    return checks.problems


def _block(checks: Checks, item: Json, path: Path, allowed: Sequence[int]) -> None:
    """Check a component of the layout with what is in it."""
    kind = item.get("type")
    checks.choice(kind, allowed, (*path, "type"))
    inner, inside = item.get("components") or [], (*path, "components")
    match kind:
        case 1:
            _row(checks, item, path)
        case 9:
            checks.count(inner, inside, 3, least=1)
            for index, each in enumerate(inner):
                _block(checks, each, (*inside, index), (TEXT_DISPLAY,))
            beside, at = item.get("accessory") or {}, (*path, "accessory")
            checks.choice(beside.get("type"), (BUTTON, THUMBNAIL), (*at, "type"))
            if beside.get("type") == BUTTON:
                _button(checks, beside, at)
            elif beside.get("type") == THUMBNAIL:
                _medium(checks, beside, at, "media", _PICTURES)
        case 10:
            checks.text(item, "content", path, 4000, required=True)
        case 12:
            pictures = item.get("items") or []
            checks.count(pictures, (*path, "items"), 10, least=1)
            for index, each in enumerate(pictures):
                _medium(checks, each, (*path, "items", index), "media", _PICTURES)
        case 13:
            _medium(checks, item, path, "file", _FILES)
        case 14:
            checks.choice(item.get("spacing", 1), (1, 2), (*path, "spacing"))
        case 17:
            checks.count(inner, inside, 39, least=1)
            checks.range(item, "accent_color", path, 0, 0xFFFFFF)
            for index, each in enumerate(inner):
                _block(checks, each, (*inside, index), _IN_CONTAINER)


def _medium(checks: Checks, item: Json, path: Path, key: str, schemes: str) -> None:
    """Check a picture or file of the layout."""
    medium = item.get(key) or {}
    checks.text(medium, "url", (*path, key), MAX_URL, required=True)
    checks.url(medium, "url", (*path, key), schemes)
    checks.text(item, "description", path, MAX_DESCRIPTION)


def _emoji(checks: Checks, item: Json, path: Path) -> None:
    emoji = item.get("emoji")
    if emoji is not None and not emoji.get("name") and not emoji.get("id"):
        checks.add((*path, "emoji", "name"), "BASE_TYPE_REQUIRED", "This field is required")


def _flag(checks: Checks, item: Json, key: str, path: Path) -> None:
    if not isinstance(item.get(key, False), bool | None):
        checks.add((*path, key), "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


def _row(checks: Checks, row: Json, path: Path) -> None:
    items = row.get("components") or []
    inside = (*path, "components")
    checks.count(items, inside, 5, least=1)
    if len(items) > 1 and any(item.get("type") in SELECTS for item in items):
        checks.add(inside, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width")
    for index, item in enumerate(items):
        at = (*inside, index)
        checks.choice(item.get("type"), (BUTTON, *SELECTS), (*at, "type"))
        if item.get("type") == BUTTON:
            _button(checks, item, at)
        elif item.get("type") in SELECTS:
            _select(checks, item, at)


def _button(checks: Checks, button: Json, path: Path) -> None:
    style = button.get("style")
    checks.choice(style, (1, 2, 3, 4, LINK, PREMIUM), (*path, "style"))
    checks.text(button, "label", path, 80)
    _emoji(checks, button, path)
    _flag(checks, button, "disabled", path)
    if style != PREMIUM and not button.get("label") and not button.get("emoji"):
        checks.add((*path, "label"), "BUTTON_COMPONENT_REQUIRES_LABEL_OR_EMOJI", "A label or an emoji is required")
    if style == LINK:
        checks.text(button, "url", path, 512, required=True)
        checks.url(button, "url", path, _LINKS, 512)
        if "custom_id" in button:
            checks.add((*path, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_AND_URL", "A link has no custom id")
    elif style != PREMIUM:
        checks.text(button, "custom_id", path, 100, required=True)
        if button.get("url"):
            checks.add((*path, "url"), "BUTTON_COMPONENT_INVALID_URL", "Only a link button has a URL")


def _select(checks: Checks, select: Json, path: Path) -> None:
    checks.text(select, "custom_id", path, 100, required=True)
    checks.text(select, "placeholder", path, 150)
    checks.range(select, "min_values", path, 0, 25)
    checks.range(select, "max_values", path, 1, 25)
    least, most = _bounds(select)
    if least > most:
        checks.add((*path, "min_values"), "SELECT_COMPONENT_MIN_VALUES", f"{least} is greater than max_values {most}")
    _flag(checks, select, "disabled", path)
    defaults = select.get("default_values") or []
    if defaults and not least <= len(defaults) <= most:
        checks.add((*path, "default_values"), "SELECT_COMPONENT_DEFAULT_VALUES", f"Not {least} to {most} values")
    if select["type"] != STRING_SELECT:
        return
    options = select.get("options") or []
    checks.count(options, (*path, "options"), 25, least=1)
    for index, option in enumerate(options):
        at = (*path, "options", index)
        checks.text(option, "label", at, 100, required=True)
        checks.text(option, "value", at, 100, required=True)
        checks.text(option, "description", at, 100)
        _emoji(checks, option, at)
    if sum(bool(option.get("default")) for option in options) > most:
        checks.add((*path, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULTS", f"More than {most} options are defaults")
    if len({option.get("value") for option in options}) < len(options):
        checks.add((*path, "options"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "Option values must be unique")
    if (select.get("max_values") or 1) > max(len(options), 1):
        checks.add((*path, "max_values"), "SELECT_COMPONENT_MAX_VALUES", "More values than there are options")


def _modal_item(checks: Checks, item: Json, path: Path) -> None:
    if item.get("type") in SELECTS:
        _select(checks, item, path)
        return
    checks.choice(item.get("type"), (TEXT_INPUT, 19, 21, 22, 23), (*path, "type"))
    checks.text(item, "custom_id", path, 100, required=True)
    if item.get("type") == TEXT_INPUT:
        checks.choice(item.get("style"), (1, 2), (*path, "style"))
        checks.text(item, "placeholder", path, 100)
        checks.text(item, "value", path, 4000, least=0)
        checks.range(item, "min_length", path, 0, 4000)
        checks.range(item, "max_length", path, 1, 4000)
        checks.order(item, "min_length", "max_length", path)


def _bounds(select: Json) -> tuple[int, int]:
    """Return how many values are chosen at least and at most."""
    bounds = (select.get(key, 1) for key in ("min_values", "max_values"))
    least, most = (1 if bound is None else bound for bound in bounds)
    return least, most


def _unique_ids(checks: Checks, components: list[Json], path: Path) -> None:
    numbers = [item["id"] for item in components if item.get("id")]  # 0 stands for none
    for number in sorted({one for one in numbers if numbers.count(one) > 1}):
        checks.add(path, "COMPONENT_ID_DUPLICATED", f"Component id cannot be duplicated: {number}")
    ids = [item["custom_id"] for item in components if item.get("custom_id")]
    for custom_id in sorted({one for one in ids if ids.count(one) > 1}):
        checks.add(path, "COMPONENT_CUSTOM_ID_DUPLICATED", f"Component custom id cannot be duplicated: {custom_id}")
