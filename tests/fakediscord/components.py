"""Pure checks of buttons, menus and modals: what Discord accepts."""

from .errors import Problem
from .limits import Checks, Path
from .state import Json, walk

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SELECTS = (3, 5, 6, 7, 8)
LINK, PREMIUM = 5, 6
LABEL = 18
TEXT_DISPLAY = 10


def component_problems(components: list[Json], path: Path = (), *, layout: bool = False) -> list[Problem]:
    """Check the components of a message. `layout`: the flag IS_COMPONENTS_V2 is set, so rows are not required."""
    checks = Checks()
    where = (*path, "components")
    everything = walk(components)
    if layout:
        if len(everything) > 40:
            checks.add(where, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", "The maximum number of components is 40.")
        if sum(len(item["content"]) for item in everything if item["type"] == TEXT_DISPLAY) > 4000:
            checks.add(where, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", "Displayable text exceeds 4000 characters.")
        for index, item in enumerate(everything):
            if item["type"] == ROW:
                _row(checks, item, (*where, index))
    else:
        checks.count(components, where, 5)
        for index, row in enumerate(components):
            checks.choice(row.get("type"), (ROW,), (*where, index, "type"))
            _row(checks, row, (*where, index))
    _unique_custom_ids(checks, everything, where)
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
    _unique_custom_ids(checks, walk(parts), where)
    return checks.problems


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
    if style != PREMIUM and not button.get("label") and not button.get("emoji"):
        checks.add((*path, "label"), "BUTTON_COMPONENT_REQUIRES_LABEL_OR_EMOJI", "A label or an emoji is required")
    if style == LINK:
        checks.text(button, "url", path, 512, required=True)
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
    if select["type"] != STRING_SELECT:
        return
    options = select.get("options") or []
    checks.count(options, (*path, "options"), 25, least=1)
    for index, option in enumerate(options):
        at = (*path, "options", index)
        checks.text(option, "label", at, 100, required=True)
        checks.text(option, "value", at, 100, required=True)
        checks.text(option, "description", at, 100)
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


def _unique_custom_ids(checks: Checks, components: list[Json], path: Path) -> None:
    ids = [item["custom_id"] for item in components if item.get("custom_id")]
    for custom_id in sorted({one for one in ids if ids.count(one) > 1}):
        checks.add(path, "COMPONENT_CUSTOM_ID_DUPLICATED", f"Component custom id cannot be duplicated: {custom_id}")
